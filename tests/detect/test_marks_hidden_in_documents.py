"""Marks that documents hold and nobody sees, each beside one like it that is seen."""

from __future__ import annotations

from io import BytesIO

import docx
import openpyxl
import pptx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from lxml import etree
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from PIL import Image
from pptx.dml.color import RGBColor as Ink
from pptx.util import Emu, Inches
from pptx.util import Pt as Points

from document_samples import saved, seen

PROSE = "灯塔建于一八六五年，石砌的塔身高二十七米，至今仍为过往的船只指引方向。" * 3
WORDS = "本文由AI生成"


def is_seen(document, name: str) -> bool:
    return bool(seen(saved(document), name))


# --- DOCX ----------------------------------------------------------------------------------------


def document(said: str = WORDS, style: str | None = None):
    found = docx.Document()
    if style:
        found.styles.add_style(style, WD_STYLE_TYPE.PARAGRAPH)
    found.add_paragraph(said, style=style)
    for _ in range(9):
        found.add_paragraph(PROSE)
    return found


@pytest.mark.parametrize(
    ("change", "visible"),
    [
        (lambda font: setattr(font, "bold", True), True),
        (lambda font: setattr(font, "hidden", True), False),
        (lambda font: setattr(font, "size", Pt(1)), False),
        (lambda font: setattr(font, "size", Pt(9)), True),
        (lambda font: setattr(font, "strike", True), False),
        (lambda font: setattr(font.color, "rgb", RGBColor(255, 255, 255)), False),
        (lambda font: setattr(font.color, "rgb", RGBColor(254, 253, 254)), False),
        (lambda font: setattr(font.color, "rgb", RGBColor(120, 120, 120)), True),
    ],
)
def test_letters_of_a_text(change, visible):
    found = document()
    change(found.paragraphs[0].runs[0].font)
    assert is_seen(found, "a.docx") is visible
    styled = document(style="Own")
    change(styled.styles["Own"].font)
    if not styled.styles["Own"].font.strike:
        assert is_seen(styled, "a.docx") is visible


def test_letters_that_undo_what_their_style_hides():
    found = document(style="Own")
    found.styles["Own"].font.size = Pt(1)
    found.paragraphs[0].runs[0].font.size = Pt(12)
    assert is_seen(found, "a.docx")


@pytest.mark.parametrize(
    ("ink", "ground", "visible"),
    [("000000", "000000", False), ("FFFFFF", "000000", True), ("FFFFFF", "auto", True)],
)
def test_letters_on_a_ground(ink, ground, visible):
    found = document()
    run = found.paragraphs[0].runs[0]
    run.font.color.rgb = RGBColor.from_string(ink)
    shade = OxmlElement("w:shd")
    shade.set(qn("w:fill"), ground)
    run._r.get_or_add_rPr().append(shade)
    assert is_seen(found, "a.docx") is visible


def test_what_is_deleted_said_of_a_picture_or_of_the_document():
    found = document("灯塔")
    picture = BytesIO()
    Image.new("RGB", (9, 9)).save(picture, "PNG")
    picture.seek(0)
    found.add_picture(picture)
    found.inline_shapes[0]._inline.docPr.set("descr", WORDS)
    found.core_properties.title = WORDS
    assert not is_seen(found, "a.docx")


# --- PPTX ----------------------------------------------------------------------------------------


def deck():
    found = pptx.Presentation()
    for _ in range(3):
        slide = found.slides.add_slide(found.slide_layouts[6])
        slide.shapes.add_textbox(Inches(1), Inches(1), Inches(5), Inches(1)).text_frame.text = PROSE
    return found


def boxed(found, left: float = 1, top: float = 6.5):
    shapes = found.slides[0].shapes
    box = shapes.add_textbox(Inches(left), Inches(top), Inches(3), Inches(0.6))
    box.text_frame.text = "AI生成"
    return box


@pytest.mark.parametrize(
    ("left", "top", "visible"),
    [
        (1, 6.5, True),
        (20, 6.5, False),
        (-5, 1, False),
        (1, 9, False),
        (8.5, 1, True),
        (9, 1, False),
    ],
)
def test_a_box_beyond_the_slide(left, top, visible):
    found = deck()
    boxed(found, left, top)
    assert is_seen(found, "a.pptx") is visible


