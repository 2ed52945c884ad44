import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from aigc_label.asset import open_asset
from aigc_label.containers.text_bytes import WHOLE_LIMIT
from aigc_label.detect import text as detect
from aigc_label.errors import AigcLabelError, CannotCarry
from aigc_label.explicit.text import MARKER
from aigc_label.explicit_label import ExplicitLabel
from aigc_label.formats import markdown, plaintext

FORMATS = {"x.md": markdown.FORMAT, "x.txt": plaintext.FORMAT}
DETECTORS = {"x.md": detect.MARKDOWN, "x.txt": detect.PLAINTEXT}
MIDDLE = {"places": ("middle",)}
CORNER = {"corner_mark": True}


def marked(data, name="x.md", **asked):
    """The marked text and what was said; marking it once more changes nothing."""
    data = data.encode() if isinstance(data, str) else data
    with open_asset(data, name=name) as asset:
        result, mark, notes = MARKER.mark(asset, FORMATS[name], ExplicitLabel(**asked), None)
        done = result.read(0, result.size)
    with open_asset(done, name=name) as asset:
        again, same, _ = MARKER.mark(asset, FORMATS[name], ExplicitLabel(**asked), None)
        assert again is asset, again.read(0, again.size)
        assert same.place == mark.place
    return done, mark, notes


def look(data, name="x.md"):
    with open_asset(data, name=name) as asset:
        return [(m.place, m.text) for m in DETECTORS[name].look(asset)]


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("一\n\n二\n\n三\n\n四\n", "一\n\n二\n\n> AI生成\n\n三\n\n四\n"),
        ("# 题\n\n一\n\n二\n", "# 题\n\n一\n\n> AI生成\n\n二\n"),
        ("一一一\n一\n# 题\n二二二\n", "一一一\n一\n\n> AI生成\n\n# 题\n二二二\n"),
        ("一\n  \n二\n", "一\n\n> AI生成\n  \n二\n"),
        ("一\r\n\r\n二", "一\r\n\r\n> AI生成\r\n\r\n二"),
        # behind none that leads to a list, a table or code, as long as there is another
        (
            "一\n\n二如下：\n\n- a\n- b\n\n三\n\n四\n",
            "一\n\n> AI生成\n\n二如下：\n\n- a\n- b\n\n三\n\n四\n",
        ),
        ("一：\n\n- a\n", "一：\n\n> AI生成\n\n- a\n"),
        # within none of these
        ("- a\n\n  b\n\n  c\n\n一\n\n二\n", "- a\n\n  b\n\n  c\n\n一\n\n> AI生成\n\n二\n"),
        ("```\na\n\nb\n\nc\n```\n\n一\n\n二\n", "```\na\n\nb\n\nc\n```\n\n一\n\n> AI生成\n\n二\n"),
        (
            "<details>\n\na\n\nb\n\n</details>\n\n一\n\n二\n",
            "<details>\n\na\n\nb\n\n</details>\n\n一\n\n> AI生成\n\n二\n",
        ),
        ("一\n===\n\n二\n\n三\n", "一\n===\n\n二\n\n> AI生成\n\n三\n"),
        ("零\n\t- a\n\n一\n\n二\n", "零\n\t- a\n\n一\n\n> AI生成\n\n二\n"),
        ("> 引\n续\n\n一\n\n二\n", "> 引\n续\n\n一\n\n> AI生成\n\n二\n"),
    ],
)
def test_between_the_paragraphs_nearest_the_half(text, after):
    data, mark, notes = marked(text, **MIDDLE)
    assert data.decode() == after
    assert (mark.text, mark.place, notes) == ("AI生成", "middle", ())
    assert ("AI生成") in [words for _, words in look(data)]
    assert "<blockquote>\n<p>AI生成</p>" in MarkdownIt().render(after)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("一\n\n二\n\n三\n", "一\n\nAI生成\n\n二\n\n三\n"),
        ("一\n二\n三\n四\n", "一\n二\n\nAI生成\n\n三\n四\n"),  # lines are paragraphs
        ("一\n二\n\n三\n四", "一\n二\n\nAI生成\n\n三\n四"),
    ],
)
def test_in_the_middle_of_plain_text(text, after):
    for encoding, bom in (("utf-8", b""), ("gb18030", b""), ("utf-16-le", codecs.BOM_UTF16_LE)):
        data, *_ = marked(bom + text.encode(encoding), "x.txt", **MIDDLE)
        assert data == bom + after.encode(encoding)


def test_a_prompt_in_the_middle_is_kept():
    text = f"{'一' * 80}\n\n二\n\n（以上内容由AI生成）\n\n{'三' * 80}\n\n四\n"
    assert marked(text, **MIDDLE)[0].decode() == text
    assert marked(text, places=("start",))[0].decode() == f"> AI生成\n\n{text}"


def test_a_text_without_a_middle():
    with pytest.raises(CannotCarry, match="no two paragraphs"):
        marked("一段。\n", **MIDDLE)
    data, mark, notes = marked("一段。\n", places=("start", "middle"))
    assert (data.decode(), mark.place) == ("> AI生成\n\n一段。\n", "start")
    assert "no two paragraphs" in notes[0]


