"""Words as a mask of coverage, measured in ink and not in em.

Clauses 5.2 and 5.4 of GB 45438-2025 ask for a text height and do not say which: that of the
Chinese characters or that of the capitals; and nobody can see an em. The sizes are therefore found
by drawing, thresholding and counting rows: for the characters so that they have the asked height
and no more, and for the capitals so that they have 5/6 of it, which is 5 % where 6 % are asked, or
more where the caller wants it.
"""

# ruff: noqa: PLC0415 - Pillow is loaded only where something is drawn

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.errors import CannotCarry, InvalidLabel
from aigc_label.explicit.drawing import icon as icons
from aigc_label.explicit.drawing import typeface
from aigc_label.explicit.drawing.typeface import CJK, Type, ink_box

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PIL.Image import Image

CAPITALS = 5 / 6
"""Least height of a capital over the asked ink height: where 6 % are asked, capitals have 5 %."""

_SOLID = 150  # coverage that counts where a size is chosen
_SMALL, _SMALL_SOLID = 32, 200  # of small letters, coarse JPEG coding takes the fainter rows away
_MOST_LINES = 4
_SEPARATORS = " ·•|｜/"  # needless at the end of a line
_PITCH = 1.3  # of the em, from line to line
_STEP = 0.25  # pixels of em between the sizes that are tried, at least
_STEPS = 300  # part of the height that lies between them, at most
_ALIKE = 0.96  # characters within 4 % of the tallest may be the tallest at another size

_CAPITAL = re.compile(r"[A-Z]")
_OPENING, _CLOSING = "（「《【『〈〔“‘", "，。：；！？、）」》】』〉〕”’…·"
_TOKEN = re.compile(
    rf"(?s)[{_OPENING}]*"
    r"(?:人工智能|生成|合成|疑似|可能|内容|图片|图像|视频|音频|文字|仅供|参考|标识|注意|甄别"
    rf"|[!-~\u00a1-\u017f]+|.)[{_CLOSING}]*\s*"
)
"""What is not torn apart at the end of a line: words, and punctuation from its neighbour."""

