"""``propagate``: a platform's elements in one file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aigc_label import applying, content_id, output, registry
from aigc_label.delivery import Draft
from aigc_label.errors import NothingToPropagate
from aigc_label.inspecting import inspect
from aigc_label.model import Attribution, ImplicitLabel

if TYPE_CHECKING:
    from aigc_label.asset import Source
    from aigc_label.delivery import Target
    from aigc_label.model import Inspection, Written
    from aigc_label.profile import Profile
    from aigc_label.provenance.credentials import Credentials

_UNKNOWN_MAKER = ImplicitLabel(
    attribution=Attribution.SUSPECTED, content_producer="", produce_id=""
)
"""What a platform starts from that does not know who made a content."""


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
    _UNKNOWN_MAKER.propagated(propagator, propagate_id or "0", reserved_code)  # or InvalidLabel
    order = applying.ordered(source, to, profile, dry_run=dry_run, breaking=allow_breaking_c2pa)
    with applying.opened(source, name) as asset, output.scratch() as scratch:
        fmt = registry.identify(asset)
        if fmt.plan is None:
            raise applying.no_place(fmt)
        if credentials is not None:
            from aigc_label import crediting  # noqa: PLC0415 - most writes sign nothing

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
        edited = applying.with_label(asset, fmt, merged, seen.labels)
        draft = Draft(
            source=asset,
            edited=edited,
            fmt=fmt,
            before=seen.signals,
            implicit=merged,
            platform=propagator,
        )
        return applying.finished(draft, order, credentials, [], scratch)


def _attributed(seen: Inspection, *, declared: bool) -> ImplicitLabel:
    """The label to add propagation elements to: the one there, or one of article 6's states."""
    if seen.labels:
        return applying.sole_label(seen.labels)
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
