import io
import struct

import pytest
from mutagen.id3 import CHAP, CTOC, ETCO, ID3, SYLT, TIT2, TLEN, Encoding

from aigc_label.asset import open_asset
from aigc_label.carriers import id3_times, vorbis_times
from aigc_label.containers import id3
from aigc_label.edits import EditPlan
from audio_samples import applied
from xiph_samples import listed

ADDED = [(0, 1400), (60_000, 1700)]


def tagged(*frames, version=4):
    tags = ID3()
    for frame in frames:
        tags.add(frame)
    out = io.BytesIO()
    tags.save(out, v2_version=version)
    return out.getvalue() + bytes(50)


def retimed(data, added=ADDED):
    with open_asset(data) as asset:
        (tag,) = id3.stacked(asset)
        return ID3(io.BytesIO(applied(EditPlan(id3_times.retimed(asset, tag, added)), data)))


def chapter(name, start, end):
    return CHAP(
        element_id=name, start_time=start, end_time=end, start_offset=5, end_offset=9,
        sub_frames=[TIT2(3, [name])],
    )  # fmt: skip


@pytest.mark.parametrize("version", [3, 4])
def test_chapters_lyrics_events_and_length_follow(version):
    lines = [("one", 0), ("two", 59_999), ("three", 60_000)]
    frames = (
        TIT2(3, ["kept"]),
        TLEN(3, ["90000"]),
        CTOC(element_id="toc", flags=3, child_element_ids=["a", "b"], sub_frames=[]),
        chapter("a", 0, 60_000),
        chapter("b", 60_000, 90_000),
        SYLT(Encoding.UTF8, "zho", 2, 1, "d", lines),
        ETCO(2, [(3, 1000), (4, 61_000)]),
    )
    tags = retimed(tagged(*frames, version=version))
    assert tags["TIT2"].text == ["kept"]
    assert tags["TLEN"].text == ["93100"]
    first, second = tags["CHAP:a"], tags["CHAP:b"]
    assert (first.start_time, first.end_time) == (1400, 61_400)
    assert (second.start_time, second.end_time) == (63_100, 93_100)
    assert first.start_offset == first.end_offset == 0xFFFF_FFFF
    assert first.sub_frames["TIT2"].text == ["a"]
    assert tags["CTOC:toc"].child_element_ids == ["a", "b"]
    (sylt,) = tags.getall("SYLT")
    assert sylt.text == [("one", 1400), ("two", 61_399), ("three", 63_100)]
    assert tags["ETCO"].events == [(3, 2400), (4, 64_100)]


@pytest.mark.parametrize(
    "frame",
    [
        TLEN(3, ["long"]),
        SYLT(Encoding.UTF8, "zho", 1, 1, "d", [("one", 3)]),
        ETCO(1, [(3, 1000)]),
    ],
)
def test_times_of_other_kinds_stay(frame):
    data = tagged(frame)
    with open_asset(data) as asset:
        (tag,) = id3.stacked(asset)
        assert id3_times.retimed(asset, tag, ADDED) == []


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (b"CHAP", b"id without end"),
        (b"CHAP", b"a\0" + bytes(5)),
        (b"SYLT", b"\0zh"),
        (b"SYLT", b"\x03zho\x02\x01d\0cut"),
        (b"SYLT", b"\x03zho\x02\x01d\0cut\0\0\0"),
        (b"SYLT", b"\x03zho\x02\x01never ended"),
        (b"ETCO", b"\x02\x03\0\0"),
    ],
)
def test_cut_frames_stay(name, body):
    frame = name + struct.pack(">I", len(body)) + b"\0\0" + body
    data = b"ID3\x03\0\0" + id3.syncsafe(len(frame)) + frame
    with open_asset(data) as asset:
        (tag,) = id3.stacked(asset)
        assert id3_times.retimed(asset, tag, ADDED) == []


def test_utf16_lyrics_follow():
    data = tagged(SYLT(Encoding.UTF16, "zho", 2, 1, "词", [("歌", 10)]), version=3)
    (sylt,) = retimed(data).getall("SYLT")
    assert sylt.text == [("歌", 1410)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("CHAPTER001=00:00:00.000", "CHAPTER001=00:00:01.400"),
        ("chapter010=00:59:59.500", "chapter010=01:00:02.600"),
        ("CHAPTER001NAME=00:00:00.000", None),
        ("CHAPTER001=1:2", None),
        ("LYRICS=[00:01.20]a\n[01:00.00]<01:00.50>b", "LYRICS=[00:02.60]a\n[01:03.10]<01:03.60>b"),
        ("SYNCEDLYRICS=[100:00.001]a", "SYNCEDLYRICS=[100:03.101]a"),
        ("LYRICS=no times", None),
        ("TITLE=[00:01.20]", None),
    ],
)
def test_comments_follow(old, new):
    data = listed("ARTIST=kept", old, "ALBUM=kept")
    with open_asset(data) as asset:
        splices = vorbis_times.retimed(asset, 0, len(data), ADDED)
    expected = data if new is None else listed("ARTIST=kept", new, "ALBUM=kept")
    assert applied(EditPlan(splices), data) == expected
