"""How words look in documents: quiet in running text, a plate on slides and sheets.

In running text they are as large as the body text and have a ground of their own, so that they can
be read on any page colour. On slides they follow the look for pictures (5.2 by analogy).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.errors import CannotCarry
from aigc_label.explicit.drawing.placing import placed

if TYPE_CHECKING:
    from aigc_label.explicit_label import ExplicitLabel, Look, Position

INK, PLATE, BAR = "404040", "F2F2F2", "8C8C8C"
"""Colours in running text and on sheets; ink on plate has a contrast of 9:1."""

FONT = "Microsoft YaHei"
"""For Chinese characters. Office replaces it where it is not installed; nothing is embedded."""

EMU = 12_700
"""English metric units of a point."""

_CJK_INK = 0.84  # ink height of Chinese characters over the em: the least of common fonts
_CAPITAL_INK = 0.70  # and that of capitals, where there are no others
_NARROW = 0.62  # width of a Latin letter over the em, on the wide side
_LINE = 1.3  # from line to line, over the em
_PAD_X, _PAD_Y = 0.4, 0.12  # between words and plate, over the em
_LEAST_LINE = 2.0  # ems; a word such as AI is not torn apart
_SLACK = 1.06  # fonts differ
_CONTRAST = 4.5


def side(position: Position) -> str:
    """``left``, ``center`` or ``right``: what a position says about a line."""
    if not isinstance(position, str):
        return ("left", "center", "right")[min(int(position[0] * 3), 2)]
    words = position.split("-")
    named = next((word for word in ("left", "right") if word in words), "center")
    return "right" if position == "auto" else named


class Box(NamedTuple):
    """A text box, in points.

    Attributes:
        left: from the page's left edge.
        top: from its upper edge.
        width: of the plate.
        height: of the plate.
        size: of the font, in half points rounded up.
    """

    left: float
    top: float
    width: float
    height: float
    size: float


def box(words: str, explicit: ExplicitLabel, page: tuple[float, float]) -> Box:
    """The plate of words on a page whose ink is as high as asked.

    Args:
        words: to be shown.
        explicit: position, height and margin.
        page: width and height in points.

    Raises:
        CannotCarry: the page is too small for them.
    """
    short = min(page)
    margin = explicit.look.margin * short
    wide = any(ord(character) > 0x2E7F for character in words)
    size = math.ceil(2 * explicit.height * short / (_CJK_INK if wide else _CAPITAL_INK)) / 2
    width, height = _extent(words, size, page[0] - 2 * margin)
    if width > page[0] - 2 * margin or height > page[1] - 2 * margin:
        raise CannotCarry("the words do not fit on a slide at that height; give shorter ones")
    position = "bottom-right" if explicit.position == "auto" else explicit.position
    units = [round(length * EMU) for length in (*page, width, height, margin)]
    left, top = placed(position, (units[0], units[1]), (units[2], units[3]), units[4])
    return Box(left / EMU, top / EMU, width, height, size)


def _extent(words: str, size: float, most: float) -> tuple[float, float]:
    """Width and height of the plate, in as many lines as it takes."""
    room = most / size - 2 * _PAD_X
    ems = sum(1.0 if ord(c) > 0x2E7F else _NARROW for c in words) * _SLACK
    lines = 1 if ems <= room else math.ceil(ems * 1.1 / max(room, 0.1))
    if lines > 1 and room < _LEAST_LINE:
        return math.inf, math.inf
    return (min(ems, room) + 2 * _PAD_X) * size, (lines * _LINE + 2 * _PAD_Y) * size


def note_box(words: str, size: float) -> tuple[float, float]:
    """Width and height in points of a plate of one line on a sheet."""
    return _extent(words, size, math.inf)


def padding(size: float) -> tuple[float, float]:
    """Points between words and plate, sideways and above."""
    return _PAD_X * size, _PAD_Y * size


class Colours(NamedTuple):
    """Of a plate on a slide: ink and ground as ``rrggbb``, and the ground's opacity."""

    ink: str
    ground: str
    opacity: float


def colours(look: Look) -> Colours:
    """What is asked for, made legible over whatever is under the plate (4.5:1)."""
    ink, ground = look.ink[1:], look.ground[1:]
    if _contrast(_levels(ink), _levels(ground)) < _CONTRAST:
        ink = max(("ffffff", "1a1a1a"), key=lambda c: _contrast(_levels(c), _levels(ground)))
    opacity = look.opacity
    while opacity < 1 and not all(
        _contrast(_levels(ink), _mixed(_levels(ground), under, opacity)) >= _CONTRAST
        for under in (0.0, 255.0)
    ):
        opacity = min(round(opacity + 0.05, 2), 1.0)
    return Colours(ink.upper(), ground.upper(), opacity)


def _levels(colour: str) -> tuple[float, ...]:
    return tuple(float(int(colour[at : at + 2], 16)) for at in (0, 2, 4))


def _mixed(ground: tuple[float, ...], under: float, opacity: float) -> tuple[float, ...]:
    return tuple(opacity * level + (1 - opacity) * under for level in ground)


def _contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """The contrast ratio of WCAG 2."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(levels: tuple[float, ...]) -> float:
    linear = [
        level / 255 / 12.92 if level <= 10.3 else ((level / 255 + 0.055) / 1.055) ** 2.4
        for level in levels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
