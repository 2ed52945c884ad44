import codecs
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.asset import open_asset
from aigc_label.containers import text_bytes
from aigc_label.containers.text_bytes import HEAD_LIMIT, TAIL_LIMIT, WHOLE_LIMIT
from aigc_label.edits import EditPlan
from aigc_label.errors import AigcLabelError, CannotCarry, Malformed

CHINESE = "标题\r\n\r\n本文介绍人工智能的发展，欢迎阅读。\r\n"


def head(data: bytes) -> text_bytes.TextPart:
    with open_asset(data) as asset:
        return text_bytes.head_of(asset)


@pytest.mark.parametrize(
    ("data", "encoding", "base"),
    [
        (CHINESE.encode(), "utf-8", 0),
        (codecs.BOM_UTF8 + CHINESE.encode(), "utf-8", 3),
        (codecs.BOM_UTF16_LE + CHINESE.encode("utf-16-le"), "utf-16-le", 2),
        (codecs.BOM_UTF16_BE + CHINESE.encode("utf-16-be"), "utf-16-be", 2),
        (CHINESE.encode("gb18030"), "gb18030", 0),
        (CHINESE.encode("gbk"), "gb18030", 0),
    ],
)
def test_encodings_are_told_apart(data, encoding, base):
    part = head(data)
    assert (part.text, part.encoding, part.base) == (CHINESE, encoding, base)
    assert part.newline == "\r\n"
    assert part.at_start
    assert part.at_end


@pytest.mark.parametrize(
    "data",
    [
        "café à la".encode("latin-1"),
        "Un été à la forêt où l'âne brait, très fâché".encode("latin-1"),
        "これはシフトJISの文章です。漢字とかなが混ざる。".encode("shift-jis"),
        "這是一篇繁體中文的文章，歡迎閱讀。".encode("big5"),
        "Привет, это обычный русский текст".encode("cp1251"),
        "中文正文，".encode() + b"\xff\xfe" + "后面还有一段正文。".encode(),
        codecs.BOM_UTF32_LE + "text".encode("utf-32-le"),
        codecs.BOM_UTF8 + b"\xff",
        codecs.BOM_UTF16_LE + b"odd",
    ],
    ids=[
        "latin-1-short",
        "latin-1",
        "shift-jis",
        "big5",
        "cp1251",
        "damaged",
        "utf-32",
        "bom-only",
        "odd",
    ],
)
def test_what_cannot_be_decided_is_refused_with_a_remedy(data):
    with pytest.raises(Malformed, match="save it as UTF-8"):
        head(data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", True),
        (b"plain\ttext\x1b[0m\f\n", True),
        ("été".encode("latin-1"), True),  # claimed, so that reading it can say what to do
        (codecs.BOM_UTF16_LE + "文".encode("utf-16-le"), True),
        (codecs.BOM_UTF32_BE + b"\0\0\0a", True),
        (b"text\0more", False),
        ("文本".encode("utf-16-le") + b"a\0", False),
        (codecs.BOM_UTF16_LE + b"a\0\0\0", False),
        (b"\x89PNG\r\n\x1a\n", False),
    ],
)
def test_binary_is_not_taken_for_text(data, expected):
    assert text_bytes.looks_textual(data) is expected


@given(
    st.text(st.characters(codec="utf-8")),
    st.text(st.characters(codec="utf-8"), min_size=1),
    st.data(),
)
def test_a_splice_changes_exactly_its_characters(text, replacement, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    for encoding, bom in (("utf-8", b""), ("utf-16-le", codecs.BOM_UTF16_LE)):
        if text[:1] in ("\0", "\ufeff"):  # would read as another byte-order mark
            continue
        with open_asset(bom + text.encode(encoding)) as asset:
            part = text_bytes.head_of(asset)
            assert part.text == text
            plan = EditPlan([part.splice(start, end, replacement)])
            out = io.BytesIO()
            plan.apply(asset, out)
        assert out.getvalue() == bom + (text[:start] + replacement + text[end:]).encode(encoding)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_give_a_text_or_an_error(data):
    with open_asset(data) as asset:
        try:
            part = text_bytes.head_of(asset)
        except AigcLabelError:
            return
    assert part.offset(len(part.text)) == len(data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "gb18030"])
def test_a_long_text_is_read_at_both_ends(encoding):
    bom = codecs.BOM_UTF16_LE if encoding == "utf-16-le" else b""
    line = "这是第一行正文，长度是奇数a\n"
    data = bom + (line * (WHOLE_LIMIT // 16)).encode(encoding) + "最后一行".encode(encoding)
    assert len(data) > WHOLE_LIMIT
    with open_asset(data) as asset:
        first = text_bytes.head_of(asset)
        last = text_bytes.tail_of(asset, first)
        assert asset.bytes_read <= 16_384 + HEAD_LIMIT + TAIL_LIMIT + 2
    assert first.text.startswith(line)
    assert not first.at_end
    assert last is not None
    assert last.at_end
    assert last.text.endswith(line + "最后一行")
    assert last.text.startswith(line)
    assert data[last.base :].decode(encoding) == last.text
    assert last.offset(len(last.text)) == len(data)


def test_a_line_feed_is_not_found_between_two_characters():
    line = "\u0a41\u4e00\n"  # in UTF-16-LE 41 0A 00 4E 0A 00
    data = codecs.BOM_UTF16_LE + (line * (WHOLE_LIMIT // 6 + 1)).encode("utf-16-le")
    with open_asset(data) as asset:
        last = text_bytes.tail_of(asset, text_bytes.head_of(asset))
    assert last is not None
    assert set(last.text.split("\n")) == {"\u0a41\u4e00", ""}


def test_what_the_encoding_cannot_hold():
    with pytest.raises(CannotCarry, match=r"U\+D800 cannot be written in utf-8"):
        head(b"text").splice(0, 0, "\ud800")


def test_the_end_of_a_file_of_one_line_has_no_whole_line():
    data = b"x" * (WHOLE_LIMIT + 1)
    with open_asset(data) as asset:
        last = text_bytes.tail_of(asset, text_bytes.head_of(asset))
    assert last is not None
    assert (last.text, last.base) == ("", len(data))


def test_a_file_that_is_no_text_further_on():
    data = "正文\n".encode() * (WHOLE_LIMIT // 7 + 1) + b"\n\xff\xff\n"
    with open_asset(data) as asset:
        first = text_bytes.head_of(asset)
        with pytest.raises(Malformed, match="as its beginning says"):
            text_bytes.tail_of(asset, first)
