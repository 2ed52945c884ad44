"""Where a label stands in an XMP packet: every shape met in files.

An element or an attribute called AIGC, a label copied into another property, or its seven keys as
properties of their own.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from aigc_label.carriers import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.carriers.record import Parsed
    from aigc_label.containers.xmlspans import Element

NAMESPACE = "http://www.tc260.org.cn/ns/AIGC/1.0/"

_NAMESPACES = (NAMESPACE, "http://ns.adobe.com/AIGC/1.0/")  # the second: one vendor's, 2025
_MOST_TRIES = 256  # texts of one packet taken for a label's; a hostile packet is full of them
_MOST_PARTS = 64  # elements within one label: seven keys and some structure


class Slot:
    """A place that holds a label, or a part of one.

    Attributes:
        parsed: the label, at the first of its places; ``None`` at the others.
        element: the element it is, or whose attribute or text it is.
        attribute: index among the element's attributes; ``None`` for the element itself.
        named: whether the property is called AIGC or a key of Annex E, and goes as a whole.
        quirks: how the property deviates.
    """

    __slots__ = ("attribute", "element", "named", "parsed", "quirks")

    def __init__(
        self,
        parsed: Parsed | None,
        element: Element,
        attribute: int | None = None,
        *,
        named: bool,
        quirks: tuple[str, ...] = (),
    ) -> None:
        self.parsed = parsed
        self.element = element
        self.attribute = attribute
        self.named = named
        self.quirks = quirks


def slots(root: Element) -> Iterator[Slot]:
    """Every place of a label, in document order; after :data:`_MOST_TRIES` no more are sought."""
    tries = 0
    stack = [root]
    while stack and tries < _MOST_TRIES:
        element = stack.pop()
        if element.local.lower() == "aigc":
            tries += 1
            parsed, quirks = _structured(element)
            if parsed is not None or element.uri == NAMESPACE:
                yield Slot(parsed, element, named=True, quirks=quirks)
                continue
        elif not element.children and _may_be_label(element.text):
            tries += 1
            if (parsed := record.parse(element.text, named=False)) is not None:
                yield Slot(parsed, element, named=False)
        for index, (uri, local, value) in enumerate(element.attributes):
            named = local.lower() == "aigc"
            if (named or _may_be_label(value)) and tries < _MOST_TRIES:
                tries += 1
                parsed = record.parse(value, named=named)
                if parsed is not None or (named and uri == NAMESPACE):
                    quirks = _naming(uri, local) if named else ()
                    yield Slot(parsed, element, index, named=named, quirks=quirks)
        children = element.children
        if split := _split(element):
            yield from split
            taken = {id(slot.element) for slot in split if slot.attribute is None}
            children = [child for child in children if id(child) not in taken]
        stack.extend(reversed(children))


def _structured(element: Element) -> tuple[Parsed | None, tuple[str, ...]]:
    """The label in an element called AIGC: its text, or the seven keys as what it contains."""
    quirks = _naming(element.uri, element.local)
    inner = list(islice(element.walk(), 1, _MOST_PARTS + 1))
    if len(inner) == _MOST_PARTS:
        return None, quirks
    if any(e.local.lower() == "aigc" for e in inner):
        quirks += ("nested",)
    parsed = record.parse(element.all_text, named=True)
    if parsed is not None:
        return parsed, quirks
    keys = {e.local: e.text.strip() for e in inner if not e.children}
    for e in (element, *inner):
        for _, local, value in e.attributes:
            keys.setdefault(local, value)
            if local.lower() == "aigc" and (parsed := record.parse(value, named=True)) is not None:
                return parsed, quirks
    keys = {key: value for key, value in keys.items() if key not in _SYNTAX}
    return record.from_mapping(keys, named=True), (*quirks, "split-properties")


_SYNTAX = ("about", "parseType", "lang", "datatype", "resource", "nodeID", "Description", "AIGC")


def _split(element: Element) -> list[Slot]:
    """The keys as properties of their own on one description: ours, or enough of them anywhere."""
    properties = [(uri, local) for uri, local, _ in element.attributes]
    properties += [(child.uri, child.local) for child in element.children]
    if not any(_is_part(uri, local) for uri, local in properties):
        return []
    for ours in (True, False):
        found, values = _parts(element, ours=ours)
        parsed = record.from_mapping(values, named=ours) if values else None
        if parsed is not None:
            found[0].parsed = parsed
            found[0].quirks += ("split-properties",)
            return found
    return []


def _is_part(uri: str, local: str) -> bool:
    """Whether a property is of the label's name spaces, or another that is called as its keys."""
    return local.lower() != "aigc" if uri in _NAMESPACES else record.is_key(local)


def _parts(element: Element, *, ours: bool) -> tuple[list[Slot], dict[str, str]]:
    """Properties of the label's name spaces, or those of others that are called as its keys."""
    found: list[Slot] = []
    values: dict[str, str] = {}

    def counts(uri: str, local: str) -> bool:
        return _is_part(uri, local) and (uri in _NAMESPACES) == ours

    for index, (uri, local, value) in enumerate(element.attributes):
        if counts(uri, local):
            found.append(Slot(None, element, index, named=True, quirks=_naming(uri, "AIGC")))
            values.setdefault(local, value)
    for child in element.children:
        if counts(child.uri, child.local):
            found.append(Slot(None, child, named=True, quirks=_naming(child.uri, "AIGC")))
            values.setdefault(child.local, child.all_text.strip())
    return found, values


def _may_be_label(text: str) -> bool:
    """Whether a property of another name may hold one: its whole text must be it then."""
    return "{" in text and ("AIGC" in text or "aigc" in text or "ContentProducer" in text)


def _naming(uri: str, local: str) -> tuple[str, ...]:
    return (("xmp-namespace",) if uri != NAMESPACE else ()) + (
        ("lower-case-key",) if local != "AIGC" else ()
    )


def property_of(slot: Slot) -> str:
    """The name of the top-level property that a slot belongs to, lower case."""
    if slot.attribute is not None:
        return slot.element.attributes[slot.attribute][1].lower()
    element = slot.element
    while element.parent is not None and element.parent.local != "Description":
        element = element.parent
    return element.local.lower()
