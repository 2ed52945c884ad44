"""Prompts on slides and sheets of PPTX and XLSX."""

from __future__ import annotations

import openpyxl
import pptx
import pytest
from pptx.util import Inches

from document_samples import (
    judged,
    packed,
    parts,
    saved,
    seen,
)


def deck(count: int):
    found = pptx.Presentation()
    for number in range(count):
        slide = found.slides.add_slide(found.slide_layouts[5])
        slide.shapes.title.text = f"灯塔 {number}"
    return found


def put(slide, words: str) -> None:
    slide.shapes.add_textbox(Inches(1), Inches(6), Inches(3), Inches(1)).text_frame.text = words


@pytest.mark.parametrize(
    ("numbers", "marks"),
    [
        ((0,), [("start", "AI生成")]),
        ((3,), [("end", "AI生成")]),
        ((1,), [("middle", "AI生成")]),
        ((0, 1, 2, 3), [("each page", "AI生成")]),
        ((), []),
    ],
)
def test_slides(numbers, marks):
    found = deck(4)
    for number in numbers:
        put(found.slides[number], "AI生成")
    assert seen(saved(found), "a.pptx") == marks


def test_the_master_stands_behind_every_slide():
    found = deck(3)
    tree = found.slide_master.shapes._spTree
    put(found.slides[0], "AI生成")
    tree.append(found.slides[0].shapes[-1]._element)
    assert seen(saved(found), "a.pptx") == [("each page", "AI生成")]
    found.slides[1]._element.set("showMasterSp", "0")
    assert seen(saved(found), "a.pptx") == [("start", "AI生成"), ("end", "AI生成")]


def test_the_head_of_a_column_on_a_slide():
    found = deck(1)
    table = found.slides[0].shapes.add_table(2, 2, 0, 0, Inches(5), Inches(2)).table
    table.cell(0, 0).text, table.cell(0, 1).text = "AI生成", "人工撰写"
    assert seen(saved(found), "a.pptx") == []
    table.cell(0, 1).text = ""
    assert seen(saved(found), "a.pptx") == [("start", "AI生成")]


def test_hidden_slides_and_shapes_topics_and_notes():
    found = deck(3)
    put(found.slides[2], "AI生成")
    found.slides[2]._element.set("show", "0")
    put(found.slides[1], "AI生成")
    shape = found.slides[1].shapes[-1]
    shape._element.nvSpPr.cNvPr.set("hidden", "1")
    found.slides[0].shapes.title.text = "AI生成内容"
    found.slides[0].notes_slide.notes_text_frame.text = "本文由AI生成"
    shape.name = "AI生成"
    assert seen(saved(found), "a.pptx") == []


def sheets(count: int = 1, rows: int = 200):
    found = openpyxl.Workbook()
    for number in range(count):
        sheet = found.active if number == 0 else found.create_sheet(f"S{number}")
        for row in range(3, rows):
            sheet.cell(row, 1, "灯塔")
            sheet.cell(row, 2, row)
    return found


@pytest.mark.parametrize(
    ("row", "place"), [(1, "start"), (100, "middle"), (260, "end"), (None, None)]
)
def test_a_cell_that_has_its_row_to_itself(row, place):
    found = sheets(rows=90)
    for other in range(140, 250):
        found.active.cell(other, 1, "灯塔")
    if row:
        found.active.cell(row, 1, "本表由AI生成")
    expected = [(place, "本表由AI生成")] if place else []
    assert seen(saved(found), "a.xlsx") == expected


@pytest.mark.parametrize(
    ("row", "column", "top", "place"),
    [
        (20, 1, 1, "start"),
        (30, 1, 1, "middle"),  # nobody sees it without scrolling
        (130, 1, 120, "start"),  # the sheet was saved scrolled down to it
        (1, 20, 1, "start"),
        (1, 300, 1, "middle"),
        (300, 2, 1, "end"),
        (270, 2, 1, "middle"),
    ],
)
def test_what_is_in_sight_of_a_sheet(row, column, top, place):
    found = sheets(rows=2)
    for other in {*range(1, 301)} - {row}:
        found.active.cell(other, 1, "灯塔")
        found.active.cell(other, 2, other)
    found.active.cell(row, column, "本表由AI生成")
    found.active.sheet_view.topLeftCell = f"A{top}"
    assert seen(saved(found), "a.xlsx") == [(place, "本表由AI生成")]


