"""Words in an EPUB: a paragraph in the first, the last and the middle document of its spine (5.1).

They have no colours of their own, so that they follow a reader's day and night; on pages of fixed
layout they are a plate, as on slides. A title stays first on its page: books' style sheets begin a
new one before it, and the words would have a page to themselves.
"""

from __future__ import annotations

import math
import re
from html import escape
from typing import TYPE_CHECKING

from aigc_label.carriers import document_xml, epub_spine
from aigc_label.containers.xmlspans import Tag
from aigc_label.errors import CannotCarry
from aigc_label.explicit.words import document_flow, document_looks
from aigc_label.explicit.words.document_flow import CORNER
from aigc_label.explicit.words.epub_blocks import Page

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.carriers.document_xml import Edit, Part
    from aigc_label.carriers.epub_spine import Book
    from aigc_label.explicit.words.document_flow import Change, Placement, Standing
    from aigc_label.explicit_label import ExplicitLabel, Place

_CJK = re.compile("[\u3400-\u9fff]")
_MOST_ELEMENTS = 500_000  # of a document: a chapter has a thousand
_MOST_WITHOUT_TEXT = 16  # documents that are looked at for one with text: covers, plates
_MARK_CLASS = "aigc-label"


def change(asset: Asset, explicit: ExplicitLabel) -> Change:
    """The documents that change so that the words stand where they are asked for.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
        ReadBackMismatch: the words would not be found again.
    """
    book = epub_spine.opened(asset)
    if book.signed:
        raise CannotCarry(
            "the publication is digitally signed, and words in it break the signature; mark it "
            "first, then sign it"
        )
    words = document_flow.words_of(explicit)
    contents: dict[str, bytes] = {}
    stand: dict[Place, Standing] = {}
    for index, places in sorted(_chosen(book, explicit).items()):
        new, standing = _marked(book, index, explicit, words, places)
        contents |= new
        stand |= dict.fromkeys(places, standing)
    first = stand[explicit.places[0]]
    return contents, first._replace(place=explicit.places[0])


def _chosen(book: Book, explicit: ExplicitLabel) -> dict[int, tuple[Place, ...]]:
    """The documents to mark, by index, with the places of the whole text that lie in each."""
    count = len(book.documents)
    every: tuple[Place, ...] = ()
    chosen = dict.fromkeys(range(count), every) if explicit.paragraphs else {}
    start = _with_text(book, range(count))
    if start is None:  # a picture book
        start, end = 0, count - 1
    else:
        last = _with_text(book, range(count - 1, start, -1))
        end = start if last is None else last
    named = {"start": start, "end": end, "middle": _half(book, start, end)}
    for place in explicit.places:
        chosen[named[place]] = (*chosen.get(named[place], every), place)
    return chosen


def _with_text(book: Book, indexes: range) -> int | None:
    """The first of these documents that says anything."""
    for index in indexes[:_MOST_WITHOUT_TEXT]:
        document = book.documents[index]
        if document.name in book.encrypted:
            continue
        page = _read(book.load(document.name))
        if any(block.text.strip() for block in page.blocks):
            return index
    return None


def _half(book: Book, start: int, end: int) -> int:
    """The document in which half of the text has passed."""
    sizes = [document.packed for document in book.documents[start : end + 1]]
    passed = 0
    for index, size in enumerate(sizes):
        passed += size
        if 2 * passed >= sum(sizes):
            return start + index
    return start


def _read(part: Part) -> Page:
    page = Page(part.data)
    document_xml.walk(part.data, page, part.name, _MOST_ELEMENTS)
    return page


def _marked(
    book: Book, index: int, explicit: ExplicitLabel, words: str, places: tuple[Place, ...]
) -> Change:
    """One document with the words, and where they stand in it."""
    document = book.documents[index]
    part = book.load(document.name)
    page = _read(part)
    placed = _placement(part, page, explicit, words, places)
    write = _Writer(part, page, explicit, new=book.new)
    if document.fixed:
        return _on_plate(part, page, placed, write)
    if placed.done:
        return {}, placed.standing
    edits: list[Edit] = []
    for at in placed.paragraphs:
        if page.body is not None and page.body[1] == page.body[2]:  # <body/>
            edits.append(document_xml.within(part.data, *page.body, write.paragraph()))
        else:
            edits.append((at, at, write.paragraph()))
    edits += [(at, at, write.corner()) for at in placed.corners]
    contents = part.edited(edits)
    after = part.after(contents)
    document_flow.require_done(_placement(after, _read(after), explicit, words, places))
    return contents, placed.standing


