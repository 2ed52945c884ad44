"""Prompts in documents: those that this package puts there, and what cannot be looked at."""

from __future__ import annotations

from io import BytesIO

import docx
import pptx
import pytest
from PIL import Image

import aigc_label
from aigc_label import ExplicitLabel
from document_samples import (
    PLAIN,
    PROSE,
    book,
    judged,
    odt,
    packed,
    parts,
    saved,
    seen,
    text_document,
)


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


def pictured(kind: str, text: str, pixels: int = 200) -> bytes:
    """A document of one noisy picture and a text."""
    picture = BytesIO()
    Image.effect_noise((pixels, pixels), 60).save(picture, "PNG")
    picture.seek(0)
    if kind == "a.docx":
        found = docx.Document()
        found.add_paragraph(text)
        found.add_picture(picture)
        return saved(found)
    if kind == "a.pptx":
        deck = pptx.Presentation()
        slide = deck.slides.add_slide(deck.slide_layouts[6])
        slide.shapes.add_picture(picture, 0, 0)
        slide.shapes.add_textbox(0, 0, 99, 99).text_frame.text = text
        return saved(deck)
    return book(f"<p>{text}</p><img src='p.png'/>", **{"E/p.png": picture.getvalue()})


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.epub"])
def test_a_document_of_pictures_is_open(name):
    """Its pictures may bear the mark, and nobody looks at them."""
    report = judged(pictured(name, "灯塔"), name)
    assert report.inspection.marks is None
    assert "it shows pictures" in report.inspection.unseen
    for text, pixels in ((PROSE * 9, 200), ("灯塔", 4)):  # a text; a bullet
        report = judged(pictured(name, text, pixels), name)
        assert "explicit.missing" in {finding.rule for finding in report.findings}
    assert seen(pictured(name, "本文由AI生成"), name) == [("start", "本文由AI生成")]
