"""Which slides or sheets bear the words, where a document has these and no running text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_label.explicit_label import ExplicitLabel


def chosen(explicit: ExplicitLabel, count: int, *, first: int = 0) -> list[int]:
    """Indexes of the pages to mark, that of the first named place first, each once.

    ``start``, ``middle`` and ``end`` are pages; ``paragraphs`` counts pages.

    Args:
        explicit: what is asked for.
        count: how many pages there are, one at least.
        first: the page that a reader sees first.
    """
    named = {"start": first, "middle": count // 2, "end": count - 1}
    pages = [named[place] for place in explicit.places]
    if explicit.paragraphs:
        pages += range(explicit.paragraphs - 1, count, explicit.paragraphs)
    return list(dict.fromkeys(pages))
