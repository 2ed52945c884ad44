"""The mark for a picture of a given size: words, dressed and in their place.

:func:`compose` makes it for a ground; :func:`standing` finds the one that stands there already.
Both know the same finite set of marks, so that marking twice is marking once even where the look
depends on the ground.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from aigc_label.errors import CannotCarry
from aigc_label.explicit.drawing import look as looks
from aigc_label.explicit.drawing.lettering import Lettering, lettered
from aigc_label.explicit.drawing.placing import CORNERS, calmest, placed, shares, unrest
from aigc_label.explicit_label import LEAST_HEIGHT

if TYPE_CHECKING:
    from PIL.Image import Image

    from aigc_label.explicit.drawing.look import Dress, Frame
    from aigc_label.explicit_label import ExplicitLabel, Position

LEAST_INK = 12
"""Pixels; strokes of Chinese characters run together below that. Small pictures get this much."""

_AUTO = ("adaptive", "outline", "plate")
_CALM = {"adaptive": 40.0, "outline": 90.0}  # unrest; a sky has 5 to 15, woods 60, print 150 to 250
_ALIGNED = {0.0: "left", 0.5: "center", 1.0: "right"}
_SAME = 40  # grey levels that JPEG may blur a standing mark by; another character makes 60 or more


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
    """

    image: Image
    left: int
    top: int
    words_box: tuple[int, int, int, int]
    ink_height: int
    place: str


def compose(
    explicit: ExplicitLabel, size: tuple[int, int], ground: Ground | None, *, still: bool = True
) -> Overlay:
    """The mark for a picture.

    Args:
        explicit: what it shall say and how it shall look.
        size: width and height of the picture as displayed, in pixels.
        ground: what it shows, in any size of about the same aspect; for ``position="auto"``, the
            styles that look at the ground, and a contrast of at least 4.5:1 against the pixels
            around the words (see :mod:`contrast`). ``None``, or a transparent pixel: anything.
        still: false if the picture moves. Then the ground tells where the mark stands and
            whether its letters are light or dark, ``style="auto"`` is a plate, and the contrast
            holds on any ground.

    Raises:
        InvalidLabel: if the font lacks characters of the words, the icon cannot be used, or the
            colours cannot be told from one another.
        CannotCarry: if the picture is too small for the words.
    """
    style = explicit.look.style
    place = explicit.position
    if place == "auto":
        place = _calmest(explicit, size, ground)
    for each in _styles(style):
        laid = _laid(explicit, size, place, each)
        dress = _chosen(explicit, laid, ground, still=still)
        if style != "auto" or each == _AUTO[-1]:
            return laid.overlay(dress)
        if dress.strength <= looks.GENTLE and still and _is_calm(laid, ground):
            return laid.overlay(dress)
    raise AssertionError  # pragma: no cover - the last style of auto always returns


def looks_at_ground(explicit: ExplicitLabel) -> bool:
    """Whether the mark depends on what the picture shows, so that a ground is of use."""
    look = explicit.look
    return explicit.position == "auto" or look.style not in looks.SOLID or look.opacity < 1


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
        for style in _styles(explicit.look.style):
            laid = _laid(explicit, size, place, style)
            for dress in looks.dresses(explicit.look, style):
                if found := _standing(laid, dress, ground):
                    return found
    return None


def _standing(laid: _Laid, dress: Dress, ground: Ground) -> Overlay | None:
    steps = looks.strengths(dress)
    seen = _piece(ground, laid.size, laid.box)
    if len(steps) > 1 and not _stands(laid.letters(dress), seen, laid.lettering.ink_height):
        return None
    for strength in steps:
        overlay = laid.overlay(dress._replace(strength=strength))
        if _stands(overlay.image, seen, overlay.ink_height):
            return overlay
    return None


def _is_calm(laid: _Laid, ground: Ground | None) -> bool:
    """Whether a ground lets words of this style be read at ease, and not just in the end."""
    return ground is not None and unrest(_piece(ground, laid.size, laid.box)) <= _CALM[laid.style]


def _styles(style: str) -> tuple[str, ...]:
    return _AUTO if style == "auto" else (style,)


_SMALL = 400  # pixels of ink height; of larger marks the memory is worth more than the time
_cached = lru_cache(maxsize=4)(looks.dressed)


class _Laid(NamedTuple):
    """Words with their place, to be dressed."""

    style: str
    lettering: Lettering
    room: Frame
    place: str
    left: int  # of the frame with its bleed, which may reach over the picture's edges
    top: int
    size: tuple[int, int]  # of the picture

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
        return Overlay(image, left, top, words, self.lettering.ink_height, self.place)


