"""Where a mark of a known size stands in a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_label.explicit_label import Position


def placed(
    position: Position, picture: tuple[int, int], mark: tuple[int, int], margin: int
) -> tuple[int, int]:
    """Left and top of the mark in the displayed picture, in pixels.

    Args:
        position: an anchor, or the centre of the mark as fractions of width and height; a mark
            that would reach over the margin is moved back behind it.
        picture: width and height of the displayed picture.
        mark: width and height of the mark, which must fit.
        margin: pixels from each edge.
    """
    if isinstance(position, str):
        at = (_fraction(position, "left", "right"), _fraction(position, "top", "bottom"))
        rooms = [whole - part - 2 * margin for whole, part in zip(picture, mark, strict=True)]
        left, top = (margin + round(share * room) for share, room in zip(at, rooms, strict=True))
        return left, top
    left, top = (
        min(max(round(share * whole - part / 2), margin), whole - part - margin)
        for share, whole, part in zip(position, picture, mark, strict=True)
    )
    return left, top


def _fraction(anchor: str, low: str, high: str) -> float:
    words = anchor.split("-")
    return 0.0 if low in words else 1.0 if high in words else 0.5
