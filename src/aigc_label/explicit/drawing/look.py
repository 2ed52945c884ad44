"""The styles of a look: what is drawn under the words, and how strongly.

Every style is one opacity for each pixel of the ground colour, and letters over it. Strength goes
in steps from what the look asks to what holds on any ground; few steps, so that a mark that
stands in a picture can be told again from the pixels.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image, ImageChops

from aigc_label.errors import InvalidLabel
from aigc_label.explicit.drawing import shapes

if TYPE_CHECKING:
    from aigc_label.explicit.drawing.lettering import Lettering
    from aigc_label.explicit_label import Look

STRONGEST = 6
"""The last step of strength."""

GENTLE = 2
"""The last step at which a style still looks as it was meant; ``auto`` goes on to the next."""

AUTO = ("adaptive", "outline", "plate")
"""What ``auto`` tries, in this order."""

SOLID = ("plate", "outline")
"""Styles of one opacity; with all of it they look the same on any ground."""

_PAD_X, _PAD_Y, _RADIUS = 0.46, 0.34, 0.3  # of the ink height
_HAIRLINE = 32  # part of the ink height that a plate's rim is wide
_HAIRLINE_INK = 0.306  # of the letters' colour in it
_RIM = 14  # part of the ink height that an outline is wide, but for a pixel of smoothing
_SOFT = {"shadow": 0.11, "adaptive": 0.07}  # spread of the glow over the ink height
_BASE = {"shadow": 0.9, "adaptive": 0.45}  # opacity of the glow at its least


class Frame(NamedTuple):
    """Room around the mask of words, in pixels.

    Attributes:
        left, top, right, bottom: what belongs to the mark and stays within the margins.
        bleed: how far a glow reaches beyond; it may be cut off at the picture's edges.
    """

    left: int
    top: int
    right: int
    bottom: int
    bleed: int


class Dress(NamedTuple):
    """How the words are dressed.

    Attributes:
        style: ``plate``, ``outline``, ``shadow`` or ``adaptive``.
        ink, ground: colours.
        opacity: as the look asks.
        strength: 0 to :data:`STRONGEST`.
    """

    style: str
    ink: tuple[int, int, int]
    ground: tuple[int, int, int]
    opacity: float
    strength: int = 0


def styles(style: str) -> tuple[str, ...]:
    """The styles that a look may come out as."""
    return AUTO if style == "auto" else (style,)


def dresses(look: Look, style: str) -> list[Dress]:
    """The ways to dress words in a style, at their least strength: two if light and dark change.

    Raises:
        InvalidLabel: if ink and ground could not be told from one another.
    """
    ink, ground = colour(look.ink), colour(look.ground)
    _require_contrast(look, ink, ground)
    plain = Dress(style, ink, ground, look.opacity)
    return [plain, plain._replace(ink=ground, ground=ink)] if style == "adaptive" else [plain]


def strengths(dress: Dress) -> range:
    """The steps of strength that differ from one another."""
    fixed = dress.style in SOLID and dress.opacity == 1
    return range(1 if fixed else STRONGEST + 1)


def colour(value: str) -> tuple[int, int, int]:
    """``#rrggbb`` as three levels."""
    red, green, blue = bytes.fromhex(value[1:])
    return red, green, blue


def _require_contrast(look: Look, ink: tuple[int, int, int], ground: tuple[int, int, int]) -> None:
    if {look.ink.lower(), look.ground.lower()} == {"#ffffff", "#1a1a1a"}:
        return  # the usual pair, for which numpy need not be loaded
    from aigc_label.explicit.drawing import contrast  # noqa: PLC0415 - it loads numpy

    ratio = contrast.of_colours(ink, ground)
    if ratio < contrast.LEAST:
        raise InvalidLabel(
            f"ink {look.ink} on ground {look.ground} has a contrast of {ratio:.1f}:1, which few "
            f"can read; choose colours with {contrast.LEAST}:1 or more",
            field="ink",
        )


def frame(style: str, lettering: Lettering, *, tight: bool = False) -> Frame:
    """The room that a style needs; ``tight`` where the picture has next to none."""
    height = lettering.ink_height
    if style == "plate":
        pad_x, pad_y = (1, 1) if tight else (round(_PAD_X * height), round(_PAD_Y * height))
        # Plates are centred on the characters; tails of p or Q hang into the lower padding.
        return Frame(
            pad_x,
            max(pad_y - lettering.head, 1),
            pad_x,
            max(pad_y - (lettering.mask.height - lettering.foot), 1),
            0,
        )
    rim = 1 if tight else _rim(height)
    bleed = round(4 * _SOFT[style] * height) + 2 if style in _SOFT else 0
    return Frame(rim, rim, rim, rim, bleed)


