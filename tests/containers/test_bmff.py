import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.asset import open_asset
from aigc_label.containers import bmff
from aigc_label.containers.bmff import Edit, moving
from aigc_label.edits import Span
from aigc_label.errors import AigcLabelError, CannotCarry, LimitExceeded, Malformed
from mp4_samples import FTYP, box, edited, full, movie, table, track


def walk(raw, **options):
    return list(bmff.boxes(open_asset(raw), 0, len(raw), **options))


def inserted(raw, more, *, at=None, removed=0):
    """The file with ``more`` bytes put at the end of its header (or bytes taken from there)."""
    asset = open_asset(raw)
    top = bmff.top_level(asset)
    moov = bmff.sole_moov(top)
    at = moov.end - removed if at is None else at
    edit = Edit(Span(at, at + removed), box(b"more", bytes(more - 8)) if more else b"", (moov,))
    return edited(raw, moving.relocated(asset, top, [edit]))


def named(raw, *path):
    """The box at the end of a path of types."""
    asset = open_asset(raw)
    found = bmff.Box(b"file", 0, 0, asset.size)
    for kind in path:
        found = bmff.find(bmff.children(asset, found), kind)
        assert found is not None, kind
    return found


STBL = (b"moov", b"trak", b"mdia", b"minf", b"stbl")


def chunks(raw):
    """What each chunk offset of the first track points at."""
    for kind, form in ((b"stco", ">I"), (b"co64", ">Q")):
        try:
            found = named(raw, *STBL, kind)
        except AssertionError:
            continue
        count = struct.unpack_from(">I", raw, found.body + 4)[0]
        step = struct.calcsize(form)
        return [struct.unpack_from(form, raw, found.body + 8 + step * i)[0] for i in range(count)]
    raise AssertionError("no chunk table")


# --- walking ------------------------------------------------------------------------------------


def test_headers_in_all_their_forms():
    raw = (
        box(b"free", b"ab")
        + box(b"wide", b"cd", large=True)
        + box(b"uuid", bytes(range(16)), b"xyz")
        + struct.pack(">I4s", 0, b"mdat")
        + b"to the end"
    )
    small, large, own, rest = walk(raw)
    assert (small.type, small.body, small.end) == (b"free", 8, 10)
    assert (large.start, large.body, large.end, large.large) == (10, 26, 28, True)
    assert own.user_type == bytes(range(16))
    assert raw[own.body : own.end] == b"xyz"
    assert rest.open_ended
    assert raw[rest.body : rest.end] == b"to the end"


@pytest.mark.parametrize("left", [b"", b"\0\0\0\0", b"abc", bytes(40)])
def test_terminators_and_strays_are_passed_over(left):
    assert [b.type for b in walk(box(b"free") + left)] == [b"free"]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (struct.pack(">I4s", 7, b"moov"), "no room for its own header"),
        (struct.pack(">I4s", 20, b"uuid") + bytes(12), "no room for its own header"),
        (struct.pack(">I4s", 100, b"mdat") + bytes(20), "cut short: box 'mdat' at byte 0 says 100"),
        (struct.pack(">I4s", 1, b"mdat") + bytes(2), "header is cut short"),
        (struct.pack(">I4sQ", 1, b"mdat", 1 << 63), "cut short"),
        (struct.pack(">I4s", 90, b"\x1b[3\n"), r"box '\?\[3\?'"),
    ],
)
def test_broken_boxes_are_named(raw, reason):
    with pytest.raises(Malformed, match=reason):
        walk(raw)


@pytest.mark.parametrize(
    "left", [b"<html>oops</html>", b"TAG" + bytes(125), b"\x89PNG\r\n\x1a\n" + bytes(40), bytes(16)]
)
def test_what_others_append_to_a_film_is_passed_over(left):
    assert [b.type for b in walk(box(b"mdat") + box(b"moov") + left)] == [b"mdat", b"moov"]
    with pytest.raises(Malformed):
        walk(box(b"mdat") + box(b"moov") + struct.pack(">I4s", 9999, b"mdat") + left)
    if any(left):
        with pytest.raises(Malformed):  # a film that has no header yet
            walk(box(b"mdat") + left)


def test_child_may_not_leave_its_parent():
    raw = box(b"moov", struct.pack(">I4s", 16, b"trak")) + bytes(64)
    moov = walk(raw)[0]
    with pytest.raises(Malformed, match="box around it"):
        bmff.children(open_asset(raw), moov)