_TORN_TOKEN = re.compile(rf"(?s)[{_OPENING}]*(?:[!-~\u00a1-\u017f]+|.)[{_CLOSING}]*\s*")
"""The same where the room is narrower than a word, so that Chinese runs downwards."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # hashed by identity
class Lettering:
    """Words, and an icon before them, as coverage.

    Attributes:
        mask: mode L; words and icon and nothing around them. Not to be drawn on.
        icon: the icon in its own colours, RGBA, ``None`` if it is none or has none of its own.
        icon_at: its left and top within the mask.
        ink_height: pixels of the tallest Chinese, Japanese or Korean character as drawn, or of the
            tallest character if there is none.
        words_box: x, y, width, height of the words' ink within the mask, in pixels.
        head: y of the top of the characters in the first line.
        foot: y of their end in the last one; tails of p or Q hang lower.
    """

    mask: Image
    icon: Image | None
    icon_at: tuple[int, int]
    ink_height: int
    words_box: tuple[int, int, int, int]
    head: int
    foot: int


def lettered(
    text: str,
    ink_height: int,
    *,
    max_width: int,
    capitals: int = 0,
    bold: bool = False,
    icon: str = "",
    align: str = "left",
    torn: bool = False,
) -> Lettering:
    """Draw ``text`` so that its characters are ``ink_height`` pixels high.

    They are never lower, and capitals are at least :data:`CAPITALS` of that. Words that are too
    long for one line go on two to four, broken where a reader would.

    Args:
        text: the words.
        ink_height: in pixels.
        max_width: of words and icon together, in pixels.
        capitals: the least height of capitals, in pixels, if it is more than 5/6 of the other.
        bold: whether strokes are thickened.
        icon: as :attr:`Look.icon`.
        align: ``left``, ``center`` or ``right``: where shorter lines stand.
        torn: whether words may be torn apart at the end of a line, character by character.

    Raises:
        InvalidLabel: naming the characters that the package's font has not got; or the icon.
        CannotCarry: if they cannot be ``max_width`` pixels or less wide.
    """
    asked = _Asked(text.strip(), ink_height, max_width, capitals, bold, icon, align, torn)
    return _cached(asked) if ink_height <= _CACHED else _lettered(asked)


class _Asked(NamedTuple):
    """The arguments of :func:`lettered`."""

    text: str
    ink_height: int
    max_width: int
    capitals: int
    bold: bool
    icon: str
    align: str
    torn: bool


def _lettered(asked: _Asked) -> Lettering:
    from PIL import Image

    text, icon = asked.text, asked.icon
    typeface.require_characters(text)
    type_, measured = fitting_type(text, asked.ink_height, capitals=asked.capitals, bold=asked.bold)
    picture = icons.drawn(icon, measured) if icon else None
    before = picture.width + round(0.28 * measured) if picture else 0
    lines = broken(text, type_, asked.max_width - before, torn=asked.torn)
    if not lines:
        raise CannotCarry(
            f"{_shown(text)} at the height that clause 5 asks for does not fit into "
            f"{asked.max_width} pixels of width; give shorter words, or leave the explicit label "
            "to the page around it (--no-explicit)"
        )
    pitch = round(_PITCH * type_.size)
    at = typeface.pen(type_)
    masks = [typeface.drawn(line, type_) for line in lines]
    inks = [ink_box(mask) for mask in masks]
    widest = max(right - left for left, _, right, _ in inks)
    share = {"left": 0.0, "center": 0.5, "right": 1.0}[asked.align]

    # Coordinates: the ink begins at x = before; the first base line is at y = at.
    canvas = Image.new("L", (before + widest, 2 * at + pitch * (len(lines) - 1)))
    for number, (mask, (left, _, right, _)) in enumerate(zip(masks, inks, strict=True)):
        x = before + round(share * (widest - (right - left)))
        line = mask.crop((left, 0, right, mask.height))
        canvas.paste(255, (x, pitch * number), line)
    _, top, _, bottom = ink_box(canvas)
    words = (before, top, widest, bottom - top)
    # Marks are centred on the height of characters or capitals, so that they look alike.
    upright = CJK.findall(text) or _CAPITAL.findall(text)
    _, head, _, foot = ink_box(typeface.drawn("".join(upright) or text, type_))
    icon_top = (head + foot - measured) // 2
    foot += pitch * (len(lines) - 1)
    if picture is not None:
        y = icon_top
        canvas.paste(255, (0, y), picture.getchannel("A"))
        top, bottom = min(top, y), max(bottom, y + picture.height)
    x, y, width, height = words
    return Lettering(
        mask=canvas.crop((0, top, canvas.width, bottom)),
        icon=None if icon in icons.OWN else picture,
        icon_at=(0, icon_top - top),
        ink_height=measured,
        words_box=(x, y - top, width, height),
        head=head - top,
        foot=foot - top,
    )


_CACHED = 400  # pixels of ink height; larger words would hold too much memory
_cached = lru_cache(maxsize=32)(_lettered)


@lru_cache(maxsize=256)
def fitting_type(
    text: str, ink_height: int, *, capitals: int = 0, bold: bool = False
) -> tuple[Type, int]:
    """The smallest type that meets both heights, and the height of the characters as drawn.

    Args:
        text: the words.
        ink_height: least height of the characters, in pixels.
        capitals: least height of capitals, in pixels; at least 5/6 of the other.
        bold: whether strokes are thickened.

    Raises:
        InvalidLabel: if the words have no character whose height could be measured.
    """
    solid = _SOLID if ink_height >= _SMALL else _SMALL_SOLID
    upper = "".join(dict.fromkeys(_CAPITAL.findall(text)))
    characters = _judged(text)
    least = max(CAPITALS * ink_height, capitals)
    for size in _sizes(characters, ink_height, bold=bold):
        if _tallest(characters, Type(size, size, bold), solid) < ink_height:
            continue
        type_ = Type(size, size, bold)
        if upper:
            letters = next(
                each
                for each in _sizes(upper, least, bold=bold)
                if each >= size and _lowest(upper, Type(size, each, bold), solid) >= least
            )
            has_others = CJK.search(text) is not None
            type_ = Type(size if has_others else letters, letters, bold)
        return type_, _tallest(characters, type_, typeface.HALF)
    raise InvalidLabel(f"{_shown(text)} has no character whose height can be seen", field="text")


def _sizes(characters: str, height: float, *, bold: bool) -> Iterator[float]:
    """Sizes to try for the height, from a little too small to three times the height."""
    reached = _full_height(characters, bold=bold)
    if reached <= 0:
        return
    # Never below what the height needs when no row is lost to smoothing, on the grid of steps.
    size = max(4.0, int((height - 1.5) / reached / _STEP) * _STEP)
    while size <= 3 * height + 16:
        yield size
        size += max(_STEP, height / _STEPS // _STEP * _STEP)


def _full_height(characters: str, *, bold: bool) -> float:
    """Height of the tallest over the em."""
    return max(_outline_heights(characters, bold=bold))


@lru_cache(maxsize=256)
def _outline_heights(characters: str, *, bold: bool) -> list[float]:
    """Height of each character's outline over the em, without drawing it."""
    return [typeface.outline_height(character, bold=bold) for character in characters]


