"""PDF objects: every way to write a string, and what is no object."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.containers.pdf import lexer
from aigc_label.containers.pdf.lexer import CutShort, Dictionary, Lexer, Name, Ref, literal, text
from aigc_label.errors import AssetError, LimitExceeded, Malformed


def value(data):
    return Lexer(data, final=True).value()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"null", None),
        (b"true", True),
        (b"false", False),
        (b"42", 42),
        (b"-7", -7),
        (b"--7", -7),
        (b"+3.50", 3.5),
        (b".5", 0.5),
        (b"12 0 R", Ref(12, 0)),
        (b"12 0 Right", 12),
        (b"12 0\nR/x", Ref(12, 0)),
        (b"% a remark\r\n  7", 7),
        (b"/Name", b"Name"),
        (b"/A#49GC(", b"AIGC"),
        (b"/A#4", b"A#4"),
        (b"/", b""),
        (b"[1 2 0 R/x(y)<41>[]]", [1, Ref(2, 0), b"x", b"y", b"A", []]),
        (b"<</A 1/B<</C[]>>/D>>", {b"A": 1, b"B": {b"C": []}}),
        (b"<</A 1/A 2>>", {b"A": 2}),
        (b"(a(b)c)", b"a(b)c"),
        (b"(a\\(b)", b"a(b"),
        (b"(\\101\\53\\0619\\8)", b"A+198"),
        (b"(\\501)", b"A"),
        (b"(a\\\r\nb\\\rc\\\nd)", b"abcd"),
        (b"(a\r\nb\rc\nd)", b"a\nb\nc\nd"),
        (b"(\\n\\r\\t\\b\\f\\\\\\q)", b"\n\r\t\b\f\\q"),
        (b"()", b""),
        (b"<48 65\n6C6c6F7\x00>", b"Hellop"),
        (b"<>", b""),
    ],
)
def test_objects(data, expected):
    found = value(data)
    assert found == expected
    assert type(found) is type(expected) or isinstance(found, (Name, Dictionary))


@pytest.mark.parametrize(
    "data",
    [
        b"<4x>",
        b"",
        b")",
        b"]",
        b"endobj",
        b"(open",
        b"<41",
        b"[1",
        b"<</A",
        b"<<1 2>>",
        b"<</A )>>",
        b"{}",
    ],
)
def test_what_is_no_object(data):
    with pytest.raises(Malformed):
        value(data)


@pytest.mark.parametrize("data", [b"12", b"(open" + b" " * 90, b"<41" * 30, b"[" + b"1 " * 90])
def test_an_object_may_go_on_behind_the_window(data):
    with pytest.raises(CutShort):
        Lexer(data).value()


@pytest.mark.parametrize(
    "data",
    [b"[" * 60 + b"]" * 60, b"<</A" * 60 + b">>" * 60, b"[" + b"1 " * lexer.MOST_TOKENS + b"]"],
)
def test_depth_and_number_are_bounded(data):
    with pytest.raises(LimitExceeded):
        value(data)


def test_entries_are_kept_as_they_are_written():
    found = value(b"<< /A#42 (x\\051)  /B % remark\n [1 0 R]/C<</D 1>> >>")
    assert found.entries(b"C") == [b"/A#42 (x\\051)", b"/B % remark\n [1 0 R]"]


@pytest.mark.parametrize(
    ("string", "expected"),
    [
        (b"plain", "plain"),
        (b"\xfe\xff\x70\x6f\x58\x54", "灯塔"),
        (b"\xff\xfe\x6f\x70", "灯"),
        (b"\xef\xbb\xbf\xe7\x81\xaf", "灯"),
        (b"\xe7\x81\xaf", "灯"),
        (b"caf\xe9 \x80\xa0", "café •€"),
        (b"\xfe\xff\x00\x1b\x00e\x00n\x00\x1b\x00A", "A"),
        (b"\xfe\xff\xd8\x00", "\ufffd"),
        (b"\xfe\xff\x00", "\ufffd"),
    ],
)
def test_text_strings(string, expected):
    assert text(string) == expected


@given(st.text())
def test_a_literal_reads_back(shown):
    shown = shown.encode("utf-8", "replace").decode()
    if not shown.startswith(("\xef\xbb\xbf", "\xfe\xff", "\x1b")) and "\x1b" not in shown:
        assert text(value(literal(shown))) == shown


@given(st.binary(max_size=300), st.booleans())
def test_bytes_give_an_object_or_an_error(data, final):
    with contextlib.suppress(AssetError):
        found = Lexer(data, final=final)
        found.value()
        assert 0 < found.at <= len(data)
