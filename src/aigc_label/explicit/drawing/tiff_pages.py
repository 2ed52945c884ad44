"""One page of a TIFF: its strips or tiles read, drawn on, and written anew."""

# ruff: noqa: PLC0415 - Pillow is loaded only where something is drawn

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Protocol

import numpy as np

from aigc_label.edits import Span, Splice
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed
from aigc_label.explicit.drawing import pictures, tiff_packing
from aigc_label.explicit.drawing.colours import Colour
from aigc_label.explicit.drawing.pages import Raster
from aigc_label.explicit.drawing.palettes import fitted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image

    from aigc_label.asset import Asset
    from aigc_label.containers.tiff import Directory, Entry
    from aigc_label.explicit.drawing.colours import Pixels
    from aigc_label.explicit.drawing.stamp import Box

KIND, _WIDTH, _HEIGHT, _BITS, _PACKING, _PHOTOMETRIC, _TURN = 254, 256, 257, 258, 259, 262, 274
_STRIPS, _SAMPLES, _ROWS, _STRIP_SIZES, _PLANAR, _PREDICTOR = 273, 277, 278, 279, 284, 317
_TABLE, _TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_SIZES = 320, 322, 323, 324, 325
PARTS, _INKS, _EXTRA, _FORMAT = 330, 332, 338, 339
WANTED = (
    KIND, _WIDTH, _HEIGHT, _BITS, _PACKING, _PHOTOMETRIC, _TURN, _STRIPS, _SAMPLES, _ROWS,
    _STRIP_SIZES, _PLANAR, _PREDICTOR, _TABLE, _TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_SIZES,
    PARTS, _INKS, _EXTRA, _FORMAT, tiff_packing.FILL_ORDER, tiff_packing.T4_OPTIONS,
    tiff_packing.T6_OPTIONS,
)  # fmt: skip
_CODES = {1: "B", 3: "H", 4: "L", 13: "L", 16: "Q", 18: "Q"}
_LARGEST = {3: 0xFFFF, 4: 0xFFFFFFFF, 16: (1 << 63) - 1}
_MOST_SEGMENTS = 1 << 20
_MODES = {0: "L", 1: "L", 2: "RGB", 5: "CMYK"}


class Growing(Protocol):
    """The file that a page belongs to.

    Attributes:
        asset: it as it was.
    """

    asset: Asset

    def append(self, data: bytes) -> int:
        """Put bytes behind all others; where they stand."""


