"""What is done with one file, in whatever process: small values in, small values out."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_label import api, essence, registry
from aigc_label.asset import open_asset
from aigc_label.delivery import BESIDE, complete_patch
from aigc_label.errors import AigcLabelError, AssetError, NoPlace, UnknownFormat
from aigc_label.library import verbs, verdicts
from aigc_label.library.actions import Checking, Fixing
from aigc_label.library.hashing import hashed
from aigc_label.library.job import LONGEST, Job
from aigc_label.library.ledger import Ended
from aigc_label.library.selecting import is_claimed_name
from aigc_label.model import Attribution

if TYPE_CHECKING:
    from typing import IO

    from aigc_label.asset import Asset
    from aigc_label.library.actions import Request
    from aigc_label.library.plan import Digest
    from aigc_label.library.store import Entry, Store
    from aigc_label.model import Written

_BESIDE = BESIDE.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is done with every file of a run; travels to the workers once.

    Attributes:
        request: what is done.
        source: what the files stand in.
        dest: where results go; the source itself in place; ``None`` for a check.
        in_place: whether they replace the files.
        force: replace what stands at the destination.
        digest: by what duplicates are told.
    """

    request: Request
    source: Store
    dest: Store | None
    in_place: bool
    force: bool
    digest: Digest

    def __call__(self, job: Job) -> Ended:
        """Do it.

        Raises:
            AssetError: something is wrong with the file.
            OSError: unwrapped.
        """
        begun = time.perf_counter()
        try:
            if isinstance(self.request, Checking):
                return self._checked(self.request, job, begun)
            done = self._written(job)
        except UnknownFormat as error:
            if is_claimed_name(job.entry.key):
                raise
            done = Ended(job.id, "skipped", "unknown format", error.reason)
        except NoPlace as error:
            done = Ended(job.id, "skipped", "no place", error.reason, format=error.format or "")
        except FileNotFoundError:
            if self.source.look(job.entry.key) is not None:
                raise
            done = Ended(job.id, "skipped", "gone", "it is gone")
        return done._replace(seconds=time.perf_counter() - begun)

    def _checked(self, request: Checking, job: Job, begun: float) -> Ended:
        key, noted = job.entry.key, job.entry
        name = os.fsdecode(key)
        for _ in range(2):  # once more for what has changed since the walk
            with self.source.reading(key) as source, open_asset(source, name=name) as asset:
                verdict = verdicts.check(asset, request)
                digest, kind = self._digest(asset)
                now = self.source.look(key, asset if digest is None else None)
            if now is None or noted.is_same(now):
                break
            noted = now
        else:
            raise _busy(key)
        return Ended(
            job.id,
            "done",
            "ok" if verdict.ok else "failed",
            format=verdict.format,
            attribution=verdict.attribution,
            findings=verdict.findings,
            producer=verdict.producer,
            produce_id=verdict.produce_id,
            digest=digest,
            digest_of=kind,
            entry=None if noted is job.entry else noted,
            seconds=time.perf_counter() - begun,
            tried=True,
        )

    def _written(self, job: Job) -> Ended:
        assert self.dest is not None  # noqa: S101 - only a check has none
        key = job.entry.key
        ours = job.ours
        if job.again:
            self.dest.sweep(key)
            if self._is_signed_beside:
                self.dest.sweep(key + _BESIDE)
            if (done := self._recovered(job)) is not None:
                if not self._is_signed_beside:
                    return done
                ours = True  # what stands beside it is made last, and may be missing
        before = self.source.look(key)
        if before is None:
            return Ended(job.id, "skipped", "gone", "it is gone")
        changed = self.in_place and not job.again and not before.is_same(job.entry)
        if changed and not self._is_signed_beside and (done := self._recovered(job)) is not None:
            return done  # a worker that was lost has done it
        with self.source.reading(key) as source, _opened(source, key) as asset:
            digest, kind = self._digest(asset)
            held = bool(job.kept) and self._keep(job, before)
            if ours and not self.in_place and self._is_signed_beside:
                self.dest.remove(key + _BESIDE)  # of the former result
            replaces = before if self.in_place else None
            force = not self.in_place and (self.force or ours)
            try:
                place = self.dest.writing(key, replaces=replaces, force=force, of=before)
                with place as target:
                    written, ok = self._write(asset, target, job, before)
            except FileExistsError:
                # It may be there since a worker was lost that had written it.
                done = (None if job.again else self._recovered(job)) or self._same(job, asset)
                if done is None:
                    raise
                if self._is_signed_beside:
                    return self._written(job._replace(again=True, ours=True))
                return done._replace(digest=digest, digest_of=kind)
            except BaseException:
                if job.kept and not held and before.is_same(self.source.look(key)):
                    self.source.forget(job.kept)
                raise
        if not self.in_place and not before.is_same(self.source.look(key)):
            self.dest.remove(key)
            if self._is_signed_beside:
                self.dest.remove(key + _BESIDE)
            raise _busy(key)
        ended = self._ended(job, written, digest, kind, held=held)
        return ended if ok else ended._replace(result="failed")

    def _write(
        self, asset: Asset, target: str | IO[bytes], job: Job, before: Entry
    ) -> tuple[Written, bool]:
        """Do the verb; whatever it says of a source that changes meanwhile, it is asked again."""
        try:
            return verbs.write(self.request, asset, target, job)
        except AssetError as error:
            if self.in_place or before.is_same(self.source.look(job.entry.key)):
                raise
            raise _busy(job.entry.key) from error

    @property
    def _is_signed_beside(self) -> bool:
        """Whether a result has content credentials beside it, which are written after it."""
        signer = getattr(self.request, "credentials", None)
        return signer is not None and signer.sidecar

    def _same(self, job: Job, source: Asset) -> Ended | None:
        """A result that can bear no number is ours if it is, byte for byte, what would be."""
        assert self.dest is not None  # noqa: S101 - only a check has none
        would = io.BytesIO()
        written, _ = verbs.write(self.request, source, would, job)
        with self.dest.reading(job.entry.key) as target, open_asset(target) as asset:
            if (
                written.label is not None
                or hashed(asset) != hashlib.sha256(would.getvalue()).digest()
            ):
                return None
        return self._ended(job, written, None, "")

    def agrees(self, job: Job, ended: Ended, *, known: bool) -> bool | None:
        """Whether this process sees what another one says of a file; ``None`` if nobody can tell.

        Args:
            job: the file.
            ended: what became of it there.
            known: the other one has been found to see what this one does.
        """
        if ended.result == "gone":
            return None if self.source.look(job.entry.key) is None else False
        if known or self.dest is None or ended.state != "done":
            return None
        return self.dest.look(job.entry.key) is not None

    def _keep(self, job: Job, before: Entry) -> bool:
        """Keep what the file is; whether a run that was killed has kept what it was already."""
        held = self.source.keeps(job.kept)
        if held and job.again and before.mtime_ns != job.entry.mtime_ns:
            self.source.forget(job.kept)  # somebody has written another content meanwhile
            held = False
        self.source.keep(job.entry.key, job.kept)
        return held

    def _ended(
        self, job: Job, written: Written, digest: bytes | None, kind: str, *, held: bool = False
    ) -> Ended:
        key, hashed, entry = job.entry.key, "", None
        # Where nothing was left to do, a run that was killed may have done it: kept is what was.
        changed = written.changed or (held and self.source.is_result(key, job.entry))
        if self.in_place:
            entry = self.source.look(key)
            if job.kept and changed:
                hashed = self._hash_of(key)
            elif job.kept and not held:
                self.source.forget(job.kept)
        fields = written.label.fields if written.label else {}
        done, number = verbs.WORDS[type(self.request)]
        notes = [["note", "informational", "none", note[:LONGEST]] for note in written.notes]
        return Ended(
            job.id,
            "done",
            done if changed else "unchanged",
            format=written.format,
            attribution=written.label.attribution.value if written.label else "",
            findings=json.dumps(notes) if notes else "",
            producer=fields.get("ContentProducer", ""),
            produce_id=fields.get(number, ""),
            digest=digest,
            digest_of=kind,
            written=hashed,
            entry=entry,
        )

    def _recovered(self, job: Job) -> Ended | None:
        """What a killed run has done with the file before it could say so; ``None`` for nothing."""
        assert self.dest is not None  # noqa: S101 - only a check has none
        key = job.entry.key
        now = self.dest.look(key)
        if now is None:
            return None
        with self.dest.reading(key) as target:
            complete_patch(target)
            try:
                seen = api.check(target, only="implicit", name=os.fsdecode(key)).inspection
            except AigcLabelError:
                return None
        done, number = verbs.WORDS[type(self.request)]
        if isinstance(self.request, Fixing):  # its numbers are the files'; again is not twice
            if self.in_place or not job.again:
                return None
            owned = ("ContentProducer", self.request.producer)
        else:
            owned = (number, job.number)
        bears = [found.fields for found in seen.labels if found.fields.get(owned[0]) == owned[1]]
        ours = (job.again or self.in_place) and self._replaced(job.entry, now, seen.format)
        if not bears and not ours:
            return None
        fields = bears[0] if bears else {}
        hashed = self._hash_of(key) if job.kept else ""
        return Ended(
            job.id,
            "done",
            done,
            "written by an earlier run",
            format=seen.format or "",
            attribution=_attribution(fields.get("Label", "")),
            producer=fields.get("ContentProducer", ""),
            produce_id=fields.get(number, ""),
            written=hashed,
            entry=self.dest.look(key) if self.in_place else None,
        )

    def _replaced(self, noted: Entry, now: Entry, format_id: str | None) -> bool:
        """Whether a file that can bear no label is our own result."""
        assert self.dest is not None  # noqa: S101 - only a check has none
        fmt = registry.by_id(format_id) if format_id else None
        if fmt is None or fmt.plan is not None:
            return False
        if self.in_place and now.version == noted.version:
            return False
        return self.dest.is_result(now.key, noted)

    def _digest(self, asset: Asset) -> tuple[bytes | None, str]:
        if self.digest == "none":
            return None, ""
        found = None
        try:
            fmt = registry.identify(asset)
            found = essence.digest(asset, fmt) if self.digest == "essence" else None
        except UnknownFormat:
            if self.dest is not None:  # not read to its end only to be left alone
                raise
        except AssetError:
            pass
        return (hashed(asset), "file") if found is None else (found, "essence")

    def _hash_of(self, key: bytes) -> str:
        with self.source.reading(key) as source, open_asset(source) as asset:
            return hashed(asset).hex()


def _opened(source: str | IO[bytes], key: bytes) -> Asset:
    """A source to be written from, once what a killed run began to patch in it is complete."""
    complete_patch(source)
    return open_asset(source, name=os.fsdecode(key))


def _busy(key: bytes) -> OSError:
    return OSError(errno.EBUSY, "changed while it was read", os.fsdecode(key))


def _attribution(code: str) -> str:
    state = Attribution.from_code(code)
    return "" if state is None else state.value
