"""The icon before the words: the package's own spark, or a picture of the user's."""

# ruff: noqa: PLC0415 - Pillow is loaded only where something is drawn

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from aigc_label.errors import InvalidLabel

if TYPE_CHECKING:
    from PIL.Image import Image

OWN = ("spark",)
"""Icons of the package; they take the colour of the words."""

_FINE = 8  # samples a pixel in each direction where curves are drawn
_POINTS = 24  # of each of the four curves of a star
_LARGEST = 4096  # pixels on a side; an icon is a small thing, and decoding must be bounded
_WIDEST = 4  # times its height


def drawn(icon: str, height: int) -> Image:
    """The icon in RGBA, ``height`` pixels high, with nothing transparent around it.

    A file is read once in the life of a process.

    Raises:
        InvalidLabel: if it is neither the package's nor a picture with transparency.
    """
    return _spark(height) if icon in OWN else _from_file(icon, height)


@lru_cache(maxsize=32)
def _spark(height: int) -> Image:
    """A four-pointed star and a small one beside it, as is usual for what a model made."""
    from PIL import Image, ImageDraw

    fine = height * _FINE
    shape = Image.new("L", (fine, fine))
    draw = ImageDraw.Draw(shape)
    for star in stars():
        draw.polygon([(fine * x, fine * y) for x, y in star], 255)
    shape = shape.reduce(_FINE)
    white = Image.new("L", shape.size, 255)
    return Image.merge("RGBA", (white, white, white, shape))


def stars() -> list[list[tuple[float, float]]]:
    """The corners of the spark's two stars, in a square whose side is 1."""
    return [
        [(x + radius * a, y + radius * b) for a, b in _star()]
        for x, y, radius in ((0.43, 0.57, 0.43), (0.84, 0.16, 0.16))
    ]


def _star() -> list[tuple[float, float]]:
    """A star of radius 1: its sides are superellipses of exponent 0.6, thin but not needles."""
    angles = [math.tau * n / (4 * _POINTS) for n in range(4 * _POINTS)]
    return [
        (
            math.copysign(abs(math.cos(a)) ** (2 / 0.6), math.cos(a)),
            math.copysign(abs(math.sin(a)) ** (2 / 0.6), math.sin(a)),
        )
        for a in angles
    ]


@lru_cache(maxsize=8)
def _from_file(path: str, height: int) -> Image:
    from PIL import Image

    try:
        with Image.open(path, formats=("PNG", "WEBP")) as opened:
            picture = opened.convert("RGBA") if max(opened.size) <= _LARGEST else None
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _refused(
            path,
            f"cannot be read ({_reason(error)}); give spark, or a PNG or WebP with transparency",
        ) from None
    if picture is None:
        raise _refused(path, f"is larger than {_LARGEST} pixels")
    visible = picture.getchannel("A").getbbox()
    if visible is None:
        raise _refused(path, "is transparent throughout")
    if picture.getchannel("A").getextrema()[0] == 255:
        raise _refused(path, "has no transparency; cut out its background first")
    picture = picture.crop(visible)
    width = max(1, round(picture.width * height / picture.height))
    if width > _WIDEST * height:
        raise _refused(path, f"is more than {_WIDEST} times as wide as high")
    # Premultiplied, so that the colours of transparent pixels do not bleed into the edge.
    small = picture.convert("RGBa").resize((width, height), Image.Resampling.LANCZOS)
    return small.convert("RGBA")


def _refused(path: str, why: str) -> InvalidLabel:
    return InvalidLabel(f"the icon {path!r} {why}", field="icon")


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split())[:80] or type(error).__name__
