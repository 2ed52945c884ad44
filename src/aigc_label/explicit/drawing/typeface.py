"""The package's font, and lines of words drawn with it in two sizes.

Chinese, Japanese and Korean characters fill their em; capitals reach 0.73 of it. Where both shall
meet a height, as in ``AI生成``, the letters are set a little larger than the characters, as a
typographer would do by eye. That is a :class:`Type`: two sizes and a weight.
"""

# ruff: noqa: PLC0415 - Pillow is loaded only where something is drawn

from __future__ import annotations

import math
import pkgutil
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.errors import InvalidLabel

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

HALF = 128
"""Coverage of 255 from which a pixel counts as ink."""

CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
"""Characters that fill their em: Chinese, Japanese, Korean."""

_LETTERS = re.compile(r"[!-~\u00a1-\u017f]")  # set in the size of capitals
_RUN = re.compile(r"[!-~\u00a1-\u017f][!-~\u00a1-\u017f ]*|[^!-~\u00a1-\u017f]+")
_ABOVE, _BELOW, _ASIDE = 1.1, 0.4, 0.15  # of the em: no glyph reaches farther from its place
_BOLDER = 0.018  # of the em, on each side of a stroke: from Medium to about Bold
_FINE = 1000  # em at which outlines are measured, in pixels: the design's own units
_FIRMER = 0.22  # more coverage where strokes are too thin to cover a pixel
_FIRM_FROM = 24  # ems in pixels; all of it from 10 less
_BOLD_FROM, _BOLD_WHOLE = 14, 40  # ems in pixels: below the first, counters would close


class Type(NamedTuple):
    """How large the words are set.

    Attributes:
        size: em of the characters, in pixels.
        letters: em of letters and digits, in pixels.
        bold: whether strokes are thickened.
    """

    size: float
    letters: float
    bold: bool

    @property
    def stroke(self) -> float:
        """Pixels by which each side of a stroke is thickened."""
        if not self.bold:
            return 0.0
        share = (self.size - _BOLD_FROM) / (_BOLD_WHOLE - _BOLD_FROM)
        return _BOLDER * self.size * min(max(share, 0.3), 1.0)


def require_characters(text: str) -> None:
    """Refuse what the font has no glyphs for.

    Raises:
        InvalidLabel: naming the characters; or if there are none to draw.
    """
    if not text:
        raise InvalidLabel("there are no words to draw", field="text")
    face = font(24)
    unknown = _unknown()
    lacking = [c for c in dict.fromkeys(text) if bytes(face.getmask(c)) == unknown]
    if lacking:
        names = ", ".join(
            f"{c} (U+{ord(c):04X})" if c.isprintable() else f"U+{ord(c):04X}" for c in lacking[:8]
        )
        raise InvalidLabel(
            f"the package's font has no {names}; it covers GB 2312 level 1, Western European "
            "letters and the usual punctuation",
            field="text",
        )


def length(line: str, type_: Type) -> float:
    """Width of a line in pixels, from pen to pen."""
    return sum(face.getlength(run) for run, face in _runs(line, type_)) + 2 * type_.stroke


def drawn(line: str, type_: Type) -> Image:
    """Coverage of a line: mode L, its base line :func:`pen` below the top, room on all sides."""
    from PIL import Image, ImageDraw

    at, em = pen(type_), max(type_.size, type_.letters)
    aside = math.ceil(_ASIDE * em + type_.stroke) + 1
    size = (math.ceil(length(line, type_)) + 2 * aside, at + math.ceil(_BELOW * em + type_.stroke))
    canvas = Image.new("L", size)
    draw = ImageDraw.Draw(canvas)
    x = float(aside)
    for run, face in _runs(line, type_):
        draw.text((x, at), run, fill=255, font=face, anchor="ls", stroke_width=type_.stroke)
        x += face.getlength(run)
    gain = 1 + _FIRMER * min(max((_FIRM_FROM - type_.size) / 10, 0.0), 1.0)
    return canvas.point([min(255, round(n * gain)) for n in range(256)]) if gain > 1 else canvas


def pen(type_: Type) -> int:
    """Pixels from the top of what :func:`drawn` gives to the base line."""
    return math.ceil(_ABOVE * max(type_.size, type_.letters) + type_.stroke)


def outline_height(character: str, *, bold: bool) -> float:
    """Height of a character's outline over the em."""
    _, top, _, bottom = font(_FINE).getbbox(character)
    return float(bottom - top) / _FINE + (2 * _BOLDER if bold else 0)


def ink_box(canvas: Image, level: int = HALF) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is covered to ``level`` of 255 or more."""
    found = canvas.getbbox()
    if found is None:
        return 0, 0, 0, 0
    solid = canvas.crop(found).point([0] * level + [255] * (256 - level)).getbbox()
    if solid is None:
        return 0, 0, 0, 0
    x, y = found[:2]
    return solid[0] + x, solid[1] + y, solid[2] + x, solid[3] + y


def _runs(line: str, type_: Type) -> list[tuple[str, FreeTypeFont]]:
    """The line in pieces of one size; spaces go with what stands before them."""
    line = line.replace(" · ", "·")  # in this font the dot has the room of a character
    return [
        (piece, font(type_.letters if _LETTERS.match(piece) else type_.size))
        for piece in _RUN.findall(line)
    ]


@cache
def _file() -> bytes:
    found = pkgutil.get_data("aigc_label", "fonts/AIGCLabelSans.otf")
    assert found is not None  # noqa: S101 - every loader of a package that is installed has data
    return found


@cache
def _unknown() -> bytes:
    """How the font draws what it has no glyph for."""
    return bytes(font(24).getmask("\uffff"))


@lru_cache(maxsize=32)
def font(size: float) -> FreeTypeFont:
    """The package's font at an em of so many pixels."""
    from io import BytesIO

    from PIL import ImageFont

    # Basic layout: with or without libraqm, every installation draws the same pixels.
    return ImageFont.truetype(BytesIO(_file()), size, layout_engine=ImageFont.Layout.BASIC)
