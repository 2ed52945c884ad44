"""Words on the sheets of XLSX."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.styles import Font

import aigc_label
from aigc_label import ExplicitLabel, Look
from aigc_label.errors import CannotCarry
from aigc_label.explicit.words import document_sheets
from aigc_label.explicit.words.document_sheets import Cell, Grid, spot
from aigc_label.explicit.words.ooxml_sheet import place_of
from document_samples import changed, marked, packed, parts

XDR = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
SHEET = "xl/worksheets/sheet{}.xml"
DRAWING = "xl/drawings/drawing{}.xml"


def workbook(build=None, *, columns: int = 4, rows: int = 9) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "数据"
    sheet.append([f"列{n}" for n in range(columns)])
    for row in range(1, rows):
        sheet.append([row * n for n in range(columns)])
    if rows:
        sheet["B12"] = "=SUM(B2:B9)"
    if build is not None:
        build(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def anchors(data: bytes, number: int = 1) -> list[tuple[int, int, str]]:
    """Row, column and words of each mark in a drawing."""
    root = ET.fromstring(parts(data)[DRAWING.format(number)])  # noqa: S314 - ours
    found = []
    for anchor in root.findall(f"{XDR}oneCellAnchor"):
        said = "".join(node.text for node in anchor.iter(f"{A}t"))
        row, column = (anchor.find(f"{XDR}from/{XDR}{name}").text for name in ("row", "col"))
        if said:
            found.append((int(row), int(column), said))
    return found


def values(data: bytes) -> dict:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return {
        (sheet.title, cell.coordinate): (cell.value, cell.font.b)
        for sheet in book
        for row in sheet
        for cell in row
    }


PLAIN = workbook()


def test_a_box_beside_the_cells_and_a_page_header():
    written = marked(PLAIN)
    assert (written.mark.text, written.mark.place, written.notes) == ("AI生成", "start", ())
    assert changed(PLAIN, written.data) == {
        "[Content_Types].xml",
        SHEET.format(1),
        "xl/worksheets/_rels/sheet1.xml.rels",
        DRAWING.format(1),
    }
    assert anchors(written.data) == [(1, 5, "AI生成")]
    assert values(written.data) == values(PLAIN)
    sheet = openpyxl.load_workbook(io.BytesIO(written.data)).active
    assert sheet.oddHeader.right.text == "AI生成"
    assert b'fPrintsWithSheet="0"' in parts(written.data)[DRAWING.format(1)]


def test_headers_of_one_s_own_stay_and_then_the_box_prints():
    def build(book) -> None:
        book.active.oddHeader.center.text = "报告"

    data = workbook(build)
    written = marked(data)
    sheet = openpyxl.load_workbook(io.BytesIO(written.data)).active
    assert sheet.oddHeader.center.text == "报告"
    assert not sheet.oddHeader.right.text
    assert b"fPrintsWithSheet" not in parts(written.data)[DRAWING.format(1)]


def test_a_drawing_that_is_there_is_used_and_not_covered():
    def build(book) -> None:
        chart = BarChart()
        chart.add_data(Reference(book.active, min_col=2, min_row=2, max_row=9))
        book.active.add_chart(chart, "F1")
        book.active["A1"].comment = Comment("批注", "a")

    data = workbook(build)
    written = marked(data)
    assert changed(data, written.data) == {SHEET.format(1), DRAWING.format(1)}
    ((row, column, said),) = anchors(written.data)
    assert said == "AI生成"
    assert (row, column) == (16, 0)
    book = openpyxl.load_workbook(io.BytesIO(written.data))
    assert len(book.active._charts) == 1
    assert book.active["A1"].comment.text == "批注"
    again = marked(written.data, corner_mark=True)  # a second drawing of a second kind
    assert [said for _, _, said in anchors(again.data)] == ["AI生成", "AI"]


def test_drawings_links_and_tables_stand_in_the_order_of_the_schema():
    def build(book) -> None:
        sheet = book.active
        sheet.add_table(openpyxl.worksheet.table.Table(displayName="t", ref="A1:D9"))
        sheet["A1"].comment = Comment("批注", "a")
        sheet.row_breaks.append(openpyxl.worksheet.pagebreak.Break(id=5))

    names = [
        node.tag.rpartition("}")[2]
        for node in ET.fromstring(  # noqa: S314 - ours
            parts(marked(workbook(build)).data)[SHEET.format(1)]
        )
    ]
    wanted = ["headerFooter", "rowBreaks", "drawing", "legacyDrawing", "tableParts"]
    assert [name for name in names if name in wanted] == wanted


def test_the_sheet_that_opens_is_the_start_and_hidden_ones_are_none():
    def build(book) -> None:
        for title in ("乙", "丙", "丁"):
            book.create_sheet(title)["A1"] = 1
        book["数据"].sheet_state = "hidden"
        book.active = 2

    data = workbook(build)
    told = changed(data, marked(data).data)
    assert SHEET.format(3) in told
    assert len([name for name in told if "worksheets/sheet" in name]) == 1
    written = marked(data, places=("start", "end"), paragraphs=1)
    sheets = sorted(name for name in changed(data, written.data) if "worksheets/sheet" in name)
    assert sheets == [SHEET.format(n) for n in (2, 3, 4)]
    assert parts(written.data)["[Content_Types].xml"].count(b"drawing+xml") == 3


def test_a_prompt_in_a_cell_is_kept():
    for said in ("本表由AI生成", "AI生成"):
        data = workbook(lambda book, said=said: book.active.insert_rows(1) or _put(book, said))
        written = aigc_label.label(data, None, explicit=ExplicitLabel())
        assert not written.changed
        assert written.mark.text == said


def _put(book, said: str) -> None:
    book.active["A1"] = said
    book.active["A1"].font = Font(b=True)


def test_a_prompt_in_an_inline_string_is_kept():
    members = parts(PLAIN)
    cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>由AI生成</t></is></c></row>'
    name = SHEET.format(1)
    members[name] = re.sub(b"<row .*</row>", cell.encode(), members[name])
    assert not aigc_label.label(packed(members), None, explicit=ExplicitLabel()).changed


def test_a_full_screen_is_told():
    data = workbook(columns=30, rows=60)
    written = marked(data)
    assert "move them" in written.notes[0]
    assert values(written.data) == values(data)


def test_the_sight_begins_where_the_view_does():
    def build(book) -> None:
        book.active.sheet_view.topLeftCell = "B5"

    assert anchors(marked(workbook(build)).data) == [(4, 5, "AI生成")]

    def freeze(book) -> None:
        build(book)
        book.active.freeze_panes = "A2"

    assert anchors(marked(workbook(freeze)).data) == [(1, 5, "AI生成")]


def test_hidden_columns_and_rows_bear_nothing():
    def build(book) -> None:
        book.active.column_dimensions["F"].hidden = True
        book.active.column_dimensions["A"].width = 30
        book.active.row_dimensions[2].hidden = True
        book.active.row_dimensions[3].height = 40

    assert anchors(marked(workbook(build)).data) == [(2, 6, "AI生成")]


def test_an_empty_sheet():
    assert anchors(marked(workbook(columns=0, rows=0)).data) == [(0, 0, "AI生成")]


def test_words_with_codes_of_headers_and_of_xml():
    said = "AI & <机器>生成"
    written = marked(PLAIN, text=said, look=Look(weight="bold"))
    assert anchors(written.data)[0][2] == f"【{said}】"
    assert "<oddHeader>&amp;R【AI &amp;&amp; &lt;".encode() in parts(written.data)[SHEET.format(1)]


def test_a_corner_mark():
    written = marked(PLAIN, corner_mark=True)
    assert anchors(written.data)[0][2] == "AI"
    assert b"&amp;R&amp;XAI<" in parts(written.data)[SHEET.format(1)]


def test_prefixes_and_strict_names():
    members = parts(PLAIN)
    name = SHEET.format(1)
    members[name] = (
        b'<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData/>'
        b"</x:worksheet>"
    )
    for one in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "_rels/.rels"):
        for family in (b"officeDocument", b"spreadsheetml"):
            old = b"schemas.openxmlformats.org/" + family + b"/2006"
            members[one] = members[one].replace(old, b"purl.oclc.org/ooxml/" + family)
    after = parts(marked(packed(members)).data)
    assert b"<x:sheetData/><x:headerFooter>" in after[name]
    assert b'<x:drawing xmlns:r="http://purl.oclc.org/' in after[name]
    assert b"purl.oclc.org/ooxml/drawingml/spreadsheetDrawing" in after[DRAWING.format(1)]
    assert b"purl.oclc.org" in after["xl/worksheets/_rels/sheet1.xml.rels"]


LOST = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r='
    b'"http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheetData/>'
    b'<drawing r:id="rId9"/></worksheet>'
)


@pytest.mark.parametrize(
    ("part", "why"),
    [(b"<a/>", "no cells"), (b"<a><sheetData/></a>", "no worksheet"), (LOST, "missing")],
)
def test_what_cannot_be_edited_is_refused(part, why):
    data = packed(parts(PLAIN) | {SHEET.format(1): part})
    with pytest.raises(CannotCarry, match=why):
        aigc_label.label(data, None, explicit=ExplicitLabel())


def test_a_drawing_that_is_none_is_refused():
    members = parts(marked(PLAIN).data) | {DRAWING.format(1): b"<a/>"}
    with pytest.raises(CannotCarry, match="no drawing"):
        aigc_label.label(packed(members), None, explicit=ExplicitLabel())


def test_a_workbook_of_charts_alone():
    members = parts(PLAIN)
    del members[SHEET.format(1)]
    with pytest.raises(CannotCarry, match="no worksheet"):
        aigc_label.label(packed(members), None, explicit=ExplicitLabel())


@pytest.mark.parametrize(
    ("reference", "place"),
    [("A1", (0, 0)), ("B7", (6, 1)), ("AA10", (9, 26)), ("", None), ("A", None), ("1", None)],
)
def test_references(reference, place):
    assert place_of(reference) == place


def test_a_spot_below_where_there_is_none_beside():
    cells = {(row, column): Cell(textual=False) for row in range(6) for column in range(40)}
    assert spot(Grid(cells=cells), (50, 20)) == (7, 0, document_sheets._GAP, False)
    full = {(row, column): Cell(textual=False) for row in range(60) for column in range(40)}
    found = spot(Grid(cells=full), (50, 20))
    assert found.hides
    assert found.row == 0


def test_a_prompt_among_the_shared_strings_is_kept():
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strings = (
        f'<sst xmlns="{space}"><si><t>灯塔</t></si><si><r><t>本表由</t></r><r><t>AI生成</t></r>'
        "<rPh><t>よみ</t></rPh></si></sst>"
    )
    relation = (
        b'<Relationship Id="s9" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        b'relationships/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>'
    )
    members = parts(PLAIN) | {"xl/sharedStrings.xml": strings.encode()}
    relations = members["xl/_rels/workbook.xml.rels"]
    members["xl/_rels/workbook.xml.rels"] = relations.replace(b"</Relationships>", relation)

    def shown(number: int) -> bytes:
        cell = f'<row><c t="s"><v>{number}</v></c></row>'.encode()
        sheet = re.sub(b"<row .*</row>", cell, members[SHEET.format(1)])
        return packed(members | {SHEET.format(1): sheet})

    written = aigc_label.label(shown(1), None, explicit=ExplicitLabel())
    assert not written.changed
    assert written.mark.text == "本表由AI生成"
    assert anchors(marked(shown(0)).data) == [(1, 2, "AI生成")]
    members["xl/sharedStrings.xml"] = strings.replace("生成", "写").encode()
    assert anchors(marked(shown(1)).data) == [(1, 2, "AI生成")]
