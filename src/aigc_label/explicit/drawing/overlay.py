"""The mark for a picture of a given size: words, dressed and in their place.

What is composed is one of a finite set for each picture, so that :mod:`standing` can find it again
where it stands, and marking twice is marking once even where the look depends on the ground.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.explicit.drawing import look as looks
from aigc_label.explicit.drawing.layout import Ground, Overlay, laid_out, piece
from aigc_label.explicit.drawing.placing import CORNERS, calmest, unrest

if TYPE_CHECKING:
    from aigc_label.explicit.drawing.contrast import Ring
    from aigc_label.explicit.drawing.layout import Laid
    from aigc_label.explicit.drawing.look import Dress
    from aigc_label.explicit_label import ExplicitLabel

__all__ = ["Ground", "Overlay", "compose", "least_contrast", "looks_at_ground"]

_CALM = {"adaptive": 40.0, "outline": 90.0}  # unrest; a sky has 5 to 15, woods 60, print 150 to 250


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
    for each in looks.styles(style):
        laid = laid_out(explicit, size, place, each)
        dress = _chosen(explicit, laid, ground, still=still)
        if style != "auto" or each == looks.AUTO[-1]:
            return laid.overlay(dress)
        if dress.strength <= looks.GENTLE and still and _is_calm(laid, ground):
            return laid.overlay(dress)
    raise AssertionError  # pragma: no cover - the last style of auto always returns


def looks_at_ground(explicit: ExplicitLabel) -> bool:
    """Whether the mark depends on what the picture shows, so that a ground is of use."""
    look = explicit.look
    return explicit.position == "auto" or look.style not in looks.SOLID or look.opacity < 1


def _is_calm(laid: Laid, ground: Ground | None) -> bool:
    """Whether a ground lets words of this style be read at ease, and not just in the end."""
    return ground is not None and unrest(piece(ground, laid.size, laid.box)) <= _CALM[laid.style]


def _calmest(explicit: ExplicitLabel, size: tuple[int, int], ground: Ground | None) -> str:
    if ground is None:
        return CORNERS[0]
    style = looks.styles(explicit.look.style)[0]
    boxes = {place: laid_out(explicit, size, place, style).box for place in CORNERS}
    return calmest({place: piece(ground, size, box) for place, box in boxes.items()})


def least_contrast(explicit: ExplicitLabel, size: tuple[int, int], drawn: Overlay) -> float:
    """The contrast of a mark with what is around its words on the worst ground, 1 to 21.

    Args:
        explicit: what was asked for.
        size: width and height of the picture as displayed, in pixels.
        drawn: what was composed, or found standing.
    """
    from aigc_label.explicit.drawing.contrast import Ring  # noqa: PLC0415 - it loads numpy

    dress = drawn.dress
    laid = laid_out(explicit, size, drawn.place or explicit.position, dress.style)
    height = drawn.ink_height
    words = looks.framed(laid.lettering, laid.room)
    cover = laid.cut(looks.cover(words, looks.beneath(dress.style, words, height), dress, height))
    ring = Ring(laid.bare, height, None)
    return round(ring.contrast(dress.ink, dress.ground, cover), 1)


def _chosen(explicit: ExplicitLabel, laid: Laid, ground: Ground | None, *, still: bool) -> Dress:
    """How to dress words so that the contrast holds, with as little strength as does."""
    options = looks.dresses(explicit.look, laid.style)
    if len(options) == 1 and len(looks.strengths(options[0])) == 1:
        return options[0]  # opaque, whatever the ground
    from aigc_label.explicit.drawing.contrast import AIM, Ring  # noqa: PLC0415 - it loads numpy

    height = laid.lettering.ink_height
    words = looks.framed(laid.lettering, laid.room)
    under = looks.beneath(laid.style, words, height)
    bare = laid.bare
    seen = None
    if ground is not None:
        seen = piece(ground, laid.size, laid.box).resize(bare.size, resample=0)

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
