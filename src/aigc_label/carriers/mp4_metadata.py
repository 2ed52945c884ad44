"""The label among the metadata of MP4 files: where it stands, and the edits that set it.

The guide's home (TC260-PG-20257A 6.1.1) is ``moov/udta/meta`` with handler ``mdta``: the key
``AIGC`` in ``keys``, its value, the bare JSON as UTF-8, in ``ilst``. A file with iTunes tags has a
``meta`` with handler ``mdir`` in the same place, and a ``meta`` has one handler only. Then the
label gets a second ``meta`` behind that one, which stays as it is. ffmpeg, ExifTool and MediaInfo
read both; mutagen and AtomicParsley read the first, which is theirs.

Elsewhere a label is a copy in a wrong place: read, and removed when the label is written.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_label.carriers import record, traces, xmp
from aigc_label.containers.bmff import (
    Box,
    Edit,
    boxes,
    build,
    children,
    content_end,
    field,
    find,
    sole_moov,
    top_level,
)
from aigc_label.edits import Span
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed
from aigc_label.model import FoundLabel, Signal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aigc_label.asset import Asset
    from aigc_label.model import ImplicitLabel, Observation

HOME = "mp4.keys"
XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""User type of the ``uuid`` box that holds an XMP packet (XMP specification, part 3)."""

