"""Items: tables that lie, limits, and the forms that real files hardly have."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.asset import open_asset
from aigc_label.containers import bmff
from aigc_label.containers.bmff import item_edits, items
from aigc_label.edits import Span
from aigc_label.errors import AigcLabelError, CannotCarry, LimitExceeded, Malformed
from heif_samples import Form, Item, exif, heif, infe, meta, xmp
from mp4_samples import box, full, hdlr

PICTURE = full(b"pitm", b"\0\1")


def only(raw):
    asset = open_asset(raw)
    (found,) = (h for b in bmff.boxes(asset, 0, asset.size) for h in items.holders(asset, b))
    return found


def holding(*parts):
    return only(full(b"meta", hdlr(b"pict"), *parts))


def iinf(*entries, count=None):
    return full(b"iinf", struct.pack(">H", len(entries) if count is None else count), *entries)


def iloc(*parts, version=0, sizes=0x4400):
    return full(b"iloc", struct.pack(">H", sizes), *parts, version=version)


def test_other_metadata_boxes_hold_no_items():
    asset = open_asset(full(b"meta", hdlr(b"mdta")) + box(b"free"))
    assert [h for b in bmff.boxes(asset, 0, asset.size) for h in items.holders(asset, b)] == []


def test_items_of_a_movie_and_its_tracks():
    within = meta([Item(1)], starts=[0])
    moov = box(b"moov", within, box(b"trak", within), box(b"trak"), box(b"mvhd"))
    asset = open_asset(moov)
    (top,) = bmff.boxes(asset, 0, asset.size)
    assert [len(holder.inside) for holder in items.holders(asset, top)] == [2, 3]


def test_what_there_is():
    holder = only(heif(Item(1), xmp(b"x"), exif(b"y"), form=Form(infe=3, iloc=2)))
    found = items.entries(holder)
    assert [(item.id, item.type, item.media_type) for item in found] == [
        (1, b"hvc1", ""),
        (2, b"mime", "application/rdf+xml"),
        (3, b"Exif", ""),
    ]
    assert items.primary(holder) == 1


def test_boxes_that_are_no_entries_are_passed_over():
    assert len(items.entries(holding(iinf(box(b"free", bytes(9)), infe(Item(1)))))) == 1


def test_missing_tables():
    empty = holding(full(b"iloc", b"\x44\0\0\0"))
    assert items.entries(empty) == []
    assert items.primary(empty) is None
    assert items.descriptions(empty) == {}
    assert items.locations(holding(iinf())) == (items.Layout(), [])


@pytest.mark.parametrize(
    ("parts", "look", "reason"),
    [
        ([iinf(), box(b"iinf")], None, ""),
        ([box(b"iinf", b"\0")], items.entries, "'iinf' is cut short"),
        ([iinf(struct.pack(">I4s", 99, b"infe"))], items.entries, "entry of 'iinf'"),
        ([iinf(box(b"infe", b"\2"))], items.entries, "entry of 'iinf'"),
        ([iloc(b"\0\0", version=3)], items.locations, "version 3"),
        ([iloc(b"\0\0", sizes=0x3400)], items.locations, "a kind that there is not"),
        ([iloc(b"\0\5")], items.locations, "more entries than it has room for"),
        ([iinf(), full(b"iref", bytes(8), b"cdsc")], items.descriptions, "no room"),
        (
            [iinf(), full(b"iref", box(b"cdsc", b"\0\1\0\x99"))],
            items.descriptions,
            "more entries than it has room for",
        ),
    ],
)
def test_damage_is_said(parts, look, reason):
    holder = holding(*parts)
    if look is None:
        assert items.entries(holder) == []
        return
    with pytest.raises(Malformed, match=reason):
        look(holder)


def test_limits(monkeypatch):
    holder = only(heif(Item(1), Item(2), form=Form(offset=0, base=4)))
    monkeypatch.setattr(items, "MOST_EXTENTS", 1)
    with pytest.raises(LimitExceeded, match="more than 1 pieces"):
        items.locations(holder)
    monkeypatch.setattr(items, "MOST_ITEMS", 1)
    for look in (items.entries, items.locations):
        with pytest.raises(LimitExceeded, match="more than 1 items"):
            look(holder)
    monkeypatch.setattr(items, "LARGEST_TABLE", 20)
    with pytest.raises(LimitExceeded, match="a table of"):
        items.entries(holder)


def test_only_the_wanted_places_are_kept():
    holder = only(heif(Item(1), Item(2, cuts=(3,)), Item(3)))
    _, (found,) = items.locations(holder, {2})
    assert [extent.length for extent in found.extents] == [3, 109]


def test_other_references_are_passed_over():
    links = box(b"thmb", b"\0\2\0\1\0\1") + box(b"cdsc", b"\0\3\0\2\0\1\0\2")
    assert items.descriptions(holding(iinf(), full(b"iref", links))) == {3: {1, 2}}
    assert items.descriptions(holding(iinf(), full(b"iref", links[:14]))) == {}


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (items.Location(1, 0, 0, 4, (items.Extent(1, 2), items.Extent(9, 0))), (Span(5, 7),)),
        (items.Location(1, 0, 1, 0, (items.Extent(1, 2),)), None),
        (items.Location(1, 2, 0, 0, (items.Extent(1, 2),)), None),
        (items.Location(1, 1, 0, 0, (items.Extent(1, 2),)), None),
    ],
)
def test_where_bytes_are(place, expected):
    assert items.spans(only(heif(Item(1))), place) == expected


@pytest.mark.parametrize("method", [0, 1])
def test_items_end_where_their_bytes_do(method):
    holder = only(heif(Item(1, method=1), form=Form(iloc=1)))
    place = items.Location(1, method, 0, 0, (items.Extent(100, 900),))
    with pytest.raises(Malformed, match="item 1 ends behind"):
        items.spans(holder, place)


def test_reading_stops_at_a_limit():
    asset = open_asset(bytes(range(50)))
    assert items.content(asset, [Span(1, 4), Span(9, 30)], 5) == bytes((1, 2, 3, 9, 10))


# --- changes ------------------------------------------------------------------------------------


def tabled(holder):
    return item_edits.Table(holder, *items.locations(holder))


def test_encoding_is_the_inverse_of_reading():
    for form in (Form(), Form(iloc=1, base=4), Form(iloc=2, offset=8, length=8, base=8, index=4)):
        raw = heif(Item(1, cuts=(4, 5)), Item(2, method=form.iloc > 0), form=form)
        holder = only(raw)
        box_of = holder.part(b"iloc")
        body = raw[box_of.body : box_of.end]
        assert item_edits.encoded(*items.locations(holder)) == body


def test_a_field_that_is_too_narrow_is_said():
    place = items.Location(1, 0, 0, 0, (items.Extent(1 << 40, 1),))
    with pytest.raises(CannotCarry, match="outgrow its field"):
        item_edits.encoded(items.Layout(), [place])


def test_tables_of_huge_files_are_widened():
    holder = only(heif(Item(1), form=Form(iloc=1, base=4)))
    wide = item_edits._widened(tabled(holder)).layout
    assert (wide.offset, wide.base, wide.length) == (8, 8, 4)
    assert item_edits._widened(tabled(only(heif(Item(1))))).layout.base == 0


def test_full_lists_are_refused():
    table = tabled(only(heif(Item(1))))
    assert item_edits.free_number(table, {7}) == 8
    assert item_edits.free_number(table, {0xFFFF}) == 2
    with pytest.raises(CannotCarry, match="full"):
        item_edits.free_number(table, set(range(0x10000)))
    with pytest.raises(CannotCarry, match="full"):
        item_edits.added(holding(iinf(count=0xFFFF)), 5, "a/b", 1)
    with pytest.raises(CannotCarry, match="no list"):
        item_edits.added(holding(iloc(b"\0\0")), 5, "a/b", 1)


def test_narrow_references_are_refused():
    holder = holding(iinf(), full(b"iref", box(b"cdsc", b"\0\3\0\1\0\1")))
    with pytest.raises(CannotCarry, match="too narrow"):
        item_edits.reference(holder, 3, 70_000)
    fresh = item_edits.reference(holding(iinf()), 3, 70_000)
    assert fresh.data == full(b"iref", box(b"cdsc", b"\0\0\0\3\0\1\0\1\x11\x70"), version=1)
    assert len(item_edits.added(holding(iinf()), 3, "a/b", None)) == 2


def test_pieces_that_move_apart():
    """Two pieces of an item, one before the insertion and one behind it."""
    raw = heif(Item(1, cuts=(4,)), behind=box(b"free", b"more of it"))
    holder = only(raw)
    layout, (place,) = items.locations(holder)
    far = raw.index(b"more of it")
    place = place._replace(extents=(place.extents[0], items.Extent(far, 4)))
    asset = open_asset(raw)
    top = list(bmff.boxes(asset, 0, asset.size))
    table = item_edits.Table(holder, layout, [place])
    out = item_edits.relocated(asset, top, [table], [], b"new bytes").view(asset)
    after = only(out.read(0, out.size))
    (moved,) = items.locations(after)[1]
    assert items.content(out, items.spans(after, moved), 99) == b"\xc8\xc9\xca\xcb" + b"more"


def test_a_file_without_places_gets_a_table():
    raw = full(b"meta", hdlr(b"pict"), PICTURE, iinf(infe(Item(1))))
    asset = open_asset(raw)
    top = list(bmff.boxes(asset, 0, asset.size))
    table = item_edits.with_places(tabled(only(raw)), [item_edits.new_place(1, 0, 3)])
    out = item_edits.relocated(asset, top, [table], [], b"abc").view(asset)
    after = only(out.read(0, out.size))
    (place,) = items.locations(after)[1]
    assert items.content(out, items.spans(after, place), 99) == b"abc"
    untouched = item_edits.relocated(asset, top, [tabled(only(raw))], [], b"")
    assert not untouched


@given(st.binary(max_size=80), st.sampled_from([b"iinf", b"iloc", b"iref", b"pitm", b"grpl"]))
def test_any_bytes_as_a_table(junk, kind):
    parts = {b"iinf": iinf(infe(Item(1))), b"iloc": iloc(b"\0\0"), kind: box(kind, junk)}
    holder = holding(*parts.values())
    for look in (
        items.entries,
        items.locations,
        items.descriptions,
        items.primary,
        item_edits.group_numbers,
    ):
        with contextlib.suppress(AigcLabelError):
            look(holder)
