"""GIF, still or moving: frames that the mark touches get other indices, all others stay.

The mark's colours go into entries of the palette that nothing uses: of the file's, or else of one
that the frame gets for itself. Timing, loops, disposal, comments and the rest keep their bytes.
"""

# ruff: noqa: PLC0415 - Pillow is loaded only where something is drawn

from __future__ import annotations

from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Literal

import numpy as np

from aigc_label.asset import open_asset
from aigc_label.containers import gif
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.drawing import pictures
from aigc_label.explicit.drawing.animation import Animation, first_frame
from aigc_label.explicit.drawing.pages import Page, Picture
from aigc_label.explicit.drawing.palettes import fitted, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.contract import Format
    from aigc_label.explicit.drawing.animation import Change
    from aigc_label.explicit.drawing.colours import Pixels
    from aigc_label.explicit.drawing.stamp import Box

_MOST = 256
_ROOM = 14  # colours that a mark needs where a palette is full
_NOTE = (
    f"a palette of 256 colours was full: {_ROOM} of them became others that look like them, to "
    "make room for the words"
)
_GREEN_RAMP = bytes(v for n in range(256) for v in (0, n, 0))  # of greys Pillow makes no palette


def picture(asset: Asset, _fmt: Format) -> Picture:
    """Take a GIF apart.

    Raises:
        LimitExceeded, Malformed: as the reason says.
    """
    file = _File(asset)
    pictures.bounded(*file.size, len(file.cels))
    surface = Animation(
        size=file.size,
        cels=file.cels,
        preview=lambda: first_frame(file.size, file.cels[0]),
        binary=True,
    )
    return Picture(
        pages=[Page(surface)], finish=lambda: EditPlan(file.splices()).view(asset), notes=file.notes
    )


