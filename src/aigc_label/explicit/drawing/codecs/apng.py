"""APNG: frames that the mark touches get other rows, all others keep their bytes."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Literal

import numpy as np

from aigc_label.containers import png
from aigc_label.edits import EditPlan, Splice
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.drawing import pictures
from aigc_label.explicit.drawing.animation import Animation, first_frame
from aigc_label.explicit.drawing.pages import Page, Picture
from aigc_label.explicit.drawing.palettes import fitted, looked_up
from aigc_label.explicit.drawing.png_rows import Rows
from aigc_label.explicit.drawing.png_still import TIED_TO_PIXELS, File, Still

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.explicit.drawing.animation import Change
    from aigc_label.explicit.drawing.colours import Pixels
    from aigc_label.explicit.drawing.stamp import Box, Stamp

_CONTROL = struct.Struct(">LLLLLHHBB")


def picture(file: File) -> Picture:
    """Take an APNG apart.

    Raises:
        LimitExceeded, Malformed: as the reason says.
    """
    if file.key is not None and file.header.depth < 8:
        raise CannotCarry(
            f"an APNG of {2**file.header.depth} greys, one of which stands for transparent, has "
            "too few for a mark; save it in 8 bits, then label again"
        )
    cels, alone = _cels(file)
    size = (file.header.width, file.header.height)
    pictures.bounded(*size, len(cels))
    moving = Animation(
        size=size,
        cels=cels,
        preview=lambda: first_frame(size, cels[0], file.colour.top),
        top=file.colour.top,
        binary=file.header.colour in (0, 2),
        transfer=file.colour.transfer,
    )
    return Picture(
        pages=[Page(_Both(moving, alone), file.turn)],
        finish=lambda: EditPlan(_splices(file, cels, alone)).view(file.asset),
    )


class _Both:
    """The animation, and the picture that programs show which cannot play it."""

    def __init__(self, moving: Animation, alone: Still | None) -> None:
        self.moving = moving
        self.alone = alone
        self.size = moving.size
        self.preview = moving.preview
        self.moves = True

    def take(self, stamp: Stamp) -> bool:
        """Draw on both."""
        moves = self.moving.take(stamp)
        return (self.alone is not None and self.alone.raster().take(stamp)) or moves


def _cels(file: File) -> tuple[list[Cel], Still | None]:
    """The frames, and the picture that is none of them if there is one."""
    controls: list[png.Chunk] = []
    data: list[list[png.Chunk]] = []
    alone: list[png.Chunk] = []
    for chunk in file.chunks:
        if chunk.kind == b"fcTL":
            controls.append(chunk)
            data.append([])
        elif chunk.kind in (b"IDAT", b"fdAT"):
            (data[-1] if data else alone).append(chunk)
    if not controls or not all(data) or any(c.kind == b"fdAT" for c in alone):
        raise Malformed("an APNG whose frames are incomplete")
    cels = [Cel(file, *frame) for frame in zip(controls, data, strict=True)]
    return cels, Still(file, alone) if alone else None


class Cel:
    """One frame."""

    disposal: Literal["keep", "clear", "restore"]

    def __init__(self, file: File, control: png.Chunk, data: list[png.Chunk]) -> None:
        self.file = file
        self.control = control
        self.data = data
        self.new = b""
        packed = file.data(control)
        if len(packed) != _CONTROL.size:
            raise Malformed("a damaged frame control chunk", offset=control.start)
        fields = _CONTROL.unpack(packed)
        _, width, height, x, y, *self.timing, disposal, blend = fields
        self.box: Box = (x, y, x + width, y + height)
        if (
            not width
            or not height
            or x + width > file.header.width
            or y + height > file.header.height
        ):
            raise Malformed("a frame outside the canvas", offset=control.start)
        first = control.start == next(c.start for c in file.chunks if c.kind == b"fcTL")
        # What is restored before the first frame is an empty canvas.
        ways: dict[int, Literal["keep", "clear", "restore"]] = {1: "clear", 2: "restore"}
        self.disposal = "clear" if disposal == 2 and first else ways.get(disposal, "keep")
        self.packed_disposal = disposal
        self.over = blend == 1 and (file.colour.has_opacity or file.key is not None)

    def _rows(self) -> Rows:
        left, top, right, bottom = self.box
        header = self.file.header._replace(width=right - left, height=bottom - top)
        skip = [4 if chunk.kind == b"fdAT" else 0 for chunk in self.data]
        parts = [self.file.data(c)[n:] for c, n in zip(self.data, skip, strict=True)]
        return Rows(header, b"".join(parts))

    def read(self) -> Pixels:
        """Its pixels as colours, at the depth at which they are stored."""
        left, top, right, bottom = self.box
        return coloured(self.file, self._rows().read((0, 0, right - left, bottom - top)))

    def write(self, change: Change) -> None:
        """Put other rows in the place of its own."""
        height, width = change.drawn.shape
        if change.box == self.box:
            rows = self._rows()
            at = np.flatnonzero(change.drawn.any(axis=1)), np.flatnonzero(change.drawn.any(axis=0))
            box = (int(at[1][0]), int(at[0][0]), int(at[1][-1]) + 1, int(at[0][-1]) + 1)
            part = (slice(box[1], box[3]), slice(box[0], box[2]))
            samples = rows.read(box)
            drawn = change.drawn[part]
            samples[drawn] = sampled(self.file, change.pixels[part][drawn])
            rows.write(box, samples)
        else:
            header = self.file.header._replace(width=width, height=height)
            flat = sampled(self.file, change.pixels.reshape(-1, 4))
            kind = 0 if self.file.table is not None or header.depth < 8 else 4
            rows = Rows.of(header, flat.reshape(height, width, -1), kind)
        self.new, self.box, self.over = rows.packed(), change.box, change.over

    def splices(self) -> Iterator[Splice]:
        """Its chunks, as many as they were: all of an APNG's are numbered."""
        if not self.new:
            return
        left, top, right, bottom = self.box
        number = self.file.data(self.control)[:4]
        blend = self.file.data(self.control)[25] if not self.file.colour.has_opacity else self.over
        sides = struct.pack(">LLLL", right - left, bottom - top, left, top)
        rest = struct.pack(">HHBB", *self.timing, self.packed_disposal, blend)
        yield Splice(self.control.span, png.chunk(b"fcTL", number + sides + rest))
        packed = self.new
        count = len(self.data)
        cuts = [len(packed) * n // count for n in range(count + 1)]
        for chunk, begin, end in zip(self.data, cuts[:-1], cuts[1:], strict=True):
            head = self.file.data(chunk)[:4] if chunk.kind == b"fdAT" else b""
            yield Splice(chunk.span, png.chunk(chunk.kind, head + packed[begin:end]))


def _splices(file: File, cels: list[Cel], alone: Still | None) -> Iterator[Splice]:
    for cel in cels:
        yield from cel.splices()
    if alone is not None:
        yield from alone.data_splices()
    yield from file.dropped(TIED_TO_PIXELS)
    if file.table is not None:
        yield from file.palette_splices(file.table)


def coloured(file: File, samples: Pixels) -> Pixels:
    """Samples as red, green, blue and opacity."""
    if file.table is not None:
        return looked_up(file.table, samples[..., 0])
    top, mode = file.colour.top, file.colour.mode
    full = np.full((*samples.shape[:-1], 4), top, samples.dtype)
    full[..., :3] = samples[..., :3] if mode.startswith("RGB") else samples[..., :1]
    if file.colour.has_opacity:
        full[..., 3] = samples[..., -1]
    elif file.key is not None:
        full[..., 3][(samples == np.array(file.key)).all(axis=-1)] = 0
    return full


def sampled(file: File, colours: Pixels) -> Pixels:
    """The reverse: colours, one a row, as samples.

    Raises:
        CannotCarry: if the file has none for a colour, or for transparent.
    """
    if file.table is not None:
        found = fitted(file.table, np.ones(len(file.table), bool), 2**file.header.depth, colours)
        if found is None:
            raise CannotCarry(
                "the palette of this APNG has no room for the colours of the mark; save it in "
                "true colour, then label again"
            )
        file.table, indices = found
        return indices[:, None]
    grey = not file.colour.mode.startswith("RGB")
    samples = colours[:, :3]
    if grey:
        samples = np.rint(samples @ (0.299, 0.587, 0.114)).astype(colours.dtype)[:, None]
    if file.colour.has_opacity:
        return np.concatenate((samples, colours[:, 3:]), axis=1)
    clear = colours[:, 3] == 0
    if file.key is not None:
        key = np.array(file.key, colours.dtype)
        hit = (samples == key).all(axis=-1) & ~clear
        samples = samples.copy()
        samples[hit, 0] = file.key[0] + (1 if file.key[0] < file.colour.top else -1)
        samples[clear] = key
    elif clear.any():
        raise CannotCarry(
            "the frames of this APNG do not cover the place of the mark, and have no "
            "transparency; save it with an alpha channel, then label again"
        )
    return samples
