"""The chunks of a PNG that bear on its pixels, and the picture in it that does not move."""

# ruff: noqa: PLC0415 - Pillow is loaded only where something is drawn

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aigc_label.containers import png
from aigc_label.edits import Span, Splice
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.drawing import pictures
from aigc_label.explicit.drawing.colours import Colour
from aigc_label.explicit.drawing.pages import Raster
from aigc_label.explicit.drawing.palettes import fitted, looked_up
from aigc_label.explicit.drawing.png_rows import Header, Rows, header

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image

    from aigc_label.asset import Asset
    from aigc_label.explicit.drawing.colours import Pixels
    from aigc_label.explicit.drawing.stamp import Box

_MODES = {0: "L", 2: "RGB", 4: "LA", 6: "RGBA"}
_LONGEST = 1 << 20  # bytes of pixel data in one chunk
TIED_TO_PIXELS = (b"iDOT", b"dSIG")  # where Apple's decoder may begin a second time; a signature
_TIED_TO_PALETTE = (b"hIST",)
_NO_PALETTE = (b"PLTE", b"tRNS", b"bKGD", b"sBIT", b"hIST", b"sPLT")


class File:
    """The chunks of a PNG that bear on its pixels."""

    def __init__(self, asset: Asset) -> None:
        self.asset = asset
        self.chunks = list(_all_chunks(asset))
        if self.chunks[0].kind == b"CgBI":
            raise CannotCarry(
                "a PNG that Xcode has changed for iPhones, which nothing else shows; take the "
                "one that it was made from"
            )
        png.after_header(self.chunks)
        self.header: Header = header(self.data(self.chunks[0]))
        pictures.bounded(self.header.width, self.header.height)
        self.table = self._palette()

    def data(self, chunk: png.Chunk) -> bytes:
        """A chunk's data."""
        return pictures.stretch(self.asset, chunk.start + 8, chunk.start + 8 + chunk.length)

    def find(self, kind: bytes) -> png.Chunk | None:
        """The first chunk of a kind."""
        return next((chunk for chunk in self.chunks if chunk.kind == kind), None)

    def pixels(self, kind: bytes) -> list[png.Chunk]:
        """The chunks of pixel data."""
        found = [chunk for chunk in self.chunks if chunk.kind == kind]
        if not found:
            raise Malformed("a PNG without pixels")
        return found

    @property
    def turn(self) -> int:
        """EXIF's orientation."""
        chunk = self.find(b"eXIf")
        return pictures.orientation(self.data(chunk)) if chunk else 1

    @property
    def colour(self) -> Colour:
        """How a pixel's samples are read; of a palette, how its entries are."""
        depth, kind = self.header.depth, self.header.colour
        coding = self.find(b"cICP")
        transfer = (self.data(coding) + b"\x01\x01")[1] if coding else 1
        if kind == 3:
            return Colour("RGBA", transfer=transfer)
        return Colour(_MODES[kind], 2**depth - 1, transfer, self.key)

    @property
    def key(self) -> tuple[int, ...] | None:
        """The samples that stand for transparent."""
        chunk = self.find(b"tRNS")
        count = {0: 1, 2: 3}.get(self.header.colour)
        if chunk is None or count is None or chunk.length < 2 * count:
            return None
        mask = 2**self.header.depth - 1
        values = np.frombuffer(self.data(chunk), ">u2", count)
        return tuple(int(value) & mask for value in values)

    def _palette(self) -> Pixels | None:
        if self.header.colour != 3:
            return None
        chunk = self.find(b"PLTE")
        if chunk is None or chunk.length % 3 or not 3 <= chunk.length <= 768:
            raise Malformed("a PNG whose palette is missing or damaged")
        table = np.full((chunk.length // 3, 4), 255, np.uint8)
        table[:, :3] = np.frombuffer(self.data(chunk), np.uint8).reshape(-1, 3)
        if opacity := self.find(b"tRNS"):
            levels = np.frombuffer(self.data(opacity)[: len(table)], np.uint8)
            table[: len(levels), 3] = levels
        return table

    def palette_splices(self, table: Pixels) -> Iterator[Splice]:
        """Another palette in the place of the file's."""
        old = self.find(b"PLTE")
        assert old is not None  # noqa: S101 - there is one where there is a table
        yield Splice(old.span, png.chunk(b"PLTE", table[:, :3].tobytes()))
        opacity = self.find(b"tRNS")
        clear = np.flatnonzero(table[:, 3] < 255)
        if len(clear):
            new = png.chunk(b"tRNS", table[: clear[-1] + 1, 3].tobytes())
            end = old.span.end
            yield Splice(opacity.span if opacity else Span(end, end), new)
        yield from self.dropped(_TIED_TO_PALETTE)

    def rescaled(self, key: int) -> Iterator[Splice]:
        """Another grey for transparent, in 8 bits; what else counts in the old ones goes."""
        opacity = self.find(b"tRNS")
        assert opacity is not None  # noqa: S101 - the key stood there
        yield Splice(opacity.span, png.chunk(b"tRNS", key.to_bytes(2)))
        yield from self.dropped((b"bKGD", b"sBIT", b"hIST"))

    def dropped(self, kinds: tuple[bytes, ...]) -> Iterator[Splice]:
        """Chunks taken out that no longer hold."""
        yield from (Splice(c.span, b"") for c in self.chunks if c.kind in kinds)

    def header_splice(self, new: Header) -> Splice:
        """Another header in the place of the file's."""
        packed = new.width.to_bytes(4) + new.height.to_bytes(4)
        rest = bytes((new.depth, new.colour, 0, 0, new.interlaced))
        return Splice(self.chunks[0].span, png.chunk(b"IHDR", packed + rest))


class _Recoded(NamedTuple):
    """A picture whose palette is too full, in a form that takes more colours."""

    header: Header
    rows: Rows


class Still:
    """A picture that does not move."""

    def __init__(self, file: File, data: list[png.Chunk]) -> None:
        self.file = file
        self.data = data
        # Joined where they stand side by side, as they must.
        self.rows = Rows(file.header, b"".join(map(file.data, data)))
        self.table = file.table
        self.recoded: _Recoded | None = None
        self.colour = file.colour
        top = file.header
        if file.key is not None and top.depth < 8:  # too few greys for ink, ground and none
            scale = 255 // (2**top.depth - 1)
            self.colour = replace(self.colour, top=255, key=(file.key[0] * scale,))
            self._recode(top._replace(depth=8), self.rows.read(self._all) * np.uint8(scale))

    def raster(self) -> Raster:
        """Its pixels to draw on; those of a palette as colours."""
        top = self.file.header
        return Raster(
            size=(top.width, top.height),
            colour=self.colour,
            read=self._current.read if self.table is None else self._coloured,
            write=self._current.write if self.table is None else self._indexed,
            preview=self._preview,
        )

    def _coloured(self, box: Box) -> Pixels:
        assert self.table is not None  # noqa: S101 - the caller asked for it
        return looked_up(self.table, self.rows.read(box)[..., 0])

    def _indexed(self, box: Box, pixels: Pixels) -> None:
        assert self.table is not None  # noqa: S101 - as above
        top = self.file.header
        indices = self.rows.read(box)[..., 0]
        drawn = (looked_up(self.table, indices) != pixels).any(axis=-1)
        rest = np.ones(len(self.table), bool)
        if len(self.table) == 2**top.depth:  # only then it must be known what is free
            counts = np.bincount(self._every_index(), minlength=256)
            counts -= np.bincount(indices[drawn], minlength=256)
            rest = counts[: len(self.table)] > 0
        for depth in sorted({top.depth, 8}):
            found = fitted(self.table, rest, 2**depth, pixels[drawn])
            if found is not None:
                self.table, indices[drawn] = found
                if depth != top.depth:
                    self._recode(top._replace(depth=8), self.rows.read(self._all)[..., :1])
                self._current.write(box, indices[..., None])
                return
        colours = self._coloured(self._all)
        colours[box[1] : box[3], box[0] : box[2]] = pixels
        opaque = bool((colours[..., 3] == 255).all())
        channels = colours[..., :3] if opaque else colours
        self._recode(top._replace(depth=8, colour=2 if opaque else 6), channels)

    @property
    def _current(self) -> Rows:
        return self.recoded.rows if self.recoded else self.rows

    @property
    def _all(self) -> Box:
        return (0, 0, self.file.header.width, self.file.header.height)

    def _every_index(self) -> Pixels:
        return self.rows.read(self._all).ravel()

    def _recode(self, top: Header, samples: Pixels) -> None:
        self.recoded = _Recoded(top, Rows.of(top, samples))

    def _preview(self) -> Image:
        return shown(self.rows.read(self._all), self.file)

    def data_splices(self) -> Iterator[Splice]:
        """The pixel data alone."""
        span = Span(self.data[0].start, self.data[-1].span.end)
        yield Splice(span, in_chunks(b"IDAT", self._current.packed()))

    def splices(self) -> Iterator[Splice]:
        """What makes the file show what was drawn."""
        yield from self.data_splices()
        yield from self.file.dropped(TIED_TO_PIXELS)
        if self.recoded:
            yield self.file.header_splice(self.recoded.header)
        if self.recoded and self.colour.key is not None:
            yield from self.file.rescaled(self.colour.key[0])
        elif self.recoded and self.recoded.header.colour != 3:
            yield from self.file.dropped(_NO_PALETTE)
        elif self.table is not None:
            yield from self.file.palette_splices(self.table)


def shown(samples: Pixels, file: File) -> Image:
    """Samples as a picture of 8 bits a channel, RGB or RGBA."""
    from PIL import Image as Images

    colours = looked_up(file.table, samples[..., 0]) if file.table is not None else samples
    top = file.colour.top
    if top != 255:
        colours = (colours.astype(np.uint32) * 255 // top).astype(np.uint8)
    if file.colour.mode == "L":
        return Images.fromarray(np.ascontiguousarray(colours[..., 0])).convert("RGB")
    image = Images.fromarray(np.ascontiguousarray(colours))
    return image.convert("RGBA") if file.colour.mode == "LA" else image


def in_chunks(kind: bytes, data: bytes) -> bytes:
    """Pixel data in chunks of a handy length."""
    parts = range(0, len(data), _LONGEST)
    return b"".join(png.chunk(kind, data[at : at + _LONGEST]) for at in parts)


def _all_chunks(asset: Asset) -> Iterator[png.Chunk]:
    """The chunks with every one of pixel data, which :func:`png.chunks` leaps over."""
    at = len(png.SIGNATURE)
    for found in png.chunks(asset):
        while at < found.start:
            length = int.from_bytes(asset.read(at, 4))
            chunk = png.Chunk(asset.read(at + 4, 4), at, length)
            if chunk.span.end > found.start:
                raise Malformed(f"no chunk where one should be, at byte {at}", offset=at)
            yield chunk
            at = chunk.span.end
        yield found
        at = found.span.end
