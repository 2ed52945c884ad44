"""GIF 87a and 89a: blocks and sub-blocks; nothing about labels.

A GIF has no index. Whatever stands behind a picture is found only by stepping over the picture's
sub-blocks of at most 255 bytes, so the file is walked in large windows, within :data:`MOST_WALKED`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.edits import Span
from aigc_label.errors import LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset

SIGNATURES = (b"GIF87a", b"GIF89a")
TRAILER = 0x3B
IMAGE = 0x2C
PLAIN_TEXT, CONTROL, COMMENT, APPLICATION = 0x01, 0xF9, 0xFE, 0xFF
"""Kinds of blocks: the two that have no label of their own, and the extensions by their label."""

XMP = b"XMP DataXMP"
C2PA = b"C2PA_GIF\x01\x00\x00"

MOST_WALKED = 1 << 30
"""Bytes of one file that are stepped over: half a second's work; longer animations are films."""

MOST_BLOCKS = 1 << 17
MOST_STEPS = 1 << 22
"""Sub-blocks of fewer than 255 bytes: encoders write one a picture."""

LARGEST_DATA = 8 << 20
"""Bytes of one extension that are read; XMP packets stay far below."""

_INTRODUCER = 0x21
_WINDOW = 64 << 10
_LARGEST_WINDOW = 1 << 20
_FULL = rb"(?s:\xff.{255})*+"
# Stepping through a packet as if it were sub-blocks ends here, wherever a step lands (XMP part 3).
_MAGIC = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
_MAGIC_BEGINS = _MAGIC[1:5]  # some leave the first byte out


class Block(NamedTuple):
    """A picture, an extension or the trailer.

    Attributes:
        kind: :data:`IMAGE`, :data:`TRAILER`, or the label of an extension.
        start: offset of its first byte.
        body: offset of its sub-blocks; of an application extension, those behind the identifier.
        end: behind its last byte.
        application: identifier and authentication code, 11 bytes; empty for other kinds.
    """

    kind: int
    start: int
    body: int
    end: int
    application: bytes = b""

    @property
    def span(self) -> Span:
        """All of its bytes."""
        return Span(self.start, self.end)


class _Window:
    """A stretch of the file, moved on as the walk goes on."""

    __slots__ = ("asset", "at", "data", "full", "size", "steps")

    def __init__(self, asset: Asset) -> None:
        self.asset = asset
        self.at = 0
        self.data = asset.head
        self.size = _WINDOW
        self.steps = 0
        self.full = re.compile(_FULL)

    def move(self, at: int) -> None:
        if at >= MOST_WALKED:
            raise LimitExceeded(
                f"the animation is longer than {MOST_WALKED >> 20} MiB; make it a film", offset=at
            )
        self.data = self.asset.peek(at, self.size)
        self.at = at
        self.size = min(2 * self.size, _LARGEST_WINDOW)

    def take(self, at: int, length: int) -> bytes:
        """``length`` bytes at ``at``."""
        if at + length > self.asset.size:
            raise Malformed(
                f"cut short: the GIF ends at byte {self.asset.size} without its trailer", offset=at
            )
        if at - self.at + length > len(self.data):
            self.move(at)
        return self.data[at - self.at : at - self.at + length]

    def behind(self, at: int) -> int:
        """Behind the sub-blocks that begin at ``at``, and the empty one that ends them."""
        while True:
            (length,) = self.take(at, 1)
            if length == 255:
                found = self.full.match(self.data, at - self.at)
                run = found.end() - found.start() if found else 0
                at += run or 256  # not one is whole in this window
                continue
            at += length + 1
            if length == 0:
                return at
            self.steps += 1
            if self.steps > MOST_STEPS:
                raise LimitExceeded(f"more than {MOST_STEPS} short sub-blocks", offset=at)


def blocks(asset: Asset) -> Iterator[Block]:
    """Yield the pictures, the extensions, and at last the trailer. What follows it is not read.

    Raises:
        Malformed: where the structure breaks; the blocks before that have been yielded.
        LimitExceeded: after :data:`MOST_BLOCKS`, :data:`MOST_STEPS` or :data:`MOST_WALKED`.
    """
    window = _Window(asset)
    at = 13 + _table(window.take(0, 13)[10])
    for _ in range(MOST_BLOCKS):
        (introducer,) = window.take(at, 1)
        if introducer == TRAILER:
            yield Block(TRAILER, at, at + 1, at + 1)
            return
        if introducer == IMAGE:
            body = at + 11 + _table(window.take(at, 10)[9])
            block = Block(IMAGE, at, body, window.behind(body))
        elif introducer == _INTRODUCER:
            block = _extension(window, at)
        else:
            raise Malformed(f"no block where one should be, at byte {at}", offset=at)
        yield block
        at = block.end
    raise LimitExceeded(f"more than {MOST_BLOCKS} blocks", offset=at)


def _table(flags: int) -> int:
    """Bytes of the colour table that the flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _extension(window: _Window, at: int) -> Block:
    _, kind, size = window.take(at, 3)
    if kind == APPLICATION and size == 11:
        name = window.take(at + 3, 11)
        return Block(kind, at, at + 14, window.behind(at + 14), name)
    return Block(kind, at, at + 2, window.behind(at + 2))


def data(asset: Asset, block: Block, most: int = LARGEST_DATA) -> bytes:
    """What the sub-blocks of an extension hold, joined; of a longer one about ``most`` bytes."""
    raw = asset.read(block.body, min(block.end - block.body, most))
    parts = []
    at = 0
    while at < len(raw) and raw[at]:
        parts.append(raw[at + 1 : at + 1 + raw[at]])
        at += raw[at] + 1
    return b"".join(parts)


def packet(asset: Asset, block: Block) -> bytes:
    """The packet in an XMP extension, which stands as it is, in front of its magic trailer.

    Where there is no such trailer somebody wrote sub-blocks, as for any other extension.

    Raises:
        LimitExceeded: if it is longer than :data:`LARGEST_DATA`.
    """
    length = block.end - block.body
    if length > LARGEST_DATA:
        raise LimitExceeded(
            f"an XMP packet of {length} bytes is over the {LARGEST_DATA >> 20} MiB limit",
            offset=block.start,
        )
    raw = asset.read(block.body, length)
    at = raw.rfind(_MAGIC_BEGINS)
    return raw[:at].removesuffix(b"\x01") if at >= 0 else data(asset, block)


def xmp_extension(packet: bytes) -> bytes:
    """An XMP packet, which holds no NUL, as an application extension."""
    return bytes((_INTRODUCER, APPLICATION, 11)) + XMP + packet + _MAGIC
