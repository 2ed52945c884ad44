"""The label among the items of HEIF and AVIF files, and what else they state of their origin.

Its home is the XMP packet of the primary item: a ``mime`` item of type ``application/rdf+xml``
that refers to it by ``cdsc`` (ISO/IEC 23008-12, Annex A). Packets about other pictures of the
file, the Exif item and boxes of MP4 are wrong places. :mod:`aigc_label.carriers.heif_edits` writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import exif, mp4_metadata, traces, xmp
from aigc_label.containers.bmff import MOST_BOXES, boxes, items
from aigc_label.errors import AssetError, CannotCarry, LimitExceeded, Malformed
from aigc_label.model import FoundLabel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.containers.bmff import Box
    from aigc_label.containers.bmff.items import Holder, Item
    from aigc_label.edits import Span
    from aigc_label.model import Observation

MEDIA_TYPE = "application/rdf+xml"
MOST_METADATA = 2048
"""Items of metadata in one ``meta`` box: a phone writes two or three, a burst as many a picture."""

LARGEST_METADATA = 32 << 20
"""Bytes of all metadata of a file, unpacked."""

LARGEST_PACKET = 4 << 20
"""Bytes of an XMP packet, compressed or not."""

LARGEST_EXIF = 8 << 20
"""Bytes of an Exif item; previews in it count."""

HIDDEN = "its XMP is encrypted, compressed or kept in a way that is not known; save it anew"
"""Why there may be a label that nobody sees; a write could leave it beside the new one."""

_XMP_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_C2PA_BOX = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_DEFLATE = ("deflate", "gzip", "compress_zlib", "zlib")
_TIFF = (b"II*\x00", b"MM\x00*", b"Exif")


class _Seen:
    """The places that were read, how many bytes came out, and whether some could not be read."""

    __slots__ = ("hidden", "places", "unpacked")

    def __init__(self) -> None:
        self.places: set[tuple[Span, ...]] = set()
        self.unpacked = 0
        self.hidden = False

    def is_new(self, places: tuple[Span, ...] | None) -> bool:
        """Whether there is something that was not read: a file and its tracks may share it."""
        if not places or places in self.places:
            return False
        self.places.add(places)
        return True

    def count(self, data: bytes) -> bytes:
        """The bytes as they are.

        Raises:
            LimitExceeded: they are too many together.
        """
        self.unpacked += len(data)
        if self.unpacked > LARGEST_METADATA:
            raise LimitExceeded(f"more than {LARGEST_METADATA >> 20} MiB of metadata")
        return data


class Slot(NamedTuple):
    """An item of metadata.

    Attributes:
        holder: the ``meta`` box that it stands in.
        item: its entry.
        places: where its bytes are; ``None`` if they cannot be had.
        home: whether it is a packet about the primary item.
        loose: whether nothing says what it is about.
    """

    holder: Holder
    item: Item
    places: tuple[Span, ...] | None
    home: bool
    loose: bool

    @property
    def is_xmp(self) -> bool:
        """Whether it is a packet, and no Exif block."""
        return self.item.type == b"mime"


def slots(holder: Holder, *, main: bool) -> Iterator[Slot]:
    """Yield the XMP packets and Exif blocks among the items of a ``meta`` box.

    Args:
        holder: the items.
        main: whether they are those that the file is about.

    Raises:
        Malformed: a table is damaged.
        LimitExceeded: there are too many.
    """
    wanted = {
        item.id: item
        for item in items.entries(holder)
        if item.type == b"Exif" or (item.type == b"mime" and item.media_type == MEDIA_TYPE)
    }
    if not wanted:
        return
    if len(wanted) > MOST_METADATA:
        raise LimitExceeded(f"more than {MOST_METADATA} items of metadata")
    about, described = items.primary(holder), items.descriptions(holder)
    _, locations = items.locations(holder, wanted)
    there = {place.id: place for place in reversed(locations)}
    for number, item in wanted.items():
        place = there.get(number)
        places = items.spans(holder, place) if place else ()
        if item.protected:
            places = None
        what = described.get(number)
        at_home = main and (not what or about is None or about in what)
        yield Slot(holder, item, places, at_home and item.type == b"mime", not what)


def read(asset: Asset, *, prefix: str) -> Iterator[Observation]:
    """Yield what XMP packets, Exif blocks, C2PA and the boxes of image sequences state.

    Args:
        asset: the file.
        prefix: of the carriers' ids.

    Raises:
        Malformed: where the structure breaks; what was read before is kept.
        LimitExceeded: too many boxes or items.
        CannotCarry: its items, or metadata in them, are kept in a way that is not read.
    """
    kinds = set()
    sights = _Seen()
    later = []
    problem: AssetError | None = None
    try:
        for box in boxes(asset, 0, asset.size, most=MOST_BOXES):
            kinds.add(box.type)
            if box.type == b"moov" and b"items" not in kinds:
                later.append(box)  # the file's own items may come, and go before those of tracks
                continue
            holders = list(items.holders(asset, box))
            main = box.type == b"meta"
            kinds |= {b"items"} if holders and main else set()
            yield from _observe_box(asset, box, holders, sights, prefix=prefix, main=main)
    except AssetError as error:
        problem = error
    for box in later:
        holders = list(items.holders(asset, box))
        main = b"items" not in kinds
        yield from _observe_box(asset, box, holders, sights, prefix=prefix, main=main)
    if problem is not None:
        raise problem
    if sights.hidden:
        raise CannotCarry(HIDDEN)
    if b"mini" in kinds:
        raise CannotCarry(
            "its header is of the minimized kind (mini), which is not read yet; save it anew with "
            "another program"
        )
    if not kinds & {b"items", b"moov"}:
        raise Malformed("no list of items (meta box): it holds no picture, or is cut short")


def _misplaced(label: FoundLabel) -> FoundLabel:
    """A label that would be at home in a film."""
    return FoundLabel(
        carrier=label.carrier, fields=label.fields, quirks=label.quirks, offset=label.offset
    )


def _observe_box(
    asset: Asset,
    box: Box,
    holders: list[Holder],
    seen: _Seen,
    *,
    prefix: str,
    main: bool,
) -> Iterator[Observation]:
    """What one box at the top states, but for what was ``seen``."""
    if box.type == b"uuid":
        yield from _observe_uuid(asset, box, prefix)
    for slot in (slot for holder in holders for slot in slots(holder, main=main)):
        seen.hidden |= slot.is_xmp and slot.places is None
        if seen.is_new(slot.places):
            yield from _observe(asset, slot, seen, prefix)
    if box.type == b"moov":
        for found in mp4_metadata.observe(asset, box):
            yield _misplaced(found) if isinstance(found, FoundLabel) else found


def _observe_uuid(asset: Asset, box: Box, prefix: str) -> Iterator[Observation]:
    """What a ``uuid`` box at the top of the file states: XMP, or a C2PA manifest."""
    if box.user_type == _XMP_BOX:
        packet = asset.peek(box.body, min(box.end - box.body, LARGEST_PACKET))
        yield from xmp.observe(packet, carrier=f"{prefix}.uuid", home=False, offset=box.start)
    elif box.user_type == _C2PA_BOX:
        store = asset.peek(box.body, min(box.end - box.body, traces.STORE_READ))
        yield from filter(None, [traces.c2pa(store, carrier=f"{prefix}.c2pa")])


def _observe(asset: Asset, slot: Slot, seen: _Seen, prefix: str) -> Iterator[Observation]:
    """What an item of metadata states."""
    places = slot.places or ()
    offset = places[0].start
    if slot.is_xmp:
        packet = unpacked(items.content(asset, places, LARGEST_PACKET), slot.item.encoding)
        seen.hidden |= packet is None
        packet = seen.count(packet or b"")
        carrier = f"{prefix}.xmp" if slot.home else f"{prefix}.xmp.other"
        yield from xmp.observe(packet, carrier=carrier, home=slot.home, offset=offset)
    else:
        data = seen.count(items.content(asset, places, LARGEST_EXIF))
        block = data[exif_start(data) :]
        yield from exif.observe(block, carrier=f"{prefix}.exif", home=False, offset=offset)


def exif_start(data: bytes) -> int:
    """Where the TIFF block begins: four bytes say how much comes before it."""
    if data[:4] in _TIFF:  # written without them
        return 0
    start = 4 + int.from_bytes(data[:4])
    return start if start < len(data) else 4


def unpacked(data: bytes, encoding: str) -> bytes | None:
    """A packet as it is read; ``None`` if it is compressed in a way that is not known."""
    if not encoding or encoding == "identity":
        return data
    if encoding not in _DEFLATE:
        return None
    import zlib  # noqa: PLC0415 - hardly any file has it

    for form in (47, -15):  # with a header of either kind, or none
        try:
            return zlib.decompressobj(form).decompress(data, LARGEST_PACKET)
        except zlib.error:
            continue
    return None
