"""Colours as documents name them, and whether letters in one are lost on another."""

from __future__ import annotations

import re
from typing import TypeAlias

Colour: TypeAlias = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
LEAST_CONTRAST = 1.2
"""WCAG's ratio below which nobody reads letters; very light grey on white has 1.2."""

_ANOTHER = 64  # of 255, in one of the three: another colour, however light
_HEX = re.compile(
    r"#?(?:[0-9a-f]{2}(?=[0-9a-f]{6}\Z))?([0-9a-f]{6})\Z|#([0-9a-f]{3})\Z", re.IGNORECASE
)
_RGB = re.compile(
    r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*(?:[,/]\s*(?:1|1\.0+|100%)\s*)?\)\Z"
)
_NAMED = {"white": WHITE, "black": (0, 0, 0), "snow": (255, 250, 250), "ivory": (255, 255, 240)}


def colour(name: str) -> Colour | None:
    """A colour by its name, ``None`` for one that is not known here, or that lets light through.

    Args:
        name: ``#rgb``, ``#rrggbb``, ``rrggbb``, ``aarrggbb``, ``rgb(...)`` or one of a few words.
    """
    name = name.strip().lower()
    if (found := _HEX.match(name)) is not None:
        digits = found[1] or "".join(2 * digit for digit in found[2])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if (told := _RGB.match(name)) is not None:
        red, green, blue = (min(int(part), 255) for part in told.groups())
        return red, green, blue
    return _NAMED.get(name)


def is_lost(ink: Colour | None, ground: Colour | None) -> bool:
    """Whether letters of one colour are not seen on another; not, where either is unknown."""
    if ink is None or ground is None:
        return False
    if max(abs(one - other) for one, other in zip(ink, ground, strict=True)) >= _ANOTHER:
        return False  # yellow is seen on white, if badly
    high, low = sorted((_luminance(ink), _luminance(ground)), reverse=True)
    return (high + 0.05) / (low + 0.05) < LEAST_CONTRAST


def _luminance(found: Colour) -> float:
    """WCAG 2.2's relative luminance."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in found)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
