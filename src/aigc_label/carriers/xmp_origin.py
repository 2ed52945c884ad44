"""Where a content comes from, in an XMP packet: IPTC's extension schema, 2025.1.

``DigitalSourceType`` holds one URI, ``AISystemUsed`` and ``AISystemVersionUsed`` words. What was
asked of a model (``AIPromptInformation``) and by whom is never written: it is personal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import xmp_description
from aigc_label.containers import xmlspans
from aigc_label.origin import PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.containers.xmlspans import Element
    from aigc_label.origin import Origin

NAMESPACE = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"


def declared(body: bytes, origin: Origin) -> bytes:
    """A packet's document that states this origin, and no other of the same properties.

    What states it already stays as it stands.

    Raises:
        CannotCarry: if nothing can be added to it.
        Malformed: if it is no XML.
    """
    wanted = origin.properties
    found = [seen for seen in statements(xmlspans.parse(body)) if seen.name in origin.renewed]
    if sorted((seen.name, seen.value) for seen in found) == sorted(wanted.items()):
        return body
    body = xmlspans.spliced(body, [_cut(body, seen) for seen in found])
    inner = "".join(
        f"\n   <Iptc4xmpExt:{name}>{xmlspans.escaped(value)}</Iptc4xmpExt:{name}>"
        for name, value in wanted.items()
    )
    space = {"Iptc4xmpExt": NAMESPACE}
    added = f"{inner}\n  ".encode()
    edit = xmp_description.inserted(body, xmlspans.parse(body), space, added)
    return xmlspans.spliced(body, [edit])


class Statement(NamedTuple):
    """A property: its element, or the index of an attribute of that element."""

    element: Element
    attribute: int | None
    name: str
    value: str


def statements(root: Element) -> Iterator[Statement]:
    """What a packet states of an origin, in document order."""
    for element in root.walk():
        if element.uri == NAMESPACE and element.local in PROPERTIES:
            linked = (value for _, local, value in element.attributes if local == "resource")
            value = next(linked, element.all_text.strip())
            yield Statement(element, None, element.local, value)
        for index, (uri, local, value) in enumerate(element.attributes):
            if uri == NAMESPACE and local in PROPERTIES:
                yield Statement(element, index, local, value)


def _cut(body: bytes, seen: Statement) -> tuple[int, int, bytes]:
    if seen.attribute is None:
        return (*xmlspans.span(body, seen.element), b"")
    _, _, start, end = xmlspans.Tag(body, seen.element.start).plain_attributes()[seen.attribute]
    return start, end, b""
