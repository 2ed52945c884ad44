"""Where the characters of a line stand, as far as it can be told without looking at its ink.

The recogniser says roughly where each character is. Chinese characters fill squares side by side,
so that the distances tell the size of the type, and which ink belongs to which character.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

_FIRST_WIDE = "\u2e80"  # from here on characters are as wide as high
_NARROW = "Il1|!-.,:' "
_NARROW_WIDTH, _USUAL_WIDTH = 0.3, 0.55  # ems
_CHINESE_HEIGHT, _LATIN_HEIGHT = 0.9, 0.72  # ems: Chinese characters, capital letters
_STRAY_STEP = 1.4  # times the usual: a blank that was not read
_HALF_A_STEP = 1 / 12  # of a crop's height: the recogniser looks at 8 columns in 48 rows at a time
_STRETCH = 0.15  # in doubt where there is nothing to measure
_OWN_SHARE = 0.6  # of a cell: what covers as much of two is two characters that touch


class Cell(NamedTuple):
    """The columns, first and behind the last, in which a character is to be looked for."""

    character: str
    left: int
    right: int

    @property
    def is_chinese(self) -> bool:
        """Whether its height is that of a Chinese character."""
        return "\u3400" <= self.character <= "\u9fff"


class Layout(NamedTuple):
    """A line of words.

    Attributes:
        cells: one for each character that is no blank.
        em: side of the square of a Chinese character, in pixels, give or take a tenth.
        doubt: the share of it that the steps in which the recogniser looks leave in doubt.
    """

    cells: list[Cell]
    em: float
    doubt: float

    @property
    def usual_height(self) -> float:
        """Pixels of a tall Chinese character of this size, or of a capital if there is none."""
        is_chinese = any(cell.is_chinese for cell in self.cells)
        return self.em * (_CHINESE_HEIGHT if is_chinese else _LATIN_HEIGHT)


def laid_out(text: str, at: Sequence[float], width: int, height: int) -> Layout:
    """The layout of words in a crop.

    Args:
        text: the words.
        at: column of each character that is no blank; nothing if unknown.
        width: columns of the crop.
        height: rows of the crop.
    """
    middles, end = [], 0.0
    for character in text:
        wide = _advance(character)
        if not character.isspace():
            middles.append(end + wide / 2)
        end += wide
    is_told = len(at) == len(middles)
    if not is_told:  # as if the words filled the crop but for its rim
        at = [width * (middle + 0.3) / (end + 0.6) for middle in middles]
    cuts = [0.0, *((a + b) / 2 for a, b in pairwise(at)), width]
    characters = re.sub(r"\s", "", text)
    cells = [
        Cell(character, round(left), round(right))
        for character, (left, right) in zip(characters, pairwise(cuts), strict=False)
    ]
    if not is_told or len(at) < 2:
        return Layout(cells, width / (end + 0.6), _STRETCH)
    steps, nominal = np.diff(at), np.diff(middles)
    usual = steps / nominal <= _STRAY_STEP * np.median(steps / nominal)
    span = max(1.0, float(steps[usual].sum()))
    return Layout(cells, span / float(nominal[usual].sum()), height * _HALF_A_STEP / span)


def extents(band: Mask, cells: list[Cell]) -> list[tuple[int, int] | None]:
    """The rows of each character's ink, first and behind the last; ``None`` where there is none.

    A piece of ink goes whole to the cell that has most of it: the cells' limits are rough. What
    spans several cells is parted there.
    """
    found: list[tuple[int, int] | None] = [None] * len(cells)
    for left, right in runs(np.asarray(band.any(axis=0))):
        shares = [min(right, cell.right) - max(left, cell.left) for cell in cells]
        most = max(shares)
        owners = [
            number
            for number, (cell, share) in enumerate(zip(cells, shares, strict=True))
            if share == most or share >= _OWN_SHARE * max(1, cell.right - cell.left)
        ]
        for number in owners:
            cell = cells[number]
            is_alone = len(owners) == 1
            first = left if is_alone else max(left, cell.left)
            last = right if is_alone else min(right, cell.right)
            rows = np.flatnonzero(band[:, first:last].any(axis=1))
            if not len(rows):
                continue
            top, bottom = found[number] or (int(rows[0]), 0)
            found[number] = min(top, int(rows[0])), max(bottom, int(rows[-1]) + 1)
    return found


def runs(line: Mask) -> list[tuple[int, int]]:
    """Runs of true: the first of each, and the one behind its last."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _advance(character: str) -> float:
    """Ems that a character usually takes of its line."""
    if character >= _FIRST_WIDE:
        return 1.0
    return _NARROW_WIDTH if character in _NARROW else _USUAL_WIDTH
