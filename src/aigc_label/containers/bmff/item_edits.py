"""What must follow when items of a HEIF file change: their tables, and offsets into the file.

New bytes of items go into an ``mdat`` of their own behind the media, so that no picture moves for
them. A ``meta`` box that grows is paid for by a ``free`` box behind it, or pushes what follows;
then the offsets of all items follow, and those of the chunks of an image sequence.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers.bmff import Edit, boxes, build, content_end, moving
from aigc_label.containers.bmff.items import FILE, Extent, Location
from aigc_label.edits import Span
from aigc_label.errors import CannotCarry, LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from aigc_label.asset import Asset
    from aigc_label.containers.bmff import Box
    from aigc_label.containers.bmff.items import Holder, Item, Layout
    from aigc_label.edits import EditPlan, Splice

NEW = 1 << 64
"""Offsets from here on count within the bytes that are added."""

_MEDIA = (b"mdat", b"meta", b"moov", b"moof")
_FREE = (b"free", b"skip")
_MARGIN = 1 << 20  # no change of the tables is larger


class Table(NamedTuple):
    """The ``iloc`` of a ``meta`` box as it is, or as it shall be.

    Attributes:
        holder: the ``meta`` box; the box around it where it is still to be made.
        layout: the form of ``iloc``.
        locations: its entries.
        before: what comes before ``iloc`` in a ``meta`` box that is to be made.
    """

    holder: Holder
    layout: Layout
    locations: list[Location]
    before: bytes = b""


def new_place(number: int, start: int, length: int) -> Location:
    """The place of an item at ``start`` of the bytes that are added."""
    return Location(number, FILE, 0, 0, (Extent(NEW + start, length),))


def with_places(table: Table, new: Sequence[Location]) -> Table:
    """The table with some items at other places; those it does not have come last."""
    numbers = {place.id for place in new}
    kept = [place for place in table.locations if place.id not in numbers]
    order = {place.id: at for at, place in enumerate(table.locations)}
    every = sorted([*kept, *new], key=lambda place: order.get(place.id, len(order)))
    layout = table.layout
    layout = layout._replace(offset=max(layout.offset, 4), length=max(layout.length, 4))
    return table._replace(layout=layout, locations=every)


def is_new(place: Location) -> bool:
    """Whether an item's bytes are among those that are added."""
    return any(extent.offset >= NEW for extent in place.extents)


def uncompressed(holder: Holder, item: Item) -> Edit:
    """The change to an entry of ``iinf`` that says no more how its bytes are compressed."""
    iinf = holder.part(b"iinf")
    around = (*holder.inside, iinf, item.box) if iinf else ()
    return Edit(Span(item.bare, item.box.end), b"", around)


def overwritten(places: Sequence[Span], data: bytes) -> list[Edit]:
    """The changes that put ``data``, which is no longer, at the start of an item's place."""
    edits, at = [], 0
    for span in places:
        piece = data[at : at + span.end - span.start]
        edits.append(Edit(Span(span.start, span.start + len(piece)), piece, ()))
        at += len(piece)
    return edits


def group_numbers(holder: Holder) -> set[int]:
    """The ids of groups of items, which are not free for items either."""
    grpl = holder.part(b"grpl")
    if grpl is None:
        return set()
    groups = boxes(holder.asset, grpl.body, grpl.end)
    return {int.from_bytes(holder.asset.peek(box.body + 4, 4)) for box in groups}


def size_of(places: Iterable[Span]) -> int:
    """How many bytes some spans are."""
    return sum(span.end - span.start for span in places)


def free_number(table: Table, taken: Collection[int]) -> int:
    """An id for another item, below those that need wider fields.

    Raises:
        CannotCarry: there is none.
    """
    used = {*taken, *(place.id for place in table.locations)}
    highest = max(used, default=0)
    if highest < 0xFFFF:
        return highest + 1
    number = next((number for number in range(1, 0xFFFF) if number not in used), None)
    if number is None:
        raise CannotCarry("its list of items is full; save it anew with another program")
    return number


