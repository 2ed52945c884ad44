"""Words in DOCX."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import pytest
from docx.enum.text import WD_COLOR_INDEX
from docx.oxml.ns import qn

import aigc_label
from aigc_label import ExplicitLabel, ImplicitLabel
from aigc_label.carriers import document_xml
from aigc_label.errors import CannotCarry, LimitExceeded
from document_samples import changed, marked, packed, parts, taken_out

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "docx"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
BODY = "灯塔每晚发光，海上的船看得见它。" * 6
LABEL = ImplicitLabel(content_producer="Studio", produce_id="1")


def document(build) -> bytes:
    made = docx.Document()
    build(made)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def article(made) -> None:
    made.add_heading("灯塔", 0)
    for number in range(12):
        made.add_paragraph(f"{number} {BODY}")


def opened(data: bytes):
    return docx.Document(io.BytesIO(data))


def texts(data: bytes) -> list[str]:
    return [paragraph.text for paragraph in opened(data).paragraphs]


def body(data: bytes, inner: str, **others: bytes) -> bytes:
    """The document of a fixture with another body."""
    members = parts(data)
    whole = f'<w:document xmlns:w="{W}"><w:body>{inner}</w:body></w:document>'
    return packed(members | {"word/document.xml": whole.encode()} | others)


def paragraph(said: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{said}</w:t></w:r></w:p>"


PLAIN = (FIXTURES / "plain" / "python-docx.docx").read_bytes()
ARTICLE = document(article)


def test_a_paragraph_before_all_others():
    written = marked(ARTICLE)
    assert (written.mark.text, written.mark.place) == ("AI生成", "start")
    assert texts(written.data) == ["AI生成", *texts(ARTICLE)]
    assert changed(ARTICLE, written.data) == {"word/document.xml"}
    name = "word/document.xml"
    new = taken_out(parts(written.data)[name], parts(ARTICLE)[name])
    assert new.startswith(b"<w:p><w:pPr>")
    assert b'w:eastAsia="zh-CN"' in new
    assert b'w:eastAsia="Microsoft YaHei"' in new


def test_its_look_is_its_own():
    first = opened(marked(ARTICLE, look=aigc_label.Look(weight="bold")).data).paragraphs[0]
    assert first.style.name == "Normal"
    assert first.runs[0].bold
    assert first.runs[0].font.size.pt >= 10.5
    assert str(first.runs[0].font.color.rgb) == "404040"
    assert first.runs[0].font.highlight_color is not WD_COLOR_INDEX.BLACK
    assert first._p.pPr.find(qn("w:shd")).get(qn("w:fill")) == "F2F2F2"


@pytest.mark.parametrize(
    ("position", "side"),
    [
        ("bottom-right", "right"),
        ("top-left", "left"),
        ("top", "center"),
        ("auto", "right"),
        ((0.1, 0.5), "left"),
        ((0.5, 0.5), "center"),
        ((1.0, 0.0), "right"),
    ],
)
def test_the_side_is_the_position_s(position, side):
    first = opened(marked(ARTICLE, position=position).data).paragraphs[0]
    assert first._p.pPr.find(qn("w:jc")).get(qn("w:val")) == side


def test_start_middle_and_end():
    said = texts(marked(ARTICLE, places=("start", "middle", "end")).data)
    assert [n for n, text in enumerate(said) if text == "AI生成"] == [0, 8, 15]
    assert said[8 + 1].startswith("6 ")


def test_behind_every_so_many_paragraphs():
    said = texts(marked(ARTICLE, paragraphs=5).data)
    assert [n for n, text in enumerate(said) if text == "AI生成"] == [0, 7, 13]


def test_places_that_come_later_are_added():
    first = marked(ARTICLE)
    both = marked(first.data, places=("start", "end"))
    assert texts(both.data) == ["AI生成", *texts(ARTICLE), "AI生成"]
    assert both.mark.place == "start"


def test_the_implicit_label_goes_along():
    written = aigc_label.label(ARTICLE, LABEL, explicit=ExplicitLabel())
    assert texts(written.data)[0] == "AI生成"
    assert written.carrier == "ooxml.custom"


def test_a_corner_mark_at_the_title_and_at_the_last_paragraph():
    written = marked(ARTICLE, corner_mark=True, places=("start", "end"))
    assert written.mark.text == "AI"
    paragraphs = opened(written.data).paragraphs
    assert len(paragraphs) == len(texts(ARTICLE))
    for one in (paragraphs[0], paragraphs[-1]):
        assert one.runs[-1].text == "AI"
        assert one.runs[-1].font.superscript
    assert not any(one.runs[-1].font.superscript for one in paragraphs[1:-1])


def test_a_corner_mark_where_nothing_is_a_paragraph():
    data = body(PLAIN, "<w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl><w:p/>")
    (first, _) = opened(marked(data, corner_mark=True).data).paragraphs
    assert first.text == "AI"
    assert first.runs[0].font.superscript


@pytest.mark.parametrize(
    "said",
    ["本文由AI生成", "（内容由人工智能合成）", "AI生成", "AI生成。" + BODY, "【AI 生成】"],
)
def test_what_others_have_put_at_the_start_is_kept(said):
    title = paragraph("灯塔", '<w:pStyle w:val="Title"/>')
    data = body(PLAIN, title + paragraph(said) + paragraph(BODY))
    written = aigc_label.label(data, None, explicit=ExplicitLabel())
    assert not written.changed
    assert written.mark.text in said


def test_prose_about_it_is_no_prompt():
    data = body(PLAIN, paragraph("AI生成内容的标识办法今天施行，各地都在讨论它的意义和影响。"))
    assert texts(marked(data).data)[0] == "AI生成"


def test_words_that_need_brackets_to_be_told_from_prose_get_them():
    assert texts(marked(ARTICLE, text="AI写作，机器生成").data)[0] == "【AI写作，机器生成】"


def test_english_words_where_the_regime_allows_them():
    said = texts(marked(ARTICLE, text="AI-generated <content> & more", regime="eu").data)
    assert said[0] == "AI-generated <content> & more"


def test_too_many_words_are_refused():
    with pytest.raises(CannotCarry, match="nobody sees a prompt"):
        aigc_label.label(ARTICLE, None, explicit=ExplicitLabel(text="AI生成" + "很" * 200))


def test_lists_tables_and_fields_are_not_torn_apart():
    item = paragraph("点", '<w:numPr><w:numId w:val="7"/></w:numPr>')
    styled = paragraph("点", '<w:pStyle w:val="ListBullet"/>')
    field = (
        '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        "<w:r><w:instrText>TOC</w:instrText></w:r>"
        f"<w:r><w:t>{BODY}</w:t></w:r></w:p>"
    )
    ends = f'<w:p><w:r><w:t>{BODY}</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    title = paragraph("题", '<w:outlineLvl w:val="0"/>')
    inner = item * 4 + styled * 4 + field + ends + title + "<w:sectPr/>"
    styles = (
        f'<w:styles xmlns:w="{W}"><w:style w:type="paragraph" w:styleId="ListBullet"><w:pPr>'
        '<w:numPr><w:numId w:val="3"/></w:numPr></w:pPr></w:style></w:styles>'
    )
    data = packed(parts(body(PLAIN, inner)) | {"word/styles.xml": styles.encode()})
    said = texts(marked(data, places=("middle",)).data)
    assert said == ["点"] * 8 + ["AI生成", BODY, BODY, "题"]
    # behind the first paragraph a field is open, so the words come behind the second
    assert texts(marked(data, paragraphs=1).data) == [
        "AI生成", *["点"] * 8, BODY, BODY, "AI生成", "题"
    ]  # fmt: skip


def test_the_end_is_before_what_is_empty_and_the_section():
    data = body(PLAIN, paragraph(BODY) + "<w:p/><w:p><w:pPr/></w:p><w:sectPr/>")
    assert texts(marked(data, places=("end",)).data) == [BODY, "AI生成", "", ""]


def test_a_text_without_a_middle_is_marked_at_its_start():
    written = marked(body(PLAIN, paragraph(BODY)), places=("middle",))
    assert written.mark.place == "start"
    assert texts(written.data) == ["AI生成", BODY]
    assert any("no middle" in note for note in written.notes)


@pytest.mark.parametrize("inner", ["", "<w:sectPr/>", "<w:p/>"])
def test_an_empty_document(inner):
    assert texts(marked(body(PLAIN, inner)).data)[0] == "AI生成"


def test_self_closed_body():
    members = parts(PLAIN)
    whole = f'<x:document xmlns:x="{W}"><x:body/></x:document>'
    data = packed(members | {"word/document.xml": whole.encode()})
    written = marked(data)
    assert texts(written.data) == ["AI生成"]
    assert b"<x:body><x:p>" in parts(written.data)["word/document.xml"]


def test_a_prefix_that_is_bound_twice_is_bound_again():
    one = f'<w:p xmlns:w="{W}"><w:r><w:t>灯塔</w:t></w:r></w:p>'
    assert b'<w:p xmlns:w="' in taken_out(
        parts(marked(body(PLAIN, one)).data)["word/document.xml"],
        parts(body(PLAIN, one))["word/document.xml"],
    )


def test_a_page_break_before_the_first_paragraph_takes_the_words_in():
    broken = paragraph(BODY, "<w:pageBreakBefore/>")
    first = opened(marked(body(PLAIN, broken)).data).paragraphs[0]
    assert first.text == f"AI生成\n{BODY}"
    corner = opened(marked(body(PLAIN, broken), corner_mark=True).data).paragraphs[0]
    assert corner.text == f"{BODY}AI"


def test_a_page_break_before_a_title_puts_the_words_under_it():
    title = paragraph("灯塔", '<w:pStyle w:val="Heading1"/><w:pageBreakBefore/>')
    assert texts(marked(body(PLAIN, title + paragraph(BODY))).data) == ["灯塔", "AI生成", BODY]


def test_words_stand_behind_a_cover_page():
    cover = (
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Cover Pages"/></w:docPartObj>'
        f"</w:sdtPr><w:sdtContent>{paragraph(BODY)}</w:sdtContent></w:sdt>"
    )
    data = body(PLAIN, cover + paragraph(BODY))
    for options in ({}, {"corner_mark": True}):
        after = parts(marked(data, **options).data)["word/document.xml"]
        assert b"</w:sdt><w:p><w:pPr>" in after


def test_a_page_break_that_a_style_says():
    styles = (
        f'<w:styles xmlns:w="{W}"><w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val="18"/></w:rPr>'
        '</w:rPrDefault></w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="a">'
        '<w:name w:val="Normal"/><w:rPr><w:sz w:val="28"/></w:rPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/>'
        '<w:basedOn w:val="a"/>'
        '<w:pPr><w:pageBreakBefore/><w:outlineLvl w:val="0"/></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="2"><w:basedOn w:val="1"/></w:style>'
        '<w:style w:type="character" w:styleId="2"><w:pPr/></w:style></w:styles>'
    )
    inner = paragraph("题", '<w:pStyle w:val="2"/>') + paragraph(BODY)
    members = parts(body(PLAIN, inner)) | {"word/styles.xml": styles.encode()}
    said = opened(marked(packed(members)).data).paragraphs
    assert [one.text for one in said] == ["题", "AI生成", BODY]
    assert said[1].runs[0].font.size.pt == 14


def test_deleted_hidden_and_boxed_text_is_not_seen():
    hidden = (
        "<w:p><w:del><w:r><w:t>AI生成</w:t></w:r></w:del>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>AI生成</w:t></w:r>"
        "<w:r><w:pict><w:txbxContent><w:p><w:r><w:t>AI生成</w:t></w:r></w:p></w:txbxContent>"
        "</w:pict></w:r></w:p>"
    )
    written = marked(body(PLAIN, hidden + paragraph(BODY)))
    assert opened(written.data).paragraphs[0].runs[0].text == "AI生成"


def test_words_split_over_runs_and_links_are_read_as_one():
    split = (
        "<w:p><w:r><w:t>由</w:t></w:r><w:ins><w:r><w:t>AI</w:t></w:r></w:ins>"
        "<w:hyperlink><w:r><w:rPr><w:b/></w:rPr><w:t>生</w:t><w:t>成</w:t></w:r></w:hyperlink></w:p>"
    )
    data = body(PLAIN, split + paragraph(BODY))
    assert not aigc_label.label(data, None, explicit=ExplicitLabel()).changed


@pytest.mark.parametrize("align", ["superscript", "subscript"])
def test_a_corner_mark_of_others_is_kept(align):
    raised = f'<w:r><w:rPr><w:vertAlign w:val="{align}"/></w:rPr><w:t>AI</w:t></w:r>'
    data = body(PLAIN, f"<w:p><w:r><w:t>{BODY}</w:t></w:r>{raised}</w:p>")
    for corner in (True, False):
        explicit = ExplicitLabel(corner_mark=corner)
        assert not aigc_label.label(data, None, explicit=explicit).changed


def test_a_strict_document_gets_strict_names():
    members = parts((FIXTURES / "plain" / "strict.docx").read_bytes())
    name = "word/document.xml"
    members[name] = members[name].replace(b"/officeDocument/wordproc", b"/wordproc")
    data = packed(members)
    after = parts(marked(data).data)["word/document.xml"].decode()
    assert '<w:jc w:val="end"/>' in after
    assert "schemas.openxmlformats.org" not in after


def test_macros_and_templates():
    for name in ("macros.docm", "template.dotx", "streamed.docx"):
        data = (FIXTURES / "plain" / name).read_bytes()
        assert changed(data, marked(data).data) == {"word/document.xml"}


def test_utf_16_stays_utf_16():
    members = parts(body(PLAIN, paragraph(BODY)))
    text = '<?xml version="1.0" encoding="UTF-16"?>' + members["word/document.xml"].decode()
    data = packed(members | {"word/document.xml": text.encode("utf-16")})
    after = parts(marked(data).data)["word/document.xml"]
    assert after.startswith(b"\xff\xfe<\0")
    assert "AI生成" in after.decode("utf-16")


def test_what_stands_in_a_document_survives():
    def build(made) -> None:
        article(made)
        made.add_picture(io.BytesIO(PICTURE))
        made.add_table(2, 2).cell(0, 0).text = "格"
        made.add_section().header.paragraphs[0].text = "页眉"
        made.add_comment(made.paragraphs[1].runs, text="批注", author="a")

    data = document(build)
    written = marked(data, places=("start", "middle", "end"), paragraphs=3)
    assert changed(data, written.data) == {"word/document.xml"}
    after = opened(written.data)
    assert [t.text for t in after.paragraphs if t.text != "AI生成"] == texts(data)
    assert after.tables[0].cell(0, 0).text == "格"
    assert len(after.inline_shapes) == 1
    assert after.sections[1].header.paragraphs[0].text == "页眉"
    assert [comment.text for comment in after.comments] == ["批注"]


def _picture() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()


PICTURE = _picture()


def refused(data: bytes) -> str:
    with pytest.raises(CannotCarry) as caught:
        aigc_label.label(data, None, explicit=ExplicitLabel())
    return caught.value.reason


def test_signed_documents_are_refused():
    data = (FIXTURES / "refused" / "signed.docx").read_bytes()
    assert "signed" in refused(data)


@pytest.mark.parametrize(
    ("part", "why"),
    [
        (b"<a", "not well-formed"),
        (b'<?xml version="1.0" encoding="GB18030"?><a/>', "encoding is GB18030"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a/>', "entities"),
        (b"<a>" * 600 + b"</a>" * 600, "deeper than 512"),
        (b"<a/>", "no body"),
    ],
)
def test_what_cannot_be_edited_is_refused(part, why):
    assert why in refused(packed(parts(PLAIN) | {"word/document.xml": part}))


def test_a_package_that_names_no_main_part():
    members = parts(PLAIN)
    members["_rels/.rels"] = members["_rels/.rels"].replace(b'/officeDocument"', b'/other"')
    assert "no main part" in refused(packed(members))


def test_a_text_over_the_limit(monkeypatch):
    monkeypatch.setattr(document_xml, "LARGEST", 1 << 20)
    data = body(PLAIN, paragraph("灯" * 400_000))
    with pytest.raises(LimitExceeded):
        aigc_label.label(data, None, explicit=ExplicitLabel())