def test_boxes_are_counted():
    with pytest.raises(LimitExceeded, match="more than 3 boxes"):
        walk(box(b"free") * 5, most=3)


@pytest.mark.parametrize("form", [full, box])
def test_children_of_meta_in_both_forms(form):
    raw = form(b"meta", box(b"hdlr", bytes(20)))
    assert [b.type for b in bmff.children(open_asset(raw), walk(raw)[0])] == [b"hdlr"]


@pytest.mark.parametrize(
    ("raw", "error", "reason"),
    [
        (FTYP + box(b"mdat"), Malformed, "no moov"),
        (FTYP + box(b"moov") * 2, Malformed, "two moov"),
        (FTYP + box(b"moov", box(b"cmov")), CannotCarry, "compressed"),
    ],
)
def test_files_without_one_plain_header_are_refused(raw, error, reason):
    with pytest.raises(error, match=reason):
        bmff.top_level(open_asset(raw))


def test_field_stays_within_its_box():
    raw = box(b"tfhd", b"abc") + bytes(64)
    with pytest.raises(Malformed, match="'tfhd' is cut short"):
        bmff.full(open_asset(raw), walk(raw)[0])


# --- moving -------------------------------------------------------------------------------------


def media_at(raw):
    return [raw[offset : offset + 5] for offset in chunks(raw)]


def test_header_last_changes_nothing_else():
    raw = movie(last=True)
    new = inserted(raw, 100)
    assert new.startswith(raw[: raw.index(b"moov") - 4])
    assert len(new) == len(raw) + 100
    assert media_at(new) == [b"media"]


def test_header_first_pushes_the_media_and_leaves_room():
    new = inserted(movie(), 100)
    assert media_at(new) == [b"media"]
    assert named(new, b"free").size == moving.PADDING
    again = inserted(new, 200)
    assert media_at(again) == [b"media"]
    assert len(again) == len(new)
    assert chunks(again) == chunks(new)


@pytest.mark.parametrize(
    ("space", "more", "left"),
    [(300, 100, 200), (100, 100, None), (108, 100, 8), (104, 100, 1024), (50, 100, 1024)],
)
def test_free_space_is_used_when_it_suffices(space, more, left):
    raw = movie(behind=box(b"free", bytes(space - 8)))
    new = inserted(raw, more)
    assert media_at(new) == [b"media"]
    assert (chunks(new) == chunks(raw)) == (left != 1024)
    if left is None:
        assert b"free" not in new
    else:
        assert named(new, b"free").size == left


@pytest.mark.parametrize("behind", [b"", box(b"skip", b"abc")])
def test_freed_space_stays_beside_the_header(behind):
    raw = movie(box(b"cutt", bytes(32)), behind=behind)
    new = inserted(raw, 0, removed=40)
    assert len(new) == len(raw)
    assert chunks(new) == chunks(raw)
    assert media_at(new) == [b"media"]


def test_a_few_freed_bytes_cannot_be_a_box():
    raw = movie(box(b"cutt", bytes(4)) + box(b"last"))
    new = inserted(raw, 8, removed=12, at=named(raw, b"moov").end - 20)
    assert media_at(new) == [b"media"]
    assert named(new, b"free").size == moving.PADDING


def test_what_follows_without_being_referred_to_moves_freely():
    raw = movie(last=True, behind=box(b"uuid", bytes(16), b"packet"))
    assert len(inserted(raw, 100)) == len(raw) + 100


def test_media_on_both_sides():
    def film(second):
        first = box(b"mdat", b"first")
        moov = box(b"moov", track(table(b"co64", len(FTYP) + 8, second)))
        return FTYP + first + moov, box(b"mdat", b"after")

    head, tail = film(0)
    raw = film(len(head) + 8)[0] + tail
    new = inserted(raw, 1000)
    assert media_at(new) == [b"first", b"after"]


def test_large_and_open_ended_headers():
    raw = FTYP + box(b"moov", track(), large=True) + box(b"mdat")
    assert named(inserted(raw, 100), b"moov").size == named(raw, b"moov").size + 100
    raw = FTYP + struct.pack(">I4s", 0, b"moov") + track()
    assert named(inserted(raw, 100), b"moov").end == len(raw) + 100


