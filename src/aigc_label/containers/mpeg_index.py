"""The index that the first frame of a layer III file often is instead of sound.

``Xing`` or ``Info``, usually with LAME's extension, or Fraunhofer's ``VBRI``. It is read here, and
brought up to date when frames are put before, between or behind the others. No standard describes
it; the facts are those of LAME's and ffmpeg's own files.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Run:
    """Frames to be put in.

    Attributes:
        data: their bytes.
        count: how many they are.
        spare: samples in them that are no sound: the encoder's delay of a run in front, the
            padding at the end of a run behind.
    """

    data: bytes = b""
    count: int = 0
    spare: int = 0


@dataclass(frozen=True, slots=True)
class Index:
    """An index frame.

    Attributes:
        frame: its bytes.
        at: where ``Xing``, ``Info`` or ``VBRI`` stands in them.
    """

    frame: bytes
    at: int

    @property
    def is_vbri(self) -> bool:
        """Whether it is Fraunhofer's."""
        return self.frame[self.at : self.at + 4] == b"VBRI"

    def field(self, bit: int) -> int | None:
        """Where a ``Xing`` field stands: 1 frames, 2 bytes, 4 table, 8 quality, 16 LAME's."""
        flags = self.number(self.at + 4, 4)
        if bit < 16 and not flags & bit:
            return None
        sizes = ((1, 4), (2, 4), (4, 100), (8, 4))
        at = self.at + 8 + sum(size for other, size in sizes if other < bit and flags & other)
        if bit == 16 and self.frame[at : at + 4] not in (
            b"LAME",
            b"Lavc",
            b"Lavf",
            b"L3.9",
            b"GOGO",
        ):
            return None
        return at if at + (36 if bit == 16 else 4) <= len(self.frame) else None

    def number(self, at: int, size: int) -> int:
        """An unsigned number in the frame."""
        return int.from_bytes(self.frame[at : at + size], "big")

    @property
    def counts(self) -> tuple[int, int] | None:
        """Frames and bytes of the file as the index gives them, if it gives both."""
        if self.is_vbri:
            return self.number(self.at + 14, 4), self.number(self.at + 10, 4)
        frames_at, bytes_at = self.field(1), self.field(2)
        if frames_at is None or bytes_at is None:
            return None
        return self.number(frames_at, 4), self.number(bytes_at, 4)


def index(frame: bytes, main_data: int) -> Index | None:
    """The index in a stream's first frame, if it is one.

    Args:
        frame: the whole frame.
        main_data: where its main data begins.
    """
    for at in (main_data, main_data - 2):  # not everybody counts a checksum
        if frame[at : at + 4] in (b"Xing", b"Info") and len(frame) >= at + 8:
            return Index(frame, at)
    if frame[36:40] == b"VBRI" and len(frame) >= 62:
        return Index(frame, 36)
    return None


@dataclass(frozen=True, slots=True)
class Inner:
    """Frames to be put in between others.

    Attributes:
        run: the frames.
        frame: how many frames of sound stand before them.
        place: how many bytes of sound stand before them.
        check: the checksum of those bytes, by :func:`checksum`.
    """

    run: Run
    frame: int
    place: int
    check: int


def reindexed(old: Index, before: Run, after: Run, inner: Sequence[Inner] = ()) -> bytes:
    """The index frame once frames were put in before, between and behind those it tells of.

    Counts, table, LAME's gapless values, length and checksums become those of the new file.

    Args:
        old: the index.
        before: frames put in right behind the index frame.
        after: frames put in behind the last.
        inner: frames put in between, in order.
    """
    new = bytearray(old.frame)
    runs = (before, *(one.run for one in inner), after)
    grown = sum(len(run.data) for run in runs)
    counted = sum(run.count for run in runs)
    points = _points(old, before, after, inner)
    if old.is_vbri:
        _put(new, old.at + 10, 4, old.number(old.at + 10, 4) + grown)
        _put(new, old.at + 14, 4, old.number(old.at + 14, 4) + counted)
        _put_vbri_table(new, old, points)
        return bytes(new)
    for bit, more in ((1, counted), (2, grown)):
        if (at := old.field(bit)) is not None:
            _put(new, at, 4, old.number(at, 4) + more)
    if points and (at := old.field(4)) is not None and at + 100 <= len(new):
        last, total = points[-1]
        for percent in range(100):
            new[at + percent] = min(int(_byte_at(points, last * percent / 100) * 256 / total), 255)
    _put_lame(new, old, before, after, inner)
    return bytes(new)


def _put(frame: bytearray, at: int, size: int, value: int) -> None:
    frame[at : at + size] = min(max(value, 0), (1 << 8 * size) - 1).to_bytes(size, "big")


