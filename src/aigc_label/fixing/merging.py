"""What one's own labels in a file say together, and the label of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import content_id
from aigc_label.errors import CannotCarry, InvalidLabel, LabelConflict
from aigc_label.model import FIELDS, Attribution, ImplicitLabel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aigc_label.model import FoundLabel

_SPREAD = ("ContentPropagator", "PropagateID", "ReservedCode2")


def merged(labels: Sequence[FoundLabel], producer: str, produce_id: str | None) -> dict[str, str]:
    """What one's own labels say together; an empty value gives way to a filled one.

    Raises:
        LabelConflict: they disagree.
    """
    spread = [label for label in labels if _is_spread(label.fields, producer)] or labels
    values = dict.fromkeys(FIELDS, "")
    for key in FIELDS:
        speaking = spread if key in _SPREAD else labels
        told = {
            value: label.carrier
            for label in reversed(speaking)
            if (value := _said(label.fields, key, producer))
            or (key == "ContentPropagator" and spread is not labels)
        }
        if key == "Label":
            told = {value: place for value, place in told.items() if value in ("1", "2", "3")}
        if key == "ProduceID" and produce_id is not None:
            if told and produce_id not in told:
                raise LabelConflict(
                    f"its label has the number {next(iter(told))!r}, not {produce_id!r}; to give "
                    "it another one, use `aigc-label label --produce-id`"
                )
            told = {produce_id: ""}
        if len(told) > 1:
            first, other, *_ = reversed(told.items())
            raise LabelConflict(
                f"its labels disagree about {key}: {first[0]!r} in {first[1]}, {other[0]!r} in "
                f"{other[1]}; say which is right"
                + (" with --produce-id" if key == "ProduceID" else " with `aigc-label label`")
            )
        values[key] = next(iter(told), "")
    return values


def _is_spread(fields: Mapping[str, str], producer: str) -> bool:
    """Whether its propagation elements say more than the producer's own repeated."""
    return any(
        value not in ("", producer if key == "ContentPropagator" else "")
        for key in _SPREAD
        if (value := _said(fields, key, producer))
    )


def _said(fields: Mapping[str, str], key: str, producer: str) -> str:
    """A value of one's own label; nothing for a ``PropagateID`` that only follows the number."""
    value = fields.get(key, "")
    follows = key == "PropagateID" and value == fields.get("ProduceID")
    return "" if follows and fields.get("ContentPropagator") in (None, "", producer) else value


def built(told: Mapping[str, str], producer: str) -> ImplicitLabel:
    """The label of those values; Annex E note 1 fills what no platform has written."""
    number = told["ProduceID"] or content_id.new()
    propagator, propagate_id, reserved = (told[key] for key in _SPREAD)
    if propagator in ("", producer) and (propagator or not propagate_id):
        propagator, propagate_id = producer, propagate_id or number
    try:
        ImplicitLabel(
            content_producer=producer, produce_id=number, reserved_code1=told["ReservedCode1"]
        )
        return ImplicitLabel(
            attribution=Attribution.from_code(told["Label"]) or Attribution.CONFIRMED,
            content_producer=producer,
            produce_id=number,
            reserved_code1=told["ReservedCode1"],
            content_propagator=propagator,
            propagate_id=propagate_id,
            reserved_code2=reserved,
            found=True,
        )
    except InvalidLabel as error:
        raise CannotCarry(
            f"its label cannot be written again as it is: {error}; give the right values with "
            "`aigc-label label`"
        ) from None
