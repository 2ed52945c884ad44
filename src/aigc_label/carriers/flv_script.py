"""The label in FLV's script data: the AMF0 string ``AIGC`` of ``onMetaData`` (TC260-PG-20257A).

Read also where it does not belong: under other names, deeper, in other events, in the XMP of
``onXMPData``. Written behind all other properties, since ffmpeg stops reading at a string of more
than 1,023 bytes: it then misses the label, but no other value.

An origin is stated in the packet of ``onXMPData`` (XMP specification, part 3) if the file has one,
else as properties of ``onMetaData`` of IPTC's names. Such a packet is not added: ffmpeg takes the
tag for a stream of an unknown codec that begins at 0, shifts the times of films that begin later,
and refuses to copy all streams into another container.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from aigc_label.carriers import keyword, record, xmp
from aigc_label.containers import amf0
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.model import FoundLabel

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from aigc_label.containers.amf0 import Item, Walk
    from aigc_label.model import ImplicitLabel, Observation
    from aigc_label.origin import Origin

HOME = "flv.onmetadata"

_EVENT = b"onMetaData"
_PACKET = (b"onXMPData", (b"liveXML",))
_POSITIONS = (b"keyframes", b"filepositions")
_LAST_POSITION = (b"lastkeyframelocation",)
_SIZE = (b"filesize",)


def observe(data: bytes, *, offset: int) -> Iterator[Observation]:
    """Yield the labels and other statements of origin in the data of one script tag.

    Args:
        data: the tag's data.
        offset: where it begins in the file.

    Raises:
        Malformed: at the end, if ``onMetaData`` breaks off.
    """
    found = amf0.walk(data)
    main = _main(data, found)
    for item in found.items:
        if item.kind in amf0.TEXTS and item.at:  # the first is the event's own name
            yield from _seen(data, item, main, offset)
    if found.fault is not None and _event(data, found) == _EVENT:
        raise Malformed("onMetaData breaks off", offset=offset + found.fault)


def _seen(data: bytes, item: Item, main: Item | None, offset: int) -> Iterator[Observation]:
    value, name = amf0.text(data, item), item.names[-1] if item.names else b""
    if _is_packet(value):
        yield from xmp.observe(value, carrier="flv.xmp", home=False, offset=offset + item.start)
        return
    if main is not None and _is_slot(item, main):
        home = item.kind == amf0.STRING  # ffmpeg and mediainfo read no long ones
        carrier = HOME if home else "flv.longstring"
    else:
        carrier, home = "flv.comment" if main is not None else "flv.script", False
    yield from keyword.observe(
        name, value[: record.LONGEST], carrier=carrier, home=home, offset=offset + item.at
    )


def _event(data: bytes, found: Walk) -> bytes:
    first = found.items[0] if found.items else None
    return amf0.text(data, first) if first is not None and first.kind == amf0.STRING else b""


def _main(data: bytes, found: Walk) -> Item | None:
    """What holds the properties of ``onMetaData``; ``None`` for other events."""
    if _event(data, found) != _EVENT:
        return None
    return next((i for i in found.items if i.holder < 0 and i.kind in amf0.HOLDERS), None)


def _is_slot(item: Item, main: Item) -> bool:
    return item.holder == main.start and keyword.is_named(item.names[-1])


def _is_stated(item: Item, main: Item, names: Collection[str]) -> bool:
    if item.holder != main.start or item.kind not in amf0.TEXTS:
        return False
    return item.names[-1].lower() in {name.lower().encode() for name in names}


def _is_packet(value: bytes) -> bool:
    return b"<x:xmpmeta" in value or b"<rdf:RDF" in value


def is_home(data: bytes) -> bool:
    """Whether this is ``onMetaData`` with properties.

    Raises:
        Malformed: if it breaks off, so that nothing can be put into it.
    """
    found = amf0.walk(data)
    if found.fault is not None and _event(data, found) == _EVENT:
        raise Malformed(
            "onMetaData is damaged; copy the film with `ffmpeg -i in.flv -c copy out.flv`, then "
            "label the copy",
            offset=found.fault,
        )
    return _main(data, found) is not None


def new(label: ImplicitLabel, origin: Origin | None = None) -> bytes:
    """Script data with nothing but the label, and an origin if one is to be stated here.

    Raises:
        CannotCarry: if the label is too long for a string.
    """
    return amf0.string(_EVENT) + amf0.ecma_array(*_stated(origin), _property(label))


def _stated(origin: Origin | None) -> Iterator[bytes]:
    """The properties that state an origin."""
    for name, value in (origin.properties if origin else {}).items():
        yield amf0.named(name.encode(), _string(value.encode(), amf0.STRING))


def _string(value: bytes, kind: int) -> bytes:
    """A string of that kind, or a long one if it has to be."""
    fits = kind != amf0.STRING or len(value) <= amf0.LONGEST_STRING
    return amf0.string(value, kind if fits else amf0.LONG_STRING)


def _property(label: ImplicitLabel) -> bytes:
    value = record.dump(label).encode()
    if len(value) > amf0.LONGEST_STRING:
        raise CannotCarry(
            f"the label has {len(value)} bytes, and a string in FLV script data at most "
            f"{amf0.LONGEST_STRING}; shorten its reserved codes"
        )
    return amf0.named(b"AIGC", amf0.string(value))


def with_origin(data: bytes, origin: Origin) -> bytes | None:
    """Script data whose XMP packet states an origin; ``None`` if it is not the file's packet.

    Raises:
        CannotCarry: if the packet is not XMP that can be edited without loss.
    """
    found = amf0.walk(data)
    for item in found.items:
        if item.kind in amf0.TEXTS and (_event(data, found), item.names) == _PACKET:
            packet = xmp.with_origin(amf0.text(data, item), origin)
            return data[: item.start] + _string(packet, item.kind) + data[item.end :]
    return None


def edited(
    data: bytes,
    label: ImplicitLabel | None,
    *,
    origin: Origin | None = None,
    renewed: Collection[str] = (),
) -> bytes:
    """Script data with this label as its only one, or without any; all else as it is.

    Args:
        data: of one tag.
        label: what to write; ``None`` for nothing.
        origin: what to state beside it.
        renewed: properties of IPTC's names that go, since they are stated anew.

    Raises:
        CannotCarry: if the label is too long, or stands in XMP that cannot be edited without loss.
    """
    found = amf0.walk(data)
    main = _main(data, found)
    edits: list[tuple[int, int, bytes]] = []
    fewer: dict[int, int] = {}  # properties taken out, by what held them
    behind = 0
    for item in found.items:
        if item.at < behind or not item.at:
            continue  # inside one that goes, or the event's name
        slot = main is not None and (_is_slot(item, main) or _is_stated(item, main, renewed))
        if not slot and item.kind not in amf0.TEXTS:
            continue
        if not slot and (packet := _without_label(data, item)) is not None:
            edits.append((item.start, item.end, packet))
        elif slot or any(isinstance(s, FoundLabel) for s in _seen(data, item, None, 0)):
            if item.at < item.start:
                edits.append((item.at, item.end, b""))
                fewer[item.holder] = fewer.get(item.holder, 0) + 1
            else:  # an element has no name to go with it
                edits.append((item.start, item.end, amf0.string(b"")))
            behind = item.end
    if label is not None and main is not None:
        added = [*_stated(origin), _property(label)]
        edits.append((main.last, main.last, b"".join(added)))
        fewer[main.start] = fewer.get(main.start, 0) - len(added)
    edits += _counts(data, found, fewer)
    out, at = [], 0
    for start, end, value in sorted(edits):
        out += [data[at:start], value]
        at = end
    return b"".join((*out, data[at:]))


def _without_label(data: bytes, item: Item) -> bytes | None:
    """A string that holds an XMP packet, without the packet's label; ``None`` if it has none."""
    value = amf0.text(data, item)
    packet = xmp.without_label(value) if _is_packet(value) else None
    return None if packet is None else amf0.string(packet, item.kind)