def test_a_prompt_in_a_hidden_column():
    found = sheets()
    found.active.cell(1, 3, "本表由AI生成")
    assert len(seen(saved(found), "a.xlsx")) == 1
    found.active.column_dimensions["C"].hidden = True
    assert seen(saved(found), "a.xlsx") == []


def test_the_characters_of_packed_documents_are_counted_not_their_bytes():
    found = deck(3)
    put(found.slides[1], "AI生成")
    report = judged(saved(found), "a.pptx")  # of tens of kilobytes
    assert report.inspection.marks[0].extent == 3 * 4 + 4
    assert "explicit.position" not in {finding.rule for finding in report.findings}
    put(found.slides[2], "灯塔" * 300)
    report = judged(saved(found), "a.pptx")
    assert "explicit.position" in {finding.rule for finding in report.findings}


def test_the_head_of_a_column_and_a_hidden_row_or_sheet():
    found = sheets(2)
    found.active.cell(1, 1, "AI生成")
    found.active.cell(1, 2, "人工撰写")
    found.active.cell(300, 1, "本表由AI生成")
    found.active.row_dimensions[300].hidden = True
    found["S1"].cell(1, 1, "本表由AI生成")
    found["S1"].sheet_state = "hidden"
    assert seen(saved(found), "a.xlsx") == []


def test_what_is_printed_on_each_page_of_a_sheet():
    found = sheets()
    found.active.oddHeader.left.text = "灯塔 && 港口"
    found.active.oddHeader.right.text = "AI生成"
    found.active.oddHeader.right.size = 14
    found.active.oddFooter.center.text = "第 &P 页，内容由AI生成"
    marks = seen(saved(found), "a.xlsx")
    assert marks == [("header", "AI生成"), ("footer", "第 页，内容由AI生成")]


def test_text_that_stands_in_the_cell_itself():
    data = saved(sheets(rows=10))
    members = parts(data)
    name = "xl/worksheets/sheet1.xml"
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>本表由</t><t>AI生成</t></is></c></row>'
    body = members[name].replace(b"<sheetData>", b"<sheetData>" + row.encode())
    assert seen(packed(members | {name: body}), "a.xlsx") == [("start", "本表由AI生成")]


def shared(data: bytes, row: str, strings: str) -> bytes:
    """A workbook whose cells name shared strings."""
    members = parts(data)
    name, links = "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"
    space = "http://schemas.openxmlformats.org"
    link = (
        f'<Relationship Id="s" Type="{space}/officeDocument/2006/relationships/sharedStrings" '
        'Target="sharedStrings.xml"/></Relationships>'
    )
    members[name] = members[name].replace(b"</sheetData>", f"{row}</sheetData>".encode())
    members[links] = members[links].replace(b"</Relationships>", link.encode())
    sst = f'<sst xmlns="{space}/spreadsheetml/2006/main">{strings}</sst>'
    return packed(members | {"xl/sharedStrings.xml": sst.encode()})


def test_shared_strings():
    strings = (
        "<si><t>灯塔</t></si><si><r><t>本表由AI</t></r><r><t>生成</t></r><rPh><t>x</t></rPh></si>"
    )
    cell = '<c r="{}" t="s"><v>{}</v></c>'
    alone = f'<row r="300">{cell.format("A300", 1)}</row>'
    data = saved(sheets(rows=10))
    assert seen(shared(data, alone, strings), "a.xlsx") == [("end", "本表由AI生成")]
    unnumbered = f"<row>{cell.format('A10', 1)}</row>"
    assert seen(shared(data, unnumbered, strings), "a.xlsx") == [("start", "本表由AI生成")]
    among = f'<row r="300">{cell.format("A300", 1)}{cell.format("B300", 0)}</row>'
    assert seen(shared(data, among, strings), "a.xlsx") == []
    assert seen(shared(data, alone, strings.replace("生成", "说")), "a.xlsx") == []
