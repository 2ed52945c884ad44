"""The annotations that a page shows: what draws each of them, and where (ISO 32000-2 12.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers.pdf.lexer import Ref
from aigc_label.containers.pdf.pages import box

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.containers.pdf.document import Document
    from aigc_label.containers.pdf.drawn import Matrix
    from aigc_label.containers.pdf.lexer import Dictionary
    from aigc_label.containers.pdf.pages import Page

_MOST = 64
_UNSEEN = 0x02 | 0x20  # hidden, not on screens
_WORDED = (b"FreeText", b"Stamp", b"Watermark", b"Widget")
_UNIT = (0.0, 0.0, 1.0, 1.0)


class Drawn(NamedTuple):
    """What draws an annotation: a form, and the matrix that fits it into its place."""

    form: Ref
    matrix: Matrix


def shown(document: Document, page: Page) -> Iterator[Drawn]:
    """The annotations that may show words, as they are shown on a screen.

    Raises:
        LimitExceeded, Malformed: the document is damaged there.
    """
    for value in document.array(page.own.get(b"Annots"))[:_MOST]:
        given = document.dictionary(value)
        flags = document.resolve(given.get(b"F"))
        if document.resolve(given.get(b"Subtype")) not in _WORDED:
            continue
        if isinstance(flags, int) and flags & _UNSEEN:
            continue
        form = _appearance(document, given)
        if form is None:
            continue
        left, bottom, right, top = box(document, given.get(b"Rect")) or _UNIT
        x, y, right_, top_ = box(document, document.dictionary(form).get(b"BBox")) or _UNIT
        across = (right - left) / (right_ - x) if right_ > x else 1.0
        up = (top - bottom) / (top_ - y) if top_ > y else 1.0
        yield Drawn(form, (across, 0.0, 0.0, up, left - x * across, bottom - y * up))


def _appearance(document: Document, given: Dictionary) -> Ref | None:
    """The form that draws an annotation in its usual state."""
    usual = document.dictionary(given.get(b"AP")).get(b"N")
    if isinstance(usual, Ref) and document.object(usual).stream is not None:
        return usual
    state = document.resolve(given.get(b"AS"))
    chosen = document.dictionary(usual).get(state) if isinstance(state, bytes) else None
    return chosen if isinstance(chosen, Ref) else None
