"""The mark as stored pixels: turned, squeezed and lit as the film's own are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image, ImageChops
from PIL.Image import Resampling, Transpose

from aigc_label.explicit.film.segment import Plate

if TYPE_CHECKING:
    from pathlib import Path

    from aigc_label.explicit.drawing.overlay import Overlay
    from aigc_label.explicit.film.segment import Picture

WHITE = 203.0
"""Candela per square metre of white letters in HDR films (ITU-R BT.2408, reference white)."""

_TURNED = {
    (-1, 0, 0, 1): Transpose.FLIP_LEFT_RIGHT,
    (1, 0, 0, -1): Transpose.FLIP_TOP_BOTTOM,
    (-1, 0, 0, -1): Transpose.ROTATE_180,
    (0, 1, -1, 0): Transpose.ROTATE_90,
    (0, -1, 1, 0): Transpose.ROTATE_270,
    (0, 1, 1, 0): Transpose.TRANSPOSE,
    (0, -1, -1, 0): Transpose.TRANSVERSE,
}
"""Display matrices (a, b, c, d), and what makes stored pixels of displayed ones."""

_BACK = {Transpose.ROTATE_90: Transpose.ROTATE_270, Transpose.ROTATE_270: Transpose.ROTATE_90}

_FROM_709 = np.array(  # linear light, BT.709 to BT.2020 primaries (ITU-R BT.2087)
    [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]
)


class Screen(NamedTuple):
    """How stored pixels become displayed ones.

    Attributes:
        picture: what is known of the stored ones.
        turn: the display matrix (a, b, c, d), of right angles.
    """

    picture: Picture
    turn: tuple[int, int, int, int]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as displayed, in square pixels."""
        width = round(self.picture.size[0] * self.picture.aspect)
        height = self.picture.size[1]
        return (width, height) if self.turn[0] else (height, width)

    @property
    def transfer(self) -> str:
        """The film's transfer curve if it is one of HDR, else ``""``."""
        name = self.picture.colours.get("color_trc", "")
        return name if name in ("smpte2084", "arib-std-b67") else ""

    def shown(self, frame: Image.Image) -> Image.Image:
        """A stored frame as a person sees it, as far as a picture of eight bits can show it."""
        if self.transfer:
            levels = np.arange(256) / 255
            curve = np.clip(_seen(levels, self.transfer), 0, 1) * 255
            frame = frame.point([round(v) for v in curve] * 3)
        if self.picture.aspect != 1:
            width = round(frame.width * self.picture.aspect)
            frame = frame.resize((width, frame.height), Resampling.BILINEAR)
        turned = _TURNED.get(self.turn)
        return frame if turned is None else frame.transpose(_BACK.get(turned, turned))

    def stored(self, overlay: Overlay, target: Path) -> Plate:
        """Save a mark of the displayed picture as a plate for the stored one.

        A point (x, y) is displayed at (ax + cy, bx + dy), from the side that makes it positive;
        before that, stored pixels are ``aspect`` wide.
        """
        image, left, top = overlay.image, overlay.left, overlay.top
        a, b, c, d = self.turn
        right = self.size[0] - left - image.width
        bottom = self.size[1] - top - image.height
        x = (left if a > 0 else right) if a else (top if b > 0 else bottom)
        y = (top if d > 0 else bottom) if d else (left if c > 0 else right)
        turned = _TURNED.get(self.turn)
        if turned is not None:
            image = image.transpose(turned)
        if self.picture.aspect != 1:
            image, x = _squeezed(image, x, self.picture)
        # Chroma is stored for every second pixel; between two, half of it would stand elsewhere.
        image, x, y = _even(image, x, y)
        if self.transfer:
            image = _lit(image, self.transfer)
        image.save(target)
        return Plate(target, x, y)


def difference(frame: Image.Image, plate: Plate) -> tuple[float, int]:
    """By how many grey levels a plate would change a stored frame: in all, and at most in a part.

    Part by part, because another character in long words changes the whole by very little.
    """
    with Image.open(plate.path) as saved:
        drawn = saved.convert("RGBA")
    box = (plate.left, plate.top, plate.left + drawn.width, plate.top + drawn.height)
    before = frame.crop(box)
    after = Image.composite(drawn.convert("RGB"), before, drawn.getchannel("A"))
    change = ImageChops.difference(before.convert("L"), after.convert("L"))
    part = max(4, min(drawn.size) // 6)
    levels = np.asarray(change, float)
    return float(levels.mean()), int(np.asarray(change.reduce(part)).max())


def _squeezed(image: Image.Image, x: int, picture: Picture) -> tuple[Image.Image, int]:
    """A picture of square pixels at ``x`` in stored ones, and the column where it begins.

    It is put on whole stored pixels first, or the words would move by up to one of them.
    """
    aspect = picture.aspect
    first = int(x / aspect)
    last = min(-int(-(x + image.width) // aspect), picture.size[0])
    left, right = float(first * aspect) - x, float(last * aspect) - x
    margin = int(-left) + 1
    wide = Image.new("RGBA", (int(right) + margin + 2, image.height))
    wide.paste(image, (margin, 0))
    # Weighted by opacity, so that clear pixels do not darken the edges.
    flat = wide.convert("RGBa").resize(
        (last - first, image.height),
        Resampling.BICUBIC,
        (left + margin, 0, right + margin, image.height),
    )
    return flat.convert("RGBA"), first


def _even(image: Image.Image, x: int, y: int) -> tuple[Image.Image, int, int]:
    """The same picture from an even column and row on, with clear pixels on the way there."""
    if not (x | y) & 1:
        return image, x, y
    wide = Image.new("RGBA", (image.width + (x & 1), image.height + (y & 1)))
    wide.paste(image, (x & 1, y & 1))
    return wide, x & ~1, y & ~1


def _lit(image: Image.Image, transfer: str) -> Image.Image:
    """Colours of sRGB in an HDR film's coding, white at :data:`WHITE`."""
    pixels = np.asarray(image).astype(float) / 255
    colour = pixels[..., :3]
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    coded = _coded(np.clip(linear @ _FROM_709.T, 0, 1), transfer)
    out = np.concatenate([coded, pixels[..., 3:]], axis=-1)
    return Image.fromarray(np.rint(np.clip(out, 0, 1) * 255).astype(np.uint8), "RGBA")


def _coded(light: np.ndarray, transfer: str) -> np.ndarray:
    """Light, 1 for reference white, as a signal (ITU-R BT.2100, tables 4 and 5)."""
    if transfer == "smpte2084":
        y = (light * WHITE / 10_000) ** 0.1593017578125
        return ((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y)) ** 78.84375
    scene = light * 0.2646  # puts white at 75 % of the signal (BT.2408)
    low = np.sqrt(3 * scene)
    high = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene <= 1 / 12, low, high)


def _seen(signal: np.ndarray, transfer: str) -> np.ndarray:
    """About what sRGB level looks like an HDR signal, clipped at reference white."""
    if transfer == "smpte2084":
        p = signal ** (1 / 78.84375)
        y = np.maximum(p - 0.8359375, 0) / (18.8515625 - 18.6875 * p)
        light = y ** (1 / 0.1593017578125) * 10_000 / WHITE
    else:
        high = (np.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12
        light = np.where(signal <= 0.5, signal**2 / 3, high) / 0.2646
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
