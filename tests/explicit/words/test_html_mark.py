import re
import shutil
import subprocess

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.asset import open_asset
from aigc_label.errors import AigcLabelError, CannotCarry
from aigc_label.explicit.web import MARKER
from aigc_label.explicit_label import ExplicitLabel
from aigc_label.formats import html

ENDS = ("start", "end")
PAGE = (
    "<!DOCTYPE html><html><head><meta charset=utf-8><title>t</title></head><body>{}</body></html>"
)
OWN = re.compile(r'[\r\n]*[ \t]*<(p|sup) class="aigc-label"[^>]*>(.*?)</\1>(?:(?<=^)\n)?')


def marked(page, name="x.html", encoding="utf-8", **asked):
    """The marked page and what was said; marking it once more changes nothing."""
    data = page if isinstance(page, bytes) else page.encode(encoding)
    explicit = ExplicitLabel(**asked)
    with open_asset(data, name=name) as asset:
        result, mark, notes = MARKER.mark(asset, html.FORMAT, explicit, None)
        done = result.read(0, result.size)
    with open_asset(done, name=name) as asset:
        again, same, _ = MARKER.mark(asset, html.FORMAT, explicit, None)
        assert again is asset, again.read(0, again.size)
        assert same.place == mark.place
    return done.decode(encoding), mark, notes


def outline(text):
    """The page as an HTML parser sees it, marks as ``[words]``: elements and what they say."""
    out = []

    def walk(node):
        for child in node:
            if not isinstance(child.tag, str):
                continue
            if child.get("class") == "aigc-label":
                out.append(f"[{child.text}]")
            else:
                out.append(f"<{child.tag}>{(child.text or '').strip()}")
                walk(child)
                out.append(f"</{child.tag}>")
            out.append((child.tail or "").strip())

    walk(html5lib.parse(text, namespaceHTMLElements=False))
    return "".join(out)


def body(text):
    """What stands in the body."""
    found = re.search("<body>(.*)</body>", outline(text), re.DOTALL)
    return found[1]


@pytest.mark.parametrize(
    ("page", "after"),
    [
        ("<h1>题</h1><p>文</p>", "[AI生成]<h1>题</h1><p>文</p>[AI生成]"),
        # the content is the one main element, else the one article
        (
            "<nav>n</nav><main><p>文</p></main><footer>f</footer>",
            "<nav>n</nav><main>[AI生成]<p>文</p>[AI生成]</main><footer>f</footer>",
        ),
        (
            "<nav>n</nav><article><p>文</p></article><p>f</p>",
            "<nav>n</nav><article>[AI生成]<p>文</p>[AI生成]</article><p>f</p>",
        ),
        (
            "<article><p>a</p></article><article><p>b</p></article>",
            "[AI生成]<article><p>a</p></article><article><p>b</p></article>[AI生成]",
        ),
        ("<main hidden><p>a</p></main><p>b</p>", "[AI生成]<main><p>a</p></main><p>b</p>[AI生成]"),
        ("<main><p>a", "[AI生成]<main><p>a[AI生成]</p></main>"),  # nobody closed it
        (
            "<template><main></main></template><p>a</p><script>1</script>",
            "[AI生成]<template>...</template><p>a</p><script>1</script>[AI生成]",
        ),
    ],
)
def test_first_and_last_in_the_content(page, after):
    text, mark, _ = marked(PAGE.format(page), places=ENDS)
    if "template" in page:
        assert text.index("aigc-label") < text.index("<template>")
        assert text.rindex("aigc-label") > text.index("</script>")
    elif "<p>a" not in page or "</p>" in page:
        assert body(text) == after
    assert OWN.sub("", text) == PAGE.format(page)
    assert (mark.text, mark.place) == ("AI生成", "start")


@pytest.mark.parametrize(
    ("page", "start"),
    [
        ("<p>a</p>\n<p>b</p>", 0),
        ("<!-- c -->\n<title>t</title>\n<style>p{}</style>\n<p>a</p>", 46),
        ("<!DOCTYPE html>\n<p>a", 15),
        ("text alone", 0),
        ("<html><head></head>text", 19),
    ],
)
def test_pages_without_a_body_tag(page, start):
    text, *_ = marked(page, places=("start",))
    assert text.find("<p class=") - start in (0, 1)
    assert OWN.sub("", text).lstrip("\n") == page
    assert body(text).startswith("[AI生成]")
    assert body(marked(page, places=("end",))[0]).rstrip("</p>").endswith("[AI生成]")


