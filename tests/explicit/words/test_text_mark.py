import codecs
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from aigc_label import wording
from aigc_label.asset import open_asset
from aigc_label.containers.text_bytes import WHOLE_LIMIT
from aigc_label.detect import text as detect
from aigc_label.errors import AigcLabelError, CannotCarry
from aigc_label.explicit.text import MARKER
from aigc_label.explicit_label import ExplicitLabel
from aigc_label.formats import markdown, plaintext
from aigc_label.model import FoundMark

BOTH = ("start", "end")
FORMATS = {"x.md": markdown.FORMAT, "x.txt": plaintext.FORMAT}
DETECTORS = {"x.md": detect.MARKDOWN, "x.txt": detect.PLAINTEXT}


def marked(data, name="x.md", *, words="AI生成", places=("start",)):
    """The marked bytes, the mark, and whether the asset came back as it was."""
    data = data.encode() if isinstance(data, str) else data
    with open_asset(data, name=name) as asset:
        explicit = ExplicitLabel(text=words, places=places)
        result, mark, _ = MARKER.mark(asset, FORMATS[name], explicit, None)
        return result.read(0, result.size), mark, result is asset


def look(data, name="x.md"):
    with open_asset(data, name=name) as asset:
        return [(m.place, m.text) for m in DETECTORS[name].look(asset)]


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("# 灯塔\n\n正文\n", "> AI生成\n\n# 灯塔\n\n正文\n\n> AI生成\n"),
        ("正文", "> AI生成\n\n正文\n\n> AI生成"),
        ("正文\n\n\n", "> AI生成\n\n正文\n\n> AI生成\n\n\n"),
        ("---\na: b\n---\n正文\n", "---\na: b\n---\n\n> AI生成\n\n正文\n\n> AI生成\n"),
        ("---\na: b\n---\n\n正文\n", "---\na: b\n---\n\n> AI生成\n\n正文\n\n> AI生成\n"),
        ("<!-- c\nd -->\n\n正文\n", "<!-- c\nd -->\n\n> AI生成\n\n正文\n\n> AI生成\n"),
        ("<!-- c\nd --> 正文\n", "> AI生成\n\n<!-- c\nd --> 正文\n\n> AI生成\n"),
        ("标题\n===\n\n正文\n", "> AI生成\n\n标题\n===\n\n正文\n\n> AI生成\n"),
        ("> 引文\n续\n", "> AI生成\n\n> 引文\n续\n\n> AI生成\n"),
        ("+++\na = 1\n+++\n\n正文\n", "+++\na = 1\n+++\n\n> AI生成\n\n正文\n\n> AI生成\n"),
        ('{"a": 1}\n正文\n', '{"a": 1}\n\n> AI生成\n\n正文\n\n> AI生成\n'),
        ("正文\r\n", "> AI生成\r\n\r\n正文\r\n\r\n> AI生成\r\n"),
        ("```\ncode\n", "> AI生成\n\n```\ncode\n"),
        ("正文\n\n<!-- open\n", "> AI生成\n\n正文\n\n<!-- open\n"),
    ],
)
def test_where_the_words_stand_in_markdown(text, after):
    data, mark, _ = marked(text, places=BOTH)
    assert data.decode() == after
    assert mark == FoundMark(kind="text", text="AI生成", place="start")
    assert marked(data, places=BOTH) == (data, mark, True)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("灯塔\n\n正文\n", "AI生成\n\n灯塔\n\n正文\n\nAI生成\n"),
        ("\n\n正文", "\n\nAI生成\n\n正文\n\nAI生成"),
        ("---\na: b\n---\n", "AI生成\n\n---\na: b\n---\n\nAI生成\n"),
        ("```\ncode\n", "AI生成\n\n```\ncode\n\nAI生成\n"),
        ("正文\r", "AI生成\r\r正文\r\rAI生成\r"),
    ],
)
def test_where_they_stand_in_plain_text(text, after):
    for encoding, bom in (("utf-8", codecs.BOM_UTF8), ("utf-16-be", codecs.BOM_UTF16_BE)):
        data, mark, _ = marked(bom + text.encode(encoding), "x.txt", places=BOTH)
        assert data == bom + after.encode(encoding)
        assert marked(data, "x.txt", places=BOTH) == (data, mark, True)


def test_one_place_only():
    assert marked("正文\n")[0].decode() == "> AI生成\n\n正文\n"
    data, mark, _ = marked("正文\n", places=("end",))
    assert (data.decode(), mark.place) == ("正文\n\n> AI生成\n", "end")
    data, mark, _ = marked("```\n正文\n", places=("end",))  # the end is inside the code block
    assert (data.decode(), mark.place) == ("> AI生成\n\n```\n正文\n", "start")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.md", "# 灯塔\n\n> 本内容由 Coze AI 生成，请仔细甄别\n\n正文。\n"),
        ("x.md", "（本文由AI生成）" + "灯塔在夜里发光。" * 30),
        ("x.txt", "本文由人工智能生成\n灯塔在夜里发光。\n"),
    ],
)
def test_words_that_are_there_are_kept(name, text):
    data, mark, same = marked(text, name)
    assert (data.decode(), same) == (text, True)
    assert mark.text in text
    assert wording.is_prompt(mark.text)


