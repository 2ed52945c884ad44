"""A mark on every frame of an animation, by changing no more frames than need it.

Frames of GIF, APNG and WebP are pieces laid over what the frames before them left. A mark that is
drawn on the first frame stays until a piece is laid over it; so the pieces that touch it are drawn
on, and all others keep their bytes. What must stand in the mark's box after each frame is worked
out by laying the pieces twice: as they are, and with the mark.
"""

# ruff: noqa: PLC0415 - Pillow is loaded only where something is drawn

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from aigc_label.explicit.drawing.colours import Colour, Pixels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from PIL.Image import Image

    from aigc_label.explicit.drawing.stamp import Box, Stamp


class Cel(Protocol):
    """The piece of a canvas that one frame replaces.

    Attributes:
        box: where it stands.
        over: whether its transparent pixels show what stood there; else they clear it.
        disposal: what happens to its box before the next frame.
    """

    box: Box
    over: bool
    disposal: Literal["keep", "clear", "restore"]

    def read(self) -> Pixels:
        """All of its pixels, red, green, blue and opacity."""

    def write(self, change: Change) -> None:
        """Take other pixels."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a cel becomes.

    Attributes:
        box: where it stands now; no smaller than it was.
        pixels: all of its pixels.
        drawn: which of them differ from what they were, or were not there.
        over: as in :class:`Cel`.
    """

    box: Box
    pixels: Pixels
    drawn: Pixels
    over: bool


