"""The header of an MP4 file held in memory, to be changed and written again."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from aigc_label.containers.bmff import boxes
from aigc_label.errors import CannotCarry, Malformed

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.containers.bmff import Box

LARGEST = 48 << 20
"""Bytes of a header: sample tables of some days."""

_PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts")
_NARROW, _WIDE = 0xFFFF_FFFF, (1 << 64) - 1


class Node:
    """A box: its body, or the boxes in it.

    Attributes:
        type: its four characters.
        body: what stands in it, where it holds no others.
        inner: the boxes in it; ``None`` where it holds something else.
    """

    __slots__ = ("body", "inner", "type")

    def __init__(self, kind: bytes, body: bytes = b"", inner: list[Node] | None = None) -> None:
        self.type = kind
        self.body = body
        self.inner = inner

    def find(self, *path: bytes) -> Node | None:
        """The first box along a path."""
        node = self
        for kind in path:
            found = next((one for one in (node.inner or ()) if one.type == kind), None)
            if found is None:
                return None
            node = found
        return node

    def need(self, *path: bytes) -> Node:
        """The first box along a path.

        Raises:
            Malformed: if there is none.
        """
        node = self.find(*path)
        if node is None:
            raise Malformed(f"no {path[-1].decode('latin-1')!r} box where one belongs")
        return node

    def all(self, kind: bytes) -> list[Node]:
        """The boxes of a type right in this one."""
        return [node for node in self.inner or () if node.type == kind]

    def encoded(self) -> bytes:
        """The whole box."""
        if self.inner is not None:
            body = b"".join(node.encoded() for node in self.inner)
        else:
            body = self.body
        return struct.pack(">I4s", len(body) + 8, self.type) + body

    def number(self, at: int, size: int) -> int:
        """An unsigned number in the body.

        Raises:
            Malformed: if the body ends before.
        """
        if at + size > len(self.body):
            raise Malformed(f"box {self.type.decode('latin-1')!r} is cut short")
        return int.from_bytes(self.body[at : at + size], "big")

    def put(self, at: int, size: int, value: int) -> None:
        """Write an unsigned number into the body."""
        limit = (1 << 8 * size) - 1
        self.body = (
            self.body[:at] + min(value, limit).to_bytes(size, "big") + self.body[at + size :]
        )


def held(asset: Asset, box: Box) -> Node:
    """A box and all in it.

    Raises:
        CannotCarry: if it is larger than :data:`LARGEST`.
        Malformed: if a box is cut short.
    """
    if box.size > LARGEST:
        raise CannotCarry(f"its header has more than {LARGEST >> 20} MiB")
    if box.type in _PARENTS:
        return Node(box.type, inner=[held(asset, one) for one in boxes(asset, box.body, box.end)])
    # The user type of a uuid box is part of what stands in it here.
    body = box.body - (16 if box.type == b"uuid" else 0)
    return Node(box.type, asset.read(body, box.end - body))


def duration_at(header: Node) -> tuple[int, int]:
    """Where ``mvhd``, ``mdhd`` or ``tkhd`` say a duration, and in how many bytes."""
    wide = header.number(0, 1) == 1
    if header.type == b"tkhd":
        return (28, 8) if wide else (20, 4)
    return (24, 8) if wide else (16, 4)


def timescale(header: Node) -> int:
    """The units of a second in ``mvhd`` or ``mdhd``.

    Raises:
        Malformed: if it is none.
    """
    scale = header.number(20 if header.number(0, 1) == 1 else 12, 4)
    if not scale:
        raise Malformed("an MP4 header without a time scale")
    return scale


def lengthened(header: Node, more: int) -> None:
    """Add to a duration; one that is not known stays so."""
    at, size = duration_at(header)
    old = header.number(at, size)
    if old != (_NARROW if size == 4 else _WIDE):
        header.put(at, size, old + more)


class Runs:
    """Pairs of a count and a value, as ``stts``, ``sbgp`` and others write them."""

    def __init__(self, pairs: list[tuple[int, int]]) -> None:
        self.pairs = pairs

    @classmethod
    def of(cls, node: Node, at: int = 4) -> Runs:
        """The runs in a box, whose number stands at ``at``."""
        count = node.number(at, 4)
        if at + 4 + 8 * count > len(node.body):
            raise Malformed(f"box {node.type.decode('latin-1')!r} is cut short")
        values = struct.unpack_from(f">{2 * count}I", node.body, at + 4)
        return cls(list(zip(values[::2], values[1::2], strict=True)))

    def store(self, node: Node, at: int = 4) -> None:
        """Write the runs into a box."""
        joined: list[tuple[int, int]] = []
        for count, value in self.pairs:
            if joined and joined[-1][1] == value:
                joined[-1] = (joined[-1][0] + count, value)
            elif count:
                joined.append((count, value))
        flat = [number for pair in joined for number in pair]
        node.body = node.body[:at] + struct.pack(f">I{len(flat)}I", len(joined), *flat)

    def total(self) -> int:
        """How many there are."""
        return sum(count for count, _ in self.pairs)

    def insert(self, place: int, count: int, value: int | None = None) -> None:
        """Put some in before one of them, by default like those that stand there."""
        before = 0
        for index, (length, old) in enumerate(self.pairs):
            if place <= before + length:
                new = old if value is None else value
                left = place - before
                self.pairs[index : index + 1] = [(left, old), (count, new), (length - left, old)]
                return
            before += length
        if value is not None:
            self.pairs.append((count, value))
