"""Prompts on the pages of a PDF: the first, the last, and some between them.

Strings become lines, and lines that reach the margin paragraphs. What stands in the upper or lower
margin is seen at a glance, wherever the text begins.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from aigc_label import wording
from aigc_label.carriers import pdf_info
from aigc_label.carriers.shown import RAISED, Paragraph
from aigc_label.containers.pdf import document, lexer, pages, texts
from aigc_label.containers.pdf.strings import Wanted
from aigc_label.detect import places
from aigc_label.detect.reading import paragraphs
from aigc_label.errors import LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_label.asset import Asset
    from aigc_label.containers.pdf.document import Document
    from aigc_label.containers.pdf.fonts import Font
    from aigc_label.containers.pdf.lexer import Ref
    from aigc_label.containers.pdf.pages import Sheet
    from aigc_label.containers.pdf.strings import Run
    from aigc_label.model import FoundMark

MARGIN = 0.1
"""How much of a page's height counts as its upper and its lower margin."""

_CHINESE = "\u2e80"  # where its characters begin
_BETWEEN = 3  # pages looked at between the first and the last
_SAME_LINE = 0.45  # of the size: how far baselines of one line are apart
_UNREAD = 0.2  # share of letters that nobody can read, from which a page is looked at
_COLUMN = 2.0  # ems between what stands side by side and what is one line
_BLANK = 0.25  # ems between words
_LEADING = 1.9  # sizes from line to line of a paragraph
_RAGGED = 3.0  # ems that a line of a paragraph may fall short of the margin
_LARGER = 1.25  # a title's size over that of the text
_SMALLER = 0.9  # a raised mark's size over that of what it follows
_LIFTED = 0.1  # and how far it is raised
_OVER = 0.5  # ems by which one string covers another, and is no part of its line


class _Line(NamedTuple):
    """A line: what it says, where it begins and ends, its baseline and size."""

    text: str
    left: float
    right: float
    y: float
    size: float


class Looked(NamedTuple):
    """What was seen of a page.

    Attributes:
        flowing: the marks in its text, and where: ``start``, ``middle`` or ``end`` of the page.
        above, below: the prompt in its upper and its lower margin.
        wordless: whether it shows no words that could be read.
        pictured: how much of it the largest image covers, from 0 to 1.
        lettered: whether it draws outlines that may be words, or pictures in its margins.
        length: characters of its text.
        pages: of the whole document.
    """

    flowing: tuple[FoundMark, ...]
    above: str | None
    below: str | None
    wordless: bool
    pictured: float
    lettered: bool = False
    length: int = 0
    pages: int = 1

    @property
    def said(self) -> str | None:
        """The first prompt on it."""
        found = self.flowing[0].text if self.flowing else None
        return self.above or self.below or found