class Sheet:
    """One page."""

    def __init__(self, file: Growing, page: Directory) -> None:
        self.file = file
        self.page = page
        self.asset = file.asset
        self.size = (self.one(_WIDTH), self.one(_HEIGHT))
        turn = self.one(_TURN, 1)
        self.turn = turn if 1 <= turn <= 8 else 1
        self.segments: dict[int, Pixels] = {}
        self.packed: dict[int, bytes] = {}
        self.rows: list[Splice] = []
        self.table: Pixels | None = None
        self.new_table = False

    def numbers(self, tag: int) -> list[int]:
        """All values of a tag; none if it is not there."""
        entry = self.page.find(tag)
        return [] if entry is None else numbers(self.asset, self.page, entry)

    def one(self, tag: int, default: int = 0) -> int:
        """The first value of a tag."""
        return next(iter(self.numbers(tag)), default)

    def take_apart(self) -> None:
        """Read how the pixels are stored.

        Raises:
            CannotCarry, LimitExceeded, Malformed: as the reason says.
        """
        width, height = self.size
        if not width or not height:
            raise Malformed("a page without pixels", offset=self.page.at)
        pictures.bounded(width, height)
        self.packing = self.one(_PACKING, 1)
        self.samples = self.one(_SAMPLES, 1)
        bits = set(self.numbers(_BITS) or [1])
        self.bits = min(bits)
        self.photometric = self.one(_PHOTOMETRIC, 1)
        self.predictor = self.one(_PREDICTOR, 1)
        extra = self.numbers(_EXTRA)
        self.colour = self._colour(extra)
        self._require(bits)
        options = (tiff_packing.FILL_ORDER, tiff_packing.T4_OPTIONS, tiff_packing.T6_OPTIONS)
        self.options = {tag: self.one(tag) for tag in options if self.page.find(tag)}
        self.tiled = self.page.find(_TILES) is not None
        self.tile = (
            (self.one(_TILE_WIDTH), self.one(_TILE_HEIGHT))
            if self.tiled
            else (width, min(self.one(_ROWS, height) or height, height))
        )
        self.places, self.sizes = (
            self.numbers(tag)
            for tag in ((_TILES, _TILE_SIZES) if self.tiled else (_STRIPS, _STRIP_SIZES))
        )
        if not all(self.tile) or max(self.tile) > 1 << 20:
            raise Malformed("strips or tiles of no size", offset=self.page.at)
        pictures.bounded(*self.tile)
        order = self.page.kind.order
        self.coding = tiff_packing.Coding(self.tile[0], self.bits, order, self.predictor)
        self.across = -(-width // self.tile[0])
        count = self.across * -(-height // self.tile[1])
        if min(len(self.places), len(self.sizes)) < count:
            raise Malformed("strips or tiles are missing", offset=self.page.at)
        if self.photometric == 3:
            self.table = self._palette()

    def _require(self, bits: set[int]) -> None:
        what = ""
        if set(self.numbers(_FORMAT) or [1]) != {1} or self.predictor not in (1, 2):
            what = "of floating-point or signed numbers"
        elif len(bits) > 1 or self.bits not in (1, 2, 4, 8, 16):
            what = f"of {'mixed' if len(bits) > 1 else self.bits} bits a channel"
        elif self.samples > 1 and self.one(_PLANAR, 1) != 1:
            what = "with a plane for each colour"
        elif self.photometric == 5 and (self.samples < 4 or self.one(_INKS, 1) != 1):
            what = "of other inks than cyan, magenta, yellow and black"
        elif self.photometric not in (0, 1, 2, 3, 5) or (
            self.photometric != 3 and self.samples < len(self.colour.mode)
        ):
            what = f"of photometric interpretation {self.photometric}"
        elif self.samples > 1 and self.bits < 8:
            what = f"of {self.samples} channels of {self.bits} bits"
        elif self.one(tiff_packing.FILL_ORDER, 1) != 1 and self.packing not in tiff_packing.FAX:
            what = "whose bits stand the other way round"
        if what:
            raise CannotCarry(
                f"a TIFF {what}; convert it to 8 or 16 bits a channel in one plane, or ask for "
                "the implicit label only"
            )
        known = (tiff_packing.NONE, *tiff_packing.DEFLATE, *tiff_packing.BYTES, *tiff_packing.FAX)
        if self.packing not in known:
            raise tiff_packing.unsuitable(self.packing)

    def _colour(self, extra: list[int]) -> Colour:
        top = 2**self.bits - 1
        if self.photometric == 3:
            return Colour("RGB")
        mode = _MODES.get(self.photometric, "L")
        if mode in ("L", "RGB") and extra[:1] in ([1], [2]):
            return Colour(mode + "A", top, premultiplied=extra[0] == 1)
        return Colour(mode, top, inverted=self.photometric == 0)

    def _palette(self) -> Pixels:
        values = np.array(self.numbers(_TABLE), np.int64)
        if self.samples != 1 or len(values) < 3 * 2**self.bits or self.bits > 8:
            raise Malformed("a palette that is missing or cut short", offset=self.page.at)
        colours = values[: 3 * 2**self.bits].reshape(3, -1).T
        table = np.full((len(colours), 4), 255, np.uint8)
        table[:, :3] = colours >> 8 if colours.max() > 255 else colours
        return table

    def raster(self) -> Raster:
        """Its pixels to draw on."""
        indexed = self.table is not None
        return Raster(
            size=self.size,
            colour=self.colour,
            read=self._looked_up if indexed else self._read,
            write=self._indexed if indexed else self._write,
            preview=self._preview,
        )

    def _segment(self, number: int) -> Pixels:
        """Rows, columns and samples of a strip or tile."""
        if number not in self.segments:
            rows = self._height(number)
            start = self.places[number]
            data = pictures.stretch(self.asset, start, start + self.sizes[number])
            row = self.tile[0] * self.samples * self.bits
            lines = tiff_packing.unpacked(data, self.packing, rows, row, self.options)
            self.segments[number] = self.coding.samples(lines)
        return self.segments[number]

    def _height(self, number: int) -> int:
        below = self.size[1] - number // self.across * self.tile[1]
        return self.tile[1] if self.tiled else min(self.tile[1], below)

    def _parts(self, box: Box) -> Iterator[tuple[int, tuple[slice, slice], tuple[slice, slice]]]:
        """Numbers of segments, where a box lies in each, and where each lies in the box."""
        left, top, right, bottom = box
        wide, high = self.tile
        for row in range(top // high, -(-bottom // high)):
            for column in range(left // wide, -(-right // wide)):
                x, y = column * wide, row * high
                a, b, c, d = max(left, x), max(top, y), min(right, x + wide), min(bottom, y + high)
                inner = slice(b - y, d - y), slice(a - x, c - x)
                yield (
                    row * self.across + column,
                    inner,
                    (slice(b - top, d - top), slice(a - left, c - left)),
                )

    def _all_samples(self, box: Box) -> Pixels:
        kind = np.uint16 if self.bits == 16 else np.uint8
        region = np.zeros((box[3] - box[1], box[2] - box[0], self.samples), kind)
        for number, inner, outer in self._parts(box):
            region[outer] = self._segment(number)[inner]
        return region

    def _read(self, box: Box) -> Pixels:
        return self._all_samples(box)[..., : len(self.colour.mode)]

    def _write(self, box: Box, pixels: Pixels) -> None:
        for number, inner, outer in self._parts(box):
            segment = self._segment(number)
            segment[inner][..., : pixels.shape[-1]] = pixels[outer]
            self._finish(number)
        self.segments.clear()  # many pages would not fit into memory

    def _finish(self, number: int) -> None:
        """Pack a segment again, or find the rows of it that differ."""
        lines = self.coding.lines(self.segments[number])
        if self.packing == tiff_packing.NONE:
            self.rows += self._rows(number, lines)
        else:
            row = self.tile[0] * self.samples * self.bits
            self.packed[number] = tiff_packing.packed(lines, self.packing, row, self.options)

    def _looked_up(self, box: Box) -> Pixels:
        assert self.table is not None  # noqa: S101 - the caller asked
        colours: Pixels = self.table[self._all_samples(box)[..., 0], :3]
        return colours

    def _indexed(self, box: Box, pixels: Pixels) -> None:
        assert self.table is not None  # noqa: S101 - as above
        indices = self._all_samples(box)[..., 0]
        drawn = (self.table[indices, :3] != pixels).any(axis=-1)
        counts = np.bincount(self._all_samples((0, 0, *self.size)).ravel(), minlength=256)
        counts -= np.bincount(indices[drawn], minlength=256)
        used = counts[: len(self.table)] > 0
        colours = pixels[drawn]
        solid = np.concatenate((colours, np.full((len(colours), 1), 255, np.uint8)), axis=1)
        found = fitted(self.table, used, len(self.table), solid)
        if found is None:
            raise CannotCarry(
                f"a TIFF that uses all {len(self.table)} colours of its palette, and the mark has "
                "none like them; save it in true colour, then label again"
            )
        self.new_table = bool((found[0] != self.table).any())
        self.table, indices[drawn] = found
        self._write(box, indices[..., None])

    def _preview(self) -> Image:
        from PIL import Image as Images

        pixels = (self._looked_up if self.table is not None else self._read)((0, 0, *self.size))
        self.segments.clear()
        top = self.colour.top
        if top != 255:
            pixels = (pixels.astype(np.uint32) * 255 // top).astype(np.uint8)
        if self.colour.inverted:
            pixels = 255 - pixels
        pixels = np.ascontiguousarray(pixels)
        if self.colour.mode == "L":
            return Images.fromarray(pixels[..., 0]).convert("RGB")
        if self.colour.mode == "CMYK":
            return Images.fromarray(pixels, "CMYK").convert("RGB")
        image = Images.fromarray(pixels)
        return image.convert("RGBA") if self.colour.has_opacity else image

    def splices(self) -> Iterator[Splice]:
        """The segments that changed, and their places."""
        yield from self.rows
        places = {number: self.file.append(data) for number, data in self.packed.items()}
        sizes = {number: len(data) for number, data in self.packed.items()}
        if places:
            tags = (_TILES, _TILE_SIZES) if self.tiled else (_STRIPS, _STRIP_SIZES)
            yield from self._listed(tags[0], self.places, places)
            yield from self._listed(tags[1], self.sizes, sizes)
        if self.new_table and self.table is not None:
            colours = self.table[:, :3].T.astype(np.uint32) * 257
            data = colours.astype(f"{self.page.kind.order}u2").tobytes()
            yield self._entry(_TABLE, 3, len(data) // 2, data)

    def _rows(self, number: int, lines: Pixels) -> Iterator[Splice]:
        """Rows that differ from the stored ones, which are not packed."""
        at, stride = self.places[number], lines.shape[1]
        stored = np.frombuffer(pictures.stretch(self.asset, at, at + lines.size), np.uint8)
        for row in np.flatnonzero((stored.reshape(lines.shape) != lines).any(axis=1)):
            start = at + int(row) * stride
            yield Splice(Span(start, start + stride), lines[row].tobytes())

    def _listed(self, tag: int, old: list[int], new: dict[int, int]) -> Iterator[Splice]:
        """Other numbers in a list of them; all the list anew if one outgrows its type."""
        entry = self.page.find(tag)
        assert entry is not None  # noqa: S101 - the list was read from it
        order, code = self.page.kind.order, _CODES[entry.kind]
        if max(new.values()) <= _LARGEST.get(entry.kind, 0):
            width = struct.calcsize("=" + code)
            for number, value in new.items():
                at = entry.start + number * width
                yield Splice(Span(at, at + width), struct.pack(order + code, value))
            return
        values = [new.get(number, value) for number, value in enumerate(old)]
        yield self._entry(tag, 4, len(values), struct.pack(f"{order}{len(values)}L", *values))

    def _entry(self, tag: int, kind: int, count: int, data: bytes) -> Splice:
        """An entry whose values stand behind the last byte, or in itself if they are few."""
        entry = self.page.find(tag)
        assert entry is not None  # noqa: S101 - it was read
        flavour = self.page.kind
        if len(data) > flavour.offset.size:
            data = flavour.offset.pack(self.file.append(data))
        record = flavour.entry.pack(tag, kind, count, data.ljust(flavour.offset.size, b"\0"))
        return Splice(Span(entry.at, entry.at + len(record)), record)


def numbers(asset: Asset, page: Directory, entry: Entry) -> list[int]:
    """The values of an entry that are whole numbers.

    Raises:
        LimitExceeded: if there are too many.
        Malformed: if they are of another type, or lie beyond the end.
    """
    code = _CODES.get(entry.kind)
    if code is None:
        raise Malformed(f"tag {entry.tag} holds no whole numbers", offset=entry.at)
    if entry.size > 8 * _MOST_SEGMENTS:
        raise LimitExceeded(f"tag {entry.tag} holds {entry.size} bytes", offset=entry.at)
    width = struct.calcsize("=" + code)
    count = entry.size // width
    return list(
        struct.unpack(f"{page.kind.order}{count}{code}", asset.read(entry.start, count * width))
    )
