"""What can be asked of a text that is not there yet: its start and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.errors import InvalidLabel

if TYPE_CHECKING:
    from aigc_label.explicit_label import ExplicitLabel


def require_ends(explicit: ExplicitLabel) -> None:
    """Refuse what a stream cannot give.

    Raises:
        InvalidLabel: the middle, words between paragraphs, or corner marks are asked for.
    """
    if "middle" in explicit.places:
        raise InvalidLabel(
            "nobody knows the middle of a text before it has ended; ask for the start or the end, "
            "or label the text when it is whole",
            field="places",
        )
    if explicit.paragraphs:
        raise InvalidLabel(
            "a stream gets words at its start and its end, not between paragraphs; label the text "
            "when it is whole",
            field="paragraphs",
        )
    if explicit.corner_mark:
        raise InvalidLabel(
            "a corner mark stands behind the first paragraph, which a stream has sent by then; ask "
            "for words, or label the text when it is whole",
            field="corner_mark",
        )
