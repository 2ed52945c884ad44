"""A small film of some samples of a picture track alone, for ffmpeg to decode.

It has no edit list and no matrix, so that ffmpeg sees exactly these samples at exactly these times.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from aigc_label.containers.bmff import build

if TYPE_CHECKING:
    from pathlib import Path

    from aigc_label.asset import Asset
    from aigc_label.explicit.film.tables import Numbers, Track

_MATRIX = struct.pack(">9I", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
_FTYP = build(b"ftyp", b"isom", bytes(4), b"isom")
_SELF = build(b"dinf", build(b"dref", struct.pack(">II", 0, 1), build(b"url ", b"\0\0\0\1")))


def base(track: Track, first: int, end: int) -> int:
    """The tick of the track that is 0 in an excerpt of the samples from ``first`` to ``end``."""
    return int(track.times[first:end].min())


def written(asset: Asset, track: Track, first: int, end: int, target: Path) -> None:
    """Write an excerpt.

    Args:
        asset: the film.
        track: its picture track.
        first: the first sample, at which decoding can begin.
        end: the sample behind the last one.
        target: the new file.
    """
    sizes = track.sizes[first:end]
    decoded = track.decoded[first:end] - track.decoded[first]
    shown = track.times[first:end] - base(track, first, end)
    body = asset.read(track.entry.start, track.entry.size)
    lengths = np.append(np.diff(decoded), 1)
    tables = [
        build(b"stsd", struct.pack(">II", 0, 1), body),
        _runs(b"stts", lengths, 0),
        _runs(b"ctts", shown - decoded, 1),
        build(b"stsc", struct.pack(">5I", 0, 1, 1, len(sizes), 1)),
        build(b"stsz", struct.pack(">3I", 0, 0, len(sizes)), _words(sizes)),
        build(b"stss", bytes(4), _listed(np.flatnonzero(track.keys[first:end]) + 1)),
    ]
    media = int(sizes.sum())
    start = len(_FTYP) + 16
    tables.append(build(b"stco", struct.pack(">III", 0, 1, start)))
    ticks = int(decoded[-1]) + 1
    width, height = struct.unpack_from(">HH", body, 32)
    mdhd = build(b"mdhd", struct.pack(">IQQIQI", 1 << 24, 0, 0, track.clock, ticks, 0x55C40000))
    hdlr = build(b"hdlr", bytes(8), b"vide", bytes(13))
    minf = build(b"minf", build(b"vmhd", struct.pack(">IQ", 1, 0)), _SELF, build(b"stbl", *tables))
    tkhd = build(
        b"tkhd",
        struct.pack(">IQQIIQQQ", 1 << 24 | 3, 0, 0, 1, 0, ticks, 0, 0),
        _MATRIX,
        struct.pack(">II", width << 16, height << 16),
    )
    mvhd = build(
        b"mvhd",
        struct.pack(">IQQIQIHHQ", 1 << 24, 0, 0, track.clock, ticks, 1 << 16, 256, 0, 0),
        _MATRIX,
        bytes(24),
        struct.pack(">I", 2),
    )
    mdia = build(b"mdia", mdhd, hdlr, minf)
    with target.open("wb") as file:
        file.write(_FTYP + struct.pack(">I4sQ", 1, b"mdat", media + 16))
        for start, stop in _pieces(track.offsets[first:end], sizes):
            asset.copy_to(file, start, stop)
        file.write(build(b"moov", mvhd, build(b"trak", tkhd, mdia)))


def _pieces(offsets: Numbers, sizes: Numbers) -> list[tuple[int, int]]:
    """The runs of samples that stand one behind the other."""
    ends = offsets + sizes
    breaks = np.flatnonzero(offsets[1:] != ends[:-1]) + 1
    firsts, lasts = [0, *breaks], [*(breaks - 1), len(sizes) - 1]
    return [(int(offsets[a]), int(ends[b])) for a, b in zip(firsts, lasts, strict=True)]


def _words(values: Numbers) -> bytes:
    return values.astype(np.int64).astype(np.uint32).astype(">u4").tobytes()


def _listed(values: Numbers) -> bytes:
    return struct.pack(">I", len(values)) + _words(values)


def runs(values: Numbers) -> tuple[int, bytes]:
    """Values as a table of runs: the number of runs, and the rows."""
    changes = np.flatnonzero(np.diff(values)) + 1
    starts = np.concatenate([[0], changes])
    counts = np.diff(np.append(starts, len(values)))
    rows = np.stack([counts, values[starts]], axis=1)
    return len(starts), _words(rows)


def _runs(kind: bytes, values: Numbers, version: int) -> bytes:
    count, rows = runs(values)
    return build(kind, struct.pack(">II", version << 24, count), rows)