def test_an_article_about_the_matter_is_marked():
    data, _, same = marked("# AI生成技术综述\n\n人工智能生成内容正在改变行业。\n")
    assert not same
    assert data.decode().startswith("> AI生成\n\n# AI生成技术综述")


@pytest.mark.parametrize("text", ["", "\n \n", "---\na: b\n---\n", "<!-- only a comment -->\n"])
def test_nothing_to_label(text):
    with pytest.raises(CannotCarry, match="no text to label"):
        marked(text)


@pytest.mark.parametrize("words", ["1. AI生成", "- AI生成", "# AI生成", "<!-- AI生成", "2) AI合成"])
def test_words_that_markdown_would_take_for_markup(words):
    data, mark, _ = marked("正文\n", words=words)
    assert f"<blockquote>\n<p>{mark.text}</p>" in MarkdownIt().render(data.decode()).replace(
        "&lt;", "<"
    )


def test_words_nobody_would_read():
    with pytest.raises(CannotCarry, match="200"):
        marked("正文", words="AI生成" + "很" * 200)


def test_a_gb18030_text_stays_one():
    text = "灯塔\n\n灯塔在夜里发光，指引船只回家。\n"
    data, _, _ = marked(text.encode("gbk"), "x.txt", places=BOTH)
    assert data.decode("gbk") == f"AI生成\n\n{text}\nAI生成\n"


@pytest.mark.parametrize("newline_at_end", [True, False])
def test_a_long_text_is_marked_at_both_ends(newline_at_end):
    text = "一行正文。\n" * (WHOLE_LIMIT // 16 + 1) + ("" if newline_at_end else "末行")
    data, _, _ = marked(text, "x.txt", places=BOTH)
    end = "\nAI生成\n" if newline_at_end else "\n\nAI生成"
    assert data.decode() == f"AI生成\n\n{text}{end}"
    one_line = "x" * (WHOLE_LIMIT + 1)
    assert marked(one_line, places=("end",))[0].decode() == f"{one_line}\n\n> AI生成"


@pytest.mark.parametrize(
    "body",
    [
        "Title\n---\n\ntext\n",
        "- a\n- b\n\n  c\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "    indented code\n",
        "> quote\nlazy\n",
        "```python\nprint()\n```\n",
        "***\n\ntext\n",
        "[a][1]\n\n[1]: http://x\n",
        "<div>\nraw\n</div>\n",
        "1. a\n   ```\n   code\n   ```\n",
    ],
)
def test_a_renderer_shows_the_words_and_the_same_body(body):
    html = MarkdownIt().enable("table").render(marked(body, places=BOTH)[0].decode())
    quote = "<blockquote>\n<p>AI生成</p>\n</blockquote>\n"
    assert html == quote + MarkdownIt().enable("table").render(body) + quote


def shown_text(html):
    plain = re.sub(r"<[^>]+>", "", html.split("</blockquote>")[0])
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        plain = plain.replace(entity, char)
    return plain.strip()


@given(
    st.text(st.characters(codec="ascii", exclude_categories=["C"]), max_size=12)
    | st.text("*_`[]<>#-+.1)(\\&!~|", max_size=8)
)
def test_any_words_are_shown_as_they_are_and_found_again(text):
    words = f"{text}AI生成".strip()
    try:
        ExplicitLabel(text=words)
    except AigcLabelError:
        return
    for name in FORMATS:
        data, mark, _ = marked("正文\n", name, words=words)
        assert ("start", mark.text) in look(data, name) or name == "x.md"
        assert [place for place, _ in look(data, name)] == ["start"]
        assert marked(data, name, words=words)[2]
        if name == "x.md":
            assert shown_text(MarkdownIt().render(data.decode())) == mark.text


@given(
    st.text(max_size=120) | st.text("AI生成 \n>#*`<!->-~正文", max_size=120),
    st.sampled_from(sorted(FORMATS)),
)
def test_arbitrary_text_is_marked_once_or_refused(text, name):
    try:
        data, mark, _ = marked(text.encode("utf-8", "surrogatepass"), name, places=BOTH)
    except AigcLabelError:
        return
    assert mark.place in [place for place, _ in look(data, name)]
    assert marked(data, name, places=BOTH)[0] == data
    kept = data.decode()
    assert len(kept) >= len(text.removeprefix("\ufeff"))