def added(holder: Holder, number: int, media_type: str, about: int | None) -> list[Edit]:
    """The changes to ``iinf`` and ``iref`` that add a ``mime`` item.

    Args:
        holder: where.
        number: its id, from :func:`free_number`.
        media_type: of its bytes.
        about: the item that it describes.

    Raises:
        CannotCarry: the table of items is full.
    """
    entry = new_entry(number, media_type)
    iinf = holder.part(b"iinf")
    if iinf is None:
        raise CannotCarry("its items have no list (iinf); save it anew with another program")
    data = holder.table(b"iinf")
    width = 4 if data[0] else 2
    count = int.from_bytes(data[4 : 4 + width]) + 1
    if count >> 8 * width:
        raise CannotCarry("its list of items is full; save it anew with another program")
    edits = [
        Edit(Span(iinf.body + 4, iinf.body + 4 + width), count.to_bytes(width), ()),
        Edit(Span(iinf.end, iinf.end), entry, (*holder.inside, iinf)),
    ]
    if about is not None:
        edits.append(reference(holder, number, about))
    return edits


def new_entry(number: int, media_type: str) -> bytes:
    """An entry of ``iinf`` for a ``mime`` item."""
    name = media_type.encode() + b"\0"
    return build(b"infe", struct.pack(">IHH4sx", 2 << 24, number, 0, b"mime"), name)


def reference(holder: Holder, number: int, about: int) -> Edit:
    """The change to ``iref`` that says what an item of metadata describes.

    Raises:
        CannotCarry: its fields are too narrow for that.
    """
    iref = holder.part(b"iref")
    wide = holder.table(b"iref")[0] > 0 if iref else max(number, about) > 0xFFFF
    if max(number, about) > 0xFFFF and not wide:
        raise CannotCarry(
            "its references are too narrow to name its picture; save it anew with another program"
        )
    entry = build(b"cdsc", struct.pack(">IHI" if wide else ">HHH", number, 1, about))
    if iref is not None:
        return Edit(Span(iref.end, iref.end), entry, (*holder.inside, iref))
    at = content_end(holder.asset, holder.meta)
    new = build(b"iref", struct.pack(">I", int(wide) << 24), entry)
    return Edit(Span(at, at), new, holder.inside)


def encoded(layout: Layout, locations: Sequence[Location]) -> bytes:
    """The body of an ``iloc``.

    Raises:
        CannotCarry: a number does not fit into its field.
    """
    version, offset, length, base, part, tail = layout
    wide = 4 if version == 2 else 2
    parts = [bytes((version, 0, 0, 0, offset << 4 | length, base << 4 | part))]
    try:
        parts.append(len(locations).to_bytes(wide))
        for place in locations:
            parts.append(place.id.to_bytes(wide))
            if version:
                parts.append(place.method.to_bytes(2))
            parts.append(place.reference.to_bytes(2) + place.base.to_bytes(base))
            parts.append(len(place.extents).to_bytes(2))
            for extent in place.extents:
                parts.append(extent.part.to_bytes(part) + extent.offset.to_bytes(offset))
                parts.append(extent.length.to_bytes(length))
    except OverflowError:
        raise CannotCarry(
            "the place of an item would outgrow its field; save it anew with another program"
        ) from None
    return b"".join((*parts, tail))


def relocated(
    asset: Asset, top: Sequence[Box], tables: Sequence[Table], edits: Sequence[Edit], added: bytes
) -> EditPlan:
    """The plan that carries out ``edits`` and everything that follows from them.

    Args:
        asset: the file.
        top: its boxes.
        tables: every ``iloc`` of the file, as it shall be, offsets as they were or :data:`NEW`.
        edits: disjoint changes elsewhere.
        added: bytes of items to put behind the media.

    Raises:
        CannotCarry: offsets that follow cannot be changed.
        LimitExceeded, Malformed: as of :mod:`aigc_label.containers.bmff.moving`.
    """
    far = asset.size + len(added) + _MARGIN > 0xFFFFFFFF
    tables = [_widened(table) if far else table for table in tables]
    drafts = [_written(table, None, 0) for table in tables]
    changes = [*edits, *filter(_grows, drafts)]
    changes += _room(top, moving.Shift(changes))
    place = _behind_media(top)
    if added:
        changes.append(Edit(Span(place, place), build(b"mdat", added), ()))
    shift = moving.Shift(changes)
    home = place + shift.at(place) - len(added)
    for table, draft in zip(tables, drafts, strict=True):
        final = _written(table, shift, home)
        if _grows(draft):
            changes[changes.index(draft)] = final
        elif final.data != asset.read(final.span.start, len(final.data)):
            changes.append(final)
    patches = _chunks(asset, top, shift)
    return moving.carried_out(changes, patches)


