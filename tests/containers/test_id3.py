import io
import struct
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutagen.id3 import APIC, COMM, ID3, TIT2, TPE1, TXXX

from aigc_label.asset import open_asset
from aigc_label.containers import id3, id3_body
from aigc_label.edits import EditPlan
from aigc_label.errors import AigcLabelError, CannotCarry, LimitExceeded, Malformed
from audio_samples import applied

SOUND = b"\xff\xfb\x90\x00" + b"sound" * 40
PICTURE = bytes(range(256)) * 80  # with FF 00 and FF E0 in it


def by_mutagen(version=4, padding=100, picture=PICTURE):
    tags = ID3()
    tags.add(TIT2(encoding=1, text=["标题"]))
    tags.add(APIC(encoding=0, mime="image/png", type=3, desc="", data=picture))
    tags.add(TXXX(encoding=0, desc="other", text=["value"]))
    tags.add(COMM(encoding=0, lang="eng", desc="", text=["comment " * 30]))
    out = io.BytesIO()
    tags.save(out, v2_version=version, padding=lambda _: padding)
    return out.getvalue()


def tag(version, frames, *, flags=0, extra=b"", padding=0):
    body = extra + frames + bytes(padding)
    footer = b""
    if flags & 0x10:
        footer = b"3DI" + bytes((version, 0, flags)) + id3.syncsafe(len(body))
    return b"ID3" + bytes((version, 0, flags)) + id3.syncsafe(len(body)) + body + footer


def frame(name, body, *, plain=True, flags=0):
    size = struct.pack(">I", len(body)) if plain else id3.syncsafe(len(body))
    return name + size + struct.pack(">H", flags) + body


def walk(data, **options):
    with open_asset(data) as asset:
        return id3.walk(asset, 0, **options)


def contents(data, most=1 << 20):
    with open_asset(data) as asset:
        found = id3.walk(asset, 0)
        return {
            f.id: id3_body.decoded(
                asset.read(f.body, f.end - f.body),
                found.version,
                f.flags,
                most,
                unsynchronised=found.unsynchronised,
            )
            for f in found.frames
        }


def edited(data, drop=(), added=b"", **options):
    with open_asset(data) as asset:
        found = id3.walk(asset, 0)
        dropped = [f for f in found.frames if f.id in drop]
        new = id3.encoded(found, "TPE1", added) if added else b""
        plan = EditPlan(id3.edits(asset, found, dropped, new, **options))
    return applied(plan, data)


def names(data):
    return [f.id for f in walk(data).frames]


@pytest.mark.parametrize("version", [3, 4])
def test_mutagens_tags_are_walked_without_reading_the_picture(version):
    data = by_mutagen(version) + SOUND
    with open_asset(data) as asset:
        found = id3.walk(asset, 0)
        assert sorted(f.id for f in found.frames) == ["APIC", "COMM", "TIT2", "TXXX"]
        assert found.limit - found.padding == 100
        assert data[found.end :] == SOUND
        assert not found.plain_sizes
        assert found.fault is None
        assert asset.bytes_read - len(asset.head) < 500


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"ID3\x03\x00",
        b"ID3\x05\x00\x00\x00\x00\x00\x00",
        b"ID3\x03\xff\x00\x00\x00\x00\x00",
        b"ID3\x03\x00\x00\x80\x00\x00\x00",
        b"3DI\x04\x00\x10\x00\x00\x00\x00",
        SOUND,
    ],
)
def test_what_is_no_tag(header):
    assert walk(header) is None


def test_a_tag_longer_than_its_room_is_cut_short():
    data = by_mutagen()
    with pytest.raises(Malformed, match="cut short"):
        walk(data[:-1])
    with pytest.raises(Malformed, match="cut short"):
        walk(data, limit=len(data) - 1)


