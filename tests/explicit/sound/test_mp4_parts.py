import struct

import numpy as np
import pytest
from hearing import START, begins, ends, marked
from test_coded_marks import AAC, coded, decoded

from aigc_label.asset import open_asset
from aigc_label.containers import bmff
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.sound import mp4_tree
from aigc_label.explicit.sound.mp4 import _nero, _stretch
from aigc_label.explicit.sound.mp4_coding import coding_of
from aigc_label.explicit.sound.mp4_tables import Tables, offsets_of, store_offsets
from aigc_label.explicit.sound.mp4_tree import Node, Runs
from aigc_label.explicit.sound.resampling import halved


def esds(configuration, kind=0x40):
    """The descriptors of a decoder, as they stand in a sample description."""
    inner = bytes((5, len(configuration))) + configuration
    decoder = bytes((4, 13 + len(inner), kind)) + bytes(12) + inner
    whole = bytes((3, 0x80, 0x80, 3 + len(decoder))) + bytes(3) + decoder
    return bytes(4) + struct.pack(">I", 1) + entry(b"mp4a", b"....esds" + bytes(4) + whole)


def entry(kind, body):
    return struct.pack(">I4s", 36 + len(body), kind) + bytes(28) + body


def alac(frame=4096, depth=16, channels=2, rate=44100):
    body = struct.pack(">IBBBBBBHIII", frame, 0, depth, 40, 10, 14, channels, 255, 0, 0, rate)
    return bytes(4) + struct.pack(">I", 1) + entry(b"alac", b"....alac" + bytes(4) + body)


def test_codings_are_told():
    lc = coding_of(esds(b"\x12\x10"))
    assert (lc.rate, lc.channels, lc.frame, lc.delay) == (44100, 2, 1024, 1024)
    high = coding_of(esds(b"\x2b\x92\x08\x00"))
    assert (high.rate, high.channels, high.frame, high.delay) == (44100, 2, 2048, 2048)
    assert high.taken(2048) == 4096
    odd = coding_of(esds(bytes.fromhex("17805622 10".replace(" ", ""))))  # a rate of its own
    assert (odd.rate, odd.channels) == (0xAC44, 2)
    lossless = coding_of(alac())
    assert (lossless.rate, lossless.channels, lossless.frame) == (44100, 2, 4096)


@pytest.mark.parametrize(
    ("description", "error", "words"),
    [
        (esds(b"\x0a\x10"), CannotCarry, "object type 1"),
        (esds(b"\x12\x14"), CannotCarry, "object type 2"),  # frames of 960 samples
        (esds(b"\x12\x00"), CannotCarry, "object type 2"),  # channels told elsewhere
        (esds(b"\x12"), Malformed, "cut short"),
        (esds(b"\x17\x80"), Malformed, "cut short"),
        (esds(b"\x16\x90"), Malformed, "no rate"),
        (esds(b"\x12\x10", 0x6B), CannotCarry, "this coding"),
        (esds(b"\x12\x10")[:60], Malformed, "cut short"),
        (alac(depth=12), Malformed, "contradicts itself"),
        (alac(channels=3), CannotCarry, "3 channels"),
        (alac()[:70], Malformed, "cut short"),
        (bytes(4) + struct.pack(">I", 1) + entry(b"Opus", b""), CannotCarry, "Opus sound"),
        (bytes(4) + struct.pack(">I", 2) + entry(b"\1\2\3\4", b""), CannotCarry, "01020304"),
    ],
)
def test_other_codings_are_refused(description, error, words):
    with pytest.raises(error, match=words):
        coding_of(description)