def looked_at(asset: Asset, *, ends: bool = False) -> list[Looked]:
    """What the first page shows, some between, and the last; or these two alone.

    Raises:
        LimitExceeded, Malformed, CannotCarry: the document is damaged.
    """
    opened = document.opened(asset)
    count = pages.count(opened)
    between = () if ends else (count * n // (_BETWEEN + 1) for n in range(1, _BETWEEN + 1))
    wanted = {0, *between, count - 1}
    fonts: dict[Ref, Font | None] = {}
    found = []
    for number in sorted(n for n in wanted if 0 <= n < count):
        try:
            found.append(_looked(opened, number, fonts))
        except LimitExceeded:  # the bounds of a document are those of few pages
            opened = document.opened(asset)
            found.append(_looked(opened, number, fonts))
    return [page._replace(pages=count) for page in found]


def marks(seen: Sequence[Looked]) -> Iterator[FoundMark]:
    """The marks on pages that were looked at."""
    extent = sum(page.length for page in seen) * seen[0].pages // len(seen) if seen else 0
    for mark in _marks(seen):
        yield replace(mark, extent=extent)


def _marks(seen: Sequence[Looked]) -> Iterator[FoundMark]:
    if len(seen) > 1 and all(page.said for page in seen):
        if all(page.above for page in seen):
            yield paragraphs.mark(seen[0].above or "", "header")
        if all(page.below for page in seen):
            yield paragraphs.mark(seen[0].below or "", "footer")
        elif not all(page.above for page in seen):
            yield paragraphs.mark(seen[0].said or "", paragraphs.EACH)
        return
    for number, page in enumerate(seen):
        whole = paragraphs.page_place(number, len(seen))
        if (glimpsed := page.above or page.below) is not None:
            yield paragraphs.mark(glimpsed, whole)
            continue
        for mark in page.flowing:
            last = number == len(seen) - 1
            starts = mark.place == "start" and number == 0
            ends = mark.place == "end" and last
            yield paragraphs.mark(mark.text, "start" if starts else "end" if ends else "middle")


def _looked(opened: Document, number: int, fonts: dict[Ref, Font | None]) -> Looked:
    page = pages.page(opened, number)
    sheet = pages.sheet(opened, page)
    shown = texts.shown(opened, page, sheet, Wanted(_CHINESE, pdf_info.WORDS_KEY, fonts))
    lines = _lines(shown.runs)
    margin = MARGIN * sheet.size[1]
    above = [line for line in lines if line.y > sheet.size[1] - margin]
    below = [line for line in lines if line.y < margin]
    inner = [line for line in lines if line not in above and line not in below]
    named = any(wording.is_corner_mark(lexer.text(words)) for words in shown.named)
    return Looked(
        tuple(paragraphs.flowing(_paragraphs(inner))),
        _in_margin(above, sheet),
        _in_margin(below, sheet) or ("AI" if named else None),
        shown.opaque > _UNREAD or not shown.worded,
        shown.pictured,
        shown.lettered,
        sum(len(line.text) for line in lines),
    )


def _in_margin(lines: Sequence[_Line], sheet: Sheet) -> str | None:
    """The prompt in a margin, or the corner mark in its corner."""
    said = paragraphs.said(Paragraph(line.text) for line in lines)
    return said or ("AI" if any(_is_corner(line, sheet) for line in lines) else None)


def _is_corner(line: _Line, sheet: Sheet) -> bool:
    """Whether a line in a page's margin is a mark in its corner (5.1 c)."""
    near = places.EDGE * min(sheet.size)
    beside = line.right <= near or line.left >= sheet.size[0] - near
    return beside and wording.is_corner_mark(line.text)


def _lines(runs: Sequence[Run]) -> list[_Line]:
    """The lines of a page from above; what is turned comes behind, each angle by itself."""
    found: list[_Line] = []
    angles = dict.fromkeys(sorted({run.angle for run in runs}, key=abs))
    for angle in angles:
        mine = [run for run in runs if run.angle == angle]
        if angle:
            found += _turned(mine)
            continue
        row: list[Run] = []
        for run in sorted(mine, key=lambda run: (-run.y, run.x)):
            if row and abs(row[0].y - run.y) > _SAME_LINE * max(row[0].size, run.size):
                found += _line(row)
                row = []
            row.append(run)
        found += _line(row)
    return found


def _turned(runs: Sequence[Run]) -> list[_Line]:
    """What is turned, in the order it was drawn: a watermark is drawn in one go."""
    text = "".join(run.text for run in runs)
    return [_Line(text, runs[0].x, runs[0].x, runs[0].y, runs[0].size)] if runs else []


def _line(row: Sequence[Run]) -> Iterator[_Line]:
    """The runs of a line in one, parted at columns, and where one covers another."""
    part: list[Run] = []
    for run in sorted(row, key=lambda run: run.x):
        if part:
            gap, size = run.x - part[-1].x - part[-1].width, max(run.size, part[-1].size)
            if gap > _COLUMN * size or gap < -_OVER * size:
                yield _joined(part)
                part = []
        part.append(run)
    if part:
        yield _joined(part)


def _joined(part: Sequence[Run]) -> _Line:
    """What stands side by side; raised letters that are AI become a corner mark."""
    base, said, lifted = part[0], [""], ""
    for number, run in enumerate(part):
        if run.size < _SMALLER * base.size and run.y - base.y > _LIFTED * base.size:
            lifted += run.text
            continue
        said.append(RAISED if wording.is_corner_mark(lifted) else lifted)
        lifted = ""
        before = part[number - 1]
        if number and run.x - before.x - before.width > _BLANK * run.size:
            said.append(" ")
        said.append(run.text)
        base = run
    said.append(RAISED if wording.is_corner_mark(lifted) else lifted)
    last = part[-1]
    return _Line("".join(said), part[0].x, last.x + last.width, base.y, part[0].size)


def _paragraphs(lines: Sequence[_Line]) -> Iterator[Paragraph]:
    """Lines joined where one goes on in the next."""
    if not lines:
        return
    margin = max(line.right for line in lines)
    usual = sorted(line.size for line in lines)[len(lines) // 2]
    text = ""
    for number, line in enumerate(lines):
        text += line.text
        following = lines[number + 1] if number + 1 < len(lines) else None
        full = line.right > margin - _RAGGED * line.size
        if following is not None and full and _goes_on(line, following):
            continue
        yield Paragraph(text.strip(), "heading" if line.size > _LARGER * usual else "plain")
        text = ""


def _goes_on(line: _Line, following: _Line) -> bool:
    alike = abs(line.size - following.size) < 0.05 * line.size
    return alike and 0 < line.y - following.y < _LEADING * line.size
