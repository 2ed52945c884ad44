"""An origin in the package document of an EPUB, as ``meta`` elements.

EPUB 3 takes schema.org's properties under the prefix ``schema``, which needs no declaration (EPUB
3.3, D.1.5); EPUB 2 has the same name in its older form, as accessibility metadata stand there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.carriers import schema_origin, traces, xml_part
from aigc_label.containers import xmlspans
from aigc_label.errors import CannotCarry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.containers.xmlspans import Element
    from aigc_label.model import Signal
    from aigc_label.origin import Origin

_PART = "the package document"


def observe(part: bytes, *, carrier: str) -> Iterator[Signal]:
    """Yield what a package document states of the publication's origin.

    Raises:
        Malformed: it is not well-formed.
    """
    text, _ = xmlspans.as_utf8(part)
    if not schema_origin.mentioned(text.decode("utf-8", "replace")):
        return
    for _, name, value in _statements(xml_part.parsed(text.strip(xmlspans.BLANK), _PART)):
        signal = traces.keyword(name, value, carrier=carrier)
        if signal is not None:
            yield signal


def stated(part: bytes, origin: Origin) -> bytes:
    """The package document with an origin stated, and no other of the same properties.

    Raises:
        CannotCarry: it cannot be edited without loss.
    """
    text, codec = xmlspans.as_utf8(part)
    first, body = xmlspans.trimmed(text)
    root = xml_part.editable(body, _PART)
    wanted = schema_origin.properties(origin)
    found = [seen for seen in _statements(root) if seen[1] in origin.renewed]
    if sorted((name, value) for _, name, value in found) == sorted(wanted.items()):
        return part
    home = metadata(root)
    prefix = xml_part.own_prefix(body, home)
    modern = not (xml_part.attribute(root, "version") or "").startswith(("1", "2"))
    data = "".join(_element(prefix, *one, modern=modern) for one in wanted.items())
    edits = [(*xmlspans.span(body, element), b"") for element, _, _ in found]
    edits.append(xml_part.appended(body, home, data.encode()))
    new = text[:first] + xmlspans.spliced(body, edits) + text[first + len(body) :]
    return new.decode("utf-8").encode(codec) if codec else new


def metadata(root: Element) -> Element:
    """What holds the ``meta`` elements of a package document.

    Raises:
        CannotCarry: there is none.
    """
    home = next((e for e in root.children if e.local == "metadata"), None)
    if home is None:
        raise CannotCarry("the package document has no metadata; repair the EPUB, then label it")
    return next((e for e in home.children if e.local == "x-metadata"), home)  # OPF 1's


def named(element: Element) -> tuple[str, str] | None:
    """The name and the text of a ``meta`` of either version, about the publication as a whole."""
    if element.local != "meta" or xml_part.attribute(element, "refines"):
        return None
    name = xml_part.attribute(element, "name")
    if name is not None:
        return name, xml_part.attribute(element, "content") or ""
    name = xml_part.attribute(element, "property")
    return None if name is None else (name, element.all_text)


def _statements(root: Element) -> Iterator[tuple[Element, str, str]]:
    """The elements that state an origin, each with IPTC's name and what it says."""
    for element in root.walk():
        told = named(element)
        name = schema_origin.property_of(told[0]) if told else None
        if told is not None and name is not None:
            yield element, name, told[1].strip()


def _element(prefix: str, name: str, value: str, *, modern: bool) -> str:
    """A property in the form of EPUB 3 where it has a vocabulary, else in EPUB 2's."""
    known = name == "DigitalSourceType"
    if known and modern:
        content = xmlspans.escaped(value)
        return f'<{prefix}meta property="{schema_origin.NAME}">{content}</{prefix}meta>'
    shown = schema_origin.NAME if known else name
    return f'<{prefix}meta name="{shown}" content={xml_part.quoted(value)}/>'
