"""The paragraphs of a text, and the gaps between them in which words may stand (5.1).

Only paragraphs that stand by themselves count: what belongs to a list, a quotation, a table, code
or raw HTML is left alone. Prompts that stand in a text already are no paragraphs of it, so that
the gaps are the same before and after it was marked.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from aigc_label import wording
from aigc_label.carriers import prompt_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_label.containers.markdown_lines import Line

_JOINED = ("item", "quote", "table")  # what a line of text below it would belong to
_BEFORE = ("text", "plain", "heading", "rule")  # what may follow words between two paragraphs
RAISED = "<sup>AI</sup>"
"""A corner mark in Markdown and HTML."""

RAISED_LETTERS = prompt_line.RAISED
"""A corner mark where there is no markup: modifier letters A and I, raised by themselves."""

_LONGEST = 2 * prompt_line.LONGEST
_ELEMENT = re.compile(
    r"<(/?)(?:details|dialog|div|dl|figure|math|ol|section|select|svg|table|template|noscript|ul)"
    r"(?=[\s/>])",
    re.IGNORECASE,
)


class Gap(NamedTuple):
    """The place behind a paragraph.

    Attributes:
        start: of the paragraph.
        at: behind its last character.
        before: characters of the text up to there.
        fits: whether what follows is no list, table or code that the paragraph leads to.
        taken: whether a prompt stands there.
        last: whether nothing of the text follows.
    """

    start: int
    at: int
    before: int
    fits: bool
    taken: bool
    last: bool


class Gaps(NamedTuple):
    """All gaps of a text.

    Attributes:
        all: in order.
        length: characters of the text; blank lines, comments and prompts are none of it.
        prompts: for each prompt that stands by itself the characters before it.
    """

    all: tuple[Gap, ...]
    length: int
    prompts: tuple[int, ...]

    def middle(self) -> Gap | None:
        """The one nearest the half; ``None`` where nothing lies between two paragraphs."""
        between = [gap for gap in self.all if not gap.last]
        between = [gap for gap in between if gap.fits] or between
        return min(between, key=lambda gap: abs(2 * gap.before - self.length), default=None)

    def bears_middle(self) -> bool:
        """Whether a prompt stands in the middle half of the text."""
        return any(self.length <= 4 * before <= 3 * self.length for before in self.prompts)

    def every(self, count: int) -> Iterator[Gap]:
        """The ones behind so many paragraphs each."""
        passed = 0
        for gap in self.all:
            passed += 1
            if passed >= count and gap.fits:
                passed = 0
                yield gap


def gaps(text: str, lines: Sequence[Line], *, markdown: bool, own: str = "") -> Gaps:
    """The gaps of a text, given its lines, and the words that a prompt may consist of."""
    prompts, corners = _marked(text, lines, own)
    units = list(_of_markdown(text, lines, prompts) if markdown else _of_plain(lines, prompts))
    length, sums = 0, []
    for index, line in enumerate(lines):
        sums.append(length)
        if index not in prompts and line.kind not in ("blank", "comment"):
            length += unmarked(text[line.start : line.end])
    sums.append(length)
    found = []
    for first, behind in units:
        following = behind
        taken = any(index in corners for index in range(first, behind))
        while following < len(lines) and (
            following in prompts or lines[following].kind in ("blank", "comment")
        ):
            taken = taken or following in prompts
            following += 1
        last = following == len(lines)
        fits = last or lines[following].kind in _BEFORE
        at = lines[behind - 1].end
        found.append(Gap(lines[first].start, at, sums[behind], fits, taken, last))
    return Gaps(tuple(found), length, tuple(sums[index] for index in sorted(prompts | corners)))


def unmarked(text: str) -> int:
    """The characters of a text without its corner marks."""
    length = len(text)
    for mark in (RAISED, RAISED_LETTERS):
        length -= len(mark) * text.count(mark)
    return length


def _marked(text: str, lines: Sequence[Line], own: str) -> tuple[set[int], set[int]]:
    """The lines that are prompts, and those that bear a corner mark."""
    prompts: set[int] = set()
    corners: set[int] = set()
    if not own and not prompt_line.may_stand_in(text, markup=True):
        return prompts, corners
    for index, line in enumerate(lines):
        if line.kind not in prompt_line.UNSEEN:
            words = prompt_line.standing(text, lines, index, own)
            if words is None and line.kind == "plain" and line.end - line.start < _LONGEST:
                words = prompt_line.prompt_in(text[line.start : line.end])  # lines may be all
            if words is not None:
                (corners if wording.is_corner_mark(words) else prompts).add(index)
    return prompts, corners


def _of_markdown(text: str, lines: Sequence[Line], prompts: set[int]) -> Iterator[tuple[int, int]]:
    """The first line of each paragraph, and the one behind its last."""
    open_elements = 0
    index = 0
    while index < len(lines):
        first = index
        if lines[first].kind != "text":
            index += 1
            continue
        while index < len(lines) and lines[index].kind == "text":
            line = lines[index]
            if "<" in (raw := text[line.start : line.end]):
                for tag in _ELEMENT.finditer(raw):
                    open_elements = max(0, open_elements + (-1 if tag[1] else 1))
            index += 1
        above = lines[first - 1].kind if first else "blank"
        heading = index < len(lines) and lines[index].kind == "rule"  # the line under it
        marked = any(number in prompts for number in range(first, index))
        aside = above in _JOINED or text[lines[first].start] in " \t<"
        # an indented line at once below it would be code behind a blank one
        below = lines[index] if index < len(lines) and lines[index].kind != "blank" else None
        aside = aside or (below is not None and text[below.start] in " \t")
        if not (heading or marked or aside or open_elements):
            yield first, index


def _of_plain(lines: Sequence[Line], prompts: set[int]) -> Iterator[tuple[int, int]]:
    """As :func:`_of_markdown`: what lies between blank lines; each line where there are none.

    Where all blank lines are those around prompts nobody can tell, and there are none.
    """
    own = [n for n, line in enumerate(lines) if line.kind != "blank" and n not in prompts]
    steps = [_step(lines, prompts, a, b) for a, b in pairwise(own)]
    spaced = "gap" in steps
    if not spaced and "prompt" in steps:
        return
    first = None
    for index, step in zip(own, [*steps, "gap"], strict=False):
        first = index if first is None else first
        if not spaced or step != "none":
            yield first, index + 1
            first = None


def _step(lines: Sequence[Line], prompts: set[int], one: int, other: int) -> str:
    """What parts two lines of a plain text."""
    between = range(one + 1, other)
    if all(lines[index].kind != "blank" for index in between):
        return "none"
    return "prompt" if any(index in prompts for index in between) else "gap"