def stbl(*, sizes=(10, 20, 30, 40), chunks=((1, 2, 1), (2, 1, 1)), offsets=(100, 200, 300), **more):
    def table(kind, form, *numbers):
        return Node(kind, bytes(4) + struct.pack(form, *numbers))

    flat = [number for chunk in chunks for number in chunk]
    nodes = [
        table(b"stts", ">III", 1, len(sizes), 1024),
        table(b"stsz", f">II{len(sizes)}I", 0, len(sizes), *sizes),
        table(b"stsc", f">I{len(flat)}I", len(chunks), *flat),
        table(b"stco", f">I{len(offsets)}I", len(offsets), *offsets),
        *(Node(kind.encode(), body) for kind, body in more.items()),
    ]
    return Node(b"stbl", inner=nodes)


@pytest.mark.parametrize("place", range(5))
def test_samples_are_put_in_anywhere(place):
    node = stbl(sbgp=bytes(4) + b"roll" + struct.pack(">III", 1, 4, 1), sdtp=bytes(4) + b"\1\2\3\4")
    tables = Tables(node)
    where = {}
    at = list(zip((10, 20, 30, 40), (100, 110, 200, 300), strict=True))
    tables.insert(place, (5, 6), 1000, 512)
    tables.store()
    again = Tables(node)
    assert list(again.sizes) == [*(10, 20, 30, 40)[:place], 5, 6, *(10, 20, 30, 40)[place:]]
    assert again.duration == 4 * 1024 + 2 * 512
    assert again.begin(place) == place * 1024
    number = 0
    for offset, count in zip(again.offsets, again.counts, strict=True):
        there = offset
        for size in again.sizes[number : number + count]:
            where[number] = (size, there)
            there += size
            number += 1
    expected = [*at[:place], (5, 1000), (6, 1005), *at[place:]]
    assert [where[i] for i in range(6)] == expected
    assert Runs.of(node.find(b"sbgp"), 8).total() == 6
    assert len(node.find(b"sdtp").body) == 4 + 6


def test_equal_sizes_are_written_out():
    node = stbl()
    node.find(b"stsz").body = bytes(4) + struct.pack(">II", 7, 4)
    tables = Tables(node)
    tables.insert(0, (9,), 1, 1024)
    tables.store()
    assert list(Tables(node).sizes) == [9, 7, 7, 7, 7]


@pytest.mark.parametrize(
    ("node", "error", "words"),
    [
        (stbl(stss=b""), CannotCarry, "stss"),
        (stbl(chunks=((1, 3, 1),)), Malformed, "one another"),
        (stbl(chunks=((2, 1, 1),)), Malformed, "chunk table"),
        (stbl(chunks=((1, 2, 1), (9, 1, 1))), Malformed, "chunk table"),
        (Node(b"stbl", inner=[]), Malformed, "no 'stts' box"),
    ],
)
def test_tables_that_contradict_themselves(node, error, words):
    with pytest.raises(error, match=words):
        Tables(node)


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        (b"stsz", bytes(4) + struct.pack(">II", 0, 9) + bytes(16), "one another"),
        (b"stsz", bytes(4) + struct.pack(">II", 5, 1 << 25), "without bounds"),
        (b"stts", bytes(4) + struct.pack(">I", 9), "'stts' is cut short"),
        (b"stco", b"", "'stco' is cut short"),
    ],
)
def test_damaged_tables(kind, body, words):
    node = stbl()
    node.find(kind).body = body
    with pytest.raises(Malformed, match=words):
        Tables(node)


def test_wide_offsets():
    node = stbl()
    store_offsets(node, [1, 1 << 33])
    assert node.find(b"stco") is None
    assert offsets_of(node) == [1, 1 << 33]
    store_offsets(node, [5])
    assert offsets_of(node) == [5]
    with pytest.raises(Malformed, match="stco"):
        offsets_of(Node(b"stbl", inner=[]))


def test_runs():
    runs = Runs([(3, 7)])
    runs.insert(9, 2, 5)
    runs.insert(1, 1)
    node = Node(b"stts", bytes(4))
    runs.store(node)
    assert Runs.of(node).pairs == [(4, 7), (2, 5)]
    empty = Runs([])
    empty.insert(0, 2)
    assert empty.pairs == []


