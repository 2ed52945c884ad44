"""Clusters and the blocks in them (RFC 9559 sections 5.1.3 and 10): heads only, frames stay put.

Times are ticks of the Segment's clock (``TimestampScale``). A Cluster states its own, a block how
far it lies from that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers.ebml.elements import Element, encoded, head
from aigc_label.errors import LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset

TIMESTAMP, POSITION, PREVIOUS_SIZE = 0xE7, 0xA7, 0xAB
SIMPLE_BLOCK, BLOCK_GROUP, BLOCK = 0xA3, 0xA0, 0xA1
REFERENCE, ADDITIONS = 0xFB, 0x75A1
KEY, INVISIBLE, LACING, DISCARDABLE = 0x80, 0x08, 0x06, 0x01
"""Bits in the flags of a block; the first and the last mean that in a SimpleBlock only."""

NEAREST, FARTHEST = -0x8000, 0x7FFF
"""Ticks between a Cluster and a block in it."""

_MOST_CHILDREN = 200_000
_GLANCE = 24  # bytes that hold the heads of an element and of a block, nearly always


class Block(NamedTuple):
    """One block.

    Attributes:
        track: number of its track.
        time: when its frame is shown, in ticks.
        key: whether it says that decoding can begin here.
        flags: its last header byte.
        place: the SimpleBlock or BlockGroup.
        data: where its frames begin.
        end: where they end.
        others: what a BlockGroup holds beside the Block.
    """

    track: int
    time: int
    key: bool
    flags: int
    place: Element
    data: int
    end: int
    others: tuple[Element, ...] = ()

    @property
    def laced(self) -> bool:
        """Whether it holds several frames."""
        return bool(self.flags & LACING)


class Cluster(NamedTuple):
    """One Cluster.

    Attributes:
        place: itself.
        time: what its blocks count from, in ticks.
        children: all elements in it, in order, blocks as :class:`Block`.
    """

    place: Element
    time: int
    children: tuple[Element | Block, ...]

    def of(self, track: int) -> Iterator[Block]:
        """The blocks of one track."""
        for child in self.children:
            if isinstance(child, Block) and child.track == track:
                yield child


def cluster(asset: Asset, place: Element) -> Cluster:
    """Look at everything in a Cluster.

    Raises:
        Malformed: if an element reaches beyond its parent, or no time stands before the blocks.
        LimitExceeded: if there are more elements than in any.
    """
    time = -1
    children: list[Element | Block] = []
    for child in _inside(asset, place):
        if child.id == TIMESTAMP:
            time = number(asset, child)
        elif child.id in (SIMPLE_BLOCK, BLOCK_GROUP):
            if time < 0:
                raise Malformed(f"the Cluster at byte {place.start} has no time before its blocks")
            children.append(_block(asset, child, time))
            continue
        children.append(child)
    return Cluster(place, max(time, 0), tuple(children))


def opening(asset: Asset, place: Element) -> tuple[int, tuple[Element, ...]]:
    """The time of a Cluster, and what stands before its first block.

    Raises:
        Malformed: if it has no time there.
    """
    before = []
    for child in _inside(asset, place):
        if child.id in (SIMPLE_BLOCK, BLOCK_GROUP):
            break
        before.append(child)
    times = [number(asset, child) for child in before if child.id == TIMESTAMP]
    if not times:
        raise Malformed(f"the Cluster at byte {place.start} has no time before its blocks")
    return times[-1], tuple(before)


def number(asset: Asset, place: Element) -> int:
    """The unsigned integer that an element holds.

    Raises:
        Malformed: if it is longer than one.
    """
    if place.end - place.body > 8:
        raise Malformed(f"no integer at byte {place.start}", offset=place.start)
    return int.from_bytes(asset.read(place.body, place.end - place.body))


def _inside(asset: Asset, parent: Element) -> Iterator[Element]:
    at = parent.body
    for _ in range(_MOST_CHILDREN):
        if at >= parent.end:
            return
        kind, size, long, width = head(asset.peek(at, min(_GLANCE, parent.end - at)), 0, at)
        body = at + long
        if size is None or body + size > parent.end:
            raise Malformed(f"an element at byte {at} reaches beyond its parent", offset=at)
        yield Element(kind, at, body, body + size, width)
        at = body + size
    raise LimitExceeded(f"more than {_MOST_CHILDREN} elements in one")


def _block(asset: Asset, place: Element, base: int) -> Block:
    if place.id == SIMPLE_BLOCK:
        track, offset, flags, data = _header(asset, place)
        return Block(track, base + offset, bool(flags & KEY), flags, place, data, place.end)
    inner = list(_inside(asset, place))
    found = next((child for child in inner if child.id == BLOCK), None)
    if found is None:
        raise Malformed(f"the BlockGroup at byte {place.start} has no Block", offset=place.start)
    track, offset, flags, data = _header(asset, found)
    others = tuple(child for child in inner if child is not found)
    key = all(child.id != REFERENCE for child in others)
    return Block(track, base + offset, key, flags, place, data, found.end, others)


def _header(asset: Asset, place: Element) -> tuple[int, int, int, int]:
    """Track, ticks from the Cluster, flags, and where the frames begin."""
    raw = asset.peek(place.body, min(11, place.end - place.body))
    width = 9 - raw[0].bit_length() if raw else 9
    if width + 3 > len(raw):
        raise Malformed(f"no block at byte {place.start}", offset=place.start)
    track = int.from_bytes(raw[:width]) & (1 << 7 * width) - 1
    offset = int.from_bytes(raw[width : width + 2], signed=True)
    return track, offset, raw[width + 2], place.body + width + 3


def header(track: int, offset: int, flags: int) -> bytes:
    """What stands before the frames of a block.

    Args:
        track: number of its track.
        offset: ticks from the Cluster, :data:`NEAREST` to :data:`FARTHEST`.
        flags: its last byte.
    """
    width = max(1, -(-(track + 1).bit_length() // 7))
    number = (track | 1 << 7 * width).to_bytes(width)
    return number + offset.to_bytes(2, signed=True) + bytes([flags])


def signed(kind: int, value: int) -> bytes:
    """An element that holds a signed integer, in as few bytes as it takes."""
    width = (value + (value < 0)).bit_length() // 8 + 1
    return encoded(kind, value.to_bytes(width, signed=True))
