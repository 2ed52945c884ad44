"""Words on the slides of PPTX."""

from __future__ import annotations

import io
from pathlib import Path

import pptx
import pytest
from pptx.util import Emu

import aigc_label
from aigc_label import ExplicitLabel, Look
from aigc_label.errors import CannotCarry
from document_samples import changed, marked, packed, parts, taken_out

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "pptx"
NAME = "ppt/slides/slide{}.xml"


def slides(count: int) -> bytes:
    made = pptx.Presentation()
    for number in range(count):
        slide = made.slides.add_slide(made.slide_layouts[1])
        slide.shapes.title.text = f"第{number + 1}页"
        slide.placeholders[1].text = "灯塔\n每晚发光"
        slide.notes_slide.notes_text_frame.text = "备注"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


FOUR = slides(4)


def boxes(data: bytes) -> dict[int, object]:
    """The marks by the number of their slide."""
    made = pptx.Presentation(io.BytesIO(data))
    return {
        number: shape
        for number, slide in enumerate(made.slides, 1)
        for shape in slide.shapes
        if shape.name == "AIGC label"
    }


def test_the_first_slide_gets_a_box_over_all_else():
    written = marked(FOUR)
    (number, box) = next(iter(boxes(written.data).items()))
    assert number == 1
    assert box.text_frame.text == written.mark.text == "AI生成"
    assert written.mark.place == "start"
    assert changed(FOUR, written.data) == {NAME.format(1)}
    slide = pptx.Presentation(io.BytesIO(written.data)).slides[0]
    assert slide.shapes[-1].shape_id == box.shape_id
    assert len({shape.shape_id for shape in slide.shapes}) == len(slide.shapes)
    assert slide.notes_slide.notes_text_frame.text == "备注"
    old, new = (parts(data)[NAME.format(1)] for data in (FOUR, written.data))
    assert b"<p:sp><p:nvSpPr>" in taken_out(new, old)


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ({"places": ("end",)}, [4]),
        ({"places": ("middle", "start")}, [1, 3]),
        ({"paragraphs": 1}, [1, 2, 3, 4]),
        ({"paragraphs": 3}, [1, 3]),
    ],
)
def test_which_slides(options, numbers):
    written = marked(FOUR, **options)
    assert sorted(boxes(written.data)) == numbers
    assert written.mark.place == options.get("places", ("start",))[0]


@pytest.mark.parametrize("height", [0.05, 0.06, 0.1])
@pytest.mark.parametrize(("text", "ink"), [("AI生成", 0.84), ("AI-generated", 0.70)])
def test_the_size_is_that_of_the_ink(height, text, ink):
    regime = "cn" if "生成" in text else "eu"
    box = boxes(marked(FOUR, height=height, text=text, regime=regime).data)[1]
    size = box.text_frame.paragraphs[0].runs[0].font.size.pt
    assert size * ink / 540 >= height
    assert size * ink / 540 <= height + 0.001


@pytest.mark.parametrize(
    "position", ["top-left", "center", "right", "auto", (0.0, 1.0), (0.4, 0.6)]
)
def test_the_place_on_the_slide(position):
    box = boxes(marked(FOUR, position=position).data)[1]
    whole = pptx.Presentation(io.BytesIO(FOUR))
    margin = 0.02 * whole.slide_height
    assert margin - 1 <= box.left <= whole.slide_width - margin - box.width + 1
    assert margin - 1 <= box.top <= whole.slide_height - margin - box.height + 1
    if position == "top-left":
        assert (box.left, box.top) == (Emu(round(margin)), Emu(round(margin)))


def test_long_words_break_into_lines_and_too_long_ones_are_refused():
    box = boxes(marked(FOUR, text="本演示文稿的内容由人工智能生成合成，仅供参考，请注意甄别").data)[
        1
    ]
    assert box.text_frame.word_wrap
    with pytest.raises(CannotCarry, match="do not fit"):
        aigc_label.label(FOUR, None, explicit=ExplicitLabel(text="AI生成", height=0.5))


