"""The members of one JSON object, where they stand in the text; what is deeper is passed over.

JSON with comments and trailing commas, as editors' settings have it, is taken as well. Nothing is
decoded but keys, there is no recursion, and every step moves on, so the time is linear.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENT = r"//[^\r\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/"
_SPACE = rf"(?:[ \t\r\n]++|{_COMMENT})*+"
_STRING = r'"(?:[^"\\]++|\\(?s:.))*+"'
_NESTED = rf'{_STRING}|{_COMMENT}|[\[{{\]}}"]'
_WORD = r"[^\s\[\]{},:\"]++"
_COLON = rf"{_SPACE}:"


class Member(NamedTuple):
    """One ``"key": value``, by the indices of its characters.

    Attributes:
        key: the key, decoded.
        start: of the key's opening quote.
        key_end: behind its closing quote.
        value: of the value's first character.
        end: behind the value.
    """

    key: str
    start: int
    key_end: int
    value: int
    end: int


class Object(NamedTuple):
    """An object, or as much of it as there is.

    Attributes:
        members: those that are complete.
        start: index of its opening brace.
        end: behind its closing brace; ``None`` if that was not reached.
        stop: where reading ended: the text's length if it is cut, else where it is not JSON.
    """

    members: tuple[Member, ...]
    start: int
    end: int | None
    stop: int


def beginning(text: str, start: int = 0) -> int:
    """The index of the first character that is neither space nor comment."""
    found = re.compile(_SPACE).match(text, start)
    return found.end() if found else start


def read(text: str, start: int, stop: int | None = None) -> Object:
    """The object whose opening brace is at ``start``, in a text that ends at ``stop``."""
    stop = len(text) if stop is None else stop
    members: list[Member] = []
    at = beginning(text, start + 1)
    while at < stop and text[at] != "}":
        member = _member(text, at, stop)
        if isinstance(member, int):
            return Object(tuple(members), start, None, member)
        at = beginning(text, member.end)
        if at >= stop:  # more of the value may be cut off
            break
        members.append(member)
        if text.startswith(",", at, stop):
            at = beginning(text, at + 1)
        elif not text.startswith("}", at, stop):
            return Object(tuple(members), start, None, at)
    end = at + 1 if at < stop else None
    return Object(tuple(members), start, end, end or stop)


def _member(text: str, at: int, stop: int) -> Member | int:
    """One member; where there is none, the index at which it is not JSON, or ``stop`` if cut."""
    key = re.compile(_STRING).match(text, at, stop)
    if key is None:
        return stop if text[at] == '"' else at
    colon = beginning(text, key.end())
    if not text.startswith(":", colon, stop):
        return min(colon, stop)
    value = beginning(text, colon + 1)
    end = value_end(text, value, stop)
    if end is None:
        return stop if value >= stop or text[value] in '{["' else value
    return Member(_decoded(key.group()), key.start(), key.end(), value, end)


def at_the_end(text: str, key: str) -> Iterator[Member]:
    """The members of the outermost object among those of a certain key in the end of a file.

    How deep a key stands shows only at the end, where the outermost object is closed.

    Args:
        text: the end of a file, cut anywhere.
        key: a pattern of the key, as it is written.
    """
    found: list[tuple[int, int, int]] = []
    first = re.compile(rf'(?<!\\)"(?:{key})"{_COLON}').search(text)
    depth = 0
    if first is None:
        return
    for token in re.compile(_NESTED).finditer(text, first.start()):
        sign = token.group()
        if sign == '"':
            return  # a string that does not end
        if sign[0] == '"':
            if re.fullmatch(key, sign[1:-1]) and re.compile(_COLON).match(text, token.end()):
                found.append((depth, *token.span()))
        elif len(sign) == 1:
            depth += 1 if sign in "{[" else -1
    for level, start, key_end in found:
        if level - depth != 1:
            continue
        value = beginning(text, beginning(text, key_end) + 1)
        end = value_end(text, value, len(text))
        if end is not None:
            yield Member(text[start + 1 : key_end - 1], start, key_end, value, end)


def value_end(text: str, start: int, stop: int) -> int | None:
    """Behind the value that begins at ``start``; ``None`` if it does not end, or is none."""
    if text[start : start + 1] not in ("{", "["):
        found = re.compile(f"{_STRING}|{_WORD}").match(text, start, stop)
        return found and found.end()
    depth = 0
    for token in re.compile(_NESTED).finditer(text, start, stop):
        sign = token.group()
        if sign == '"':
            return None
        if len(sign) == 1:
            depth += 1 if sign in "{[" else -1
            if depth == 0:
                return token.end()
    return None


def removals(members: tuple[Member, ...], gone: set[int]) -> list[tuple[int, int]]:
    """The spans that take members out, each with the comma that it needs no more.

    Args:
        members: all of an object.
        gone: the indices of those that go; not all of them.
    """
    last = max(index for index in range(len(members)) if index not in gone)
    spans = [(members[i].start, members[i + 1].start) for i in sorted(gone) if i < last]
    if last + 1 < len(members):
        spans.append((members[last].end, members[-1].end))
    return spans


def _decoded(key: str) -> str:
    if "\\" not in key:
        return key[1:-1]
    try:
        return str(json.loads(key, strict=False))
    except ValueError:
        return key[1:-1]
