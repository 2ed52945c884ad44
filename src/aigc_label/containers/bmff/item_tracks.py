"""Items of the tracks of an image sequence, which may be the very bytes of the file's items.

A reader that plays a sequence looks for metadata in its track only (libavif, and so browsers and
Pillow); one that shows the picture, in the file's ``meta``. libavif writes one packet and names it
in both places.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from aigc_label.containers.bmff import boxes, build, field, find
from aigc_label.containers.bmff.item_edits import Table, free_number, new_entry, with_places
from aigc_label.containers.bmff.items import FILE, Extent, Holder, Layout, Location

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.containers.bmff import Box

_HANDLER = build(b"hdlr", bytes(8), b"pict", bytes(13))


def of_pictures(asset: Asset, moov: Box) -> Iterator[Box]:
    """Yield the tracks that show pictures, and not their alpha or sound."""
    for trak in boxes(asset, moov.body, moov.end):
        if trak.type != b"trak":
            continue
        mdia = find(boxes(asset, trak.body, trak.end), b"mdia")
        hdlr = mdia and find(boxes(asset, mdia.body, mdia.end), b"hdlr")
        if hdlr and field(asset, hdlr, 8, 4) == b"pict":
            yield trak


def with_meta(asset: Asset, around: tuple[Box, ...], place: Location, media_type: str) -> Table:
    """A new ``meta`` box for a track, with one item.

    Args:
        asset: the file.
        around: the boxes around it, the track last.
        place: of the item's bytes, in the file.
        media_type: of those bytes.
    """
    number = 1
    listed = build(b"iinf", bytes(4), struct.pack(">H", 1), new_entry(number, media_type))
    holder = Holder(around[-1], around, (), asset)
    return Table(holder, Layout(), [_at(place, number)], _HANDLER + listed)


def with_item(table: Table, place: Location, taken: set[int]) -> tuple[Table, int]:
    """The table of a track with an entry for another item, and its id."""
    number = free_number(table, taken)
    return with_places(table, [_at(place, number)]), number


def _at(place: Location, number: int) -> Location:
    """The same bytes, counted from no base."""
    extents = (Extent(place.base + extent.offset, extent.length) for extent in place.extents)
    return Location(number, FILE, 0, 0, tuple(extents))
