"""Words in EPUB."""

from __future__ import annotations

import io
import re
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pytest

import aigc_label
import foreign_tools
from aigc_label import ExplicitLabel, Look
from aigc_label.errors import CannotCarry, Malformed
from document_samples import changed, marked, packed, parts

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "epub"
H = "{http://www.w3.org/1999/xhtml}"
BODY = "<p>灯塔每晚发光，海上的船&amp;岛看得见它，这样过了许多年，没有人记得它是何时建的。</p>\n"
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
    '<rootfile full-path="E/book.opf" media-type="application/oebps-package+xml"/></rootfiles>'
    "</container>"
)


def page(inner: str, head: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n<html xmlns='
        f'"http://www.w3.org/1999/xhtml"><head><title>t</title>{head}</head><body>{inner}</body>'
        "</html>"
    )


def book(
    *pages: str, version: str = "3.0", meta: str = "", spine: dict | None = None, **more: bytes
) -> bytes:
    """A publication of pages p1, p2 and so on; ``spine`` holds attributes by number."""
    numbers = range(1, len(pages) + 1)
    items = "".join(
        f'<item id="i{n}" href="p%20{n}.xhtml" media-type="application/xhtml+xml"'
        + (' properties="nav"/>' if "NAV" in pages[n - 1] else "/>")
        for n in numbers
    )
    refs = "".join(f'<itemref idref="i{n}" {(spine or {}).get(n, "")}/>' for n in numbers)
    opf = (
        f'<package xmlns="http://www.idpf.org/2007/opf" version="{version}"><metadata>{meta}'
        f"</metadata><manifest>{items}</manifest><spine>{refs}</spine></package>"
    )
    members = {
        "mimetype": b"application/epub+zip",
        "META-INF/container.xml": CONTAINER.encode(),
        "E/book.opf": opf.encode(),
    }
    members |= {f"E/p {n}.xhtml": one.encode() for n, one in zip(numbers, pages, strict=True)}
    return packed(members | {name.replace("__", "/"): data for name, data in more.items()})


def marks(data: bytes) -> dict[int, list[str]]:
    """The classes' texts by the number of their page."""
    found = {}
    for name, content in parts(data).items():
        if name.endswith(".xhtml"):
            nodes = ET.fromstring(content).iter()  # noqa: S314 - ours
            said = ["".join(n.itertext()) for n in nodes if n.get("class") == "aigc-label"]
            if said:
                found[int(re.search(r"(\d+)\.xhtml", name)[1])] = said
    return found


def order(data: bytes, number: int) -> list[str]:
    """Name and text of each element within a page's body."""
    (body,) = ET.fromstring(parts(data)[f"E/p {number}.xhtml"]).iter(f"{H}body")  # noqa: S314 - ours
    return ["".join(node.itertext()).strip()[:4] for node in body]


COVER = page(
    '<div><img src="c.png" alt="灯"/><svg xmlns="http://www.w3.org/2000/svg"><title>封面</title></svg>'
    "</div>"
)
CHAPTERS = [page(f"<h1>第{n}章</h1>\n{BODY * 4}") for n in range(4)]
BOOK = book(COVER, page("<nav><ol><li>NAV</li></ol></nav>"), *CHAPTERS)


