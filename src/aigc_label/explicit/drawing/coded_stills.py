"""A still picture of HEIF or AVIF to draw on, whatever codes it.

Its bits a channel, sampling, opacity, grid and colours are kept; so is all else in the file. What
would be lost, or would show the words in another light, is refused: image sequences, gain maps,
pictures cut out of larger ones, several pictures in one file.
"""

# ruff: noqa: PLC0415 - Pillow is loaded only where something is drawn

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Protocol

import numpy as np

from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.drawing import pictures
from aigc_label.explicit.drawing.coded_items import CONFIGURATIONS, Coded, Items
from aigc_label.explicit.drawing.colours import Colour
from aigc_label.explicit.drawing.pages import Page, Picture, drawn_in

if TYPE_CHECKING:
    from PIL.Image import Image

    from aigc_label.asset import Asset
    from aigc_label.explicit.drawing.colours import Pixels

_MOST_APART = 6.0  # of 255 levels, on average, between what is drawn and what is decoded again
_ALPHA = ("auxiliary:alpha", "auxid:1")  # ends of the names that say opacity
_PICTURES = (*CONFIGURATIONS, b"grid", b"iovl", b"iden", b"jpeg", b"avc1", b"j2k1", b"vvc1")


class Coder(Protocol):
    """A way to code one picture."""

    def bits(self, coded: Coded) -> int:
        """Bits a channel, from the configuration."""

    def decode(self, file: bytes) -> Pixels:
        """Rows, columns and channels (grey, or red, green, blue) of a file of one picture."""

    def encode(self, pixels: Pixels, like: Coded) -> Coded:
        """Code them with the sampling and the bits of another picture."""


def picture(asset: Asset, coder: Coder) -> Picture:
    """Take a picture apart.

    Raises:
        CannotCarry: if it would lose more than the codec's rounding.
        LimitExceeded, Malformed: as the reason says.
    """
    still = _Still(asset, coder)
    surface = drawn_in(still.seen, still.colour, still.preview)
    notes = ["the whole picture was coded anew, for its parts cannot be changed alone"]
    return Picture(pages=[Page(surface, still.turn)], finish=still.finished, notes=notes)