@pytest.mark.parametrize("version", [0, 1])
def test_durations(version):
    node = Node(b"mdhd", bytes((version,)) + bytes(40))
    at, size = mp4_tree.duration_at(node)
    mp4_tree.lengthened(node, 7)
    assert node.number(at, size) == 7
    node.put(at, size, (1 << 8 * size) - 1)
    mp4_tree.lengthened(node, 7)
    assert node.number(at, size) == (1 << 8 * size) - 1  # not known
    assert mp4_tree.duration_at(Node(b"tkhd", bytes((version,)))) in ((20, 4), (28, 8))
    with pytest.raises(Malformed, match="without a time scale"):
        mp4_tree.timescale(node)


def test_headers_without_bounds_are_refused(monkeypatch):
    data = coded("a.m4a", *AAC)
    monkeypatch.setattr(mp4_tree, "LARGEST", 100)
    with open_asset(data) as asset, pytest.raises(CannotCarry, match="its header has more"):
        mp4_tree.held(asset, bmff.sole_moov(bmff.top_level(asset)))


def test_tracks_of_chapters_without_an_end_of_their_own():
    mdhd = Node(b"mdhd", bytes(12) + struct.pack(">II", 1000, 0) + bytes(4))
    elst = Node(b"elst", bytes(4) + struct.pack(">IIII", 1, 4000, 0, 1 << 16))
    node = stbl()
    node.find(b"stts").body = bytes(4) + struct.pack(">III", 1, 2, 2000)
    inner = Node(b"mdia", inner=[mdhd, Node(b"minf", inner=[node])])
    track = Node(b"trak", inner=[Node(b"tkhd", bytes(84)), inner, Node(b"edts", inner=[elst])])
    _stretch(track, [(0.0, 1.0), (9.0, 0.5)], 1000)
    assert Runs.of(node.find(b"stts")).pairs == [(1, 3000), (1, 2500)]
    assert elst.number(8, 4) == 5500
    assert mdhd.number(16, 4) == 1500


def test_chapters_of_nero():
    body = b"\1\0\0\0" + bytes(4) + b"\2" + struct.pack(">QB", 0, 1) + b"x"
    body += struct.pack(">QB", 50_000_000, 1) + b"y"
    box = struct.pack(">I4s", 8 + len(body), b"chpl") + body
    after = _nero(box, [(0.0, 1.5)])
    assert struct.unpack_from(">Q", after, 17) == (0,)
    assert struct.unpack_from(">Q", after, 27) == (65_000_000,)
    assert _nero(box[:24], [(0.0, 1.5)]) == box[:24]  # cut short
    assert _nero(b"other", []) == b"other"


def test_halving_keeps_the_pitch():
    tone = np.sin(2 * np.pi * 880 / 44100 * np.arange(44101))
    half = halved(tone)
    assert half.size == 22051
    wanted = np.sin(2 * np.pi * 880 / 22050 * np.arange(half.size))
    assert abs(half - wanted)[100:-100].max() < 0.02


@pytest.mark.foreign("ffmpeg")
@pytest.mark.parametrize("places", [START, ("start", "end")])
def test_spectral_band_replication(places):
    """A file whose header tells of it, as encoders write it that halve the rate."""
    data = coded("he.m4a", *AAC, rate=22050)
    at = data.index(b"\x13\x90\x56\xe5")
    high = data[:at] + b"\x2b\x92\x08\x00\x00" + data[at + 5 :]
    before = decoded(high)
    new, mark = marked(high, places)
    after = decoded(new)
    heard = after.mean(axis=1).astype("f8")
    assert begins(heard, 44100) == pytest.approx(mark.at[0], abs=0.08)
    assert ("end" not in places) or ends(heard, 44100) is not None
    if places == START:
        grown = len(after) - len(before)
        difference = abs(after[grown + 4096 :] - before[4096:]).max()
        assert difference < 1e-4
    assert marked(new, places)[0] == new
