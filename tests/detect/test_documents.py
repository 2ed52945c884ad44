"""Prompts in documents: where this package puts them, where others do, and what is none."""

from __future__ import annotations

import io
import json
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from pptx.util import Inches

import aigc_label
from aigc_label import ExplicitLabel
from document_samples import packed, parts

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
PROSE = "灯塔建于一八六五年，石砌的塔身高二十七米，至今仍为过往的船只指引方向。" * 3


def judged(data: bytes, name: str):
    return aigc_label.check(data, name=name, only="explicit")


def seen(data: bytes, name: str):
    report = judged(data, name)
    assert report.inspection.unseen == ""
    return [(mark.place, mark.text) for mark in report.inspection.marks]


def saved(document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def text_document(*paragraphs: str):
    document = docx.Document()
    for words in paragraphs:
        document.add_paragraph(words)
    return document


# --- what this package writes --------------------------------------------------------------------

PLAIN = {
    name: next((FIXTURES / kind / "plain").glob(pattern)).read_bytes()
    for name, kind, pattern in (
        ("a.docx", "docx", "*docx*"),
        ("a.pptx", "pptx", "*pptx*"),
        ("a.xlsx", "xlsx", "*xlsx*"),
        ("a.odt", "odt", "*.odt"),
        ("a.ods", "ods", "*.ods"),
        ("a.odp", "odp", "*.odp"),
        ("a.epub", "epub", "epub3*"),
        ("a.xmind", "xmind", "new*"),
        ("a.pdf", "pdf", "chromium*"),
    )
}


@pytest.mark.parametrize("corner", [False, True])
@pytest.mark.parametrize("place", ["start", "middle", "end"])
@pytest.mark.parametrize("name", PLAIN)
def test_what_this_package_writes_is_seen(name, place, corner):
    explicit = ExplicitLabel(places=(place,), corner_mark=corner)
    written = aigc_label.label(PLAIN[name], None, explicit=explicit, name=name)
    report = judged(written.data, name)
    assert {mark.text for mark in report.inspection.marks} == {"AI" if corner else "AI生成"}
    assert "explicit.missing" not in {finding.rule for finding in report.findings}


@pytest.mark.parametrize("name", [name for name in PLAIN if name != "a.pdf"])
def test_without_a_mark_one_is_missing(name):
    report = judged(PLAIN[name], name)
    assert report.inspection.marks == ()
    assert "explicit.missing" in {finding.rule for finding in report.findings}


@pytest.mark.parametrize("place", ["start", "middle", "end"])
@pytest.mark.parametrize("name", ["a.docx", "a.odt", "a.epub"])
def test_places_in_a_running_text(name, place):
    body = {
        "a.docx": lambda: saved(text_document(*[PROSE] * 12)),
        "a.odt": lambda: odt(f"<text:p>{PROSE}</text:p>" * 12),
        "a.epub": lambda: book(f"<p>{PROSE}</p>" * 12),
    }[name]()
    explicit = ExplicitLabel(places=(place,), text="本文由AI生成")
    marked = aigc_label.label(body, None, explicit=explicit, name=name).data
    assert seen(marked, name) == [(place, "本文由AI生成")]
    rules = {finding.rule for finding in judged(marked, name).findings}
    if name == "a.docx":  # the others are packed to fewer bytes than a long text has
        assert ("explicit.position" in rules) == (place == "middle")


# --- DOCX ----------------------------------------------------------------------------------------


def test_words_torn_over_runs():
    document = text_document()
    paragraph = document.add_paragraph()
    for piece in ("本文由", "A", "I", "生", "成"):
        paragraph.add_run(piece).bold = piece == "A"
    document.add_paragraph(PROSE)
    assert seen(saved(document), "a.docx") == [("start", "本文由AI生成")]


@pytest.mark.parametrize(
    "hide",
    [
        lambda run: setattr(run.font, "hidden", True),
        lambda run: setattr(run.font, "size", Pt(1)),
        lambda run: setattr(run.font.color, "rgb", RGBColor(255, 255, 255)),
    ],
)
def test_what_nobody_sees_in_a_text(hide):
    document = text_document()
    hide(document.add_paragraph().add_run("AI生成"))
    document.add_paragraph(PROSE)
    assert seen(saved(document), "a.docx") == []


def test_white_letters_on_a_ground_are_seen():
    document = text_document()
    run = document.add_paragraph().add_run("AI生成")
    run.font.color.rgb = RGBColor(255, 255, 255)
    shade = OxmlElement("w:shd")
    shade.set(qn("w:fill"), "000000")
    run._r.get_or_add_rPr().append(shade)
    assert seen(saved(document), "a.docx") == [("start", "AI生成")]


@pytest.mark.parametrize("where", ["header", "footer"])
def test_headers_and_footers_of_pages(where):
    document = text_document(PROSE)
    getattr(document.sections[0], where).paragraphs[0].text = "灯塔集团\tAI生成"
    assert seen(saved(document), "a.docx") == [(where, "灯塔集团 AI生成")]


def test_a_first_page_that_is_not_different_has_no_header_of_its_own():
    document = text_document(PROSE)
    document.sections[0].first_page_header.paragraphs[0].text = "AI生成"
    assert seen(saved(document), "a.docx") == []
    document.sections[0].different_first_page_header_footer = True
    assert seen(saved(document), "a.docx") == [("header", "AI生成")]


def test_a_comment_and_a_name_are_not_seen():
    document = text_document(PROSE)
    document.core_properties.title = "AI生成"
    document.add_comment(document.paragraphs[0].runs, text="本文由AI生成")
    assert seen(saved(document), "a.docx") == []


def test_titles_items_and_columns_name_a_topic():
    document = docx.Document()
    document.add_heading("AI生成内容", 1)
    document.add_paragraph(PROSE)
    document.add_paragraph("AI生成图片", style="List Bullet")
    table = document.add_table(2, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "AI生成", "人工撰写"
    document.add_paragraph(PROSE)
    assert seen(saved(document), "a.docx") == []


def test_a_banner_of_one_cell():
    document = docx.Document()
    document.add_table(1, 1).cell(0, 0).text = "本文由AI生成"
    document.add_paragraph(PROSE)
    document.add_paragraph(PROSE)
    assert seen(saved(document), "a.docx") == [("start", "本文由AI生成")]


def test_a_raised_ai():
    document = docx.Document()
    document.add_heading("灯塔", 1).add_run("AI").font.superscript = True
    document.add_paragraph(PROSE)
    assert seen(saved(document), "a.docx") == [("start", "AI")]


def test_deleted_words_and_second_versions_are_left_out():
    data = saved(text_document("X", PROSE))
    for inside in (
        "<w:del><w:r><w:delText>AI生成</w:delText></w:r></w:del>",
        "<w:r><w:instrText>AI生成</w:instrText></w:r>",
        (
            '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/'
            '2006"><mc:Fallback><w:r><w:t>AI生成</w:t></w:r></mc:Fallback></mc:AlternateContent>'
        ),
    ):
        members = parts(data)
        body = members["word/document.xml"].replace(b"<w:r><w:t>X</w:t></w:r>", inside.encode())
        assert body != members["word/document.xml"]
        assert seen(packed(members | {"word/document.xml": body}), "a.docx") == []


def test_a_text_box_hangs_where_its_paragraph_stands():
    box = (
        '<w:r><w:pict xmlns:v="urn:schemas-microsoft-com:vml"><v:shape><v:textbox>'
        "<w:txbxContent><w:p><w:r><w:t>AI生成</w:t></w:r></w:p></w:txbxContent>"
        "</v:textbox></v:shape></w:pict></w:r>"
    )
    members = parts(saved(text_document("X", PROSE)))
    body = members["word/document.xml"].replace(b"<w:r><w:t>X</w:t></w:r>", box.encode())
    assert seen(packed(members | {"word/document.xml": body}), "a.docx") == [("start", "AI生成")]


def test_a_line_of_a_paragraph():
    document = docx.Document()
    run = document.add_paragraph().add_run("灯塔纪事")
    run.add_break(WD_BREAK.LINE)
    run.add_text("内容由 AI 生成")
    document.add_paragraph(PROSE)
    assert seen(saved(document), "a.docx") == [("start", "内容由 AI 生成")]


# --- PPTX ----------------------------------------------------------------------------------------


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


# --- XLSX ----------------------------------------------------------------------------------------


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


# --- OpenDocument --------------------------------------------------------------------------------

SPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{uri}:1.0"'
    for prefix, uri in {
        "office": "office", "text": "text", "table": "table", "draw": "drawing", "style": "style",
        "fo": "xsl-fo-compatible", "presentation": "presentation", "config": "config",
    }.items()
)  # fmt: skip


def odf(kind: str, body: str, styles: str = "", common: str = "", **more: bytes) -> bytes:
    members = {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}".encode(),
        "content.xml": (
            f"<office:document-content {SPACES}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}>"
            "</office:body></office:document-content>"
        ).encode(),
        "styles.xml": (
            f"<office:document-styles {SPACES}>{common}</office:document-styles>"
        ).encode(),
    }
    return packed(members | {name.replace("__", "/"): data for name, data in more.items()})


