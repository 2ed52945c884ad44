"""The body of a DOCX as blocks: what its paragraphs show, and where they begin and end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from aigc_label import wording
from aigc_label.carriers import ooxml_words, prompt_line
from aigc_label.carriers.ooxml_styles import is_on
from aigc_label.containers.xmlspans import Tag
from aigc_label.explicit.words.document_flow import Block

if TYPE_CHECKING:
    from aigc_label.carriers.document_xml import Attributes
    from aigc_label.carriers.ooxml_styles import Styles

_BLOCKS = ("w:p", "w:tbl", "w:sdt", "w:customXml", "w:altChunk")
_UNSHOWN = ooxml_words.UNSHOWN | {"w:txbxContent"}
_OBJECTS = frozenset(("w:drawing", "w:pict", "w:object", "w:sym", "w:altChunk", "w:ruby"))


class Body:
    """Reads ``document.xml``.

    Attributes:
        blocks: what was found.
        root: offset of the first element.
        span: start, end tag and end of ``w:body``; ``None`` if there is none.
        last: offset of the section that closes the body, ``None`` if there is none.
    """

    def __init__(self, data: bytes, styles: Styles) -> None:
        self.blocks: list[Block] = []
        self.root: int | None = None
        self.span: tuple[int, int, int] | None = None
        self.last: int | None = None
        self._data = data
        self._styles = styles
        self._path: list[str] = []
        self._starts: list[int] = []
        self._unshown = 0
        self._fields = 0
        self._reset()
        self._run: list[str] | None = None
        self._raised = self._vanished = self._reading = False

    def _reset(self) -> None:
        self._said: list[str] = []
        self._solid = self._corner = self._cover = False
        self._style = self._styles.usual
        self._title: bool | None = None
        self._listed: bool | None = None
        self._breaks: bool | None = None
        self._begin: int | None = None

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        """An element begins."""
        if self.root is None:
            self.root = at
        self._path.append(name)
        self._starts.append(at)
        depth = len(self._path)
        if name in _UNSHOWN:
            self._solid = self._solid or name == "w:txbxContent"
            self._unshown += 1
        if depth == 3 and self._path[1] == "w:body":
            self._reset()
            if name == "w:sectPr":
                self.last = at
        if self._unshown:
            return
        if name == "w:fldChar":
            kind = attributes.get("w:fldCharType")
            self._fields += (kind == "begin") - (kind == "end")
        elif name == "w:r":
            self._run, self._raised, self._vanished = [], False, False
        elif name == "w:t":
            self._reading = True
        elif name in _OBJECTS:
            self._solid = True
        elif name == "w:docPartGallery":
            self._cover = self._cover or attributes.get("w:val") == "Cover Pages"
        elif name in ooxml_words.BLANKS and self._run is not None and self._path[-2] == "w:r":
            self._run.append(ooxml_words.BLANKS[name])
        elif self._run is not None and self._path[-2] == "w:rPr":
            if name == "w:vertAlign":
                self._raised = attributes.get("w:val") in ("superscript", "subscript")
            elif name == "w:vanish":
                self._vanished = is_on(attributes.get("w:val"))
        elif depth in (5, 6) and self._path[2:4] == ["w:p", "w:pPr"]:
            self._property(name, attributes.get("w:val"))

    def _property(self, name: str, value: str | None) -> None:
        if name == "w:pStyle":
            self._style = value or ""
        elif name == "w:outlineLvl":
            self._title = (value or "9") < "9"
        elif name == "w:numId":
            self._listed = value != "0"
        elif name == "w:pageBreakBefore":
            self._breaks = is_on(value)

    def text(self, text: str) -> None:
        """Characters."""
        if self._reading and self._run is not None:
            self._run.append(text)

    def end(self, name: str, close: int, behind: int) -> None:
        """An element ends."""
        self._path.pop()
        at = self._starts.pop()
        depth = len(self._path) + 1
        if name in _UNSHOWN:
            self._unshown -= 1
        elif name == "w:t":
            self._reading = False
        elif name == "w:r" and not self._unshown:
            self._end_run()
        elif name == "w:pPr" and depth == 4 and self._path[2] == "w:p":
            self._begin = behind
        if name == "w:body" and depth == 2:
            self.span = at, close, behind
        elif depth == 3 and name in _BLOCKS and self._path[1] == "w:body":
            self._end_block(name, at, close, behind)
        elif name == "w:p":
            self._said.append(" ")  # between the paragraphs of a table

    def _end_run(self) -> None:
        said = "".join(self._run or ())
        self._run = None
        if self._vanished:
            return
        if self._raised and wording.is_corner_mark(said):
            self._corner = True
        else:
            self._said.append(said)

    def _end_block(self, name: str, at: int, close: int, behind: int) -> None:
        said = "".join(self._said)
        if self._is_filling(name, said):
            return
        corner = self._corner or prompt_line.corner_mark_in(said, markup=False) is not None
        whole = name == "w:p" and close < behind
        begin = None
        if whole and not self.blocks:  # only words before all others ever stand there
            begin = self._begin or Tag(self._data, at).end
        self.blocks.append(
            Block(
                start=at,
                end=behind,
                kind=self._kind(name),
                text=said,
                solid=self._solid or corner or bool(said.strip()) or name != "w:p",
                corner=corner,
                begin=begin,
                finish=close if whole and not self._fields else None,
                breaks=self._cover or (name == "w:p" and self._page_ends()),
                closed=self._fields > 0,
            )
        )

    def _is_filling(self, name: str, said: str) -> bool:
        """Whether a paragraph is empty and matters to nobody: one of many, and in no field."""
        shown = self._solid or self._corner or said.strip() or name != "w:p"
        return not shown and bool(self.blocks) and not self._fields and not self.blocks[-1].closed

    def _page_ends(self) -> bool:
        return self._styles.breaks(self._style) if self._breaks is None else self._breaks

    def _kind(self, name: str) -> Literal["text", "title", "item", "other"]:
        if self._cover:  # pictures as large as the page would hide words above it
            return "title"
        if name != "w:p":
            return "other"
        title, listed = self._title, self._listed
        if self._styles.is_title(self._style) if title is None else title:
            return "title"
        listed = self._styles.is_listed(self._style) if listed is None else listed
        return "item" if listed else "text"
