"""Shapes that carry words: plates, rims and glows, as coverage."""

from __future__ import annotations

from functools import lru_cache
from math import cos, sin, tan, tau

from PIL import Image, ImageChops, ImageDraw, ImageFilter

_MANY = 6  # pixels of reach from which circles are drawn as polygons
_FINE = 8  # samples a pixel in each direction where corners are drawn
_LARGE = 24  # pixels of radius from which half of them do


@lru_cache(maxsize=2)
def plate(size: tuple[int, int], radius: int, rim: int) -> tuple[Image.Image, Image.Image]:
    """A rounded plate, and the part of it within its rim; both mode L, corners smoothed.

    They are not to be drawn on.

    Args:
        size: width and height in pixels.
        radius: of its corners, in pixels.
        rim: width of the rim, in pixels.
    """
    radius = min(radius, min(size) // 2 - 1)
    corner = radius + 1
    fine = _FINE if radius < _LARGE else _FINE // 2
    edge = 2 * corner * fine - 1
    tile, inner_tile = (Image.new("L", (edge + 1, edge + 1)) for _ in range(2))
    inset = rim * fine
    ImageDraw.Draw(tile).rounded_rectangle((0, 0, edge, edge), radius * fine, 255)
    ImageDraw.Draw(inner_tile).rounded_rectangle(
        (inset, inset, edge - inset, edge - inset), max(radius - rim, 0) * fine, 255
    )
    width, height = size
    whole, within = Image.new("L", size, 255), Image.new("L", size, 0)
    within.paste(255, (rim, rim, width - rim, height - rim))
    for shape, part in ((whole, tile.reduce(fine)), (within, inner_tile.reduce(fine))):
        for x, from_x in ((0, 0), (width - corner, corner)):
            for y, from_y in ((0, 0), (height - corner, corner)):
                shape.paste(part.crop((from_x, from_y, from_x + corner, from_y + corner)), (x, y))
    return whole, within


def grown(mask: Image.Image, reach: int) -> Image.Image:
    """The mask with everything within ``reach`` pixels of it, its edges as smooth as they were.

    Strokes of the mask must be wider than a third of the reach, as those of letters are.
    """
    if reach < _MANY:
        out = mask
        for radius in {1, max(reach // 2, 1), reach}:
            for turn in range(16):
                x, y = (round(radius * f(tau * turn / 16)) for f in (cos, sin))
                out = ImageChops.lighter(out, _moved(mask, x, y))
        return out
    # A polygon of 16 sides is the sum of 8 lines, and each line the sum of its two ends.
    side = 2 * reach * tan(tau / 32)
    lines = [(round(side * cos(tau * n / 16)), round(side * sin(tau * n / 16))) for n in range(8)]
    out = _moved(mask, -sum(x for x, _ in lines) // 2, -sum(y for _, y in lines) // 2)
    for x, y in lines:
        out = ImageChops.lighter(out, _moved(out, x, y))
    return out


def _moved(mask: Image.Image, x: int, y: int) -> Image.Image:
    return mask.crop((-x, -y, mask.width - x, mask.height - y))


def glow(mask: Image.Image, reach: int, spread: float) -> Image.Image:
    """The mask grown by ``reach`` pixels and blurred with a standard deviation of ``spread``."""
    scale = max(1, int(spread / 3))  # what is soft can be made small, and soon
    small = mask.reduce(scale) if scale > 1 else mask
    soft = grown(small, max(1, round(reach / scale))).filter(
        ImageFilter.GaussianBlur(spread / scale)
    )
    return soft.resize(mask.size, Image.Resampling.BICUBIC) if scale > 1 else soft