def _counts(data: bytes, found: Walk, fewer: dict[int, int]) -> Iterator[tuple[int, int, bytes]]:
    """The edits to the counts of ECMA arrays: most readers take them for a hint, mediainfo not."""
    for at, gone in fewer.items():
        if at >= 0 and data[at] == amf0.ECMA_ARRAY:
            count = sum(item.holder == at for item in found.items) - gone
            yield at + 1, at + 5, count.to_bytes(4, "big")


def moved(data: bytes, place: Callable[[int], int], sizes: tuple[int, int]) -> bytes:
    """Script data whose offsets of keyframes, and the file's size, are right again.

    Args:
        data: of a script tag; other events than ``onMetaData`` stay as they are.
        place: the new offset for an old one.
        sizes: the file's size before and after; one that was wrong stays as it is.
    """
    found = amf0.walk(data)
    if _main(data, found) is None:
        return data
    out = bytearray(data)
    for item in found.items:
        if item.kind not in (amf0.NUMBER, amf0.NUMBERS):
            continue
        if item.names[:2] == _POSITIONS or item.names == _LAST_POSITION:
            first = item.start + (6 if item.kind == amf0.NUMBERS else 1)
            for at in range(first, item.end, 9):
                _renumber(out, at, place)
        elif item.names == _SIZE and item.kind == amf0.NUMBER:
            _renumber(out, item.start + 1, lambda size: dict([sizes]).get(size, size))
    return bytes(out)


def _renumber(data: bytearray, at: int, place: Callable[[int], int]) -> None:
    (number,) = struct.unpack_from(">d", data, at)
    if 0 <= number < 1 << 53 and number.is_integer():
        struct.pack_into(">d", data, at, place(int(number)))
