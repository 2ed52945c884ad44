"""The four verbs of the public contract: ``label``, ``propagate``, ``read`` and ``check``."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

from aigc_label import content_id, output, registry, rules
from aigc_label.asset import Asset, Source, open_asset
from aigc_label.delivery import (
    Draft,
    Result,
    Target,
    bears,
    complete_patch,
    deliver,
    refuse_beside,
    refuse_target,
)
from aigc_label.errors import (
    AssetError,
    CannotCarry,
    LabelConflict,
    NoMark,
    NoPlace,
    NothingToPropagate,
    UsageError,
)
from aigc_label.inspecting import inspect, kept, labels_of
from aigc_label.model import (
    Attribution,
    FoundLabel,
    ImplicitLabel,
    Inspection,
    Report,
    Signal,
    Written,
)
from aigc_label.profile import Profile, load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aigc_label.contract import Format, Marked
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.model import Observation
    from aigc_label.output import Scratch
    from aigc_label.provenance.credentials import Credentials
    from aigc_label.provenance.trust import Trust
    from aigc_label.trust.keys import SigningKey
    from aigc_label.trust.store import TrustStore

Only: TypeAlias = Literal["implicit", "explicit"] | None

_UNKNOWN_MAKER = ImplicitLabel(
    attribution=Attribution.SUSPECTED, content_producer="", produce_id=""
)
"""What a platform starts from that does not know who made a content."""


def label(
    source: Source,
    implicit: ImplicitLabel | None,
    *,
    explicit: ExplicitLabel | None = None,
    to: Target = None,
    name: str | None = None,
    profile: str | Profile = "gb45438",
    dry_run: bool = False,
    allow_breaking_c2pa: bool = False,
    credentials: Credentials | None = None,
    keep_number: bool = False,
    sign: SigningKey | None = None,
) -> Written:
    """Label one file as its producer (Measures art. 4 and 5; GB 45438-2025 clauses 5 and 6).

    The source is never touched until the result has been read back and agrees; pass its own path
    as ``to`` to label in place. Everything but the labels is kept byte for byte, except what an
    explicit mark must change: pixels and frames under it.

    Args:
        source: a path, the bytes, or a binary stream.
        implicit: the metadata label, or ``None`` for none.
        explicit: the perceivable mark, or ``None`` for none.
        to: a path, a binary stream, or ``None`` to get the bytes in ``Written.data``.
        name: a name for bytes and streams; text formats are told by it.
        profile: what the result is judged by; its objections stand in ``Written.notes``.
        dry_run: plan everything, write nothing.
        allow_breaking_c2pa: write although the file bears C2PA content credentials, whose hash
            over the file will no longer hold; refused otherwise.
        keep_number: a file that already bears this producer's label keeps its ``ProduceID``, so
            that doing the same again changes nothing.
        credentials: sign C2PA content credentials when everything else is written; those that
            the file bears become the history of the new ones.
        sign: the producer's key: ``ReservedCode1`` becomes its signature over the label, bound to
            the content as it is written, marks included (TC260-PG-202511A).

    Raises:
        UsageError: neither label was asked for, or one of them cannot be.
        LabelConflict: the file bears another producer's label (Measures art. 10).
        CannotCarry: the format, or this file, has no place for what was asked for; or it bears
            content credentials that a write would break.
        AssetError: the file is unknown, damaged or over a limit.
        OSError: unwrapped, from the file system.
    """
    if implicit is None and explicit is None:
        raise UsageError("nothing to do: give an implicit label, an explicit label or both")
    _require(implicit, ImplicitLabel, "implicit")
    if explicit is not None:
        from aigc_label.explicit_label import ExplicitLabel  # noqa: PLC0415 - most need none

        _require(explicit, ExplicitLabel, "explicit")
    if sign is not None:
        from aigc_label.trust import signing  # noqa: PLC0415 - most labels are not signed

        signing.refuse(implicit, sign)
    refuse_target(source, to)
    judged_by = rules.validated(load(profile))
    if not dry_run:
        complete_patch(source)
    with _opened(source, name) as asset, output.scratch() as scratch:
        fmt = registry.identify(asset)
        before = list(fmt.read(asset))
        labels = [seen for seen in before if isinstance(seen, FoundLabel)]
        if credentials is not None:
            from aigc_label import crediting  # noqa: PLC0415 - most writes sign nothing

            crediting.refuse(fmt, credentials, implicit)
        notes: list[str] = []
        if implicit is not None and fmt.plan is None:
            if explicit is None or registry.marker_for(fmt.id) is None:
                raise _no_place(fmt)
            notes.append(f"{fmt.id} has no place for an implicit label; it bears the explicit one")
            implicit = None
        if implicit is not None:
            implicit = _numbered_as(implicit, labels) if keep_number else implicit
            implicit = _own_update(implicit, labels, notes)
        marked, mark = asset, None
        if explicit is not None:
            allowed = allow_breaking_c2pa or credentials is not None
            _guard_credentials(before, [], allowed=allowed)  # before hours of encoding
            marked, mark, said = _marked(asset, fmt, explicit, scratch)
            notes += said
        with contextlib.closing(marked) if marked is not asset else contextlib.nullcontext():
            stands = labels if marked is asset else labels_of(fmt, marked)
            if sign is not None and implicit is not None:
                implicit = signing.sealed(
                    implicit, sign, marked, fmt, stands=stands, notes=notes
                )
            edited = _with_label(marked, fmt, implicit, stands)
            draft = Draft(
                source=asset,
                edited=edited,
                fmt=fmt,
                before=before,
                implicit=implicit,
                mark=mark,
                marked=marked is not asset,
            )
            return _finished(
                draft,
                credentials,
                notes,
                to=to,
                judged_by=judged_by,
                scratch=scratch,
                dry_run=dry_run,
                allowed=allow_breaking_c2pa,
            )


def propagate(
    source: Source,
    propagator: str,
    propagate_id: str | None = None,
    *,
    declared: bool = False,
    reserved_code: str = "",
    to: Target = None,
    name: str | None = None,
    profile: str | Profile = "gb45438",
    dry_run: bool = False,
    allow_breaking_c2pa: bool = False,
    credentials: Credentials | None = None,
    keep_number: bool = False,
) -> Written:
    """Write a platform's propagation elements (Measures art. 6; GB 45438-2025 6.1).

    The producer's fields of a labelled file stay as they are; ``ContentPropagator``,
    ``PropagateID`` and ``ReservedCode2`` become the platform's. An unlabelled file gets
    ``Label`` 2 if its user declared it, 3 if it bears an explicit label or other traces.

    Args:
        source: a path, the bytes, or a binary stream.
        propagator: name or code of the platform.
        propagate_id: the platform's number for this content; by default the one it already
            bears from this platform, else a new UUID.
        declared: the user who published it says that it is AI-generated.
        reserved_code: the platform's security information.
        to: as for :func:`label`.
        name: as for :func:`label`.
        profile: as for :func:`label`.
        dry_run: as for :func:`label`.
        allow_breaking_c2pa: as for :func:`label`.
        keep_number: a file that already bears this platform's number keeps it.
        credentials: the platform's own; the file as it was received becomes their history.

    Raises:
        NothingToPropagate: no label, no declaration, no trace: article 6 gives no state.
        LabelConflict: the file bears labels that disagree about the producer.
        AssetError: as for :func:`label`.
    """
    judged_by = rules.validated(load(profile))
    refuse_target(source, to)
    _UNKNOWN_MAKER.propagated(propagator, propagate_id or "0", reserved_code)  # or InvalidLabel
    if not dry_run:
        complete_patch(source)
    with _opened(source, name) as asset, output.scratch() as scratch:
        fmt = registry.identify(asset)
        if fmt.plan is None:
            raise _no_place(fmt)
        if credentials is not None:
            from aigc_label import crediting  # noqa: PLC0415 - as above

            crediting.refuse(fmt, credentials, None)
        seen = inspect(asset, perceive=False)
        if not (seen.problem or seen.labels or declared or any(s.ai for s in seen.signals)):
            seen = inspect(asset, perceive=True)  # then only a mark could tell
        if seen.problem is not None:
            raise seen.problem
        base = _attributed(seen, declared=declared)
        if propagate_id is None or keep_number:
            mine = base.content_propagator == propagator and base.propagate_id
            propagate_id = mine or propagate_id or content_id.new()
        merged = base.propagated(propagator, propagate_id, reserved_code)
        edited = _with_label(asset, fmt, merged, seen.labels)
        notes: list[str] = []
        draft = Draft(
            source=asset,
            edited=edited,
            fmt=fmt,
            before=seen.signals,
            implicit=merged,
            platform=propagator,
        )
        return _finished(
            draft,
            credentials,
            notes,
            to=to,
            judged_by=judged_by,
            scratch=scratch,
            dry_run=dry_run,
            allowed=allow_breaking_c2pa,
        )


def read(source: Source, *, name: str | None = None, look: bool = False) -> Inspection:
    """Read every label and signal of one file, and the marks in texts; judge nothing.

    Args:
        source: path, bytes or a binary stream.
        name: tells text formats apart where the source has no name.
        look: also look for marks in pictures and films, which takes a tenth of a second for a
            picture and seconds for a film.

    Raises:
        AssetError: the file is unknown, damaged or over a limit.
        OSError: unwrapped, from the file system.
    """
    with _opened(source, name) as asset:
        inspection = inspect(asset, perceive=True, slowly=look, verify=True)
        if inspection.problem is not None:
            raise inspection.problem
        return inspection


def check(
    source: Source,
    *,
    profile: str | Profile = "gb45438",
    declared: bool = False,
    name: str | None = None,
    only: Only = None,
    lang: str = "en",
    c2pa: bool | Trust = False,
    trust: TrustStore | None = None,
) -> Report:
    """Judge one file by a profile. Never raises for what is wrong with the file.

    Args:
        source: a path, the bytes, or a binary stream.
        profile: a profile's name, its TOML file, or the profile.
        declared: the user who published the file says that it is AI-generated (art. 6).
        name: a name for bytes and streams; text formats are told by it.
        only: look at one kind of label only.
        lang: language of the messages, ``"en"`` or ``"zh"``.
        c2pa: validate C2PA content credentials, which takes some milliseconds and reads the whole
            file: ``True``, or the trust lists to do it by. Otherwise they are only looked at.
        trust: whose signatures of labels to believe (:meth:`TrustStore.load`); without it a good
            one only proves that nothing was changed since somebody signed it.

    Raises:
        UsageError: the profile does not exist, or the arguments make no sense.
    """
    judged_by = rules.validated(load(profile))
    if only not in (None, "implicit", "explicit"):
        raise UsageError(f"only must be 'implicit' or 'explicit', not {only!r}")
    if lang not in ("en", "zh"):
        raise UsageError(f"lang must be 'en' or 'zh', not {lang!r}")
    try:
        with open_asset(source, name=name) as asset:
            asked = only != "explicit"
            inspection = inspect(asset, perceive=only != "implicit", verify=asked, trust=trust)
            if c2pa:
                from aigc_label import crediting  # noqa: PLC0415 - most checks do without

                lists = None if isinstance(c2pa, bool) else c2pa
                inspection = crediting.validated(asset, inspection, lists)
    except (AssetError, OSError) as error:
        shown = name or (os.fspath(source) if isinstance(source, (str, os.PathLike)) else "<bytes>")
        inspection = Inspection(name=shown, size=0, problem=kept(error))
    return _judged(inspection, judged_by, declared=declared, only=only, lang=lang)


def _require(value: object, kind: type, name: str) -> None:
    if value is not None and not isinstance(value, kind):
        given = type(value).__name__
        raise UsageError(f"{name} must be an {kind.__name__} or None, not {given}")


def _judged(
    inspection: Inspection, profile: Profile, *, declared: bool, only: Only, lang: str
) -> Report:
    at_home = bool(inspection.places) and profile.is_home(inspection.format or "")
    case = rules.Case(
        inspection=inspection,
        declared=declared,
        only=only,
        ours_are_homes=at_home,
        markable=partial(_is_markable, inspection.format),
        propagator=profile.propagator,
    )
    findings = rules.judge(case, profile, lang)
    return Report(
        inspection=inspection,
        profile=profile.id,
        ok=not any(profile.fails(finding) for finding in findings),
        attribution=rules.attribution(case),
        findings=findings,
        evidence=rules.chain(case, lang),
    )


def _is_markable(format_id: str | None) -> bool:
    return format_id is not None and registry.marker_for(format_id) is not None


@contextlib.contextmanager
def _opened(source: Source, name: str | None) -> Iterator[Asset]:
    """Open an asset, and put its name into the errors that parsers raise without one."""
    with open_asset(source, name=name) as asset:
        try:
            yield asset
        except AssetError as error:
            error.asset = error.asset or asset.name
            with contextlib.suppress(AssetError, OSError):
                error.format = error.format or registry.identify(asset).id
            raise


def _numbered_as(implicit: ImplicitLabel, before: list[FoundLabel]) -> ImplicitLabel:
    """The label with the numbers of the one that the same producer has already written."""
    if len(before) != 1:
        return implicit
    found = before[0].fields
    number = found.get("ProduceID", "")
    if not number or found.get("ContentProducer") != implicit.content_producer:
        return implicit
    if implicit.propagate_id == implicit.produce_id:  # Annex E note 1: the one copies the other
        return replace(implicit, produce_id=number, propagate_id=number)
    theirs = found.get("ContentPropagator") == implicit.content_propagator
    kept = (theirs and found.get("PropagateID")) or implicit.propagate_id
    return replace(implicit, produce_id=number, propagate_id=kept)


def _own_update(
    implicit: ImplicitLabel, before: list[FoundLabel], notes: list[str]
) -> ImplicitLabel:
    """The label to write over those that are there, or a refusal (Measures art. 10).

    One's own label may be updated; another producer's may not be touched, and the propagation
    elements that another platform has added to one's own label stay.
    """
    for found in before:
        owner = found.fields.get("ContentProducer", "")
        carried_by = found.fields.get("ContentPropagator", "")
        if owner not in ("", implicit.content_producer) or (not owner and carried_by):
            raise LabelConflict(
                f"bears the label of {owner or carried_by!r} ({found.carrier}); article 10 "
                "forbids overwriting it; use `propagate` to add a platform's fields"
            )
        if carried_by not in ("", implicit.content_producer, implicit.content_propagator):
            notes.append(f"kept the propagation elements of {carried_by!r}")
            implicit = replace(
                implicit,
                content_propagator=carried_by,
                propagate_id=found.fields.get("PropagateID", ""),
                reserved_code2=found.fields.get("ReservedCode2", ""),
                found=True,  # whatever slips stand there are the platform's
            )
    return implicit


def _finished(
    draft: Draft,
    credentials: Credentials | None,
    notes: list[str],
    *,
    to: Target,
    judged_by: Profile,
    scratch: Scratch,
    dry_run: bool,
    allowed: bool,
) -> Written:
    """Sign what is to be signed, say what the profile still holds against it, and deliver."""
    with contextlib.ExitStack() as stack:
        signed = None
        if draft.changed and (credentials is None or credentials.sidecar):
            _guard_credentials(draft.before, notes, allowed=allowed)
            refuse_beside(to, allowed=allowed)
        if credentials is not None:
            from aigc_label import crediting  # noqa: PLC0415 - most writes sign nothing

            signed = crediting.signed(draft, credentials, scratch, dry_run=dry_run)
        edited = draft.edited
        if signed is not None and signed.asset is not edited:
            edited = stack.enter_context(contextlib.closing(signed.asset))
        seen = inspect(edited, perceive=False)
        notes += _objections(seen, draft.implicit, judged_by)
        result = Result(
            source=draft.source,
            edited=edited,
            fmt=draft.fmt,
            implicit=draft.implicit,
            seen=seen,
            mark=draft.mark,
        )
        written = deliver(result, to, notes, dry_run=dry_run)
    if signed is None:
        return written
    return crediting.completed(written, signed)


def _no_place(fmt: Format) -> NoPlace:
    advice = fmt.advice
    if not advice:
        able = registry.marker_for(fmt.id) is not None
        advice = "ask for the explicit one" if able else "convert it to a format that has one"
    return NoPlace(f"{fmt.id} has no place for an implicit label; {advice}")


def _guard_credentials(seen: Iterable[Observation], notes: list[str], *, allowed: bool) -> None:
    """Refuse to break the hash that binds C2PA content credentials to the bytes of a file.

    Raises:
        CannotCarry: the file bears them, and breaking them was not allowed.
    """
    found = next((s for s in seen if isinstance(s, Signal) and s.scheme == "c2pa"), None)
    if found is None:
        return
    by = f" by {found.generator}" if found.generator else ""
    if not allowed:
        raise CannotCarry(
            f"bears C2PA content credentials{by} ({found.carrier}), which any write breaks; "
            "label before signing, or allow it (--allow-breaking-c2pa)"
        )
    notes.append(f"the C2PA content credentials{by} no longer match the file: sign it again")


def _marked(asset: Asset, fmt: Format, explicit: ExplicitLabel, scratch: Scratch) -> Marked:
    marker = registry.marker_for(fmt.id)
    if marker is None and fmt.is_data:
        raise NoMark(
            "nobody looks at data: show the words where it is displayed (aigc-label snippet), and "
            "ask for the implicit label only (--no-explicit)"
        )
    if marker is None:
        raise NoMark(
            f"no explicit mark can be put into {fmt.id}; ask for the implicit label only "
            "(--no-explicit), and show the mark around the content"
        )
    return marker.mark(asset, fmt, explicit, scratch)


def _attributed(seen: Inspection, *, declared: bool) -> ImplicitLabel:
    """The label to add propagation elements to: the one there, or one of article 6's states."""
    if seen.labels:
        first = next((found for found in seen.labels if found.home), seen.labels[0])
        for other in seen.labels:
            for key in ("Label", "ContentProducer", "ProduceID"):
                if other.fields.get(key, "") != first.fields.get(key, ""):
                    raise LabelConflict(
                        f"{first.carrier} and {other.carrier} disagree about {key}; "
                        "a label may not be overwritten, so settle this with the producer"
                    )
        if Attribution.from_code(first.fields.get("Label", "")) is None:
            raise LabelConflict(
                f"its label says Label={first.fields.get('Label')!r}, none of 1, 2 and 3; "
                "a label may not be overwritten, so settle this with the producer"
            )
        return ImplicitLabel.from_fields(first.fields, found=True)
    if declared:
        state = Attribution.POSSIBLE
    elif seen.marks or any(signal.ai for signal in seen.signals):
        state = Attribution.SUSPECTED
    else:
        raise NothingToPropagate(
            "no label, no declaration and no trace of generation, so there is nothing to write; "
            "say --declared if its user declares it"
        )
    return replace(_UNKNOWN_MAKER, attribution=state)


def _with_label(
    asset: Asset, fmt: Format, implicit: ImplicitLabel | None, found: Sequence[FoundLabel]
) -> Asset:
    """The asset bearing the label as its only one; the same asset if it already does."""
    if implicit is None or fmt.plan is None:
        return asset
    stands = len(found) == 1 and bears(found[0], implicit, fmt) and found[0].carrier == fmt.slots[0]
    if stands and implicit.origin is None:
        return asset
    plan = fmt.plan(asset, implicit)
    return asset if stands and plan.changes_nothing(asset) else plan.view(asset)


def _objections(
    edited: Inspection, implicit: ImplicitLabel | None, profile: Profile
) -> Iterator[str]:
    """What the profile still says against the implicit label of the result."""
    if implicit is None:
        return
    said = {seen.detail for seen in edited.signals if seen.scheme == "iptc"}
    if implicit.origin is not None and implicit.origin.term not in said:
        yield f"the origin is not stated: no place for it is known in {edited.format}"
    report = _judged(edited, profile, declared=False, only="implicit", lang="en")
    for finding in report.findings:
        if finding.kind == "fail":
            yield f"{finding.rule}: {finding.message}"
