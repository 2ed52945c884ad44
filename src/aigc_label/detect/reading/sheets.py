"""Prompts on the sheets of an XLSX: in cells, in boxes over them, and in what is printed."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, NamedTuple

from aigc_label import wording
from aigc_label.carriers import (
    document_xml,
    ooxml_cells,
    ooxml_pages,
    ooxml_relations,
    prompt_line,
    shown,
)
from aigc_label.carriers.ooxml_words import Words
from aigc_label.detect.reading import paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.carriers.ooxml_relations import Package
    from aigc_label.model import FoundMark

IN_SIGHT = 22
"""Rows that a small window shows of a sheet: those that count as its beginning, and as its end."""

BESIDE = 26
"""Columns from the left that somebody sees without looking for more: A to Z."""

_MOST_HITS = 256
_LONGEST_ROW = 1 << 16  # bytes of a row that are looked at
_TEXT = rb"<(?:[\w.-]+:)?t(?:\s[^<>]*)?>([^<]*)<"
_VALUE = rb"<(?:[\w.-]+:)?v(?:\s[^<>]*)?>([^<]*)<"
_CELL = rb"<(?:[\w.-]+:)?c\s([^<>]*)(?<!/)>(.*?)</(?:[\w.-]+:)?c>"
_ROW = rb"<(?:[\w.-]+:)?row[\s>]"
_REFERENCE = rb"""\sr\s*=\s*["']([A-Za-z]{1,3})\d"""
_COLUMNS = rb"<(?:[\w.-]+:)?col\s([^<>]*)>"
_SPAN = rb"""\b%b\s*=\s*["'](\d{1,5})["']"""
_LOOK = rb"""\ss\s*=\s*["'](\d{1,6})["']"""
_NARROW = rb"""\swidth\s*=\s*["'](?:0(?:\.\d*)?|\.\d+)["']"""
_LOW = rb"""\sht\s*=\s*["'](?:[0-2](?:\.\d*)?|\.\d+)["']"""
_TOP = rb"""<(?:[\w.-]+:)?sheetView\s[^<>]*?\btopLeftCell\s*=\s*["'][A-Z]{1,3}(\d{1,7})["']"""
_NUMBER = rb"""\sr\s*=\s*["'](\d{1,7})["']"""
_HIDDEN = rb"""\shidden\s*=\s*["'](?:1|true)["']"""
_PRINTED = rb"<(?:[\w.-]+:)?(?:odd|even|first)(Header|Footer)(?:\s[^<>]*)?>([^<]{0,4000})<"
_REFERENCES = (  # some writers have all in ASCII
    (rb"&#(?:0*29983|[xX]0*751[fF]);", "\u751f".encode()),
    (rb"&#(?:0*21512|[xX]0*5408);", "\u5408".encode()),
    (rb"&#(?:0*25104|[xX]0*6210);", "\u6210".encode()),
)
_CODE = r'&(?:"[^"]*"|K[0-9A-Fa-f]{6}|K\d\d[+-]\d{3}|\d{1,3}|[A-Z&])'


class _Row(NamedTuple):
    """A row: its number from 0, and its bytes."""

    number: int
    data: bytes


def marks(asset: Asset) -> Iterator[FoundMark]:
    """The marks on sheets that are not hidden.

    Raises:
        CannotCarry, LimitExceeded, Malformed: it cannot be read.
    """
    package = ooxml_relations.opened(asset)
    main = package.load(package.main)
    told = ooxml_pages.Workbook()
    document_xml.walk(main.data, told, main.name, offsets=False)
    sheets, opens = ooxml_pages.sheets(package, told)
    prompts = _shared(package)
    unseen = _Unseen(package)
    printed: dict[str, str] = {}
    for index, name in enumerate(sheets):
        data = package.load(name).data
        for place, words in _printed(data):
            printed.setdefault(place, words)
        found = [*_in_cells(data, prompts, unseen), *_in_boxes(package, name)]
        if not found:
            continue
        last, top = _last_row(data), _top_row(data)
        extent = _length(package, data)
        for number, words, is_far in sorted(found)[: paragraphs.MOST]:
            row = number - top if number >= top else number  # a sheet may open further down
            place = place_on_sheet(index, opens, len(sheets), row, last - number + row)
            yield paragraphs.mark(words, "middle" if is_far else place, extent)
    for place, words in printed.items():
        yield paragraphs.mark(words, place)


def place_on_sheet(index: int, opens: int, count: int, row: int, last: int) -> str:
    """Where in a workbook a row of a sheet stands: the sheet that opens is its start."""
    if index == opens and row < IN_SIGHT:
        return "start"
    near = row < IN_SIGHT or row > last - IN_SIGHT
    return "end" if index == count - 1 and near else "middle"


def _length(package: Package, data: bytes) -> int:
    """The characters of a workbook's texts, and of the values on the sheet in question."""
    name = package.related(package.main, "sharedStrings")
    texts = [data] if name is None else [data, package.load(name).data]
    said = [*re.findall(_VALUE, data), *(one for text in texts for one in re.findall(_TEXT, text))]
    return sum(len(one.decode("utf-8", "replace")) for one in said)


def _shared(package: Package) -> dict[int, str]:
    """The shared strings that are prompts, by number."""
    name = package.related(package.main, "sharedStrings")
    if name is None:
        return {}
    part = package.load(name)
    if not shown.may_say(part.data):
        return {}
    strings = ooxml_pages.Strings(lambda said: prompt_line.prompt_in(said) is not None)
    document_xml.walk(part.data, strings, part.name, offsets=False)
    return strings.prompts


class _Unseen:
    """The looks in which a cell shows nothing, read when they are asked for."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._looks: frozenset[int] | None = None

    def holds(self, attributes: bytes) -> bool:
        """Whether a cell with these attributes shows nothing."""
        told = re.search(_LOOK, b" " + attributes)
        if told is None:
            return False
        if self._looks is None:
            name = self._package.related(self._package.main, "styles")
            styles = self._package.load(name).data if name is not None else b""
            self._looks = ooxml_cells.unseen_looks(styles)
        return int(told[1]) in self._looks


def _in_cells(
    data: bytes, prompts: dict[int, str], unseen: _Unseen
) -> Iterator[tuple[int, str, bool]]:
    """Rows and words of cells that are prompts and have their row to themselves; if far right.

    What stands among others in a row says something of them, or heads their columns.
    """
    hidden: list[range] | None = None
    for row in _rows_with(data, prompts):
        said, cells = [], []
        for attributes, inside in re.findall(_CELL, row.data, re.DOTALL):
            text = b"".join(re.findall(_TEXT, inside))
            value = re.search(_VALUE, inside)
            if value is None and not text:
                continue
            cells.append(attributes)
            if value is not None and re.search(rb"""\st\s*=\s*["']s["']""", b" " + attributes):
                digits = value[1].strip()
                said.append(prompts.get(int(digits), "") if digits.isdigit() else "")
            else:
                raw = text or (value[1] if value else b"")
                said.append(unescape(raw.decode("utf-8", "replace")))
        if len(said) != 1 or (words := prompt_line.prompt_in(said[0])) is None:
            continue
        if hidden is None:
            hidden = list(_hidden_columns(data))
        column = _column(cells[0])
        if not any(column in those for those in hidden) and not unseen.holds(cells[0]):
            yield row.number, words, column > BESIDE


def _column(attributes: bytes) -> int:
    """The number of a cell's column, from 1; 0 if it is not said."""
    told = re.search(_REFERENCE, b" " + attributes)
    number = 0
    for letter in told[1].upper() if told else b"":
        number = number * 26 + letter - 64
    return number


def _hidden_columns(data: bytes) -> Iterator[range]:
    for attributes in re.findall(_COLUMNS, data):
        first, last = (re.search(_SPAN % name, attributes) for name in (b"min", b"max"))
        narrow = re.search(_NARROW, b" " + attributes)
        if first and last and (narrow or re.search(_HIDDEN, b" " + attributes)):
            yield range(int(first[1]), int(last[1]) + 1)


def _top_row(data: bytes) -> int:
    """The row, from 0, at which a sheet opens that was saved scrolled down."""
    told = re.search(_TOP, data)
    return max(int(told[1]) - 1, 0) if told else 0


def _rows_with(data: bytes, prompts: dict[int, str]) -> Iterator[_Row]:
    """The rows in which a prompt may stand."""
    for reference, character in _REFERENCES if b"&#" in data else ():
        data = re.sub(reference, character, data)
    hits = [rb"(?:\xe7\x94\x9f|\xe5\x90\x88)(?:\xe6\x88\x90|<)"]
    if prompts:
        numbers = b"|".join(b"%d" % number for number in list(prompts)[:_MOST_HITS])
        hits.append(rb"v>(?:%b)</" % numbers)
    end = 0
    for count, found in enumerate(re.finditer(b"|".join(hits), data)):
        if count >= _MOST_HITS:
            return
        if found.start() < end:
            continue
        start = max(data.rfind(b"<row", 0, found.start()), data.rfind(b":row", 0, found.start()))
        end = data.find(b"row>", found.end())
        end = min(len(data) if end < 0 else end, start + _LONGEST_ROW)
        if start < 0 or end < found.end():
            continue
        tag = data[start : data.find(b">", start)]
        told = re.search(_NUMBER, tag)
        if re.search(_HIDDEN, tag) is None and re.search(_LOW, tag) is None:
            number = int(told[1]) - 1 if told else len(re.findall(_ROW, data[:start]))
            yield _Row(number, data[start:end])


def _last_row(data: bytes) -> int:
    """The number of the last row, from 0."""
    at = max(data.rfind(b"<row"), data.rfind(b":row "))
    told = re.search(_NUMBER, data[at : at + 400]) if at >= 0 else None
    return int(told[1]) - 1 if told else 0


def _in_boxes(package: Package, name: str) -> Iterator[tuple[int, str, bool]]:
    """Rows and words of the boxes over a sheet."""
    drawing = package.related(name, "drawing")
    if drawing is None:
        return
    part = package.load(drawing)
    if not shown.may_say(part.data):
        return
    words = Words()
    document_xml.walk(part.data, words, part.name, offsets=False)
    for paragraph in words.shown:
        if (prompt := paragraphs.said([paragraph])) is not None:
            yield paragraph.row, prompt, False


def _printed(data: bytes) -> Iterator[tuple[str, str]]:
    """Places and words of headers and footers, which are printed on each page."""
    for where, raw in re.findall(_PRINTED, data):
        said = unescape(raw.decode("utf-8", "replace"))
        for section in re.split(r"(?<!&)&[LCR]", said):
            raised = "&X" in section or "&Y" in section
            words = re.sub(_CODE, lambda code: "&" if code[0] == "&&" else "", section).strip()
            if raised and wording.is_corner_mark(words):
                yield where.decode().lower(), "AI"
            elif (prompt := prompt_line.prompt_in(words)) is not None:
                yield where.decode().lower(), prompt
