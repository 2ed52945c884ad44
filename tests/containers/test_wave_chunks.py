import struct

import pytest

from aigc_label.containers import wave_chunks
from aigc_label.errors import CannotCarry, Malformed

GUID = bytes.fromhex("0000 0000 1000 8000 00aa 0038 9b71")


def fmt(tag=1, *, channels=2, rate=44100, width=2, bits=None, extra=b""):
    frame = channels * width
    bits = 8 * width if bits is None else bits
    return struct.pack("<HHIIHH", tag, channels, rate, rate * frame, frame, bits) + extra


def extensible(kind, used, *, guid=GUID, **options):
    return fmt(0xFFFE, extra=struct.pack("<HHIH", 22, used, 3, kind) + guid, **options)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (fmt(), (1, 2, 44100, 2, 16)),
        (fmt(width=1, channels=1), (1, 1, 44100, 1, 8)),
        (fmt(width=3, bits=20), (1, 2, 44100, 3, 20)),
        (fmt(3, width=4), (3, 2, 44100, 4, 32)),
        (fmt(3, width=8, extra=b"\x00\x00"), (3, 2, 44100, 8, 64)),
        (extensible(1, 24, width=4), (1, 2, 44100, 4, 24)),
        (extensible(1, 0, width=3), (1, 2, 44100, 3, 24)),
        (extensible(3, 32, width=4), (3, 2, 44100, 4, 32)),
    ],
)
def test_sample_formats(body, expected):
    found = wave_chunks.sample_format(body)
    assert (found.kind, found.channels, found.rate, found.width, found.bits) == expected
    assert found.frame == found.channels * found.width


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (fmt(6, width=1), "A-law"),
        (fmt(7, width=1), "mu-law"),
        (fmt(0x55, width=1), "MP3"),
        (fmt(0x1234), "codec 0x1234"),
        (extensible(1, 16, guid=bytes(14)), "codec 0xfffe"),
        (extensible(6, 8, width=1), "A-law"),
    ],
)
def test_codecs_are_named(body, name):
    with pytest.raises(CannotCarry, match=f"{name} sound; convert the file first"):
        wave_chunks.sample_format(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        fmt()[:15],
        extensible(1, 16)[:39],
        fmt(channels=0),
        fmt(rate=0),
        fmt(rate=255),  # no tone can be heard in that
        fmt(rate=4_000_000_000 // 4),
        fmt(channels=300),
        fmt(width=5),
        fmt(3, width=2),
        fmt(bits=0),
        fmt(bits=17),
        struct.pack("<HHIIHH", 1, 2, 8000, 8000, 5, 16),
    ],
)
def test_contradictions_are_malformed(body):
    with pytest.raises(Malformed):
        wave_chunks.sample_format(body)


def cue(*points):
    return struct.pack("<I", len(points)) + b"".join(
        struct.pack("<II4sIII", 1, at, kind, 0, 0, at) for at, kind in points
    )


def test_cue_points_move_with_their_samples():
    old = cue((0, b"data"), (500, b"data"), (7, b"slnt"))
    assert wave_chunks.shifted(b"cue ", old, [(0, 100)]) == cue(
        (100, b"data"), (600, b"data"), (7, b"slnt")
    )


def test_loops_of_a_sampler_move_and_its_own_data_stays():
    head = bytes(28) + struct.pack("<II", 1, 24)
    loop = struct.pack("<6I", 0, 0, 10, 20, 0, 0)
    moved = struct.pack("<6I", 0, 0, 110, 120, 0, 0)
    assert wave_chunks.shifted(b"smpl", head + loop * 2, [(0, 100)]) == head + moved + loop


def test_peaks_move():
    old = struct.pack("<IIfIfI", 1, 0, 0.5, 10, 0.25, 0xFFFFFFFF)
    new = struct.pack("<IIfIfI", 1, 0, 0.5, 110, 0.25, 0xFFFFFFFF)
    assert wave_chunks.shifted(b"PEAK", old, [(0, 100)]) == new


@pytest.mark.parametrize(("before", "after"), [(48000, 47900), (100, 0), (99, 99), (0, 0)])
def test_time_of_day_stays_with_the_programme_where_it_can(before, after):
    body = bytearray(602)
    body[338:346] = struct.pack("<Q", before)
    new = wave_chunks.shifted(b"bext", bytes(body), [(0, 100)])
    assert struct.unpack_from("<Q", new, 338) == (after,)
    assert new[:338] + new[346:] == bytes(594)


@pytest.mark.parametrize("kind", wave_chunks.POSITIONED)
def test_short_chunks_stay(kind):
    assert wave_chunks.shifted(kind, b"abc", [(0, 100)]) == b"abc"


def test_fact_counts():
    assert wave_chunks.counted(struct.pack("<I", 50) + b"more", 10) == b"\x3c\x00\x00\x00more"
    assert wave_chunks.counted(b"abc", 10) == b"abc"
