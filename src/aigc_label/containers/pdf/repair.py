"""What can be found in a PDF whose cross-references are damaged: its objects, searched for.

All viewers do that; the last object of a number counts. Packed objects are not searched for.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

from aigc_label.containers.pdf.document import Document
from aigc_label.containers.pdf.lexer import SPACE, Dictionary, Lexer, Ref
from aigc_label.errors import AssetError, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset

MOST_SEARCHED = 2 << 20
"""Bytes searched at the head of the file, and as many at its end."""

_MOST_OBJECTS = 1 << 16
_MOST_TRAILERS = 64
_OBJECT = rb"(?<![0-9])(\d{1,10})[%b]{1,4}\d{1,5}[%b]{1,4}obj" % (SPACE, SPACE)
_TRAILER = rb"trailer[%b]*+(?=<<)|/Type[%b]*/XRef(?![A-Za-z])" % (SPACE, SPACE)


def rebuilt(asset: Asset) -> Document:
    """The document as its objects themselves tell it.

    Raises:
        Malformed: no trailer that names a catalogue, or no information dictionary.
    """
    head = asset.peek(0, MOST_SEARCHED)
    pieces = [(0, head)]
    if len(head) < asset.size:
        start = max(len(head), asset.size - MOST_SEARCHED)
        pieces.append((start, asset.peek(start, MOST_SEARCHED)))
    offsets: dict[int, int] = {}
    trailer = Dictionary()
    info: object = None
    for start, data in pieces:
        for found in re.finditer(_OBJECT, data):
            offsets[int(found[1])] = start + found.start()
            if len(offsets) > _MOST_OBJECTS:
                break
        for one in _trailers(data):
            if b"Root" in one:
                trailer = one
            info = one.get(b"Info", info)
    if not isinstance(trailer.get(b"Root"), Ref):
        raise Malformed("the cross-references are damaged, and no trailer was found")
    if b"Info" not in trailer and isinstance(info, Ref):
        trailer[b"Info"] = info
    return Document(asset, 0, (offsets, trailer))


def _trailers(data: bytes) -> Iterator[Dictionary]:
    for one in deque(re.finditer(_TRAILER, data), _MOST_TRAILERS):
        at = one.end()
        if one.group().startswith(b"/"):
            at = data.rfind(b"obj", max(0, one.start() - 2048), one.start()) + 3
        try:
            value = Lexer(data[at : at + 4096], final=True).value()
        except AssetError:
            continue
        if isinstance(value, Dictionary):
            yield value
