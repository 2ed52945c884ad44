"""SRT and WebVTT as blocks between blank lines: cues, comments, styles, the header."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind: TypeAlias = Literal["header", "cue", "note", "style", "other"]

_NEWLINE = r"(?:\r\n|\n|\r)"
_WEBVTT = rf"(?P<blank>[\r\n]++)|(?:[^\r\n]++(?:{_NEWLINE}|\Z))++"
_SRT = (  # in which a line of spaces is blank, too
    rf"(?P<blank>(?:[ \t]*+{_NEWLINE})++|[ \t]++\Z)"
    rf"|(?:(?![ \t]*+(?:[\r\n]|\Z))[^\r\n]++(?:{_NEWLINE}|\Z))++"
)
_TWO_LINES = rf"([^\r\n]*+)(?:{_NEWLINE}([^\r\n]*+))?+"
_ARROW = "-->"


class Block(NamedTuple):
    """Lines in a row that are not blank.

    Attributes:
        kind: what the block is to a reader of the format.
        start: index of its first character.
        text: of what it says: behind ``NOTE``, or below the line of times.
        end: behind its last character, newline left out.
        next: where the next block begins.
    """

    kind: Kind
    start: int
    text: int
    end: int
    next: int


def blocks(text: str, naming: str = "", *, webvtt: bool, at_start: bool = True) -> Iterator[Block]:
    """Yield the blocks in order.

    Args:
        text: a file, or a stretch of it.
        naming: a pattern; blocks without it are left out.
        webvtt: whether it is WebVTT, which has a header, comments and styles.
        at_start: whether the text begins where the file does; else its first lines may be the
            rest of a block, and are left out.
    """
    found = re.compile(_WEBVTT if webvtt else _SRT).finditer(text)
    spans = (match.span() for match in found if match.lastgroup != "blank")
    start, end = next(spans, (-1, -1))
    first, named = True, re.compile(naming)
    while start >= 0:
        following, following_end = next(spans, (-1, -1))
        behind = following if following >= 0 else len(text)
        if named.search(text, start, end) is None:
            pass
        elif webvtt and at_start and first:
            yield from _header(text, start, end, behind)
        elif at_start or not first:
            yield _block(text, start, end, behind, webvtt=webvtt)
        start, end, first = following, following_end, False


def _header(text: str, start: int, end: int, behind: int) -> Iterator[Block]:
    """The header; the line of times of a cue ends it even without a blank line."""
    top = _first_two(text, start, end).end(1)
    times = text.find(_ARROW, top, end)
    if times < 0:
        yield Block("header", start, top, _bare(text, start, end), behind)
    else:
        cue = max(text.rfind("\n", top, times), text.rfind("\r", top, times)) + 1
        yield Block("header", start, top, _bare(text, start, cue), cue)
        yield _block(text, cue, end, behind, webvtt=True)


def _block(text: str, start: int, end: int, behind: int, *, webvtt: bool) -> Block:
    two = _first_two(text, start, end)
    kind: Kind = "other"
    says = start
    times = next((n for n in (1, 2) if _ARROW in (two[n] or "")), 0)  # a name may stand above
    if times:
        kind, says = "cue", two.end(times)
    elif webvtt and re.match(r"NOTE(?:[ \t]|\Z)", two[1][:5]):
        kind, says = "note", start + 4
    elif webvtt and two[1].rstrip(" \t") in ("STYLE", "REGION"):
        kind = "style"
    return Block(kind, start, says, _bare(text, start, end), behind)


def _first_two(text: str, start: int, end: int) -> re.Match[str]:
    found = re.compile(_TWO_LINES).match(text, start, end)
    assert found is not None  # noqa: S101 - the pattern matches nothing, too
    return found


def _bare(text: str, start: int, end: int) -> int:
    """The end without the newline."""
    while end > start and text[end - 1] in "\r\n":
        end -= 1
    return end
