"""Frames of FLAC (RFC 9639, section 9): found, numbered anew, and written without an encoder.

A frame says its own number and has two checksums, but not its length. Both checksums are linear,
so that a new number changes them without a look at the sound.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.errors import LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.asset import Asset

MOST_FRAMES = 1 << 20
"""A day at 44.1 kHz in frames of the usual length."""

_READ = 4 << 20
_LONGEST_HEADER = 16
_SYNC = rb"\xff[\xf8\xf9]"
_VARIABLE = 1
_LEFT_SIDE = 8
_EXPLICIT_SIZE = 7  # two bytes behind the number hold the block size
_ID3V1 = 128


class Header(NamedTuple):
    """The header of a frame.

    Attributes:
        is_variable: whether ``number`` counts samples, and not frames.
        number: of the frame, or of its first sample.
        block: samples of a channel in it; 0 where that is reserved.
        rate_code: how it says the rate.
        depth_code: how it says the bits of a sample.
        prefix: bytes before the number.
        behind: bytes between the number and the checksum.
        length: bytes, checksum included.
    """

    is_variable: bool
    number: int
    block: int
    rate_code: int
    depth_code: int
    prefix: bytes
    behind: bytes
    length: int

    def numbered(self, number: int) -> bytes:
        """The header with another number."""
        raw = self.prefix + _coded(number) + self.behind
        return raw + bytes((_crc8(raw),))


class Place(NamedTuple):
    """A frame in a file; offsets are bytes of the file."""

    start: int
    end: int
    header: Header


def header(data: bytes, at: int = 0) -> Header | None:
    """The header at an offset, ``None`` if none stands there."""
    if len(data) < at + 6 or data[at] != 0xFF or data[at + 1] & 0xFE != 0xF8 or data[at + 3] & 1:
        return None
    size_code, rate_code = data[at + 2] >> 4, data[at + 2] & 15
    channels, depth_code = data[at + 3] >> 4, data[at + 3] >> 1 & 7
    if not size_code or rate_code == 15 or channels > 10 or depth_code == 3:
        return None
    number, end = _number(data, at + 4)
    if number < 0:
        return None
    sizes = {6: 1, 7: 2}.get(size_code, 0)
    rates = {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    behind = data[end : end + sizes + rates]
    stop = end + sizes + rates
    if len(data) <= stop or _crc8(data[at:stop]) != data[stop]:
        return None
    if sizes:
        block = int.from_bytes(behind[:sizes], "big") + 1
    elif size_code == 1:
        block = 192
    else:
        block = 576 << size_code - 2 if size_code < 6 else 256 << size_code - 8
    is_variable = bool(data[at + 1] & _VARIABLE)
    prefix = data[at : at + 4]
    return Header(is_variable, number, block, rate_code, depth_code, prefix, behind, stop + 1 - at)


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number coded as UTF-8 codes, and where it ends; -1 if it is none."""
    first = data[at]
    if first < 0x80:
        return first, at + 1
    more = 8 - (~first & 0xFF).bit_length() - 1  # ones at the top, but for one
    if not 1 <= more <= 6 or len(data) < at + 1 + more:
        return -1, at
    value = first & (0x3F >> more)
    for byte in data[at + 1 : at + 1 + more]:
        if byte & 0xC0 != 0x80:
            return -1, at
        value = value << 6 | byte & 0x3F
    return value, at + 1 + more


def _coded(number: int) -> bytes:
    if number < 0x80:
        return bytes((number,))
    more = 1
    while number >> (6 * more + 6 - more):
        more += 1
    first = (0xFF << 7 - more) & 0xFF | number >> 6 * more
    return bytes((first, *(0x80 | number >> 6 * i & 0x3F for i in reversed(range(more)))))


def places(asset: Asset, start: int, end: int) -> list[Place]:
    """All frames between two offsets.

    Raises:
        Malformed: if no frame stands at ``start``, the last is cut short, or one is missing.
        LimitExceeded: after :data:`MOST_FRAMES`.
    """
    found: list[tuple[int, Header]] = []
    expected: int | None = None
    at = start
    while at < end:
        window = asset.peek(at, min(_READ + _LONGEST_HEADER, end - at))
        for match in re.finditer(_SYNC, window):
            if match.start() >= _READ:
                break
            seen = header(window, match.start())
            if seen is None or expected not in (None, seen.number):
                continue
            if found and found[0][1].is_variable != seen.is_variable:
                continue
            found.append((at + match.start(), seen))
            expected = seen.number + (seen.block if seen.is_variable else 1)
            if len(found) > MOST_FRAMES:
                raise LimitExceeded(f"more than {MOST_FRAMES} FLAC frames", offset=at)
        at += _READ
    if not found or found[0][0] != start:
        raise Malformed("no FLAC frame follows the metadata", offset=start)
    starts = [place for place, _ in found]
    ends = [*starts[1:], _whole(asset, starts[-1], end)]
    return [Place(a, b, seen) for (a, seen), b in zip(found, ends, strict=True)]


