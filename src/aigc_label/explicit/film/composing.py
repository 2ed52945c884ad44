"""The mark for a film, whatever holds it; and whether it stands on a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.errors import CannotCarry
from aigc_label.explicit.drawing import overlay as overlays
from aigc_label.explicit.drawing import standing
from aigc_label.model import FoundMark

if TYPE_CHECKING:
    from PIL import Image

    from aigc_label.explicit.drawing.overlay import Overlay
    from aigc_label.explicit_label import ExplicitLabel

SAME = 40
"""Grey levels by which coding may blur a standing mark; another character makes 60."""


class Composed(NamedTuple):
    """A mark for a film.

    Attributes:
        overlay: what is drawn, or was.
        stands: whether it is there already.
        found: what people see of it.
    """

    overlay: Overlay
    stands: bool
    found: FoundMark


def composed(
    explicit: ExplicitLabel, size: tuple[int, int], ground: Image.Image, at: tuple[float, float]
) -> Composed:
    """The mark that stands on a film, or else one to draw.

    Args:
        explicit: what it shall say and how it shall look.
        size: width and height of the film as displayed, in pixels.
        ground: its first frame as displayed.
        at: when the words stand, in seconds of the film.

    Raises:
        InvalidLabel, CannotCarry: as :func:`overlays.compose`.
    """
    there = standing.standing(explicit, size, ground)
    overlay = there or overlays.compose(explicit, size, ground, still=False)
    found = FoundMark(
        kind="text",
        text=explicit.text,
        place=overlay.place,
        box=overlay.words_box,
        ratio=overlay.ink_height / min(size),
        contrast=overlays.least_contrast(explicit, size, overlay),
        at=at,
    )
    return Composed(overlay, there is not None, found)


def require_seen(before: tuple[float, int], after: tuple[float, int]) -> None:
    """Refuse what was encoded if the mark would still change its first frame.

    Args:
        before: by how many grey levels it would have changed the source's, in all and in a part.
        after: the same of what was encoded.

    Raises:
        CannotCarry: saying so.
    """
    if after[1] > SAME and after[0] > before[0] / 2:
        raise CannotCarry("the words cannot be seen in what was encoded")
