"""ZIP archives: the directory, members and edits, against the standard library's zipfile."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.asset import open_asset
from aigc_label.containers import archive
from aigc_label.containers.archive import rewriting
from aigc_label.errors import AssetError, CannotCarry, LimitExceeded, Malformed

PARTS = {"a.xml": b"<a/>" * 40, "media/b.bin": random.Random(1).randbytes(500), "灯塔.xml": b"c"}


class Pipe(io.BytesIO):
    def seekable(self):
        return False

    def seek(self, *_):
        raise io.UnsupportedOperation

    tell = seek


def packed(parts=PARTS, *, into=io.BytesIO, method=zipfile.ZIP_DEFLATED, comment=b"", wide=False):
    out = into()
    with zipfile.ZipFile(out, "w", method) as target:
        for name, data in parts.items():
            with target.open(name, "w", force_zip64=wide) as member:
                member.write(data)
        target.comment = comment
    return out.getvalue()


def widened(data: bytes) -> bytes:
    """With ZIP64 records at the end, and the offset of the last member in its extra field."""
    end = data.rindex(b"PK\5\6")
    count, _, start = struct.unpack_from("<H2I", data, end + 10)
    at = data.rindex(b"PK\1\2")
    names, extras = struct.unpack_from("<2H", data, at + 28)
    assert extras == 0
    extra = struct.pack("<2HQ", 1, 8, struct.unpack_from("<I", data, at + 42)[0])
    record = data[at : at + 30] + struct.pack("<H", len(extra)) + data[at + 32 : at + 42]
    record += b"\xff" * 4 + data[at + 46 : at + 46 + names] + extra
    listed = data[start:at] + record
    fields = (44, 45, 45, 0, 0, count, count, len(listed), start)
    wide = struct.pack("<4sQ2H2I4Q", b"PK\6\6", *fields)
    wide += struct.pack("<4sIQI", b"PK\6\7", 0, start + len(listed), 1)
    last = (0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return data[:start] + listed + wide + struct.pack("<4s4H2IH", b"PK\5\6", *last)


SHAPES = {
    "plain": packed(),
    "stored": packed(method=zipfile.ZIP_STORED),
    "streamed": packed(into=Pipe),
    "streamed-wide": packed(into=Pipe, wide=True),
    "wide-locals": packed(wide=True),
    "wide": widened(packed()),
    "comment": packed(comment=b"a comment"),
    "long-comment": packed(comment=b"x" * 60_000),
    "prefix": b"#!/bin/sh\n" + packed(),
    "wide-prefix": b"#!/bin/sh\n" + widened(packed()),
}


def edited(data: bytes, contents: dict[str, bytes]) -> bytes:
    with open_asset(data) as asset:
        out = io.BytesIO()
        rewriting.plan(asset, archive.directory(asset), contents).apply(asset, out)
        return out.getvalue()


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.mark.parametrize("shape", SHAPES)
def test_members_are_read(shape):
    with open_asset(SHAPES[shape]) as asset:
        directory = archive.directory(asset)
        read = {m.name: archive.content(asset, m) for m in directory.members}
        begun = {m.name: archive.beginning(asset, m, 7) for m in directory.members}
    assert read == PARTS
    assert begun == {name: data[:7] for name, data in PARTS.items()}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_changed_member_and_a_new_one(shape):
    made = edited(SHAPES[shape], {"a.xml": b"longer " * 300, "neu/ü.xml": b"new"})
    assert members(made) == {**PARTS, "a.xml": b"longer " * 300, "neu/ü.xml": b"new"}
    assert edited(made, {"neu/ü.xml": b"new"}) == made
    with open_asset(made) as asset:
        directory = archive.directory(asset)
        read = {m.name: archive.content(asset, m) for m in directory.members}
    assert read == members(made)


@pytest.mark.parametrize("shape", SHAPES)
def test_back_and_forth_leaves_no_dead_data(shape):
    once = edited(SHAPES[shape], {"a.xml": PARTS["a.xml"]})
    assert edited(edited(once, {"a.xml": b"other"}), {"a.xml": PARTS["a.xml"]}) == once
    assert once.count(b"PK\3\4") == len(PARTS)


@pytest.mark.parametrize("shape", ["plain", "stored", "streamed", "streamed-wide"])
def test_what_did_not_change_is_the_same_to_the_byte(shape):
    data = SHAPES[shape]
    made = edited(data, {"a.xml": b"x"})
    at, end = (
        data.index(b"media/b.bin") - 30,
        struct.unpack_from("<I", data, data.rindex(b"PK\5\6") + 16)[0],
    )
    assert data[at:end] in made


def test_a_comment_that_looks_like_an_end():
    with open_asset(packed(comment=b"PK\5\6 a comment that looks like an end" * 3)) as asset:
        assert len(archive.directory(asset).members) == 3


def test_a_directory_at_the_end_of_many_members_is_read_whole():
    many = {f"part-{n}.xml": b"%d" % n for n in range(3000)}
    with open_asset(packed(many)) as asset:
        assert len(archive.directory(asset).members) == 3000
        assert asset.reads <= 3


def test_the_first_member_is_seen_from_the_head():
    streamed = packed(into=Pipe, method=zipfile.ZIP_STORED)
    for data in (SHAPES["plain"], SHAPES["streamed"], SHAPES["stored"], streamed):
        assert archive.first(data, "a.xml") == ("a.xml", PARTS["a.xml"])
        assert archive.first(data, "b.xml") == ("a.xml", b"")
    assert archive.first(SHAPES["plain"][:36], "a.xml") == ("a.xml", b"")
    assert archive.first(b"PK\3\4") == ("", b"")
    assert archive.first(b"GIF89a") == ("", b"")
    broken = bytearray(SHAPES["plain"])
    broken[35] = 0xFF
    assert archive.first(bytes(broken), "a.xml") == ("a.xml", b"")


def at_record(data: bytes, name: bytes, offset: int, fmt: str, *values: int) -> bytes:
    at = data.rindex(name) - 46 + offset
    new = struct.pack(fmt, *values)
    return data[:at] + new + data[at + len(new) :]


def at_end(data: bytes, offset: int, fmt: str, *values: int) -> bytes:
    at = data.rindex(b"PK\5\6") + offset
    new = struct.pack(fmt, *values)
    return data[:at] + new + data[at + len(new) :]


PLAIN = SHAPES["plain"]
BAD_DIRECTORIES = {
    "no-end": (PLAIN[:-22], Malformed, "no end record"),
    "empty": (b"", Malformed, "no end record"),
    "volumes": (at_end(PLAIN, 4, "<2H", 1, 1), CannotCarry, "volumes"),
    "far": (at_end(PLAIN, 16, "<I", 1 << 30), Malformed, "not where"),
    "too-many": (
        at_end(widened(PLAIN), -20 - 56 + 24, "<2Q", 1 << 40, 1 << 40),
        LimitExceeded,
        ".",
    ),
    "too-large": (at_end(widened(PLAIN), -20 - 56 + 40, "<Q", 1 << 40), LimitExceeded, "directory"),
    "miscounted": (at_end(PLAIN, 8, "<2H", 4, 4), Malformed, "announces 4"),
    "uncounted": (at_end(PLAIN, 8, "<2H", 2, 2), Malformed, "announces 2"),
    "long-name": (at_record(PLAIN, b"media", 28, "<H", 9999), Malformed, "cut short"),
    "behind": (at_record(PLAIN, b"media", 42, "<I", 1 << 30), Malformed, "behind the directory"),
    "wide-astray": (at_end(widened(PLAIN), -12, "<Q", 5), None, ""),
    "wide-lost": (widened(PLAIN).replace(b"PK\6\6", b"PK\6\0"), Malformed, "ZIP64"),
    "tiny": (b"PK\5\6" + b"\xff" * 16 + b"\0\0", LimitExceeded, "directory"),
}


@pytest.mark.parametrize("what", BAD_DIRECTORIES)
def test_directories_that_lie(what):
    data, error, words = BAD_DIRECTORIES[what]
    with open_asset(data) as asset:
        if error is None:
            assert len(archive.directory(asset).members) == 3
            return
        with pytest.raises(error, match=words):
            archive.directory(asset)


BAD_MEMBERS = {
    "crc": (at_record(PLAIN, b"a.xml", 16, "<I", 1), Malformed, "checksum"),
    "size": (at_record(PLAIN, b"a.xml", 24, "<I", 1), Malformed, "checksum"),
    "huge": (at_record(PLAIN, b"a.xml", 24, "<I", 1 << 30), LimitExceeded, "limit"),
    "astray": (at_record(PLAIN, b"a.xml", 42, "<I", 3), Malformed, "not where"),
    "at-the-end": (
        at_record(PLAIN, b"a.xml", 42, "<I", PLAIN.index(b"PK\1\2") - 1),
        Malformed,
        ".",
    ),
    "method": (at_record(PLAIN, b"a.xml", 10, "<H", 12), Malformed, "method 12"),
    "encrypted": (at_record(PLAIN, b"a.xml", 8, "<H", 1), CannotCarry, "password"),
    "no-stream": (at_record(PLAIN, b"a.xml", 10, "<H", 8).replace(b"a.xml", b"a.xml", 1), None, ""),
}


@pytest.mark.parametrize("what", BAD_MEMBERS)
def test_members_that_lie(what):
    data, error, words = BAD_MEMBERS[what]
    with open_asset(data) as asset:
        member = archive.directory(asset).find("a.xml")
        if error is None:
            assert archive.content(asset, member) == PARTS["a.xml"]
            return
        with pytest.raises(error, match=words):
            archive.content(asset, member)


def test_a_bomb_stops_at_the_limit():
    data = packed({"a.xml": bytes(50 << 20)})
    for lie in (data, at_record(data, b"a.xml", 24, "<I", 100)):
        with open_asset(lie) as asset:
            member = archive.directory(asset).find("a.xml")
            with pytest.raises(LimitExceeded, match="MiB"):
                archive.content(asset, member)
            assert archive.beginning(asset, member, 10) == bytes(10)


def test_data_that_does_not_inflate():
    data = bytearray(PLAIN)
    data[35:40] = b"\xff" * 5
    with open_asset(bytes(data)) as asset:
        member = archive.directory(asset).find("a.xml")
        for read in (archive.content, lambda a, m: archive.beginning(a, m, 9)):
            with pytest.raises(Malformed, match="inflate"):
                read(asset, member)


def test_a_long_extra_field_in_front_of_the_data():
    info = zipfile.ZipInfo("a.xml")
    info.extra = struct.pack("<2H", 0xA220, 900) + bytes(900)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        target.writestr(info, b"content")
    data = at_record(out.getvalue(), b"a.xml", 30, "<H", 0)  # in the local header only
    end = data.index(b"PK\5\6")
    start = data.index(b"PK\1\2")
    data = data[: start + 51] + data[end:]
    data = at_end(data, 12, "<I", 51)
    with open_asset(data) as asset:
        assert archive.content(asset, archive.directory(asset).members[0]) == b"content"
    made = edited(data, {"a.xml": b"other"})
    assert members(made) == {"a.xml": b"other"}
    assert bytes(900) in made


def test_overlapping_members_are_not_edited():
    for at in (0, 3):
        data = at_record(PLAIN, b"media", 42, "<I", at)
        with pytest.raises(Malformed, match="overlaps"):
            edited(data, {"a.xml": b"x"})
    wrong = at_record(PLAIN, b"a.xml", 20, "<I", 5_000)
    with pytest.raises(Malformed, match="overlaps"):
        edited(wrong, {"media/b.bin": b"x"})


def test_a_name_that_stands_twice_is_not_edited():
    data = packed({"a.xml": b"1", "b.xml": b"2"}).replace(b"b.xml", b"a.xml")
    with open_asset(data) as asset:
        directory = archive.directory(asset)
        assert archive.content(asset, directory.find("a.xml")) == b"2"
        with pytest.raises(CannotCarry, match="twice"):
            rewriting.plan(asset, directory, {"a.xml": b"3"})


def test_a_directory_with_something_of_its_own_is_not_rewritten():
    end = PLAIN.index(b"PK\5\6")
    signature = b"PK\5\5\x04\0sign"
    size = struct.unpack_from("<I", PLAIN, end + 12)[0] + len(signature)
    signed = at_end(PLAIN[:end] + signature + PLAIN[end:], 12, "<I", size)
    with open_asset(signed) as asset:
        assert len(archive.directory(asset).members) == 3
    with pytest.raises(CannotCarry, match="signature"):
        edited(signed, {"a.xml": b"x"})


def test_a_descriptor_of_no_known_shape_is_left_alone():
    data = SHAPES["streamed"]
    at = data.index(b"PK\7\x08")
    odd = data[:at] + b"?" * 16 + data[at + 16 :]
    made = edited(odd, {"a.xml": b"x"})
    assert b"?" * 16 in made
    assert members(made)["a.xml"] == b"x"


def test_what_no_archive_without_zip64_can_count_is_refused(monkeypatch):
    monkeypatch.setattr(rewriting, "WIDE_32", 300)
    with pytest.raises(CannotCarry, match="outgrow"):
        edited(PLAIN, {"a.xml": b"x"})
    monkeypatch.setattr(rewriting, "WIDE_32", 0xFFFFFFFF)
    monkeypatch.setattr(rewriting, "WIDE_16", 3)
    with pytest.raises(CannotCarry, match="outgrow"):
        edited(PLAIN, {"a.xml": b"x"})


@given(data=st.data())
def test_damaged_archives_raise_nothing_else(data):
    name = data.draw(st.sampled_from(sorted(SHAPES.keys() - {"long-comment"})))
    hurt = bytearray(SHAPES[name])
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(hurt) - 1))
        hurt[at] = data.draw(st.sampled_from([0, 1, 8, 0x50, 0x7F, 0x80, 0xFF]))
    with contextlib.suppress(AssetError):
        made = edited(bytes(hurt), {"a.xml": b"changed", "new": b"n"})
        with open_asset(made) as asset:
            directory = archive.directory(asset)
            assert archive.content(asset, directory.find("a.xml")) == b"changed"
            for member in directory.members:
                archive.content(asset, member)
