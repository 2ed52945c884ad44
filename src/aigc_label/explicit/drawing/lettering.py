"""Words as a picture: white letters on a dark plate, measured in ink and not in em.

Clauses 5.2 and 5.4 of GB 45438-2025 ask for a text height and do not say which: that of the
Chinese characters or that of the capitals; and nobody can see an em. The size is therefore found
by drawing, thresholding and counting rows, for the characters and for the capitals.

The plate is opaque, so the contrast is the same on every background, 17:1, and a mark drawn over
itself changes nothing but a few pixels on its round corners.
"""

# ruff: noqa: PLC0415 - Pillow is loaded only where something is drawn

from __future__ import annotations

import math
import pkgutil
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from aigc_label.errors import CannotCarry, InvalidLabel

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

CAPITALS = 5 / 6
"""Least height of a capital over the asked ink height: where 6 % are asked, capitals have 5 %."""

_PLATE, _RIM, _INK = 26, 96, 255  # grey levels, because every colour mode has greys
_HALF = 128  # coverage from which a pixel counts as ink
_SOLID = 160  # the same where a size is chosen: what is fainter, coarse JPEG coding may take away
_MOST_LINES = 4
_PITCH = 1.3  # of the em, from line to line

_CJK = r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]"
_CAPITAL = r"[A-Z]"
_OPENING, _CLOSING = "（「《【『〈〔“‘", "，。：；！？、）」》】』〉〕”’…·"
_TOKEN = (
    rf"(?s)[{_OPENING}]*"
    r"(?:人工智能|生成|合成|疑似|可能|内容|图片|图像|视频|音频|文字|仅供|参考|标识|注意|甄别"
    rf"|[!-~\u00a1-\u017f]+|.)[{_CLOSING}]*\s*"
)
"""What is not torn apart at the end of a line: words, and punctuation from its neighbour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettering:
    """Words on their plate.

    Attributes:
        image: mode RGBA, all greys; opaque but for the round corners. Not to be drawn on.
        ink_height: pixels of the tallest Chinese, Japanese or Korean character as drawn, or of the
            tallest character if there is none.
        words_box: x, y, width, height of all the ink within the image, in pixels.
    """

    image: Image
    ink_height: int
    words_box: tuple[int, int, int, int]


def patch(text: str, ink_height: int, *, max_width: int) -> Lettering:
    """Draw ``text`` so that its characters are at least ``ink_height`` pixels high.

    Capitals are at least :data:`CAPITALS` of that. Words that are too long for one line go on two
    to four, broken where a reader would.

    Raises:
        InvalidLabel: naming the characters that the package's font has not got.
        CannotCarry: if the plate cannot be ``max_width`` pixels or less wide.
    """
    from PIL import Image, ImageDraw

    text = text.strip()
    _refuse_unknown(text)
    size, measured = _fitting_size(text, ink_height)
    font = _font(size)
    pad_x, pad_y = round(0.46 * measured), round(0.34 * measured)
    lines = _broken(text, font, max_width - 2 * pad_x)
    if not lines:
        raise _too_narrow(text, max_width)
    pitch = round(_PITCH * size)

    width = math.ceil(max(map(font.getlength, lines)))
    canvas = Image.new("L", (width + 2 * size, pitch * (len(lines) + 1)))
    draw = ImageDraw.Draw(canvas)
    for number, line in enumerate(lines):
        draw.text((size // 2, size + pitch * number), line, fill=_INK, font=font, anchor="ls")
    left, _, right, _ = _ink_box(canvas)
    # The plate is centred on the characters; tails of p or Q hang into its lower padding.
    _, head, _, foot = _ink_box(_drawn(_judged(text), font, size))
    box = (
        left - pad_x,
        head - pad_y,
        right + pad_x,
        foot + pad_y + pitch * (len(lines) - 1),
    )
    letters = canvas.crop(box)
    plate = _plate(letters.size, round(0.3 * measured), max(1, measured // 32))
    plate.paste((_INK, _INK, _INK, 255), (0, 0), letters)
    x, y, end_x, end_y = _ink_box(letters)
    return Lettering(image=plate, ink_height=measured, words_box=(x, y, end_x - x, end_y - y))


def _too_narrow(text: str, max_width: int) -> CannotCarry:
    shown = text if len(text) <= 24 else f"{text[:23]}…"
    return CannotCarry(
        f"{shown!r} at the height that clause 5 asks for does not fit into {max_width} pixels of "
        "width; give shorter words, or leave the explicit label to the page around it "
        "(--no-explicit)"
    )


@cache
def _font_file() -> bytes:
    found = pkgutil.get_data("aigc_label", "fonts/AIGCLabelSans.otf")
    assert found is not None  # noqa: S101 - every loader of a package that is installed has data
    return found


def _font(size: int) -> FreeTypeFont:
    from io import BytesIO

    from PIL import ImageFont

    # Basic layout: with or without libraqm, every installation draws the same pixels.
    return ImageFont.truetype(BytesIO(_font_file()), size, layout_engine=ImageFont.Layout.BASIC)


def _refuse_unknown(text: str) -> None:
    """Raise if the font would draw any character as its box for the unknown."""
    font = _font(24)
    unknown = bytes(font.getmask("\uffff"))
    lacking = [c for c in dict.fromkeys(text) if bytes(font.getmask(c)) == unknown]
    if lacking:
        names = ", ".join(
            f"{c} (U+{ord(c):04X})" if c.isprintable() else f"U+{ord(c):04X}" for c in lacking[:8]
        )
        raise InvalidLabel(
            f"the package's font has no {names}; it covers GB 2312 level 1, Western European "
            "letters and the usual punctuation",
            field="text",
        )
    if not text:
        raise InvalidLabel("there are no words to draw", field="text")


def _judged(text: str) -> str:
    """The characters whose ink is the text's height: Chinese, Japanese, Korean; all, if none."""
    return "".join(dict.fromkeys(re.findall(_CJK, text))) or text