def test_itunes_plain_sizes_are_recognised():
    frames = (
        frame(b"TIT2", b"\x00" + b"t" * 199)
        + frame(b"APIC", PICTURE)
        + frame(b"COMM", b"\x00eng\x00" + b"c" * 300)
    )
    data = tag(4, frames, padding=50)
    assert walk(data).plain_sizes
    assert contents(data)["APIC"] == PICTURE
    new = edited(data, added=b"\x03" + b"x" * 200)
    assert contents(new)["TPE1"] == b"\x03" + b"x" * 200
    assert contents(new)["COMM"] == contents(data)["COMM"]
    assert ID3(io.BytesIO(new)).getall("COMM")[0].text == ["c" * 300]


def test_plain_size_with_a_high_bit_needs_no_guess():
    body = b"\x00" + b"p" * 199  # 200 is C8: not syncsafe
    assert walk(tag(4, frame(b"TIT2", body))).plain_sizes


def test_syncsafe_last_frame_up_to_the_end():
    data = tag(4, frame(b"TIT2", bytes(300), plain=False))
    assert not walk(data).plain_sizes
    assert contents(data) == {"TIT2": bytes(300)}


def test_2_2_frames():
    data = tag(2, b"TT2\x00\x00\x03\x00ab" + b"TXX\x00\x00\x02\x00c", padding=10)
    assert contents(data) == {"TT2": b"\x00ab", "TXX": b"\x00c"}
    assert names(edited(data, drop=["TT2"], fixed=True)) == ["TXX"]


def test_2_2_compressed_tags_are_passed_over():
    found = walk(tag(2, b"whatever", flags=0x40))
    assert (found.frames, found.padding, found.end) == ((), 18, 18)


@pytest.mark.parametrize("version", [2, 3])
def test_whole_tag_unsynchronisation(version):
    if version == 3:
        frames = frame(b"APIC", PICTURE) + frame(b"TIT2", b"\x01\xff\xfea\x00")
    else:
        frames = b"PIC" + len(PICTURE).to_bytes(3, "big") + PICTURE + b"TT2\x00\x00\x03\x00\xff\xff"
    data = tag(version, id3.parted(frames), flags=0x80, padding=40)
    plain = contents(tag(version, frames))
    assert contents(data) == plain
    assert b"\xff\xe0" not in data
    new = edited(data, drop=["TIT2", "TT2"], added=b"\x01\xff\xfeb\x00" if version == 3 else b"")
    expected = plain | {"TPE1": b"\x01\xff\xfeb\x00"} if version == 3 else dict(plain)
    expected.pop("TIT2", None)
    expected.pop("TT2", None)
    assert contents(new) == expected
    assert len(new) == len(data)


def test_unsynchronised_tags_are_bounded(monkeypatch):
    monkeypatch.setattr(id3, "MOST_UNSYNCHRONISED", 5000)
    with pytest.raises(LimitExceeded):
        walk(tag(3, id3.parted(frame(b"APIC", PICTURE)), flags=0x80))


def test_unsynchronised_frame_that_overruns_is_a_fault():
    assert walk(tag(3, b"TIT2\x00\x00\x10\x00\x00\x00ab", flags=0x80)).fault == 10


@pytest.mark.parametrize("whole", [True, False])
def test_2_4_unsynchronises_single_frames(whole):
    stored = PICTURE.replace(b"\xff", b"\xff\x00")
    data = tag(
        4,
        frame(b"APIC", stored, plain=False, flags=0 if whole else 2)
        + frame(b"TIT2", b"\x03t", plain=False),
        flags=0x80 if whole else 0,
    )
    assert contents(data) == {"APIC": PICTURE, "TIT2": b"\x03t"}


@pytest.mark.parametrize(
    ("version", "flags", "body"),
    [
        (3, 0x00, b"text"),
        (3, 0x20, b"\x01text"),
        (3, 0x80, b"\x00\x00\x00\x04" + zlib.compress(b"text")),
        (4, 0x40, b"\x01text"),
        (4, 0x01, b"\x00\x00\x00\x04text"),
        (4, 0x09, b"\x00\x00\x00\x04" + zlib.compress(b"text")),
        (4, 0x08, zlib.compress(b"text")),
        (2, 0xFF, b"text"),
    ],
)
def test_frame_encodings(version, flags, body):
    assert id3_body.decoded(body, version, flags, 100, unsynchronised=False) == b"text"


