"""What a run shall do, as a value that is kept in the ledger, so that a run can be resumed."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from aigc_label.errors import InvalidLabel, UsageError
from aigc_label.library import ledger as ledgers
from aigc_label.library.actions import KINDS, Checking, Labelling, Request, located, restored
from aigc_label.library.urls import absolute, refuse_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.library.signing import Signer

Digest: TypeAlias = Literal["essence", "file", "none"]

ORIGINALS = ".aigc-label-originals"
"""The folder beside the ledger that former bytes are kept in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run shall do.

    Attributes:
        request: what is done with each file.
        source: the folder, or the URL of a store.
        dest: where results go, under the same paths; ``None`` to replace the files in place, and
            for a check.
        ledger: the ledger's file, ``""`` for :data:`~aigc_label.library.ledger.NAME` in the
            destination, or else in the source.
        include: patterns of wanted files, as in ``.gitignore``; empty for all.
        exclude: patterns of files and folders that are left out.
        ignore: a file of patterns that are left out, counted from its own folder; ``""`` for none.
        since: seconds since the epoch; older files are left out.
        manifest: a CSV, JSON Lines or SQLite file with metadata for each file, ``""`` for none.
        unlisted: what becomes of files that the manifest does not name: ``"skip"``, or ``"take"``
            for doing what is done without one.
        keep_originals: keep the former bytes of what is replaced, for ``undo``.
        force: replace files of the destination that are not ours.
        digest: by what duplicates are told: the ``"essence"`` (the content without its metadata,
            where the format tells it; else the file), the ``"file"``, or ``"none"``.
        workers: processes, 0 for as many as there are processors.
        time_limit: seconds that one file may take, ``None`` for no limit.
        memory_limit: bytes that the work on one file may take, ``None`` for no limit.
        retries: how often a file is tried again after an error that may pass.
        engine: who does the work: ``"processes"`` of this machine, or the workers of ``"dask"``.
        scheduler: Dask's, as ``"tcp://HOST:PORT"``; ``""`` for a cluster on this machine.
    """

    request: Request
    source: str
    dest: str | None = None
    ledger: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    ignore: str = ""
    since: float | None = None
    manifest: str = ""
    unlisted: Literal["skip", "take"] = "skip"
    keep_originals: bool = False
    force: bool = False
    digest: Digest = "essence"
    workers: int = 0
    time_limit: float | None = None
    memory_limit: int | None = None
    retries: int = 2
    engine: Literal["processes", "dask"] = "processes"
    scheduler: str = ""

    def __post_init__(self) -> None:
        if self.scheduler and self.engine != "dask":
            raise UsageError("a scheduler is Dask's; give --engine dask with it")
        if self.action == "check" and self.dest is not None:
            raise UsageError("a check writes no files; leave the destination out")
        if self.keep_originals and not self.in_place:
            raise UsageError("originals are kept where files are replaced: in place only")
        signer = self.signer
        if signer is not None:
            refuse_secrets(signer.tsa)
            if self.signed_beside and self.keep_originals:
                raise UsageError(
                    "originals are kept of the files alone, not of credentials beside them; give "
                    "--dest, or put the credentials into the files"
                )
        if isinstance(self.request, Labelling):
            try:
                self.request.implicit("0", {})
            except InvalidLabel as error:
                raise UsageError(str(error)) from None

    @property
    def action(self) -> str:
        """One of :data:`ACTIONS`."""
        return next(name for name, kind in KINDS.items() if isinstance(self.request, kind))

    @property
    def writes(self) -> bool:
        """Whether files are written."""
        return not isinstance(self.request, Checking)

    @property
    def in_place(self) -> bool:
        """Whether files are replaced by their results."""
        return self.writes and self.dest is None

    @property
    def signer(self) -> Signer | None:
        """Who signs content credentials."""
        return getattr(self.request, "credentials", None)

    @property
    def signed_beside(self) -> bool:
        """Whether each result has its content credentials in a file beside it."""
        return self.signer is not None and self.signer.sidecar

    @property
    def ledger_path(self) -> str:
        """Where the ledger stands."""
        return self.ledger or os.path.join(self.dest or self.source, ledgers.NAME)

    @property
    def originals(self) -> str:
        """The folder that former bytes are kept in; of its own for each ledger of a folder.

        One can be given up without the others; and earlier versions named what they kept there by
        the ledger's rows alone, which bear the same numbers in all.
        """
        if "://" in self.ledger_path:
            return os.path.join(self.source, ORIGINALS)
        folder, name = os.path.split(os.path.abspath(self.ledger_path))
        kept = os.path.join(folder, ORIGINALS)
        return kept if name == ledgers.NAME else os.path.join(kept, name)

    @property
    def identity(self) -> str:
        """What every run on one ledger must share, as JSON: what is done, and with which files."""
        return _json({"source": self.source, "dest": self.dest, "request": asdict(self.request)})

    def absolute(self) -> Plan:
        """The same with absolute paths, so that it means the same from any folder."""
        return replace(
            self,
            request=located(self.request),
            source=absolute(self.source),
            dest=None if self.dest is None else absolute(self.dest),
            ledger=absolute(self.ledger_path),
            ignore=absolute(self.ignore),
            manifest=absolute(self.manifest),
        )

    def to_json(self) -> str:
        """The plan as the ledger keeps it."""
        return _json({"action": self.action, **asdict(self)})

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """The plan that a ledger has kept.

        Raises:
            UsageError: it is none that this version understands.
        """
        try:
            told = _tuples(json.loads(text))
            told["request"] = restored(told.pop("action"), told["request"])
            return cls(**told)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            if isinstance(error, UsageError):
                raise
            raise UsageError(
                f"the ledger keeps a plan of another version of aigc-label ({error}); give the "
                "options again with `aigc-label batch run`"
            ) from None


def differences(ours: str, theirs: str) -> str:
    """What two identities differ in, for a message: ``"producer ('A', now 'B')"``.

    An option that a former version did not know is as one that is not given.
    """
    return ", ".join(_differing(json.loads(theirs), json.loads(ours), ""))


def _differing(before: Any, now: Any, name: str) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        for part in sorted(before.keys() | now.keys()):
            yield from _differing(before.get(part), now.get(part), part)
    elif _given(before) != _given(now):
        yield f"{name} ({_shown(before)}, now {_shown(now)})"


def _given(value: Any) -> Any:
    """A value, and ``None`` for all that says nothing."""
    if isinstance(value, dict):
        return {part: each for part, inner in value.items() if (each := _given(inner))} or None
    return value or None


def _shown(value: Any) -> str:
    """A value as text; of a group of options only that it is given."""
    if isinstance(value, dict):
        return "given"
    return "not given" if value is None else repr(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True)


def _tuples(value: Any) -> Any:
    """Lists, which JSON makes of tuples, as tuples again."""
    if isinstance(value, dict):
        return {key: _tuples(each) for key, each in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
