"""Segments of Matroska and WebM (RFC 9559): their top-level elements, found by size or SeekHead.

Positions in a Segment count from where its content begins. A live stream has a Segment, and
Clusters, of unknown size, which end where an element begins that cannot be inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers.ebml.elements import LONGEST_HEAD, Element, children, head
from aigc_label.errors import LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_label.asset import Asset

EBML = 0x1A45DFA3
SEGMENT = 0x18538067
SEEK_HEAD = 0x114D9B74
CLUSTER = 0x1F43B675
TAGS = 0x1254C367
SEEK, SEEK_ID, SEEK_POSITION = 0x4DBB, 0x53AB, 0x53AC
_DOC_TYPE = 0x4282
_INFO, _TRACKS, _CUES, _ATTACHMENTS, _CHAPTERS = (
    *(0x1549A966, 0x1654AE6B, 0x1C53BB6B),
    *(0x1941A469, 0x1043A770),
)
_TOP = {SEEK_HEAD, _INFO, _TRACKS, CLUSTER, _CUES, _ATTACHMENTS, _CHAPTERS, TAGS, SEGMENT, EBML}

MOST_ELEMENTS = 400_000
"""Heads looked at in one file: Clusters of a week, or the blocks of an hour of live recording."""

LARGEST_SEEK_HEAD = 1 << 20
_MOST_BEFORE = 16


class Segment(NamedTuple):
    """A Segment.

    Attributes:
        start: where its identifier begins.
        body: where its content begins.
        end: where its content ends; in a live stream, at most there.
        width: how many bytes its size takes.
        live: its size is not known.
        cut: the file ends before its size says.
    """

    start: int
    body: int
    end: int
    width: int
    live: bool
    cut: bool


def doc_type(data: bytes) -> bytes | None:
    """``matroska``, ``webm`` or another EBML document type of a file's head; ``None``: no EBML."""
    try:
        kind, size, long, _ = head(data, 0)
        if kind != EBML or size is None:
            return None
        for child in children(data, long, min(long + size, len(data))):
            if child.id == _DOC_TYPE:
                return data[child.body : child.end].rstrip(b"\0")
    except (Malformed, LimitExceeded):
        return None
    return b"matroska"  # the default of the specification


def first(asset: Asset) -> Segment:
    """The first Segment.

    Raises:
        Malformed: if there is none.
    """
    at = 0
    for _ in range(_MOST_BEFORE):
        kind, size, long, width = _head(asset, at, asset.size)
        body = at + long
        if kind == SEGMENT:
            end = asset.size if size is None else body + size
            return Segment(at, body, min(end, asset.size), width, size is None, end > asset.size)
        at = body + (size or 0)
    raise Malformed("no Segment near the beginning of the file")


def _head(asset: Asset, at: int, end: int) -> tuple[int, int | None, int, int]:
    return head(asset.peek(at, min(LONGEST_HEAD, end - at)), 0, at)


def walk(asset: Asset, segment: Segment, at: int | None = None) -> Iterator[Element]:
    """The top-level elements from ``at`` on, or from the first; payload is passed over.

    Raises:
        Malformed: where an element reaches beyond the Segment, or the Segment beyond the file.
        LimitExceeded: if there are more than :data:`MOST_ELEMENTS`.
    """
    at = segment.body if at is None else at
    left = MOST_ELEMENTS
    while at < segment.end:
        kind, size, long, width = _head(asset, at, segment.end)
        if segment.live and kind in {EBML, SEGMENT}:
            return
        body = at + long
        left -= 1
        if size is None:
            if kind != CLUSTER:
                raise Malformed(f"the element at byte {at} has no size", offset=at)
            end, left = _end_of_cluster(asset, body, segment.end, left)
        else:
            end = body + size
        if end > segment.end:
            raise Malformed(f"the element at byte {at} is cut short", offset=at)
        _require(left)
        yield Element(kind, at, body, end, width)
        at = end
    if segment.cut:
        raise Malformed("cut short: the Segment is longer than the file", offset=segment.start)


def _end_of_cluster(asset: Asset, at: int, end: int, left: int) -> tuple[int, int]:
    """Where a Cluster of unknown size ends, and how many more elements may be looked at."""
    while at < end:
        kind, size, long, _ = _head(asset, at, end)
        if kind in _TOP:
            break
        left -= 1
        _require(left)
        if size is None:
            raise Malformed(f"the element at byte {at} has no size", offset=at)
        at += long + size
    return at, left


def _require(left: int) -> None:
    if left < 0:
        raise LimitExceeded(f"more than {MOST_ELEMENTS} elements")


def tags(asset: Asset) -> Iterator[Element]:
    """The Tags elements, wherever they stand.

    A SeekHead that names Tags and tells the truth saves the walk over the Clusters.

    Raises:
        Malformed, LimitExceeded: as :func:`walk`; what was found before is yielded.
    """
    segment = first(asset)
    heads = []
    at = segment.end
    for element in walk(asset, segment):
        at = element.end
        if element.id == TAGS:
            yield element
        elif element.id == SEEK_HEAD:
            heads.append(element)
        elif element.id == CLUSTER:
            break
    else:
        return
    behind = _behind_clusters(asset, segment, heads, at)
    elements = walk(asset, segment, at) if behind is None else behind
    for element in elements:
        if element.id == TAGS:
            yield element


def _behind_clusters(
    asset: Asset, segment: Segment, heads: Sequence[Element], at: int
) -> list[Element] | None:
    """The elements behind the Clusters, if the SeekHeads name them and all they say is true."""
    try:
        named = [
            (kind, segment.body + place)
            for found in heads
            for kind, place in entries(asset, found).values()
        ]
        if not any(kind == TAGS for kind, _ in named):
            return None
        for kind, place in named:
            if place >= segment.end or _head(asset, place, segment.end)[0] != kind:
                return None
        behind = min((place for _, place in named if place >= at), default=None)
        return None if behind is None else list(walk(asset, segment, behind))
    except (Malformed, LimitExceeded):
        return None


def entries(asset: Asset, seek_head: Element) -> dict[Element, tuple[int, int]]:
    """The entries of a SeekHead, placed in its own bytes: identifiers and positions.

    Raises:
        Malformed, LimitExceeded: if it is broken or larger than any.
    """
    length = seek_head.end - seek_head.body
    if length > LARGEST_SEEK_HEAD:
        raise LimitExceeded(f"a SeekHead of {length} bytes", offset=seek_head.start)
    data = asset.read(seek_head.body, length)
    out = {}
    for entry in children(data, 0, length):
        if entry.id == SEEK:
            inner = {
                child.id: int.from_bytes(data[child.body : child.end])
                for child in children(data, entry.body, entry.end)
            }
            out[entry] = (inner.get(SEEK_ID, 0), inner.get(SEEK_POSITION, 0))
    return out