def _tallest(characters: str, type_: Type, level: int) -> int:
    return max(_heights(_extreme(characters, max, bold=type_.bold), type_, level))


def _lowest(characters: str, type_: Type, level: int) -> int:
    return min(_heights(_extreme(characters, min, bold=type_.bold), type_, level))


def _extreme(characters: str, which: Callable[..., float], *, bold: bool) -> str:
    """Those of the characters that may be the tallest, or the lowest, at any size."""
    heights = _outline_heights(characters, bold=bold)
    end = which(heights)
    pairs = zip(characters, heights, strict=True)
    return "".join(c for c, height in pairs if _ALIKE * end <= height <= end / _ALIKE)


def _heights(characters: str, type_: Type, level: int) -> list[int]:
    boxes = [ink_box(typeface.drawn(character, type_), level) for character in characters]
    return [bottom - top for _, top, _, bottom in boxes]


def _judged(text: str) -> str:
    """The characters whose ink is the text's height: Chinese, Japanese, Korean; all, if none."""
    return "".join(dict.fromkeys(CJK.findall(text) or text.replace(" ", "")))


def broken(text: str, type_: Type, width: int, *, torn: bool = False) -> list[str]:
    """The fewest lines of at most ``width`` pixels, as even as they come; none if it cannot be."""
    tokens = (_TORN_TOKEN if torn else _TOKEN).findall(text)
    lines = _filled(tokens, type_, width)
    step = max(1, width // 100)
    while len(lines) > 1 and len(narrower := _filled(tokens, type_, width - step)) == len(lines):
        lines, width = narrower, width - step
    return lines


def _filled(tokens: list[str], type_: Type, width: int) -> list[str]:
    """Lines filled from the left; none if a token is too wide or the lines become too many."""
    lines = [""]
    for token in tokens:
        if typeface.length((lines[-1] + token).rstrip(), type_) > width:
            lines.append("")
            if typeface.length(token.rstrip(), type_) > width or len(lines) > _MOST_LINES:
                return []
        lines[-1] += token
    return [line.rstrip(_SEPARATORS) for line in lines[:-1]] + [lines[-1].rstrip()]


def _shown(text: str) -> str:
    return repr(text if len(text) <= 24 else f"{text[:23]}…")
