"""AMF0, Adobe's Action Message Format: the values in FLV script data, each with its place.

The walk is total: it never raises, and what it cannot read ends it, which is said.
"""

from __future__ import annotations

import re
from typing import NamedTuple

NUMBER, STRING, OBJECT, ECMA_ARRAY, STRICT_ARRAY = 0x00, 0x02, 0x03, 0x08, 0x0A
LONG_STRING, XML, TYPED_OBJECT = 0x0C, 0x0F, 0x10
NUMBERS = 0x100
"""Stands for a strict array of nothing but numbers, which is one item: an index has thousands."""

HOLDERS = (OBJECT, ECMA_ARRAY, TYPED_OBJECT)
TEXTS = (STRING, LONG_STRING, XML)
LONGEST_STRING = 0xFFFF
MOST_ITEMS = 1 << 13
DEEPEST = 16

_FIXED = {  # bytes behind the marker
    NUMBER: 8,
    0x01: 1,  # boolean
    0x05: 0,  # null
    0x06: 0,  # undefined
    0x07: 2,  # reference
    0x0B: 10,  # date and time zone
    0x0D: 0,  # unsupported
}
_END = b"\x00\x00\x09"


class Item(NamedTuple):
    """One value; offsets are those of the data.

    Attributes:
        kind: its marker, or :data:`NUMBERS`.
        names: those of the properties that lead to it, its own last; elements of strict arrays
            and values at the top have none of their own.
        at: where its name begins, the name's length included; ``start`` if it has none.
        start: where its marker stands.
        last: of what holds properties, behind the last one; else ``end``.
        end: behind it, the end marker included.
        holder: where the marker of the value around it stands; -1 at the top.
    """

    kind: int
    names: tuple[bytes, ...]
    at: int
    start: int
    last: int
    end: int
    holder: int


class Walk(NamedTuple):
    """The values in the order of their markers, and where reading had to stop, if it had to."""

    items: list[Item]
    fault: int | None


class _Stop(Exception):
    """Raised with the offset at which nothing more can be read."""


def walk(data: bytes) -> Walk:
    """The values of script data, up to and with the first that holds properties.

    An ECMA array or object at the very end may lack its end marker, as some recorders leave it.
    What holds the value that cannot be read is among the items, and reaches to the end.
    """
    walker = _Walker(data)
    at = 0
    try:
        while at < len(data):
            kind = data[at]
            at = walker.value(at, at, (), -1)
            if kind in HOLDERS:
                break
    except _Stop as stop:
        return Walk(walker.items, int(stop.args[0]))
    return Walk(walker.items, None)


class _Walker:
    """Notes values as they come."""

    __slots__ = ("data", "items")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.items: list[Item] = []

    def value(self, name: int, at: int, names: tuple[bytes, ...], holder: int) -> int:
        """Note the value whose marker stands at ``at``, and those inside it; return its end."""
        if at >= len(self.data) or len(self.items) >= MOST_ITEMS or len(names) > DEEPEST:
            raise _Stop(at)
        kind, index = self.data[at], len(self.items)
        end = _end(self.data, at, kind)
        if kind in HOLDERS or kind == STRICT_ARRAY:
            size = len(self.data)
            self.items.append(Item(kind, names, name, at, size, size, holder))  # if it stops inside
            if kind == STRICT_ARRAY:
                kind, end = self.elements(end, at, names)
                last = end
            else:
                last, end = self.properties(end, at, names)
            self.items[index] = Item(kind, names, name, at, last, end, holder)
        else:
            self.items.append(Item(kind, names, name, at, end, end, holder))
        return end

    def elements(self, at: int, holder: int, names: tuple[bytes, ...]) -> tuple[int, int]:
        """Note what is in a strict array; return its kind and where it ends."""
        count = int.from_bytes(self.data[holder + 1 : holder + 5], "big")
        if self.data[at : at + 1] == b"\x00" and _numbers(self.data, at, count) == count:
            return NUMBERS, at + 9 * count
        for _ in range(count):
            at = self.value(at, at, (*names, b""), holder)
        return STRICT_ARRAY, at

    def properties(self, at: int, holder: int, names: tuple[bytes, ...]) -> tuple[int, int]:
        """Note the properties from ``at`` on; return where the last ends, and where all end."""
        while at < len(self.data):
            if self.data[at : at + 3] == _END:
                return at, at + 3
            start = at + 2 + int.from_bytes(self.data[at : at + 2], "big")
            if start == at + 2:
                raise _Stop(at)
            at = self.value(at, start, (*names, self.data[at + 2 : start]), holder)
        return at, at


def _end(data: bytes, at: int, kind: int) -> int:
    """Behind a value; of those that hold others, where these begin."""
    if kind in _FIXED:
        end = at + 1 + _FIXED[kind]
    elif kind == STRING:
        end = at + 3 + int.from_bytes(data[at + 1 : at + 3], "big")
    elif kind in (LONG_STRING, XML):
        end = at + 5 + int.from_bytes(data[at + 1 : at + 5], "big")
    elif kind == OBJECT:
        end = at + 1
    elif kind in (ECMA_ARRAY, STRICT_ARRAY):
        end = at + 5
    elif kind == TYPED_OBJECT:
        end = at + 3 + int.from_bytes(data[at + 1 : at + 3], "big")
    else:  # AMF3, and what was never defined
        raise _Stop(at)
    if end > len(data):
        raise _Stop(at)
    return end


def _numbers(data: bytes, at: int, count: int) -> int:
    """How many numbers stand from ``at`` on, ``count`` at most."""
    found = re.compile(rb"(?s:\x00.{8})*+").match(data, at, at + 9 * count)
    return (found.end() - at) // 9 if found else 0


def text(data: bytes, item: Item) -> bytes:
    """The bytes of a string, which ought to be UTF-8."""
    return data[item.start + (3 if item.kind == STRING else 5) : item.end]


def string(value: bytes, kind: int = STRING) -> bytes:
    """A string of that kind; a longer one than :data:`LONGEST_STRING` must be a long one."""
    return bytes((kind,)) + len(value).to_bytes(2 if kind == STRING else 4, "big") + value


def named(name: bytes, value: bytes) -> bytes:
    """A property."""
    return len(name).to_bytes(2, "big") + name + value


def ecma_array(*properties: bytes) -> bytes:
    """An ECMA array of properties."""
    count = len(properties).to_bytes(4, "big")
    return bytes((ECMA_ARRAY,)) + count + b"".join(properties) + _END