def _points(
    old: Index, before: Run, after: Run, inner: Sequence[Inner]
) -> list[tuple[float, float]]:
    """Pairs of frame number and byte position in the new file; empty if the old index has none."""
    counts = old.counts
    if counts is None or not all(counts):
        return []
    count, size = counts
    points: list[tuple[float, float]] = []
    if old.is_vbri:
        entries, scale, width, step = (old.number(old.at + 18 + 2 * i, 2) for i in range(4))
        place = 0
        for i in range(min(entries, (len(old.frame) - old.at - 26) // max(width, 1))):
            place += old.number(old.at + 26 + i * width, width) * scale
            points.append((float(min((i + 1) * step, count)), float(place)))
    elif (at := old.field(4)) is not None and at + 100 <= len(old.frame):
        points = [(count * i / 100, old.frame[at + i] * size / 256) for i in range(1, 100)]
    points.append((float(count), float(size)))
    head = len(old.frame)
    for one in reversed(inner):
        frame, byte, run = float(one.frame), float(one.place + head), one.run
        later = [(t + run.count, b + len(run.data)) for t, b in points if t > frame]
        gap = [(frame, byte), (frame + run.count, byte + len(run.data))]
        points = [*(point for point in points if point[0] < frame), *gap, *later]
    moved = [(t + before.count, b + len(before.data)) for t, b in points]
    end = (moved[-1][0] + after.count, moved[-1][1] + len(after.data))
    begin = (float(before.count), float(len(old.frame) + len(before.data)))
    return [(0.0, 0.0), *([begin] if before.count else []), *moved, end]


def _byte_at(points: list[tuple[float, float]], frame: float) -> float:
    """Linear between the points."""
    for (t0, b0), (t1, b1) in pairwise(points):
        if frame < t1:
            return b0 + (b1 - b0) * (frame - t0) / (t1 - t0)
    return points[-1][1]


def _put_vbri_table(new: bytearray, old: Index, points: list[tuple[float, float]]) -> None:
    """The table with as many entries as before, each for more frames."""
    entries, scale, width, _ = (old.number(old.at + 18 + 2 * i, 2) for i in range(4))
    if not points or not entries or not 1 <= width <= 4 or old.at + 26 + entries * width > len(new):
        return
    step = -int(-points[-1][0] // entries)
    places = [_byte_at(points, step * i) for i in range(entries + 1)]
    sizes = [b - a for a, b in pairwise(places)]
    scale = max(scale, 1, -int(-max(sizes) // ((1 << 8 * width) - 1)))
    _put(new, old.at + 20, 2, scale)
    _put(new, old.at + 24, 2, step)
    for i, size in enumerate(sizes):
        _put(new, old.at + 26 + i * width, width, round(size / scale))


def _put_lame(new: bytearray, old: Index, before: Run, after: Run, inner: Sequence[Inner]) -> None:
    """LAME's extension: gapless values, music length and CRC, and the CRC of the frame itself."""
    if (lame := old.field(16)) is None:
        return
    gapless = old.number(lame + 21, 3)
    delay = before.spare if before.count else gapless >> 12
    padding = after.spare if after.count else gapless & 0xFFF
    _put(new, lame + 21, 3, min(delay, 0xFFF) << 12 | min(padding, 0xFFF))
    length = old.number(lame + 28, 4)
    music = max(length - len(old.frame), 0)
    crc = old.number(lame + 32, 2)
    behind = 0
    for one in reversed(inner):  # it is linear: what is put in adds its own, and moves the rest
        data = one.run.data
        prefix = one.check ^ _advanced(one.check, len(data)) ^ _crc(data)
        crc ^= _advanced(prefix, music - one.place + behind)
        behind += len(data)
    music += behind
    crc = _advanced(_crc(before.data), music) ^ crc
    crc = _advanced(crc, len(after.data)) ^ _crc(after.data)
    if length:
        _put(new, lame + 28, 4, length + len(before.data) + behind + len(after.data))
        _put(new, lame + 32, 2, crc)
    # LAME sums up to the field; ffmpeg always 190 bytes, which is the same in MPEG-1 stereo.
    covers = 190 if _crc(old.frame[:190]) == old.number(lame + 34, 2) else lame + 34
    _put(new, lame + 34, 2, _crc(bytes(new[:covers])))


_LANES = 4096


def checksum(data: bytes, before: int = 0) -> int:
    """LAME's checksum of many bytes, in lanes side by side: bytes one by one would take minutes.

    Args:
        data: the bytes.
        before: the checksum of what stands before them.
    """
    import numpy as np  # noqa: PLC0415 - most files need no such sum

    length = len(data) // _LANES
    crc = before
    if length:
        lanes = np.frombuffer(data, np.uint8, length * _LANES).reshape(_LANES, length)
        table = np.array(_CRC_TABLE, np.uint16)
        sums = np.zeros(_LANES, np.uint16)
        for column in np.ascontiguousarray(lanes.T):
            sums = sums >> 8 ^ table[(sums ^ column) & 0xFF]
        columns = [_advanced(1 << bit, length) for bit in range(16)]
        for lane in sums.tolist():
            crc = _applied(columns, crc) ^ lane
    rest = data[length * _LANES :]
    return _advanced(crc, len(rest)) ^ _crc(rest)


def _crc(data: bytes) -> int:
    """LAME's checksum: polynomial 0x8005 reflected, from 0."""
    crc = 0
    for byte in data:
        crc = crc >> 8 ^ _CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc


def _crc_step(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value


_CRC_TABLE = tuple(map(_crc_step, range(256)))


def _advanced(crc: int, count: int) -> int:
    """The checksum after ``count`` zero bytes, in the logarithm of their number of steps.

    It is linear over GF(2), so that the checksum of two runs of bytes follows from each one's.
    """
    columns = [_crc_step(1 << bit & 0xFF) ^ (1 << bit >> 8) for bit in range(16)]
    while count:
        if count & 1:
            crc = _applied(columns, crc)
        columns = [_applied(columns, column) for column in columns]
        count >>= 1
    return crc


def _applied(columns: list[int], vector: int) -> int:
    result = 0
    for bit, column in enumerate(columns):
        if vector >> bit & 1:
            result ^= column
    return result