def odt(body: str, **more: str) -> bytes:
    return odf("text", body, **more)


def looks(family: str, name: str, *told: str) -> str:
    return f'<style:style style:name="{name}" style:family="{family}">{"".join(told)}</style:style>'


@pytest.mark.parametrize(
    ("body", "marks"),
    [
        ("<text:p>AI<text:span>生成</text:span></text:p>{}", [("start", "AI生成")]),
        (
            "<text:h>灯塔<text:span text:style-name='up'>AI</text:span></text:h>{}",
            [("start", "AI")],
        ),
        ("<text:h>AI生成内容</text:h>{}", []),
        ("<text:p text:style-name='gone'>AI生成</text:p>{}", []),
        ("<text:p><text:span text:style-name='gone'>AI生成</text:span></text:p>{}", []),
        ("<text:p><text:span text:style-name='white'>AI生成</text:span></text:p>{}", []),
        ("<text:p text:style-name='white'>AI生成</text:p>{}", []),
        ("<text:section text:display='none'><text:p>AI生成</text:p></text:section>{}", []),
        ("<text:tracked-changes><text:p>AI生成</text:p></text:tracked-changes>{}", []),
        ("<text:p>甲<office:annotation><text:p>AI生成</text:p></office:annotation></text:p>{}", []),
        (
            (
                "<text:p><draw:frame><draw:text-box><text:p>AI生成</text:p></draw:text-box>"
                "</draw:frame></text:p>{}"
            ),
            [("start", "AI生成")],
        ),
        (
            (
                "<table:table><table:table-row><table:table-cell><text:p>AI生成</text:p>"
                "</table:table-cell><table:table-cell><text:p>人工</text:p></table:table-cell>"
                "</table:table-row></table:table>{}"
            ),
            [],
        ),
        (
            "<text:list><text:list-item><text:p>AI生成图片</text:p></text:list-item></text:list>{}",
            [],
        ),
    ],
)
def test_open_texts(body, marks):
    styles = (
        looks("text", "up", '<style:text-properties style:text-position="super 58%"/>')
        + looks("text", "gone", '<style:text-properties text:display="none"/>')
        + looks("paragraph", "gone", '<style:text-properties text:display="none"/>')
        + looks("text", "white", '<style:text-properties fo:color="#FFFFFF"/>')
        + looks("paragraph", "white", '<style:text-properties fo:color="#ffffff"/>')
    )
    whole = body.format(f"<text:p>{PROSE}</text:p>" * 3)
    assert seen(odt(whole, styles=styles), "a.odt") == marks


