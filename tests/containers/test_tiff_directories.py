"""TIFF directories: byte orders, widths, loops, bounds, and whose sensor data is not ours."""

from __future__ import annotations

import struct

import pytest

from aigc_label.asset import open_asset
from aigc_label.containers import tiff
from aigc_label.edits import EditPlan
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed

XMP = 0x02BC
FLAVOURS = [("<", False), (">", False), ("<", True), (">", True)]


def header(order, big, first):
    mark = b"II" if order == "<" else b"MM"
    if big:
        return mark + struct.pack(order + "HHHQ", 43, 8, 0, first)
    return mark + struct.pack(order + "HL", 42, first)


def table(order, big, rows, after=0):
    """Rows of tag, type, count and a number in the value's place."""
    number, row, offset = ("Q", "HHQQ", "Q") if big else ("H", "HHLL", "L")
    out = struct.pack(order + number, len(rows))
    for tag, kind, count, value in rows:
        short = kind == 3 and count == 1 and order == ">"  # it stands at the left of its field
        field = value << (48 if big else 16) if short else value
        out += struct.pack(order + row, tag, kind, count, field)
    return out + struct.pack(order + offset, after)


def simple(rows, order="<", *, big=False, after=0):
    at = 16 if big else 8
    return header(order, big, at) + table(order, big, rows, after)


def walked(data, wanted=(XMP, 256)):
    with open_asset(data) as asset:
        return list(tiff.pages(asset, wanted))


@pytest.mark.parametrize(("order", "big"), FLAVOURS)
def test_entries_of_every_flavour(order, big):
    data = simple([(256, 3, 1, 640), (259, 3, 1, 1), (XMP, 7, 40, 200)], order, big=big)
    (page,) = walked(data.ljust(240, b"x"))
    assert [entry.tag for entry in page.entries] == [256, XMP]
    assert page.length == 3
    assert (page.find(XMP).start, page.find(XMP).size) == (200, 40)
    with open_asset(data.ljust(240, b"x")) as asset:
        assert tiff.number(asset, page.kind, page.find(256)) == 640
        assert tiff.value(asset, page.find(XMP), 9) == b"x" * 9


@pytest.mark.parametrize(("order", "big"), FLAVOURS)
@pytest.mark.parametrize("had", [False, True], ids=["new", "pointed"])
def test_a_value_at_the_end_moves_nothing(order, big, had):
    rows = [(254, 4, 1, 0), *([(XMP, 1, 9, 100)] if had else []), (40000, 3, 1, 5)]
    data = simple(rows, order, big=big).ljust(123, b"x")
    with open_asset(data) as asset:
        (page,) = tiff.pages(asset, (XMP,))
        made = EditPlan(tiff.with_value(asset, page, XMP, b"a packet of XMP")).view(asset)
        made = made.read(0, made.size)
    (new,) = walked(made, (254, XMP, 40000))
    assert [entry.tag for entry in new.entries] == [254, XMP, 40000]
    entry = new.find(XMP)
    assert entry.kind == tiff.UNDEFINED
    assert made[entry.start : entry.start + entry.size] == b"a packet of XMP"
    assert entry.start == 124
    assert len(made) % 2 == 0 or had
    assert made[40:123] == data[40:123] or had
    assert (new.at == page.at) is had


def test_the_next_page_follows_the_rewritten_first():
    first = table("<", False, [(256, 3, 1, 1)], after=60)
    data = (header("<", False, 8) + first).ljust(60, b"\0") + table("<", False, [(256, 3, 1, 2)])
    with open_asset(data) as asset:
        page = next(tiff.pages(asset, (XMP,)))
        made = EditPlan(tiff.with_value(asset, page, XMP, b"packet")).view(asset)
        found = list(tiff.pages(made, (256, XMP)))
    assert [len(page.entries) for page in found] == [2, 1]
    assert found[1].at == 60


