"""Adding a description of our own to an XMP packet (ISO 16684-1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.containers import xmlspans
from aigc_label.errors import CannotCarry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aigc_label.containers.xmlspans import Element

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def inserted(
    body: bytes, root: Element, spaces: Mapping[str, str], inner: bytes
) -> tuple[int, int, bytes]:
    """An edit that puts a description at the end of ``rdf:RDF``, about the same resource.

    Args:
        body: the packet's document in UTF-8.
        root: its root.
        spaces: name spaces by prefix.
        inner: the properties.

    Raises:
        CannotCarry: if there is no ``rdf:RDF``.
    """
    rdf = next((e for e in root.walk() if (e.uri, e.local) == (RDF, "RDF")), None)
    if rdf is None:
        raise CannotCarry(
            "the XMP packet holds no rdf:RDF, so nothing can be added to it; "
            "repair or delete the packet, then label again"
        )
    tag = xmlspans.Tag(body, rdf.start)
    prefix = tag.name.rpartition(b":")[0]
    declared = b"" if prefix else f' xmlns:rdf="{RDF}"'.encode()
    declared += "".join(f' xmlns:{name}="{uri}"' for name, uri in spaces.items()).encode()
    prefix = prefix or b"rdf"
    text = (
        b" <%b:Description %b:about=%b%b>" % (prefix, prefix, _about(body, rdf), declared)
        + inner
        + b"</%b:Description>\n " % prefix
    )
    if tag.empty:
        slash = tag.end - 2
        return slash, tag.end, b">\n " + text + b"</%b>" % tag.name
    return rdf.close, rdf.close, text


def _about(body: bytes, rdf: Element) -> bytes:
    """The quoted resource of the first description: all of one packet must be about one."""
    for child in rdf.children:
        plain = xmlspans.Tag(body, child.start).plain_attributes()
        for (uri, local, _), raw in zip(child.attributes, plain, strict=True):
            if local == "about" and uri in (RDF, ""):
                return raw[1]
    return b'""'
