"""What the paragraphs of an OpenDocument show: on pages, slides and sheets, in their headers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aigc_label.carriers.odf_speech import UNSHOWN, Speech
from aigc_label.carriers.shown import RAISED, Paragraph, as_row, fills

if TYPE_CHECKING:
    from aigc_label.carriers.document_xml import Attributes
    from aigc_label.carriers.odf_styles import Styles
    from aigc_label.carriers.shown import Kind

_MUTE = UNSHOWN | {"presentation:notes", "style:handout-master", "table:tracked-changes"}
_PARAGRAPHS = ("text:p", "text:h")
_LISTS = ("text:list", "text:numbered-paragraph")
_CELLS = ("table:table-cell", "table:covered-table-cell")
_PAGES = {"office:text": 3, "draw:page": 4, "table:table": 4, "style:master-page": 3}
_HEADERS = {
    "style:header": "header", "style:header-left": "header", "style:header-first": "header",
    "style:footer": "footer", "style:footer-left": "footer", "style:footer-first": "footer",
}  # fmt: skip
_BOXES = ("draw:frame", "draw:custom-shape", "draw:rect", "draw:caption")
_HELD = ("title", "subtitle", "outline", "text")
_SAYINGS = {"presentation:footer-decl": "footer", "presentation:header-decl": "header"}


@dataclass(slots=True)
class Page:
    """A text, a slide, a sheet or a master page.

    Attributes:
        name: its own, or that of a master page.
        hidden: whether it is not shown.
        behind: the master page of a slide.
        uses: names of the declarations that a slide shows.
        body: its paragraphs.
        printed: those of its headers and footers.
        rows: of a sheet.
    """

    name: str
    hidden: bool = False
    behind: str = ""
    uses: tuple[str, ...] = ()
    body: list[Paragraph] = field(default_factory=list)
    printed: dict[str, list[Paragraph]] = field(default_factory=dict)
    rows: int = 0


class _Open:
    """A paragraph that is open; others may be open around it."""

    __slots__ = ("depth", "kind", "speech", "unseen")

    def __init__(self, depth: int, speech: Speech, kind: Kind, *, unseen: bool) -> None:
        self.depth, self.speech, self.kind, self.unseen = depth, speech, kind, unseen


class Words:
    """Reads ``content.xml``, or ``styles.xml`` for its master pages.

    Attributes:
        pages: in order.
        declared: what declarations for slides say, by name.
    """

    def __init__(self, styles: Styles) -> None:
        self.pages: list[Page] = []
        self.declared: dict[str, str] = {}
        self._styles = styles
        self._path: list[str] = []
        self._muted = 0
        self._open: list[_Open] = []
        self._lists = 0
        self._frames: list[Kind] = []
        self._rows: list[tuple[int, int]] = []  # paragraphs before a row, its cells with text
        self._cells: list[int] = []
        self._count = 1
        self._header = ""
        self._declares = ""

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        """An element begins."""
        del at
        self._path.append(name)
        depth = len(self._path)
        if self._muted:
            return
        if name in _MUTE or self._is_hidden(name, attributes):
            self._muted = depth
        elif _PAGES.get(name) == depth and (name, self._path[2]) != ("table:table", "office:text"):
            self.pages.append(self._page(name, attributes))
        elif name in _SAYINGS:
            self._declares = attributes.get("presentation:name") or ""
        elif not self.pages:
            return
        elif name in _PARAGRAPHS:
            self._begin(name, attributes, depth)
        elif name in _HEADERS:
            self._header = _HEADERS[name]
        elif self._open:
            if name == "text:hidden-paragraph" and attributes.get("text:is-hidden") == "true":
                self._open[-1].unseen = True
            self._open[-1].speech.start(name, attributes)
        elif name in _LISTS:
            self._lists += 1
        elif name == "table:table-row":
            self._rows.append((len(self._into()), 0))
            count = attributes.get("table:number-rows-repeated") or "1"
            self._count = int(count[:8]) if count.isdecimal() else 1
        elif name in _CELLS:
            self._cells.append(len(self._into()))
        if name == "draw:frame" and not self._muted:
            held = attributes.get("presentation:class")
            self._frames.append("heading" if held in _HELD else "plain")
            if held is not None and "style:master-page" in self._path:  # filled on slides
                self._muted = depth

    def _is_hidden(self, name: str, attributes: Attributes) -> bool:
        if name == "text:section":
            return attributes.get("text:display") == "none"
        return name in _HEADERS and attributes.get("style:display") == "false"

    def _page(self, name: str, attributes: Attributes) -> Page:
        style = attributes.get("draw:style-name")
        told = self._styles.told
        if name == "table:table":
            style = attributes.get("table:style-name")
            hidden = told("table", style, "table:display") == "false"
            return Page(attributes.get("table:name") or "", hidden=hidden)
        if name != "draw:page":
            return Page(attributes.get("style:name") or "")
        uses = (
            attributes.get(f"presentation:use-{what}-name") or ""
            for what in ("footer", "header")
            if told("drawing-page", style, f"presentation:display-{what}") == "true"
        )
        return Page(
            attributes.get("draw:name") or "",
            hidden=told("drawing-page", style, "presentation:visibility") == "hidden",
            behind=attributes.get("draw:master-page-name") or "",
            uses=tuple(uses),
        )

    def _begin(self, name: str, attributes: Attributes, depth: int) -> None:
        style = attributes.get("text:style-name")
        bare = not (self._open or self._rows or self._frames or self._header)
        bare = bare and "office:text" in self._path
        titled = name == "text:h" or self._styles.is_title(style) or self._lists > 0
        held = self._frames[-1] if self._frames else "plain"
        kind: Kind = "heading" if titled or held == "heading" else "plain"
        unseen = self._styles.hides("paragraph", style)
        unseen = unseen or (bare and self._styles.whitens("paragraph", style))
        speech = Speech(self._styles, on_paper=bare)
        self._open.append(_Open(depth, speech, kind, unseen=unseen))

    def _into(self) -> list[Paragraph]:
        page = self.pages[-1]
        return page.printed.setdefault(self._header, []) if self._header else page.body

    def text(self, text: str) -> None:
        """Characters."""
        if self._muted:
            return
        if self._open:
            self._open[-1].speech.text(text)
        elif self._declares:
            self.declared[self._declares] = self.declared.get(self._declares, "") + text

    def end(self, name: str, close: int, behind: int) -> None:
        """An element ends."""
        del close, behind
        depth = len(self._path)
        self._path.pop()
        if self._muted:
            if depth > self._muted:
                return
            self._muted = 0
            if name == "draw:frame":
                self._frames.pop()
            return
        if self._open and self._open[-1].depth == depth:
            self._end_paragraph(self._open.pop())
        elif name == "draw:frame" and self._frames:
            self._frames.pop()
            if self._open:
                self._open[-1].speech.end(name)
        elif self._open:
            self._open[-1].speech.end(name)
        elif name in _LISTS:
            self._lists = max(self._lists - 1, 0)
        elif name in _HEADERS:
            self._header = ""
        elif name in _SAYINGS:
            self._declares = ""
        elif name in _CELLS and self._cells and self._rows:
            at, cells = self._rows[-1]
            self._rows[-1] = (at, cells + fills(self._into()[self._cells.pop() :]))
        elif name == "table:table-row" and self._rows:
            self._end_row(*self._rows.pop())

    def _end_row(self, at: int, cells: int) -> None:
        into = self._into()
        into[at:] = as_row(into[at:], cells)
        if not self._rows:
            self.pages[-1].rows += self._count

    def _end_paragraph(self, one: _Open) -> None:
        words = one.speech.said()
        if one.speech.corner and RAISED not in words:
            words += RAISED
        if words.strip() and not one.unseen:
            inmost = (name for name in reversed(self._path) if name in _BOXES or name in _CELLS)
            boxed = next(inmost, "") in _BOXES
            self._into().append(Paragraph(words, one.kind, self.pages[-1].rows, boxed))
