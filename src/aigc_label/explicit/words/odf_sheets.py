"""Words on the sheets of an ODS: a text box in sight, beside the cells (5.1).

For the same reasons as in XLSX; the box prints with the sheet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aigc_label.carriers import document_xml
from aigc_label.carriers.odf_speech import Speech
from aigc_label.errors import CannotCarry
from aigc_label.explicit.words import (
    document_flow,
    document_looks,
    document_pages,
    document_sheets,
    odf_boxes,
    odf_package,
)
from aigc_label.explicit.words.document_flow import CORNER, Standing
from aigc_label.explicit.words.document_looks import Box, Colours
from aigc_label.explicit.words.document_sheets import MOST, SIZE, Cell, Grid
from aigc_label.explicit.words.odf_package import points

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.carriers.document_xml import Attributes, Edit, Part
    from aigc_label.carriers.odf_styles import Styles
    from aigc_label.explicit.words.document_flow import Change
    from aigc_label.explicit_label import ExplicitLabel

_USUAL = Grid(width=64.0, height=12.8)
_BEFORE_SHAPES = frozenset(
    {
        "table:title", "table:desc", "table:table-source", "office:dde-source",
        "table:scenario", "office:forms",
    }
)  # fmt: skip
_CELLS = ("table:table-cell", "table:covered-table-cell")
_LOOK = Colours(document_looks.INK, document_looks.PLATE, 1.0)


@dataclass(slots=True)
class _Sheet:
    """One sheet: its name and style, what is in sight, what boxes say, where shapes belong."""

    name: str
    style: str | None
    grid: Grid
    put: int | None = None
    shapes: tuple[int, int, int] | None = None
    said: list[tuple[str, bool]] = field(default_factory=list)
    marks: list[tuple[int, str]] = field(default_factory=list)


class _Sheets:
    """Reads ``content.xml``: the sheets."""

    def __init__(self, styles: Styles, words: str) -> None:
        self.found: list[_Sheet] = []
        self._styles = styles
        self._words = words
        self._path: list[str] = []
        self._starts: list[int] = []
        self._row = self._column = self._columns = 0
        self._rows = self._repeated = 1
        self._typed = False
        self._said: list[str] = []
        self._speech: Speech | None = None

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        """An element begins."""
        self._path.append(name)
        self._starts.append(at)
        depth = len(self._path)
        if depth == 4 and name == "table:table":
            grid = Grid(width=_USUAL.width, height=_USUAL.height)
            style = attributes.get("table:style-name")
            self.found.append(_Sheet(attributes.get("table:name") or "", style, grid))
            self._row = self._columns = 0
        elif depth > 4 and self._path[3] == "table:table":
            self._begin(self.found[-1], name, attributes, at)

    def _begin(self, sheet: _Sheet, name: str, attributes: Attributes, at: int) -> None:
        if len(self._path) == 5 and name not in _BEFORE_SHAPES and sheet.put is None:
            sheet.put = at
        nested = self._path.count("table:table") > 1
        if self._speech is not None:
            self._speech.start(name, attributes)
        elif name == "text:p" and "office:annotation" not in self._path:
            self._speech = Speech(self._styles)
        elif nested or "table:shapes" in self._path[:-1]:
            self._cover(sheet, attributes)
        elif name == "table:table-column":
            count = _count(attributes.get("table:number-columns-repeated"))
            width = self._length("table-column", "style:column-width", attributes)
            self._size(sheet.grid.widths, self._columns, count, width, attributes)
            self._columns += count
        elif name == "table:table-row":
            self._rows = _count(attributes.get("table:number-rows-repeated"))
            height = self._length("table-row", "style:row-height", attributes)
            self._size(sheet.grid.heights, self._row, self._rows, height, attributes)
            self._column = 0
        elif name in _CELLS:
            self._repeated = _count(attributes.get("table:number-columns-repeated"))
            self._typed = attributes.get("office:value-type") not in (None, "string")
            self._said = []

    def _length(self, family: str, what: str, attributes: Attributes) -> float | None:
        return points(self._styles.told(family, attributes.get("table:style-name"), what))

    def _size(
        self,
        sizes: dict[int, float],
        first: int,
        count: int,
        size: float | None,
        attributes: Attributes,
    ) -> None:
        shown = (attributes.get("table:visibility") or "visible") == "visible"
        if size is not None or not shown:
            for number in range(first, min(first + count, MOST)):
                sizes[number] = (size or 0.0) if shown else 0.0

    def _cover(self, sheet: _Sheet, attributes: Attributes) -> None:
        """Take the cells under a shape for used."""
        keys = ("svg:x", "svg:y", "svg:width", "svg:height")
        x, y, width, height = (points(attributes.get(key)) for key in keys)
        if x is None or y is None or width is None or height is None:
            return
        grid = sheet.grid
        lefts = [grid.columns(0, n) for n in range(MOST + 1)]
        tops = [grid.rows(0, n) for n in range(MOST + 1)]
        columns = [n for n in range(MOST) if lefts[n + 1] > x and lefts[n] < x + width]
        rows = [n for n in range(MOST) if tops[n + 1] > y and tops[n] < y + height]
        if rows and columns:
            sheet.grid.cover((rows[0], columns[0]), (rows[-1], columns[-1]))

    def text(self, text: str) -> None:
        """Characters."""
        if self._speech is not None:
            self._speech.text(text)

    def end(self, name: str, close: int, behind: int) -> None:
        """An element ends."""
        self._path.pop()
        at = self._starts.pop()
        if len(self._path) < 4 or self._path[3] != "table:table":
            return
        sheet = self.found[-1]
        if self._speech is not None and name == "text:p" and not self._speech.inner:
            self._end_paragraph(sheet, self._speech)
        elif self._speech is not None:
            self._speech.end(name)
        elif self._path.count("table:table") > 1:
            return
        elif name == "table:shapes":
            sheet.shapes = at, close, behind
        elif name in _CELLS:
            self._end_cell(sheet)
        elif name == "table:table-row":
            self._row += self._rows

    def _end_paragraph(self, sheet: _Sheet, speech: Speech) -> None:
        said = speech.said().strip()
        if any(name.startswith("draw:") for name in self._path):
            sheet.said.append((said, speech.corner))
        else:
            self._said.append(said)
        self._speech = None

    def _end_cell(self, sheet: _Sheet) -> None:
        said = "\n".join(self._said)
        if said.strip() and self._row < MOST:
            if document_flow.is_mark(said, self._words):
                sheet.marks.append((self._row, said.strip()))
            for row in range(self._row, min(self._row + self._rows, MOST)):
                for column in range(self._column, min(self._column + self._repeated, MOST)):
                    sheet.grid.cells[row, column] = Cell(not self._typed, said)
        self._column += self._repeated


def _count(value: str | None) -> int:
    """How often a row or cell is repeated."""
    return max(int(value), 1) if value and value.isdecimal() and len(value) < 8 else 1


class _Opening:
    """Reads ``settings.xml``: the name of the sheet that opens."""

    def __init__(self) -> None:
        self.name = ""
        self._item = False

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        del at
        told = attributes.get("config:name")
        self._item = name == "config:config-item" and told == "ActiveTable"

    def end(self, name: str, close: int, behind: int) -> None:
        del name, close, behind
        self._item = False

    def text(self, text: str) -> None:
        if self._item:
            self.name += text


def change(asset: Asset, explicit: ExplicitLabel) -> Change:
    """The parts that change so that the words stand where they are asked for.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    package = odf_package.opened(asset)
    part, styles = package.content, package.styles
    words = CORNER if explicit.corner_mark else document_flow.words_of(explicit)
    document_xml.walk(part.data, styles, part.name)
    sheets = _Sheets(styles, words)
    document_xml.walk(part.data, sheets, part.name)
    shown = [s for s in sheets.found if styles.told("table", s.style, "table:display") != "false"]
    if not shown:
        raise CannotCarry("there is no sheet to mark; label the metadata alone (--no-explicit)")
    names = document_xml.prefixes(part.data, styles.root or 0, f"{odf_boxes.NAMES} table")
    look = odf_boxes.Look(
        style=styles.free("graphic", "paragraph", "text"),
        colours=_LOOK,
        bold=explicit.look.weight == "bold",
        raised=explicit.corner_mark,
        rim=document_looks.BAR,
    )
    edits: list[Edit] = []
    said = ""
    notes: tuple[str, ...] = ()
    first = _opens(package.settings, shown)
    size = document_looks.note_box(words, SIZE)
    for index in document_pages.chosen(explicit, len(shown), first=first):
        sheet = shown[index]
        standing = _standing(sheet, words, corner=explicit.corner_mark)
        said = said or standing or words
        if standing is None:
            spot = document_sheets.spot(sheet.grid, size)
            left = sheet.grid.columns(0, spot.column) + spot.offset
            top = sheet.grid.rows(0, spot.row) + spot.offset
            new = odf_boxes.frame(names, words, Box(left, top, *size, SIZE), look)
            edits.append(_put(part, sheet, names, new))
            notes = notes or ((document_sheets.HIDES,) if spot.hides else ())
    if edits:
        new_styles = odf_boxes.styles(names, Box(0, 0, *size, SIZE), look)
        edits.append(odf_package.with_styles(part, styles, names, new_styles))
    return part.edited(edits), Standing(said, explicit.places[0], notes)


def _opens(settings: Part | None, sheets: list[_Sheet]) -> int:
    """The index of the sheet that opens."""
    if settings is None:
        return 0
    told = _Opening()
    document_xml.walk(settings.data, told, settings.name)
    return next((n for n, sheet in enumerate(sheets) if sheet.name == told.name), 0)


def _put(part: Part, sheet: _Sheet, names: dict[str, str], new: str) -> Edit:
    """The edit that adds a shape to a sheet."""
    if sheet.shapes is not None:
        return document_xml.within(part.data, *sheet.shapes, new.encode())
    if sheet.put is None:
        raise CannotCarry(f"the sheet {sheet.name!r} has no cells; save the document again")
    t = names["table"]
    element = f"<{t}shapes{names['xmlns_table']}>{new}</{t}shapes>".encode()
    return sheet.put, sheet.put, element


def _standing(sheet: _Sheet, words: str, *, corner: bool) -> str | None:
    """The words that stand on a sheet already."""
    if corner:
        return CORNER if any(raised for _, raised in sheet.said) else None
    boxes = (said for said, _ in sheet.said if document_flow.is_mark(said, words))
    cells = (said for row, said in sheet.marks if sheet.grid.alone(row))
    return next(boxes, next(cells, None))