def _whole(asset: Asset, start: int, end: int) -> int:
    """Where the last frame ends: by its checksum, which a tag may follow."""
    for stop in (end, end - _ID3V1):
        data = asset.peek(start, stop - start)
        if len(data) > _LONGEST_HEADER and not crc16(data):
            return stop
    raise Malformed("cut short or damaged: the last FLAC frame is not whole", offset=start)


def renumbered(asset: Asset, place: Place, number: int) -> tuple[bytes, bytes]:
    """The header of a frame with another number, and its last two bytes."""
    old = asset.read(place.start, place.header.length)
    new = place.header.numbered(number)
    check = int.from_bytes(asset.read(place.end - 2, 2), "big")
    behind = place.end - 2 - place.start - place.header.length
    check ^= _advanced(crc16(old) ^ crc16(new), behind)
    return new, check.to_bytes(2, "big")


def written(like: Header, number: int, depth: int, channels: Sequence[Sequence[int]]) -> bytes:
    """A frame of samples as they are, or of silence, that needs no encoder.

    Args:
        like: a header of the stream.
        number: of the frame, or of its first sample.
        depth: bits of a sample.
        channels: arrays of numbers, one for each channel.
    """
    import numpy as np  # noqa: PLC0415 - reading needs none

    arrays = [np.asarray(channel, np.int64) for channel in channels]
    size = arrays[0].size
    assignment, depths = len(arrays) - 1, [depth] * len(arrays)
    if len(arrays) == 2:
        assignment, depths = _LEFT_SIDE, [depth, depth + 1]
        arrays = [arrays[0], arrays[0] - arrays[1]]
    rate_code = like.rate_code if like.rate_code < 12 else 0
    prefix = like.prefix[:2] + bytes(
        (_EXPLICIT_SIZE << 4 | rate_code, assignment << 4 | like.depth_code << 1)
    )
    raw = prefix + _coded(number) + (size - 1).to_bytes(2, "big")
    bits = []
    for values, width in zip(arrays, depths, strict=True):
        constant = bool((values == values[0]).all())
        bits.append(np.unpackbits(np.array([0 if constant else 2], np.uint8)))
        kept = values[:1] if constant else values
        places_of = np.arange(width - 1, -1, -1)
        bits.append((kept[:, None] >> places_of & 1).astype(np.uint8).ravel())
    body = np.packbits(np.concatenate(bits)).tobytes()
    frame = raw + bytes((_crc8(raw),)) + body
    return frame + crc16(frame).to_bytes(2, "big")


def _crc8(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc = _TABLE8[crc ^ byte]
    return crc


def _table(polynomial: int, width: int) -> list[int]:
    table = []
    for byte in range(256):
        crc = byte << width - 8
        for _ in range(8):
            crc = (crc << 1 ^ (polynomial if crc >> width - 1 else 0)) & ((1 << width) - 1)
        table.append(crc)
    return table


_TABLE8 = _table(0x07, 8)
_TABLE16 = _table(0x8005, 16)


def crc16(data: bytes) -> int:
    """The checksum of a frame: polynomial 0x8005, most significant bit first, from 0."""
    crc = 0
    for byte in data:
        crc = (crc << 8 & 0xFFFF) ^ _TABLE16[crc >> 8 ^ byte]
    return crc


_DOUBLINGS: list[list[int]] = []


def _advanced(crc: int, count: int) -> int:
    """The checksum after ``count`` zero bytes: a matrix for each bit of the count, made once."""
    if not _DOUBLINGS:
        columns = [(1 << bit << 8 & 0xFFFF) ^ _TABLE16[(1 << bit) >> 8] for bit in range(16)]
        for _ in range(32):
            _DOUBLINGS.append(columns)
            columns = [_applied(columns, column) for column in columns]
    for columns in _DOUBLINGS:
        if not count:
            break
        if count & 1:
            crc = _applied(columns, crc)
        count >>= 1
    return crc


def _applied(columns: Sequence[int], vector: int) -> int:
    result = 0
    bit = 0
    while vector:
        if vector & 1:
            result ^= columns[bit]
        vector >>= 1
        bit += 1
    return result
