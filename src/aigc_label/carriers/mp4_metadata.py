"""The label among the metadata of MP4 files: what states it, and the edits that set it.

The guide's home (TC260-PG-20257A 6.1.1) is ``moov/udta/meta`` with handler ``mdta``: the key
``AIGC`` in ``keys``, its value, the bare JSON as UTF-8, in ``ilst``. A file with iTunes tags has a
``meta`` with handler ``mdir`` in the same place, and a ``meta`` has one handler only. Then the
label gets a second ``meta`` behind that one, which stays as it is. ffmpeg, ExifTool and MediaInfo
read both (``exiftool -validate`` remarks that there are two); mutagen and AtomicParsley read the
first, which is theirs.

Elsewhere a label is a copy in a wrong place: read, and removed when the label is written.
"""

from __future__ import annotations

import itertools
import struct
from operator import attrgetter
from typing import TYPE_CHECKING

from aigc_label.carriers import record, traces, xmp
from aigc_label.carriers.mp4_tags import HOME, XMP, Meta, Place, Slot, meta_of, places, slots
from aigc_label.containers.bmff import (
    Box,
    Edit,
    boxes,
    build,
    children,
    content_end,
    find,
    sole_moov,
    top_level,
)
from aigc_label.edits import Span
from aigc_label.errors import CannotCarry, LimitExceeded
from aigc_label.model import FoundLabel, Signal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aigc_label.asset import Asset
    from aigc_label.model import ImplicitLabel, Observation

