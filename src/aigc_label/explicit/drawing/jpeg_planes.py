"""One component of a JPEG under a mark: its samples, the mark in them, the blocks it touches."""

# ruff: noqa: PLC0415 - Pillow is loaded only where something is drawn

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image

_BLOCK = 8
_SAME = 40  # grey levels that JPEG may blur a standing mark by; another letter makes 60

CHANNELS = {"grey": 1, "rgb": 3, "ycc": 3, "cmyk": 4, "ycck": 4}
"""The ways to code colours that marks can be drawn in, and their components."""


class Plane:
    """A component's blocks that a mark may touch.

    Attributes:
        box: left, top, right, bottom in blocks.
        before: the samples as decoded, mode L.
        after: the same with the mark.
        touched: a byte for each block, row by row; zero where the mark covers nothing of it.
    """

    def __init__(
        self,
        place: tuple[int, int, int, int],
        finer: tuple[int, int],
        samples: tuple[int, int],
    ) -> None:
        """A component to be drawn on.

        Args:
            place: left, top, right, bottom of the mark in pixels; within the picture.
            finer: pixels that a sample stands for, across and down.
            samples: the whole component's columns and rows.
        """
        self._place = place
        self._finer = finer
        self._samples = samples
        wide, high = _BLOCK * finer[0], _BLOCK * finer[1]
        left, top, right, bottom = place
        self.box = (left // wide, top // high, -(-right // wide), -(-bottom // high))

    def draw(self, grey: bytes, patch: Image, colours: str, number: int) -> None:
        """Lay the mark over the samples.

        Args:
            grey: the blocks as a grey JPEG.
            patch: the mark, mode RGBA.
            colours: one of :data:`CHANNELS`.
            number: which component of these it is.

        Raises:
            OSError: if Pillow cannot decode the blocks.
        """
        from PIL import Image as Images
        from PIL.JpegImagePlugin import JpegImageFile

        self.before = JpegImageFile(BytesIO(grey))
        self.before.load()
        across, down = self._finer
        width, height = self.before.size
        canvas = Images.new("RGBA", (width * across, height * down))
        canvas.paste(patch, self._offset())
        mark = canvas.reduce(self._finer)
        cover = mark.getchannel("A")
        self.after = Images.composite(inks(mark, colours)[number], self.before, cover)
        self._extend()
        some = cover.point([0] + [255] * 255)  # one covered sample of 64 still makes 3 of 255
        self.touched = some.reduce(_BLOCK).tobytes()

    def under(self, picture: Image) -> Image:
        """Of ``before`` or ``after`` what is under the mark, one sample a pixel."""
        across, down = self._finer
        if self._finer != (1, 1):
            picture = picture.resize((picture.width * across, picture.height * down), 0)
        x, y = self._offset()
        left, top, right, bottom = self._place
        return picture.crop((x, y, x + right - left, y + bottom - top))

    def _offset(self) -> tuple[int, int]:
        """Where the mark begins in the box, in pixels."""
        (across, down), (left, top, *_) = self._finer, self._place
        return left - self.box[0] * _BLOCK * across, top - self.box[1] * _BLOCK * down

    def _extend(self) -> None:
        """Repeat the last column and row into the part of a block that lies behind the edge.

        Nobody sees it, but it is coded with what is seen.
        """
        width, height = self.after.size
        right = self._samples[0] - self.box[0] * _BLOCK
        below = self._samples[1] - self.box[1] * _BLOCK
        if right < width:
            column = self.after.crop((right - 1, 0, right, height))
            self.after.paste(column.resize((width - right, height)), (right, 0))
        if below < height:
            row = self.after.crop((0, below - 1, width, below))
            self.after.paste(row.resize((width, height - below)), (0, below))


def inks(mark: Image, colours: str) -> Sequence[Image]:
    """The components of a mark's colours as a JPEG has them.

    CMYK is stored inverted, as Adobe does; YCCK holds cyan, magenta and yellow as if they were
    red, green and blue. Greys are of black ink alone: no fringes of colour, whatever the profile.
    """
    from PIL import Image as Images
    from PIL import ImageChops

    rgb = mark.convert("RGB")
    if colours == "grey":
        return [rgb.convert("L")]
    if colours == "rgb":
        return rgb.split()
    if colours == "ycc":
        return rgb.convert("YCbCr").split()
    red, green, blue = rgb.split()
    light = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    cmy = [ImageChops.subtract(light, one) for one in (red, green, blue)]
    if colours == "cmyk":
        return [*map(ImageChops.invert, cmy), light]
    return [*Images.merge("RGB", cmy).convert("YCbCr").split(), light]


def brightness(channels: Sequence[Image], colours: str) -> Image:
    """What :func:`inks` gives, as greys."""
    from PIL import Image as Images
    from PIL import ImageChops

    if colours in ("grey", "ycc"):
        return channels[0]
    if colours == "rgb":
        return Images.merge("RGB", channels).convert("L")
    cmy = [ImageChops.invert(one) for one in channels[:3]]
    if colours == "ycck":
        cmy = list(Images.merge("YCbCr", channels[:3]).convert("RGB").split())
    return Images.merge("CMYK", [*cmy, ImageChops.invert(channels[3])]).convert("RGB").convert("L")


def same(before: Image, after: Image, cell: int) -> bool:
    """Whether drawing changes next to nothing in any cell of ``cell`` pixels.

    As :meth:`colours.Colour.same`, for greys, and without numpy.
    """
    from PIL import ImageChops
    from PIL.ImageStat import Stat

    change = ImageChops.difference(before, after)
    rim = cell // 2  # the rim and the round corners stand beside whatever the picture shows
    columns, rows = (change.width - 2 * rim) // cell, (change.height - 2 * rim) // cell
    if rows < 1 or columns < 1:
        return Stat(change).mean[0] <= _SAME
    change = change.crop((rim, rim, rim + columns * cell, rim + rows * cell))
    extrema: Any = change.reduce(cell).getextrema()
    return bool(extrema[1] <= _SAME)