def test_tables_grow_to_64_bits_and_count_themselves():
    top = 0xFFFFFFFF
    # The first table overflows by what is inserted, the second only by the first one's growth.
    raw = FTYP + box(
        b"moov",
        track(table(b"stco", 0, *[top - 1000] * 3, top - 100)),
        track(table(b"stco", top - moving.PADDING - 100 - 10)),
        track(table(b"stco", 500_000)),
    )
    raw += box(b"mdat")
    new = inserted(raw, 100)
    moved = len(new) - len(raw)
    assert moved == 100 + moving.PADDING + 4 * 5 + 4
    assert chunks(new) == [0, *[top - 1000 + moved] * 3, top - 100 + moved]
    moov = named(new, b"moov")
    asset = open_asset(new)
    kinds = []
    for trak in bmff.children(asset, moov)[:3]:
        inner = trak
        for kind in (b"mdia", b"minf", b"stbl"):
            inner = bmff.find(bmff.children(asset, inner), kind)
        found = bmff.children(asset, inner)[0]
        kinds.append(found.type)
        last = new[found.body + 8 : found.end]
    assert kinds == [b"co64", b"co64", b"stco"]
    assert int.from_bytes(last) == 500_000 + moved


def fragmented(*extra, base=None, mfra=b"", before=b""):
    head = FTYP + before + box(b"moov", track(table(b"stco")), box(b"mvex"))
    flags = 0x20000 if base is None else 1
    tfhd = full(
        b"tfhd",
        struct.pack(">I", 1),
        b"" if base is None else struct.pack(">Q", base),
        flags=flags,
    )
    moof = box(b"moof", full(b"mfhd", bytes(4)), box(b"traf", tfhd), *extra)
    return head + moof + box(b"mdat", b"media") + mfra, len(head)


def test_fragments_with_absolute_bases():
    raw, moof = fragmented(base=0)
    raw, moof = fragmented(base=moof)
    new = inserted(raw, 100)
    tfhd = named(new, b"moof", b"traf", b"tfhd")
    assert struct.unpack_from(">Q", new, tfhd.body + 8)[0] == named(new, b"moof").start > moof


def test_fragments_with_relative_bases_stay_as_they_are():
    raw, moof = fragmented()
    new = inserted(raw, 100)
    assert new[named(new, b"moof").start :] == raw[moof:]


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("lengths", [0, 0b111111])
def test_random_access_tables(version, lengths):
    form = ">QQ" if version else ">II"
    numbers = bytes(3 + 3 * 3 * (lengths != 0))

    def film(at):
        entries = b"".join(struct.pack(form, time, at) + numbers for time in (0, 90))
        tfra = full(b"tfra", struct.pack(">III", 1, lengths, 2), entries, version=version)
        return fragmented(mfra=box(b"mfra", tfra, full(b"mfro", bytes(4))))

    raw = film(film(0)[1])[0]
    new = inserted(raw, 100)
    tfra = named(new, b"mfra", b"tfra")
    size = struct.calcsize(form)
    for place in (16, 16 + size + len(numbers)):
        _, at = struct.unpack_from(form, new, tfra.body + place)
        assert at == named(new, b"moof").start


