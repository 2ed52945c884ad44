"""Where texts stand among the metadata of MP4, QuickTime and M4A: tags, boxes of text, XMP.

Places are named without the format: ``keys`` of an MP4 is reported as ``mp4.keys``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import record
from aigc_label.containers.bmff import (
    Box,
    boxes,
    children,
    field,
    find,
    held,
    sole_moov,
)
from aigc_label.edits import Span
from aigc_label.errors import LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset

HOME = "keys"
"""The guide's home: key ``AIGC`` of the ``meta`` box with named keys in ``udta``."""

XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""User type of the ``uuid`` box that holds an XMP packet (XMP specification, part 3)."""

MOST_SLOTS = 4096
"""Texts looked at in one file; a film has a few dozen tags."""

LARGEST_PACKET = 4 << 20
"""Bytes of an XMP packet that is edited; a longer one is read so far."""

_LARGEST_KEYS = 1 << 18
_AHEAD = 24  # bytes in which a text begins: some put it into a data box, as in iTunes tags
_TEXT_TYPES = {0: "", 1: "", 2: "utf-16-be", 4: "", 5: "utf-16-be"}
_TEXT_BOXES = (b"aigc", b"desc", b"dscp", b"cmnt", b"titl", b"info", b"auth", b"cprt")


class Meta(NamedTuple):
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


class Slot(NamedTuple):
    """A text that may be a label.

    Attributes:
        place: which of the places it stands in.
        name: what the slot is called.
        text: its value.
        box: what is removed with it.
        inside: the boxes around that.
        meta: the tags it belongs to, ``None`` for a box of its own.
    """

    place: str
    name: str
    text: str
    box: Box
    inside: tuple[Box, ...]
    meta: Meta | None = None

    @property
    def named(self) -> bool:
        """Whether it is called AIGC, in any case and any reverse domain."""
        return self.name.lower().rpartition(".")[2] == "aigc"

    def parsed(self) -> record.Parsed | None:
        """The label in it, if it is one."""
        if not self.named and "{" not in self.text and "&quot;" not in self.text:
            return None
        return record.parse(self.text, named=self.named)


class Place(NamedTuple):
    """A box of metadata.

    Attributes:
        asset: the file, with this box at hand.
        box: the box.
        inside: the boxes around it.
        packed_at: where the compressed header begins that it was in, if it was in one: then it
            stands nowhere in the file itself.
    """

    asset: Asset
    box: Box
    inside: tuple[Box, ...]
    packed_at: int | None = None

    @property
    def is_packet(self) -> bool:
        """Whether it holds an XMP packet."""
        return self.box.user_type == XMP or self.box.type == b"XMP_"


def places(asset: Asset, moov: Box) -> Iterator[Place]:
    """The boxes of metadata in ``moov``, also in a compressed one.

    Raises:
        Malformed: where the boxes break.
        LimitExceeded: too many boxes.
    """
    asset = held(asset, moov)
    for box in boxes(asset, moov.body, moov.end):
        if box.type == b"cmov":
            from aigc_label.containers.bmff import compressed  # noqa: PLC0415 - such files are rare

            plain = compressed.inflated(asset, box)
            inner = sole_moov(boxes(plain, 0, plain.size))
            if find(children(plain, inner), b"cmov") is None:
                yield from (place._replace(packed_at=box.start) for place in places(plain, inner))
        elif box.type == b"udta":
            near = held(asset, box)
            for child in boxes(near, box.body, box.end):
                yield Place(near, child, (moov, box))
        elif box.type == b"meta" or box.user_type == XMP:
            yield Place(held(asset, box), box, (moov,))


def slots(place: Place, counter: Iterator[int]) -> Iterator[Slot]:
    """Every text in a place that is short enough for a label.

    Args:
        place: where to look.
        counter: counts the texts of the whole file.

    Raises:
        Malformed: where the boxes break.
        LimitExceeded: more than :data:`MOST_SLOTS` texts.
    """
    for slot in _slots(place):
        if next(counter) >= MOST_SLOTS:
            raise LimitExceeded(f"more than {MOST_SLOTS} tags", offset=slot.box.start)
        yield slot


def _slots(place: Place) -> Iterator[Slot]:
    box = place.box
    if box.type == b"meta":
        yield from _tags(place.asset, meta_of(place))
    elif box.type.lower() in _TEXT_BOXES or box.type[0] == 0xA9:
        yield from _plain(place)


def _plain(place: Place) -> Iterator[Slot]:
    """A box of ``udta`` that is text, behind a few bytes of length, language, version or type."""
    box = place.box
    if box.end - box.body > record.LONGEST:
        return
    raw = place.asset.read(box.body, box.end - box.body)
    if (brace := raw.find(b"{", 0, _AHEAD)) >= 0:
        raw = raw[brace:]
    elif box.type[0] == 0xA9:
        raw = raw[4:]  # QuickTime: length and language
    text = record.decoded(raw).strip("\0")
    yield Slot("udta", box.type.decode("latin-1"), text, box, place.inside)


def meta_of(place: Place) -> Meta:
    """The tags of a ``meta`` box.

    Raises:
        Malformed: where the boxes break.
        LimitExceeded: too many tags.
    """
    asset, box = place.asset, place.box
    inner = children(asset, box)
    hdlr, keys, ilst = (find(inner, kind) for kind in (b"hdlr", b"keys", b"ilst"))
    return Meta(
        inside=(*place.inside, box),
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


def _tags(asset: Asset, meta: Meta) -> Iterator[Slot]:
    if meta.ilst is None:
        return
    around = (*meta.inside, meta.ilst)
    home = meta.inside[-2].type == b"udta"
    for item in meta.items:
        name, values = item.type.decode("latin-1"), []
        place = "ilst" if home else "meta"
        if (number := meta.number(item)) and meta.keys:
            name = meta.names[number - 1][0]
            place = HOME if home else place
        elif item.type == b"----":
            place = "freeform"
        try:
            for box in (item,) if item.type == b"data" else boxes(asset, item.body, item.end):
                if box.type == b"data":
                    values.append(_value(asset, box))
                elif box.type == b"name" and item.type == b"----":
                    raw = asset.peek(box.body + 4, min(box.end - box.body, 256) - 4)
                    name = raw.decode("latin-1")
        except Malformed:
            continue  # an item with other contents is none of ours, and others are still to come
        for text in values:
            if text is not None:
                yield Slot(place, name, text, item, around, meta)


def _value(asset: Asset, data: Box) -> str | None:
    """The text in a ``data`` box: its type indicator and locale, then the value."""
    codec = _TEXT_TYPES.get(int.from_bytes(field(asset, data, 0, 4)) & 0xFFFFFF)
    length = data.end - data.body - 8
    if codec is None or not 0 <= length <= record.LONGEST:
        return None
    raw = asset.read(data.body + 8, length)
    if not codec and raw[:1] == b"\0":  # type 0 leaves it to the reader
        codec = "utf-16-be"
    return (raw.decode(codec, "replace") if codec else record.decoded(raw)).strip("\0")
