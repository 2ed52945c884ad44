"""Where a text box stands on a sheet: in sight on opening, and over empty cells where it can.

Rows and columns are never inserted, because formulas count them, and cells are never written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

SIGHT = (720.0, 330.0)
"""Points of a sheet that a small window shows."""

MOST = 64
"""Rows and columns that are looked at; the sight holds fewer at usual sizes."""

SIZE = 12.0
"""Points of the words; cells have 10 to 11."""

COLUMN, ROW = 48.0, 15.0
"""Width and height of cells of which nothing is said, in points."""

HIDES = "the sheet's first screen is full of cells; the words stand over some: move them if needed"
"""What users are told of a :class:`Spot` that hides cells."""

_GAP = 4.0  # points between the cell's corner and the plate


class Cell(NamedTuple):
    """A cell that shows something: whether it is text, which may run over its edge, and which."""

    textual: bool
    text: str = ""


@dataclass(slots=True)
class Grid:
    """The sight of a sheet.

    Attributes:
        row: the first row in it, from 0.
        column: the first column.
        cells: those in sight that show something, by row and column.
        widths: of columns that say theirs, in points; 0 for hidden ones.
        heights: of rows, likewise.
        width: of all other columns.
        height: of all other rows.
    """

    row: int = 0
    column: int = 0
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    widths: dict[int, float] = field(default_factory=dict)
    heights: dict[int, float] = field(default_factory=dict)
    width: float = COLUMN
    height: float = ROW

    def columns(self, first: int, end: int) -> float:
        """Points from one column's left edge to another's."""
        return sum(self.widths.get(number, self.width) for number in range(first, end))

    def rows(self, first: int, end: int) -> float:
        """Points from one row's upper edge to another's."""
        return sum(self.heights.get(number, self.height) for number in range(first, end))

    def alone(self, row: int) -> bool:
        """Whether one cell of a row shows something, and no more."""
        return sum(1 for place in self.cells if place[0] == row) == 1

    def cover(self, first: tuple[int, int], last: tuple[int, int]) -> None:
        """Take the cells under a picture, from one to another, for used."""
        for row in range(max(first[0], self.row), min(last[0] + 1, self.row + MOST)):
            for column in range(max(first[1], self.column), min(last[1] + 1, self.column + MOST)):
                self.cells.setdefault((row, column), Cell(textual=False))


class Spot(NamedTuple):
    """The cell at whose corner a box stands, the box's offset in it, and whether it hides any."""

    row: int
    column: int
    offset: float
    hides: bool


def spot(grid: Grid, box: tuple[float, float]) -> Spot:
    """Where a box of a size stands.

    Right of what is used, near the top; else below it; else in the upper right of the sight.

    Args:
        grid: the sight.
        box: width and height in points.
    """
    columns = _within(grid.column, SIGHT[0] - box[0], lambda n: grid.widths.get(n, grid.width))
    rows = _within(grid.row, SIGHT[1] - box[1], lambda n: grid.heights.get(n, grid.height))
    used = [place for place in grid.cells if place[0] in rows or place[0] - 1 in rows]
    right = max((column for _, column in used), default=grid.column - 1)
    beside = [n for n in columns if n > right]
    if beside:
        column = beside[min(1, len(beside) - 1)] if used else beside[0]
        return Spot(_calm(grid, rows[:3], box), column, _GAP, hides=False)
    below = [n for n in rows if n > max((row for row, _ in used), default=-1)]
    if below:
        return Spot(below[min(1, len(below) - 1)], columns[0], _GAP, hides=False)
    return Spot(rows[0], columns[-1], _GAP, hides=True)


def _within(first: int, room: float, size: Callable[[int], float]) -> list[int]:
    """The numbers of rows or columns that begin within a room and are not hidden."""
    numbers = range(first, first + MOST)
    starts = accumulate((size(n) for n in numbers), initial=0.0)
    return [n for n, at in zip(numbers, starts, strict=False) if size(n) and at <= room] or [first]


def _calm(grid: Grid, rows: list[int], box: tuple[float, float]) -> int:
    """The first row beside which no text may run out from under the box."""
    for row in rows:
        covered = range(row, row + 1 + int((box[1] + _GAP) // grid.height))
        last: dict[int, tuple[int, bool]] = {}
        for (r, c), cell in grid.cells.items():
            if r in covered and c >= last.get(r, (-1, False))[0]:
                last[r] = (c, cell.textual)
        if not any(textual for _, textual in last.values()):
            return row
    return rows[0]