class _Still:
    """The primary picture, its parts and its opacity."""

    def __init__(self, asset: Asset, coder: Coder) -> None:
        self.items = Items(asset)
        self.coder = coder
        number = self.items.primary
        self.parts = self._parts(number)
        self.alpha = self._alpha()
        self._require_one_picture()
        self.like = self.items.coded(self.parts[0])
        self.turn = self._turn()
        size = self.items.size(number)
        pictures.bounded(*size)
        plain = coder.decode(self.items.alone(number))
        if plain.shape[:2] != size[::-1]:
            raise Malformed("a picture of another size than it says")
        self.depth = coder.bits(self.like)
        self.opacity: Pixels | None = None
        if self.alpha is not None:
            opacity = coder.decode(self.items.alone(self.alpha))[..., :1]
            if opacity.shape[:2] != plain.shape[:2] or opacity.dtype != plain.dtype:
                raise CannotCarry("the opacity is of another size or depth than the picture")
            self.opacity = opacity
            plain = np.concatenate((plain, opacity), axis=-1)
        self.pixels = plain.copy()
        self.seen = self.pixels[self._cut(size)]
        top = 255 if plain.dtype == np.uint8 else 65535
        mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[plain.shape[-1]]
        colour = self.items.colour(number) or self.items.colour(self.parts[0])
        self.colour = Colour(mode, top, int.from_bytes(colour[6:8]) if colour else 1)

    def _alpha(self) -> int | None:
        found = None
        for number, kind in self.items.auxiliary().items():
            of = self.items.uses.get((b"auxl", number), [])
            if "gain" in kind.lower():
                raise _gain_map()
            if kind.endswith(_ALPHA) and self.items.primary in of:
                found = number
        if b"tmap" in self.items.kinds.values():
            raise _gain_map()
        if (b"prem", self.items.primary) in self.items.uses:
            raise CannotCarry(
                "colours stored times their opacity; save it anew without, then label again"
            )
        return found

    def _require_one_picture(self) -> None:
        kinds, uses = self.items.kinds, self.items.uses
        known = {self.items.primary, *self.parts}
        for (kind, number), of in uses.items():
            if kind in (b"thmb", b"auxl"):
                known.add(number)
                known.update(uses.get((b"dimg", number), []))
            if kind in (b"base", b"exbl"):
                known.update(of)
        if any(kind in _PICTURES and number not in known for number, kind in kinds.items()):
            raise CannotCarry("several pictures in one file; save each in its own, then label them")
        if kinds[self.items.primary] not in (*CONFIGURATIONS, b"grid"):
            raise CannotCarry("a picture that is put together from others; save it anew, whole")

    def _cut(self, size: tuple[int, int]) -> tuple[slice, slice]:
        """The rows and columns that are displayed: codecs want even sides, pictures do not."""
        cuts = self.items.having(self.items.primary, b"clap")
        if not cuts:
            return slice(None), slice(None)
        body = self.items.body(cuts[0])
        if len(body) < 32:
            raise Malformed("a cut that is cut short")
        numbers = struct.unpack(">LLLLlLlL", body[:32])
        slices = []
        for whole, part, offset in ((size[0], 0, 4), (size[1], 2, 6)):
            if not numbers[part + 1] or not numbers[offset + 1]:
                raise Malformed("a cut by nothing")
            length = numbers[part] / numbers[part + 1]
            start = (whole - length) / 2 + numbers[offset] / numbers[offset + 1]
            if start < 0 or start + length > whole or length < 1 or start % 1 or length % 1:
                raise CannotCarry("a picture cut between its pixels; save it anew, cut")
            slices.append(slice(int(start), int(start + length)))
        return slices[1], slices[0]

    def _turn(self) -> int:
        """How it is displayed, as EXIF counts it; EXIF itself does not count in these formats."""
        where = np.array([[1, 2], [3, 4]])
        for box in self.items.having(self.items.primary, b"irot"):
            where = np.rot90(where, self.items.body(box)[0] & 3)
        for box in self.items.having(self.items.primary, b"imir"):
            where = where[:, ::-1] if self.items.body(box)[0] & 1 else where[::-1]
        ways = {
            (1, 2, 3, 4): 1, (2, 1, 4, 3): 2, (4, 3, 2, 1): 3, (3, 4, 1, 2): 4,
            (1, 3, 2, 4): 5, (3, 1, 4, 2): 6, (4, 2, 3, 1): 7, (2, 4, 1, 3): 8,
        }  # fmt: skip
        one, two, three, four = (int(n) for n in where.ravel())
        return ways[one, two, three, four]

    def preview(self) -> Image:
        """What is stored, 8 bits a channel."""
        from PIL import Image as Images

        pixels = self.seen if self.colour.top == 255 else (self.seen >> 8).astype(np.uint8)
        if self.colour.mode == "L":
            return Images.fromarray(np.ascontiguousarray(pixels[..., 0])).convert("RGB")
        image = Images.fromarray(np.ascontiguousarray(pixels))
        return image.convert("RGBA") if self.colour.has_opacity else image

    def finished(self) -> Asset:
        """The file with the picture coded anew.

        Raises:
            CannotCarry: if what comes out is not what was drawn.
        """
        items = self.items
        plain = self.pixels[..., :-1] if self.opacity is not None else self.pixels
        new = [self.coder.encode(tile, self.like) for tile in self._tiles(plain, items.primary)]
        items.replace(self.parts, new)
        if new[0].colour:
            for number in {items.primary, *self.parts}:
                items.recolour(number, new[0].colour[8:10], new[0].colour[10:11])
        if self.opacity is not None and self.alpha is not None:
            opacity = self.pixels[..., -1:]
            if (opacity != self.opacity).any():
                parts = self._parts(self.alpha)
                like = items.coded(parts[0])
                tiles = self._tiles(opacity, self.alpha)
                items.replace(parts, [self.coder.encode(tile, like) for tile in tiles])
        result = items.finished()
        self._check(result, plain)
        return result

    def _parts(self, number: int) -> list[int]:
        """The tiles of a grid, or the picture itself."""
        return self.items.uses.get((b"dimg", number), []) or [number]

    def _tiles(self, plain: Pixels, number: int) -> list[Pixels]:
        """What each of the parts of an item shows."""
        parts = self._parts(number)
        if parts == [number]:
            return [plain]
        body = self.items.data(number)
        if len(body) < 8:
            raise Malformed("a grid that is cut short")
        rows, columns = body[2] + 1, body[3] + 1
        width, height = self.items.size(parts[0])
        more = (rows * height - plain.shape[0], columns * width - plain.shape[1])
        if min(more) < 0 or len(parts) != rows * columns:
            raise Malformed("a grid that does not cover its picture")
        padded = np.pad(plain, ((0, more[0]), (0, more[1]), (0, 0)), mode="edge")
        return [
            padded[y : y + height, x : x + width]
            for y in range(0, rows * height, height)
            for x in range(0, columns * width, width)
        ]

    def _check(self, result: Asset, plain: Pixels) -> None:
        """Decode it again: a reader that takes the colours for others would show it."""
        again = Items(result)
        seen = self.coder.decode(again.alone(again.primary))
        apart = np.abs(seen.astype(np.float32) - plain).mean() * (255 / self.colour.top)
        if apart > _MOST_APART:
            raise CannotCarry(
                f"coded again, it differs by {apart:.0f} levels of 255 on average; convert it to "
                "PNG or JPEG, then label that"
            )


def _gain_map() -> CannotCarry:
    return CannotCarry(
        "a picture with a gain map, which would light up the words on bright screens; save it "
        "without (HDR off), or ask for the implicit label only"
    )
