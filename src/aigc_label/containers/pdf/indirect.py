"""Indirect objects and the bytes of streams, at a place in the file (ISO 32000-2 7.3.8, 7.3.10)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers.pdf.lexer import SPACE, CutShort, Dictionary, Lexer
from aigc_label.errors import LimitExceeded, Malformed

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.containers.pdf.lexer import Value

GLANCE = 2048
"""Bytes that most objects have room in."""

LARGEST_OBJECT = 1 << 20
"""Bytes of one object that are looked at."""

LARGEST_STREAM = 16 << 20
"""Bytes of one packed stream that are read."""

_HEADER = rb"[%b]*(\d{1,10})[%b]+(\d{1,10})[%b]+obj" % (SPACE, SPACE, SPACE)


class Object(NamedTuple):
    """An object as it stands in the file.

    Attributes:
        number: its own, ``-1`` for one in an object stream.
        value: what it is; a stream's dictionary.
        stream: offset of the stream's bytes in the file, ``None`` if it is no stream.
        start: where it begins in the file, ``None`` for one in an object stream.
        cost: bytes and objects that were looked at for it.
        generation: which of the objects with this number it is.
    """

    number: int
    value: Value
    stream: int | None = None
    start: int | None = None
    cost: tuple[int, int] = (0, 0)
    generation: int = 0


def object_at(asset: Asset, offset: int, number: int | None = None) -> Object:
    """The indirect object at an offset.

    Raises:
        Malformed: none stands there, or another one than ``number``.
        LimitExceeded: it is larger than :data:`LARGEST_OBJECT`.
    """
    length = GLANCE
    while True:
        window = asset.peek(offset, length)
        final = offset + len(window) >= asset.size
        found = re.match(_HEADER, window)
        if found is None or (number is not None and int(found[1]) != number):
            raise Malformed(f"object {number} is not at byte {offset}", offset=offset)
        lexer = Lexer(window, found.end(), final=final)
        try:
            value = lexer.value()
            stream = _stream(lexer, offset, value)
            cost = (lexer.at, lexer.tokens)
            return Object(int(found[1]), value, stream, offset, cost, int(found[2]))
        except CutShort:
            if length >= LARGEST_OBJECT:
                raise LimitExceeded(
                    f"an object of more than {LARGEST_OBJECT >> 20} MiB", offset=offset
                ) from None
            length *= 8


def _stream(lexer: Lexer, offset: int, value: Value) -> int | None:
    """Where the bytes of a stream begin, if the object is one."""
    if not isinstance(value, Dictionary):
        return None
    lexer.skip()
    at = lexer.at
    if len(lexer.data) < at + 8 and not lexer.final:
        raise CutShort("an object is cut short")
    if not lexer.data.startswith(b"stream", at):
        return None
    at += 6
    if lexer.data.startswith(b"\r\n", at):
        return offset + at + 2
    return offset + at + (lexer.data[at : at + 1] in (b"\n", b"\r"))


def stream_bytes(asset: Asset, found: Object, length: Value) -> bytes:
    """The packed bytes of a stream.

    Args:
        asset: the file.
        found: the stream.
        length: what is said of it, references resolved; where that cannot be, all that follows.

    Raises:
        LimitExceeded: it is larger than :data:`LARGEST_STREAM`.
        Malformed: it is no stream.
    """
    if found.stream is None:
        raise Malformed("a stream is none")
    if isinstance(length, int) and 0 <= length <= asset.size - found.stream:
        if length > LARGEST_STREAM:
            raise LimitExceeded(f"a stream of {length} bytes", offset=found.stream)
        return asset.read(found.stream, length)
    data = asset.peek(found.stream, LARGEST_OBJECT)
    end = data.find(b"endstream")
    return data[:end] if end >= 0 else data
