"""The edits that make one label the only one of a HEIF or AVIF file.

A packet stays in its place while the label fits. One that outgrows it, and a new one, goes into an
``mdat`` behind the media, with room for the next label; then only tables in ``meta`` change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.carriers import exif, heif_items, mp4_metadata, packet_room, xmp
from aigc_label.containers.bmff import MOST_BOXES, Edit, boxes, find, item_edits, item_tracks, items
from aigc_label.containers.bmff.item_edits import Table
from aigc_label.errors import CannotCarry, LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.asset import Asset
    from aigc_label.carriers.heif_items import Slot
    from aigc_label.containers.bmff import Box
    from aigc_label.containers.bmff.items import Location
    from aigc_label.edits import EditPlan, Span
    from aigc_label.model import ImplicitLabel


_MOST_COPIES = 256  # of labels in one file; two have been met


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The edits that set ``label``, and everything that follows from them.

    Raises:
        CannotCarry: a packet cannot be read or changed, or what follows cannot be moved.
        LimitExceeded: too many items, or too large ones.
        Malformed: where the structure breaks.
    """
    top = list(boxes(asset, 0, asset.size, most=MOST_BOXES))
    draft = _Draft(asset, top)
    home: list[Slot] = []
    for group in draft.groups:
        if not home and any(slot.home for slot in group):
            home = group
        else:
            draft.clear(group)
    moov = find(top, b"moov")
    draft.edits += mp4_metadata.without_labels(asset, top, moov)
    place = draft.update(home, label) if home else draft.add(xmp.updated(None, label))
    draft.show_in_tracks(moov, place)
    if draft.added and not any(item_edits.is_new(p) for t in draft.tables for p in t.locations):
        raise CannotCarry(
            "it has no list of items (meta box) that could name a label; "
            "save it anew with another program"
        )
    return item_edits.relocated(asset, top, draft.tables, draft.edits, draft.added)


