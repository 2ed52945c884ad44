"""YAML front matter: the block between ``---`` lines at the head of a text, and its entries.

YAML is read as a stream of events, never composed into objects: aliases are not expanded, tags
are not resolved, and every entry keeps its place in the text, so one can be replaced without
touching its neighbours. Where a block is not YAML, its entries are told apart by their lines.
"""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aigc_label.errors import AigcLabelError, LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK_LIMIT = 128 << 10
"""Characters of one block: real ones have a few thousand, the longest label has 100,000."""

_OPENING = re.compile(r"[ \t\r\n]*(?<![ \t])(---[ \t]*(?:\r\n|\n|\r))")
_CLOSING = re.compile(r"(?:(?<=\n)|(?<=\r))(?:---|\.\.\.)[ \t]*(?:\r\n|\n|\r|\Z)")
_TOML = re.compile(r"(?s)\+\+\+[ \t]*[\r\n].*?(?<=[\r\n])\+\+\+[ \t]*(?:\r\n|\n|\r|\Z)")
_BREAKS = "\r\n\x85\u2028\u2029"  # what YAML 1.1 and its scanner take for the end of a line
_LINE = re.compile(rf"[^{_BREAKS}]*(?:\r\n|[{_BREAKS}]|\Z)")
_BLANK_OR_COMMENT = re.compile(r"[ \t]*(?:#[^\r\n]*)?")
_KEY_LINE = re.compile(
    r"""(?P<indent>[ ]*)(?P<quote>["']?)(?P<key>[^\s"'#:{}\[\],&*!|>%@`-][^"':\r\n]{0,127}?)"""
    r"""(?P=quote)[ \t]*:(?=[ \t\r\n]|\Z)[ \t]*(?P<rest>[^\r\n]*)"""
)
_BRACKET = re.compile(r"[\[{\]}]")
_DEEPEST = 128  # flow brackets; the YAML scanner takes time quadratic in their depth
_NUMBER_OR_TRUTH = re.compile(
    r"[-+]?(?:0x[0-9a-f_]+|0o?[0-7_]+|[0-9][0-9_]*(?:\.[0-9]*)?(?:e[-+]?[0-9]+)?)"
    r"|true|false|yes|no|on|off",
    re.IGNORECASE,
)


