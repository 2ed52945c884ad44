"""The label in an XMP packet: property ``AIGC`` of the TC260 name space, bare JSON.

TC260-PG-20257A, 20259A and 202510A share this scheme. Reading follows name spaces, not prefixes,
and takes every shape met in files: element, attribute, CDATA, escaped twice, split into seven
properties, or copied into a description. Writing splices: bytes that are not the label's stay.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_label.carriers import (
    record,
    traces,
    xmp_description,
    xmp_origin,
    xmp_packet,
    xmp_statements,
)
from aigc_label.carriers.xmp_slots import NAMESPACE, Slot, property_of, slots
from aigc_label.containers import xmlspans
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.model import FoundLabel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.containers.xmlspans import Element
    from aigc_label.model import ImplicitLabel, Observation
    from aigc_label.origin import Origin

_RDF = xmp_description.RDF
# A packet that holds none of these is not worth a parser.
_LABEL_WORDS = (b"AIGC", b"aigc", b"Aigc", b"ContentProducer", b"ReservedCode")
_LOOSE = r"""(?i:AIGC)(?:\s[^<>{}]{0,400}>|\s{0,8}(?:>|=\s{0,8}["']))\s{0,8}(?=\{)"""
_LOOSE_SOURCE = rb"igitalsourcetype/(\w{1,60})"


def observe(
    packet: bytes, *, carrier: str, home: bool, offset: int | None
) -> Iterator[Observation]:
    """Yield the labels and other statements of origin in a packet. Never raises.

    Args:
        packet: the packet in UTF-8 or UTF-16, with or without its wrapper and padding.
        carrier: the id of the place. A label in another property than ``AIGC`` is reported at
            ``carrier`` + ``.`` + that property, and is not at home.
        home: whether the guides allow an XMP packet here.
        offset: of the packet in the file, if it stands there as it is.
    """
    text, _ = xmlspans.as_utf8(packet)
    body = text.strip(xmlspans.BLANK)
    if (value := xmp_packet.value_of(body)) is not None:
        if (parsed := record.parse(value, named=True)) is not None:
            fields, quirks = parsed
            yield FoundLabel(
                carrier=carrier, fields=fields, quirks=quirks, home=home, offset=offset
            )
        return
    labelled = _mentions(text, _LABEL_WORDS)
    signalled = xmp_statements.may_speak(text)
    if not (labelled or signalled):
        return
    try:
        root = xmlspans.parse(body)
    except Malformed:
        yield from _observe_loosely(text, carrier=carrier, home=home, offset=offset)
        return
    if labelled:
        for slot in slots(root):
            if slot.parsed is not None:
                yield FoundLabel(
                    carrier=carrier if slot.named else f"{carrier}.{property_of(slot)}",
                    fields=slot.parsed.fields,
                    quirks=slot.parsed.quirks + slot.quirks,
                    home=home and slot.named,
                    offset=offset,
                )
    if signalled:
        yield from xmp_statements.signals(root, carrier)


def holds_label(packet: bytes) -> bool:
    """Whether a label stands anywhere in the packet."""
    return any(
        isinstance(found, FoundLabel)
        for found in observe(packet, carrier="", home=False, offset=None)
    )


def updated(packet: bytes | None, label: ImplicitLabel, *, limit: int | None = None) -> bytes:
    """The packet with ``label`` as its only label, in the guides' form; ``None`` makes one.

    The property is replaced where it stands as an element, and added as a description of its
    own otherwise. All other bytes stay, but for the padding: a packet that has some keeps its
    size as long as that lasts, and a new one gets some.

    Args:
        packet: an XMP packet, or ``None``.
        label: what to write.
        limit: the most bytes that the result may have.

    Raises:
        CannotCarry: if the packet is not XMP that can be edited without loss, or outgrows
            ``limit``.
    """
    value = xmlspans.escaped(record.dump(label)).encode()
    if packet is None or _is_blank(packet):
        new, codec = xmp_packet.labelled(value, label.origin), None
    else:
        text, codec = xmlspans.as_utf8(packet)
        new = _edited(text, value, label.origin)
    if limit is not None and len(new) > limit:
        new = _padded(new, len(new)).rstrip(xmlspans.BLANK)
    new = new.decode("utf-8").encode(codec) if codec else new
    if limit is not None and len(new) > limit:
        raise CannotCarry(
            f"the XMP packet would take {len(new)} bytes, and {limit} fit here; "
            "shorten the label's reserved codes or the other metadata"
        )
    return new


def _is_blank(packet: bytes) -> bool:
    return not packet.strip(xmlspans.BLANK + b"\xef\xbb\xbf")


def _edited(text: bytes, value: bytes, origin: Origin | None) -> bytes:
    """A packet in UTF-8 with the label's value, its own size kept as far as it was padded."""
    first, body = xmlspans.trimmed(text)
    root = _parsed(body)
    edits: list[tuple[int, int, bytes]] = []
    home: Slot | None = None
    for slot in slots(root):
        if home is None and _is_home(slot):
            home = slot
            edits.append(_setting(body, slot.element, value))
        else:
            edits.append(_cut(body, slot))
    if home is None:
        inner = b"\n   <TC260:AIGC>" + value + b"</TC260:AIGC>\n  "
        edits.append(xmp_description.inserted(body, root, {"TC260": NAMESPACE}, inner))
    ours = xmlspans.spliced(body, edits)
    if origin is not None:
        ours = xmp_origin.declared(ours, origin)
    new = text[:first] + ours + text[first + len(body) :]
    return _padded(new, len(new) - len(text))


def with_origin(packet: bytes | None, origin: Origin) -> bytes:
    """The packet with an origin stated, whatever else it holds; ``None`` makes one.

    For formats whose label stands elsewhere.

    Raises:
        CannotCarry: if the packet is not XMP that can be edited without loss.
    """
    if packet is None or _is_blank(packet):
        return xmp_packet.stating(origin)
    text, codec = xmlspans.as_utf8(packet)
    first, body = xmlspans.trimmed(text)
    _parsed(body)
    new = text[:first] + xmp_origin.declared(body, origin) + text[first + len(body) :]
    new = _padded(new, len(new) - len(text))
    return new.decode("utf-8").encode(codec) if codec else new


def without_label(packet: bytes) -> bytes | None:
    """The packet without any label, all else as it was; ``None`` if it holds none.

    Only for the copies of a label that is being written elsewhere in the same file.

    Raises:
        CannotCarry: if it holds one but is not well-formed.
    """
    text, codec = xmlspans.as_utf8(packet)
    if not _mentions(text, _LABEL_WORDS) or not holds_label(packet):
        return None
    first, body = xmlspans.trimmed(text)
    edits = [_cut(body, slot) for slot in slots(_parsed(body))]
    new = text[:first] + xmlspans.spliced(body, edits) + text[first + len(body) :]
    return new.decode("utf-8").encode(codec) if codec else new


def _mentions(text: bytes, words: tuple[bytes, ...]) -> bool:
    return any(word in text for word in words)


def _parsed(body: bytes) -> Element:
    try:
        return xmlspans.parse(body)
    except Malformed as error:
        raise CannotCarry(
            f"the XMP packet is damaged ({error.reason}), and rewriting it could lose metadata; "
            "repair or delete the packet, then label again"
        ) from None


def _observe_loosely(
    text: bytes, *, carrier: str, home: bool, offset: int | None
) -> Iterator[Observation]:
    """What a packet that no parser takes still shows."""
    if _mentions(text, _LABEL_WORDS):
        import html  # noqa: PLC0415 - only damaged packets need it

        plain = html.unescape(text[: record.LONGEST].decode("utf-8", "replace"))
        for _, parsed in record.scan(re.sub(_LOOSE, "AIGC", plain).encode("utf-8", "replace")):
            yield FoundLabel(
                carrier=carrier,
                fields=parsed.fields,
                quirks=(*parsed.quirks, "malformed-xml"),
                home=home,
                offset=offset,
            )
    source = re.search(_LOOSE_SOURCE, text)
    if source is not None:
        signal = traces.digital_source(source[1].decode("utf-8", "replace"), carrier=carrier)
        if signal is not None:
            yield signal


def _is_home(slot: Slot) -> bool:
    """Whether the slot is the guides' property as an element, directly in a description."""
    element, parent = slot.element, slot.element.parent
    return (
        slot.attribute is None
        and (element.uri, element.local) == (NAMESPACE, "AIGC")
        and parent is not None
        and (parent.uri, parent.local) == (_RDF, "Description")
    )


def _setting(body: bytes, element: Element, value: bytes) -> tuple[int, int, bytes]:
    """Give the property its value; its tag too, unless it is the guides' already."""
    tag = xmlspans.Tag(body, element.start)
    if tag.name == b"TC260:AIGC" and not tag.attributes and not tag.empty:
        return tag.end, element.close, value
    opened = f'<TC260:AIGC xmlns:TC260="{NAMESPACE}">'.encode()
    return (*xmlspans.span(body, element), opened + value + b"</TC260:AIGC>")


def _cut(body: bytes, slot: Slot) -> tuple[int, int, bytes]:
    tag = xmlspans.Tag(body, slot.element.start)
    if slot.attribute is not None:
        _, _, start, end = tag.plain_attributes()[slot.attribute]
        return start, end, b""
    if slot.named:
        return (*xmlspans.span(body, slot.element), b"")
    return tag.end, slot.element.close, b""


def _padded(text: bytes, surplus: int) -> bytes:
    """Take ``surplus`` bytes from the white space in front of the packet's trailer, or add them.

    As far as there is white space; a packet that was not padded stays so.
    """
    trailer = text.rfind(b"<?xpacket end")
    start = len(text[:trailer].rstrip(xmlspans.BLANK))
    if trailer < 0 or trailer - start < 2:
        return text
    keep = max(trailer - start - max(surplus, 0), 1)
    return text[:start] + b" " * -surplus + text[trailer - keep :]