def test_the_first_document_with_text_under_its_title():
    written = marked(BOOK)
    assert (written.mark.text, written.mark.place) == ("AI生成", "start")
    assert changed(BOOK, written.data) == {"E/p 3.xhtml"}
    assert order(written.data, 3)[:3] == ["第0章", "AI生成", "灯塔每晚"]
    with zipfile.ZipFile(io.BytesIO(written.data)) as opened:
        first = opened.infolist()[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    after = parts(written.data)["E/p 3.xhtml"].decode()
    assert 'lang="zh-CN"' in after
    assert 'role="note"' in after


def test_all_places():
    written = marked(BOOK, places=("start", "middle", "end"))
    assert marks(written.data) == {n: ["AI生成"] for n in (3, 4, 6)}
    assert order(written.data, 6)[-1] == "AI生成"
    assert order(written.data, 4)[3] == "AI生成"


def test_a_back_cover_is_no_end():
    data = book(COVER, CHAPTERS[0], COVER)
    assert marks(marked(data, places=("end",)).data) == {2: ["AI生成"]}


def test_the_middle_of_a_book_of_one_document_and_every_so_many_paragraphs():
    one = book(page(f"<section><div>{BODY * 8}</div></section>"))
    assert marks(marked(one, places=("middle",)).data) == {1: ["AI生成"]}
    assert marks(marked(one, paragraphs=3).data) == {1: ["AI生成"] * 3}
    assert marks(marked(BOOK, paragraphs=4).data) == {3: ["AI生成"] * 2} | {
        n: ["AI生成"] for n in (4, 5, 6)
    }


def test_a_corner_mark():
    written = marked(BOOK, corner_mark=True, places=("start", "end"))
    assert order(written.data, 3)[0] == "第0章A"
    assert parts(written.data)["E/p 6.xhtml"].count(b'<sup class="aigc-label">AI</sup></p>') == 1
    picture = book(page("<div><img/></div>"))
    assert marks(marked(picture, corner_mark=True).data) == {1: ["AI", "AI"]}


def test_the_look_and_older_versions():
    written = marked(
        book(page(BODY), version="2.0"), position="top", look=Look(weight="bold"), text="AI & 生成"
    )
    after = parts(written.data)["E/p 1.xhtml"].decode()
    assert "font-weight:bold" in after
    assert "text-align:center" in after
    assert "role=" not in after
    assert "AI &amp; 生成" in after
    english = marked(BOOK, text="AI-generated", regime="eu")
    assert b'xml:lang="en"' in parts(english.data)["E/p 3.xhtml"]


@pytest.mark.parametrize(
    "said",
    [
        "<p>本书由<b>AI</b>\n  生成</p>",
        "<h1>题</h1><p>AI生成<br/>" + "正文" * 80 + "</p>",
        "<div>由AI生成</div>",
        "<aside><p>本书由AI生成</p></aside>",
        "<p>题<sup>AI</sup></p>",
    ],
)
def test_what_others_have_put_at_the_start_is_kept(said):
    data = book(page(said + BODY * 3))
    assert not aigc_label.label(data, None, explicit=ExplicitLabel()).changed


@pytest.mark.parametrize(
    "said",
    [
        "<p hidden='hidden'>AI生成</p>",
        "<style>AI生成</style>",
        "<p>AI<sup>2</sup></p><ul><li>AI生成</li><li>灯塔</li></ul>",
        "<p><ruby>灯<rt>AI生成</rt></ruby></p>",
    ],
)
def test_what_nobody_reads_as_a_prompt(said):
    assert marks(marked(book(page(said + BODY * 3))).data)[1] == ["AI生成"]


def test_text_without_paragraphs_and_empty_bodies():
    assert marks(marked(book(page("灯塔" * 60))).data) == {1: ["AI生成"]}
    assert marks(marked(book(page("<p/>"))).data) == {1: ["AI生成"]}
    empty = book(page("").replace("<body></body>", "<body/>"))
    assert marks(marked(empty).data) == {1: ["AI生成"]}


def test_prefixes_and_old_document_types():
    prefixed = (
        '<x:html xmlns:x="http://www.w3.org/1999/xhtml"><x:body><x:p>灯塔</x:p></x:body></x:html>'
    )
    assert b'<x:p class="aigc-label"' in parts(marked(book(prefixed)).data)["E/p 1.xhtml"]
    old = page(f"<p>灯&nbsp;塔</p>{BODY}").replace(
        "<!DOCTYPE html>",
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" '
        '"http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">',
    )
    after = parts(marked(book(old, version="2.0")).data)["E/p 1.xhtml"]
    assert b"&nbsp;" in after


FIXED = '<meta property="rendition:layout">pre-paginated</meta>'


def test_pages_of_fixed_layout_get_a_plate():
    size = '<meta name="viewport" content="width=1000, height=1400"/>'
    data = book(page("<img/>", size), page("<img/>"), meta=FIXED)
    written = marked(data, places=("start", "end"))
    assert marks(written.data) == {1: ["AI生成"], 2: ["AI生成"]}
    style = re.search(r'style="([^"]+)"', parts(written.data)["E/p 1.xhtml"].decode())[1]
    told = dict(one.split(":") for one in style.split(";"))
    assert told["position"] == "absolute"
    assert float(told["font-size"].removesuffix("px")) * 0.84 >= 60
    assert float(told["left"][:-2]) + float(told["width"][:-2]) == pytest.approx(980, abs=2)
    unsaid = parts(written.data)["E/p 2.xhtml"].decode()
    assert "right:2%;bottom:2%;padding:.12em .4em;font-size:7.5vmin" in unsaid
    above = parts(marked(data, places=("end",), position="top").data)["E/p 2.xhtml"].decode()
    assert "left:20%;right:20%;top:2%" in above
    assert marks(marked(data, corner_mark=True).data) == {1: ["AI"] * 2}
    assert marks(marked(data, paragraphs=1).data) == {1: ["AI生成"]}


def test_layout_is_told_by_page_or_by_older_words():
    two = [page(BODY), page(BODY)]
    spine = {1: 'properties="rendition:layout-pre-paginated"'}
    after = parts(marked(book(*two, spine=spine), places=("start", "end")).data)
    assert b"absolute" in after["E/p 1.xhtml"]
    assert b"absolute" not in after["E/p 2.xhtml"]
    old = marked(book(*two, meta='<meta name="fixed-layout" content="true"/>'))
    assert b"absolute" in parts(old.data)["E/p 1.xhtml"]


def test_what_stands_outside_the_reading_order_is_passed_over():
    two = book(page(BODY), page(BODY), spine={1: 'linear="no"'})
    assert list(marks(marked(two).data)) == [2]


def refused(data: bytes, kind: type[Exception] = CannotCarry) -> str:
    with pytest.raises(kind) as caught:
        aigc_label.label(data, None, explicit=ExplicitLabel())
    return caught.value.reason


def test_what_is_signed_encrypted_or_has_no_page_is_refused():
    assert "signed" in refused((FIXTURES / "refused" / "signed.epub").read_bytes())
    locked = '<encryption><CipherReference URI="E/p%201.xhtml"/></encryption>'
    more = {"META-INF__encryption.xml": locked.encode()}
    assert "is encrypted" in refused(book(page(BODY), **more))
    assert list(marks(marked(book(page(BODY), page(BODY), **more)).data)) == [2]
    assert "no page" in refused(book())
    assert "no body" in refused(book('<html xmlns="http://www.w3.org/1999/xhtml"/>'))
    assert "not well-formed" in refused(book(page("<p>&nbsp;</p>")))
    members = parts(BOOK) | {"META-INF/container.xml": b"<container/>"}
    assert "no package" in refused(packed(members), Malformed)


@pytest.mark.parametrize("name", ["epub2", "epub3", "prefix", "streamed"])
def test_what_other_programs_write(name):
    data = (FIXTURES / "plain" / f"{name}.epub").read_bytes()
    assert changed(data, marked(data).data) == {"OEBPS/one.xhtml"}


@pytest.mark.foreign
def test_a_browser_shows_the_words(tmp_path):
    foreign_tools.require("chromium")
    path = tmp_path / "page.xhtml"
    path.write_bytes(parts(marked(BOOK).data)["E/p 3.xhtml"])
    dump = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", path.as_uri()],
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout.decode()
    assert re.search(r'<p[^>]*class="aigc-label"[^>]*>AI生成</p>', dump)
