"""What stands behind and over the words of a drawing: rectangles and pictures (SVG 2, 3.3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import colours

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aigc_label.carriers.colours import Colour

    Box = tuple[float, float, float, float]

MOST = 4096
"""Plates of one drawing."""

_ALL = 0.98  # of the words that have to be on a plate, or under one
_OPAQUE = 0.95


class Plate(NamedTuple):
    """A rectangle or picture: its place among all that is drawn, its corners, its colour.

    Attributes:
        order: the later, the further in front.
        box: left, top, right and bottom in pixels of the viewport.
        colour: ``None`` if it has several, or one that is not known.
        opaque: whether nothing is seen through it.
    """

    order: int
    box: Box
    colour: Colour | None
    opaque: bool


def plate(order: int, box: Box, paint: Mapping[str, str], opacity: str) -> Plate:
    """A rectangle as it is painted."""
    fill = paint.get("fill", "black")
    clear = fill.strip().lower() in ("none", "transparent")
    shares = (_share(opacity), _share(paint.get("fill-opacity", "1")))
    opaque = not clear and min(shares) >= _OPAQUE and not fill.strip().startswith("url")
    return Plate(order, box, colours.colour(fill) if opaque else None, opaque)


def hide(order: int, box: Box, ink: str, plates: Sequence[Plate]) -> bool:
    """Whether words are under an opaque plate, or in the colour of the one they stand on."""
    under = [one for one in plates if _covers(one.box, box)]
    if any(one.order > order and one.opaque for one in under):
        return True
    behind = [one for one in under if one.order < order]
    others = [one for one in plates if one.order < order and one not in under]
    top = max((one.order for one in behind if one.opaque), default=-1)
    if any(one.order > top and _meets(one.box, box) for one in (*others, *behind)):
        return False  # something else is between
    ground = next((one.colour for one in behind if one.order == top), None)
    return colours.is_lost(colours.colour(ink), ground)


def _share(value: str) -> float:
    told = re.fullmatch(r"\s*(\d*\.?\d+)(%?)\s*", value)
    return (float(told[1]) / (100 if told[2] else 1)) if told else 1.0


def _covers(one: Box, box: Box) -> bool:
    wide = min(one[2], box[2]) - max(one[0], box[0])
    high = min(one[3], box[3]) - max(one[1], box[1])
    return wide >= _ALL * (box[2] - box[0]) and high >= _ALL * (box[3] - box[1])


def _meets(one: Box, box: Box) -> bool:
    return one[0] < box[2] and box[0] < one[2] and one[1] < box[3] and box[1] < one[3]
