"""``fix``: mend by what a check finds what the owner of a file's label may mend.

Only one's own label is touched, and none is ever taken away: it is written once, in its place, as
Annex E has it, with what its copies said. What nobody but a person can decide stays as it is, and
the result says why.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from aigc_label import api, content_id, judging, registry
from aigc_label.delivery import Result, bears, complete_patch, deliver, refuse_target
from aigc_label.errors import CannotCarry, LabelConflict
from aigc_label.fixing import merging
from aigc_label.fixing.reasons import why
from aigc_label.model import Finding, ImplicitLabel, Report, Written

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import IO

    from aigc_label.asset import Source
    from aigc_label.delivery import Target
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.model import FoundLabel, Inspection
    from aigc_label.profile import Profile
    from aigc_label.trust.keys import SigningKey

_SIGNED = ("Label", "ContentProducer", "ProduceID")
_MARKED_ANEW = frozenset(
    f"explicit.{name}"
    for name in ("missing", "wording", "position", "height", "contrast", "duration")
)
_HELD = 64 << 20  # bytes of a trial's result in memory; more goes to a temporary file


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """What :func:`fix` did, or in a dry run would do.

    Attributes:
        before: the report on the file as it was.
        after: the report on the result, read again.
        written: where the result stands, or its bytes.
    """

    before: Report
    after: Report
    written: Written

    @property
    def changed(self) -> bool:
        """Whether the result differs from the source."""
        return self.written.changed

    @property
    def ok(self) -> bool:
        """Whether the result passes the profile."""
        return self.after.ok

    @property
    def mended(self) -> tuple[Finding, ...]:
        """The findings that are gone."""
        left = {_key(finding) for finding in self.after.findings}
        return tuple(found for found in self.before.findings if _key(found) not in left)

    @property
    def remaining(self) -> tuple[tuple[Finding, str], ...]:
        """The findings on the result, each with the reason why it was not mended here."""
        drawn = self.written.mark is not None
        unmarkable = registry.marker_for(self.written.format) is None
        return tuple(
            (found, why(found, unmarkable=unmarkable, drawn=drawn)) for found in self.after.findings
        )

    def as_dict(self) -> dict[str, Any]:
        """As JSON: both reports as ``check`` gives them, and what differs."""
        written = self.written
        return {
            "path": self.before.inspection.name,
            "target": os.fspath(written.target) if written.target else None,
            "changed": written.changed,
            "dry_run": written.dry_run,
            "ok": self.ok,
            "before": self.before.as_dict(),
            "after": self.after.as_dict(),
            "mended": [found.as_dict() for found in self.mended],
            "remaining": [{**found.as_dict(), "why": reason} for found, reason in self.remaining],
            "notes": list(written.notes),
        }


def fix(
    source: Source,
    producer: str,
    *,
    produce_id: str | None = None,
    explicit: ExplicitLabel | None = None,
    to: Target = None,
    name: str | None = None,
    profile: str | Profile = "gb45438",
    only: judging.Only = None,
    dry_run: bool = False,
    allow_breaking_c2pa: bool = False,
    lang: str = "en",
    sign: SigningKey | None = None,
) -> Fixed:
    """Mend one file as the owner of its label, by what the profile finds.

    A missing implicit label is added; one's own is brought to its place, its copies elsewhere are
    dropped if they agree with it, its spelling and encoding are repaired and its propagation
    elements filled (Annex E, note 1). A missing or insufficient explicit mark is drawn, if
    ``explicit`` says how. The result is read and judged again.

    Args:
        source: a path, the bytes, or a seekable binary stream.
        producer: the name or code under which the caller labels.
        produce_id: the content's number where the label has none, or its copies disagree about
            it; by default a new UUID.
        explicit: the mark to draw where a sufficient one is missing, or ``None`` for none.
        to: as for :func:`aigc_label.label`.
        name: as for :func:`aigc_label.label`.
        profile: what the file is judged by.
        only: judge and mend one kind of label only.
        dry_run: write nothing, but say what the result would be.
        allow_breaking_c2pa: as for :func:`aigc_label.label`.
        lang: language of the findings, ``"en"`` or ``"zh"``.
        sign: the producer's key: the label is signed with it, in place of a signature that it
            bears already.

    Raises:
        LabelConflict: the file bears a label that is not the producer's (Measures art. 10), or
            copies of the producer's own that disagree.
        CannotCarry: what stands in the label cannot be written by anybody.
        AssetError: the file is unknown, damaged or over a limit.
        UsageError: the producer or the number can be none.
        OSError: unwrapped, from the file system.
    """
    refuse_target(source, to)
    ImplicitLabel(content_producer=producer, produce_id="0" if produce_id is None else produce_id)
    if not dry_run:
        complete_patch(source)
    before = api.check(source, profile=profile, name=name, only=only, lang=lang)
    seen = before.inspection
    if seen.problem is not None:
        raise seen.problem
    notes: list[str] = []
    _refuse_others(seen.labels, producer)
    mark = None if only == "implicit" else _mark(before, explicit)
    implicit = None if only == "explicit" else _implicit(before, producer, produce_id, notes)
    if sign is not None and implicit is not None:
        implicit = replace(implicit, reserved_code1="", found=True)  # the signature goes there
    elif implicit is not None and mark is None and _stands(implicit, seen):
        implicit = None
    bound = any(found.security and found.security.binding == "matches" for found in seen.labels)
    if bound and mark is not None and sign is None:
        notes.append("the signature is bound to the content without the mark: sign it (--sign-key)")

    write = partial(
        _write,
        source,
        implicit,
        mark,
        seen,
        name=name,
        profile=profile,
        allow_breaking_c2pa=allow_breaking_c2pa,
        sign=None if implicit is None else sign,
    )
    written, after = _written(write, to, seen, dry_run=dry_run)
    judged = before  # of the same bytes
    if written.changed:
        judged = api.check(after, profile=profile, name=seen.name, only=only, lang=lang)
    said = (note for note in written.notes if note.partition(":")[0] not in _ids(judged))
    written = replace(written, notes=(*notes, *said))
    return Fixed(before=before, after=judged, written=written)


def _written(
    write: Callable[[Target], Written], to: Target, seen: Inspection, *, dry_run: bool
) -> tuple[Written, bytes | str | IO[bytes]]:
    """Write, and say where the result can be read again."""
    if dry_run:
        trial = _trial_file(seen.size)
        written = write(trial)
        trial.seek(0)
        return replace(written, dry_run=True, target=None), trial
    if to is None or isinstance(to, (str, os.PathLike)):
        written = write(to)
        return written, (written.data or b"") if to is None else os.fspath(to)
    written = write(None)
    data = written.data or b""
    to.write(data)
    return replace(written, data=None), data


def _trial_file(size: int) -> IO[bytes]:
    if size <= _HELD:
        return io.BytesIO()
    import tempfile  # noqa: PLC0415 - only for large files

    return tempfile.TemporaryFile()


def _write(
    source: Source,
    implicit: ImplicitLabel | None,
    mark: ExplicitLabel | None,
    seen: Inspection,
    to: Target,
    **options: Any,
) -> Written:
    """Write what there is to write; the label alone where no mark can be drawn."""
    if implicit is None and mark is None:
        return _as_it_is(source, options["name"], seen, to)
    try:
        return api.label(source, implicit, explicit=mark, to=to, **options)
    except CannotCarry as error:
        if implicit is None or mark is None:
            raise
        done = api.label(source, implicit, to=to, **options)
        return replace(done, notes=(*done.notes, f"no mark was drawn: {error.reason}"))


def _as_it_is(source: Source, name: str | None, seen: Inspection, to: Target) -> Written:
    """Nothing to mend: the result is the source."""
    from aigc_label.asset import open_asset  # noqa: PLC0415 - most files have something to mend

    with open_asset(source, name=name) as asset:
        fmt = registry.identify(asset)
        result = Result(source=asset, edited=asset, fmt=fmt, implicit=None, seen=seen)
        return deliver(result, to, [], dry_run=False)


def _mark(before: Report, explicit: ExplicitLabel | None) -> ExplicitLabel | None:
    """The mark to draw, if a sufficient one was looked for and not found, and the format has any.

    What nobody looked at is left alone, as a mark may stand there already.
    """
    fails = any(found.kind == "fail" and found.rule in _MARKED_ANEW for found in before.findings)
    if not fails or registry.marker_for(before.inspection.format or "") is None:
        return None
    return explicit


def _implicit(
    before: Report, producer: str, produce_id: str | None, notes: list[str]
) -> ImplicitLabel | None:
    """The label that the file shall bear; ``None`` where none is due, or there is no place."""
    seen = before.inspection
    fmt = registry.by_id(seen.format or "")
    if fmt is None or fmt.plan is None:
        return None
    if not seen.labels:
        missing = any(f.rule == "implicit.missing" and f.kind == "fail" for f in before.findings)
        number = content_id.new() if produce_id is None else produce_id
        made = ImplicitLabel(content_producer=producer, produce_id=number)
        return made if missing else None
    own = [label.fields for label in seen.labels]
    wanted = merging.built(merging.merged(seen.labels, producer, produce_id), producer)
    if any(fields.get("ReservedCode1") for fields in own) and any(
        fields.get(key, wanted.fields[key]) != wanted.fields[key]
        for fields in own
        for key in _SIGNED
    ):
        notes.append("ReservedCode1 was kept, but was made for other values: sign the label again")
    return wanted


def _stands(wanted: ImplicitLabel, seen: Inspection) -> bool:
    """Whether the file bears that label already, in any of its homes."""
    fmt = registry.by_id(seen.format or "")
    return fmt is not None and len(seen.labels) == 1 and bears(seen.labels[0], wanted, fmt)


def _refuse_others(labels: Sequence[FoundLabel], producer: str) -> None:
    for found in labels:
        owner = found.fields.get("ContentProducer", "")
        carried_by = found.fields.get("ContentPropagator", "")
        if owner not in ("", producer) or (not owner and carried_by):
            raise LabelConflict(
                f"bears the label of {owner or carried_by!r} ({found.carrier}), which is not "
                f"{producer!r}; only its owner may mend it (article 10); a platform adds its own "
                "fields with `aigc-label propagate`"
            )


def _key(found: Finding) -> tuple[str, str, str]:
    return found.rule, found.kind, found.message


def _ids(report: Report) -> set[str]:
    """The rules that the report speaks of: a note about one of them would say it twice."""
    return {found.rule for found in report.findings}
