"""What a mark is drawn on: the pages of a picture, whatever their format.

A page is a still picture or a whole animation; a TIFF has several. Positions are given as the page
is displayed; what is stored may be turned (EXIF's orientation and its like).
"""

# ruff: noqa: PLC0415 - Pillow and numpy are loaded only where they are needed

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol

from aigc_label.explicit.drawing.stamp import Stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image

    from aigc_label.asset import Asset
    from aigc_label.explicit.drawing.colours import Colour, Pixels
    from aigc_label.explicit.drawing.stamp import Box


class Surface(Protocol):
    """Stored pixels that take a stamp."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as stored."""

    @property
    def moves(self) -> bool:
        """Whether it is an animation."""

    def preview(self) -> Image:
        """What is stored, RGB or RGBA; of an animation its first frame; may be reduced."""

    def take(self, stamp: Stamp) -> bool:
        """Draw; false if the very mark stands there already."""


@dataclass(slots=True, kw_only=True)
class Raster:
    """Stored pixels of which a part can be read and written.

    Attributes:
        size: width and height.
        colour: how its channels are read.
        read: gives the pixels of a box.
        write: takes the new pixels of a box.
        preview: gives it as RGB or RGBA.
    """

    size: tuple[int, int]
    colour: Colour
    read: Callable[[Box], Pixels]
    write: Callable[[Box, Pixels], None]
    preview: Callable[[], Image]
    moves: ClassVar[bool] = False

    def take(self, stamp: Stamp) -> bool:
        """Draw; false if the very mark stands there already."""
        before = self.read(stamp.box)
        after = self.colour.over(before, stamp.pixels)
        if self.colour.same(before, after, stamp.cell):
            return False
        self.write(stamp.box, after)
        return True


@dataclass(slots=True)
class Page:
    """A surface as it is displayed.

    Attributes:
        surface: the stored pixels.
        turn: 1 to 8, as EXIF counts orientations.
    """

    surface: Surface
    turn: int = 1

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height as displayed."""
        width, height = self.surface.size
        return (width, height) if self.turn < 5 else (height, width)

    @property
    def moves(self) -> bool:
        """Whether it is an animation, whose ground is that of its first frame."""
        return self.surface.moves

    def ground(self) -> Image:
        """What is displayed, RGB or RGBA, upright; it may be smaller than the page."""
        return _turned(self.surface.preview(), self.turn)

    def paint(self, mark: Image, left: int, top: int, ink_height: int) -> bool:
        """Draw a mark upright on every frame.

        Args:
            mark: RGBA.
            left: where it stands on the page as displayed, in pixels.
            top: likewise.
            ink_height: of its words, in pixels, by which a standing mark is recognised.

        Returns:
            False if it stands there already.
        """
        shown, size = self.shown, mark.size
        if self.turn in (2, 3, 6, 7):  # these look from the right
            left = shown[0] - left - size[0]
        if self.turn in (3, 4, 7, 8):  # these look from below
            top = shown[1] - top - size[1]
        if self.turn >= 5:
            left, top = top, left
        # A viewer that obeys the turn shows upright what is stored turned the other way.
        stored = _turned(mark, {6: 8, 8: 6}.get(self.turn, self.turn)).convert("RGBA")
        return self.surface.take(Stamp(stored, left, top, max(ink_height // 3, 1)))


@dataclass(slots=True, kw_only=True)
class Picture:
    """A picture taken apart.

    Attributes:
        pages: in the file's order, one at least.
        finish: gives the picture with what was drawn on its pages, other metadata kept.
        notes: what users should know, complete when it has been finished.
    """

    pages: list[Page] = field(default_factory=list)
    finish: Callable[[], Asset]
    notes: list[str] = field(default_factory=list)


def _turned(image: Image, turn: int) -> Image:
    """What is stored with a turn, upright."""
    from PIL.Image import Transpose

    way = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }.get(turn)
    return image if way is None else image.transpose(way)


def drawn_on(image: Image, colour: Colour | None = None) -> Raster:
    """A Pillow image of 8 bits a channel as a surface; what is drawn goes into the image."""
    import numpy as np
    from PIL import Image as Images

    from aigc_label.explicit.drawing.colours import Colour

    def read(box: Box) -> Pixels:
        region = np.asarray(image.crop(box))
        return region if region.ndim == 3 else region[..., None]

    def write(box: Box, pixels: Pixels) -> None:
        flat = pixels if pixels.shape[-1] > 1 else pixels[..., 0]
        image.paste(Images.fromarray(np.ascontiguousarray(flat), image.mode), box[:2])

    return Raster(
        size=image.size,
        colour=colour or Colour(image.mode),
        read=read,
        write=write,
        preview=lambda: _coloured(image),
    )


def _coloured(image: Image) -> Image:
    if image.mode in ("RGB", "RGBA"):
        return image
    return image.convert("RGBA" if "A" in image.getbands() else "RGB")


def drawn_in(array: Pixels, colour: Colour, preview: Callable[[], Image]) -> Raster:
    """Rows, columns and channels as a surface; what is drawn goes into the array."""

    def read(box: Box) -> Pixels:
        return array[box[1] : box[3], box[0] : box[2]].copy()

    def write(box: Box, pixels: Pixels) -> None:
        array[box[1] : box[3], box[0] : box[2]] = pixels

    size = (array.shape[1], array.shape[0])
    return Raster(size=size, colour=colour, read=read, write=write, preview=preview)