def test_it_stands_in_line_with_its_neighbours():
    page = PAGE.format("\r\n  <p>a</p>\r\n    <p>b</p>\r\n")
    text, *_ = marked(page, places=("start", "middle", "end"))
    lines = [line for line in text.split("\r\n") if "aigc-label" in line]
    assert [len(line) - len(line.lstrip()) for line in lines] == [2, 2, 4]
    assert "\n" not in text.replace("\r\n", "")


@pytest.mark.parametrize(
    ("page", "after"),
    [
        ("<p>一</p><p>二</p><p>三</p><p>四</p>", "<p>一</p><p>二</p>[AI生成]<p>三</p><p>四</p>"),
        # within no list, table, quotation; and behind no paragraph that leads to one
        (
            "<p>一</p><p>二：</p><ul><li><p>a</p><p>b</p></li></ul><p>三</p>",
            "<p>一</p>[AI生成]<p>二：</p><ul><li><p>a</p><p>b</p></li></ul><p>三</p>",
        ),
        (
            "<blockquote><p>a</p><p>b</p></blockquote><div><p>一</p><h2>二</h2></div>",
            "<blockquote><p>a</p><p>b</p></blockquote><div><p>一</p>[AI生成]<h2>二</h2></div>",
        ),
        (
            "<p>一<br>二</p><hr><p>三<br>四</p>",
            "<p>一<br></br>二</p>[AI生成]<hr></hr><p>三<br></br>四</p>",
        ),
        (
            "<div hidden><p>a</p><p>b</p></div><pre>c</pre><p>一</p><p>二</p>",
            "<div><p>a</p><p>b</p></div><pre>c</pre><p>一</p>[AI生成]<p>二</p>",
        ),
    ],
)
def test_between_the_paragraphs_nearest_the_half(page, after):
    text, mark, notes = marked(PAGE.format(page), places=("middle",))
    assert body(text) == after
    assert (mark.place, notes) == ("middle", ())


def test_without_a_middle():
    with pytest.raises(CannotCarry, match="no two <p>"):
        marked(PAGE.format("<p>一</p>"), places=("middle",))
    _, _, notes = marked(PAGE.format("<p>一</p>"), places=("start", "middle"))
    assert "no two paragraphs" in notes[0]


def test_behind_every_so_many_paragraphs():
    page = PAGE.format("".join(f"<p>{n}</p>" for n in range(5)))
    text, *_ = marked(page, paragraphs=2)
    assert re.sub("</?p>", "", body(text)) == "[AI生成]01[AI生成]23[AI生成]4"
    text, *_ = marked(page, paragraphs=5, places=("end",))
    assert re.sub("</?p>", "", body(text)) == "01234[AI生成]"


def test_corner_marks():
    page = PAGE.format("<h1>题</h1><p>一</p><p>二</p><p>三</p>")
    text, mark, _ = marked(page, corner_mark=True, places=("start", "middle", "end"))
    assert body(text) == "<h1>题[AI]</h1><p>一[AI]</p><p>二</p><p>三[AI]</p>"
    assert (mark.text, text.count('title="AI生成"')) == ("AI", 3)
    with pytest.raises(CannotCarry, match="heading or a paragraph"):
        marked(PAGE.format("<ul><li>a</li></ul>"), corner_mark=True)


@pytest.mark.parametrize(
    "page",
    [
        "<p>由AI生成</p><h1>题</h1><p>文</p>",
        "<p><b>本文</b>由&#65;I&#29983;成</p><h1>题</h1><p>文</p>",
        "<h1>题<sup class=x>AI</sup></h1><p>文</p>",
        "<main><div>（本文由AI生成）</div><p>文</p></main>",
    ],
)
def test_prompts_that_are_there_are_kept(page):
    text, mark, _ = marked(PAGE.format(page))
    assert text == PAGE.format(page)
    assert mark.text


@pytest.mark.parametrize(
    "page",
    [
        "<p hidden>由AI生成</p><p>文</p>",
        "<div style='display: none'><p>由AI生成</p></div><p>文</p>",
        "<template><p>由AI生成</p></template><p>文</p>",
        "<!-- 由AI生成 --><p>文</p>",
        "<noscript>由AI生成</noscript><p>文</p>",
        "<h1>AI生成内容综述</h1><p>文</p>",
    ],
)
def test_what_nobody_sees_or_is_no_prompt(page):
    assert "aigc-label" in marked(PAGE.format(page))[0]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk", "shift_jis", "utf-16"])