@pytest.mark.parametrize(
    ("ink", "fill", "opacity", "visible"),
    [
        ("FFFFFF", None, None, False),
        ("000000", None, None, True),
        ("FFFFFF", "000000", None, True),
        ("101010", "000000", None, False),
        ("000000", None, "0", False),
        ("000000", None, "60000", True),
    ],
)
def test_letters_on_a_slide(ink, fill, opacity, visible):
    found = deck()
    box = boxed(found)
    if fill:
        box.fill.solid()
        box.fill.fore_color.rgb = Ink.from_string(fill)
    run = box.text_frame.paragraphs[0].runs[0]
    run.font.color.rgb = Ink.from_string(ink)
    if opacity:
        colour = run._r.rPr.find(".//{*}srgbClr")
        etree.SubElement(colour, colour.tag.replace("srgbClr", "alpha")).set("val", opacity)
    assert is_seen(found, "a.pptx") is visible


def test_white_letters_on_a_dark_slide_or_on_what_may_be_dark():
    found = deck()
    box = boxed(found)
    box.text_frame.paragraphs[0].runs[0].font.color.rgb = Ink(255, 255, 255)
    ground = found.slides[0].background.fill
    ground.solid()
    ground.fore_color.rgb = Ink(0, 0, 60)
    assert is_seen(found, "a.pptx")
    found = deck()
    picture = BytesIO()
    Image.new("RGB", (9, 9)).save(picture, "PNG")
    picture.seek(0)
    found.slides[0].shapes.add_picture(picture, 0, 0, found.slide_width, found.slide_height)
    boxed(found).text_frame.paragraphs[0].runs[0].font.color.rgb = Ink(255, 255, 255)
    assert is_seen(found, "a.pptx")


@pytest.mark.parametrize(("wide", "visible"), [(5, False), (1, True)])
def test_a_shape_over_the_words(wide, visible):
    found = deck()
    boxed(found)
    over = found.slides[0].shapes.add_shape(1, Inches(0.5), Inches(6), Inches(wide), Inches(2))
    over.fill.solid()
    over.fill.fore_color.rgb = Ink(200, 200, 200)
    assert is_seen(found, "a.pptx") is visible


def test_letters_of_one_point_and_struck_out():
    found = deck()
    font = boxed(found).text_frame.paragraphs[0].runs[0].font
    font.size = Points(1)
    assert not is_seen(found, "a.pptx")
    font.size = Emu(Points(14))
    font._rPr.set("strike", "sngStrike")
    assert not is_seen(found, "a.pptx")


# --- XLSX ----------------------------------------------------------------------------------------


def sheet():
    found = openpyxl.Workbook()
    for row in range(3, 60):
        found.active.cell(row, 1, "灯塔")
        found.active.cell(row, 2, row)
    found.active["A1"] = "本表由AI生成"
    return found


@pytest.mark.parametrize(
    ("looks", "visible"),
    [
        ({}, True),
        ({"font": Font(color="FFFFFFFF")}, False),
        ({"font": Font(color="FFFFFFFF"), "fill": PatternFill("solid", fgColor="FF000000")}, True),
        ({"font": Font(color="FF000000"), "fill": PatternFill("solid", fgColor="FF000000")}, False),
        ({"font": Font(color="FF333333")}, True),
        ({"font": Font(size=1)}, False),
        ({"number_format": ";;;"}, False),
        ({"number_format": "@"}, True),
    ],
)
def test_a_cell(looks, visible):
    found = sheet()
    for name, value in looks.items():
        setattr(found.active["A1"], name, value)
    assert is_seen(found, "a.xlsx") is visible


def test_a_cell_without_height_or_width_and_what_is_no_cell():
    found = sheet()
    found.active.row_dimensions[1].height = 0.5
    assert not is_seen(found, "a.xlsx")
    found = sheet()
    found.active.column_dimensions["A"].width = 0.1
    assert not is_seen(found, "a.xlsx")
    found = sheet()
    found.active["A1"] = "灯塔"
    found.active["A1"].comment = Comment("本表由AI生成", "x")
    found.create_sheet("AI生成")
    assert not is_seen(found, "a.xlsx")