@pytest.mark.parametrize(("version", "flags"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_auxiliary_data(version, flags):
    def film(at):
        kind = bytes(8) if flags else b""
        form = ">IQ" if version else ">II"
        saio = full(b"saio", kind, struct.pack(form, 1, at), version=version, flags=flags)
        return FTYP + box(b"moov", track(saio)) + box(b"mdat", b"media")

    raw = film(film(0).index(b"media"))
    new = inserted(raw, 64)
    saio = named(new, *STBL, b"saio")
    assert int.from_bytes(new[saio.end - 4 : saio.end]) == new.index(b"media")


def sidx(count, first, *sizes, version=0):
    times = struct.pack(">QQ" if version else ">II", 0, first)
    each = b"".join(struct.pack(">III", size, 0, 0) for size in sizes)
    return full(b"sidx", bytes(8), times, struct.pack(">HH", 0, count), each, version=version)


@pytest.mark.parametrize("version", [0, 1])
def test_index_before_the_header_is_refused(version):
    raw = fragmented(before=sidx(2, 600, 100, 0x80000064, version=version))[0]
    with pytest.raises(CannotCarry, match="sidx"):
        inserted(raw, 100)


def test_index_behind_the_header_may_stay():
    raw, moof = fragmented()
    raw = raw[:moof] + sidx(1, 0, len(raw) - moof) + raw[moof:]
    new = inserted(raw, 100)
    assert new.endswith(raw[moof:])


@pytest.mark.parametrize(
    "place",
    [
        movie,
        lambda meta: movie(box(b"udta", meta)),
        lambda meta: movie(box(b"trak", meta)),
        lambda meta: movie() + meta,
    ],
)
def test_items_at_fixed_places_are_refused(place):
    with pytest.raises(CannotCarry, match="iloc"):
        inserted(place(full(b"meta", full(b"iloc", bytes(8)))), 100)


def test_media_in_another_file_is_refused():
    far = track(table(b"stco", 0), dref=full(b"url ", b"other.mp4\0"))
    with pytest.raises(CannotCarry, match="another file"):
        inserted(FTYP + box(b"moov", far) + box(b"mdat"), 100)


@pytest.mark.parametrize("near", [full(b"url "), full(b"url ", b"\0"), full(b"alis", flags=1)])
def test_media_in_this_file_whatever_the_reference(near):
    raw = FTYP + box(b"moov", track(table(b"stco", 0), dref=near)) + box(b"mdat")
    assert inserted(raw, 100)


@pytest.mark.parametrize(
    "bad",
    [
        full(b"stco", struct.pack(">I", 5), bytes(8)),
        full(b"co64", struct.pack(">I", 0xFFFFFFFF)),
        full(b"stco"),
        full(b"saio", struct.pack(">I", 9)),
    ],
)
def test_tables_must_have_room_for_their_entries(bad):
    with pytest.raises(Malformed):
        inserted(FTYP + box(b"moov", track(bad)) + box(b"mdat"), 100)


@pytest.mark.parametrize(
    "full_up",
    [
        table(b"co64", (1 << 64) - 1),
        full(b"saio", struct.pack(">II", 1, 0xFFFFFFFF)),
    ],
)
def test_offsets_that_outgrow_their_field_are_refused(full_up):
    with pytest.raises(CannotCarry, match="outgrow"):
        inserted(FTYP + box(b"moov", track(full_up)) + box(b"mdat"), 100)


def test_tables_are_bounded(monkeypatch):
    monkeypatch.setattr(moving, "LARGEST_TABLES", 3)
    with pytest.raises(LimitExceeded, match="chunk offsets"):
        inserted(movie(), 100)


def test_long_tables_are_moved_in_pieces(monkeypatch):
    monkeypatch.setattr(moving, "_SLICE", 3)
    raw = movie()
    at = raw.index(b"media")
    raw = FTYP + box(b"moov", track(table(b"stco", *range(1000, 1010)))) + box(b"mdat", bytes(2000))
    new = inserted(raw, at)
    by = len(new) - len(raw)
    assert chunks(new) == [offset + by for offset in range(1000, 1010)]


def test_header_over_4_gib_is_refused():
    moov = bmff.Box(b"moov", 0, 8, 0xFFFFFFFF)
    with pytest.raises(LimitExceeded, match="4 GiB"):
        moving._resized(moov, 1 << 32)


@given(st.data())
def test_damage_never_escapes(draw):
    raw = bytearray(fragmented(mfra=box(b"mfra", full(b"tfra", bytes(16))))[0])
    for _ in range(draw.draw(st.integers(1, 6))):
        at = draw.draw(st.integers(0, len(raw) - 1))
        raw[at] = draw.draw(st.integers(0, 255))
    if draw.draw(st.booleans()):
        del raw[draw.draw(st.integers(0, len(raw))) :]
    raw = bytes(raw)
    try:
        new = inserted(raw, 100)
    except AigcLabelError as error:
        new = error.args[0]
    assert len(new) > 10


def test_nothing_is_put_behind_a_box_that_runs_to_the_end():
    raw = box(b"moov", box(b"free", b"ab"))[4:]
    raw = bytes(4) + raw + bytes(4) + b"more" + b"body"
    asset = open_asset(raw)
    (moov,) = bmff.boxes(asset, 0, asset.size)
    assert bmff.children(asset, moov)[-1].open_ended
    assert bmff.content_end(asset, moov) == raw.index(b"more") - 4