class NotAMappingError(AigcLabelError):
    """A text that is not one block mapping in YAML; the reason says why, ``line`` where."""

    def __init__(self, reason: str, *, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line


class Unquoted(str):
    """A scalar that stands without quotes and that YAML takes for a number or a truth value."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping.

    Attributes:
        key: the key's text, without quotes.
        start: index of the first character of its first line.
        end: index behind the newline of its last line; comments that follow are not part of it.
        value: ``str``, :class:`Unquoted`, ``None``, or dictionaries and lists of these.
        exact: whether the value was read as YAML, not line by line.
    """

    key: str
    start: int
    end: int
    value: Any
    exact: bool = True


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """A block at the head of a text.

    Attributes:
        start: index of the opening fence; over 0 where blank lines stand before it.
        body: index of the first line inside.
        body_end: index of the closing fence.
        end: index behind the closing fence.
        column: how far its keys are indented.
        entries: its keys, in order.
        fault: why it is not YAML, ``None`` if it is.
    """

    start: int
    body: int
    body_end: int
    end: int
    column: int
    entries: tuple[Entry, ...]
    fault: str | None


def find(text: str, key: str, *, whole: bool = True) -> FrontMatter | None:
    """The front matter of a text, or ``None``: a thematic break is not mistaken for one.

    Args:
        text: a text, or its beginning.
        key: the key of interest, in lower case; see :func:`loose`.
        whole: whether that is all of the text.

    Raises:
        LimitExceeded: if a block opens that is longer than :data:`BLOCK_LIMIT`, or than the text.
    """
    opening = _OPENING.match(text)
    if opening is None:
        return None
    start, body = opening.span(1)
    closing = _CLOSING.search(text, body, body + BLOCK_LIMIT)
    if closing is None:
        longer = not whole or len(text) > body + BLOCK_LIMIT
        if longer and _first_key(text, body, len(text)):
            raise LimitExceeded(f"the front matter is over the {BLOCK_LIMIT >> 10} KiB limit")
        return None
    body_end = closing.start()
    fault = None
    try:
        column, entries = mapping(text, body, body_end)
    except NotAMappingError as error:
        first = _first_key(text, body, body_end)
        if error.line is None or first is None:
            return None
        fault = f"line {error.line + 1}: {error}"
        entries = tuple(loose(text, body, body_end, key))
        column = len(first["indent"])
    return FrontMatter(start, body, body_end, closing.end(), column, entries, fault)


def content_start(text: str, *, whole: bool = True) -> int:
    """Where the content begins: behind the front matter, of whatever kind."""
    opening = _OPENING.match(text)
    if opening is None:
        return foreign[1] if (foreign := find_foreign(text)) is not None else 0
    closing = _CLOSING.search(text, opening.end(), opening.end() + BLOCK_LIMIT)
    if closing is not None and _first_key(text, opening.end(), closing.start()):
        return closing.end()  # all of it need not be read
    block = find(text, "", whole=whole)
    return block.end if block is not None else 0


def find_foreign(text: str) -> tuple[str, int] | None:
    """``"TOML"`` or ``"JSON"`` front matter that a text begins with (Hugo, Zola), and its end."""
    if (toml := _TOML.match(text, 0, BLOCK_LIMIT)) is not None:
        return "TOML", toml.end()
    if text.startswith("{"):
        try:
            value, end = json.JSONDecoder().raw_decode(text[:BLOCK_LIMIT])
        except (ValueError, RecursionError):
            return None
        if value and (line := re.compile(r"[ \t]*(?:\r\n|\n|\r|\Z)").match(text, end)):
            return "JSON", line.end()
    return None


def mapping(text: str, start: int, end: int) -> tuple[int, tuple[Entry, ...]]:
    """The entries of the block mapping between two indices, if any, and the column they stand in.

    Raises:
        NotAMappingError: with ``line`` if it is not YAML at all, without if it is something else.
    """
    import yaml  # noqa: PLC0415 - only files that bear front matter pay for it

    body = text[start:end]
    if _too_deep(body):
        raise NotAMappingError("brackets nested too deep", line=0)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _entries(yaml.parse(body, Loader=loader), body, start)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "a character that YAML does not allow"
        raise NotAMappingError(str(reason), line=mark.line + 1 if mark else 0) from None


def loose(text: str, start: int, end: int, key: str) -> Iterator[Entry]:
    """The entries of something like a mapping, told apart by their lines.

    The one of interest, in any case, is read as YAML by itself; failing that, and for all
    others, the value is read line by line (``key: value,`` is met).
    """
    first = _first_key(text, start, end)
    column = len(first["indent"]) if first else 0
    keys = (_KEY_LINE.match(text, *line.span()) for line in _lines(text, start, end))
    heads = [found for found in keys if found and len(found["indent"]) == column]
    for head, following in zip(heads, [*heads[1:], None], strict=False):
        limit = following.start() if following else end
        stop = _last_line_end(text, head.start(), limit, column=column)
        entry = None
        if head["key"].lower() == key and stop - head.start() < BLOCK_LIMIT:
            with contextlib.suppress(NotAMappingError, ValueError):
                (entry,) = mapping(text, head.start(), stop)[1]
        if entry is None:
            value = _loose_value(head["rest"], text[head.end() : stop])
            entry = Entry(head["key"].strip(), head.start(), stop, value, exact=False)
        yield entry


def _entries(events: Any, body: str, base: int) -> tuple[int, tuple[Entry, ...]]:
    """Walk the events of one document, without recursion."""
    import yaml  # noqa: PLC0415 - see mapping()

    found: list[Entry] = []
    anchors: dict[str, str | None] = {}
    stack: list[_Frame] = []
    column = documents = key_start = last = 0
    for event in events:
        opens: Any = event.start_mark
        closes: Any = event.end_mark
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise NotAMappingError("a second document begins", line=opens.line + 1)
            continue
        if isinstance(event, yaml.CollectionStartEvent):
            if not stack:
                if not isinstance(event, yaml.MappingStartEvent) or event.flow_style:
                    raise NotAMappingError("not a block mapping")
                column = opens.column
            stack.append(_Frame({} if isinstance(event, yaml.MappingStartEvent) else []))
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            value: Any = stack.pop().built
            if not stack:
                continue
            # a block ends where the next token stands; only a bracket ends where it is written
            if body[closes.index - 1 : closes.index] in ("]", "}"):
                last = max(last, closes.index)
        elif isinstance(event, (yaml.ScalarEvent, yaml.AliasEvent)):
            if not stack:
                raise NotAMappingError("not a mapping")
            value = _scalar(event, anchors)
            last = closes.index
            if getattr(event, "style", None) in ("|", ">"):  # ends where the next token stands
                last = opens.index + len(body[opens.index : last].rstrip())
            if len(stack) == 1 and stack[0].key is None:
                key_start = opens.index - opens.column
        else:
            continue
        if (complete := stack[-1].add(value)) is not None and len(stack) == 1:
            end = _last_line_end(body, key_start, last)
            found.append(Entry(complete, base + key_start, base + end, value))
    return column, tuple(found)


class _Frame:
    """A collection under construction."""

    __slots__ = ("built", "key")

    def __init__(self, built: dict[str, Any] | list[Any]) -> None:
        self.built = built
        self.key: str | None = None

    def add(self, value: Any) -> str | None:
        """Take a key or a value; return the key when its value has come."""
        if isinstance(self.built, list):
            self.built.append(value)
            return None
        if self.key is None:
            self.key = str(value) if isinstance(value, str) else ""
            return None
        key, self.key = self.key, None
        self.built.setdefault(key, value)
        return key


def _scalar(event: Any, anchors: dict[str, str | None]) -> str | None:
    """A scalar's text; an alias gives the scalar that bears its anchor, never a collection."""
    if not hasattr(event, "value"):
        return anchors.get(event.anchor)
    value: str | None = event.value
    if event.implicit[0]:  # plain, so its type depends on its look
        if event.value in ("", "~", "null", "Null", "NULL"):
            value = None
        elif _NUMBER_OR_TRUTH.fullmatch(event.value):
            value = Unquoted(event.value)
    if event.anchor:
        anchors[event.anchor] = value
    return value


def _loose_value(rest: str, below: str) -> Any:
    """What follows a key where YAML gives up: a string, or the pairs of the lines below."""
    if rest.strip():
        return _unquoted(rest)
    pairs: dict[str, str] = {}
    for line in _lines(below, 0, len(below)):
        if (pair := _KEY_LINE.match(below, *line.span())) is not None:
            pairs.setdefault(pair["key"].strip(), _unquoted(pair["rest"]))
    return pairs


def _unquoted(raw: str) -> str:
    """A value without its quotes, a comma behind it, or a comment."""
    raw = raw.strip()
    if raw[:1] == '"' and (found := re.match(r'"(?:[^"\\]|\\.)*"', raw)):
        try:
            return str(json.loads(found.group(), strict=False))
        except ValueError:
            return found.group()[1:-1]
    if raw[:1] == "'" and (found := re.match(r"'((?:[^']|'')*)'", raw)):
        return found[1].replace("''", "'")
    return re.sub(r"(?:^|[ \t]+)#.*|,$", "", raw).strip()


def _lines(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    while start < end and (line := _LINE.match(text, start, end)) is not None:
        yield line
        start = line.end()


def _last_line_end(text: str, start: int, stop: int, *, column: int = -1) -> int:
    """Behind the newline of an entry's last line before ``stop`` that is no blank or comment.

    With a column, a line that begins there succeeds the entry, but for list items and JSON.
    """
    end = start
    for line in _lines(text, start, len(text)):
        raw = line.group().rstrip(_BREAKS)
        if line.start() >= stop:
            break
        if _BLANK_OR_COMMENT.fullmatch(raw) is not None:
            continue
        stripped = raw.lstrip(" \t")
        if end > start and len(raw) - len(stripped) <= column and stripped[0] not in '-]}"':
            break
        end = line.end()
    return end


def _first_key(text: str, start: int, end: int) -> re.Match[str] | None:
    """The first line that says anything, if that is ``key: value``."""
    for line in _lines(text, start, end):
        if _BLANK_OR_COMMENT.fullmatch(line.group().rstrip(_BREAKS)) is None:
            return _KEY_LINE.match(text, *line.span())
    return None


def _too_deep(body: str) -> bool:
    depth = 0
    for found in _BRACKET.finditer(body):
        depth = depth + 1 if found.group() in "[{" else max(depth - 1, 0)
        if depth > _DEEPEST:
            return True
    return False