class _Draft:
    """What shall change, gathered piece by piece.

    Attributes:
        tables: every ``iloc``, as it shall be; that of the file itself first, if it has one.
        groups: the items of metadata, those together that share their bytes, as the items of a
            file and of its tracks do.
        edits: changes elsewhere.
        added: bytes to put behind the media.
    """

    __slots__ = ("_cleared", "_taken", "added", "asset", "edits", "groups", "tables")

    def __init__(self, asset: Asset, top: Sequence[Box]) -> None:
        found = [holder for box in top for holder in items.holders(asset, box)]
        found.sort(key=lambda holder: len(holder.inside))
        own = [holder for holder in found if len(holder.inside) == 1]
        if len(own) > 1:
            raise CannotCarry(
                "it has two lists of items (meta boxes), so readers may differ about what it "
                "shows; save it anew"
            )
        self.asset = asset
        self.tables = [Table(holder, *items.locations(holder)) for holder in found]
        self.edits: list[Edit] = []
        self.added = b""
        self._cleared = 0
        self._taken: list[tuple[int, int, tuple[Box, int]]] | None = None
        self.groups: list[list[Slot]] = []
        known: dict[tuple[Span, ...], list[Slot]] = {}
        every = (s for h in found for s in heif_items.slots(h, main=h in own or not own))
        for slot in every:
            if slot.places in known:
                known[slot.places].append(slot)
                continue
            self.groups.append([slot])
            if slot.places:
                known[slot.places] = self.groups[-1]

    def add(self, packet: bytes) -> Location:
        """A new XMP item about the primary one; return where it is."""
        place = item_edits.new_place(0, len(self.added), len(packet))
        self.added += packet
        if not self.tables or len(self.tables[0].holder.inside) > 1:
            return place  # a sequence without a picture of its own: its tracks name the packet
        holder = self.tables[0].holder
        about = items.primary(holder)
        taken = {item.id for item in items.entries(holder)} | item_edits.group_numbers(holder)
        number = item_edits.free_number(self.tables[0], taken | {about or 0})
        self.edits += item_edits.added(holder, number, heif_items.MEDIA_TYPE, about)
        self.tables[0] = item_edits.with_places(self.tables[0], [place._replace(id=number)])
        return place

    def show_in_tracks(self, moov: Box | None, place: Location | None) -> None:
        """Let tracks without a packet of their own name that of the file.

        One packet is one label, however many tables name it.
        """
        if moov is not None and place is not None:
            for trak in item_tracks.of_pictures(self.asset, moov):
                self._show_in((moov, trak), place)

    def _show_in(self, around: tuple[Box, Box], place: Location) -> None:
        """Let a track name the packet at a place, if it has none."""
        found = (n for n, table in enumerate(self.tables) if around[-1] in table.holder.inside)
        at = next(found, None)
        if at is None:
            new = item_tracks.with_meta(self.asset, around, place, heif_items.MEDIA_TYPE)
            self.tables.append(new)
            return
        holder = self.tables[at].holder
        if not any(s.is_xmp and s.holder is holder for group in self.groups for s in group):
            taken = {item.id for item in items.entries(holder)}
            self.tables[at], number = item_tracks.with_item(self.tables[at], place, taken)
            self.edits += item_edits.added(holder, number, heif_items.MEDIA_TYPE, None)

    def update(self, group: Sequence[Slot], label: ImplicitLabel) -> Location | None:
        """Set the label in a packet, and say that it is about the primary item.

        Returns:
            Where the packet is, if tables other than its own can name that place.

        Raises:
            CannotCarry: the packet cannot be read or changed.
        """
        slot, places = group[0], group[0].places
        about = items.primary(slot.holder)
        if slot.loose and about is not None:
            self.edits.append(item_edits.reference(slot.holder, slot.item.id, about))
        packet = None if places is None else self._packet(slot, places)
        if places is None or packet is None:
            raise CannotCarry(heif_items.HIDDEN)
        new = xmp.updated(packet, label)
        size = item_edits.size_of(places)
        alone = self._is_alone(group, places)
        data = packet_room.fitted(new, size)
        if data is not None and alone and not slot.item.encoding:
            self.edits += item_edits.overwritten(places, data)
            return self._place_of(slot)
        place = self._put(group, packet_room.with_room(new))
        if alone:  # who searches for packets shall not find the old one
            self.edits += item_edits.overwritten(places, b" " * size)
        return place

    def _place_of(self, slot: Slot) -> Location | None:
        """Where an item is, if that is in the file and not in its ``meta`` box."""
        number = slot.item.id
        (table,) = (table for table in self.tables if table.holder is slot.holder)
        place = next(place for place in table.locations if place.id == number)
        return place if place.in_file else None

    def clear(self, group: Sequence[Slot]) -> None:
        """Take the label out of a packet or an Exif block; what nobody can read may stay."""
        slot, places = group[0], group[0].places
        if not places:
            return
        if slot.is_xmp:
            new = xmp.without_label(self._packet(slot, places) or b"")
        else:
            data = items.content(self.asset, places, heif_items.LARGEST_EXIF)
            start = heif_items.exif_start(data)
            blank = exif.blanked(data[start:])
            new = blank and data[:start] + blank
        if new is None:
            return
        self._cleared += 1
        if self._cleared > _MOST_COPIES:
            raise LimitExceeded(f"more than {_MOST_COPIES} copies of labels")
        if not self._is_alone(group, places):
            raise CannotCarry("a label stands where another item does, too; save it anew")
        if slot.item.encoding:
            self._put(group, new)
            new = b""
        if slot.is_xmp:
            new = packet_room.filled(new, item_edits.size_of(places))
        self.edits += item_edits.overwritten(places, new)

    def _packet(self, slot: Slot, places: Sequence[Span]) -> bytes | None:
        """The packet of an item, as it is read; ``None`` if it cannot be.

        Raises:
            LimitExceeded: it is too long.
        """
        if item_edits.size_of(places) > heif_items.LARGEST_PACKET:
            raise LimitExceeded("an XMP packet is longer than any", offset=places[0].start)
        data = items.content(self.asset, places, heif_items.LARGEST_PACKET)
        return heif_items.unpacked(data, slot.item.encoding)

    def _is_alone(self, group: Sequence[Slot], places: Sequence[Span]) -> bool:
        """Whether no item outside the group has a byte in common with it."""
        if self._taken is None:
            self._taken = [
                (span.start, span.end, (table.holder.meta, place.id))
                for table in self.tables
                for place in table.locations
                if not item_edits.is_new(place)
                for span in items.spans(table.holder, place) or ()
            ]
        inside = [(slot.holder.meta, slot.item.id) for slot in group]
        return not any(
            start < span.end and span.start < end and item not in inside
            for span in places
            for start, end, item in self._taken
        )

    def _put(self, group: Sequence[Slot], packet: bytes) -> Location:
        """Let the items of a group have their bytes behind the media, not compressed."""
        place = item_edits.new_place(0, len(self.added), len(packet))
        self.added += packet
        for at, table in enumerate(self.tables):
            numbers = {slot.item.id for slot in group if slot.holder is table.holder}
            if numbers:
                new = [place._replace(id=number) for number in sorted(numbers)]
                self.tables[at] = item_edits.with_places(table, new)
        for slot in group:
            if slot.item.encoding:
                self.edits.append(item_edits.uncompressed(slot.holder, slot.item))
        return place
