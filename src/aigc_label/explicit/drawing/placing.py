"""Where a mark of a known size stands in a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

    from aigc_label.explicit_label import Position

CORNERS = ("bottom-right", "bottom-left", "top-right", "top-left")
"""Where ``auto`` may put a mark, the first one if all are alike."""

_CELLS = 48  # a ground is looked at in so many cells across
_EDGES = 3  # weight of edges against large differences
_CLEARLY = (
    0.85,
    2.0,
)  # another corner must be calmer than the first by this factor and so many levels


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
        at = shares(position)
        rooms = [whole - part - 2 * margin for whole, part in zip(picture, mark, strict=True)]
        left, top = (margin + round(share * room) for share, room in zip(at, rooms, strict=True))
        return left, top
    left, top = (
        min(max(round(share * whole - part / 2), margin), whole - part - margin)
        for share, whole, part in zip(position, picture, mark, strict=True)
    )
    return left, top


def shares(anchor: str) -> tuple[float, float]:
    """How far to the right and down an anchor is: 0, 0.5 or 1 each."""
    return _fraction(anchor, "left", "right"), _fraction(anchor, "top", "bottom")


def _fraction(anchor: str, low: str, high: str) -> float:
    words = anchor.split("-")
    return 0.0 if low in words else 1.0 if high in words else 0.5


def calmest(grounds: dict[str, Image]) -> str:
    """The place with the calmest ground; the first one unless another is clearly calmer.

    Args:
        grounds: what is under the mark at each place.
    """
    measured = {place: unrest(ground) for place, ground in grounds.items()}
    first, *others = measured
    best = min(others, key=measured.__getitem__, default=first)
    factor, levels = _CLEARLY
    bound = min(factor * measured[first], measured[first] - levels)
    return best if measured[best] < bound else first


def unrest(ground: Image) -> float:
    """How restless a ground is, in grey levels: its spread and, more so, its edges."""
    from PIL import ImageChops, ImageStat  # noqa: PLC0415 - loaded where something is drawn

    grey = ground.convert("L")
    cell = max(1, grey.width // _CELLS)
    grey = grey.reduce(cell)
    across = ImageChops.difference(
        grey.crop((1, 0, grey.width, grey.height)), grey.crop((0, 0, grey.width - 1, grey.height))
    )
    down = ImageChops.difference(
        grey.crop((0, 1, grey.width, grey.height)), grey.crop((0, 0, grey.width, grey.height - 1))
    )
    edges = sum(ImageStat.Stat(part).mean[0] for part in (across, down) if min(part.size) > 0)
    return ImageStat.Stat(grey).stddev[0] + _EDGES * edges