def _placement(
    part: Part, page: Page, explicit: ExplicitLabel, words: str, places: tuple[Place, ...]
) -> Placement:
    if page.body is None:
        raise CannotCarry(f"{part.name} has no body; repair the publication, then mark it")
    top = page.body[1]
    return document_flow.placement(page.blocks, explicit, words, top=top, only=places)


def _on_plate(part: Part, page: Page, placed: Placement, write: _Writer) -> Change:
    """A page of fixed layout with the words over it, nothing if a prompt stands on it."""
    for block in page.blocks:
        if block.corner or document_flow.is_mark(block.text, write.words):
            return {}, placed.standing._replace(text=block.text.strip() or CORNER)
    if page.body is None or not placed.standing.place:  # every so many paragraphs: of pages, none
        return {}, placed.standing
    edit = document_xml.within(part.data, *page.body, write.plate(page.viewport))
    return part.edited([edit]), placed.standing


class _Writer:
    """Elements in the prefix of the document."""

    def __init__(self, part: Part, page: Page, explicit: ExplicitLabel, *, new: bool) -> None:
        prefix, colon, _ = Tag(part.data, page.root or 0).name.decode().rpartition(":")
        self.h = prefix + colon
        self.explicit = explicit
        self.new = new
        self.words = CORNER if explicit.corner_mark else document_flow.words_of(explicit)

    def _named(self) -> str:
        """Class, language and, since EPUB 3, role."""
        lang = "zh-CN" if _CJK.search(self.words) else "en"
        role = f' lang="{lang}" role="note"' if self.new else ""
        return f'class="{_MARK_CLASS}" xml:lang="{lang}"{role}'

    def paragraph(self) -> bytes:
        """A paragraph of its own with a bar on the words' side."""
        if self.explicit.corner_mark:
            return self._element("p", f'class="{_MARK_CLASS}"', self.corner().decode())
        side = document_looks.side(self.explicit.position)
        weight = self.explicit.look.weight.replace("regular", "normal")
        bar = f"border-{side}:.25em solid;" if side != "center" else ""
        style = (
            f"margin:1em 0;padding:.2em .7em;border:0;{bar}text-align:{side};text-indent:0;"
            f"font-size:1em;font-style:normal;font-weight:{weight};line-height:1.5"
        )
        return self._element("p", f'{self._named()} style="{style}"', escape(self.words))

    def corner(self) -> bytes:
        """A raised AI."""
        return self._element("sup", f'class="{_MARK_CLASS}"', CORNER)

    def plate(self, viewport: tuple[int, int] | None) -> bytes:
        """A plate over a page of fixed layout, as large as on a slide."""
        colours = document_looks.colours(self.explicit.look)
        weight = self.explicit.look.weight.replace("regular", "normal")
        style = (
            f"position:absolute;z-index:2147483647;{self._placed(viewport)};margin:0;"
            f"border-radius:.25em;background:#{colours.ground};color:#{colours.ink};"
            f"font-weight:{weight};line-height:1.3;text-align:center;text-indent:0"
        )
        said = self.corner().decode() if self.explicit.corner_mark else escape(self.words)
        return self._element("p", f'{self._named()} style="{style}"', said)

    def _placed(self, viewport: tuple[int, int] | None) -> str:
        """Place and size: in the page's pixels, or by the screen where it does not say any."""
        if viewport is not None:
            box = document_looks.box(self.words, self.explicit, viewport)
            _, above = document_looks.padding(box.size)
            return (
                f"left:{box.left:.0f}px;top:{box.top:.0f}px;width:{box.width:.0f}px;"
                f"padding:{above:.0f}px 0;font-size:{math.ceil(box.size)}px"
            )
        square = document_looks.box(self.words, self.explicit, (100, 100))
        margin = f"{self.explicit.look.margin:.0%}"
        side = {"left": f"left:{margin}", "right": f"right:{margin}"}.get(
            document_looks.side(self.explicit.position), "left:20%;right:20%"
        )
        upper = square.top + square.height / 2 < 50
        level = f"top:{margin}" if upper else f"bottom:{margin}"
        return f"{side};{level};padding:.12em .4em;font-size:{square.size:g}vmin"

    def _element(self, name: str, attributes: str, said: str) -> bytes:
        h = self.h
        return f"<{h}{name} {attributes}>{said}</{h}{name}>".encode()
