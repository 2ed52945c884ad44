"""A mark laid over stored pixels: greys, colours, inks, with opacity or a key, of any bit depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Pixels = np.ndarray
"""Rows, columns, channels: unsigned integers."""

_SAME = 40  # of 255 grey levels that JPEG may blur a standing mark by; another letter makes 60
_LUMA = np.array((0.299, 0.587, 0.114))
_WHITE = 203.0  # candelas a square metre of graphics white (ITU-R BT.2408)


@dataclass(frozen=True, slots=True)
class Colour:
    """How the channels of a pixel are to be read.

    Attributes:
        mode: ``L``, ``LA``, ``RGB``, ``RGBA`` or ``CMYK``, in Pillow's sense.
        top: the value of a channel at full strength.
        transfer: as ISO/IEC 23091-2 numbers it: 16 and 18 are high dynamic range, where white
            letters of full strength would dazzle; all else counts as what screens show.
        key: the value of each channel of the one colour that stands for transparent.
        premultiplied: whether colours are stored times their opacity.
        inverted: whether the least value of ``L`` is white, or that of an ink is all of it.
    """

    mode: str
    top: int = 255
    transfer: int = 1
    key: tuple[int, ...] | None = None
    premultiplied: bool = False
    inverted: bool = False

    @property
    def has_opacity(self) -> bool:
        """Whether the last channel is opacity."""
        return self.mode in ("LA", "RGBA")

    def over(self, region: Pixels, mark: Pixels) -> Pixels:
        """The region with the mark over it, which leaves alone what it does not cover."""
        cover = mark[..., 3:].astype(np.float64) / 255
        ink = self._levels()[self._channels(mark[..., :3])]
        mixed = self._mixed(ink, cover, region)
        drawn = (mixed + 0.5).clip(0, self.top).astype(region.dtype)
        if self.key is not None:  # no pixel of the mark may turn out transparent
            hit = (drawn == np.array(self.key, region.dtype)).all(axis=-1)
            drawn[hit, 0] = self.key[0] + (1 if self.key[0] < self.top else -1)
        result: Pixels = np.where(cover > 0, drawn, region)
        return result

    def _mixed(
        self, ink: NDArray[np.float64], cover: NDArray[np.float64], region: Pixels
    ) -> NDArray[np.float64]:
        """Colours of an opacity of 0 to 1 over a region."""
        below = region.astype(np.float64)
        if not self.has_opacity:
            return ink * cover + below * (1 - cover)
        opacity = below[..., -1:] / self.top
        total = cover + opacity * (1 - cover)
        weight = 1.0 if self.premultiplied else opacity
        mixed = ink * cover + below[..., :-1] * weight * (1 - cover)
        if not self.premultiplied:
            mixed = mixed / np.maximum(total, 1e-9)
        return np.concatenate((mixed, total * self.top), axis=-1)

    def laid(self, above: Pixels, below: Pixels) -> Pixels:
        """Pixels with opacity over others."""
        mixed = self._mixed(above[..., :-1].astype(np.float64), above[..., -1:] / self.top, below)
        result: Pixels = (mixed + 0.5).clip(0, self.top).astype(below.dtype)
        return result

    def _levels(self) -> NDArray[np.float64]:
        """What is stored for each of the 256 levels of a mark."""
        part = np.arange(256) / 255
        if self.transfer in (16, 18):
            linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
            part = _perceptual(linear) if self.transfer == 16 else _hybrid_log(linear)
        if self.inverted:
            part = 1 - part
        return part * self.top

    def _channels(self, rgb: Pixels) -> Pixels:
        """The mark's levels by the channels of the picture."""
        if self.mode in ("L", "LA"):
            grey: Pixels = np.rint(rgb @ _LUMA).astype(np.uint8)[..., None]
            return grey
        if self.mode != "CMYK":
            return rgb
        light = rgb.max(axis=-1, keepdims=True)  # greys of black ink alone: no fringes of colour
        return np.concatenate((light - rgb, 255 - light), axis=-1)

    def same(self, before: Pixels, after: Pixels, cell: int) -> bool:
        """Whether drawing changes next to nothing in any cell of ``cell`` pixels.

        Cell by cell, because one other character in long words changes the whole by very little;
        in brightness, because coarse coding smears colours into the mark's edges.
        """
        change = np.abs(self._brightness(before) - self._brightness(after))
        if self.has_opacity:
            opacity = np.abs(before[..., -1].astype(float) - after[..., -1])
            change = np.maximum(change, opacity * 255 / self.top)
        rim = cell // 2  # the rim and the round corners stand beside whatever the picture shows
        rows, columns = ((side - 2 * rim) // cell for side in change.shape)
        if rows < 1 or columns < 1:
            return bool(change.mean() <= _SAME)
        inner = change[rim : rim + rows * cell, rim : rim + columns * cell]
        means = inner.reshape(rows, cell, columns, cell).mean(axis=(1, 3))
        return bool(means.max() <= _SAME)

    def _brightness(self, region: Pixels) -> NDArray[np.float64]:
        scaled = region.astype(np.float64) * (255 / self.top)
        if self.mode in ("L", "LA"):
            grey: NDArray[np.float64] = scaled[..., 0]
            return grey
        if self.mode == "CMYK":
            inks = scaled if not self.inverted else 255 - scaled
            scaled = (255 - inks[..., :3]) * (255 - inks[..., 3:]) / 255
        light: NDArray[np.float64] = scaled[..., :3] @ _LUMA
        return light


def _perceptual(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """SMPTE ST 2084, whose full strength is 10,000 candelas."""
    power = (linear * _WHITE / 10_000) ** 0.1593017578125
    result: NDArray[np.float64] = (
        (0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)
    ) ** 78.84375
    return result


def _hybrid_log(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """ITU-R BT.2100 HLG, whose graphics white has three quarters of full strength."""
    light = linear * 0.265  # the light that gives a signal of 0.75
    low = np.sqrt(3 * light)
    high = 0.17883277 * np.log(np.maximum(12 * light - 0.28466892, 1e-9)) + 0.55991073
    return np.where(light <= 1 / 12, low, high)