@dataclass(slots=True, kw_only=True)
class Animation:
    """The frames of one animation as a surface.

    Attributes:
        size: width and height of the canvas.
        cels: one a frame, in order.
        preview: gives the first frame, RGB or RGBA.
        top: the value of a channel at full strength.
        grid: the pixels of which the left and top of every cel are a multiple.
        binary: whether pixels are either opaque or transparent.
        transfer: as in :class:`Colour`.
    """

    size: tuple[int, int]
    cels: Sequence[Cel]
    preview: Callable[[], Image]
    top: int = 255
    grid: int = 1
    binary: bool = False
    transfer: int = 1

    @property
    def moves(self) -> bool:
        """Whether there are several frames."""
        return len(self.cels) > 1

    def take(self, stamp: Stamp) -> bool:
        """Draw on every frame; false if the very mark stands on all of them already."""
        if all(same for same in self._stands(stamp)):
            return False
        marked = np.zeros_like(stamp.pixels, self._kind)
        for number, (cel, plain, pixels) in enumerate(self._shown(stamp)):
            before = marked.copy()
            if pixels is not None:
                _lay(cel, pixels, marked, stamp.box, self.top)
            wanted = self._wanted(plain, stamp)
            wrong = (marked != wanted).any(axis=-1)
            box, disposal = cel.box, cel.disposal
            if wrong.any():
                change = self._change(
                    number, pixels, before, wanted=wanted, wrong=wrong, stamp=stamp
                )
                box = change.box
                cel.write(change)
            marked = wanted
            if disposal == "clear":
                _clear(marked, box, stamp.box)
            elif disposal == "restore":
                marked = before
        return True

    @property
    def _kind(self) -> type[np.unsignedinteger[Any]]:
        return np.uint16 if self.top > 255 else np.uint8

    @property
    def _colour(self) -> Colour:
        return Colour("RGBA", self.top, self.transfer)

    def _shown(self, stamp: Stamp) -> Iterator[tuple[Cel, Pixels, Pixels | None]]:
        """Each cel, what its frame shows in the stamp's box without it, and the cel's pixels.

        The pixels are there only if the cel touches the box.
        """
        plain = np.zeros_like(stamp.pixels, self._kind)
        for cel in self.cels:
            before, box, disposal = plain.copy(), cel.box, cel.disposal
            pixels = cel.read() if _meet(box, stamp.box) else None
            if pixels is not None:
                _lay(cel, pixels, plain, stamp.box, self.top)
            yield cel, plain, pixels
            if disposal == "clear":
                _clear(plain, box, stamp.box)
            elif disposal == "restore":
                plain = before

    def _stands(self, stamp: Stamp) -> Iterator[bool]:
        """Of each frame, whether the mark stands there already."""
        for _, plain, _ in self._shown(stamp):
            yield self._colour.same(plain, self._wanted(plain, stamp), stamp.cell)

    def _wanted(self, plain: Pixels, stamp: Stamp) -> Pixels:
        wanted = self._colour.over(plain, stamp.pixels)
        if self.binary:
            solid = wanted[..., 3:] > self.top // 2
            wanted = np.where(solid, wanted, plain)
            wanted[..., 3:][solid] = self.top
        return wanted

    def _change(
        self,
        number: int,
        pixels: Pixels | None,
        before: Pixels,
        *,
        wanted: Pixels,
        wrong: Pixels,
        stamp: Stamp,
    ) -> Change:
        """The cel that makes its frame show what is wanted, where it would be wrong."""
        cel = self.cels[number]
        edges = _edges(wrong, stamp)
        left, top = (side // self.grid * self.grid for side in edges[:2])
        box = (
            min(left, cel.box[0]), min(top, cel.box[1]),
            max(edges[2], cel.box[2]), max(edges[3], cel.box[3]),
        )  # fmt: skip
        over, drawn = cel.over, np.ones((box[3] - box[1], box[2] - box[0]), bool)
        if box == cel.box or over:
            pixels = cel.read() if pixels is None else pixels
            new = np.zeros((*drawn.shape, 4), wanted.dtype)
            inner = _within(cel.box, box)
            new[inner] = pixels
            drawn[inner] = False
        else:  # what it is widened over must show as before
            new = self._composed(number, box)
        spot = _within(_common(box, stamp.box), box)
        part = _within(_common(box, stamp.box), stamp.box)
        wrong = wrong[part]
        put = wanted[part]
        if over:
            put = self._over(put, before[part])
        new[spot] = np.where(wrong[..., None], put, new[spot])
        drawn[spot] |= wrong
        return Change(box, new, drawn, over)

    def _over(self, wanted: Pixels, below: Pixels) -> Pixels:
        """Pixels that give what is wanted when they are laid over what stands there."""
        put = wanted.copy()
        mixes = (wanted[..., 3] < self.top) & (below[..., 3] > 0)
        put[mixes, 3] = self.top  # on the rounded corners of a plate
        put[(wanted == below).all(axis=-1)] = 0
        return put

    def _composed(self, number: int, box: Box) -> Pixels:
        """What the canvas shows at a frame without any mark."""
        canvas = np.zeros((box[3] - box[1], box[2] - box[0], 4), self.cels[number].read().dtype)
        for cel in self.cels[:number]:
            if cel.disposal != "restore":
                if _meet(cel.box, box):
                    _lay(cel, cel.read(), canvas, box, self.top)
                if cel.disposal == "clear":
                    _clear(canvas, cel.box, box)
        _lay(self.cels[number], self.cels[number].read(), canvas, box, self.top)
        return canvas


def first_frame(size: tuple[int, int], cel: Cel, top: int = 255) -> Image:
    """What the first frame shows, RGBA."""
    from PIL import Image as Images

    pixels = cel.read()
    if top != 255:
        pixels = (pixels.astype(np.uint32) * 255 // top).astype(np.uint8)
    canvas = Images.new("RGBA", size)
    canvas.paste(Images.fromarray(np.ascontiguousarray(pixels)), cel.box[:2])
    return canvas


def _edges(wrong: Pixels, stamp: Stamp) -> Box:
    """The smallest box around what is wrong, on the canvas."""
    rows, columns = np.flatnonzero(wrong.any(axis=1)), np.flatnonzero(wrong.any(axis=0))
    left, top = stamp.left + int(columns[0]), stamp.top + int(rows[0])
    return left, top, stamp.left + int(columns[-1]) + 1, stamp.top + int(rows[-1]) + 1


def _common(one: Box, other: Box) -> Box:
    left, top = max(one[0], other[0]), max(one[1], other[1])
    return left, top, max(min(one[2], other[2]), left), max(min(one[3], other[3]), top)


def _meet(one: Box, other: Box) -> bool:
    left, top, right, bottom = _common(one, other)
    return left < right and top < bottom


def _within(box: Box, outer: Box) -> tuple[slice, slice]:
    """Rows and columns of a box in an array of the outer one, which holds it."""
    rows = slice(box[1] - outer[1], box[3] - outer[1])
    return rows, slice(box[0] - outer[0], box[2] - outer[0])


def _lay(cel: Cel, pixels: Pixels, canvas: Pixels, outer: Box, top: int) -> None:
    """Lay a cel on what stands in the box ``outer`` of the canvas."""
    box = _common(cel.box, outer)
    if box[0] >= box[2] or box[1] >= box[3]:
        return
    place = _within(box, outer)
    new = pixels[_within(box, cel.box)]
    if not cel.over:
        canvas[place] = new
        return
    old = canvas[place]
    mixed = Colour("RGBA", top).laid(new, old)
    canvas[place] = np.where(new[..., 3:] == top, new, np.where(new[..., 3:] == 0, old, mixed))


def _clear(canvas: Pixels, box: Box, outer: Box) -> None:
    if _meet(box, outer):
        canvas[_within(_common(box, outer), outer)] = 0
