"""What a document shows, paragraph by paragraph, and the prompts among it (GB 45438-2025 5.1)."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from aigc_label.carriers import prompt_line
from aigc_label.model import FoundMark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aigc_label.carriers.shown import Paragraph

MOST = 16
"""Marks reported of one document."""

EACH = "each page"
"""The place of a mark that stands on every page or slide."""


def lines(paragraphs: Iterable[Paragraph]) -> Iterator[Paragraph]:
    """The lines that they show, those without any text left out."""
    for paragraph in paragraphs:
        for line in paragraph.text.split("\n"):
            if words := " ".join(line.split(" ")).strip():
                yield paragraph._replace(text=words)


def flowing(paragraphs: Iterable[Paragraph]) -> Iterator[FoundMark]:
    """The marks in a text that people read from its start to its end."""
    shown = list(lines(paragraphs))
    extent = sum(len(line.text) for line in shown)
    found = prompt_line.of_paragraphs((line.text, line.kind) for line in shown)
    for prompt in islice(found, MOST):
        yield mark(prompt.words, prompt.place, extent)


def said(paragraphs: Iterable[Paragraph]) -> str | None:
    """The first prompt among what is seen at a glance: on a slide, in a header, in a text box."""
    for line in lines(paragraphs):
        if line.kind == "table":
            continue
        if prompt_line.corner_mark_in(line.text, markup=False) is not None:
            return "AI"
        if (words := prompt_line.prompt_in(line.text, title=line.kind == "heading")) is not None:
            return words
    return None


def on_pages(words: Sequence[str | None], extent: int | None = None) -> Iterator[FoundMark]:
    """The marks on pages of which each is seen as a whole: one, if all bear one.

    Args:
        words: the prompt of each page, if it has one.
        extent: the characters on all of them, if somebody counted.
    """
    bearing = [number for number, one in enumerate(words) if one is not None]
    if len(bearing) == len(words) > 1:
        yield mark(words[0] or "", EACH, extent)
        return
    for number in bearing[:MOST]:
        yield mark(words[number] or "", page_place(number, len(words)), extent)


def page_place(number: int, count: int) -> str:
    """Where a page stands among all."""
    return "start" if number == 0 else "end" if number == count - 1 else "middle"


def mark(words: str, place: str, extent: int | None = None) -> FoundMark:
    """A mark of words in a document, of so many characters if somebody counted."""
    text = " ".join(words.split())[: prompt_line.LONGEST]
    return FoundMark(kind="text", text=text, place=place, extent=extent)
