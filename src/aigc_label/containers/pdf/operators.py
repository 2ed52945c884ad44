"""What a page's drawing leaves behind: graphics states that it saved, or took too many of.

A mark is drawn behind what a page draws, between ``q`` and ``Q`` of its own (ISO 32000-2 8.4.4).
Producers that forget some of theirs would leave their coordinates to it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_REGULAR = rb"[^\x00\t\n\x0c\r ()<>\[\]{}/%]"
_OF_INTEREST = (  # comments, strings, and three operators, each of them alone
    rb"%%[^\r\n]*+|\(|(?<![^\x00\t\n\x0c\r )>\]}])(?:q|Q|BI)(?!%b)" % _REGULAR
)
_PAREN = rb"(?s:\\.|[()])"
_INLINE = rb"[\x00\t\n\x0c\r ]ID[\x00\t\n\x0c\r ]"
_INLINE_END = rb"[\x00\t\n\x0c\r ]EI(?![^\x00\t\n\x0c\r ])"


class Balance(NamedTuple):
    """How deep in saved states a drawing goes, counted from where it begins.

    Attributes:
        lowest: the least depth; below 0 if it takes back more than it saved.
        last: the depth at its end.
    """

    lowest: int
    last: int


def balance(content: bytes) -> Balance:
    """Count the states that a content stream saves and takes back."""
    at = depth = lowest = 0
    interesting = re.compile(_OF_INTEREST)
    while (found := interesting.search(content, at)) is not None:
        at, what = found.end(), found.group()
        if what == b"q":
            depth += 1
        elif what == b"Q":
            depth -= 1
            lowest = min(lowest, depth)
        elif what == b"(":
            at = behind_string(content, at)
        elif what == b"BI":
            at = behind_picture(content, at)
    return Balance(lowest, depth)


def behind_string(content: bytes, at: int) -> int:
    """Behind a string whose opening parenthesis stands before ``at``."""
    depth = 1
    for found in re.compile(_PAREN).finditer(content, at):
        mark = found.group()
        depth += 1 if mark == b"(" else -1 if mark == b")" else 0
        if not depth:
            return found.end()
    return len(content)


def behind_picture(content: bytes, at: int) -> int:
    """Behind an inline image, whose bytes may look like anything."""
    if (begun := re.compile(_INLINE).search(content, at)) is None:
        return at
    ended = re.compile(_INLINE_END).search(content, begun.end() - 1)
    return ended.end() if ended else len(content)
