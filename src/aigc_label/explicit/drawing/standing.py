"""A mark that stands in a picture already, recognised from the pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import ImageChops
from PIL.Image import Resampling

from aigc_label.explicit.drawing import contrast
from aigc_label.explicit.drawing import look as looks
from aigc_label.explicit.drawing.layout import laid_out, piece
from aigc_label.explicit.drawing.placing import CORNERS

if TYPE_CHECKING:
    from PIL.Image import Image

    from aigc_label.explicit.drawing.layout import Ground, Laid, Overlay
    from aigc_label.explicit.drawing.look import Dress
    from aigc_label.explicit_label import ExplicitLabel

_SAME = 40  # grey levels that JPEG may blur a standing mark by; another character makes 60 or more
_LEGIBLE = 2.5  # contrast that is left of 4.5 and more when a standing mark was coded coarsely
_TELLABLE = 8  # pixels of ink height in a smaller view from which characters can be told
_CORE = 230  # coverage of 255 of what is surely a letter


def standing(explicit: ExplicitLabel, size: tuple[int, int], ground: Ground) -> Overlay | None:
    """The mark that stands in a picture already, if :func:`compose` could have made it.

    Args:
        explicit: the mark that is asked for.
        size: width and height of the picture as displayed, in pixels.
        ground: what it shows, best in its full size.

    Raises:
        InvalidLabel: as :func:`compose`.
        CannotCarry: as :func:`compose`.
    """
    places = CORNERS if explicit.position == "auto" else (explicit.position,)
    for place in places:
        for style in looks.styles(explicit.look.style):
            laid = laid_out(explicit, size, place, style)
            for dress in looks.dresses(explicit.look, style):
                if found := _standing(laid, dress, ground):
                    return found
    return None


def _standing(laid: Laid, dress: Dress, ground: Ground) -> Overlay | None:
    steps = looks.strengths(dress)
    seen = piece(ground, laid.size, laid.box)
    height = laid.lettering.ink_height
    if len(steps) > 1 and not (
        _stands(laid.letters(dress), seen, height)
        and _is_legible(laid.bare, seen.resize(laid.bare.size), height)
    ):
        return None
    for strength in steps:
        overlay = laid.overlay(dress._replace(strength=strength))
        if _stands(overlay.image, seen, overlay.ink_height):
            return overlay
    return None


def _is_legible(words: Image, seen: Image, ink_height: int) -> bool:
    """Whether there are letters at all in what is seen: bare ground of one colour is no mark."""
    letters = np.asarray(words) >= _CORE
    around = contrast.ring(words, ink_height)
    light = contrast.luminances(np.asarray(seen.convert("RGB")))
    pair = sorted(float(np.median(light[where])) for where in (letters, around) if where.any())
    return len(pair) < 2 or (pair[1] + 0.05) / (pair[0] + 0.05) >= _LEGIBLE


def _stands(mark: Image, seen: Image, ink_height: int) -> bool:
    """Whether what is seen is this mark over some ground, in every cell of a third of the ink.

    A mark of opacity a and colour c leaves of any ground something between ca and ca + (1 - a)
    times white. Cell by cell, because one other character in long words changes the whole by very
    little; in brightness, because coarse JPEG coding smears colours.
    """
    if seen.size != mark.size:
        ink_height = ink_height * seen.height // mark.height
        if ink_height < _TELLABLE:  # in doubt it does not, for a missing mark is the worse mistake
            return False
        mark = mark.convert("RGBa").resize(seen.size, Resampling.BOX).convert("RGBA")
    opacity = mark.getchannel("A")
    least = ImageChops.multiply(mark.convert("RGB").convert("L"), opacity)
    through = ImageChops.invert(opacity)
    level = seen.convert("RGB").convert("L")
    excess = []
    if "A" in seen.getbands():
        shown = seen.getchannel("A")
        level = ImageChops.multiply(level, shown)
        through = ImageChops.subtract(shown, opacity)
        excess.append(ImageChops.subtract(opacity, shown))
    excess.append(ImageChops.subtract(least, level))
    excess.append(ImageChops.subtract(level, ImageChops.add(least, through)))
    change = excess.pop()
    for other in excess:
        change = ImageChops.lighter(change, other)
    cell = max(ink_height // 3, 1)
    rim = cell // 2  # the rim and the round corners stand beside whatever the picture shows
    columns, rows = (change.width - 2 * rim) // cell, (change.height - 2 * rim) // cell
    change = change.crop((rim, rim, rim + columns * cell, rim + rows * cell))
    extrema: Any = change.reduce(cell).getextrema()
    return bool(extrema[1] <= _SAME)
