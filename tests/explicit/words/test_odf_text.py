"""Words in ODT."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import aigc_label
from aigc_label import ExplicitLabel, Look
from aigc_label.errors import CannotCarry
from document_samples import changed, marked, packed, parts

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "odt"
ODF = "urn:oasis:names:tc:opendocument:xmlns:"
SPACES = " ".join(
    f'xmlns:{prefix}="{ODF}{name}:1.0"'
    for prefix, name in (
        ("office", "office"), ("text", "text"), ("style", "style"), ("fo", "xsl-fo-compatible"),
        ("draw", "drawing"), ("table", "table"), ("svg", "svg-compatible"),
    )
)  # fmt: skip
TEXT = f"{{{ODF}text:1.0}}"
STYLE = f"{{{ODF}style:1.0}}"
FO = f"{{{ODF}xsl-fo-compatible:1.0}}"
BODY = "灯塔每晚发光，海上的船看得见它。" * 6
PLAIN = (FIXTURES / "plain" / "odfpy.odt").read_bytes()


def document(inner: str, styles: str = "", **members: bytes) -> bytes:
    whole = (
        f"<office:document-content {SPACES}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body><office:text>{inner}</office:text></office:body>"
        "</office:document-content>"
    )
    return packed(parts(PLAIN) | {"content.xml": whole.encode()} | members)


def paragraph(said: str, style: str = "") -> str:
    return f'<text:p text:style-name="{style}">{said}</text:p>'


def tree(data: bytes) -> ET.Element:
    return ET.fromstring(parts(data)["content.xml"])  # noqa: S314 - ours


def texts(data: bytes) -> list[str]:
    (body,) = tree(data).iter(f"{{{ODF}office:1.0}}text")
    return ["".join(node.itertext()) for node in body]


def style_of(data: bytes, family: str) -> ET.Element:
    """The style of the words."""
    found = [
        node
        for node in tree(data).iter(f"{STYLE}style")
        if node.get(f"{STYLE}name").startswith("AIGC") and node.get(f"{STYLE}family") == family
    ]
    return found[-1]


ARTICLE = document(
    "<text:sequence-decls/><text:h>灯塔</text:h>"
    + "".join(paragraph(f"{number} {BODY}") for number in range(8))
)


def test_a_paragraph_before_all_others():
    written = marked(ARTICLE)
    assert (written.mark.text, written.mark.place) == ("AI生成", "start")
    assert changed(ARTICLE, written.data) == {"content.xml"}
    assert texts(written.data) == ["", "AI生成", *texts(ARTICLE)[1:]]
    told = style_of(written.data, "paragraph")
    assert told.find(f"{STYLE}text-properties").get(f"{STYLE}country-asian") == "CN"
    assert told.find(f"{STYLE}paragraph-properties").get(f"{FO}text-align") == "end"


def test_all_places_and_every_so_many_paragraphs():
    written = marked(ARTICLE, places=("start", "middle", "end"), paragraphs=3)
    said = texts(written.data)
    assert [n for n, text in enumerate(said) if text == "AI生成"] == [1, 6, 8, 11, 14]
    again = marked(marked(ARTICLE).data, places=("end", "start"))
    assert texts(again.data)[-1] == "AI生成"
    assert again.mark.place == "end"


def test_a_corner_mark():
    written = marked(ARTICLE, corner_mark=True, places=("start", "end"))
    assert texts(written.data) == ["", "灯塔AI", *texts(ARTICLE)[2:-1], texts(ARTICLE)[-1] + "AI"]
    told = style_of(written.data, "text").find(f"{STYLE}text-properties")
    assert told.get(f"{STYLE}text-position") == "super 66%"


def test_a_corner_mark_where_nothing_is_a_paragraph():
    data = document("<table:table><table:table-row/></table:table>")
    assert texts(marked(data, corner_mark=True, position="left").data) == ["AI", ""]


def test_the_look():
    written = marked(ARTICLE, position="top-left", look=Look(weight="bold"))
    told = style_of(written.data, "paragraph")
    assert told.find(f"{STYLE}paragraph-properties").get(f"{FO}text-align") == "start"
    assert told.find(f"{STYLE}text-properties").get(f"{FO}font-weight") == "bold"


@pytest.mark.parametrize(
    "said",
    [
        "由<text:span>AI</text:span><text:s/>生成",
        "<text:note><text:note-body><text:p>注</text:p></text:note-body></text:note>AI生成",
        "AI生成<draw:frame><draw:text-box><text:p/></draw:text-box></draw:frame>",
        "AI生成<text:line-break/><text:tab/>" + BODY,
    ],
)
def test_what_others_have_put_at_the_start_is_kept(said):
    data = document("<text:h>灯塔</text:h>" + paragraph(said) + paragraph(BODY))
    assert not aigc_label.label(data, None, explicit=ExplicitLabel()).changed


RAISED = (
    '<style:style style:name="T1" style:family="text"><style:text-properties '
    'style:text-position="33% 58%"/></style:style><style:style style:name="T2" '
    'style:family="text" style:parent-style-name="T1"/>'
)


def test_a_corner_mark_of_others_is_kept():
    said = paragraph(f'{BODY}<text:span text:style-name="T2">AI</text:span>')
    data = document(said + paragraph(BODY) * 3, RAISED)
    for corner in (True, False):
        explicit = ExplicitLabel(corner_mark=corner)
        assert not aigc_label.label(data, None, explicit=explicit).changed


BROKEN = (
    '<style:style style:name="P1" style:family="paragraph" style:master-page-name="First"/>'
    '<style:style style:name="P2" style:family="paragraph"><style:paragraph-properties '
    'fo:break-before="page"/></style:style>'
)


@pytest.mark.parametrize("style", ["P1", "P2"])
def test_a_page_break_takes_the_words_in(style):
    written = marked(document(paragraph(BODY, style), BROKEN))
    assert texts(written.data) == [f"AI生成{BODY}"]
    assert b"<text:line-break/>" in parts(written.data)["content.xml"]
    title = f'<text:h text:style-name="{style}">灯塔</text:h>' + paragraph(BODY)
    assert texts(marked(document(title, BROKEN)).data) == ["灯塔", "AI生成", BODY]


def test_titles_are_told_by_their_styles():
    styles = (
        '<style:style style:name="P9" style:family="paragraph" style:parent-style-name="Title"/>'
    )
    common = (
        f"<office:document-styles {SPACES}><office:styles>"
        '<style:style style:name="Title" style:family="paragraph"/>'
        '<style:default-style style:family="paragraph">'
        '<style:text-properties fo:font-size="14pt"/></style:default-style>'
        "</office:styles></office:document-styles>"
    )
    inner = paragraph("一个很长很长的题目" * 9, "P9") + paragraph("AI生成") + paragraph(BODY)
    data = document(inner, styles, **{"styles.xml": common.encode()})
    assert not aigc_label.label(data, None, explicit=ExplicitLabel()).changed
    data = document(paragraph(BODY), **{"styles.xml": common.encode()})
    told = style_of(marked(data).data, "paragraph").find(f"{STYLE}text-properties")
    assert told.get(f"{FO}font-size") == "14pt"


def test_an_empty_text_and_no_list_of_styles():
    body = "<office:body><office:text/></office:body>"
    whole = f"<office:document-content {SPACES}>{body}</office:document-content>"
    data = packed(parts(PLAIN) | {"content.xml": whole.encode()})
    assert texts(marked(data).data) == ["AI生成"]


def test_other_prefixes():
    content = (
        f'<o:document-content xmlns:o="{ODF}office:1.0" xmlns:t="{ODF}text:1.0"><o:body><o:text>'
        f"<t:p>{BODY}</t:p></o:text></o:body></o:document-content>"
    )
    after = parts(marked(packed(parts(PLAIN) | {"content.xml": content.encode()})).data)
    assert b"<t:p t:style-name" in after["content.xml"]
    assert b"<o:automatic-styles><style:style xmlns:style=" in after["content.xml"]


@pytest.mark.parametrize("name", ["streamed.odt", "template.ott", "no-meta.odt"])
def test_what_other_programs_write(name):
    assert texts(marked((FIXTURES / "plain" / name).read_bytes()).data)[0] == "AI生成"


def refused(data: bytes) -> str:
    with pytest.raises(CannotCarry) as caught:
        aigc_label.label(data, None, explicit=ExplicitLabel())
    return caught.value.reason


def test_signed_and_encrypted_documents_are_refused():
    assert "signed" in refused((FIXTURES / "refused" / "signed.odt").read_bytes())
    members = parts(PLAIN)
    manifest = members["META-INF/manifest.xml"].replace(
        b"</manifest:manifest>", b"<manifest:encryption-data/></manifest:manifest>"
    )
    assert "encrypted" in refused(packed(members | {"META-INF/manifest.xml": manifest}))


def test_what_is_no_text_is_refused():
    assert "no text" in refused(packed(parts(PLAIN) | {"content.xml": b"<a/>"}))
    members = parts(PLAIN)
    del members["content.xml"]
    assert "no content.xml" in refused(packed(members))