def _laid(explicit: ExplicitLabel, size: tuple[int, int], place: Position, style: str) -> _Laid:
    """The words at their place, with whole words and all room if it can be, else with less."""
    for torn in (False, True):
        for tight in (False, True):
            if laid := _fitted(explicit, size, place, style, torn=torn, tight=tight):
                return laid
    line = _words(explicit, min(size), 1 << 24, "left", torn=False)
    assert line is not None  # noqa: S101 - there is room
    width, height = looks.whole(line, looks.frame(style, line, tight=True)._replace(bleed=0))
    raise CannotCarry(
        f"a picture of {size[0]}x{size[1]} pixels is too small for readable words, which take "
        f"{width}x{height} in one line; give shorter words or a larger picture, or leave the "
        "explicit label to the page around it (--no-explicit)"
    )


def _fitted(
    explicit: ExplicitLabel,
    size: tuple[int, int],
    place: Position,
    style: str,
    *,
    torn: bool,
    tight: bool,
) -> _Laid | None:
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
    return _Laid(style, lettering, room, name, left - room.bleed, top - room.bleed, size)


def _words(
    explicit: ExplicitLabel, short: int, max_width: int, align: str, *, torn: bool
) -> Lettering | None:
    """The words for a shortest side of so many pixels; capitals have 5 % of it, too (5.2)."""
    look = explicit.look
    try:
        return lettered(
            explicit.text,
            max(math.ceil(explicit.height * short), LEAST_INK),
            max_width=max_width,
            capitals=math.ceil(LEAST_HEIGHT * short),
            bold=look.weight == "bold",
            icon=look.icon,
            align=align,
            torn=torn,
        )
    except CannotCarry:
        return None


def _calmest(explicit: ExplicitLabel, size: tuple[int, int], ground: Ground | None) -> str:
    if ground is None:
        return CORNERS[0]
    style = _styles(explicit.look.style)[0]
    boxes = {place: _laid(explicit, size, place, style).box for place in CORNERS}
    return calmest({place: _piece(ground, size, box) for place, box in boxes.items()})


def _piece(ground: Ground, size: tuple[int, int], box: tuple[int, int, int, int]) -> Image:
    """What is under a box of a picture of ``size``, from a ground of that or another size."""
    if ground.size == size:
        return ground.crop(box)
    across, down = (there / here for there, here in zip(ground.size, size, strict=True))
    left, top = int(box[0] * across), int(box[1] * down)
    right = min(max(math.ceil(box[2] * across), left + 1), ground.size[0])
    bottom = min(max(math.ceil(box[3] * down), top + 1), ground.size[1])
    return ground.crop((left, top, right, bottom))


def _chosen(explicit: ExplicitLabel, laid: _Laid, ground: Ground | None, *, still: bool) -> Dress:
    """How to dress words so that the contrast holds, with as little strength as does."""
    options = looks.dresses(explicit.look, laid.style)
    if len(options) == 1 and len(looks.strengths(options[0])) == 1:
        return options[0]  # opaque, whatever the ground
    from aigc_label.explicit.drawing.contrast import AIM, Ring  # noqa: PLC0415 - it loads numpy

    height = laid.lettering.ink_height
    words = looks.framed(laid.lettering, laid.room)
    under = looks.beneath(laid.style, words, height)
    bare = laid.cut(looks.framed(laid.lettering, laid.room, icon=False))
    seen = None
    if ground is not None:
        seen = _piece(ground, laid.size, laid.box).resize(bare.size, resample=0)

    def held(dress: Dress, ring: Ring) -> tuple[int, float, Dress]:
        """The least strength that holds, or the last; and the contrast then, the least first."""
        for strength in looks.strengths(dress):
            dress = dress._replace(strength=strength)
            cover = laid.cut(looks.cover(words, under, dress, height))
            if (contrast := ring.contrast(dress.ink, dress.ground, cover)) >= AIM:
                break
        return dress.strength, -contrast, dress

    ring = Ring(bare, height, seen)
    best = min((held(dress, ring) for dress in options), key=lambda each: each[:2])
    if still or seen is None:
        return best[2]
    return held(best[2]._replace(strength=0), Ring(bare, height, None))[2]


def _stands(mark: Image, seen: Image, ink_height: int) -> bool:
    """Whether what is seen is this mark over some ground, in every cell of a third of the ink.

    A mark of opacity a and colour c leaves of any ground something between ca and ca + (1 - a)
    times white. Cell by cell, because one other character in long words changes the whole by very
    little; in brightness, because coarse JPEG coding smears colours.
    """
    from PIL import ImageChops  # noqa: PLC0415 - loaded where something is drawn
    from PIL.Image import Resampling  # noqa: PLC0415 - the same

    if seen.size != mark.size:
        ink_height = ink_height * seen.height // mark.height
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
