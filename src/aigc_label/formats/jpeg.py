"""JPEG. Home: XMP in APP1; EXIF ``UserComment`` is the guide's other place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.carriers import exif, glued, record, traces, xmp
from aigc_label.containers import jpeg
from aigc_label.contract import Format
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.model import FoundLabel, Medium, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.model import ImplicitLabel, Observation

_GLANCE = 64  # bytes at the start of an unknown segment within which a bare label begins
_NAMES = 12  # bytes that an identifier in front of a bare label may take
_READ_WHOLE = (jpeg.APP1, jpeg.APP13, jpeg.COM)
_PACKET_ROOM = jpeg.LONGEST_SEGMENT - len(jpeg.XMP)


def _sniff(asset: Asset) -> bool:
    return asset.head.startswith(jpeg.SIGNATURE)


def _read(asset: Asset) -> Iterator[Observation]:
    store = b""
    for segment in jpeg.segments(asset):
        if jpeg.is_metadata(segment):
            yield from _observe(asset, segment)
            if segment.marker == jpeg.APP11 and len(store) < traces.STORE_READ:
                store += jpeg.box_part(asset, segment, first=not store)
    if store and (signal := traces.c2pa(store, carrier="jpeg.c2pa")) is not None:
        yield signal
    if (signal := traces.galaxy(jpeg.phone_notes(asset), carrier="jpeg.trailer")) is not None:
        yield signal
    jpeg.require_end(asset, segment)


def _observe(asset: Asset, segment: jpeg.Segment) -> Iterator[Observation]:
    at, marker = segment.start, segment.marker
    data = jpeg.payload(asset, segment, None if marker in _READ_WHOLE else _GLANCE)
    if data.startswith(jpeg.XMP):
        packet = data[len(jpeg.XMP) :]
        yield from xmp.observe(packet, carrier="jpeg.xmp", home=marker == jpeg.APP1, offset=at)
    elif data.startswith(jpeg.EXIF):
        yield from exif.observe(data, carrier="jpeg.exif", home=marker == jpeg.APP1, offset=at)
    elif data.startswith(jpeg.EXTENDED_XMP):  # a piece of a second packet: no place for a label
        seen = xmp.observe(
            data[len(jpeg.EXTENDED_XMP) + 40 :], carrier="jpeg.xmp", home=False, offset=at
        )
        yield from (signal for signal in seen if isinstance(signal, Signal))
    elif marker == jpeg.COM:
        parsed = (
            record.parse(data, named=False) if b"AIGC" in data or b"ProduceID" in data else None
        )
        if parsed is not None:
            found, quirks = parsed.fields, parsed.quirks
            yield FoundLabel(carrier="jpeg.com", fields=found, quirks=quirks, offset=at)
        elif signal := traces.description(data.decode("utf-8", "replace"), carrier="jpeg.com"):
            yield signal
    elif b"AIGC" in data[:_GLANCE].upper():
        for _, _, parsed in glued.find(jpeg.payload(asset, segment)):
            found, quirks = parsed.fields, parsed.quirks
            yield FoundLabel(carrier="jpeg.app", fields=found, quirks=quirks, offset=at)
    elif marker == jpeg.APP13 and (signal := traces.iim(data, carrier="jpeg.iptc")) is not None:
        yield signal


def _plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    segments = list(jpeg.segments(asset))
    jpeg.require_end(asset, segments[-1])
    home = next((s for s in segments if jpeg.is_xmp(asset, s)), None)
    packet = jpeg.payload(asset, home)[len(jpeg.XMP) :] if home else None
    new = jpeg.XMP + xmp.updated(packet, label, limit=_PACKET_ROOM)
    start = jpeg.place_for_metadata(asset, segments)
    place = home.span if home else Span(start, start)
    copies = (_without_label(asset, s) for s in segments if s is not home and jpeg.is_metadata(s))
    splices = [Splice(place, jpeg.segment(jpeg.APP1, new)), *filter(None, copies)]
    return EditPlan([*splices, *jpeg.follow(asset, segments, splices)])


def _without_label(asset: Asset, segment: jpeg.Segment) -> Splice | None:
    """What a copy of the label must become, ``None`` for any other segment."""
    if not any(isinstance(seen, FoundLabel) for seen in _observe(asset, segment)):
        return None
    data = jpeg.payload(asset, segment)
    if data.startswith(jpeg.XMP):
        new = jpeg.XMP + (xmp.without_label(data[len(jpeg.XMP) :]) or b"")
    elif data.startswith(jpeg.EXIF):
        new = exif.blanked(data) or b""
    elif segment.marker == jpeg.COM or _is_all_label(data):
        return Splice(segment.span, b"")
    else:
        new = glued.blanked(data)
    return Splice(segment.span, jpeg.segment(segment.marker, new))


def _is_all_label(data: bytes) -> bool:
    start, end, _ = next(glued.find(data))
    return start <= _NAMES and not data[end:].strip(b"\x00 ")


FORMAT = Format(
    id="jpeg",
    medium=Medium.IMAGE,
    extensions=(".jpg", ".jpeg", ".jpe", ".jfif"),
    media_types=("image/jpeg",),
    homes=("jpeg.xmp", "jpeg.exif"),
    source="TC260-PG-20259A (XMP; EXIF UserComment: its Annex B)",
    sniff=_sniff,
    read=_read,
    plan=_plan,
    graft=jpeg.grafted,
    essence=essences.later("pictures", "jpeg"),
)
