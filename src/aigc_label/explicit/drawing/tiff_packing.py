"""Strips and tiles of a TIFF unpacked and packed again, each on its own.

What compresses bytes, not pixels, is left to Pillow's libtiff: it is handed a small TIFF of one
strip that claims to be grey, so that whatever the bytes mean comes through as it is.
"""

# ruff: noqa: PLC0415 - Pillow is loaded only where something is drawn

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aigc_label.asset import open_asset
from aigc_label.containers import tiff
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.drawing import pictures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aigc_label.explicit.drawing.colours import Pixels

NONE, DEFLATE = 1, (8, 32946)
FAX = {2: "tiff_ccitt", 3: "group3", 4: "group4"}
BYTES = {5: "tiff_lzw", 32773: "packbits", 34925: "lzma", 50000: "zstd"}
FILL_ORDER, T4_OPTIONS, T6_OPTIONS = 266, 292, 293
_LEVEL = 6
_ROWS = {tag: n for n, tag in enumerate((273, 279))}


class Coding(NamedTuple):
    """How bytes of rows are samples.

    Attributes:
        width: pixels of a row.
        bits: of a sample.
        order: of bytes, as :mod:`struct` writes it.
        predictor: 2 where samples are stored as differences from those on their left.
    """

    width: int
    bits: int
    order: str
    predictor: int

    def samples(self, lines: Pixels) -> Pixels:
        """Rows, columns and samples."""
        count = len(lines)
        if self.bits < 8:
            bits = np.unpackbits(lines, axis=1).reshape(count, -1, self.bits)
            weights = 1 << np.arange(self.bits - 1, -1, -1, dtype=np.uint8)
            found: Pixels = (bits * weights).sum(axis=-1, dtype=np.uint8)
            return found[:, : self.width, None]
        kind = np.dtype(f"{self.order}u{self.bits // 8}")
        samples = lines.view(kind).astype(kind.newbyteorder("=")).reshape(count, self.width, -1)
        if self.predictor == 2:
            samples = np.cumsum(samples, axis=1, dtype=samples.dtype)
        return samples

    def lines(self, samples: Pixels) -> Pixels:
        """The reverse."""
        count = len(samples)
        if self.bits < 8:
            shifts = np.arange(self.bits - 1, -1, -1, dtype=np.uint8)
            return np.packbits((samples >> shifts & 1).reshape(count, -1), axis=1)
        if self.predictor == 2:
            left = np.zeros_like(samples)
            left[:, 1:] = samples[:, :-1]
            samples = samples - left
        kind = np.dtype(f"{self.order}u{self.bits // 8}")
        return np.ascontiguousarray(samples.astype(kind)).reshape(count, -1).view(np.uint8)


def unpacked(
    data: bytes, packing: int, rows: int, width: int, options: Mapping[int, int]
) -> Pixels:
    """The bytes of a strip or tile, row by row.

    Args:
        data: as stored.
        packing: TIFF's number for the compression.
        rows: how many it holds.
        width: bits of each.
        options: values of the tags that tell how facsimiles are coded.

    Raises:
        CannotCarry: if the compression is none that could be written again.
        Malformed: if the data are damaged or cut short.
    """
    stride = (width + 7) // 8
    if packing == NONE:
        plain = data
    elif packing in DEFLATE:
        inflater = zlib.decompressobj()
        try:
            plain = inflater.decompress(data, rows * stride)
        except zlib.error as error:
            raise Malformed(f"{pictures.UNDECODED}: {error}") from None
    elif packing in BYTES:
        plain = _shown(_file(data, packing, (stride, rows), 8, {}))
    elif packing in FAX:
        plain = _shown(_file(data, packing, (width, rows), 1, options))
    else:
        raise unsuitable(packing)
    if len(plain) < rows * stride:
        raise Malformed(f"{pictures.UNDECODED}: a strip or tile is cut short")
    return np.frombuffer(plain, np.uint8, rows * stride).reshape(rows, stride).copy()


def packed(lines: Pixels, packing: int, width: int, options: Mapping[int, int]) -> bytes:
    """The reverse of :func:`unpacked`."""
    from PIL import Image as Images

    if packing == NONE:
        return lines.tobytes()
    if packing in DEFLATE:
        return zlib.compress(lines.tobytes(), _LEVEL)
    name = BYTES.get(packing) or FAX[packing]
    image = Images.fromarray(lines)
    tags: dict[int, int] = {}
    if packing in FAX:
        image = Images.frombytes("1", (width, len(lines)), lines.tobytes())
        tags = {tag: value for tag, value in options.items() if tag != FILL_ORDER}
    made = open_asset(
        pictures.written(
            lambda out: image.save(out, compression=name, strip_size=1 << 30, tiffinfo=tags),
            "tiff",
        )
    )
    page = next(tiff.pages(made, _ROWS))
    start, size = (
        tiff.number(made, page.kind, entry) for entry in sorted(page.entries, key=lambda e: e.tag)
    )
    data = made.read(start, size)
    return _mirrored(data) if packing in FAX and options.get(FILL_ORDER) == 2 else data


def unsuitable(packing: int) -> CannotCarry:
    """The refusal of a compression."""
    names = {6: "JPEG of the old kind", 7: "JPEG", 34712: "JPEG 2000", 50001: "WebP"}
    return CannotCarry(
        f"a TIFF packed by {names.get(packing, f'compression {packing}')}; save it with LZW or "
        "deflate, then label again"
    )


def _mirrored(data: bytes) -> bytes:
    bits = np.unpackbits(np.frombuffer(data, np.uint8)).reshape(-1, 8)
    return np.packbits(bits[:, ::-1].ravel()).tobytes()


def _file(
    data: bytes, packing: int, size: tuple[int, int], bits: int, options: Mapping[int, int]
) -> bytes:
    """A TIFF of one strip, grey, white at the top of the scale."""
    width, rows = size
    tags = {
        256: width, 257: rows, 258: bits, 259: packing, 262: 1, 273: 0, 277: 1, 278: rows,
        279: len(data), **options,
    }  # fmt: skip
    tags[273] = 8 + 2 + 12 * len(tags) + 4
    entries = b"".join(struct.pack("<HHLL", tag, 4, 1, tags[tag]) for tag in sorted(tags))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + bytes(4) + data


def _shown(file: bytes) -> bytes:
    from PIL.TiffImagePlugin import TiffImageFile

    guard = pictures.guarded(Malformed, pictures.UNDECODED)
    with guard, TiffImageFile(BytesIO(file)) as image:
        return image.tobytes()
