"""An origin in a document's XMP packet (ISO 32000-1 14.3.2), for PDF.

PDF/A-1 to 3 ask that a packet describes the properties that are none of XMP's own (ISO 19005-1
6.7.8): a document that says it is one of these gets the description too, and stays what it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.carriers import xml_part, xmp, xmp_description, xmp_origin
from aigc_label.containers import xmlspans
from aigc_label.errors import InvalidLabel, Malformed
from aigc_label.origin import PROPERTIES, SOURCE_TYPES, Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.containers.xmlspans import Element

_IDENTITY = "http://www.aiim.org/pdfa/ns/id/"
_SPACES = {
    "pdfaExtension": "http://www.aiim.org/pdfa/ns/extension/",
    "pdfaSchema": "http://www.aiim.org/pdfa/ns/schema#",
    "pdfaProperty": "http://www.aiim.org/pdfa/ns/property#",
}
_DESCRIBING_PARTS = ("1", "2", "3")  # of ISO 19005; the fourth no longer asks for it
_MEANS = {
    "DigitalSourceType": ("URI", "The type of the source of this digital content"),
    "AISystemUsed": ("Text", "The AI system that made or changed the content"),
    "AISystemVersionUsed": ("Text", "The version of the AI system"),
}


def stated(packet: bytes, origin: Origin) -> bytes:
    """The packet with an origin stated; an empty one is made.

    Raises:
        CannotCarry: it is not XMP that can be edited without loss.
    """
    return xmp.with_origin(_describing(packet) if packet else None, origin)


def candidates(packet: bytes) -> Iterator[Origin | None]:
    """What may have been stated to make the packet what it is: nothing, all of it, the type."""
    yield None
    text, _ = xmlspans.as_utf8(packet)
    try:
        root = xmlspans.parse(xmlspans.trimmed(text)[1])
    except Malformed:
        return
    found = {seen.name: seen.value for seen in xmp_origin.statements(root)}
    kind, system, version = (found.get(name, "") for name in PROPERTIES)
    term = kind.removeprefix(SOURCE_TYPES)
    try:
        if term:
            yield Origin(source_type=term, system=system, version=version)
            yield Origin(source_type=term)
    except InvalidLabel:  # somebody else's words
        return


def _describing(packet: bytes) -> bytes:
    """The packet with a description of IPTC's properties, where PDF/A asks for one."""
    text, codec = xmlspans.as_utf8(packet)
    first, body = xmlspans.trimmed(text)
    try:
        root = xmlspans.parse(body)
    except Malformed:
        return packet  # whoever writes into it says so
    if _part(root) not in _DESCRIBING_PARTS:
        return packet
    edit = _description(body, root)
    if edit is None:
        return packet
    new = text[:first] + xmlspans.spliced(body, [edit]) + text[first + len(body) :]
    return new.decode("utf-8").encode(codec) if codec else new


def _part(root: Element) -> str:
    """The part of ISO 19005 that the document says it keeps, ``""`` if none."""
    for element in root.walk():
        if (element.uri, element.local) == (_IDENTITY, "part"):
            return element.all_text.strip()
        for uri, local, value in element.attributes:
            if (uri, local) == (_IDENTITY, "part"):
                return value.strip()
    return ""


def _description(body: bytes, root: Element) -> xml_part.Edit | None:
    """The edit that describes what is not described yet."""
    bag = _inner(root, "pdfaExtension", "schemas", "Bag")
    for schema in bag.children if bag else ():
        if any(e.all_text.strip() == xmp_origin.NAMESPACE for e in schema.children):
            return _completed(body, schema)
    whole = _item(
        f"<pdfaSchema:schema>IPTC Extension</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{xmp_origin.NAMESPACE}</pdfaSchema:namespaceURI>"
        f"<pdfaSchema:prefix>Iptc4xmpExt</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{_properties(PROPERTIES)}</rdf:Seq></pdfaSchema:property>"
    )
    if bag is not None:
        return xml_part.appended(body, bag, whole)
    inner = b'\n   <pdfaExtension:schemas><rdf:Bag xmlns:rdf="%b">%b</rdf:Bag>' % (
        xmp_description.RDF.encode(),
        whole,
    )
    return xmp_description.inserted(body, root, _SPACES, inner + b"</pdfaExtension:schemas>\n  ")


def _completed(body: bytes, schema: Element) -> xml_part.Edit | None:
    """The edit that describes the properties which a description of the schema leaves out."""
    described = _inner(schema, "pdfaSchema", "property", "Seq")
    if described is None:
        return None
    names = {
        element.all_text.strip()
        for element in described.walk()
        if (element.uri, element.local) == (_SPACES["pdfaProperty"], "name")
    }
    missing = _properties(name for name in PROPERTIES if name not in names)
    return xml_part.appended(body, described, missing.encode()) if missing else None


def _inner(root: Element, prefix: str, local: str, kind: str) -> Element | None:
    """The array in the first property of that name."""
    for element in root.walk():
        if (element.uri, element.local) == (_SPACES[prefix], local):
            arrays = (
                e for e in element.children if (e.uri, e.local) == (xmp_description.RDF, kind)
            )
            return next(arrays, None)
    return None


def _item(inner: str) -> bytes:
    """An element of an array, with the prefixes that ISO 19005-1 asks for."""
    spaces = "".join(f' xmlns:{name}="{_SPACES[name]}"' for name in ("pdfaSchema", "pdfaProperty"))
    start = f'<rdf:li xmlns:rdf="{xmp_description.RDF}" rdf:parseType="Resource"{spaces}>'
    return f"{start}{inner}</rdf:li>".encode()


def _properties(names: Iterator[str] | tuple[str, ...]) -> str:
    return "".join(
        _item(
            f"<pdfaProperty:name>{name}</pdfaProperty:name>"
            f"<pdfaProperty:valueType>{_MEANS[name][0]}</pdfaProperty:valueType>"
            "<pdfaProperty:category>external</pdfaProperty:category>"
            f"<pdfaProperty:description>{_MEANS[name][1]}</pdfaProperty:description>"
        ).decode()
        for name in names
    )
