"""The pictures in a HEIF or AVIF file: taken out one by one, and others put in their places.

The file stays what it is: its items, their properties, EXIF, XMP, colour profiles, turns and
thumbnails. Only the coded bytes of a picture are replaced, and the box with its decoder's
configuration; pictures of a grid are replaced all at once, because they share that box.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers.bmff import MOST_BOXES, Edit, boxes, build, find, item_edits, items
from aigc_label.containers.bmff.item_edits import Table
from aigc_label.edits import Span
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed
from aigc_label.explicit.drawing import pictures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.asset import Asset
    from aigc_label.containers.bmff import Box
    from aigc_label.containers.bmff.items import Location

CONFIGURATIONS = {b"av01": b"av1C", b"hvc1": b"hvcC"}
_KEPT = (b"ispe", b"pixi", b"colr", b"av1C", b"hvcC", b"auxC")
_MOST_PARTS = 4096


class Coded(NamedTuple):
    """A coded picture.

    Attributes:
        configuration: the box that its decoder needs, with its header.
        data: its bytes.
        size: width and height that ``ispe`` says.
        colour: the body of its ``colr`` box of numbers; empty without one.
    """

    configuration: bytes
    data: bytes
    size: tuple[int, int]
    colour: bytes = b""


class Items:
    """The items of one file.

    Attributes:
        asset: the file.
        kinds: item types by id.
        primary: the id of the item that the file is about.
        uses: what an item refers to: (type of reference, id) -> ids.
    """

    def __init__(self, asset: Asset) -> None:
        self.asset = asset
        self.top = list(boxes(asset, 0, asset.size, most=MOST_BOXES))
        meta = find(self.top, b"meta")
        holder = items.holder(asset, meta) if meta else None
        if holder is None or find(self.top, b"moov") is not None:
            raise CannotCarry(
                "an image sequence; make it a film (ffmpeg), or ask for the implicit label only"
            )
        self.holder = holder
        self.kinds = {item.id: item.type for item in items.entries(holder)}
        self.layout, self.places = items.locations(holder)
        number = items.primary(holder)
        if number is None or number not in self.kinds:
            raise Malformed("no picture is said to be the primary one")
        self.primary = number
        self.uses = _references(holder.table(b"iref"))
        self.inside, self.properties, self._of = self._associated()
        self.new: dict[int, Coded] = {}
        self.edits: list[Edit] = []

    def _associated(self) -> tuple[tuple[Box, ...], list[Box], dict[int, list[int]]]:
        """The boxes around the properties, the properties, and which of them items have."""
        iprp = self.holder.part(b"iprp")
        within = list(boxes(self.holder.asset, iprp.body, iprp.end)) if iprp else []
        ipco = find(within, b"ipco")
        if iprp is None or ipco is None:
            raise Malformed("its pictures have no properties")
        found = list(boxes(self.holder.asset, ipco.body, ipco.end))
        of: dict[int, list[int]] = {}
        for box in within:
            if box.type == b"ipma":
                if box.end - box.body > items.LARGEST_TABLE:
                    raise LimitExceeded("a list of properties longer than any")
                of |= _associations(self.holder.asset.read(box.body, box.end - box.body))
        return (*self.holder.inside, iprp, ipco), found, of

    def having(self, number: int, kind: bytes) -> list[Box]:
        """The properties of a type that an item has, in order."""
        indices = (at - 1 for at in self._of.get(number, ()))
        every = (self.properties[at] for at in indices if 0 <= at < len(self.properties))
        return [box for box in every if box.type == kind]

    def body(self, box: Box) -> bytes:
        """The body of a property."""
        return self.asset.read(box.body, box.end - box.body)

    def auxiliary(self) -> dict[int, str]:
        """What kinds of auxiliary pictures the primary one, or anything, has: id -> type."""
        found = {}
        for number in self.kinds:
            for box in self.having(number, b"auxC"):
                found[number] = self.body(box)[4:].partition(b"\0")[0].decode("ascii", "replace")
        return found

    def size(self, number: int) -> tuple[int, int]:
        """Width and height of an item."""
        extents = self.having(number, b"ispe")
        body = self.body(extents[0]) if extents else b""
        if len(body) < 12:
            raise Malformed(f"item {number} does not say how large it is")
        width, height = struct.unpack_from(">LL", body, 4)
        return width, height

    def data(self, number: int) -> bytes:
        """The bytes of an item."""
        place = self._place(number)
        spans = items.spans(self.holder, place)
        if spans is None:
            raise CannotCarry(f"item {number} stands in another file")
        return b"".join(pictures.stretch(self.asset, span.start, span.end) for span in spans)

    def _place(self, number: int) -> Location:
        place = next((place for place in self.places if place.id == number), None)
        if place is None:
            raise Malformed(f"item {number} is nowhere")
        return place

    def colour(self, number: int) -> bytes:
        """The body of its ``colr`` box of numbers; empty without one."""
        return next(
            (b for box in self.having(number, b"colr") if (b := self.body(box))[:4] == b"nclx"), b""
        )

    def coded(self, number: int) -> Coded:
        """A picture that is coded by itself.

        Raises:
            CannotCarry: if it is none of those that can be coded again.
        """
        kind = CONFIGURATIONS.get(self.kinds.get(number, b""))
        found = self.having(number, kind) if kind else []
        if not found:
            name = self.kinds.get(number, b"").decode("ascii", "replace")
            raise CannotCarry(
                f"a picture coded as {name!r}, which cannot be coded again; save it as AV1 or HEVC"
            )
        box = found[0]
        whole = self.asset.read(box.start, box.end - box.start)
        return Coded(whole, self.data(number), self.size(number), self.colour(number))

    def alone(self, number: int) -> bytes:
        """A file that holds nothing but one picture, as it is stored: not turned, not cut."""
        parts = self.uses.get((b"dimg", number), [])
        if len(parts) > _MOST_PARTS:
            raise LimitExceeded(f"a picture of {len(parts)} parts")
        numbers = [number, *parts]
        return _file(
            self.asset.read(self.top[0].start, self.top[0].size),
            [(self.kinds[n], self.data(n), self._kept(n)) for n in numbers],
        )

    def _kept(self, number: int) -> list[bytes]:
        boxes_ = (box for kind in _KEPT[:-1] for box in self.having(number, kind))
        return [self.asset.read(box.start, box.end - box.start) for box in boxes_]

    def replace(self, numbers: Sequence[int], new: Sequence[Coded]) -> None:
        """Put other pictures in the places of some, which share a configuration.

        Raises:
            CannotCarry: if the new ones do not, or others share that of the old ones.
        """
        if len({coded.configuration for coded in new}) != 1:
            raise CannotCarry("the parts of the picture cannot be coded alike")
        kind = CONFIGURATIONS[self.kinds[numbers[0]]]
        old = {box.start: box for number in numbers for box in self.having(number, kind)}
        for number in set(self.kinds) - set(numbers) - set(self.new):
            if any(box.start in old for box in self.having(number, kind)):
                raise CannotCarry(
                    "a second picture shares the decoder's configuration of the first; save it "
                    "anew with another program"
                )
        self.new |= dict(zip(numbers, new, strict=True))
        for box in old.values():
            span = Span(box.start, box.end)
            self.edits.append(Edit(span, new[0].configuration, self.inside))

    def recolour(self, number: int, matrix: bytes, full: bytes) -> None:
        """Say how the new pictures turn red, green and blue into what is coded."""
        for box in self.having(number, b"colr"):
            if self.body(box)[:4] == b"nclx":
                edit = Edit(Span(box.body + 8, box.body + 11), matrix + full, ())
                if edit not in self.edits:
                    self.edits.append(edit)

    def finished(self) -> Asset:
        """The file with the new pictures."""
        added, places = b"", []
        edits = [*self.edits, *self._without_old()]
        for number, coded in self.new.items():
            place = item_edits.new_place(number, len(added), len(coded.data))
            places.append(place)
            added += coded.data
        table = item_edits.with_places(Table(self.holder, self.layout, self.places), places)
        plan = item_edits.relocated(self.asset, self.top, [table], edits, added)
        return plan.view(self.asset)

    def _without_old(self) -> list[Edit]:
        """The changes that take out what the replaced pictures were coded as."""
        stays = {
            span
            for place in self.places
            if place.id not in self.new
            for span in items.spans(self.holder, place) or ()
        }
        edits = []
        for number in self.new:
            for span in items.spans(self.holder, self._place(number)) or ():
                media = next(
                    (b for b in self.top if b.type == b"mdat" and b.body <= span.start < b.end),
                    None,
                )
                alone = not any(s.start < span.end and span.start < s.end for s in stays)
                if media is not None and alone and span.end <= media.end:
                    edits.append(Edit(span, b"", (media,)))
                    stays.add(span)  # two pictures may be the same bytes
        return edits


def _references(data: bytes) -> dict[tuple[bytes, int], list[int]]:
    found: dict[tuple[bytes, int], list[int]] = {}
    if len(data) < 4:
        return found
    wide = 4 if data[0] else 2
    at = 4
    while at + 8 + wide + 2 <= len(data):
        size, kind = struct.unpack_from(">L4s", data, at)
        source = int.from_bytes(data[at + 8 : at + 8 + wide])
        begin = at + 8 + wide + 2
        count = int.from_bytes(data[begin - 2 : begin])
        numbers = [
            int.from_bytes(data[p : p + wide]) for p in range(begin, begin + wide * count, wide)
        ]
        if size < 8:
            raise Malformed("an entry of 'iref' has no room for its own header")
        found.setdefault((kind, source), []).extend(numbers)
        at += size
    return found


def _associations(data: bytes) -> dict[int, list[int]]:
    """``ipma``: which properties items have, counted from 1."""
    if len(data) < 8:
        raise Malformed("a list of properties that is cut short")
    wide, large = 4 if data[0] else 2, data[3] & 1
    found: dict[int, list[int]] = {}
    at = 8
    for _ in range(min(int.from_bytes(data[4:8]), items.MOST_ITEMS)):
        number, count = int.from_bytes(data[at : at + wide]), data[at + wide : at + wide + 1]
        if not count:
            raise Malformed("a list of properties that is cut short")
        at += wide + 1
        step = 2 if large else 1
        mask = 0x7FFF if large else 0x7F
        found[number] = [
            int.from_bytes(data[p : p + step]) & mask for p in range(at, at + step * count[0], step)
        ]
        at += step * count[0]
    return found


def _file(head: bytes, found: Sequence[tuple[bytes, bytes, list[bytes]]]) -> bytes:
    """A file of items; the first is the primary one and made of the others, if there are any."""
    properties = list(dict.fromkeys(box for _, _, boxes_ in found for box in boxes_))
    entries, links = [], []
    for number, (kind, _, boxes_) in enumerate(found, 1):
        infe = struct.pack(">LHH4sx", 2 << 24 | (number > 1), number, 0, kind)
        entries.append(build(b"infe", infe))
        places = [properties.index(box) + 1 for box in boxes_]
        links.append(struct.pack(f">HB{len(places)}H", number, len(places), *places))
    count = len(found)
    parts = [
        build(b"hdlr", struct.pack(">LL4s12xx", 0, 0, b"pict")),
        build(b"pitm", struct.pack(">LH", 0, 1)),
        build(b"iinf", struct.pack(">LH", 0, count), *entries),
        build(
            b"iprp",
            build(b"ipco", *properties),
            build(b"ipma", struct.pack(">LL", 1, count), *links),
        ),
    ]
    if count > 1:
        made_of = struct.pack(f">HH{count - 1}H", 1, count - 1, *range(2, count + 1))
        parts.append(build(b"iref", bytes(4), build(b"dimg", made_of)))
    size = len(head) + 8 + 4 + sum(map(len, parts)) + 8 + 8 + 14 * count + 8
    rows = []
    for number, (_, data, _) in enumerate(found, 1):
        rows.append(struct.pack(">HHHLL", number, 0, 1, size, len(data)))
        size += len(data)
    iloc = build(b"iloc", struct.pack(">LBBH", 0, 0x44, 0, count), *rows)
    meta = build(b"meta", bytes(4), *parts, iloc)
    return head + meta + build(b"mdat", *(data for _, data, _ in found))