@lru_cache(maxsize=256)
def _fitting_size(text: str, ink_height: int) -> tuple[int, int]:
    """The smallest size in pixels that meets both heights, and the height of the characters."""
    capitals = "".join(dict.fromkeys(re.findall(_CAPITAL, text)))
    size = max(ink_height, 4)  # no character of this font is taller than its em
    while size <= 3 * ink_height + 16:
        font = _font(size)
        tallest = max(_heights(_judged(text), font, size, _SOLID))
        lowest = min(_heights(capitals, font, size, _SOLID), default=ink_height)
        if tallest >= ink_height and lowest >= CAPITALS * ink_height:
            return size, max(_heights(_judged(text), font, size, _HALF))
        short_by = max(ink_height / max(tallest, 1), CAPITALS * ink_height / max(lowest, 1))
        # Nearly there, then pixel by pixel; thin strokes of tiny letters may be missed at first.
        size = max(size + 1, int(size * min(short_by, 1.5)) - 1)
    raise InvalidLabel(f"{text!r} has no character whose height could be measured", field="text")


def _heights(characters: str, font: FreeTypeFont, size: int, level: int) -> list[int]:
    boxes = [_ink_box(_drawn(character, font, size), level) for character in characters]
    return [bottom - top for _, top, _, bottom in boxes]


def _drawn(line: str, font: FreeTypeFont, size: int) -> Image:
    from PIL import Image, ImageDraw

    canvas = Image.new("L", (round(font.getlength(line)) + size, 2 * size))
    ImageDraw.Draw(canvas).text((size // 2, size), line, fill=_INK, font=font, anchor="ls")
    return canvas


def _ink_box(canvas: Image, level: int = _HALF) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is covered to ``level`` of 255 or more."""
    solid = canvas.point([0] * level + [255] * (256 - level))
    return solid.getbbox() or (0, 0, 0, 0)


def _broken(text: str, font: FreeTypeFont, width: int) -> list[str]:
    """The fewest lines of at most ``width`` pixels, as even as they come; none if it cannot be."""
    tokens = re.findall(_TOKEN, text)
    lines = _filled(tokens, font, width)
    step = max(1, width // 100)
    while len(lines) > 1 and len(narrower := _filled(tokens, font, width - step)) == len(lines):
        lines, width = narrower, width - step
    return lines


def _filled(tokens: list[str], font: FreeTypeFont, width: int) -> list[str]:
    """Lines filled from the left; none if a token is too wide or the lines become too many."""
    lines = [""]
    for token in tokens:
        if font.getlength((lines[-1] + token).rstrip()) > width:
            lines.append("")
            if font.getlength(token.rstrip()) > width or len(lines) > _MOST_LINES:
                return []
        lines[-1] += token
    return [line.rstrip() for line in lines]


def _plate(size: tuple[int, int], radius: int, rim: int) -> Image:
    """A dark rounded plate with a thin light rim, its corners smoothed by eightfold sampling."""
    from PIL import Image, ImageDraw

    fine = 8
    corner = radius + 1
    edge = 2 * corner * fine - 1
    grey = Image.new("L", (edge + 1, edge + 1), _RIM)
    shape = Image.new("L", grey.size)
    inner = rim * fine
    ImageDraw.Draw(shape).rounded_rectangle((0, 0, edge, edge), radius * fine, 255)
    ImageDraw.Draw(grey).rounded_rectangle(
        (inner, inner, edge - inner, edge - inner), max(radius - rim, 0) * fine, _PLATE
    )
    grey, shape = grey.reduce(fine), shape.reduce(fine)
    tile = Image.merge("RGBA", (grey, grey, grey, shape))

    width, height = size
    plate = Image.new("RGBA", size, (_RIM, _RIM, _RIM, 255))
    plate.paste((_PLATE, _PLATE, _PLATE, 255), (rim, rim, width - rim, height - rim))
    for x, from_x in ((0, 0), (width - corner, corner)):
        for y, from_y in ((0, 0), (height - corner, corner)):
            plate.paste(tile.crop((from_x, from_y, from_x + corner, from_y + corner)), (x, y))
    return plate
