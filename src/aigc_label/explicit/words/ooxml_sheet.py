"""A worksheet's part: what is in sight on opening, and where its drawing and header belong."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from aigc_label.carriers import document_xml
from aigc_label.containers.xmlspans import Tag
from aigc_label.errors import CannotCarry
from aigc_label.explicit.words.document_sheets import MOST, Cell, Grid

if TYPE_CHECKING:
    from aigc_label.carriers.document_xml import Attributes, Part

_END = re.compile(rb"</(?:[\w.-]+:)?sheetData\s*>|<(?:[\w.-]+:)?sheetData\s*/>")
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_AFTER_DRAWING = frozenset(
    {
        "s:legacyDrawing", "s:legacyDrawingHF", "s:drawingHF", "s:picture", "s:oleObjects",
        "s:controls", "s:webPublishItems", "s:tableParts", "s:extLst", "mc:AlternateContent",
    }
)  # fmt: skip
_AFTER_HEADER = _AFTER_DRAWING | {
    "s:rowBreaks", "s:colBreaks", "s:customProperties", "s:cellWatches", "s:ignoredErrors",
    "s:smartTags", "s:drawing",
}  # fmt: skip


class _Enough(Exception):
    """All that is in sight has been read."""


def place_of(reference: str) -> tuple[int, int] | None:
    """Row and column of a reference such as ``B7``, from 0."""
    found = _CELL.fullmatch(reference)
    if found is None:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


class Sight:
    """Reads a worksheet up to the last row in sight.

    Attributes:
        grid: what is there.
        shared: cells in sight whose text is a shared string, by its number.
    """

    def __init__(self) -> None:
        self.grid = Grid()
        self.shared: dict[tuple[int, int], int] = {}
        self._path: list[str] = []
        self._row = self._column = -1
        self._type = ""
        self._said: list[str] = []

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        """An element begins."""
        del at
        self._path.append(name)
        if name == "s:sheetView":
            self._look_from(attributes.get("topLeftCell"))
        elif name == "s:pane" and (attributes.get("state") or "").startswith("frozen"):
            self.grid.row = self.grid.column = 0
        elif name == "s:sheetFormatPr":
            self.grid.height = _number(attributes.get("defaultRowHeight")) or self.grid.height
            if width := _number(attributes.get("defaultColWidth")):
                self.grid.width = _points(width)
        elif name == "s:col":
            self._size_columns(attributes)
        elif name == "s:row":
            self._begin_row(attributes)
        elif name == "s:c":
            found = place_of(attributes.get("r") or "")
            self._column = found[1] if found else self._column + 1
            self._type, self._said = attributes.get("t") or "n", []

    def _look_from(self, reference: str | None) -> None:
        self.grid.row, self.grid.column = place_of(reference or "") or (0, 0)

    def _size_columns(self, attributes: Attributes) -> None:
        first, last = (int(_number(attributes.get(key))) for key in ("min", "max"))
        width = _points(_number(attributes.get("width")) or 9.14)
        hidden = (attributes.get("hidden") or "0") in ("1", "true")
        begin = max(first - 1, self.grid.column)
        for column in range(begin, min(last, self.grid.column + MOST)):
            self.grid.widths[column] = 0.0 if hidden else width

    def _begin_row(self, attributes: Attributes) -> None:
        told = int(_number(attributes.get("r")))
        self._row, self._column = told - 1 if told else self._row + 1, -1
        if self._row >= self.grid.row + MOST:
            raise _Enough
        if (attributes.get("hidden") or "0") in ("1", "true"):
            self.grid.heights[self._row] = 0.0
        elif height := _number(attributes.get("ht")):
            self.grid.heights[self._row] = height

    def text(self, text: str) -> None:
        """Characters."""
        if self._path[-1] in ("s:v", "s:t"):
            self._said.append(text)

    def end(self, name: str, close: int, behind: int) -> None:
        """An element ends."""
        del close, behind
        self._path.pop()
        said = "".join(self._said)
        if name != "s:c" or not said or self._row < self.grid.row:
            return
        if self._column >= self.grid.column:
            place = self._row, self._column
            self.grid.cells[place] = Cell(self._type in ("s", "str", "inlineStr"), said)
            if self._type == "s" and said.isdecimal() and len(said) < 10:
                self.shared[place] = int(said)


def _number(value: str | None) -> float:
    """A length or a count, 0 where none is said."""
    return float(value) if value and re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,20})?", value) else 0.0


def _points(width: float) -> float:
    """A column's width in points: 7 pixels a digit and 5 of padding, at 96 to the inch."""
    return (width * 7 + 5) * 0.75


class Tail:
    """Reads what stands behind the cells.

    Attributes:
        drawing: the relationship of the sheet's drawing, ``""`` if it has none.
        headed: whether the sheet says anything of headers.
        named: whether the part is a worksheet.
        draw_at: where a drawing belongs.
        head_at: where headers belong.
    """

    def __init__(self, shift: int) -> None:
        self.drawing = ""
        self.headed = self.named = False
        self.draw_at = self.head_at = -1
        self._shift = shift
        self._depth = 0

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        """An element begins."""
        self._depth += 1
        self.named = self.named or (self._depth == 1 and name == "s:worksheet")
        if self._depth != 2:
            return
        if name == "s:drawing":
            self.drawing = attributes.get("r:id") or ""
        self.headed = self.headed or name == "s:headerFooter"
        if name in _AFTER_DRAWING and self.draw_at < 0:
            self.draw_at = at + self._shift
        if name in _AFTER_HEADER and self.head_at < 0:
            self.head_at = at + self._shift

    def end(self, name: str, close: int, behind: int) -> None:
        """An element ends."""
        del name, behind
        self._depth -= 1
        if not self._depth:
            end = close + self._shift
            self.draw_at = end if self.draw_at < 0 else self.draw_at
            self.head_at = end if self.head_at < 0 else self.head_at

    def text(self, text: str) -> None:
        """Nothing is said in text."""


def sight(part: Part) -> Sight:
    """What a worksheet shows on opening.

    Raises:
        CannotCarry: it is not well-formed that far.
    """
    found = Sight()
    with contextlib.suppress(_Enough):
        document_xml.walk(part.data, found, part.name)
    return found


def tail(part: Part) -> tuple[Tail, int]:
    """What stands behind a worksheet's cells, and the offset of its first element.

    Raises:
        CannotCarry: there are no cells, or it is not well-formed behind them.
    """
    end = None
    for end in _END.finditer(part.data):  # noqa: B007 - the last one, and no list of all
        pass
    root = re.search(rb"<[A-Za-z_]", part.data)
    if end is None or root is None:
        raise CannotCarry(f"{part.name} has no cells; save the document again, then mark it")
    opening = part.data[root.start() : Tag(part.data, root.start()).end]
    at = end.end()
    found = Tail(at - len(opening))
    document_xml.walk(opening + part.data[at:], found, part.name)
    if not found.named:
        raise CannotCarry(f"{part.name} is no worksheet; save the document again, then mark it")
    return found, root.start()
