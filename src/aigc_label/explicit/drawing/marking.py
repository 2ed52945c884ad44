"""Words on the pages of a picture (GB 45438-2025 clause 5.2)."""

# ruff: noqa: PLC0415 - a picture may be decoded in the background while the rest is imported

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.contract import Marked
from aigc_label.explicit.drawing import pictures
from aigc_label.model import FoundMark

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.contract import Format
    from aigc_label.explicit.drawing.overlay import Overlay
    from aigc_label.explicit.drawing.pages import Page
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.output import Scratch


def mark(asset: Asset, fmt: Format, explicit: ExplicitLabel, _scratch: Scratch) -> Marked:
    """Put the words on the asked place of every page as displayed.

    Returns the asset unchanged when the same mark stands on all of them already.

    Raises:
        InvalidLabel: if the font lacks characters of the words, or the look cannot be drawn.
        CannotCarry: if a page is too small for them, or would lose more than the mark covers.
        LimitExceeded: if the picture has too many pixels or bytes.
        Malformed: if the picture cannot be decoded.
    """
    picture = pictures.opened(asset, fmt)
    marks = [_marked(page, explicit) for page in picture.pages]
    found = _found(explicit, marks[0][0], picture.pages[0].shown)
    if not any(drawn for _, drawn in marks):
        return Marked(asset, found)
    return Marked(picture.finish(), found, tuple(picture.notes))


def _marked(page: Page, explicit: ExplicitLabel) -> tuple[Overlay, bool]:
    """The mark of a page, and whether it had to be drawn."""
    from aigc_label.explicit.drawing.overlay import compose, looks_at_ground

    ground = None
    if looks_at_ground(explicit):
        from aigc_label.explicit.drawing.standing import standing

        ground = page.ground()
        if overlay := standing(explicit, page.shown, ground):
            return overlay, False
    overlay = compose(explicit, page.shown, ground, still=not page.moves)
    return overlay, page.paint(overlay.image, overlay.left, overlay.top, overlay.ink_height)


def _found(explicit: ExplicitLabel, overlay: Overlay, shown: tuple[int, int]) -> FoundMark:
    return FoundMark(
        kind="text",
        text=explicit.text,
        place=overlay.place,
        box=overlay.words_box,
        ratio=overlay.ink_height / min(shown),
    )