def whole(lettering: Lettering, room: Frame) -> tuple[int, int]:
    """Width and height of words in their frame with its bleed, in pixels."""
    mask = lettering.mask
    return (
        mask.width + room.left + room.right + 2 * room.bleed,
        mask.height + room.top + room.bottom + 2 * room.bleed,
    )


def framed(lettering: Lettering, room: Frame, *, icon: bool = True) -> Image.Image:
    """Coverage of the words in their frame with its bleed, mode L; with their icon or without."""
    words = Image.new("L", whole(lettering, room))
    words.paste(lettering.mask, (room.left + room.bleed, room.top + room.bleed))
    if not icon:
        words.paste(0, (0, 0, room.left + room.bleed + lettering.words_box[0], words.height))
    return words


def beneath(style: str, words: Image.Image, height: int) -> Image.Image:
    """The shape of what a style puts under words, mode L, before any opacity.

    Args:
        style: one of the four.
        words: what :func:`framed` returned.
        height: ink height in pixels.
    """
    if style == "plate":
        return _plate(words.size, height)[0]
    if style == "outline":
        return shapes.grown(words, _rim(height))
    return shapes.glow(words, _rim(height), _SOFT[style] * height)


def cover(words: Image.Image, under: Image.Image, dress: Dress, height: int) -> Image.Image:
    """Opacity of the ground colour, mode L.

    Args:
        words: what :func:`framed` returned.
        under: what :func:`beneath` returned.
        dress: how the words are dressed.
        height: ink height in pixels.
    """
    step = dress.strength / STRONGEST
    opacity = dress.opacity + (1 - dress.opacity) * step
    if dress.style in SOLID:
        return under if opacity == 1 else under.point([round(n * opacity) for n in range(256)])
    base = _BASE[dress.style]
    peak = 255 * opacity * (base + (1 - base) * step)
    gain = 1.25 + 1.75 * step
    soft = under.point([round(peak * min(1.0, gain * n / 255)) for n in range(256)])
    if dress.strength <= STRONGEST // 2:
        return soft
    # Where a glow does not do, a crisp rim grows within it.
    share = (step - 0.5) * 2
    rim = shapes.grown(words, _rim(height)).point([round(share * n) for n in range(256)])
    return ImageChops.lighter(soft, rim)


def letters(lettering: Lettering, room: Frame, dress: Dress) -> Image.Image:
    """The letters alone, and the icon if it has their colour: RGBA, in the frame with its bleed."""
    own = framed(lettering, room, icon=lettering.icon is None)
    image = Image.new("RGBA", own.size, (*dress.ink, 0))
    image.putalpha(own)
    return image


def dressed(lettering: Lettering, room: Frame, dress: Dress) -> Image.Image:
    """The words as an RGBA picture of the frame with its bleed."""
    height = lettering.ink_height
    words = framed(lettering, room)
    base = Image.new("RGBA", words.size, (*dress.ground, 0))
    if dress.style == "plate":
        base.paste(_with_hairline(words.size, dress, height))
    base.putalpha(cover(words, beneath(dress.style, words, height), dress, height))
    image = Image.alpha_composite(base, letters(lettering, room, dress))
    if lettering.icon is not None:
        x, y = lettering.icon_at
        image.alpha_composite(
            lettering.icon, (room.bleed + room.left + x, room.bleed + room.top + y)
        )
    return image


def _rim(height: int) -> int:
    return math.ceil(height / _RIM) + 1


def _plate(size: tuple[int, int], height: int) -> tuple[Image.Image, Image.Image]:
    radius = min(round(_RADIUS * height), min(size) // 4)
    return shapes.plate(size, radius, max(1, height // _HAIRLINE))


def _with_hairline(size: tuple[int, int], dress: Dress, height: int) -> Image.Image:
    """A plate of one colour with a thin lighter rim, as if its edge caught light."""
    _, within = _plate(size, height)
    edge = tuple(
        round(a + (b - a) * _HAIRLINE_INK) for a, b in zip(dress.ground, dress.ink, strict=True)
    )
    return Image.composite(
        Image.new("RGB", size, dress.ground), Image.new("RGB", size, edge), within
    )
