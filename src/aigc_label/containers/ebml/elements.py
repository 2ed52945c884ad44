"""Elements of EBML (RFC 8794): identifiers, sizes, Void, CRC-32; read from memory and made."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.errors import LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

VOID = 0xEC
CRC = 0xBF
LONGEST_HEAD = 12
"""Bytes of the longest identifier (4) and the longest size (8)."""

_MOST_CHILDREN = 50_000
_WIDEST = 8
_WORTH_MAKING = 1 << 16  # bytes of a Void


class Element(NamedTuple):
    """One element.

    Attributes:
        id: with its length marker, as the specifications print it.
        start: where its identifier begins.
        body: where its content begins.
        end: where its content ends; for an unknown size, where it was found to end.
        width: how many bytes its size takes.
    """

    id: int
    start: int
    body: int
    end: int
    width: int


def head(data: bytes, at: int, offset: int = 0) -> tuple[int, int | None, int, int]:
    """Identifier, size (``None``: unknown), bytes of the head, bytes of the size, at ``at``.

    Args:
        data: memory that holds the head.
        at: where the head begins in it.
        offset: where ``data`` begins in the file, for the message.

    Raises:
        Malformed: if that is no head, or it is cut short.
    """
    long = 9 - data[at].bit_length() if at < len(data) else 9
    place = at + long
    width = 9 - data[place].bit_length() if place < len(data) else 9
    if long > 4 or width > _WIDEST or place + width > len(data):
        raise Malformed(f"no EBML element at byte {offset + at}", offset=offset + at)
    unknown = (1 << 7 * width) - 1
    size = int.from_bytes(data[place : place + width]) & unknown
    kind = int.from_bytes(data[at:place])
    return kind, None if size == unknown else size, long + width, width


def children(data: bytes, start: int, end: int, most: int = _MOST_CHILDREN) -> Iterator[Element]:
    """The elements of known size between two places in memory.

    Raises:
        Malformed: if one reaches beyond ``end``.
        LimitExceeded: if there are more than ``most``, by default more than any tagger writes.
    """
    for _ in range(most):
        if start >= end:
            return
        kind, size, long, width = head(data[start : min(start + LONGEST_HEAD, end)], 0, start)
        body = start + long
        if size is None or body + size > end:
            raise Malformed(f"an element at byte {start} of its parent reaches beyond it")
        yield Element(kind, start, body, body + size, width)
        start = body + size
    raise LimitExceeded(f"more than {most} elements in one")


def size_field(size: int, width: int = 1) -> bytes:
    """A size, in ``width`` bytes or as many more as it needs."""
    while size >= (1 << 7 * width) - 1:  # all ones mean unknown
        width += 1
    return (size | 1 << 7 * width).to_bytes(width)


def encoded(kind: int, body: bytes, width: int = 1) -> bytes:
    """An element, its size in ``width`` bytes or as many more as it needs."""
    return kind.to_bytes((kind.bit_length() + 7) // 8) + size_field(len(body), width) + body


def void(length: int) -> bytes:
    """A Void element of ``length`` bytes in all, 2 or more."""
    width = 1 if length < 128 else _WIDEST
    return encoded(VOID, bytes(length - 1 - width), width)


def _beginning_of_void(length: int, most: int) -> bytes:
    if length <= most:
        return void(length)
    size = size_field(length - 1 - _WIDEST, _WIDEST)
    return (VOID.to_bytes(1) + size).ljust(most, b"\x00")


def fitted(kind: int, body: bytes, width: int, room: int, clear: int = 0) -> bytes | None:
    """An element that fills ``room`` with the help of a Void, ``None`` if it is too large.

    Of a Void of gigabytes, only the beginning is made: what stands in the rest is its content.

    Args:
        kind: the element's id.
        body: its content.
        width: bytes of its size field, if it can be.
        room: bytes to fill.
        clear: how many of them must not stay as they are, as a label stood there.
    """
    for tried in (width, 1):
        made = encoded(kind, body, tried)
        left = room - len(made)
        if left == 0:
            return made
        taken = len(size_field(len(body), tried))
        if left == 1 and taken < _WIDEST:  # no Void is so short: the size takes it
            return encoded(kind, body, taken + 1)
        if left > 1:
            return made + _beginning_of_void(left, max(clear - len(made), _WORTH_MAKING))
    return None


def checked(body: bytes) -> bytes:
    """Children with a CRC-32 element before them (RFC 8794 section 11.3.1)."""
    return encoded(CRC, zlib.crc32(body).to_bytes(4, "little")) + body