def _widened(table: Table) -> Table:
    """With room for offsets behind 4 GiB."""
    layout = table.layout
    bases = 8 if layout.base else 0
    return table._replace(layout=layout._replace(offset=8, base=bases))


def _grows(edit: Edit) -> bool:
    return len(edit.data) != edit.span.end - edit.span.start


def _written(table: Table, shift: moving.Shift | None, home: int) -> Edit:
    """The new ``iloc``; without ``shift``, one that shows how large it becomes."""
    holder = table.holder
    moved = [_moved(place, shift, home) for place in table.locations]
    if table.layout.base:
        moved = [_based(new, old) for new, old in zip(moved, table.locations, strict=True)]
    body = encoded(table.layout, moved)
    iloc = holder.part(b"iloc")
    if iloc is not None:
        return Edit(Span(iloc.body, iloc.end), body, (*holder.inside, iloc))
    at = content_end(holder.asset, holder.meta)
    new = build(b"iloc", body) if table.locations else b""
    if table.before:
        new = build(b"meta", bytes(4), table.before, new)
    return Edit(Span(at, at), new, holder.inside)


def _moved(place: Location, shift: moving.Shift | None, home: int) -> Location:
    """A location after everything moved."""
    if is_new(place):
        extents = (e._replace(offset=e.offset - NEW + home if shift else 0) for e in place.extents)
        return place._replace(extents=tuple(extents))
    if shift is None or place.method & 15 != FILE:
        return place
    starts = [place.base + extent.offset for extent in place.extents]
    steps = []
    for start, extent in zip(starts, place.extents, strict=True):
        step = shift.one_for(start, start + max(extent.length - 1, 0))
        if step is None:
            raise CannotCarry(
                f"item {place.id} spans several boxes, and cannot be moved; "
                "save it anew with another program"
            )
        steps.append(step)
    if not any(steps):
        return place
    if place.reference:  # most readers take it for this file all the same
        raise CannotCarry(
            f"item {place.id} stands in another file (dref), or in this one; "
            "save it anew with another program"
        )
    if place.base and len(set(steps)) == 1:
        return place._replace(base=place.base + steps[0])
    both = zip(place.extents, steps, strict=True)
    return place._replace(extents=tuple(e._replace(offset=e.offset + by) for e, by in both))


def _based(place: Location, before: Location) -> Location:
    """A new place counted from its base, as its neighbours are.

    A base of 0 would be as good, but c2pa-rs 0.91 moves both numbers by what it puts in front.
    """
    if not is_new(before) or len(place.extents) != 1:
        return place
    (extent,) = place.extents
    return place._replace(base=extent.offset, extents=(extent._replace(offset=0),))


def _room(top: Sequence[Box], shift: moving.Shift) -> list[Edit]:
    """The change of a ``free`` box behind the ``meta`` that keeps the media where it is."""
    for meta, free in pairwise(top):
        if meta.type == b"meta" and free.type in _FREE and not free.large:
            left = free.size - shift.at(meta.end)
            if shift.at(meta.end) > 0 and (left == 0 or left >= 8) and not free.open_ended:
                header = struct.pack(">I4s", left, free.type) if left else b""
                return [Edit(Span(free.start, free.end - max(left - 8, 0)), header, ())]
    return []


def _behind_media(top: Sequence[Box]) -> int:
    """Where the added bytes go: phones look for what they append at the very end of the file."""
    last = [box for box in top if box.type in _MEDIA][-1]
    return last.start if last.open_ended else last.end


def _chunks(asset: Asset, top: Sequence[Box], shift: moving.Shift) -> list[Splice]:
    """The changes to the offsets of an image sequence's chunks."""
    if not any(shift.at(box.start) for box in top):
        return []
    patches: list[Splice] = []
    size = 0
    for table in moving.tables(asset, top, shift):
        size += table.count * table.step
        if size > moving.LARGEST_TABLES:
            raise LimitExceeded("more chunk offsets would have to be moved than there may be")
        if moving.overflows(asset, table, shift):
            raise CannotCarry("an offset in it would outgrow its field; remux it first")
        patches += moving.patched(asset, table, shift)
    return patches