C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""User type of the ``uuid`` box that holds a C2PA manifest store."""

_KLING = bytes.fromhex("91ca60614aee385486142d5f73f4ae2e")  # SEI message of the Kling service
_MOST_SLOTS = 4096
_LONGEST_VALUE = record.LONGEST
_LARGEST_KEYS = 1 << 18
_LARGEST_PACKET = 4 << 20
_TEXT_TYPES = {0: "", 1: "utf-8", 2: "utf-16-be", 4: "utf-8", 5: "utf-16-be"}
_TEXT_BOXES = (b"aigc", b"desc", b"dscp", b"cmnt", b"titl", b"info")
_TOOL_NAMES = ("\xa9too", "\xa9swr", "encoder", "software", "com.apple.quicktime.software")


@dataclass(frozen=True, slots=True)
class _Meta:
    """A ``meta`` box of tags.

    Attributes:
        inside: the boxes around its children, itself last.
        handler: ``mdta`` for named keys, ``mdir`` for iTunes tags.
        keys: the box of names, if any.
        names: the keys, with the span of each entry.
        ilst: the box of values, if any.
        items: what is in it.
    """

    inside: tuple[Box, ...]
    handler: bytes
    keys: Box | None
    names: tuple[tuple[str, Span], ...]
    ilst: Box | None
    items: tuple[Box, ...]

    def number(self, item: Box) -> int:
        """The number of the key that a value belongs to, from 1; 0 if it has none."""
        number = int.from_bytes(item.type)
        return number if number <= len(self.names) else 0


@dataclass(frozen=True, slots=True)
class _Slot:
    """A text that may be a label.

    Attributes:
        carrier: id of the place.
        name: what the slot is called.
        text: its value.
        box: what is removed with it.
        inside: the boxes around that.
        meta: the tags it belongs to, ``None`` for a box of its own.
    """

    carrier: str
    name: str
    text: str
    box: Box
    inside: tuple[Box, ...]
    meta: _Meta | None = None

    @property
    def named(self) -> bool:
        return self.name.lower().rpartition(".")[2] == "aigc"

    def parsed(self) -> record.Parsed | None:
        if not self.named and "{" not in self.text and "&quot;" not in self.text:
            return None
        return record.parse(self.text, named=self.named)


# --- reading ------------------------------------------------------------------------------------


def observe(asset: Asset, moov: Box) -> Iterator[Observation]:
    """Yield labels and other statements of origin among the metadata of ``moov``.

    Raises:
        Malformed: where the boxes break; facts yielded before stand.
        LimitExceeded: too many tags.
    """
    for slot in _slots(asset, moov):
        if (parsed := slot.parsed()) is not None:
            odd = ("lower-case-key",) if slot.named and not slot.name.endswith("AIGC") else ()
            yield FoundLabel(
                carrier=slot.carrier,
                fields=parsed.fields,
                quirks=tuple(dict.fromkeys(parsed.quirks + odd)),
                home=slot.carrier == HOME,
                offset=slot.box.start,
            )
        elif (signal := _signal(slot)) is not None:
            yield signal
    for box, _ in _packets(asset, (moov,)):
        yield from _observe_packet(asset, box)


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


def _signal(slot: _Slot) -> Signal | None:
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


def _slots(asset: Asset, moov: Box) -> Iterator[_Slot]:
    """Every text among the metadata of the file that is short enough for a label."""
    for count, slot in enumerate(_all_slots(asset, moov)):
        if count == _MOST_SLOTS:
            raise LimitExceeded(f"more than {_MOST_SLOTS} tags", offset=slot.box.start)
        yield slot


def _all_slots(asset: Asset, moov: Box) -> Iterator[_Slot]:
    for box in boxes(asset, moov.body, moov.end):
        if box.type == b"meta":
            yield from _tags(asset, _meta(asset, box, (moov,)), home=False)
        elif box.type == b"udta":
            for child in boxes(asset, box.body, box.end):
                if child.type == b"meta":
                    yield from _tags(asset, _meta(asset, child, (moov, box)), home=True)
                elif child.type.lower() in _TEXT_BOXES or child.type[0] == 0xA9:
                    yield from _plain(asset, child, (moov, box))


def _plain(asset: Asset, box: Box, inside: tuple[Box, ...]) -> Iterator[_Slot]:
    """A box of ``udta`` that is text, behind a few bytes of length, language or version."""
    if box.end - box.body > _LONGEST_VALUE:
        return
    raw = asset.read(box.body, box.end - box.body)
    name = box.type.decode("latin-1")
    if (brace := raw.find(b"{", 0, 16)) >= 0:
        raw = raw[brace:]
    elif box.type[0] == 0xA9:
        raw = raw[4:]  # QuickTime: length and language
    text = raw.decode("utf-8", "replace").strip("\0")
    yield _Slot("mp4.udta", name, text, box, inside)


def _meta(asset: Asset, box: Box, parents: tuple[Box, ...]) -> _Meta:
    inner = children(asset, box)
    hdlr, keys, ilst = (find(inner, kind) for kind in (b"hdlr", b"keys", b"ilst"))
    return _Meta(
        inside=(*parents, box),
        handler=asset.peek(hdlr.body + 8, 4) if hdlr else b"",
        keys=keys,
        names=tuple(_names(asset, keys)) if keys else (),
        ilst=ilst,
        items=tuple(boxes(asset, ilst.body, ilst.end)) if ilst else (),
    )


def _names(asset: Asset, keys: Box) -> Iterator[tuple[str, Span]]:
    if keys.end - keys.body > _LARGEST_KEYS:
        raise LimitExceeded(f"a table of keys over {_LARGEST_KEYS >> 10} KiB", offset=keys.start)
    raw = field(asset, keys, 0, keys.end - keys.body)
    count = int.from_bytes(raw[4:8])
    at = 8
    for _ in range(count):
        size = int.from_bytes(raw[at : at + 4])
        if size < 8 or at + size > len(raw):
            raise Malformed("the table of metadata keys is damaged", offset=keys.body + at)
        name = raw[at + 8 : at + size].decode("utf-8", "replace").rstrip("\0")
        yield name, Span(keys.body + at, keys.body + at + size)
        at += size


def _tags(asset: Asset, meta: _Meta, *, home: bool) -> Iterator[_Slot]:
    for item in meta.items:
        name, values = "", []
        try:
            for box in (item,) if item.type == b"data" else boxes(asset, item.body, item.end):
                if box.type == b"name" and item.type == b"----":
                    name = asset.peek(box.body + 4, min(box.end - box.body, 256) - 4).decode(
                        "latin-1"
                    )
                elif box.type == b"data" and (text := _value(asset, box)) is not None:
                    values.append(text)
        except Malformed:
            continue  # an item with other contents is none of ours, and others are still to come
        place = "mp4.meta" if meta.inside[-2].type == b"moov" else "mp4.ilst"
        if index := meta.number(item) if meta.keys else 0:
            name = meta.names[index - 1][0]
            place = HOME if home else place
        elif item.type == b"----":
            place = "mp4.freeform"
        else:
            name = item.type.decode("latin-1")
        if meta.ilst is not None:
            for text in values:
                yield _Slot(place, name, text, item, (*meta.inside, meta.ilst), meta)


def _value(asset: Asset, data: Box) -> str | None:
    """The text in a ``data`` box: its type indicator and locale, then the value."""
    codec = _TEXT_TYPES.get(int.from_bytes(field(asset, data, 0, 4)) & 0xFFFFFF)
    length = data.end - data.body - 8
    if codec is None or not 0 <= length <= _LONGEST_VALUE:
        return None
    raw = asset.read(data.body + 8, length)
    if not codec:  # type 0 leaves it to the reader
        codec = "utf-16-be" if raw[:1] == b"\0" or raw[:2] == b"\xfe\xff" else "utf-8"
    return raw.decode(codec, "replace").strip("\0")


def _packets(asset: Asset, top: Iterable[Box]) -> Iterator[tuple[Box, tuple[Box, ...]]]:
    """The boxes that hold XMP packets, each with the boxes around it."""
    for box in top:
        if box.user_type == XMP:
            yield box, ()
        elif box.type == b"moov":
            for child in boxes(asset, box.body, box.end):
                if child.user_type == XMP:
                    yield child, (box,)
                elif child.type == b"udta":
                    for inner in boxes(asset, child.body, child.end):
                        if inner.type == b"XMP_":
                            yield inner, (box, child)


# --- writing ------------------------------------------------------------------------------------


_NAME = struct.pack(">I4s4s", 12, b"mdta", b"AIGC")
_HANDLER = build(b"hdlr", bytes(8), b"mdta", bytes(13))


def edits(asset: Asset, top: Sequence[Box], moov: Box, label: ImplicitLabel) -> list[Edit]:
    """The changes that make ``label`` the only one of the file, at home.

    Raises:
        CannotCarry: a copy stands in an XMP packet that cannot be edited.
        LimitExceeded: too many tags, or too large a packet.
        Malformed: where the boxes break.
    """
    value = record.dump(label).encode()
    labelled = [slot for slot in _slots(asset, moov) if slot.parsed() is not None]
    udta = find(boxes(asset, moov.body, moov.end), b"udta")
    home = None if udta is None else _home(asset, (moov, udta))
    changes = [*_without_packets(asset, top), *_without_copies(asset, labelled, home)]
    if home is not None:
        changes += _rekeyed(asset, home, [s.box for s in labelled if s.meta == home], value)
        return changes
    other, names = _names_beside(asset, moov, {slot.box for slot in labelled})
    keys = build(b"keys", struct.pack(">II", 0, len(names) + 1), *names, _NAME)
    fresh = build(b"meta", bytes(4), _HANDLER, keys, build(b"ilst", _item(len(names) + 1, value)))
    if udta is not None:
        at = content_end(asset, udta)
        return [*changes, Edit(Span(at, at), fresh, (moov, udta))]
    at = other.start if other else content_end(asset, moov)
    return [*changes, Edit(Span(at, at), build(b"udta", fresh), (moov,))]


def _names_beside(asset: Asset, moov: Box, doomed: set[Box]) -> tuple[Box | None, list[bytes]]:
    """The ``meta`` straight under ``moov`` and the keys that stay in it.

    ffmpeg looks every value up in the first table of keys that it meets. So a new table stands
    before that one and begins with its names: then either table names every value rightly.
    """
    for box in boxes(asset, moov.body, moov.end):
        if box.type == b"meta":
            meta = _meta(asset, box, (moov,))
            dropped = {meta.number(item) for item in meta.items if item in doomed}
            kept = [span for n, (_, span) in enumerate(meta.names, 1) if n not in dropped]
            if kept:
                return box, [asset.read(span.start, span.end - span.start) for span in kept]
    return None, []


def _item(number: int, value: bytes) -> bytes:
    """A value of type 1, UTF-8, for no locale in particular."""
    return build(struct.pack(">I", number), build(b"data", struct.pack(">II", 1, 0), value))


def _home(asset: Asset, parents: tuple[Box, Box]) -> _Meta | None:
    """The ``meta`` of ``udta`` that has named keys, if there is one."""
    for box in boxes(asset, parents[-1].body, parents[-1].end):
        if box.type == b"meta":
            meta = _meta(asset, box, parents)
            if meta.handler == b"mdta" or (not meta.handler and meta.keys):
                return meta
    return None


def _without_copies(asset: Asset, labelled: Iterable[_Slot], home: _Meta | None) -> Iterator[Edit]:
    """Remove the labels that stand elsewhere, each with as little around it as can be."""
    tags: dict[_Meta, list[Box]] = {}
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
    asset: Asset, meta: _Meta, labelled: Iterable[Box], value: bytes | None
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


def _keys_changed(asset: Asset, meta: _Meta, dropped: set[int], kept: list[int]) -> Iterator[Edit]:
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


def _without_packets(asset: Asset, top: Iterable[Box]) -> Iterator[Edit]:
    """The XMP packets that hold a label, without it; spaces keep their length."""
    for box, parents in _packets(asset, top):
        length = box.end - box.body
        if length > _LARGEST_PACKET:
            raise LimitExceeded(f"an XMP packet of {length} bytes", offset=box.start)
        new = xmp.without_label(asset.read(box.body, length))
        if new is None:
            continue
        trailer = new.rfind(b"<?xpacket end")
        at = trailer if trailer >= 0 else len(new)
        new = new[:at] + b" " * (length - len(new)) + new[at:]
        yield Edit(Span(box.body, box.end), new, (*parents, box))


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
