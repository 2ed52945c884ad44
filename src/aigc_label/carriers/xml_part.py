"""The label as one named entry in an XML part of a document: a property, a meta element.

What such an entry looks like is a :class:`Dialect`; finding, replacing and taking it out is the
same for all. Bytes that are not the label's stay. A label in any other text of the part is read
too, not at home, and goes when the label is written.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import record, xmp
from aigc_label.containers import xmlspans
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.model import FoundLabel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aigc_label.containers.xmlspans import Element
    from aigc_label.model import ImplicitLabel, Observation

    Edit = tuple[int, int, bytes]

_WORDS = (b"AIGC", b"aigc", b"Aigc", b"&#")  # a name may be written with references
_KEY = "AIGC"


class Dialect(NamedTuple):
    """How one kind of part holds named entries.

    Attributes:
        part: the part's name, for messages.
        carrier: the id of the place.
        elsewhere: the id for a label in another text of the part.
        entry: the name and the text of an element that is an entry, ``None`` for any other.
        written: ``(body, root, entry, text)``: the edit that puts the label's text there, instead
            of an entry or, without one, as a new entry.
    """

    part: str
    carrier: str
    elsewhere: str
    entry: Callable[[Element], tuple[str, str] | None]
    written: Callable[[bytes, Element, Element | None, str], Edit]


def observe(
    part: bytes, dialect: Dialect, *, home: bool, offset: int | None
) -> Iterator[Observation]:
    """Yield the labels and other statements of origin in a part.

    Raises:
        Malformed: it is not well-formed XML.
    """
    text, _ = xmlspans.as_utf8(part)
    entries: list[Element] = []
    if any(word in text for word in _WORDS):
        body = text.strip(xmlspans.BLANK)
        root = parsed(body, dialect.part)
        for element, name, value in _entries(root, dialect):
            entries.append(element)
            label = record.parse(value, named=True)
            if label is not None:
                slip = () if name == _KEY else ("lower-case-key",)
                yield FoundLabel(
                    carrier=dialect.carrier,
                    fields=label.fields,
                    quirks=label.quirks + slip,
                    home=home,
                    offset=offset,
                )
        text = xmlspans.spliced(body, [(*xmlspans.span(body, element), b"") for element in entries])
    yield from observe_elsewhere(text, carrier=dialect.elsewhere, offset=offset)


def observe_elsewhere(part: bytes, *, carrier: str, offset: int | None) -> Iterator[Observation]:
    """Yield what the texts of a part say that has no entry for a label. Never raises."""
    for seen in xmp.observe(part, carrier=carrier, home=False, offset=offset):
        yield replace(seen, carrier=carrier) if isinstance(seen, FoundLabel) else seen


def elsewhere_cleared(part: bytes) -> bytes | None:
    """A part without the labels in its texts, ``None`` if it has none; entries are none of these.

    Raises:
        CannotCarry: it cannot be edited without loss.
    """
    return xmp.without_label(part)


def updated(part: bytes, dialect: Dialect, label: ImplicitLabel) -> bytes:
    """The part with ``label`` as its only one.

    Raises:
        CannotCarry: if it is no XML that can be edited without loss.
    """
    cleared = elsewhere_cleared(_without_entries(part, dialect))
    text, codec = xmlspans.as_utf8(part if cleared is None else cleared)
    first, body = xmlspans.trimmed(text)
    root = editable(body, dialect.part)
    entries = [element for element, _, _ in _entries(root, dialect)]
    edits = [dialect.written(body, root, entries[0] if entries else None, record.dump(label))]
    edits += [(*xmlspans.span(body, element), b"") for element in entries[1:]]
    new = text[:first] + xmlspans.spliced(body, edits) + text[first + len(body) :]
    return new.decode("utf-8").encode(codec) if codec else new


def without_label(part: bytes, dialect: Dialect) -> bytes | None:
    """The part without any label, ``None`` if it held none.

    Only for the copies of a label that is being written elsewhere in the same file.

    Raises:
        CannotCarry: as :func:`updated`.
    """
    seen = observe(part, dialect, home=False, offset=None)
    if not any(isinstance(found, FoundLabel) for found in seen):
        return None
    bare = _without_entries(part, dialect)
    rest = elsewhere_cleared(bare)
    return bare if rest is None else rest


def _without_entries(part: bytes, dialect: Dialect) -> bytes:
    text, codec = xmlspans.as_utf8(part)
    first, body = xmlspans.trimmed(text)
    entries = _entries(editable(body, dialect.part), dialect)
    rest = xmlspans.spliced(
        body, [(*xmlspans.span(body, element), b"") for element, _, _ in entries]
    )
    new = text[:first] + rest + text[first + len(body) :]
    return new.decode("utf-8").encode(codec) if codec else new


def _entries(root: Element, dialect: Dialect) -> list[tuple[Element, str, str]]:
    """The entries called AIGC in any case, none within another."""
    found = []
    inner: set[int] = set()
    for element in root.walk():
        named = None if id(element) in inner else dialect.entry(element)
        if named is not None and named[0].strip().upper() == _KEY:
            found.append((element, *named))
            inner.update(id(within) for within in element.walk())
    return found


# --- reading and writing XML ---------------------------------------------------------------------


def parsed(body: bytes, part: str) -> Element:
    """The root of a part, which is named where it is not well-formed.

    Raises:
        Malformed: it is not.
    """
    try:
        return xmlspans.parse(body)
    except Malformed as error:
        raise Malformed(f"{part}: {error.reason}; save the document again") from None


def editable(body: bytes, part: str) -> Element:
    """The root of a part that shall be changed.

    Raises:
        CannotCarry: it is not well-formed, or not in UTF-8.
    """
    try:
        return xmlspans.parse(body)
    except Malformed as error:
        raise CannotCarry(
            f"{part} cannot be edited without loss ({error.reason}); "
            "save the document again, then label it"
        ) from None


def appended(body: bytes, element: Element, data: bytes) -> Edit:
    """The edit that adds ``data`` as the last thing in an element."""
    tag = xmlspans.Tag(body, element.start)
    if tag.empty:
        return tag.end - 2, tag.end, b">" + data + b"</" + tag.name + b">"
    return element.close, element.close, data


def prefixes(body: bytes, element: Element) -> dict[str, str]:
    """The prefix, with its colon, for each name space in scope; ``""`` for one without any."""
    chain = []
    node: Element | None = element
    while node is not None:
        chain.append(node)
        node = node.parent
    scope: dict[str, str] = {}
    for ancestor in reversed(chain):
        for name, value, _, _ in xmlspans.Tag(body, ancestor.start).attributes:
            if name == b"xmlns" or name.startswith(b"xmlns:"):
                prefix = name[6:].decode("utf-8", "replace")
                scope[f"{prefix}:" if prefix else ""] = value[1:-1].decode("utf-8", "replace")
    return {uri: prefix for prefix, uri in sorted(scope.items())}


def own_prefix(body: bytes, element: Element) -> str:
    """The prefix of an element as written, with its colon."""
    name = xmlspans.Tag(body, element.start).name.decode("utf-8", "replace")
    return name[: name.index(":") + 1] if ":" in name else ""


def quoted(text: str) -> str:
    """Text as an attribute's value, with its quotes."""
    return '"' + xmlspans.escaped(text).replace('"', "&quot;") + '"'


def attribute(element: Element, name: str) -> str | None:
    """The value of an attribute by its local name."""
    return next((value for _, local, value in element.attributes if local == name), None)