def test_the_words_say_the_same_in_every_encoding(encoding):
    page = f"<html><head><meta charset={encoding}></head><body><p>文字</p></body></html>"
    text, *_ = marked(page, encoding=encoding)
    assert OWN.sub("", text) == page
    assert body(text).startswith("[AI生成]")


def test_characters_stand_as_they_are_only_where_the_page_says_utf8():
    assert "AI&#29983;&#25104;" in marked("<p>a</p>")[0]
    assert ">AI生成<" in marked(PAGE.format("<p>a</p>"))[0]
    assert "AI生成 &lt;b&gt; &amp;" in marked(PAGE.format("<p>a</p>"), text="AI生成 <b> &")[0]
    assert 'lang="en"' in marked(PAGE.format("<p>a</p>"), text="AI-generated", regime="eu")[0]


def test_xhtml():
    page = (
        '<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head>'
        "<body><p>文</p><p/><p>二</p></body></html>"
    )
    text, *_ = marked(page, "x.xhtml", places=("start", "middle", "end"))
    assert text.count("aigc-label") == 3
    assert 'xml:lang="zh-CN"' in text
    with pytest.raises(CannotCarry, match="needs a <body>"):
        marked('<?xml version="1.0"?><html><head/></html>', "x.xhtml")


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<html><frameset><frame src=a></frameset></html>", "frameset"),
        ("---\nlayout: x\n---\n<p>a</p>", "template"),
        ("<html><head><title>t</title></head><body> </body></html>", "nothing to label"),
        ("", "nothing to label"),
        ("<p>a</p><!-- open", "not closed"),
        ("<p>a</p><script>open", "not closed"),
        ("<p>a</p><plaintext>", "not closed"),
    ],
)
def test_refusals(page, said):
    with pytest.raises(CannotCarry, match=said):
        marked(page, places=ENDS)


def test_a_long_page_of_an_encoding_that_is_read_in_parts():
    page = "<p>文</p>\n" * 80_000
    with pytest.raises(CannotCarry, match="UTF-8"):
        marked(page, encoding="utf-16")
    with pytest.raises(CannotCarry, match="characters"):
        marked("<p>a</p>", text="AI生成" * 60)


PIECES = st.sampled_from(
    ("<p>段落</p>", "<p>段", "<main>", "</main>", "<article>", "</article>", "<div>", "</div>",
     "<ul><li>", "</ul>", "<h1>题</h1>", "<!-- c -->", "<!--", "-->", "<script>", "</script>",
     "<template>", "</template>", "<body>", "</body>", "<head>", "</head>", "文", " \n ", "<pre>",
     "</pre>", "<p>由AI生成</p>", "<sup>AI</sup>", "<p hidden>", "</p>", "<title>", "</html>")
)  # fmt: skip


@given(
    st.lists(PIECES, max_size=12).map("".join),
    st.sampled_from((("start",), ("middle",), ("end",), ("start", "middle", "end"))),
    st.integers(0, 2),
    st.booleans(),
)
def test_all_that_was_there_stays_and_twice_is_once(page, places, paragraphs, corner):
    try:
        text, *_ = marked(page, places=places, paragraphs=paragraphs, corner_mark=corner)
    except AigcLabelError:
        return
    rest = iter(text)
    assert all(character in rest for character in page)


@pytest.mark.foreign
def test_chromium_shows_it_with_enough_contrast(tmp_path):
    from PIL import Image

    style = "<style>*{{color:#222;font-size:0}}body{{background:#111}}</style>"
    page = PAGE.replace("<title>", f"{style}<title>")
    source, shot = tmp_path / "page.html", tmp_path / "shot.png"
    source.write_text(marked(page.format("<h1>题</h1><p>文</p>"))[0], encoding="utf-8")
    chromium = shutil.which("chromium")
    subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=300,200",
         f"--user-data-dir={tmp_path}/profile", f"--screenshot={shot}", source.as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    grey = Image.open(shot).convert("L")
    plate = grey.point(lambda value: 255 * (value > 200)).getbbox()
    assert plate is not None
    assert 40 < plate[2] - plate[0] < 120  # as wide as the words, and not as the page
    darkest, lightest = grey.crop(plate).getextrema()
    assert (lightest / 255) ** 2.2 + 0.05 >= 4.5 * ((darkest / 255) ** 2.2 + 0.05)
