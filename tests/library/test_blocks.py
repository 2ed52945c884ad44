"""Streams over ranges: the right bytes, each fetched once, and hardly more than are read."""

from __future__ import annotations

import io
import itertools
import os
import random
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label import inspecting
from aigc_label.asset import open_asset
from aigc_label.library import blocks
from aigc_label.library.blocks import BLOCK, WINDOW, BlockStream

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
_LARGE = 24 << 20


class Ranges:
    """Bytes far away, which count what is asked of them."""

    def __init__(self, data):
        self.data = data
        self.asked = []

    def __call__(self, start, end):
        self.asked.append((start, end))
        return self.data[start:end]


@given(st.lists(st.tuples(st.integers(0, 700_000), st.integers(0, 300_000)), max_size=12))
def test_any_order_of_reads_gives_the_bytes_and_fetches_none_twice(reads):
    data = random.Random(7).randbytes(600_123)
    there = Ranges(data)
    with BlockStream(there, len(data)) as stream:
        for at, length in reads:
            assert stream.seek(at) == at
            assert stream.read(length) == data[at : at + length]
            assert stream.tell() == max(at, min(at + length, len(data)))
    fetched = sorted(there.asked)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(fetched))
    assert all(start % BLOCK == 0 for start, _ in fetched)


def test_a_long_file_goes_by_in_large_requests_and_into_a_file(monkeypatch):
    monkeypatch.setattr(blocks, "_HELD", 4 * BLOCK)
    data = random.Random(8).randbytes(40 * BLOCK + 5)
    there = Ranges(data)
    with BlockStream(there, len(data)) as stream:
        assert stream.seek(0, os.SEEK_END) == len(data)
        stream.seek(0)
        parts = []
        while part := stream.read(BLOCK // 2):
            parts.append(part)
        assert b"".join(parts) == data
        assert stream.requests == len(there.asked) < 15
        assert stream.seek(-5, os.SEEK_CUR) == len(data) - 5
        assert stream.read() == data[-5:]
        stream.seek(0)
        assert stream.read(3 * BLOCK) == data[: 3 * BLOCK]
        assert stream.fetched == len(data)
    assert max(end - start for start, end in there.asked) <= WINDOW


def test_what_comes_too_short_is_an_error():
    with BlockStream(lambda _start, _end: b"", 10) as stream, pytest.raises(OSError, match="10 b"):
        stream.read(10)
    with (
        BlockStream(lambda _start, _end: b"", 10) as stream,
        pytest.raises(ValueError, match="before"),
    ):
        stream.seek(-1)


def _png():
    data = (FIXTURES / "png/labelled/xmp-among-others.png").read_bytes()
    body = b"prVw" + bytes(_LARGE)  # a large private chunk before the end
    chunk = struct.pack(">I", _LARGE) + body + struct.pack(">I", zlib.crc32(body))
    return data[:-12] + chunk + data[-12:]


def _jpeg():
    data = (FIXTURES / "jpeg/labelled/xmp-among-others.jpg").read_bytes()
    return data[:-2] + b"\x55" * _LARGE + data[-2:]


def _mp3():
    return (FIXTURES / "mp3/labelled/rich.mp3").read_bytes() + bytes(_LARGE)


def _docx():
    made = io.BytesIO((FIXTURES / "docx/labelled/guide.docx").read_bytes())
    with zipfile.ZipFile(made, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr("word/media/large.bin", bytes(_LARGE))
    return made.getvalue()


def _mp4():
    data = (FIXTURES / "mp4/labelled/tracks.mp4").read_bytes()
    at, boxes = 0, {}
    while at < len(data):
        size = int.from_bytes(data[at : at + 4])
        boxes[data[at + 4 : at + 8]] = data[at : at + size]
        at += size
    media = struct.pack(">I", _LARGE + 8) + b"mdat" + bytes(_LARGE)
    return boxes[b"ftyp"] + media + boxes[b"moov"]


@pytest.mark.parametrize(
    ("make", "name"),
    [(_png, "a.png"), (_jpeg, "a.jpg"), (_mp3, "a.mp3"), (_docx, "a.docx"), (_mp4, "a.mp4")],
)
def test_checks_fetch_what_they_read_and_no_more_than_whole_blocks_of_it(make, name):
    data = make()
    with open_asset(data, name=name) as asset:
        near = inspecting.inspect(asset, perceive=False)
        read, reads = asset.bytes_read, asset.reads
    with BlockStream(Ranges(data), len(data)) as stream, open_asset(stream, name=name) as asset:
        far = inspecting.inspect(asset, perceive=False)
        assert far.labels == near.labels
        assert len(far.labels) == 1
        assert far.problem is None
        assert stream.fetched <= read + reads * BLOCK
        assert stream.fetched <= 5 * BLOCK
        assert stream.requests <= 5
