"""A text by its lines, each with the part it plays in Markdown: enough to tell what is shown.

This is no Markdown parser. It knows what hides text from a reader or takes its meaning as
markup away: code, HTML comments, thematic breaks, link definitions.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind: TypeAlias = Literal[
    "blank",
    "plain",
    "text",
    "heading",
    "quote",
    "item",
    "table",
    "code",
    "comment",
    "rule",
    "definition",
]

_BLANKS = re.compile(r"(?:[ \t]*+(?:\r\n|\n|\r))++|[ \t]++\Z")
_LINE = re.compile(r"[^\r\n]*(\r\n|\n|\r|\Z)")
_MARKUP = frozenset(" \t`~<-*_=#>+|[0123456789")  # what a line that is not just text begins with
_FENCE = re.compile(r"(?: {0,3}(?:[-*+]|\d{1,9}[.)]) {1,4}){0,4} {0,3}(`{3,}(?=[^`]*\Z)|~{3,})")
_RAW = re.compile(r" {0,3}<(pre|script|style|textarea)(?=[\s>]|\Z)", re.IGNORECASE)
_SHAPES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("rule", re.compile(r" {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|=+[ \t]*)\Z")),
    ("heading", re.compile(r" {0,3}#{1,6}(?:[ \t]|\Z)")),
    ("quote", re.compile(r" {0,3}>")),
    ("item", re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]|\Z)")),
    ("table", re.compile(r"[ \t]*\|")),
    ("definition", re.compile(r" {0,3}\[[^\]^][^\]]{0,999}\]:")),
)
_LEADING = re.compile(r"\A[ \t]*(?:>[ \t]?|#{1,6}[ \t]|(?:[-*+]|\d{1,9}[.)])[ \t])*+")
_COMMENT = re.compile(r"(?<!\\)<!--.*?(?:-->|\Z)")
_IMAGE = re.compile(r"(?<!\\)!\[[^\[\]]*\]\([^()]*\)")
_LINK = re.compile(r"(?<!\\)\[([^\[\]]*)\]\([^()]*\)")
_TAG = re.compile(r"(?<!\\)</?[A-Za-z][^<>]*>")
_STRUCK = re.compile(r"(?<!\\)~~[^~]+~~")
_HIDDEN = re.compile(  # an element that says itself that it is not shown, or is struck out
    r"<(?:(?P<struck>s|del|strike)|(?P<name>[A-Za-z]\w*)\s(?:[^<>]*\s)?(?:hidden(?=[\s=>])[^<>]*"
    r"|style\s*=\s*(?P<quote>[\"'])[^<>\"']*(?:display\s*:\s*none|visibility\s*:\s*hidden"
    r"|(?:opacity|font-size)\s*:\s*0(?:\.0*)?(?![.\d]))[^<>\"']*(?P=quote)[^<>]*))\s*>"
    r".*?</(?:(?P=name)|s|del|strike)>",
    re.IGNORECASE,
)
_ESCAPED_OR_STYLE = re.compile(r"\\([!-/:-@\[-`{-~])|[*_~`]+")
_INDENTED = re.compile(r"(?: {4}| {0,3}\t)")
_ABOVE_CODE = frozenset({None, "blank", "code", "heading", "rule", "comment"})


class Line(NamedTuple):
    """One line: ``start`` to ``end`` are its characters, ``next`` is where the next one begins.

    Blank lines in a row are one, so that a file of newlines costs nothing.
    """

    start: int
    end: int
    next: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a text.

    Attributes:
        all: in order; none for an empty text.
        hidden_end: whether a code block, comment or raw element is still open at the end, so that
            whatever is appended would become part of it.
    """

    all: tuple[Line, ...]
    hidden_end: bool


def plain(text: str, start: int = 0) -> Lines:
    """The lines of a plain text: blank ones and others."""
    lines = (
        Line(at, end, following, "plain" if end > at else "blank")
        for at, end, following in _split(text, start)
    )
    return Lines(tuple(lines), hidden_end=False)