@pytest.mark.parametrize(
    ("version", "flags", "body"),
    [(3, 0x40, b"secret"), (4, 0x04, b"secret"), (4, 0x08, b"not zlib")],
)
def test_frames_that_cannot_be_decoded(version, flags, body):
    assert id3_body.decoded(body, version, flags, 100, unsynchronised=False) is None


def test_decompression_is_bounded():
    bomb = zlib.compress(bytes(1 << 24))
    assert len(id3_body.decoded(bomb, 4, 8, 1000, unsynchronised=False)) == 1000


@pytest.mark.parametrize(
    ("version", "extra"),
    [
        (3, b"\x00\x00\x00\x06" + bytes(6)),
        (3, b"\x00\x00\x00\x0a\x80\x00" + bytes(4) + b"\xde\xad\xbe\xef"),
        (4, b"\x00\x00\x00\x06\x01\x00"),
    ],
)
def test_extended_header_is_read_over_and_dropped_on_writing(version, extra):
    data = tag(version, frame(b"TIT2", b"\x00t"), flags=0x40, extra=extra, padding=20)
    assert names(data) == ["TIT2"]
    new = edited(data, added=b"\x00a")
    assert new[5] == 0
    assert names(new) == ["TIT2", "TPE1"]
    assert len(new) == len(data)
    assert ID3(io.BytesIO(new))["TPE1"].text == ["a"]


@pytest.mark.parametrize("extra", [b"\x00\x00\x7f\x00", b"\x00"])
def test_overlong_extended_header(extra):
    with pytest.raises(Malformed, match="extended header"):
        walk(tag(3, b"", flags=0x40, extra=extra))


def test_a_frame_longer_than_the_tag_is_a_fault_and_refuses_writing():
    data = tag(3, frame(b"TIT2", b"\x00t") + b"APIC\x00\x00\xff\x00\x00\x00few")
    found = walk(data)
    assert (names(data), found.fault) == (["TIT2"], 22)
    with pytest.raises(Malformed, match="longer than its tag"):
        edited(data, added=b"\x00a")


def test_too_many_frames(monkeypatch):
    monkeypatch.setattr(id3, "MOST_FRAMES", 5)
    assert len(walk(tag(3, frame(b"TIT2", b"x") * 5)).frames) == 5
    with pytest.raises(LimitExceeded):
        walk(tag(3, frame(b"TIT2", b"x") * 6))


def test_padding_is_used_before_the_tag_grows():
    data = by_mutagen(padding=100) + SOUND
    new = edited(data, added=b"\x03" + b"x" * 80)
    assert len(new) == len(data)
    assert new.endswith(SOUND)
    newer = edited(new, added=b"\x03" + b"x" * 80)
    assert len(newer) == len(new) + 91 + id3.PADDING
    assert walk(newer).limit - walk(newer).padding == 9 + id3.PADDING
    tags = ID3(io.BytesIO(newer))
    assert tags.getall("APIC")[0].data == PICTURE
    assert newer[walk(newer).end :] == SOUND


def test_what_is_not_zero_is_no_padding():
    data = tag(3, frame(b"TIT2", b"\x00t") + b"\x00junk of a careless editor")
    new = edited(data, added=b"\x00a")
    assert b"\x00junk of a careless editor" in new
    assert names(new) == ["TIT2", "TPE1"]


def test_dropped_frames_leave_padding():
    data = by_mutagen() + SOUND
    new = edited(data, drop=["APIC", "TXXX"], fixed=True)
    assert len(new) == len(data)
    assert sorted(names(new)) == ["COMM", "TIT2"]
    assert edited(data) == data


def test_new_frame_takes_the_place_of_the_first_dropped():
    frames = b"".join(frame(name, b"\x00t") for name in (b"TIT1", b"TIT2", b"TIT3"))
    assert names(edited(tag(3, frames), drop=["TIT2"], added=b"\x00a")) == ["TIT1", "TPE1", "TIT3"]