def test_headers_of_an_open_text():
    common = (
        "<office:master-styles><style:master-page style:name='M'><style:header><text:p>AI生成"
        "</text:p></style:header><style:footer style:display='false'><text:p>AI生成</text:p>"
        "</style:footer></style:master-page></office:master-styles>"
    )
    data = odt(f"<text:p>{PROSE}</text:p>", common=common)
    assert seen(data, "a.odt") == [("header", "AI生成")]


def slide(words: str, **more: str) -> str:
    told = "".join(f" {key.replace('__', ':')}='{value}'" for key, value in more.items())
    return (
        f"<draw:page draw:master-page-name='M'{told}><draw:frame><draw:text-box><text:p>{words}"
        "</text:p></draw:text-box></draw:frame><presentation:notes><draw:frame><draw:text-box>"
        "<text:p>AI生成</text:p></draw:text-box></draw:frame></presentation:notes></draw:page>"
    )


def test_open_slides():
    styles = looks(
        "drawing-page", "off", '<style:drawing-page-properties presentation:visibility="hidden"/>'
    ) + looks(
        "drawing-page",
        "foot",
        '<style:drawing-page-properties presentation:display-footer="true"/>',
    )
    hidden = slide("AI生成", draw__style_name="off").replace("draw__", "draw:")
    hidden = hidden.replace("draw:style_name", "draw:style-name")
    pages = slide("甲") + slide("AI生成") + slide("丙") + hidden
    assert seen(odf("presentation", pages, styles=styles), "a.odp") == [("middle", "AI生成")]
    declared = (
        "<presentation:footer-decl presentation:name='f'>内容由AI生成</presentation:footer-decl>"
    )
    footed = slide("甲").replace(
        "<draw:page", "<draw:page draw:style-name='foot' presentation:use-footer-name='f'"
    )
    data = odf("presentation", declared + footed + slide("乙"), styles=styles)
    assert seen(data, "a.odp") == [("start", "内容由AI生成")]


