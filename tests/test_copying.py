"""Copying between open files: cloned, moved, across file systems, and from a file that shrinks."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label import copying

BLOCK = 4096
MIB = 1 << 20


@pytest.fixture(scope="module")
def payload() -> bytes:
    return random.Random(7).randbytes(5 * MIB + 123)


def appended(source: Path, target: Path, start: int, end: int) -> int:
    with source.open("rb") as read, target.open("r+b") as write:
        return copying.append(read.fileno(), write.fileno(), start, end)


@pytest.mark.parametrize("before", [b"", b"x" * 17, b"y" * BLOCK, b"z" * (3 * BLOCK + 1)])
@pytest.mark.parametrize(("start", "end"), [(0, None), (17, None), (BLOCK, 3 * MIB), (5, 5)])
def test_the_range_stands_at_the_end(tmp_path, payload, before, start, end):
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(payload)
    target.write_bytes(before)
    end = len(payload) if end is None else end
    assert appended(source, target, start, end) == end
    assert target.read_bytes() == before + payload[start:end]


def test_from_one_file_system_to_another(tmp_path, payload):
    shared = Path("/dev/shm")  # noqa: S108 - a file system of its own is the point
    if not shared.is_dir() or shared.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is one file system only")
    source, target = shared / f"aigc-label-test-{os.getpid()}", tmp_path / "b"
    try:
        source.write_bytes(payload)
        target.write_bytes(b"")
        assert appended(source, target, 0, len(payload)) == len(payload)
        assert target.read_bytes() == payload
    finally:
        source.unlink()


def test_a_source_that_became_shorter_is_told(tmp_path):
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"short")
    target.write_bytes(b"")
    assert appended(source, target, 0, 3 * MIB) == 5


def test_blocks_are_shared_where_the_file_system_can(tmp_path, payload):
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(payload)
    with source.open("rb") as read, target.open("w+b") as write:
        os.fsync(read.fileno())
        if not copying._cloned(read.fileno(), write.fileno(), 0, MIB, 0):
            pytest.skip("this file system cannot share blocks")
        assert target.read_bytes() == payload[:MIB]


@given(st.integers(0, 99_999), st.integers(0, 99_999), st.integers(0, 99_999))
def test_what_is_cloned_are_whole_blocks_within_the_range(start, length, at):
    end = start + length
    first, last = copying.clonable(start, end, at)
    assert start <= first <= last <= end
    if first < last:
        assert first % BLOCK == last % BLOCK == (at + first - start) % BLOCK == 0
        assert first - start < BLOCK
        assert end - last < BLOCK


def test_a_large_range_gets_its_blocks_first_and_no_more_than_it_needs(tmp_path):
    source, target = tmp_path / "a", tmp_path / "b"
    data = random.Random(8).randbytes(copying._WORTH_RESERVING + 4321)
    source.write_bytes(data)
    target.write_bytes(b"before")
    assert appended(source, target, 1, len(data)) == len(data)
    assert target.read_bytes() == b"before" + data[1:]
    assert target.stat().st_size == 5 + len(data)
    assert target.stat().st_blocks * 512 < 2 * len(data)
