"""Prompts in an EPUB, in the order in which its documents are read."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import epub_spine, html_content, shown
from aigc_label.containers.text_bytes import TextPart
from aigc_label.detect.reading import paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.carriers.epub_spine import Book
    from aigc_label.carriers.prompt_line import Prompt
    from aigc_label.model import FoundMark

_SHORT = 500  # characters of a document that is a title page, an imprint, a colophon
_FRONT = 8  # documents at either end that are looked at until one is longer
_SAMPLES = 24  # documents between these


class _Document(NamedTuple):
    """How many characters a document shows, and the prompts among them."""

    length: int
    prompts: list[Prompt]


def marks(asset: Asset) -> Iterator[FoundMark]:
    """The marks in a publication.

    Raises:
        CannotCarry, LimitExceeded, Malformed: it cannot be read.
    """
    book = epub_spine.opened(asset)
    count = len(book.documents)
    known: dict[int, _Document] = {}
    front = _edge(book, range(count), known)
    back = _edge(book, range(count - 1, -1, -1), known)
    between = [n for n in range(count) if n not in known]
    for number in between[:: max(1, len(between) // _SAMPLES)]:
        known[number] = _read(book, number)
    read = sum(document.length for document in known.values())
    extent = read * count // max(len(known), 1)  # those between are like the samples
    yield from islice(_placed(known, front, back, extent), paragraphs.MOST)


def _edge(book: Book, numbers: range, known: dict[int, _Document]) -> set[int]:
    """The documents that make up one end of a book: short ones, and the first longer one."""
    edge: set[int] = set()
    for number in numbers[:_FRONT]:
        if number not in known:
            known[number] = _read(book, number)
        edge.add(number)
        if known[number].length > _SHORT:
            break
    return edge


def _read(book: Book, number: int) -> _Document:
    part = book.load(book.documents[number].name)
    if b"<body" in part.data and not shown.may_say(part.data):
        return _Document((len(part.data) - part.data.find(b"<body")) // 3, [])  # a guess
    text = TextPart(
        part.data.decode("utf-8", "replace"), "utf-8", 0, "\n", at_start=True, at_end=True
    )
    page = html_content.content(text, xml=True, styles=epub_spine.styles(book, part))
    return _Document(sum(len(block.text) for block in page.blocks), page.prompts())


def _placed(
    known: dict[int, _Document], front: set[int], back: set[int], extent: int
) -> Iterator[FoundMark]:
    """The marks by where they stand in the whole: a title page is all beginning."""
    for number, document in sorted(known.items()):
        whole = document.length <= _SHORT
        for prompt in document.prompts:
            place = "middle"
            if number in back and (prompt.place == "end" or whole):
                place = "end"
            if number in front and (prompt.place == "start" or (whole and number not in back)):
                place = "start"
            yield paragraphs.mark(prompt.words, place, extent)