def test_what_stands_behind_open_slides():
    frame = "<draw:frame{}><draw:text-box><text:p>AI生成</text:p></draw:text-box></draw:frame>"
    common = (
        "<office:master-styles><style:master-page style:name='M'>{}</style:master-page>"
        "</office:master-styles>"
    )
    pages = slide("甲") + slide("乙")
    behind = odf("presentation", pages, common=common.format(frame.format("")))
    assert seen(behind, "a.odp") == [("each page", "AI生成")]
    held = frame.format(" presentation:class='title'")
    assert seen(odf("presentation", pages, common=common.format(held)), "a.odp") == []


def test_open_sheets():
    def row(*cells: str, times: int = 1) -> str:
        inside = "".join(
            f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in cells
        )
        return f"<table:table-row table:number-rows-repeated='{times}'>{inside}</table:table-row>"

    def sheet(name: str, rows: str, style: str = "") -> str:
        return f"<table:table table:name='{name}' table:style-name='{style}'>{rows}</table:table>"

    styles = looks("table", "off", '<style:table-properties table:display="false"/>')
    first = sheet("甲", row("AI生成", "人工") + row("灯塔", "1", times=100))
    last = sheet("乙", row("本表由AI生成") + row("灯塔", "1"))
    gone = sheet("丙", row("AI生成"), "off")
    body = first + last + gone
    assert seen(odf("spreadsheet", body, styles=styles), "a.ods") == [("end", "本表由AI生成")]
    opening = (
        f"<office:document-settings {SPACES}><config:config-item config:name='ActiveTable' "
        "config:type='string'>乙</config:config-item></office:document-settings>"
    )
    data = odf("spreadsheet", body, styles=styles, settings__xml=b"")
    members = parts(data) | {"settings.xml": opening.encode()}
    members.pop("settings/xml")
    assert seen(packed(members), "a.ods") == [("start", "本表由AI生成")]


# --- EPUB ----------------------------------------------------------------------------------------

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile '
    'full-path="E/b.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)


def book(*pages: str, **more: bytes) -> bytes:
    items = "".join(
        f'<item id="i{n}" href="{n}.xhtml" media-type="application/xhtml+xml"/>'
        for n in range(len(pages))
    )
    refs = "".join(f'<itemref idref="i{n}"/>' for n in range(len(pages)))
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata/>'
        f"<manifest>{items}</manifest><spine>{refs}</spine></package>"
    )
    members = {"mimetype": b"application/epub+zip", "META-INF/container.xml": CONTAINER.encode()}
    members["E/b.opf"] = opf.encode()
    for number, page in enumerate(pages):
        members[f"E/{number}.xhtml"] = (
            '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>AI生成</title></head>'
            f"<body>{page}</body></html>"
        ).encode()
    return packed(members | {name.replace("__", "/"): data for name, data in more.items()})


CHAPTER = f"<h1>灯塔</h1><p>{PROSE * 8}</p>"


@pytest.mark.parametrize(
    ("pages", "marks"),
    [
        (["<p>灯塔纪事</p><p>AI生成</p>", CHAPTER, CHAPTER], [("start", "AI生成")]),
        (
            ["<p>灯塔纪事</p>", "<p>版权</p><p>本书由AI生成</p>", CHAPTER],
            [("start", "本书由AI生成")],
        ),
        ([CHAPTER, CHAPTER, "<p>本书由AI生成</p>"], [("end", "本书由AI生成")]),
        ([CHAPTER, f"{CHAPTER}<p>AI生成</p>", CHAPTER, CHAPTER], [("middle", "AI生成")]),
        ([CHAPTER, CHAPTER], []),
        (["<p hidden='hidden'>AI生成</p>", CHAPTER], []),
        ([f"{CHAPTER}&nbsp;<p>AI生成</p>"], [("end", "AI生成")]),
    ],
)
def test_books(pages, marks):
    assert seen(book(*pages), "a.epub") == marks