def test_what_is_no_tiff():
    with open_asset(b"II*\1" + bytes(20)) as asset:
        assert tiff.flavour(asset) is None
        with pytest.raises(Malformed, match="no TIFF header"):
            next(tiff.pages(asset, ()))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"II*\0\0\0\0\0", "no page"),
        (b"II*\0\1\0", "cut short"),
        (header("<", False, 3).ljust(40, b"\0"), "a directory at byte 3"),
        (header("<", False, 900), "a directory at byte 900"),
        (simple([(256, 3, 1, 1)])[:-6], "cut short"),
        (simple([(256, 3, 1, 1)])[:-2], "cut short"),
        (simple([(256, 3, 1, 1)], after=8), "round in circles at byte 8"),
    ],
)
def test_what_is_broken_is_said(data, words):
    with pytest.raises(Malformed, match=words):
        walked(data)


def test_a_value_beyond_the_end_is_broken():
    data = simple([(XMP, 7, 40, 90)])
    with open_asset(data) as asset:
        page = next(tiff.pages(asset, (XMP,)))
        with pytest.raises(Malformed, match="cut short"):
            tiff.value(asset, page.find(XMP), 100)


def test_bounds(monkeypatch):
    first = table("<", False, [(256, 3, 1, 1)], after=60)
    data = (header("<", False, 8) + first).ljust(60, b"\0") + table("<", False, [(256, 3, 1, 2)])
    monkeypatch.setattr(tiff, "MOST_PAGES", 1)
    with pytest.raises(LimitExceeded, match="more than 1 pages"):
        walked(data)
    monkeypatch.setattr(tiff, "MOST_ENTRIES", 3)
    with pytest.raises(LimitExceeded, match="a directory of 4 entries"):
        walked(simple([(256, 3, 1, 1)] * 4))


def test_long_directories_are_read_whole():
    data = simple([(tag, 3, 1, tag) for tag in range(300, 1000)])
    (page,) = walked(data, (XMP, 999))
    assert [entry.tag for entry in page.entries] == [XMP, 999]


@pytest.mark.parametrize(
    ("kind", "count", "value", "number"),
    [(3, 1, 7, 7), (4, 1, 9, 9), (13, 1, 8, 8), (2, 4, 7, 0), (3, 0, 7, 0), (99, 1, 7, 0)],
)
def test_numbers(kind, count, value, number):
    data = simple([(256, kind, count, value)])
    with open_asset(data) as asset:
        page = next(tiff.pages(asset, (256,)))
        assert tiff.number(asset, page.kind, page.entries[0]) == number


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (simple([(259, 3, 1, 5), (262, 3, 1, 2)]), False),
        (simple([(0xC612, 1, 4, 1025)]), True),
        (simple([(262, 3, 1, 32803)], ">"), True),
        (simple([(259, 3, 1, 34713)]), True),
        (simple([(330, 4, 1, 8)]), False),
        (simple([(330, 4, 1, 0)]), False),
        (simple([(330, 4, 1, 26)]) + table("<", False, [(262, 3, 1, 34892)]), True),
        (b"II*\0\x10\0\0\0CR\2\0" + bytes(20), True),
        (b"IIII".join([b"II*\0\x10\0\0\0", bytes(20)]), True),
    ],
)
def test_sensor_data(data, expected):
    with open_asset(data) as asset:
        assert tiff.holds_sensor_data(asset) is expected


def test_a_classic_tiff_ends_at_4_gib(tmp_path):
    path = tmp_path / "huge.tif"
    with path.open("wb") as file:
        file.write(simple([(256, 3, 1, 1)]))
        file.truncate((1 << 32) - 30)
    with open_asset(path) as asset:
        page = next(tiff.pages(asset, (XMP,)))
        with pytest.raises(CannotCarry, match="BigTIFF, then label again"):
            list(tiff.with_value(asset, page, XMP, b"packet"))


def test_a_full_directory_is_refused():
    data = simple([(tag, 3, 1, 1) for tag in range(0xFFFF)])
    with open_asset(data) as asset:
        page = next(tiff.pages(asset, ()))
        with pytest.raises(CannotCarry, match="no more; drop one"):
            list(tiff.with_value(asset, page, XMP, b"packet"))
