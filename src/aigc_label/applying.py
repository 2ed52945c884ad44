"""The steps that all writing verbs share: open, plan, sign last, hand over."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from aigc_label import judging, registry, rules
from aigc_label.asset import open_asset
from aigc_label.delivery import (
    Result,
    Target,
    bears,
    complete_patch,
    deliver,
    refuse_beside,
    refuse_target,
)
from aigc_label.errors import AssetError, CannotCarry, LabelConflict, NoPlace
from aigc_label.inspecting import inspect
from aigc_label.model import Attribution, ImplicitLabel, Signal
from aigc_label.profile import Profile, load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aigc_label.asset import Asset, Source
    from aigc_label.contract import Format
    from aigc_label.delivery import Draft
    from aigc_label.model import FoundLabel, Observation, Written
    from aigc_label.output import Scratch
    from aigc_label.provenance.credentials import Credentials


class Order(NamedTuple):
    """What every writing verb is asked beside its labels.

    Attributes:
        to: where the result goes.
        profile: what the result is judged by.
        dry_run: whether nothing is written.
        breaking: whether C2PA content credentials of the file may be broken.
    """

    to: Target
    profile: Profile
    dry_run: bool
    breaking: bool


def ordered(
    source: Source, to: Target, profile: str | Profile, *, dry_run: bool, breaking: bool
) -> Order:
    """The order, once the source is fit to be read for it.

    Raises:
        UsageError: the profile does not exist, or the target cannot be.
        AssetError: another run is writing the source at this moment.
        OSError: unwrapped, from the completion of a patch that a killed run began.
    """
    judged_by = rules.validated(load(profile))
    refuse_target(source, to)
    if not dry_run:
        complete_patch(source)
    return Order(to, judged_by, dry_run, breaking)


@contextlib.contextmanager
def opened(source: Source, name: str | None) -> Iterator[Asset]:
    """Open an asset, and put its name into the errors that parsers raise without one."""
    with open_asset(source, name=name) as asset:
        try:
            yield asset
        except AssetError as error:
            error.asset = error.asset or asset.name
            with contextlib.suppress(AssetError, OSError):
                error.format = error.format or registry.identify(asset).id
            raise


def with_label(
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


def finished(
    draft: Draft,
    order: Order,
    credentials: Credentials | None,
    notes: list[str],
    scratch: Scratch,
) -> Written:
    """Sign what is to be signed, say what the profile still holds against it, and deliver."""
    if draft.changed and (credentials is None or credentials.sidecar):
        guard_credentials(draft.before, notes, allowed=order.breaking)
        refuse_beside(order.to, allowed=order.breaking)
    if credentials is None:
        return _delivered(draft, draft.edited, order, notes)
    from aigc_label import crediting  # noqa: PLC0415 - most writes sign nothing

    signed = crediting.signed(draft, credentials, scratch, to=order.to, dry_run=order.dry_run)
    if signed is None or signed.asset is draft.edited:
        written = _delivered(draft, draft.edited, order, notes)
    else:
        with contextlib.closing(signed.asset):
            written = _delivered(draft, signed.asset, order, notes)
    return written if signed is None else crediting.completed(written, signed)


def _delivered(draft: Draft, edited: Asset, order: Order, notes: list[str]) -> Written:
    seen = inspect(edited, perceive=False)
    notes += judging.objections(seen, draft.implicit, order.profile)
    result = Result(
        source=draft.source,
        edited=edited,
        fmt=draft.fmt,
        implicit=draft.implicit,
        seen=seen,
        mark=draft.mark,
    )
    return deliver(result, order.to, notes, dry_run=order.dry_run)


def guard_credentials(seen: Iterable[Observation], notes: list[str], *, allowed: bool) -> None:
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


def sole_label(labels: Sequence[FoundLabel]) -> ImplicitLabel:
    """The label of a file that bears one, or several that agree.

    Raises:
        LabelConflict: they disagree about who made the content, or say nothing that Annex E knows.
    """
    first = next((found for found in labels if found.home), labels[0])
    for other in labels:
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


def no_place(fmt: Format) -> NoPlace:
    """Why a format cannot bear an implicit label, and what to do instead."""
    advice = fmt.advice
    if not advice:
        able = registry.marker_for(fmt.id) is not None
        advice = "ask for the explicit one" if able else "convert it to a format that has one"
    return NoPlace(f"{fmt.id} has no place for an implicit label; {advice}")
