"""BMP: the pixels under the mark are replaced where they stand; nothing else is touched."""

# ruff: noqa: PLC0415 - Pillow is loaded only where something is drawn

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from aigc_label.containers import bmp
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.drawing import pictures
from aigc_label.explicit.drawing.colours import Colour
from aigc_label.explicit.drawing.pages import Page, Picture, Raster
from aigc_label.explicit.drawing.palettes import fitted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image

    from aigc_label.asset import Asset
    from aigc_label.contract import Format
    from aigc_label.explicit.drawing.colours import Pixels
    from aigc_label.explicit.drawing.stamp import Box

_FILE, _CORE, _INFO = 14, 12, 40  # lengths of headers
_STANDS = 0.005  # of a mark's pixels that differ, on its round corners, if it is drawn again
_MASKED = (3, 6)  # compressions that are none, but say which bits are which colour
_PACKED = {1: "run lengths", 2: "run lengths", 4: "JPEG", 5: "PNG"}
_DEPTHS = (1, 2, 4, 8, 16, 24, 32)
_USUAL = {16: (0x7C00, 0x03E0, 0x001F, 0), 32: (0xFF0000, 0xFF00, 0xFF, 0)}


def picture(asset: Asset, _fmt: Format) -> Picture:
    """Take a BMP apart.

    Raises:
        CannotCarry: if its pixels are packed.
        LimitExceeded, Malformed: as the reason says.
    """
    bmp.outside(asset)  # or it is cut short
    bitmap = _Bitmap(asset)
    return Picture(
        pages=[Page(bitmap.raster())], finish=lambda: EditPlan(bitmap.splices()).view(asset)
    )


