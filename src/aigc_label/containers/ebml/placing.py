"""Putting Tags into a Segment without moving a Cluster: in place, in a Void, or at the end.

Cues and the SeekHead point at Clusters and at other elements by their positions in the Segment, so
that nothing before the end may change its length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers.ebml import segment as matroska
from aigc_label.containers.ebml.elements import (
    CRC,
    VOID,
    checked,
    children,
    encoded,
    fitted,
    size_field,
    void,
)
from aigc_label.containers.ebml.segment import CLUSTER, SEEK_HEAD, TAGS
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry, LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.asset import Asset
    from aigc_label.containers.ebml.elements import Element
    from aigc_label.containers.ebml.segment import Segment

_MOST_KEPT = 20_000


class Layout(NamedTuple):
    """What stands where.

    Attributes:
        segment: the first one.
        elements: its top-level elements but the Clusters.
        media: where the first Cluster begins, or the Segment ends.
        end: where the Segment ends.
    """

    segment: Segment
    elements: tuple[Element, ...]
    media: int
    end: int

    def of(self, kind: int) -> list[Element]:
        """The elements of one kind."""
        return [element for element in self.elements if element.id == kind]

    def room(self, element: Element) -> int:
        """Where the Voids end that follow an element."""
        end = element.end
        for other in self.elements:
            if other.id == VOID and other.start == end:
                end = other.end
        return end


def survey(asset: Asset) -> Layout:
    """Walk the whole Segment; a write does not rely on what a SeekHead says.

    Raises:
        Malformed, LimitExceeded: where the structure breaks, or is larger than any.
        CannotCarry: if the Segment has a checksum of all its content.
    """
    found = matroska.first(asset)
    kept = []
    media, end = -1, found.body
    for element in matroska.walk(asset, found):
        end = element.end
        if element.id != CLUSTER:
            kept.append(element)
        elif media < 0:
            media = element.start
        if len(kept) > _MOST_KEPT:
            raise LimitExceeded(f"more than {_MOST_KEPT} elements beside the Clusters")
    if kept and kept[0].id == CRC:
        raise CannotCarry(
            "a checksum covers the whole Segment, and would have to be made from every byte of "
            "it; remux the file (mkvmerge -o new.mkv old.mkv), then label again"
        )
    return Layout(found, tuple(kept), end if media < 0 else media, end)


def plan(
    asset: Asset, layout: Layout, home: Element | None, body: bytes, others: dict[Element, bytes]
) -> EditPlan:
    """The edits that put ``body`` into Tags.

    Args:
        asset: the file.
        layout: its survey.
        home: the Tags to replace, ``None`` if there are none.
        body: the content of the new Tags.
        others: Tags that become shorter, or Voids where nothing is left.
    """
    splices, moved = [], dict[int, int | None]()
    for element, rest in others.items():
        length = element.end - element.start
        new = fitted(TAGS, rest, element.width, length, length) if rest else None
        splices.append(_over(element, new or void(length)))
        if not rest:
            moved[element.start] = None
    if home is None:
        return _resized(layout, [*splices, *_elsewhere(asset, layout, body, moved)])
    room = layout.room(home)
    new = fitted(TAGS, body, home.width, room - home.start, home.end - home.start)
    if new is None and room == layout.end:
        new = encoded(TAGS, body, home.width)
    if new is not None:
        behind = home.start if home.start > layout.media else None
        named = _named(asset, layout, moved, add=behind)
        if named is not None or not _gaps(layout, body):
            splices.append(_from(home.start, new, room))
            splices += named or _named(asset, layout, moved) or []
            return _resized(layout, splices)
    splices.append(_over(home, void(home.end - home.start)))
    splices += _elsewhere(asset, layout, body, moved, home)
    return _resized(layout, splices)


def _over(element: Element, data: bytes) -> Splice:
    return Splice(Span(element.start, element.end), data)


def _from(start: int, data: bytes, room: int) -> Splice:
    """Data over what stands there, which ends at ``room``: where it is longer, bytes move."""
    return Splice(Span(start, min(start + len(data), room)), data)


def _elsewhere(
    asset: Asset,
    layout: Layout,
    body: bytes,
    moved: dict[int, int | None],
    old: Element | None = None,
) -> list[Splice]:
    """New Tags at the end where a SeekHead can name them; else in a Void before the Clusters.

    What no SeekHead names, players look for before the Clusters only. Where there is no Void
    either, the end is still a legal place; an old entry goes.
    """
    places = [(Span(layout.end, layout.end), encoded(TAGS, body)), *_gaps(layout, body)]
    before = old.start if old else -1
    for span, data in places:
        named = _named(asset, layout, moved | {before: span.start}, add=span.start)
        if named is not None:
            return [Splice(span, data), *named]
    span, data = places[1] if len(places) > 1 else places[0]
    return [Splice(span, data), *(_named(asset, layout, moved | {before: None}) or [])]


def _gaps(layout: Layout, body: bytes) -> list[tuple[Span, bytes]]:
    """The Voids before the Clusters that Tags would fit in, and what fills them then."""
    taken = [(found.start, layout.room(found)) for found in layout.of(SEEK_HEAD)]
    gaps = []
    for gap in layout.of(VOID):
        free = gap.start < layout.media and not any(a <= gap.start < b for a, b in taken)
        if free and (filled := fitted(TAGS, body, 1, gap.end - gap.start)):
            gaps.append((Span(gap.start, gap.start + len(filled)), filled))
    return gaps


def _named(
    asset: Asset, layout: Layout, moved: dict[int, int | None], add: int | None = None
) -> list[Splice] | None:
    """SeekHeads whose entries follow the Tags; ``None`` if there is no room for that.

    Args:
        asset: the file.
        layout: its survey.
        moved: Tags by where they began, and where they begin now; ``None``: nowhere.
        add: the place that must be named by one of them.
    """
    splices = []
    missing = add is not None
    heads = [(found, *_followed(asset, layout, found, moved)) for found in layout.of(SEEK_HEAD)]
    if any(add in places for *_, places in heads):
        missing = False
    for found, parts, old, _ in heads:
        body = b"".join(parts)
        if missing and add is not None:
            body += _entry(add - layout.segment.body)
            missing = False
        if body == old:
            continue
        body = checked(body) if _is_checked(asset, found) else body
        room = layout.room(found)
        new = fitted(SEEK_HEAD, body, found.width, room - found.start)
        if new is None:
            return None
        splices.append(_from(found.start, new, room))
    return None if missing else splices


def _is_checked(asset: Asset, found: Element) -> bool:
    return asset.peek(found.body, 1) == bytes([CRC])


def _followed(
    asset: Asset, layout: Layout, found: Element, moved: dict[int, int | None]
) -> tuple[list[bytes], bytes, list[int]]:
    """The entries of a SeekHead after and before a move, and the places of Tags it names then."""
    named = matroska.entries(asset, found)
    data = asset.read(found.body, found.end - found.body)
    parts, old, places = [], b"", []
    for child in children(data, 0, len(data)):
        if child.id == CRC:
            continue
        raw = data[child.start : child.end]
        old += raw
        kind, position = named.get(child, (0, 0))
        place: int | None = layout.segment.body + position
        if kind == TAGS and place in moved:
            place = moved[place]
            raw = b"" if place is None else _entry(place - layout.segment.body)
        if kind == TAGS and place is not None:
            places.append(place)
        parts.append(raw)
    return parts, old, places


def _entry(position: int) -> bytes:
    place = position.to_bytes((position.bit_length() + 7) // 8 or 1)
    kind = TAGS.to_bytes(4)
    inner = encoded(matroska.SEEK_ID, kind) + encoded(matroska.SEEK_POSITION, place)
    return encoded(matroska.SEEK, inner)


def _resized(layout: Layout, splices: Sequence[Splice]) -> EditPlan:
    """The edits, and the size of the Segment that follows from them.

    Positions count from the Segment's content, so that even a wider size moves none.
    """
    found = layout.segment
    made = EditPlan(splices)
    grown = made.growth()
    if found.live or not grown:
        return made
    size = size_field(found.end - found.body + grown, found.width)
    return EditPlan([*splices, Splice(Span(found.body - found.width, found.body), size)])
