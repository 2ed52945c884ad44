"""Words in their place in a picture, before they are dressed: what fits, and how."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from aigc_label.errors import CannotCarry
from aigc_label.explicit.drawing import look as looks
from aigc_label.explicit.drawing import typeface
from aigc_label.explicit.drawing.lettering import Lettering, fitting_type, lettered
from aigc_label.explicit.drawing.placing import placed, shares
from aigc_label.explicit_label import LEAST_HEIGHT

if TYPE_CHECKING:
    from PIL.Image import Image

    from aigc_label.explicit.drawing.look import Dress, Frame
    from aigc_label.explicit_label import ExplicitLabel, Position

LEAST_INK = 12
"""Pixels; strokes of Chinese characters run together below that. Small pictures get this much."""

_ALIGNED = {0.0: "left", 0.5: "center", 1.0: "right"}
_SMALL = 400  # pixels of ink height; of larger marks the memory is worth more than the time
_cached = lru_cache(maxsize=4)(looks.dressed)


class Ground(Protocol):
    """What is under a mark: a picture of RGB or RGBA, or what cuts pieces out of one."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""

    def crop(self, box: tuple[int, int, int, int]) -> Image:
        """The piece from left and top to right and bottom, which lie within."""


class Overlay(NamedTuple):
    """A mark and its place.

    Attributes:
        image: mode RGBA, the mark alone. Not to be drawn on.
        left, top: its place in the displayed picture, in pixels.
        words_box: x, y, width, height of the words' ink in the displayed picture, in pixels.
        ink_height: pixels of the tallest Chinese, Japanese or Korean character as drawn, or of
            the tallest character if there is none.
        place: the anchor it stands at; empty for a free position.
        dress: how its words are dressed.
    """

    image: Image
    left: int
    top: int
    words_box: tuple[int, int, int, int]
    ink_height: int
    place: str
    dress: Dress


class Laid(NamedTuple):
    """Words with their place, to be dressed."""

    style: str
    lettering: Lettering
    room: Frame
    place: str
    left: int  # of the frame with its bleed, which may reach over the picture's edges
    top: int
    size: tuple[int, int]  # of the picture

    @property
    def bare(self) -> Image:
        """Coverage of the words without their icon, mode L, where they lie within the picture."""
        return self.cut(looks.framed(self.lettering, self.room, icon=False))

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of what of the frame lies within the picture."""
        width, height = looks.whole(self.lettering, self.room)
        return (
            max(self.left, 0),
            max(self.top, 0),
            min(self.left + width, self.size[0]),
            min(self.top + height, self.size[1]),
        )

    def cut(self, image: Image) -> Image:
        """What of a picture of the whole frame lies within the picture."""
        left, top, right, bottom = self.box
        box = (left - self.left, top - self.top, right - self.left, bottom - self.top)
        return image if box == (0, 0, *image.size) else image.crop(box)

    def letters(self, dress: Dress) -> Image:
        """The letters alone, RGBA."""
        return self.cut(looks.letters(self.lettering, self.room, dress))

    def overlay(self, dress: Dress) -> Overlay:
        """The words as dressed, in their place."""
        draw = _cached if self.lettering.ink_height <= _SMALL else looks.dressed
        image = self.cut(draw(self.lettering, self.room, dress))
        left, top, *_ = self.box
        x, y, width, height = self.lettering.words_box
        words = (
            self.left + self.room.bleed + self.room.left + x,
            self.top + self.room.bleed + self.room.top + y,
            width,
            height,
        )
        return Overlay(image, left, top, words, self.lettering.ink_height, self.place, dress)


def laid_out(explicit: ExplicitLabel, size: tuple[int, int], place: Position, style: str) -> Laid:
    """The words at their place, with whole words and all room if it can be, else with less.

    Raises:
        InvalidLabel: as :func:`lettered`.
        CannotCarry: if they do not fit in any way, with what they would take.
    """
    for torn in (False, True):
        for tight in (False, True):
            if laid := _fitted(explicit, size, place, style, torn=torn, tight=tight):
                return laid
    raise CannotCarry(_too_small(explicit, size))


def _too_small(explicit: ExplicitLabel, size: tuple[int, int]) -> str:
    """What words would take that do not fit: reckoned and not drawn, for they may be very long."""
    ink = _ink(explicit, min(size))
    type_, height = fitting_type(explicit.text.strip(), ink)
    width = math.ceil(typeface.length(explicit.text.strip(), type_))
    remedy = "a larger picture" if ink == LEAST_INK else "less height"
    return (
        f"a picture of {size[0]}x{size[1]} pixels is too small for these words, which take "
        f"{width + 2}x{height + 2} in one line; give shorter words or {remedy}, or leave the "
        "explicit label to the page around it (--no-explicit)"
    )


def _ink(explicit: ExplicitLabel, short: int) -> int:
    """The asked height of characters in pixels, for a shortest side of so many."""
    return max(math.ceil(explicit.height * short), LEAST_INK)


def _fitted(
    explicit: ExplicitLabel,
    size: tuple[int, int],
    place: Position,
    style: str,
    *,
    torn: bool,
    tight: bool,
) -> Laid | None:
    """The words at their place, or ``None`` if they do not fit so."""
    width, height = size
    short = min(size)
    margin = round(explicit.look.margin * short)
    if tight:
        margin = min(margin, 1)
    align = "center"
    if style != "plate" and isinstance(place, str):  # on a plate, lines stand in the middle
        align = _ALIGNED[shares(place)[0]]
    lettering = _words(explicit, short, width - 2 * margin, align, torn=torn)
    for _ in range(2):  # the frame is known once the words are, and leaves less room to them
        if lettering is None:
            return None
        room = looks.frame(style, lettering, tight=tight)
        outer = looks.whole(lettering, room._replace(bleed=0))
        if outer[0] + 2 * margin <= width:
            break
        lettering = _words(
            explicit, short, width - 2 * margin - room.left - room.right, align, torn=torn
        )
    else:
        return None
    if outer[1] + 2 * margin > height:
        return None
    left, top = placed(place, size, outer, margin)
    name = place if isinstance(place, str) else ""
    return Laid(style, lettering, room, name, left - room.bleed, top - room.bleed, size)


def _words(
    explicit: ExplicitLabel, short: int, max_width: int, align: str, *, torn: bool
) -> Lettering | None:
    """The words for a shortest side of so many pixels; capitals have 5 % of it, too (5.2)."""
    look = explicit.look
    try:
        return lettered(
            explicit.text,
            _ink(explicit, short),
            max_width=max_width,
            capitals=math.ceil(LEAST_HEIGHT * short),
            bold=look.weight == "bold",
            icon=look.icon,
            align=align,
            torn=torn,
        )
    except CannotCarry:
        return None


def piece(ground: Ground, size: tuple[int, int], box: tuple[int, int, int, int]) -> Image:
    """What is under a box of a picture of ``size``, from a ground of that or another size."""
    if ground.size == size:
        return ground.crop(box)
    across, down = (there / here for there, here in zip(ground.size, size, strict=True))
    left, top = int(box[0] * across), int(box[1] * down)
    right = min(max(math.ceil(box[2] * across), left + 1), ground.size[0])
    bottom = min(max(math.ceil(box[3] * down), top + 1), ground.size[1])
    return ground.crop((left, top, right, bottom))