def test_colours_are_those_asked_for_if_they_can_be_read():
    look = Look(ink="#ffffff", ground="#203060", opacity=0.5, weight="bold")
    font = boxes(marked(FOUR, look=look).data)[1].text_frame.paragraphs[0].runs[0].font
    assert (str(font.color.rgb), font.bold) == ("FFFFFF", True)
    after = parts(marked(FOUR, look=look).data)[NAME.format(1)]
    assert b'<a:srgbClr val="203060"><a:alpha val="' in after
    pale = Look(ink="#eeeeee", ground="#ffffff")
    font = boxes(marked(FOUR, look=pale).data)[1].text_frame.paragraphs[0].runs[0].font
    assert str(font.color.rgb) == "1A1A1A"


def test_a_corner_mark_is_raised():
    written = marked(FOUR, corner_mark=True, places=("start", "end"))
    found = boxes(written.data)
    assert sorted(found) == [1, 4]
    assert found[1].text_frame.text == written.mark.text == "AI"
    assert b'baseline="30000"' in parts(written.data)[NAME.format(1)]


def test_a_prompt_of_others_is_kept():
    made = pptx.Presentation(io.BytesIO(FOUR))
    made.slides[0].placeholders[1].text = "要点\n（本页由AI生成）"
    out = io.BytesIO()
    made.save(out)
    written = aigc_label.label(out.getvalue(), None, explicit=ExplicitLabel())
    assert not written.changed
    assert written.mark.text == "（本页由AI生成）"


def test_hidden_slides_are_passed_over():
    members = parts(FOUR)
    hidden = members[NAME.format(1)].replace(b"<p:sld ", b'<p:sld show="0" ', 1)
    assert sorted(boxes(marked(packed(members | {NAME.format(1): hidden})).data)) == [2]
    for number in (1, 2, 3, 4):
        name = NAME.format(number)
        members[name] = members[name].replace(b"<p:sld ", b'<p:sld show="0" ', 1)
    assert sorted(boxes(marked(packed(members)).data)) == [1]


def test_an_extension_list_stays_last():
    members = parts(FOUR)
    name = NAME.format(1)
    tail = b'<p:extLst><p:ext uri="{1}"/></p:extLst></p:spTree>'
    members[name] = members[name].replace(b"</p:spTree>", tail)
    data = packed(members)
    assert parts(marked(data).data)[name].count(b"</p:sp>" + tail) == 1


def test_other_prefixes_and_fallbacks():
    members = parts(FOUR)
    name = NAME.format(1)
    slide = members[name].replace(b"<p:", b"<q:").replace(b"</p:", b"</q:")
    slide = slide.replace(b"xmlns:p=", b"xmlns:q=")
    fallback = (
        b'<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/'
        b'2006"><mc:Fallback><q:sp><q:txBody><a:p><a:r><a:t>AI\xe7\x94\x9f\xe6\x88\x90</a:t></a:r>'
        b"</a:p></q:txBody></q:sp></mc:Fallback></mc:AlternateContent></q:spTree>"
    )
    members[name] = slide.replace(b"</q:spTree>", fallback)
    after = parts(marked(packed(members)).data)[name]
    assert b"<q:sp><q:nvSpPr>" in after


def test_templates_and_slides_that_are_not_there():
    written = marked((FIXTURES / "plain" / "python-pptx.pptx").read_bytes())
    assert boxes(written.data)
    members = {name: data for name, data in parts(FOUR).items() if "slides/slide" not in name}
    with pytest.raises(CannotCarry, match="no slide"):
        aigc_label.label(packed(members), None, explicit=ExplicitLabel())
    members = parts(FOUR) | {NAME.format(1): b"<a/>"}
    with pytest.raises(CannotCarry, match="no shapes"):
        aigc_label.label(packed(members), None, explicit=ExplicitLabel())
