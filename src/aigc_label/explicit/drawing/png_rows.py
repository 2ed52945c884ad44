"""Rows of a PNG changed in the form in which they are stored: filtered, packed, maybe interlaced.

Only rows under the mark are taken out of their filters and put back; all others stay as their
encoder filtered them, whatever the bit depth. That keeps 16 bits, palettes and interlacing, and
takes less than half the time of decoding and encoding. Filters are undone by Pillow, which does it
in C: it is handed just the rows that are needed, as a small PNG of its own.
"""

# ruff: noqa: PLC0415 - Pillow is loaded only where something is drawn

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aigc_label.containers import png
from aigc_label.errors import Malformed
from aigc_label.explicit.drawing import pictures
from aigc_label.explicit.drawing.deflating import deflated

if TYPE_CHECKING:
    from aigc_label.explicit.drawing.colours import Pixels
    from aigc_label.explicit.drawing.stamp import Box

LEVEL = 2
"""Of deflate: 3 takes half as long again to save a hundredth, 6 takes three times as long."""

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_ADAM7 = (
    (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4),
    (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2),
)  # fmt: skip
_INDEPENDENT = (0, 1)  # filters that do not look at the row above
_AS_TYPE = {1: 0, 2: 4, 3: 2, 4: 6}  # bytes a pixel, as the colour type of 8 bits that has them
_DEEP = {6: (2, "RGB"), 8: (6, "RGBA")}


