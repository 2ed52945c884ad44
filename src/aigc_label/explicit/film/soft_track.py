"""The subtitle track with the words: nobody writes it yet, and it is not left out in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.errors import CannotCarry

if TYPE_CHECKING:
    from aigc_label.explicit_label import ExplicitLabel


def refuse(explicit: ExplicitLabel) -> None:
    """Refuse a mark that asks for a subtitle track.

    Raises:
        CannotCarry: with what to do instead.
    """
    if explicit.soft_track:
        raise CannotCarry(
            "no subtitle track with the words is written yet; ask for the mark without it "
            "(soft_track=False), and add one by your own tools: the words over the picture are "
            "what clause 5.4 asks for"
        )