@pytest.mark.parametrize("added", [b"\x03a", b"\x03" + b"a" * 500])
def test_a_footer_is_kept_true_and_gets_no_padding(added):
    data = tag(4, frame(b"TIT2", b"\x03t" * 50, plain=False), flags=0x10) + SOUND
    new = edited(data, drop=["TIT2"], added=added)
    found = walk(new)
    assert new[found.end - 10 : found.end - 7] == b"3DI"
    assert new[found.end - 7 : found.end] == new[3:10]
    assert new[found.end :] == SOUND
    assert found.limit == found.padding
    assert names(new) == ["TPE1"]


def test_tags_at_both_ends_are_found():
    last = tag(4, frame(b"TPE1", b"\x03z", plain=False), flags=0x10)
    data = by_mutagen(3) + by_mutagen(4) + SOUND + last
    for tail in (b"", b"TAG" + bytes(125)):
        with open_asset(data + tail) as asset:
            found = id3.stacked(asset)
            assert [(t.version, len(t.frames)) for t in found] == [(3, 4), (4, 4), (4, 1)]
            assert id3.behind(asset) == found[1].end


def test_stacks_are_bounded():
    data = tag(3, b"") * (id3.MOST_TAGS + 1)
    with open_asset(data) as asset:
        assert id3.behind(asset) == 10 * id3.MOST_TAGS
        with pytest.raises(LimitExceeded):
            id3.stacked(asset)


def test_new_tag_is_read_by_mutagen():
    frames = frame(b"TPE1", b"\x00a")
    assert ID3(io.BytesIO(id3.new(3, frames)))["TPE1"].text == ["a"]


@pytest.mark.parametrize(("version", "size"), [(2, 1 << 24), (4, 1 << 28)])
def test_frames_and_tags_have_a_largest_size(version, size):
    empty = id3.Tag(version, 0, 0, 10, (), 10, 10, 10)
    with pytest.raises(CannotCarry):
        id3.encoded(empty, "TT2", bytes(size))


def test_full_tag(tmp_path):
    path = tmp_path / "full.mp3"
    with path.open("wb") as file:
        file.write(b"ID3\x03\x00\x00\x7f\x7f\x7f\x7f" + frame(b"TIT2", b"x" * 20)[:10])
        file.seek(14)
        file.write(struct.pack(">I", (1 << 28) - 11))
        file.truncate((1 << 28) + 20)
    with open_asset(path) as asset:
        found = id3.walk(asset, 0)
        with pytest.raises(CannotCarry, match="full"):
            id3.edits(asset, found, [], id3.encoded(found, "TPE1", b"\x00a"))


@given(st.binary(max_size=200))
def test_unsynchronisation_round_trip(data):
    parted = id3.parted(data)
    assert id3_body.decoded(parted, 3, 0, 1000, unsynchronised=True) == data
    assert not any(a == 0xFF and b >= 0xE0 for a, b in pairwise(parted))


@given(st.sampled_from([2, 3, 4]), st.integers(0, 255), st.binary(max_size=120))
def test_walking_is_total(version, flags, body):
    data = tag(version, body, flags=flags & ~0x10)
    try:
        found = walk(data)
    except AigcLabelError:
        return
    at = found.first
    for each in found.frames:
        assert at == each.start < each.body <= each.end
        at = each.end
    assert at == found.padding <= found.limit


def test_foreign_tags_survive_an_edit_frame_by_frame():
    data = by_mutagen(3) + SOUND
    before = ID3(io.BytesIO(data), translate=False)
    new = edited(data, added=b"\x00someone")
    after = ID3(io.BytesIO(new), translate=False)
    assert after.pop("TPE1") == TPE1(encoding=0, text=["someone"])
    assert after == before


def test_a_new_frame_before_junk_reads_back():
    """In 2.4 the junk would make a plain size as likely as the syncsafe one."""
    data = tag(4, frame(b"TIT2", b"\x03x\x00") + b"IGC\x00" + bytes(400)) + SOUND
    body = b"\x03other\x00" + b"v" * 200
    with open_asset(data) as asset:
        found = id3.walk(asset, 0)
        plan = EditPlan(id3.edits(asset, found, [], id3.encoded(found, "TXXX", body)))
    assert contents(applied(plan, data)) == {"TIT2": b"\x03x\x00", "TXXX": body}
    assert b"IGC\x00" in applied(plan, data)
