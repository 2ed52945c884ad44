"""``label``: a producer's labels in one file."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from aigc_label import applying, generated, output, registry
from aigc_label.delivery import Draft
from aigc_label.errors import LabelConflict, NoMark, UsageError
from aigc_label.inspecting import labels_of
from aigc_label.model import FoundLabel, ImplicitLabel

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.contract import Format, Marked
    from aigc_label.delivery import Target
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.generated import Made
    from aigc_label.model import Written
    from aigc_label.output import Scratch
    from aigc_label.profile import Profile
    from aigc_label.provenance.credentials import Credentials
    from aigc_label.trust.keys import SigningKey


def label(
    source: Made,
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
        source: a path, the bytes, or a binary stream; or what a model has just made: a
            ``PIL.Image.Image``, which becomes PNG or what ``to`` or ``name`` says, or
            :class:`Samples`, which become WAV.
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
    with output.scratch() as scratch, contextlib.ExitStack() as stack:
        file, name = generated.as_source(source, name, to, scratch)
        order = applying.ordered(file, to, profile, dry_run=dry_run, breaking=allow_breaking_c2pa)
        asset = stack.enter_context(applying.opened(file, name))
        fmt = registry.identify(asset)
        before = list(fmt.read(asset))
        labels = [seen for seen in before if isinstance(seen, FoundLabel)]
        if credentials is not None:
            from aigc_label import crediting  # noqa: PLC0415 - most writes sign nothing

            crediting.refuse(fmt, credentials, implicit)
        notes: list[str] = []
        if implicit is not None and fmt.plan is None:
            if explicit is None or registry.marker_for(fmt.id) is None:
                raise applying.no_place(fmt)
            notes.append(f"{fmt.id} has no place for an implicit label; it bears the explicit one")
            implicit = None
        if implicit is not None:
            implicit = _numbered_as(implicit, labels) if keep_number else implicit
            implicit = _own_update(implicit, labels, notes)
            if sign is None and not implicit.reserved_code1 and _is_signed(labels):
                notes.append("its signature goes with the former label: sign it anew (--sign-key)")
        marked, mark = asset, None
        if explicit is not None:
            allowed = allow_breaking_c2pa or credentials is not None
            applying.guard_credentials(before, [], allowed=allowed)  # before hours of encoding
            marked, mark, said = _marked(asset, fmt, explicit, scratch)
            notes += said
        if drawn := marked is not asset:
            stack.enter_context(contextlib.closing(marked))
        if credentials is not None:
            marked = stack.enter_context(crediting.laid_out(marked, fmt, credentials, scratch))
        stands = labels if marked is asset else labels_of(fmt, marked)
        if sign is not None and implicit is not None:
            implicit = signing.sealed(implicit, sign, marked, fmt, stands=stands, notes=notes)
        edited = applying.with_label(marked, fmt, implicit, stands)
        draft = Draft(
            source=asset,
            edited=edited,
            fmt=fmt,
            before=before,
            implicit=implicit,
            mark=mark,
            marked=drawn,
        )
        return applying.finished(draft, order, credentials, notes, scratch)


def _is_signed(labels: list[FoundLabel]) -> bool:
    return any("SecurityData" in found.fields.get("ReservedCode1", "") for found in labels)


def _require(value: object, kind: type, name: str) -> None:
    if value is not None and not isinstance(value, kind):
        given = type(value).__name__
        raise UsageError(f"{name} must be an {kind.__name__} or None, not {given}")


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
