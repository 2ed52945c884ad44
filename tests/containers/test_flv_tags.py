"""FLV's tags and AMF0's values: bounds, tolerance, and a walk that never raises."""

from __future__ import annotations

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aigc_label.asset import open_asset
from aigc_label.containers import amf0, flv
from aigc_label.edits import EditPlan
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed

HEAD = b"FLV\x01\x05" + (9).to_bytes(4) + bytes(4)
NAME = b"\x02\0\x0aonMetaData"


def tag(kind, body, length=None):
    size = len(body) if length is None else length
    return bytes([kind]) + size.to_bytes(3) + bytes(7) + body + (size + 11).to_bytes(4)


def walked(data):
    with open_asset(data) as asset:
        return [(t.kind, t.body, t.end) for t in flv.tags(asset)]


def named(name, value):
    return len(name).to_bytes(2) + name + value


@pytest.mark.parametrize(
    ("head", "good"),
    [
        (HEAD, True),
        (HEAD[:9], True),
        (HEAD[:8], False),
        (b"FLV\x02" + HEAD[4:], False),
        (b"FLV\x01\x05" + bytes(4), False),
    ],
)
def test_the_header(head, good):
    assert flv.is_header(head) is good


def test_a_longer_header_is_passed_over():
    long = b"FLV\x01\x05" + (12).to_bytes(4) + b"abc" + bytes(4)
    assert walked(long + tag(9, b"xy")) == [(9, 27, 29)]


def test_encrypted_tags_say_nothing():
    assert walked(HEAD + tag(0x32, b"secret")) == [(0, 24, 30)]


def test_a_last_tag_without_the_length_behind_it():
    assert walked((HEAD + tag(9, b"xy"))[:-4]) == [(9, 24, 26)]


def test_room_that_a_recorder_reserved_ends_the_film():
    assert walked(HEAD + tag(9, b"x") + bytes(100)) == [(9, 24, 25)]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (HEAD[:9] + b"\0", "header is longer"),
        (HEAD + tag(9, b"x", 2)[:-4], "not whole"),
        (HEAD + tag(7, b"x"), "no FLV tag"),
        (HEAD + tag(0x89, b"x"), "no FLV tag"),
        (HEAD + b"\x09\0\0", "no FLV tag"),
    ],
)
def test_damage(data, what):
    with pytest.raises(Malformed, match=what):
        walked(data)


def test_no_more_than_the_first_tags_are_walked():
    data = HEAD + tag(9, bytes(2000)) * 100
    with open_asset(data) as asset:
        assert len(list(flv.tags(asset))) == flv.MOST_TAGS
        assert asset.bytes_read < 200_000


def test_script_data_has_a_limit():
    big = tag(flv.SCRIPT, bytes(3 << 20))
    with open_asset(HEAD + big + big) as asset, pytest.raises(LimitExceeded, match="4 MiB"):
        list(flv.scripts(asset))


def test_new_data_brings_its_lengths():
    data = HEAD + tag(18, b"old") + tag(9, b"x")
    with open_asset(data) as asset:
        ((first, _),) = flv.scripts(asset)
        view = EditPlan(flv.replaced(first, b"longer")).view(asset)
        assert view.read(0, view.size) == HEAD + tag(18, b"longer") + tag(9, b"x")
        (same,) = flv.replaced(first, b"new")
        assert same.data == b"new"
    assert flv.script_tag(b"abc") == tag(18, b"abc")
    with pytest.raises(CannotCarry, match="16 MiB"):
        flv.script_tag(bytes(1 << 24))


VALUES = {
    "number": b"\0" + struct.pack(">d", 1.5),
    "boolean": b"\x01\x01",
    "string": b"\x02\0\x01a",
    "null": b"\x05",
    "undefined": b"\x06",
    "reference": b"\x07\0\x01",
    "date": b"\x0b" + bytes(10),
    "long string": b"\x0c\0\0\0\x02ab",
    "unsupported": b"\x0d",
    "xml": b"\x0f\0\0\0\x02ab",
    "list": b"\x0a\0\0\0\x02\x05\x02\0\0",
    "numbers": b"\x0a\0\0\0\x02" + bytes(18),
    "no numbers": b"\x0a\0\0\0\0",
    "object": b"\x03" + named(b"k", b"\x05") + b"\0\0\x09",
    "array": b"\x08\0\0\0\x09" + named(b"k", b"\x05") + b"\0\0\x09",
    "typed": b"\x10\0\x01T" + named(b"k", b"\x05") + b"\0\0\x09",
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_every_kind_of_value_is_stepped_over(value):
    data = NAME + b"\x08\0\0\0\x02" + named(b"a", value) + named(b"z", b"\x02\0\x01!") + b"\0\0\x09"
    items, fault = amf0.walk(data)
    assert fault is None
    last = items[-1]
    assert (last.names, amf0.text(data, last)) == ((b"z",), b"!")
    main = items[1]
    assert (main.last, main.end, last.holder) == (len(data) - 3, len(data), main.start)


def test_numbers_are_one_item():
    items, _ = amf0.walk(NAME + b"\x03" + named(b"i", b"\x0a\0\0\x03\xe8" + bytes(9000)))
    assert [item.kind for item in items] == [amf0.STRING, amf0.OBJECT, amf0.NUMBERS]


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x11",
        b"\x04",
        b"\x0e",
        b"\x02\xff\xff",
        b"\0\0",
        b"\x0a\xff\xff\xff\xff\x05",
        b"\x0a\0\0\0\x03" + bytes(18) + b"\x11",
        b"\x03\0\0\x05",
    ],
)
def test_what_cannot_be_read_ends_the_walk(value):
    data = NAME + b"\x03" + named(b"a", b"\x05") + named(b"b", value)
    items, fault = amf0.walk(data)
    assert fault is not None
    assert (b"a",) in [item.names for item in items]


def test_an_end_marker_may_be_missing_at_the_very_end():
    items, fault = amf0.walk(NAME + b"\x08\0\0\0\x01" + named(b"a", b"\x05"))
    assert fault is None
    assert items[1].last == items[1].end == items[2].end


def test_depth_and_number_are_bounded():
    assert amf0.walk(NAME + b"\x03" + named(b"a", b"\x03") * 100).fault is not None
    assert amf0.walk(NAME + b"\x0a\0\x01\0\0" + b"\x05" * 65536).fault is not None


@given(data=st.binary() | st.lists(st.sampled_from([*VALUES.values(), b"\0\x01k"])).map(b"".join))
@example(data=b"\x0a\xff\xff\xff\xff" * 5000)
@example(data=b"\x03\0\x01a" * 5000)
@example(data=b"\x0a\xff\xff\xff\xff" + bytes(9 * 200_000))
def test_the_walk_is_total(data):
    items, fault = amf0.walk(NAME + data)
    assert all(0 <= i.at <= i.start < i.last <= i.end <= len(NAME + data) for i in items)
    assert fault is None or 0 <= fault <= len(NAME + data)