C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""User type of the ``uuid`` box that holds a C2PA manifest store."""

_KLING = bytes.fromhex("91ca60614aee385486142d5f73f4ae2e")  # SEI message of the Kling service
_LARGEST_PACKET = 4 << 20
_TOOL_NAMES = ("\xa9too", "\xa9swr", "encoder", "software", "com.apple.quicktime.software")
_NAME = struct.pack(">I4s4s", 12, b"mdta", b"AIGC")
_HANDLER = build(b"hdlr", bytes(8), b"mdta", bytes(13))


def observe(asset: Asset, moov: Box) -> Iterator[Observation]:
    """Yield labels and other statements of origin among the metadata of ``moov``.

    Raises:
        Malformed: where the boxes break; facts yielded before stand.
        LimitExceeded: too many tags.
    """
    counter = itertools.count()
    for place in places(asset, moov):
        if place.is_packet:
            yield from _observe_packet(place.asset, place.box)
        for slot in slots(place, counter):
            if (parsed := slot.parsed()) is not None:
                odd = slot.named and not slot.name.endswith("AIGC")
                quirks = (*parsed.quirks, "lower-case-key") if odd else parsed.quirks
                yield FoundLabel(
                    carrier=slot.carrier,
                    fields=parsed.fields,
                    quirks=tuple(dict.fromkeys(quirks)),
                    home=slot.carrier == HOME,
                    offset=slot.box.start,
                )
            elif (signal := _signal(slot)) is not None:
                yield signal


def observe_uuid(asset: Asset, box: Box) -> Iterator[Observation]:
    """Yield what a ``uuid`` box at the top of the file states: XMP, or a C2PA manifest."""
    if box.user_type == XMP:
        yield from _observe_packet(asset, box)
    elif box.user_type == C2PA:
        store = asset.peek(box.body, min(box.end - box.body, traces.STORE_READ))
        if (signal := traces.c2pa(store, carrier="mp4.c2pa")) is not None:
            yield signal


def observe_media(asset: Asset, mdat: Box) -> Iterator[Observation]:
    """Yield the statement that Kling puts into the first video frame (an H.264 SEI message)."""
    if _KLING in asset.peek(mdat.body, min(mdat.end - mdat.body, 2048)):
        yield Signal(
            scheme="vendor", ai=True, detail="kling-ai", generator="Kling", carrier="mp4.sei"
        )


def _observe_packet(asset: Asset, box: Box) -> Iterator[Observation]:
    packet = asset.peek(box.body, min(box.end - box.body, _LARGEST_PACKET))
    yield from xmp.observe(packet, carrier="mp4.xmp", home=False, offset=box.start)


def _signal(slot: Slot) -> Signal | None:
    if slot.name == "AigcInfo":  # TikTok; its code is not the Label of Annex E, 0 says "not AI"
        made = '"aigc_label_type":0' not in slot.text.replace(" ", "")
        return Signal(
            scheme="vendor",
            ai=True if made else None,
            detail=f"AigcInfo {slot.text[:100]}",
            generator="TikTok",
            carrier=slot.carrier,
        )
    if slot.name == "\xa9too" and slot.text == "Google":
        # Veo writes it, and so does YouTube for everybody's films: no statement about AI.
        return Signal(
            scheme="vendor", ai=None, detail="\xa9too: Google", generator=None, carrier=slot.carrier
        )
    if slot.name.lower() in _TOOL_NAMES:
        return traces.tool(slot.text, carrier=slot.carrier)
    return traces.description(slot.text, carrier=slot.carrier)


def edits(asset: Asset, top: Sequence[Box], moov: Box, label: ImplicitLabel) -> list[Edit]:
    """The changes that make ``label`` the only one of the file, at home.

    Raises:
        CannotCarry: a copy stands in an XMP packet that cannot be edited.
        LimitExceeded: too many tags, or too large a packet.
        Malformed: where the boxes break.
    """
    value = record.dump(label).encode()
    found = list(places(asset, moov))
    counter = itertools.count()
    labelled = [s for place in found for s in slots(place, counter) if s.parsed() is not None]
    udta = find(boxes(asset, moov.body, moov.end), b"udta")
    home = next((meta for place in found if (meta := _home(place)) is not None), None)
    packets = [Place(asset, box, ()) for box in top] + found
    changes = [*_without_packets(packets), *_without_copies(asset, labelled, home)]
    if home is not None:
        changes += _rekeyed(asset, home, [s.box for s in labelled if s.meta == home], value)
        return changes
    other, names = _names_beside(found, {slot.box for slot in labelled})
    keys = build(b"keys", struct.pack(">II", 0, len(names) + 1), *names, _NAME)
    fresh = build(b"meta", bytes(4), _HANDLER, keys, build(b"ilst", _item(len(names) + 1, value)))
    if udta is not None:
        at = content_end(asset, udta)
        return [*changes, Edit(Span(at, at), fresh, (moov, udta))]
    at = other.start if other else content_end(asset, moov)
    return [*changes, Edit(Span(at, at), build(b"udta", fresh), (moov,))]


def _names_beside(found: list[Place], doomed: set[Box]) -> tuple[Box | None, list[bytes]]:
    """The ``meta`` straight under ``moov`` and the keys that stay in it.

    ffmpeg looks every value up in the first table of keys that it meets. So a new table stands
    before that one and begins with its names: then either table names every value rightly.
    """
    for place in found:
        if place.box.type == b"meta" and place.inside[-1].type == b"moov":
            meta = meta_of(place)
            dropped = {meta.number(item) for item in meta.items if item in doomed}
            kept = [span for n, (_, span) in enumerate(meta.names, 1) if n not in dropped]
            if kept:
                read = place.asset.read
                return place.box, [read(span.start, span.end - span.start) for span in kept]
    return None, []


def _item(number: int, value: bytes) -> bytes:
    """A value of type 1, UTF-8, for no locale in particular."""
    return build(struct.pack(">I", number), build(b"data", struct.pack(">II", 1, 0), value))


def _home(place: Place) -> Meta | None:
    """The tags of a place, if they have named keys and stand in ``udta``."""
    if place.box.type != b"meta" or place.inside[-1].type != b"udta":
        return None
    meta = meta_of(place)
    return meta if meta.handler == b"mdta" or (not meta.handler and meta.keys) else None


def _without_copies(asset: Asset, labelled: Iterable[Slot], home: Meta | None) -> Iterator[Edit]:
    """Remove the labels that stand elsewhere, each with as little around it as can be."""
    tags: dict[Meta, list[Box]] = {}
    for slot in labelled:
        if slot.meta is None:
            yield _removed(slot.box, slot.inside)
        elif slot.meta != home:
            tags.setdefault(slot.meta, []).append(slot.box)
    for meta, items in tags.items():
        if meta.keys and {meta.number(item) for item in items} == set(
            range(1, len(meta.names) + 1)
        ):
            yield _removed(meta.inside[-1], meta.inside[:-1])  # nothing else was in it
        else:
            yield from _rekeyed(asset, meta, items, None)


def _removed(box: Box, inside: tuple[Box, ...]) -> Edit:
    return Edit(Span(box.start, box.end), b"", inside)


def _rekeyed(
    asset: Asset, meta: Meta, labelled: Iterable[Box], value: bytes | None
) -> Iterator[Edit]:
    """Drop the labelled items, and their keys; set key ``AIGC`` to ``value`` if there is one.

    Other keys keep their values; they get other numbers only where a key before them goes.
    """
    names = [name for name, _ in meta.names]
    mine = 0
    if value is not None:
        mine = names.index("AIGC") + 1 if "AIGC" in names else len(names) + 1
    doomed = {item for item in labelled if not mine or meta.number(item) != mine}
    dropped = {meta.number(item) for item in doomed} - {0}
    kept = [n for n in range(1, len(names) + 1) if n not in dropped]
    if mine > len(names):
        kept.append(mine)
    yield from _keys_changed(asset, meta, dropped, kept)
    around = (*meta.inside, meta.ilst) if meta.ilst else meta.inside
    item_set = value is None
    for item in meta.items:
        number = int.from_bytes(item.type)  # may be that of a key that is only now there
        if item in doomed or number in dropped:
            yield _removed(item, around)
        elif number == mine:
            if item_set:
                yield _removed(item, around)
                continue
            new = _item(kept.index(mine) + 1, value or b"")
            item_set = True
            if item.size != len(new) or asset.read(item.start, item.size) != new:
                yield Edit(Span(item.start, item.end), new, around)
        elif meta.number(item) and kept.index(number) + 1 != number:
            new_number = struct.pack(">I", kept.index(number) + 1)
            yield Edit(Span(item.start + 4, item.start + 8), new_number, ())
    if not item_set:
        new = _item(kept.index(mine) + 1, value or b"")
        at = content_end(asset, around[-1])
        yield Edit(Span(at, at), new if meta.ilst else build(b"ilst", new), around)


def _keys_changed(asset: Asset, meta: Meta, dropped: set[int], kept: list[int]) -> Iterator[Edit]:
    count = struct.pack(">I", len(kept))
    if meta.keys is None:
        if kept:  # values look their names up in what stands before them
            at = meta.ilst.start if meta.ilst else content_end(asset, meta.inside[-1])
            yield Edit(Span(at, at), build(b"keys", bytes(4), count, _NAME), meta.inside)
        return
    around = (*meta.inside, meta.keys)
    for number in dropped:
        yield Edit(meta.names[number - 1][1], b"", around)
    if len(meta.names) + 1 in kept:
        at = meta.names[-1][1].end if meta.names else meta.keys.body + 8
        yield Edit(Span(at, at), _NAME, around)
    if len(kept) != len(meta.names):
        yield Edit(Span(meta.keys.body + 4, meta.keys.body + 8), count, ())


def _without_packets(found: Iterable[Place]) -> Iterator[Edit]:
    """The XMP packets that hold a label, without it; spaces keep their length."""
    for asset, box, inside in filter(attrgetter("is_packet"), found):
        length = box.end - box.body
        if length > _LARGEST_PACKET:
            raise LimitExceeded(f"an XMP packet of {length} bytes", offset=box.start)
        new = xmp.without_label(asset.read(box.body, length))
        if new is None:
            continue
        trailer = new.rfind(b"<?xpacket end")
        at = trailer if trailer >= 0 else len(new)
        new = new[:at] + b" " * (length - len(new)) + new[at:]
        yield Edit(Span(box.body, box.end), new, (*inside, box))


def transplant(source: Asset, encoded: Asset, top: Sequence[Box]) -> list[Edit]:
    """The changes to ``encoded`` that give it the metadata of ``source`` in place of its own.

    All of ``udta`` (tags, cover, chapters, place), ``meta`` and XMP come along, byte for byte. A
    C2PA manifest does not: its signature is over the media that was re-encoded.

    Args:
        source: the file as it was.
        encoded: the file to change.
        top: the boxes of ``encoded``.

    Raises:
        CannotCarry: the source's ``meta`` refers to places in the file.
        Malformed: where the boxes break.
    """
    moov = sole_moov(top)
    changes = [_removed(box, ()) for box in top if _is_metadata(box)]
    changes += [_removed(box, (moov,)) for box in _metadata(encoded, moov)]
    there = top_level(source)
    within = list(_metadata(source, sole_moov(there)))
    beside = [box for box in there if _is_metadata(box)]
    for box in (*within, *beside):
        if box.type == b"meta" and find(children(source, box), b"iloc"):
            raise CannotCarry("its metadata refers to places in the file (iloc); remux it first")
    for at, found, inside in (
        (content_end(encoded, moov), within, (moov,)),
        (encoded.size, beside, ()),
    ):
        data = b"".join(_whole(source, box) for box in found)
        changes.append(Edit(Span(at, at), data, inside))
    return changes


def _metadata(asset: Asset, moov: Box) -> list[Box]:
    return [b for b in children(asset, moov) if _is_metadata(b) or b.type == b"udta"]


def _is_metadata(box: Box) -> bool:
    return box.type == b"meta" or box.user_type == XMP


def _whole(asset: Asset, box: Box) -> bytes:
    """A box's bytes, with a size of its own even where it ran to the end of the file."""
    if box.open_ended:
        return build(box.type, box.user_type, asset.read(box.body, box.end - box.body))
    return asset.read(box.start, box.size)