def test_behind_every_so_many_paragraphs():
    text = "\n\n".join("甲乙丙丁戊己")
    data = marked(text, paragraphs=2)[0].decode()
    assert (
        data == "> AI生成\n\n甲\n\n乙\n\n> AI生成\n\n丙\n\n丁\n\n> AI生成\n\n戊\n\n己\n\n> AI生成"
    )
    assert marked(text, paragraphs=2, places=("start", "end"))[0].decode() == data
    data = marked("甲\n\n乙：\n\n- a\n\n丙\n\n丁\n", paragraphs=2, places=("end",))[0].decode()
    assert data == "甲\n\n乙：\n\n- a\n\n丙\n\n> AI生成\n\n丁\n\n> AI生成\n"
    lines = marked("甲\n乙\n丙\n丁\n戊\n", "x.txt", paragraphs=2)[0].decode()
    assert lines == "AI生成\n\n甲\n乙\n\nAI生成\n\n丙\n丁\n\nAI生成\n\n戊\n"


@pytest.mark.parametrize("name", ["x.md", "x.txt"])
def test_words_of_another_regime_are_known_again(name):
    asked = {"text": "AI-generated *content*", "regime": "eu", "paragraphs": 1}
    text = "One.\n\nTwo.\n\nThree."
    done = marked(text, name, **asked, places=("start", "middle", "end"))[0].decode()
    assert done.count("AI-generated") == 4
    assert "【" not in done


def test_only_the_ends_of_a_long_text_are_read():
    long = "一段。\n\n" * (WHOLE_LIMIT // 10)
    for asked in (MIDDLE, {"paragraphs": 5}):
        with pytest.raises(CannotCarry, match="only the ends are read"):
            marked(long, **asked)
    assert marked(long, corner_mark=True, places=("start", "end"))[0].decode() == (
        f"一段。<sup>AI</sup>\n\n{long[5:-2]}<sup>AI</sup>\n\n"
    )


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("# 题 #\n\n一\n", "# 题<sup>AI</sup> #\n\n一\n"),
        ("题\n===\n\n一\n", "题<sup>AI</sup>\n===\n\n一\n"),
        ("- a\n\n一  \n二  \n", "- a\n\n一  \n二<sup>AI</sup>  \n"),
        ("---\na: b\n---\n一\n", "---\na: b\n---\n一<sup>AI</sup>\n"),
        (
            "字" * 70 + "\n" + "句" * 70 + "\n末\n\n" + "二" * 200,
            "字" * 70 + "\n" + "句" * 70 + "\n末<sup>AI</sup>\n\n" + "二" * 200,
        ),
    ],
)
def test_corner_marks_in_markdown(text, after):
    data, mark, _ = marked(text, **CORNER)
    assert (data.decode(), mark.text) == (after, "AI")
    assert look(data) == [("start", "AI")] or "- a" in text


def test_corner_marks_elsewhere():
    text = "# 题\n\n一\n\n二二二\n\n三三三三三三\n\n四\n"
    data = marked(text, **CORNER, places=("start", "middle", "end"))[0].decode()
    assert (
        data
        == "# 题<sup>AI</sup>\n\n一\n\n二二二<sup>AI</sup>\n\n三三三三三三\n\n四<sup>AI</sup>\n"
    )
    data = marked(text, **CORNER, paragraphs=3, places=("end",))[0].decode()
    assert data == "# 题\n\n一\n\n二二二\n\n三三三三三三<sup>AI</sup>\n\n四<sup>AI</sup>\n"
    data, *_ = marked("题\n一\n", "x.txt", **CORNER, places=("start", "end"))
    assert data.decode() == "题ᴬᴵ\n一ᴬᴵ\n"
    assert look(data, "x.txt") == [("start", "AI"), ("end", "AI")]
    assert marked("一段", **CORNER, places=("start", "end"))[0].decode() == "一段<sup>AI</sup>"


def test_nothing_for_a_corner_mark_to_stand_behind():
    with pytest.raises(CannotCarry, match="heading or a paragraph"):
        marked("- a\n- b\n", **CORNER)


PIECES = st.sampled_from(
    ("段落", "# 题", "- 项", "> 引", "```", "    码", "| a | b |", "---", "===", "<div>", "</div>",
     "<!-- c", "-->", "AI生成", "由AI合成", "ᴬᴵ", "x<sup>AI</sup>", "", "", "  续", "1. 一")
)  # fmt: skip


@given(
    st.lists(PIECES, min_size=1, max_size=14).map("\n".join),
    st.sampled_from((("start",), ("middle",), ("end",), ("start", "middle", "end"))),
    st.integers(0, 3),
    st.booleans(),
    st.sampled_from(("x.md", "x.txt")),
)
def test_all_that_was_there_stays_and_twice_is_once(text, places, paragraphs, corner, name):
    try:
        data, *_ = marked(text, name, places=places, paragraphs=paragraphs, corner_mark=corner)
    except AigcLabelError:
        return
    rest = iter(data.decode())
    assert all(character in rest for character in text)  # in that order