class _Bitmap:
    """Headers, palette, and rows that are read and written where they stand."""

    def __init__(self, asset: Asset) -> None:
        self.asset = asset
        self.start, size = struct.unpack("<II", asset.read(10, 8))
        header = asset.read(_FILE, size)
        layout = "<HHHH" if size == _CORE else "<iiHH"
        width, height, _, self.bits = struct.unpack_from(layout, header, 4)
        packing, used = 0, 0
        if size >= _INFO:
            packing, used = struct.unpack_from("<I12xI", header, 16)
        if packing in _PACKED or (packing and size == 64):
            raise CannotCarry(
                f"a BMP packed by {_PACKED.get(packing, 'run lengths')}; save it without, or as "
                "PNG, then label again"
            )
        if (packing and packing not in _MASKED) or self.bits not in _DEPTHS:
            raise CannotCarry(f"a BMP of {self.bits} bits a pixel and packing {packing}")
        self.upwards = height > 0
        self.size = (width, abs(height))
        pictures.bounded(*self.size)
        self.stride = (width * self.bits + 31) // 32 * 4
        self.masks = self._masks(packing, size, header)
        self.width = 3 if size == _CORE else 4  # bytes of an entry of the palette
        self.palette = Span(0, 0)
        self.table: Pixels | None = None
        if self.bits <= 8:
            count = min(used or 1 << self.bits, 1 << self.bits)
            begin = _FILE + size
            self.palette = Span(begin, begin + min(count * self.width, self.start - begin))
            self.table = self._table()
        self.rows: dict[int, bytes] = {}

    def _masks(self, packing: int, size: int, header: bytes) -> tuple[int, ...]:
        if self.bits not in (16, 32):
            return ()
        if packing not in _MASKED:
            return _USUAL[self.bits]
        # Behind the oldest header with masks they stand on their own, without opacity but for 6.
        more = (
            self.asset.read(_FILE + _INFO, 16) if size == _INFO else header[40:56].ljust(16, b"\0")
        )
        masks = struct.unpack("<IIII", more)
        if not all(masks[:3]):
            raise Malformed("a BMP whose masks leave a colour out", offset=_FILE + _INFO)
        return (*masks[:3], masks[3] if size > 52 or packing == 6 else 0)

    def _table(self) -> Pixels:
        data = self.asset.read(self.palette.start, self.palette.end - self.palette.start)
        entries = np.frombuffer(data[: len(data) // self.width * self.width], np.uint8)
        table = np.full((len(entries) // self.width, 4), 255, np.uint8)
        table[:, :3] = entries.reshape(-1, self.width)[:, 2::-1]
        if not len(table):
            raise Malformed("a BMP without a palette", offset=self.palette.start)
        return table

    def raster(self) -> Raster:
        """Its pixels to draw on, as 8 bits a channel whatever they are."""
        has_opacity = len(self.masks) == 4 and self.masks[3] != 0
        return Raster(
            size=self.size,
            colour=Colour("RGBA" if has_opacity else "RGB"),
            read=self._colours,
            write=self._write,
            preview=self._preview,
        )

    def _at(self, row: int) -> int:
        line = self.size[1] - 1 - row if self.upwards else row
        return int(self.start + self.stride * line)

    def _values(self, box: Box) -> Pixels:
        """What is stored: indices, numbers that masks take apart, or blue, green and red."""
        left, top, right, bottom = box
        rows = [self.asset.read(self._at(row), self.stride) for row in range(top, bottom)]
        stored = np.frombuffer(b"".join(rows), np.uint8).reshape(bottom - top, self.stride)
        if self.bits == 24:
            return stored[:, 3 * left : 3 * right].reshape(bottom - top, -1, 3).copy()
        if self.bits > 8:
            return stored.view(f"<u{self.bits // 8}")[:, left:right].copy()
        bits = np.unpackbits(stored, axis=1).reshape(bottom - top, -1, self.bits)
        weights = 1 << np.arange(self.bits - 1, -1, -1, dtype=np.uint8)
        indices: Pixels = (bits * weights).sum(axis=-1, dtype=np.uint8)[:, left:right]
        return indices

    def _colours(self, box: Box) -> Pixels:
        return self._as_colours(self._values(box))

    def _as_colours(self, values: Pixels) -> Pixels:
        if self.table is not None:
            full = np.zeros((256, 3), np.uint8)
            full[: len(self.table)] = self.table[:, :3]
            colours: Pixels = full[values]
            return colours
        if self.bits == 24:
            return values[..., ::-1]
        parts = [(values & mask).astype(np.float64) * (255 / mask) for mask in self.masks if mask]
        return np.rint(np.stack(parts, axis=-1)).astype(np.uint8)

    def _write(self, box: Box, pixels: Pixels) -> None:
        values = self._values(box)
        drawn = (self._as_colours(values) != pixels).any(axis=-1)
        if self.table is not None:
            before, table = values.copy(), self.table
            values[drawn] = self._entries(pixels, drawn, values[~drawn], box)
            if self.table is table and (before != values).mean() < _STANDS:
                return
        elif self.bits == 24:
            values[drawn] = pixels[drawn][:, ::-1]
        else:
            values[drawn] = self._numbers(pixels[drawn], values[drawn])
        self._put(box, values)

    def _numbers(self, colours: Pixels, old: Pixels) -> Pixels:
        """Colours as the masks put them together; bits that are none of them stay."""
        wide = old.astype(np.uint64)
        for channel, mask in enumerate(mask for mask in self.masks if mask):
            shift = (mask & -mask).bit_length() - 1
            level = np.rint(colours[:, channel] * ((mask >> shift) / 255)).astype(np.uint64)
            wide = wide & np.uint64(~mask & 0xFFFFFFFF) | level << np.uint64(shift) & np.uint64(
                mask
            )
        return wide.astype(old.dtype)

    def _entries(self, pixels: Pixels, drawn: Pixels, rest: Pixels, box: Box) -> Pixels:
        assert self.table is not None  # noqa: S101 - the caller asked
        used = np.zeros(256, bool)
        used[np.unique(rest)] = True
        for row in range(self.size[1]):  # what the other rows and columns use
            if not box[1] <= row < box[3]:
                used[np.unique(self._values((0, row, self.size[0], row + 1)))] = True
            else:
                line = self._values((0, row, self.size[0], row + 1))[0]
                used[np.unique(np.concatenate((line[: box[0]], line[box[2] :])))] = True
        count = len(self.table)
        # Of a few colours, all of the mark: what differs from one that stands are smooth edges.
        chosen = np.ones_like(drawn) if count <= 16 else drawn
        colours = pixels[chosen]
        solid = np.concatenate((colours, np.full((len(colours), 1), 255, np.uint8)), axis=1)
        near = 48.0 if count <= 16 else 20.0  # of black and white, edges are not smooth
        found = fitted(self.table, used[:count], count, solid, near=near)
        if found is None:
            raise CannotCarry(
                f"a BMP of {1 << self.bits} colours, none of which are like the mark's; save it "
                "in 24 bits, then label again"
            )
        if len(found[0]) != count or (found[0] != self.table).any():
            self.table = found[0]
        entries: Pixels = found[1][drawn[chosen]]
        return entries

    def _put(self, box: Box, values: Pixels) -> None:
        left, top, right, bottom = box
        for number, row in enumerate(range(top, bottom)):
            line = np.frombuffer(self.asset.read(self._at(row), self.stride), np.uint8).copy()
            if self.bits == 24:
                line[3 * left : 3 * right] = values[number].ravel()
            elif self.bits > 8:
                line.view(f"<u{self.bits // 8}")[left:right] = values[number]
            else:
                bits = np.unpackbits(line).reshape(-1, self.bits)
                shifts = np.arange(self.bits - 1, -1, -1, dtype=np.uint8)
                bits[left:right] = values[number][:, None] >> shifts & 1
                line = np.packbits(bits.ravel())
            self.rows[row] = line.tobytes()

    def splices(self) -> Iterator[Splice]:
        """The rows that changed, and the palette if it did."""
        for row, data in self.rows.items():
            at = self._at(row)
            if data != self.asset.read(at, self.stride):  # as with a mark that stands there
                yield Splice(Span(at, at + self.stride), data)
        if self.table is not None and (self.table != self._table()).any():
            old = self.asset.read(self.palette.start, self.palette.end - self.palette.start)
            entries = np.frombuffer(old, np.uint8)[: len(self.table) * self.width].copy()
            entries.reshape(-1, self.width)[:, 2::-1] = self.table[:, :3]
            end = self.palette.start + len(entries)
            yield Splice(Span(self.palette.start, end), entries.tobytes())

    def _preview(self) -> Image:
        from PIL import Image as Images

        colours = self._colours((0, 0, *self.size))
        return Images.fromarray(np.ascontiguousarray(colours))
