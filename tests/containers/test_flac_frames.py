import numpy as np
import pytest

from aigc_label.asset import open_asset
from aigc_label.containers import flac_frames
from aigc_label.errors import LimitExceeded, Malformed

RAW = b"\xff\xf8\x59\x18\x00"  # 4608 samples, stereo, 16 bits
CHECK = bytes((flac_frames._crc8(RAW),))
LIKE = flac_frames.header(RAW + CHECK)


def stream(count=5, block=64, depth=16, *, variable=False, start=0):
    prefix = b"\xff\xf9\x59\x18" if variable else b"\xff\xf8\x59\x18"
    like = LIKE._replace(prefix=prefix, is_variable=variable)
    chance = np.random.default_rng(1)
    frames = []
    for i in range(count):
        values = chance.integers(-1000, 1000, (2, block))
        number = start + (i * block if variable else i)
        frames.append(flac_frames.written(like, number, depth, values))
    return frames


def test_header_is_read():
    assert LIKE.block == 4608
    assert LIKE.number == 0
    assert not LIKE.is_variable
    assert LIKE.numbered(0) == RAW + CHECK


@pytest.mark.parametrize("number", [0, 127, 128, 2047, 2048, 65535, 1 << 20, (1 << 36) - 1])
def test_numbers_of_any_length(number):
    raw = LIKE.numbered(number)
    assert flac_frames.header(raw).number == number


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff\xf8\x59\x18\x00\x98",  # another checksum
        b"\xff\xf8\x09\x18\x00\x99",
        b"\xff\xf8\x5f\x18\x00\x99",
        b"\xff\xf8\x59\xb8\x00\x99",
        b"\xff\xf8\x59\x16\x00\x99",
        b"\xff\xf8\x59\x19\x00\x99",
        b"\xff\xf8\x59\x18\xff\x99",
        b"\xff\xf8\x59\x18\xc2\x10\x99",
        b"\xff\xf8\x59\x18\xe2",
        b"\xff",
    ],
)
def test_other_bytes_are_no_header(raw):
    assert flac_frames.header(raw + bytes(3) if len(raw) > 5 else raw) is None


def test_sizes_of_blocks():
    for code, extra, size in ((1, b"", 192), (5, b"", 4608), (15, b"", 32768), (6, b"\x09", 10)):
        raw = bytes((0xFF, 0xF8, code << 4 | 9, 0x18, 0)) + extra
        assert flac_frames.header(raw + bytes((flac_frames._crc8(raw),))).block == size
    raw = b"\xff\xf8\x6d\x18\x00\x09\x12\x34"  # a rate of its own, behind the size
    assert flac_frames.header(raw + bytes((flac_frames._crc8(raw),))).length == 9


@pytest.mark.parametrize("variable", [False, True])
def test_frames_are_found_and_numbered_anew(variable):
    frames = stream(variable=variable)
    data = b"junk" + b"".join(frames)
    with open_asset(data) as asset:
        found = flac_frames.places(asset, 4, len(data))
        assert [data[p.start : p.end] for p in found] == frames
        for place, frame in zip(found, frames, strict=True):
            for number in (3, 1 << 20):
                head, check = flac_frames.renumbered(asset, place, number)
                new = head + frame[place.header.length : -2] + check
                assert flac_frames.header(new).number == number
                assert not flac_frames.crc16(new)


def test_frames_across_windows(monkeypatch):
    monkeypatch.setattr(flac_frames, "_READ", 300)
    frames = stream(12)
    data = b"".join(frames)
    with open_asset(data) as asset:
        assert len(flac_frames.places(asset, 0, len(data))) == 12


def test_what_is_missing_or_too_much(monkeypatch):
    frames = stream()
    with open_asset(b"".join(frames)[:-3]) as asset, pytest.raises(Malformed, match="not whole"):
        flac_frames.places(asset, 0, asset.size)
    with open_asset(bytes(100)) as asset, pytest.raises(Malformed, match="no FLAC frame"):
        flac_frames.places(asset, 0, asset.size)
    monkeypatch.setattr(flac_frames, "MOST_FRAMES", 3)
    with open_asset(b"".join(frames)) as asset, pytest.raises(LimitExceeded):
        flac_frames.places(asset, 0, asset.size)


def test_silence_takes_next_to_nothing():
    silent = flac_frames.written(LIKE, 0, 24, np.zeros((2, 4096), int))
    assert len(silent) < 30
