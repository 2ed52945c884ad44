"""What the paragraphs of an Office Open XML part show, in body, boxes, headers and slides.

WordprocessingML and DrawingML part a text alike: paragraphs, runs, texts (ECMA-376 part 1, 17.3
and 21.1.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import wording
from aigc_label.carriers import colours
from aigc_label.carriers.ooxml_styles import is_on
from aigc_label.carriers.shown import RAISED, Paragraph, as_row, fills

if TYPE_CHECKING:
    from aigc_label.carriers.colours import Colour
    from aigc_label.carriers.document_xml import Attributes
    from aigc_label.carriers.shown import Kind

UNSHOWN = frozenset(
    {
        "w:del", "w:delText", "w:moveFrom", "w:instrText", "mc:Fallback", "w:pPrChange",
        "w:rPrChange", "w:sectPrChange", "w:rt",
    }
)  # fmt: skip
"""Elements whose text nobody sees, or sees twice."""

BLANKS = {"w:br": "\n", "w:cr": "\n", "a:br": "\n", "w:tab": "\t"}
_PARAGRAPHS = ("w:p", "a:p")
_RUNS = ("w:r", "a:r", "a:fld")
_TEXTS = ("w:t", "a:t")
_ROWS = ("w:tr", "a:tr")
_CELLS = ("w:tc", "a:tc")
_BOX = "w:txbxContent"
_SHAPES = ("p:sp", "p:pic", "p:graphicFrame", "p:cxnSp", "p:grpSp", "xdr:sp", "xdr:grpSp")
_FOOTING = ("ftr", "hdr", "dt", "sldNum")
_FILLED = ("w:shd", "w:highlight")
_LEAST_SIZE = {"w:sz": 4, "a:rPr": 200}  # two points: half points, and hundredths of one


class _Run:
    """A run that is open."""

    __slots__ = ("dressed", "filled", "ground", "ink", "raised", "said", "unseen")

    def __init__(self) -> None:
        self.said: list[str] = []
        self.raised = self.unseen = self.filled = self.dressed = False
        self.ink: Colour | None = None
        self.ground: Colour | None = None


class _Paragraph:
    """A paragraph that is open; others may be open around it, as around a text box."""

    __slots__ = ("dressed", "filled", "ground", "kind", "run", "said", "style")

    def __init__(self, kind: Kind) -> None:
        self.said: list[str] = []
        self.kind: Kind = kind
        self.style = ""
        self.run: _Run | None = None
        self.filled = self.dressed = False
        self.ground: Colour | None = None


class Words:
    """Reads a part.

    Attributes:
        shown: its paragraphs, in order; those of a box before the one that it hangs on.
        styles: for each of them the name of its style, ``""`` if it has none.
        dressed: for each of them whether it has a size or colour that is not its style's.
    """

    def __init__(self, *, holders: bool = True, unseen: frozenset[str] = frozenset()) -> None:
        """Begin.

        Args:
            unseen: the numbers of shapes of which nobody sees a word.
            holders: whether what placeholders say is shown; that of masters and layouts is not.
        """
        self.shown: list[Paragraph] = []
        self.styles: list[str] = []
        self.dressed: list[bool] = []
        self._holders = holders
        self._unseen = unseen
        self._path: list[str] = []
        self._muted = 0  # the depth at which something unseen began
        self._open: list[_Paragraph] = []
        self._row = 0
        self._kinds: list[Kind] = ["plain"]  # of the text in the shapes that are open
        self._rows: list[tuple[int, int]] = []  # of tables: paragraphs before, cells with text
        self._cells: list[int] = []
        self._paper = True  # white letters are not seen on it

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        """An element begins."""
        del at
        self._path.append(name)
        if self._muted:
            return
        if name in UNSHOWN:
            self._muted = len(self._path)
        elif name in _PARAGRAPHS:
            self._open.append(_Paragraph(self._kinds[-1]))
        elif name in _RUNS and self._open:
            self._open[-1].run = _Run()
        elif name in BLANKS and self._open and self._path[-2] in (*_RUNS, *_PARAGRAPHS):
            (self._open[-1].run or self._open[-1]).said.append(BLANKS[name])
        elif name in _SHAPES:
            self._kinds.append("plain")
        elif name in _ROWS:
            self._rows.append((len(self.shown), 0))
        elif name in _CELLS:
            self._cells.append(len(self.shown))
        elif name == "w:background":
            self._paper = False
        elif self._open and self._path[-2] in ("w:rPr", "w:pPr", "a:r", "a:fld", "w:numPr"):
            self._tell(name, attributes)
        elif name == "?:textpath" and (words := attributes.get("string")):  # WordArt, a watermark
            self.shown.append(Paragraph(words, boxed=True))
            self.styles.append("")
            self.dressed.append(True)
        elif name.endswith(":cNvPr") and (
            is_on(attributes.get("hidden") or "0") or attributes.get("id") in self._unseen
        ):
            self._muted = len(self._path) - 2
        elif name == "p:ph" and attributes.get("type") not in _FOOTING:
            self._kinds[-1] = "heading"
            if not self._holders:
                self._muted = len(self._path) - 3
        elif name == "p:ph" and not self._holders:
            self._muted = len(self._path) - 3

    def _tell(self, name: str, attributes: Attributes) -> None:
        """What a property says of the paragraph or run that is open."""
        paragraph = self._open[-1]
        value = attributes.get("w:val")
        if (run := paragraph.run) is None:
            if name == "w:pStyle":
                paragraph.style = value or ""
            elif name == "w:outlineLvl":
                paragraph.kind = "heading" if (value or "9") < "9" else paragraph.kind
            elif name == "w:numId":
                paragraph.kind = "heading" if value != "0" else paragraph.kind
            elif name in _FILLED:
                paragraph.filled, paragraph.ground = True, _fill(name, attributes)
        elif name == "w:vertAlign":
            run.raised = value in ("superscript", "subscript")
        elif name == "w:vanish":
            run.unseen, run.dressed = is_on(value), True
        elif name in ("w:strike", "w:dstrike"):
            run.unseen = run.unseen or is_on(value)  # what is struck out is taken back
        elif name == "w:color":
            run.ink, run.dressed = colours.colour(value or ""), True
        elif name in _FILLED:
            run.filled, run.ground = True, _fill(name, attributes)
        elif name == "w:sz":
            run.unseen, run.dressed = run.unseen or _is_tiny(name, value), True
        elif name == "a:rPr":
            run.raised = (attributes.get("baseline") or "0") not in ("0", "0%")
            struck = attributes.get("strike") not in (None, "noStrike")
            run.unseen = struck or _is_tiny(name, attributes.get("sz"))

    def text(self, text: str) -> None:
        """Characters."""
        if self._muted or not self._path:
            return
        name = self._path[-1]
        if name in _TEXTS and self._open:
            (self._open[-1].run or self._open[-1]).said.append(text)
        elif name == "xdr:row" and self._path[-2] == "xdr:from" and text.isdecimal():
            self._row = int(text[:8])

    def end(self, name: str, close: int, behind: int) -> None:
        """An element ends."""
        del close, behind
        depth = len(self._path)
        self._path.pop()
        if self._muted:
            if depth > self._muted:
                return
            self._muted = 0
        if name in _PARAGRAPHS and self._open:
            self._end_paragraph(self._open.pop())
        elif name in _RUNS and self._open and (run := self._open[-1].run) is not None:
            self._end_run(self._open[-1], run)
        elif name in _SHAPES and len(self._kinds) > 1:
            self._kinds.pop()
        elif name in _CELLS and self._cells and self._rows:
            at, cells = self._rows[-1]
            filled = fills(self.shown[self._cells.pop() :])
            self._rows[-1] = (at, cells + filled)
        elif name in _ROWS and self._rows:
            at, cells = self._rows.pop()
            self.shown[at:] = as_row(self.shown[at:], cells)

    def _end_run(self, paragraph: _Paragraph, run: _Run) -> None:
        paragraph.run = None
        paragraph.dressed = paragraph.dressed or run.dressed
        if run.unseen or colours.is_lost(run.ink, self._ground(paragraph, run)):
            return
        words = "".join(run.said)
        raised = run.raised and wording.is_corner_mark(words)
        paragraph.said.append(RAISED if raised else words)

    def _ground(self, paragraph: _Paragraph, run: _Run) -> Colour | None:
        """What is behind a run, as far as it is known."""
        if run.filled:
            return run.ground
        if paragraph.filled:
            return paragraph.ground
        bare = self._paper and len(self._open) == 1 and not self._rows
        return colours.WHITE if bare else None

    def _end_paragraph(self, paragraph: _Paragraph) -> None:
        words = "".join(paragraph.said)
        if words.strip():
            self.shown.append(Paragraph(words, paragraph.kind, self._row, self._is_boxed()))
            self.styles.append(paragraph.style)
            self.dressed.append(paragraph.dressed)

    def _is_boxed(self) -> bool:
        """Whether what is nearest around a paragraph is a text box, and no cell."""
        inmost = (name for name in reversed(self._path) if name == _BOX or name in _CELLS)
        return next(inmost, "") == _BOX


def _fill(name: str, attributes: Attributes) -> Colour | None:
    """The colour of a fill, if it says one."""
    return colours.colour(attributes.get("w:fill" if name == "w:shd" else "w:val") or "")


def _is_tiny(name: str, size: str | None) -> bool:
    """Whether letters of a size are a line to the eye."""
    return size is not None and size.isdecimal() and int(size[:9]) <= _LEAST_SIZE[name]