def test_a_book_that_is_locked_was_not_looked_at():
    lock = (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
        '<CipherReference URI="E/0.xhtml"/></encryption>'
    )
    members = parts(book(CHAPTER)) | {"META-INF/encryption.xml": lock.encode()}
    report = judged(packed(members), "a.epub")
    assert report.inspection.marks is None
    assert "encrypted" in report.inspection.unseen


# --- XMind ---------------------------------------------------------------------------------------


def mind(*topics: dict, text: str = "") -> bytes:
    found = [{"id": str(n), "rootTopic": topic} for n, topic in enumerate(topics)]
    content = text or json.dumps(found, ensure_ascii=False)
    return packed(parts(PLAIN["a.xmind"]) | {"content.json": content.encode()})


@pytest.mark.parametrize(
    ("topics", "marks"),
    [
        ([{"title": "甲", "labels": ["AI生成"]}, {"title": "乙"}], [("start", "AI生成")]),
        ([{"title": "甲"}, {"title": "乙", "labels": ["AI"]}], [("end", "AI")]),
        ([{"title": "本图由AI生成"}, {"title": "AI生成"}], [("each page", "本图由AI生成")]),
        ([{"title": "AI生成内容"}], []),
        (
            [{"title": "甲", "children": {"attached": [{"title": "本图由AI生成"}]}}],
            [("middle", "本图由AI生成")],
        ),
        ([{"title": "甲", "notes": {"plain": {"content": "本图由AI生成"}}}], []),
    ],
)
def test_maps(topics, marks):
    assert seen(mind(*topics), "a.xmind") == marks
    escaped = json.dumps([{"id": str(n), "rootTopic": t} for n, t in enumerate(topics)])
    assert seen(mind(text=escaped), "a.xmind") == marks


def test_maps_of_xmind_8():
    members = parts((FIXTURES / "xmind" / "plain" / "old.xmind").read_bytes())
    sheet = (
        "<sheet><topic><title>{}</title><children><topics><topic><title>{}</title></topic>"
        "</topics></children></topic></sheet>"
    )
    for central, other, marks in (
        ("本图由AI生成", "乙", [("start", "本图由AI生成")]),
        ("甲", "本图由AI生成", [("middle", "本图由AI生成")]),
        ("甲", "AI生成图片", []),
    ):
        content = sheet.format(central, other)
        whole = f'<xmap-content xmlns="urn:xmind:xmap:xmlns:content:2.0">{content}</xmap-content>'
        assert seen(packed(members | {"content.xml": whole.encode()}), "a.xmind") == marks


# --- what cannot be looked at --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("a.docx", "word/document.xml"),
        ("a.pptx", "ppt/presentation.xml"),
        ("a.xlsx", "xl/workbook.xml"),
        ("a.odt", "content.xml"),
        ("a.xmind", "content.json"),
    ],
)
def test_a_part_that_cannot_be_read_is_no_pass(name, member):
    members = parts(PLAIN[name])
    members[member] = "<a>AI生成".encode()
    report = judged(packed(members), name)
    assert report.inspection.marks is None
    (finding,) = [one for one in report.findings if one.rule.startswith("explicit.")]
    assert (finding.rule, finding.kind) == ("explicit.open", "open")
    assert "save the" in finding.message


def test_an_encrypted_part_is_said_to_be():
    members = parts(PLAIN["a.odt"])
    members["META-INF/manifest.xml"] = b"<a><encryption-data/></a>"
    report = judged(packed(members), "a.odt")
    assert "encrypted" in report.inspection.unseen


def test_marks_that_were_seen_before_something_broke_are_seen():
    document = text_document("AI生成", PROSE)
    document.sections[0].header.paragraphs[0].text = "AI生成"
    members = parts(saved(document))
    header = next(name for name in members if "header" in name)
    data = packed(members | {header: "<w>生成".encode()})
    report = judged(data, "a.docx")
    assert [mark.place for mark in report.inspection.marks] == ["start"]