class Header(NamedTuple):
    """What ``IHDR`` says."""

    width: int
    height: int
    depth: int
    colour: int
    interlaced: int

    @property
    def channels(self) -> int:
        """Samples of a pixel."""
        return _CHANNELS[self.colour]

    @property
    def distance(self) -> int:
        """Bytes from a sample to the one that filters compare it with."""
        return max(self.channels * self.depth // 8, 1)

    def stride(self, width: int) -> int:
        """Bytes of a row without its filter."""
        return (width * self.channels * self.depth + 7) // 8


def header(data: bytes) -> Header:
    """``IHDR`` unpacked.

    Raises:
        Malformed: if it says what no PNG can say.
    """
    width, height, depth, colour, packing, filters, interlaced = struct.unpack(">IIBBBBB", data)
    if depth not in _DEPTHS.get(colour, ()) or packing or filters or interlaced > 1:
        raise Malformed("a PNG whose IHDR says what no PNG can say", offset=16)
    if not width or not height:
        raise Malformed("a PNG without pixels", offset=16)
    return Header(width, height, depth, colour, interlaced)


@dataclass(slots=True)
class _Pass:
    """Rows that stand together: all of them, or one of the seven of Adam7."""

    at: int  # offset of the first row's filter
    x: int
    y: int
    step_x: int
    step_y: int
    width: int
    height: int
    stride: int

    def within(self, box: Box) -> Box:
        """The box in columns and rows of this pass."""
        left, top, right, bottom = box
        return (
            max(-((self.x - left) // self.step_x), 0),
            max(-((self.y - top) // self.step_y), 0),
            min(max(-((self.x - right) // self.step_x), 0), self.width),
            min(max(-((self.y - bottom) // self.step_y), 0), self.height),
        )


class Rows:
    """The filtered rows of one picture, or one frame."""

    __slots__ = ("_passes", "_raw", "header")

    def __init__(self, header: Header, packed: bytes) -> None:
        """Inflate the rows.

        Raises:
            Malformed: if there are fewer than the header says.
        """
        self.header = header
        self._passes, size = _passes(header)
        inflater = zlib.decompressobj()
        try:
            self._raw = bytearray(inflater.decompress(packed, size))
        except zlib.error as error:
            raise Malformed(f"the picture cannot be decoded: {error}") from None
        if len(self._raw) < size:
            raise Malformed("the picture cannot be decoded: its pixels are cut short")

    @classmethod
    def of(cls, header: Header, samples: Pixels, kind: int = 0) -> Rows:
        """Rows made of samples, all with one filter; what was a palette's packs best with none."""
        rows = cls.__new__(cls)
        rows.header = header
        rows._passes, size = _passes(header)  # noqa: SLF001 - its own
        rows._raw = bytearray(size)  # noqa: SLF001 - as above
        for part in rows._passes:  # noqa: SLF001 - as above
            rows._filters(part)[:] = kind  # noqa: SLF001 - as above
        rows.write((0, 0, header.width, header.height), samples)
        return rows

    def packed(self) -> bytes:
        """The rows deflated."""
        return deflated(self._raw, LEVEL)

    def read(self, box: Box) -> Pixels:
        """Samples of a box: rows, columns, channels."""
        left, top, right, bottom = box
        deep = np.uint16 if self.header.depth == 16 else np.uint8
        region = np.zeros((bottom - top, right - left, self.header.channels), deep)
        for part in self._passes:
            first, begin, last, end = part.within(box)
            if first < last and begin < end:
                samples = _samples(self._plain(part, begin, end), self.header, part.width)
                places = _places(part, (first, begin), box)
                region[places] = samples[:, first:last]
        return region

    def write(self, box: Box, pixels: Pixels) -> None:
        """Put samples where :meth:`read` took them."""
        for part in self._passes:
            first, begin, last, end = part.within(box)
            if first < last and begin < end:
                # The row below may have been filtered by what changes now.
                below = min(end + 1, part.height)
                rows = self._plain(part, begin, below)
                samples = _samples(rows[: end - begin], self.header, part.width)
                samples[:, first:last] = pixels[_places(part, (first, begin), box)]
                rows[: end - begin] = _bytes(samples, self.header)
                above = self._plain(part, begin - 1, begin) if begin else np.zeros_like(rows[:1])
                self._put(part, begin, rows, above)

    def _filters(self, part: _Pass) -> Pixels:
        return self._table(part)[:, 0]

    def _table(self, part: _Pass) -> Pixels:
        table = np.frombuffer(self._raw, np.uint8, part.height * (part.stride + 1), part.at)
        return table.reshape(part.height, part.stride + 1)

    def _plain(self, part: _Pass, begin: int, end: int) -> Pixels:
        """Rows without their filters: bytes."""
        filters = self._filters(part)
        start = begin
        while start and filters[start] not in _INDEPENDENT:
            start -= 1
        step = part.stride + 1
        data = bytes(memoryview(self._raw)[part.at + start * step : part.at + end * step])
        return _unfiltered(data, part.stride, end - start, self.header.distance)[begin - start :]

    def _put(self, part: _Pass, begin: int, rows: Pixels, above: Pixels) -> None:
        table = self._table(part)[begin : begin + len(rows)]
        table[:, 1:] = _filtered(
            rows, np.concatenate((above, rows[:-1])), table[:, 0], self.header.distance
        )


def _passes(header: Header) -> tuple[list[_Pass], int]:
    parts, at = [], 0
    for x, y, step_x, step_y in _ADAM7 if header.interlaced else ((0, 0, 1, 1),):
        width = max(-((x - header.width) // step_x), 0)
        height = max(-((y - header.height) // step_y), 0)
        if width and height:
            stride = header.stride(width)
            parts.append(_Pass(at, x, y, step_x, step_y, width, height, stride))
            at += height * (stride + 1)
    return parts, at


def _places(part: _Pass, first: tuple[int, int], box: Box) -> tuple[slice, slice]:
    """Where the pass's pixels stand within the box."""
    x = part.x + first[0] * part.step_x - box[0]
    y = part.y + first[1] * part.step_y - box[1]
    return slice(y, None, part.step_y), slice(x, None, part.step_x)


def _samples(rows: Pixels, header: Header, width: int) -> Pixels:
    """Bytes of rows as samples: rows, columns, channels."""
    if header.depth == 16:
        return rows.view(">u2").astype(np.uint16).reshape(len(rows), width, -1)
    if header.depth == 8:
        return rows.reshape(len(rows), width, -1).copy()
    bits = np.unpackbits(rows, axis=1).reshape(len(rows), -1, header.depth)
    weights = 1 << np.arange(header.depth - 1, -1, -1, dtype=np.uint8)
    samples: Pixels = (bits * weights).sum(axis=-1, dtype=np.uint8)[:, :width, None]
    return samples


def _bytes(samples: Pixels, header: Header) -> Pixels:
    count = len(samples)
    if header.depth == 16:
        return samples.astype(">u2").reshape(count, -1).view(np.uint8)
    if header.depth == 8:
        return samples.reshape(count, -1)
    shifts = np.arange(header.depth - 1, -1, -1, dtype=np.uint8)
    return np.packbits((samples >> shifts & 1).reshape(count, -1), axis=1)


def _unfiltered(data: bytes, stride: int, count: int, distance: int) -> Pixels:
    """Undo the filters of rows of which the first depends on none."""
    from PIL.PngImagePlugin import PngImageFile

    deep = _DEEP.get(distance)
    colour, depth = (deep[0], 16) if deep else (_AS_TYPE[distance], 8)
    ihdr = struct.pack(">IIBBBBB", stride // distance, count, depth, colour, 0, 0, 0)
    stored = png.chunk(b"IDAT", zlib.compress(data, 0))
    file = png.SIGNATURE + png.chunk(b"IHDR", ihdr) + stored + png.chunk(b"IEND", b"")
    rows = np.empty((count, stride), np.uint8)
    with pictures.guarded(Malformed, pictures.UNDECODED):
        # Of 16 bits, big-endian has the high bytes first, little-endian the low ones.
        for half, order in enumerate("BL" if deep else "B"):
            with PngImageFile(BytesIO(file)) as image:
                if deep:
                    image.tile = [image.tile[0]._replace(args=f"{deep[1]};16{order}")]
                plain = np.asarray(image).reshape(count, -1)
            rows[:, half :: 2 if deep else 1] = plain
    return rows


def _filtered(rows: Pixels, above: Pixels, filters: Pixels, distance: int) -> Pixels:
    """Apply to each row the filter that it says."""
    left, corner = np.zeros_like(rows), np.zeros_like(rows)
    left[:, distance:], corner[:, distance:] = rows[:, :-distance], above[:, :-distance]
    result = rows.copy()
    for kind in np.unique(filters):
        at = np.flatnonzero(filters == kind)
        a, b, c = (part[at].astype(np.int16) for part in (left, above, corner))
        if kind == 0:
            continue
        if kind == 1:
            guess = a
        elif kind == 2:
            guess = b
        elif kind == 3:
            guess = (a + b) >> 1
        else:
            guess = _paeth(a, b, c)
        result[at] = rows[at] - guess.astype(np.uint8)
    return result


def _paeth(left: Pixels, above: Pixels, corner: Pixels) -> Pixels:
    estimate = left + above - corner
    by_left, by_above, by_corner = (np.abs(estimate - part) for part in (left, above, corner))
    guess: Pixels = np.where(
        (by_left <= by_above) & (by_left <= by_corner),
        left,
        np.where(by_above <= by_corner, above, corner),
    )
    return guess
