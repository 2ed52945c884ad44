"""Where the content of a text begins, as soon as what has come tells.

The head mark stands before the first line that people see. In a plain text that is known with the
first character that is not blank. Markdown may open with front matter or a comment, and then
nothing can be said before it closes, or turns out to be neither.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from aigc_label.containers import frontmatter, markdown_lines
from aigc_label.containers.markdown_lines import Line
from aigc_label.explicit.words import marking as text_mark
from aigc_label.streaming import front_matter

HELD_LIMIT = frontmatter.BLOCK_LIMIT
"""Characters that are held back at most: what front matter may have."""

_NEWLINE = re.compile("\r\n|\n|\r")
_PROBED = 512  # characters up to which every chunk is looked at; then those that end something
_ENDING = re.compile("[\r\n}]")
_COMMENT_CUT = re.compile(r" {0,3}<(?:!(?:-(?:-[^\r\n]*)?)?)?\r?")


class Begun(NamedTuple):
    """A text whose content has begun.

    Attributes:
        above: what stands before the content: blank lines, front matter, comments.
        mark: the lines to put between.
        content: the content as far as it has come.
    """

    above: str
    mark: str
    content: str


class Opening:
    """Gathers the beginning of a text until it is known where the content begins."""

    __slots__ = ("_blank", "_line", "_markdown", "_open_from", "held")

    def __init__(self, line: str, *, markdown: bool) -> None:
        self._line = line
        self._markdown = markdown
        self._blank = True
        self._open_from: int | None = None  # where the end of an open comment is looked for
        self.held = ""

    def feed(self, text: str) -> Begun | None:
        """What has begun, or ``None`` while that cannot be told."""
        self.held += text
        return self._begun(final=False) if self._may_tell(text) else None

    def _may_tell(self, text: str) -> bool:
        """Whether it is worth looking again: a cheap question, asked at every chunk."""
        was_blank = self._blank
        self._blank = was_blank and not text.strip(" \t\r\n")
        if len(self.held) > HELD_LIMIT:
            return True
        if self._open_from is not None:
            if (end := self.held.find("-->", self._open_from)) == -1:
                self._open_from = max(self._open_from, len(self.held) - len("--"))
                return False
            self._open_from = end if _ENDING.search(self.held, end) is None else None
            return self._open_from is None
        if self._blank:
            return False
        return was_blank or len(self.held) < _PROBED or _ENDING.search(text) is not None

    def close(self) -> Begun | None:
        """What has begun, or ``None`` for a text without content."""
        return self._begun(final=True)

    def _begun(self, *, final: bool) -> Begun | None:
        held, start = self.held, 0
        over = len(held) > HELD_LIMIT
        if self._markdown:
            known = front_matter.end_of(held, final=final or over)
            if known is None:
                return None
            start = known
        # of a line that is not whole, only its first characters say anything
        cut = len(held) if final else max(front_matter.lines_end(held), start)
        whole = held[:cut]
        walked = markdown_lines.markdown if self._markdown else markdown_lines.plain
        found = walked(whole, start)
        lines = found.all
        at = text_mark.first(whole, lines)
        # in a comment that is open even text may be hidden
        if at is None and not found.hidden_end and self._shows(held[cut:]):
            lines = (*lines, Line(cut, len(held), len(held), "text"))
            at = text_mark.first(held, lines)
        if at is None and over and not final:
            at = start  # blanks and comments without end
        if at is None:
            if found.hidden_end and not final:
                self._open_from = cut
            return None
        mark = text_mark.before(lines, at, self._line, _newline(held, final=final))
        return Begun(held[:at], mark, held[at:])

    def _shows(self, line: str) -> bool:
        """Whether a line of which only the beginning has come is content."""
        if not line.strip(" \t\r"):
            return False
        return not (self._markdown and _COMMENT_CUT.fullmatch(line))


def _newline(text: str, *, final: bool) -> str:
    """The newline of the text as far as it has come; a CR at the end most likely is half of one."""
    found = _NEWLINE.search(text)
    if found is None:
        return "\n"
    cut = found.group() == "\r" and found.end() == len(text) and not final
    return "\r\n" if cut else found.group()
