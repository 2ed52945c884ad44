"""What style sheets hide from people, as far as declarations tell: nothing is laid out here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import colours

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aigc_label.carriers.colours import Colour

PROPERTIES = (
    r"(?:all|display|visibility|opacity|fill-opacity|font|font-size|color|fill|text-indent|left|right"
    r"|top|bottom|position|clip|clip-path|width|height|max-width|max-height|overflow|transform"
    r"|background(?:-color|-image)?|content-visibility|animation(?:-name)?|transition(?:-property)?)\Z"
)
"""The properties that can hide, as an expression."""

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
_NONE = re.compile(r"0*\.?0*(?:e[+-]?\d+)?%?\Z", re.IGNORECASE)
_LENGTH = re.compile(rf"({_NUMBER})(px|pt|em|rem|ex|ch|mm|cm|in|vw|vh|%|)\Z", re.IGNORECASE)
_UNITS = {"pt": 4 / 3, "em": 16.0, "rem": 16.0, "mm": 3.78, "cm": 37.8, "in": 96.0, "vw": 10.0}
_CLEAR = re.compile(
    r"transparent\Z|(?:rgb|hsl)a?\([^()]*[,/]\s*(?:0*\.?0+|0+\.)%?\s*\)\Z|#(?:[0-9a-f]{3}0|[0-9a-f]{6}00)\Z",
    re.IGNORECASE,
)
_CLIPPED = re.compile(
    r"rect\(\s*(?:0|1px)\w*[\s,]+(?:0|1px)\w*[\s,]+(?:0|1px)\w*[\s,]+(?:0|1px)\w*\s*\)\Z"
    r"|inset\(\s*(?:[5-9]\d|100)%[^)]*\)\Z|circle\(\s*0[\w%]*\s*\)\Z",
    re.IGNORECASE,
)
_SCALED = re.compile(r"scale[xy]?\(\s*(?:0*\.?0+|0+\.)\s*[,)]", re.IGNORECASE)
_GROUNDS = ("background", "background-color", "background-image")
_FAR = -500.0  # pixels off the page
_LEAST_OPACITY = 0.05
_LEAST = 1.5  # pixels of a font or a box that a person sees


class Look(NamedTuple):
    """Whether an element is seen, and what its children inherit.

    Attributes:
        gone: whether it and all within it is hidden.
        unseen: whether it is invisible, which a child may undo.
        tiny: whether its letters have no size.
        clear: whether they are transparent.
        ink: the colour of its letters, as far as it is known.
        ground: the colour of what is behind them, likewise.
    """

    gone: bool = False
    unseen: bool = False
    tiny: bool = False
    clear: bool = False
    ink: Colour | None = (0, 0, 0)
    ground: Colour | None = None

    @property
    def hides(self) -> bool:
        """Whether no text of it is seen."""
        lost = colours.is_lost(self.ink, self.ground)
        return self.gone or self.unseen or self.tiny or self.clear or lost


SEEN = Look()
"""What is seen, on a ground that is not known."""

ON_PAPER = Look(ground=colours.WHITE)
"""What is seen on the white ground of a page that says nothing else."""


def look(around: Look, style: Mapping[str, str]) -> Look:
    """How an element looks within another.

    Args:
        around: the other.
        style: what is declared for it: properties in lower case and their values.
    """
    if not style:
        return around
    if "all" in style:
        around = Look(gone=around.gone, ground=around.ground)
    visibility = style.get("visibility", "").lower()
    colour = style.get("color", "")
    size = _font_size(style)
    return Look(
        gone=around.gone or _is_gone(style),
        unseen=visibility in ("hidden", "collapse") if visibility else around.unseen,
        tiny=around.tiny if size is None else size < _LEAST,
        clear=_CLEAR.match(colour.strip()) is not None if colour else around.clear,
        ink=_ink(colour, around),
        ground=_ground(style, around),
    )


def _ink(colour: str, around: Look) -> Colour | None:
    if not colour or colour.strip().lower() in ("inherit", "unset"):
        return around.ink
    return colours.colour(colour)


def _ground(style: Mapping[str, str], around: Look) -> Colour | None:
    """What is behind the letters: a colour that is known, or what is around, or who knows what."""
    if style.get("position", "").lower() in ("absolute", "fixed", "sticky"):
        return None  # it may stand over anything
    told = [style[name].strip() for name in _GROUNDS if name in style]
    found = around.ground
    for one in told:
        if one.lower() in ("none", "transparent", "inherit", "initial", "unset", ""):
            continue
        found = colours.colour(one)
    return found


def is_none(value: str) -> bool:
    """Whether a number or share is 0."""
    return bool(value.strip()) and _NONE.match(value.strip()) is not None


def _is_faint(value: str) -> bool:
    """Whether so little of something is left that nobody sees it."""
    told = re.fullmatch(r"(\d*\.?\d+)(%?)", value.strip())
    return told is not None and float(told[1]) / (100 if told[2] else 1) < _LEAST_OPACITY


def _is_gone(style: Mapping[str, str]) -> bool:
    if style.get("display", "").lower() == "none":
        return True
    if style.get("content-visibility", "").lower() == "hidden":
        return True
    if any(name.startswith(("animation", "transition")) for name in style):
        return False  # it is on its way in, as the words of many pages are when they open
    if is_none(style.get("opacity", "1")) or _is_faint(style.get("opacity", "1")):
        return True
    if _CLIPPED.match((style.get("clip") or style.get("clip-path") or "").strip()):
        return True
    if _SCALED.search(style.get("transform", "")):
        return True
    if (_pixels(style.get("text-indent", "")) or 0.0) < _FAR:
        return True
    if style.get("position", "").lower() in ("absolute", "fixed", "relative"):
        sides = (_pixels(style.get(side, "")) for side in ("left", "top", "right", "bottom"))
        if any(side is not None and side < _FAR for side in sides):
            return True
    if style.get("overflow", "").lower() in ("hidden", "clip"):
        names = ("width", "height", "max-width", "max-height")
        sizes = (_pixels(style.get(name, "")) for name in names)
        return any(size is not None and size < _LEAST for size in sizes)
    return False


def _font_size(style: Mapping[str, str]) -> float | None:
    """The size of the letters in pixels where it is told by itself; ``None`` elsewhere."""
    if "font-size" in style:
        return _pixels(style["font-size"]) if style["font-size"].strip() != "inherit" else None
    for word in style.get("font", "").split():
        size = _pixels(word.partition("/")[0])
        if size is not None and (word == "0" or not word.isdigit()):
            return size
    return None


def _pixels(length: str) -> float | None:
    found = _LENGTH.match(length.strip())
    if found is None:
        return None
    unit = found[2].lower()
    return float(found[1]) * (0.16 if unit == "%" else _UNITS.get(unit, 1.0))
