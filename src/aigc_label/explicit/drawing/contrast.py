"""How well words stand out from the pixels around them.

Definition. The *ring* of words are the pixels no farther from a letter than 1/14 of the ink
height (at least one pixel) that the letters themselves cover by less than 5 %. The *contrast* is
WCAG 2.2's ratio of relative luminances, (lighter + 0.05) / (darker + 0.05), between the letters'
colour and the ring as it looks once plate, rim or shadow is drawn; of the ring, not the mean
counts but the worst: the 95th percentile of luminance for light letters, the 5th for dark ones.
Where nothing is known of the ground, it is taken once for black and once for white, and the worse
counts.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from PIL.Image import Resampling

from aigc_label.explicit.drawing.shapes import grown

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

    Floats: TypeAlias = NDArray[np.float32]

LEAST = 4.5
"""What WCAG asks of text, and this package of a mark."""

AIM = 5.0
"""What is aimed at, so that lossy coding does not bring it below :data:`LEAST`."""

Colour: TypeAlias = tuple[int, int, int]

_WEIGHTS = (0.2126, 0.7152, 0.0722)
_REACH = 14  # of the ink height
_BARE = 12  # of 255: less coverage than that is no letter
_WORST = 0.95  # of the ring is better than what counts
_FINE = 60  # pixels of ink height that are looked at of larger letters
_ENOUGH = 20_000  # pixels of a ring that are looked at


def of_colours(one: Colour, other: Colour) -> float:
    """Contrast of two colours, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: Colour) -> float:
    """Relative luminance of an sRGB colour, 0 to 1."""
    table = _linear()
    return float(sum(w * table[c] for w, c in zip(_WEIGHTS, colour, strict=True)))


def luminances(pixels: NDArray[Any]) -> NDArray[np.float64]:
    """Relative luminance of RGB pixels of 8 bits."""
    light: NDArray[np.float64] = _linear()[pixels] @ np.array(_WEIGHTS)
    return light


def ring(words: Image, ink_height: float) -> NDArray[np.bool_]:
    """Where the ring of words is.

    Args:
        words: coverage of the words alone, mode L, with room on all sides.
        ink_height: in pixels.
    """
    near = np.asarray(grown(words, max(1, round(ink_height / _REACH)))) >= 128
    return near & (np.asarray(words) < _BARE)


class Ring:
    """The pixels around words, and what lies under them."""

    def __init__(self, words: Image, ink_height: int, ground: Image | None) -> None:
        """Find the ring.

        Args:
            words: coverage of the words alone, mode L, with room on all sides.
            ink_height: in pixels.
            ground: what is under them, RGB or RGBA, as large; ``None`` if it is not known, as
                where it is transparent.
        """
        self._step = max(1, ink_height // _FINE)
        self._at = np.flatnonzero(ring(self._thinned(words), ink_height / self._step))
        self._at = self._at[:: len(self._at) // _ENOUGH + 1]
        self._grounds = self._looked_up(None if ground is None else self._thinned(ground))

    def _thinned(self, image: Image) -> Image:
        """Every so many pixels of a large image; averages would hide the worst ones."""
        if self._step == 1:
            return image
        size = (max(1, image.width // self._step), max(1, image.height // self._step))
        return image.resize(size, Resampling.NEAREST)

    def _looked_up(self, ground: Image | None) -> list[Floats]:
        if ground is None:
            return [np.full((len(self._at), 3), level, np.float32) for level in (0, 255)]
        pixels = np.asarray(ground.convert("RGBA")).reshape(-1, 4)[self._at].astype(np.float32)
        colours, cover = pixels[:, :3], pixels[:, 3:] / 255
        if cover.min(initial=1) == 1:
            return [colours]
        return [(colours * cover + level * (1 - cover)).astype(np.float32) for level in (0, 255)]

    def contrast(self, ink: Colour, ground: Colour, cover: Image) -> float:
        """Contrast of words in ``ink`` with the ring.

        Args:
            ink: colour of the words.
            ground: colour of plate, rim or shadow.
            cover: their opacity, mode L, as large as the words.
        """
        if not len(self._at):
            return of_colours(ink, ground)
        opacity = np.asarray(self._thinned(cover)).reshape(-1, 1)[self._at].astype(
            np.float32
        ) / np.float32(255)
        own = luminance(ink)
        is_light = own > 0.18
        worst = []
        for under in self._grounds:
            seen = under * (1 - opacity) + np.array(ground, np.float32) * opacity
            light = luminances(np.rint(seen).astype(np.uint8))
            # Not numpy's percentile, which loads a module of its own for 20 ms.
            light.sort()
            last = len(light) - 1
            around = float(light[round(last * (_WORST if is_light else 1 - _WORST))])
            pair = (own, around) if is_light else (around, own)
            worst.append((pair[0] + 0.05) / (pair[1] + 0.05))
        return min(worst)


@cache
def _linear() -> NDArray[np.float64]:
    """Linear light of the 256 levels of sRGB."""
    part = np.arange(256) / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