class _File:
    """The canvas, the palette that frames share, and the frames."""

    def __init__(self, asset: Asset) -> None:
        self.asset = asset
        head = asset.read(0, 13)
        self.size = (int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little"))
        self.flags = head[10]
        self.table: Pixels | None = None
        if self.flags & 0x80:
            self.table = _table(asset.read(13, 3 << (self.flags & 7) + 1))
        self.grown = False
        self.notes: list[str] = []
        self.cels = list(self._cels())
        if not self.cels or not all(self.size):
            raise Malformed("a GIF without a picture")

    def _cels(self) -> Iterator[Cel]:
        control: gif.Block | None = None
        for block in gif.blocks(self.asset):
            if block.kind == gif.IMAGE:
                yield Cel(self, block, control)
            if block.kind == gif.CONTROL:
                control = block
            elif block.kind in (gif.IMAGE, gif.PLAIN_TEXT):
                control = None

    @cached_property
    def needed(self) -> Pixels:
        """Which entries of the shared palette some frame uses."""
        used = np.zeros(_MOST, bool)
        for cel in self.cels:
            if cel.own is None:
                used[np.unique(cel.indices())] = True
                if cel.clear is not None:
                    used[cel.clear] = True
        return used

    def splices(self) -> Iterator[Splice]:
        """What makes the file show what was drawn."""
        if self.asset.head[4:5] == b"7" and any(cel.new_control for cel in self.cels):
            yield Splice(Span(4, 5), b"9")  # GIF87a knows no extensions
        if self.grown and self.table is not None:
            bits = _bits(len(self.table))
            yield Splice(Span(10, 11), bytes((self.flags & 0xF8 | bits - 1,)))
            old = Span(13, 13 + (3 << (self.flags & 7) + 1))
            yield Splice(old, _packed(self.table, bits))
        for cel in self.cels:
            yield from cel.splices()


class Cel:
    """One picture of the file, with the control block in front of it if there is one."""

    over = True
    disposal: Literal["keep", "clear", "restore"]

    def __init__(self, file: _File, block: gif.Block, control: gif.Block | None) -> None:
        self.file = file
        self.block = block
        self.control = control
        self.new = b""
        self.new_control = b""
        head = file.asset.read(block.start, 10)
        x, y, width, height = (int.from_bytes(head[at : at + 2], "little") for at in (1, 3, 5, 7))
        if not width or not height:
            raise Malformed("a frame without pixels", offset=block.start)
        pictures.bounded(width, height)
        self.box: Box = (x, y, x + width, y + height)
        self.flags = head[9]
        self.own: Pixels | None = None  # its palette, if it is not the file's
        if self.flags & 0x80:
            self.own = _table(file.asset.read(block.start + 10, 3 << (self.flags & 7) + 1))
        packed = file.asset.read(control.start, 8) if control else bytes(8)
        self.clear = packed[6] if packed[3] & 1 else None
        ways: dict[int, Literal["keep", "clear", "restore"]] = {2: "clear", 3: "restore"}
        self.disposal = ways.get(packed[3] >> 2 & 7, "keep")

    @property
    def table(self) -> Pixels:
        """The palette that counts."""
        table = self.own if self.own is not None else self.file.table
        if table is None:
            raise Malformed("a GIF without a palette", offset=self.block.start)
        return table

    def indices(self) -> Pixels:
        """Its pixels, unpacked by Pillow from a GIF that holds nothing else."""
        from PIL.GifImagePlugin import GifImageFile

        sides = [
            side.to_bytes(2, "little")
            for side in (self.box[2] - self.box[0], self.box[3] - self.box[1])
        ]
        data = pictures.stretch(self.file.asset, self.block.body - 1, self.block.end)
        file = b"".join((
            b"GIF89a", *sides, b"\xf7\0\0", _GREEN_RAMP, b",\0\0\0\0", *sides,
            bytes((self.flags & 0x40,)), data, b";",
        ))  # fmt: skip
        guard = pictures.guarded(Malformed, pictures.UNDECODED)
        with guard, GifImageFile(BytesIO(file)) as image:
            return np.asarray(image)

    def read(self) -> Pixels:
        """Its pixels as colours."""
        full = np.zeros((_MOST, 4), np.uint8)
        full[:, 3] = 255
        full[: len(self.table)] = self.table
        if self.clear is not None:
            full[self.clear, 3] = 0
        colours: Pixels = full[self.indices()]
        return colours

    def write(self, change: Change) -> None:
        """Take other indices, and entries of a palette for them."""
        indices = np.zeros(change.drawn.shape, np.uint8)
        x, y = self.box[0] - change.box[0], self.box[1] - change.box[1]
        old = self.indices()
        indices[y : y + old.shape[0], x : x + old.shape[1]] = old
        indices[change.drawn] = self._entries(indices, change)
        self.box = change.box
        self.new = self._coded(indices)

    def _entries(self, indices: Pixels, change: Change) -> Pixels:
        """The entry for each pixel that is drawn."""
        wanted = change.pixels[change.drawn]
        seen = wanted[:, 3] > 0
        result = np.zeros(len(wanted), np.uint8)
        rest = np.zeros(_MOST, bool)
        rest[np.unique(indices[~change.drawn])] = True
        if self.clear is not None:
            rest[self.clear] = True
        if not seen.all():
            result[~seen] = self._transparent(rest)
        if seen.any():
            found = self._coloured(wanted[seen], rest)
            result[seen] = self._joined(wanted[seen], indices, change) if found is None else found
        return result

    def _coloured(self, wanted: Pixels, rest: Pixels) -> Pixels | None:
        shared, table = self.own is None, self.table.copy()
        if self.clear is not None and self.clear < len(table):
            table[self.clear, 3] = 0  # so that no colour comes near it
        if found := fitted(table, np.ones(len(table), bool), len(table), wanted, near=4.0):
            return found[1]
        if shared:
            used = self.file.needed[: len(table)]
            if found := fitted(table, used, _MOST, wanted, near=4.0):
                self.file.table, self.file.grown = _opaque(found[0]), True
                self.file.needed[found[1]] = True
                return found[1]
        if found := fitted(table, rest[: len(table)], _MOST, wanted):
            self.own = _opaque(found[0])
            return found[1]
        return None

    def _joined(self, wanted: Pixels, indices: Pixels, change: Change) -> Pixels:
        """Entries for the colours after some of the frame's own made room for them."""
        table = self.table.copy()
        counts = np.bincount(indices[~change.drawn], minlength=len(table))[: len(table)]
        if self.clear is not None and self.clear < len(table):
            table[self.clear, 3] = 0
            counts[self.clear] = 0
        instead = joined(table, counts, _ROOM)
        if instead is not None:
            indices[:] = instead[indices]
            rest = np.zeros(len(table), bool)
            rest[np.unique(indices[~change.drawn])] = True
            if self.clear is not None and self.clear < len(table):
                rest[self.clear] = True
            if found := fitted(table, rest, _MOST, wanted):
                self.own = _opaque(found[0])
                if _NOTE not in self.file.notes:
                    self.file.notes.append(_NOTE)
                return found[1]
        raise CannotCarry(
            "a frame of this GIF uses all 256 colours of its palette, and the mark has none like "
            "them; save it with 240 colours, then label again"
        )

    def _transparent(self, rest: Pixels) -> int:
        """The entry that shows what stood there before; one more if there is none."""
        if self.clear is not None:
            return self.clear
        free = np.flatnonzero(~rest)
        if not len(free):
            raise CannotCarry(
                "a frame of this GIF uses all 256 colours of its palette, and needs one for "
                "transparent; save it with 240 colours, then label again"
            )
        self.clear = int(free[-1])
        table = self.table
        self.own = np.zeros((max(len(table), self.clear + 1), 4), np.uint8)
        self.own[:, 3] = 255
        self.own[: len(table)] = table
        rest[self.clear] = True
        control = self.control
        old = self.file.asset.read(control.start, 8) if control else b"\x21\xf9\x04\0\0\0\0\0"
        self.new_control = old[:3] + bytes((old[3] | 1,)) + old[4:6] + bytes((self.clear, 0))
        return self.clear

    def _coded(self, indices: Pixels) -> bytes:
        """The picture packed by Pillow."""
        from PIL import Image as Images

        image = Images.fromarray(indices)
        image.putpalette(_GREEN_RAMP)
        interlaced = self.flags >> 6 & 1
        made = open_asset(
            pictures.written(
                lambda out: image.save(out, interlace=interlaced, optimize=False), "gif"
            )
        )
        found = next(block for block in gif.blocks(made) if block.kind == gif.IMAGE)
        return made.read(found.body - 1, found.end - found.body + 1)

    def splices(self) -> Iterator[Splice]:
        """The blocks that changed."""
        if not self.new:
            return
        if self.new_control:
            start = self.block.start
            yield Splice(
                self.control.span if self.control else Span(start, start), self.new_control
            )
        left, top, right, bottom = self.box
        sides = (left, top, right - left, bottom - top)
        flags, table = self.flags & 0x40, b""
        if self.own is not None:
            bits = _bits(len(self.own))
            flags, table = flags | self.flags & 0x38 | 0x80 | bits - 1, _packed(self.own, bits)
        head = b"," + b"".join(side.to_bytes(2, "little") for side in sides) + bytes((flags,))
        yield Splice(self.block.span, head + table + self.new)


def _table(data: bytes) -> Pixels:
    colours = np.frombuffer(data, np.uint8).reshape(-1, 3)
    table = np.full((len(colours), 4), 255, np.uint8)
    table[:, :3] = colours
    return table


def _opaque(table: Pixels) -> Pixels:
    table[:, 3] = 255
    return table


def _bits(entries: int) -> int:
    return max((entries - 1).bit_length(), 1)


def _packed(table: Pixels, bits: int) -> bytes:
    return table[:, :3].tobytes().ljust(3 << bits, b"\0")
