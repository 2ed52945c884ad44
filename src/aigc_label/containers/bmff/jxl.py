"""JPEG XL in boxes (ISO/IEC 18181-2), and how a bare codestream gets some; nothing about labels.

The boxes are those of ISO base media files. Nothing in them holds offsets into the file.
"""

from __future__ import annotations

import importlib
import struct
from typing import TYPE_CHECKING

from aigc_label.containers.bmff import boxes as walked
from aigc_label.containers.bmff import build
from aigc_label.edits import Span, Splice
from aigc_label.errors import AssetError, LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.containers.bmff import Box

SIGNATURE = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
CODESTREAM = b"\xff\x0a"

LARGEST = 8 << 20
"""Bytes of one box of metadata, or of all packed ones together: XMP and EXIF stay far below."""

MOST_LOOKS = 16
"""Boxes of metadata that are looked into: pictures have three, or four."""

_MOST_BOXES = 1 << 16  # most of them parts of the codestream
_SMALLEST = 12  # bytes: no codestream is shorter
# Brotli's interface bounds its input, not its output: of so few bytes, no more than one of its
# blocks comes out, which is of 16 MiB at most.
_PIECE = 8


class Budget:
    """What may still be looked into of one file, so that many bombs are no worse than one.

    Attributes:
        left: bytes that may come out of packed boxes.
        looks: boxes of metadata.
    """

    __slots__ = ("left", "looks")

    def __init__(self) -> None:
        self.left = LARGEST
        self.looks = MOST_LOOKS


def sniff(asset: Asset) -> bool:
    """Whether the file begins as JPEG XL, in boxes or bare."""
    return asset.head.startswith(SIGNATURE) or is_bare(asset)


def is_bare(asset: Asset) -> bool:
    """Whether it is a codestream alone, which has no place for metadata."""
    return asset.head.startswith(CODESTREAM) and asset.size >= _SMALLEST


def boxes(asset: Asset) -> Iterator[Box]:
    """Yield the boxes of the file; none of a bare codestream.

    Raises:
        Malformed: where the structure breaks, or at the end if the codestream is not complete;
            the boxes before that have been yielded.
        LimitExceeded: too many boxes.
    """
    if is_bare(asset):
        return
    whole = False
    part: Box | None = None
    for box in walked(asset, 0, asset.size, most=_MOST_BOXES):
        yield box
        whole = whole or box.type == b"jxlc"
        part = box if box.type == b"jxlp" else part
    if part is not None:  # the last part says so in its number's highest bit
        whole = whole or asset.peek(part.body, 1)[:1] >= b"\x80"
    if not whole:
        raise Malformed("cut short: the end of the codestream is missing", offset=asset.size)


def kind(asset: Asset, box: Box) -> bytes:
    """The type of a box, or the one that it has when unpacked.

    Raises:
        Malformed: if it is packed, and too short to name a type.
    """
    if box.type != b"brob":
        return box.type
    if box.end - box.body < 4:
        raise Malformed("box 'brob' is cut short", offset=box.start)
    return asset.read(box.body, 4)


def content(asset: Asset, box: Box, budget: Budget, glance: int | None = None) -> bytes:
    """What a box holds, unpacked.

    Args:
        asset: the file.
        box: any box of it.
        budget: of this file.
        glance: how many bytes are enough of a box that is not packed; ``None`` for all.

    Raises:
        AssetError: it is packed, and no package is there that unpacks it.
        LimitExceeded: it is over :data:`LARGEST`, or over the budget.
        Malformed: it is packed, and damaged.
    """
    budget.looks -= 1
    if budget.looks < 0:
        raise LimitExceeded(f"more than {MOST_LOOKS} boxes of metadata", offset=box.start)
    packed = box.type == b"brob"
    size = box.end - box.body
    if glance is not None and not packed:
        size = min(size, glance)
    if size > LARGEST:
        raise LimitExceeded(
            f"metadata of {size} bytes is over the {LARGEST >> 20} MiB limit", offset=box.start
        )
    data = asset.read(box.body, size)
    return _unpacked(data[4:], box, budget) if packed else data


def _unpacked(data: bytes, box: Box, budget: Budget) -> bytes:
    try:
        brotli = importlib.import_module("brotli")  # which no other format needs
    except ImportError:
        raise AssetError(
            f"the metadata at byte {box.start} is compressed with Brotli and could not be looked "
            "into; to read it: pip install brotli",
            offset=box.start,
        ) from None
    decoder = brotli.Decompressor()
    parts: list[bytes] = []
    try:
        for at in range(0, len(data), _PIECE):
            if budget.left < 0:
                raise LimitExceeded(
                    f"metadata unpacks to more than {LARGEST >> 20} MiB", offset=box.start
                )
            parts.append(decoder.process(data[at : at + _PIECE]))
            budget.left -= len(parts[-1])
    except brotli.error:
        raise Malformed("compressed metadata does not unpack", offset=box.start) from None
    if not decoder.is_finished():
        raise Malformed("compressed metadata is cut short", offset=box.start)
    return b"".join(parts)


def appended(found: list[Box], data: bytes) -> list[Splice]:
    """Put a box behind all others, as exiftool does.

    Those who look for the picture in the first bytes of a file find it there. A box that runs to
    the end of the file is told its size.
    """
    last = found[-1]
    if last.open_ended and last.size >= 1 << 32:
        return [Splice(Span(last.start, last.start), data)]
    splices = [Splice(Span(last.end, last.end), data)]
    if last.open_ended:
        splices.append(Splice(Span(last.start, last.start + 4), struct.pack(">I", last.size)))
    return splices


def wrapped(asset: Asset, data: bytes) -> list[Splice]:
    """Make a bare codestream the picture of a file of boxes, and put another box behind it.

    There is no ``jxll`` box: without one, level 5 holds, as it does for a bare codestream.
    """
    size = asset.size + 8
    if size < 1 << 32:
        head = struct.pack(">I4s", size, b"jxlc")
    else:
        head = struct.pack(">I4sQ", 1, b"jxlc", size + 8)
    head = SIGNATURE + build(b"ftyp", b"jxl ", bytes(4), b"jxl ") + head
    return [Splice(Span(0, 0), head), Splice(Span(asset.size, asset.size), data)]
