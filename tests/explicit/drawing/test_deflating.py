"""Pieces deflated by themselves make one stream that everybody inflates."""

from __future__ import annotations

import os
import zlib

import numpy as np
import pytest

from aigc_label import cores
from aigc_label.explicit.drawing import deflating


@pytest.mark.parametrize("size", [0, 1, 1000, (2 << 16) + 1, (5 << 16) + 12_345])
@pytest.mark.parametrize("cores", [1, 2, 64])
def test_what_goes_in_comes_out(size, cores, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    monkeypatch.setattr(deflating, "_PIECE", 1 << 16)
    data = np.random.default_rng(size).integers(0, 9, size, np.uint8).tobytes()
    packed = deflating.deflated(bytearray(data), 3)
    assert zlib.decompress(packed) == data
    assert len(packed) <= 1.01 * len(zlib.compress(data, 3)) + 100


def test_a_batch_gives_every_process_its_share(monkeypatch):
    monkeypatch.setenv(cores.THREADS, "1")
    data = bytes(3 << 20)
    assert deflating.deflated(data, 3) == zlib.compress(data, 3)


def test_systems_that_do_not_tell_which_cores_count_them(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert zlib.decompress(deflating.deflated(bytes(3 << 20), 1)) == bytes(3 << 20)
