"""An XHTML document of an EPUB as blocks: what its paragraphs show, and where they stand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from aigc_label import wording
from aigc_label.carriers import prompt_line
from aigc_label.containers.xmlspans import Tag
from aigc_label.explicit.words.document_flow import Block

if TYPE_CHECKING:
    from aigc_label.carriers.document_xml import Attributes

_TITLES = frozenset({"h:h1", "h:h2", "h:h3", "h:h4", "h:h5", "h:h6", "h:header", "h:hgroup"})
_WRITABLE = frozenset({"h:p", "h:div", "h:h1", "h:h2", "h:h3", "h:h4", "h:h5", "h:h6"})
_TRANSPARENT = frozenset({"h:body", "h:section", "h:div", "h:article", "h:main"})
_ASIDES = frozenset({"h:aside", "h:blockquote", "h:footer", "h:address"})
"""What may say a prompt, and is not written into."""

_OTHERS = frozenset(
    f"h:{name}"
    for name in (
        "ul", "ol", "dl", "table", "pre", "figure", "hr", "nav", "details", "form", "fieldset",
        "menu", "iframe", "object", "video", "audio",
    )
)  # fmt: skip
_BLOCKS = _TITLES | _ASIDES | _OTHERS | _TRANSPARENT | {"h:p"}
_UNSHOWN = frozenset(
    {"h:script", "h:style", "h:template", "h:rt", "h:rp", "h:head"}
    | {"?:title", "?:desc", "?:metadata", "?:annotation"}  # of SVG and MathML
)
_PICTURES = frozenset({"h:img", "?:svg", "?:math", "h:object", "h:video", "h:audio", "h:canvas"})
_RAISED = ("h:sup", "h:sub")
_VIEWPORT = re.compile(r"(width|height)\s*=\s*([0-9]{2,5})\b")


class _Open(NamedTuple):
    """An element that is a block, or may turn out to be one."""

    name: str
    at: int
    depth: int
    said_from: int
    blocks_from: int


class Page:
    """Reads an XHTML document.

    Attributes:
        blocks: what was found.
        root: offset of the first element.
        body: start, end tag and end of the body; ``None`` if there is none.
        viewport: width and height in pixels, where the document says them.
    """

    def __init__(self, data: bytes) -> None:
        self.blocks: list[Block] = []
        self.root: int | None = None
        self.body: tuple[int, int, int] | None = None
        self.viewport: tuple[int, int] | None = None
        self._data = data
        self._path: list[str] = []
        self._open: list[_Open] = []
        self._said: list[str] = []
        self._raised: int | None = None
        self._corner = self._pictured = False
        self._unshown = 0

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        """An element begins."""
        if self.root is None:
            self.root = at
        self._path.append(name)
        if name == "h:meta" and attributes.get("name") == "viewport":
            told = dict(_VIEWPORT.findall(attributes.get("content") or ""))
            if len(told) == 2:
                self.viewport = int(told["width"]), int(told["height"])
        if self._unshown or name in _UNSHOWN or attributes.get("hidden") is not None:
            self._unshown += 1
            return
        inside = not self._open or self._open[-1].name in _TRANSPARENT
        begins = name == "h:body" or (bool(self._open) and inside and name in _BLOCKS)
        if begins:
            self._open.append(_Open(name, at, len(self._path), len(self._said), len(self.blocks)))
            self._corner = self._pictured = False
        elif name == "h:br":
            self._said.append("\n")
        elif name in _RAISED:
            self._raised = len(self._said)
        self._pictured = self._pictured or name in _PICTURES

    def text(self, text: str) -> None:
        """Characters."""
        if self._open and not self._unshown:
            self._said.append(text.replace("\n", " "))

    def end(self, name: str, close: int, behind: int) -> None:
        """An element ends."""
        self._path.pop()
        if self._unshown:
            self._unshown -= 1
            return
        if name in _RAISED and self._raised is not None:
            if wording.is_corner_mark("".join(self._said[self._raised :])):
                del self._said[self._raised :]
                self._corner = True
            self._raised = None
        elif self._open and self._open[-1].depth == len(self._path) + 1:
            self._end_block(self._open.pop(), close, behind)

    def _end_block(self, block: _Open, close: int, behind: int) -> None:
        said = re.sub(r"[ \t]{2,}", " ", "".join(self._said[block.said_from :])).strip()
        del self._said[block.said_from :]
        self._said.append(" ")
        if block.name == "h:body":
            self.body = block.at, close, behind
        if block.name in _TRANSPARENT and len(self.blocks) > block.blocks_from:
            return
        corner = self._corner or prompt_line.corner_mark_in(said, markup=False) is not None
        solid = corner or bool(said) or self._pictured
        if block.name == "h:body" and not solid:
            return
        self.blocks.append(
            self._block(block, said, close, behind)._replace(
                solid=solid or block.name in _OTHERS, corner=corner
            )
        )
        self._corner = self._pictured = False

    def _block(self, block: _Open, said: str, close: int, behind: int) -> Block:
        kind: Literal["text", "title", "other"] = "other"
        if block.name in _TITLES:
            kind = "title"
        elif block.name not in _OTHERS:
            kind = "text"
        if block.name == "h:body":  # bare text, between whose ends nothing else stands
            return Block(Tag(self._data, block.at).end, close, "other", said)
        whole = kind != "other" and close < behind and block.name in _WRITABLE
        return Block(
            start=block.at,
            end=behind,
            kind=kind,
            text=said,
            finish=close if whole else None,
            # style sheets of books begin a page before each title
            breaks=kind == "title",
        )
