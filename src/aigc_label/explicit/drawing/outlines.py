"""Words as outlines: the package's font as paths that every viewer draws alike."""

# ruff: noqa: PLC0415 - fontTools is loaded only where outlines are made

from __future__ import annotations

import pkgutil
import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from aigc_label.explicit.drawing import typeface
from aigc_label.explicit.drawing.typeface import CJK, Type

if TYPE_CHECKING:
    from collections.abc import Sequence

_EM = 1000  # units of the font
_LETTERS = r"[!-~\u00a1-\u017f]"
PITCH = 1.3
"""Of the em, from line to line."""


class Outlines(NamedTuple):
    """Words as one path.

    Attributes:
        path: SVG path data; the first line's pen starts at 0, its base line is at 0.
        box: left, top, right, bottom of the ink.
        ink_height: of the tallest Chinese, Japanese or Korean character, or of the tallest.
        lowest: of the lowest capital; 0 without any.
    """

    path: str
    box: tuple[float, float, float, float]
    ink_height: float
    lowest: float


def outlined(lines: Sequence[str], type_: Type, share: float) -> Outlines:
    """The outlines of lines of words.

    Args:
        lines: whose characters the font has.
        type_: how large they are set.
        share: where shorter lines stand: 0 left, 0.5 in the middle, 1 right.
    """
    from fontTools.pens.boundsPen import BoundsPen  # type: ignore[import-untyped] # has no types
    from fontTools.pens.svgPathPen import (  # type: ignore[import-untyped] # has no types
        SVGPathPen,
    )
    from fontTools.pens.transformPen import (  # type: ignore[import-untyped] # has no types
        TransformPen,
    )

    glyphs, names, advances = _font()
    path = SVGPathPen(glyphs, ntos=lambda n: f"{n:.2f}".rstrip("0").rstrip("."))
    boxes = []
    heights: dict[str, float] = {}
    widest = max(typeface.length(line, type_) for line in lines)
    for number, line in enumerate(lines):
        x = share * (widest - typeface.length(line, type_))
        for character in line:
            size = type_.letters if re.match(_LETTERS, character) else type_.size
            name = names[ord(character)]
            by = size / _EM
            matrix = (by, 0, 0, -by, x, number * PITCH * type_.size)
            glyphs[name].draw(TransformPen(path, matrix))
            bounds = BoundsPen(glyphs)
            glyphs[name].draw(TransformPen(bounds, matrix))
            if bounds.bounds:
                boxes.append(bounds.bounds)
                heights[character] = bounds.bounds[3] - bounds.bounds[1]
            x += advances[name][0] * by
    measured = [heights[c] for c in heights if re.match(CJK, c)] or list(heights.values())
    capitals = [heights[c] for c in heights if re.match("[A-Z]", c)]
    left, top, right, bottom = zip(*boxes, strict=True)
    box = (min(left), min(top), max(right), max(bottom))
    return Outlines(path.getCommands(), box, max(measured), min(capitals, default=0.0))


@cache
def _font() -> tuple[Any, dict[int, str], Any]:
    """Glyphs, their names by code point, their advances."""
    from io import BytesIO

    from fontTools.ttLib import TTFont  # type: ignore[import-untyped] # has no types

    data = pkgutil.get_data("aigc_label", "fonts/AIGCLabelSans.otf")
    assert data is not None  # noqa: S101 - every loader of a package that is installed has data
    font = TTFont(BytesIO(data), lazy=True, recalcTimestamp=False)
    return font.getGlyphSet(), font.getBestCmap(), font["hmtx"].metrics
