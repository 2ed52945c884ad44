"""Prompts in DOCX: torn over runs, in headers, boxes and tables; and what nobody sees."""

from __future__ import annotations

import docx
import pytest
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from document_samples import (
    PROSE,
    packed,
    parts,
    saved,
    seen,
    text_document,
)


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


def test_a_watermark_hangs_in_the_header():
    """As Word's own command writes it."""
    document = text_document(PROSE)
    header = document.sections[0].header
    header.paragraphs[0].text = "X"
    members = parts(saved(document))
    name = next(name for name in members if "header" in name)
    art = (
        '<w:r><w:pict xmlns:v="urn:schemas-microsoft-com:vml"><v:shape id="PowerPlusWaterMark">'
        '<v:textpath style="font-size:1pt" string="AI生成"/></v:shape></w:pict></w:r>'
    )
    body = members[name].replace(b"<w:r><w:t>X</w:t></w:r>", art.encode())
    assert seen(packed(members | {name: body}), "a.docx") == [("header", "AI生成")]