def markdown(text: str, start: int = 0) -> Lines:
    """The lines of a Markdown text from ``start``, which is behind its front matter."""
    walk = Walk()
    lines = [
        Line(at, end, following, walk.take(text[at:end]))
        for at, end, following in _split(text, start)
    ]
    return Lines(tuple(lines), hidden_end=walk.open_until is not None)


class Walk:
    """Markdown line by line, for a text that is not there as a whole yet.

    Attributes:
        open_until: the characters that close the code block, comment or raw element that is open;
            ``None`` if none is.
    """

    __slots__ = ("_closer", "_in_list", "_inside", "_last", "open_until")

    def __init__(self) -> None:
        self.open_until: str | None = None
        self._closer: re.Pattern[str] | None = None
        self._inside: Kind = "text"
        self._in_list = False
        self._last: Kind | None = None

    def take(self, raw: str) -> Kind:
        """The part that the next line plays; a line of blanks is given as ``""``."""
        kind: Kind
        if self._closer is not None:
            kind = self._inside
            if (closing := self._closer.search(raw)) is not None:
                self._closer = self.open_until = None
                if kind == "comment" and raw[closing.end() :].strip():
                    kind = "text"
        elif not raw:
            kind = "blank"
        elif raw[0] not in _MARKUP:
            kind, self._in_list = "text", False
        elif not self._in_list and self._last in _ABOVE_CODE and _INDENTED.match(raw):
            kind = "code"  # it cannot interrupt a paragraph
        else:
            kind, self._closer, self.open_until = _opened(raw)
            self._inside = kind
            if kind == "text" and self._closer is None:
                kind = next((k for k, shape in _SHAPES if shape.match(raw)), "text")
            self._in_list = kind == "item" or (self._in_list and raw[0] in " \t")
        self._last = kind
        return kind


def shown(raw: str, kind: Kind) -> str:
    """What a person sees of a line, markup taken off; ``""`` for what is not shown.

    Args:
        raw: the line, or a stretch of it; the caller bounds its length.
        kind: the part it plays.
    """
    if kind in ("blank", "code", "comment", "rule", "definition"):
        return ""
    if kind == "plain":
        return raw.strip()
    raw = _LEADING.sub("", raw, count=1)
    if "~~" in raw:
        raw = _STRUCK.sub("", raw)
    if "<" in raw:
        raw = _HIDDEN.sub("", raw)
        raw = _TAG.sub("", _COMMENT.sub("", raw))
    if "](" in raw:
        raw = _LINK.sub(r"\1", _IMAGE.sub("", raw))
    raw = _ESCAPED_OR_STYLE.sub(lambda found: found[1] or "", raw)
    return (html.unescape(raw) if "&" in raw else raw).strip()


def _split(text: str, start: int) -> Iterator[tuple[int, int, int]]:
    while start < len(text):
        if (blanks := _BLANKS.match(text, start)) is not None:
            yield start, start, blanks.end()
            start = blanks.end()
        elif (line := _LINE.match(text, start)) is not None:
            yield start, line.start(1), line.end()
            start = line.end()


def _opened(raw: str) -> tuple[Kind, re.Pattern[str] | None, str | None]:
    """What a line opens; what will close it if this line does not, as a pattern and in words."""
    if (fence := _FENCE.match(raw)) is not None:
        mark = fence[1]
        closer = re.compile(rf"^[ \t]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*\Z")
        return "code", closer, mark
    stripped = raw.lstrip(" ")
    if stripped.startswith("<!--") and len(raw) - len(stripped) < 4:
        rest = stripped[4:]
        if "-->" not in rest:
            return "comment", re.compile("-->"), "-->"
        return ("text" if _COMMENT.sub("", stripped).strip() else "comment"), None, None
    if (element := _RAW.match(raw)) is not None:
        closer = re.compile(rf"</{element[1]}>", re.IGNORECASE)
        if closer.search(raw) is None:
            return "code", closer, f"</{element[1]}>"
        return "code", None, None
    return "text", None, None
