"""An XML document as elements that know which bytes they occupy.

For edits that leave every other byte alone: prefixes, comments, processing instructions and white
space stay as somebody wrote them. Document types are refused, so there are no entities to expand
and nothing to fetch. Only UTF-8 is parsed; :func:`as_utf8` makes it of UTF-16.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

from aigc_label.errors import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DEEPEST = 64
"""Levels of elements; metadata nests a handful."""

MOST_ELEMENTS = 200_000
"""Elements of a document: some editors list every file that was ever pasted in."""

LARGEST = 8 << 20
"""Bytes of a document; a metadata packet with thumbnails stays far below."""

BLANK = b"\x00\t\n\r "
"""What may stand around a document: white space, and the NULs that pad it in some places."""

_BEGINNINGS = (
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_SEPARATOR = "\x1f"  # cannot occur in XML, so it cannot be smuggled into a namespace name
# Possessive where XML leaves no choice, so that a hostile tag costs linear time.
_ATTRIBUTE = rb"""\s++([^\s=/>]++)\s*+=\s*+("[^"]*+"|'[^']*+')"""
_NAME = rb"<[^\s/>]++"


class Element:
    """One element.

    Attributes:
        uri: its namespace name, ``""`` if none.
        local: its name without prefix.
        start: offset of its ``<``.
        close: offset of its end tag; of the byte behind it where it is self-closed.
        attributes: ``(uri, local, value)`` in document order, without ``xmlns``.
        parent: ``None`` for the root.
        children: in document order.
    """

    __slots__ = ("attributes", "children", "close", "local", "parent", "parts", "start", "uri")

    def __init__(
        self, name: str, attributes: list[str], start: int, parent: Element | None
    ) -> None:
        self.uri, _, self.local = name.rpartition(_SEPARATOR)
        self.attributes = [
            (*attributes[at].rpartition(_SEPARATOR)[::2], attributes[at + 1])
            for at in range(0, len(attributes), 2)
        ]
        self.start = start
        self.close = start
        self.parent = parent
        self.children: list[Element] = []
        self.parts: list[str] = []

    @property
    def text(self) -> str:
        """The character data that stands directly in it."""
        return "".join(self.parts)

    @property
    def all_text(self) -> str:
        """Its character data and that of everything within it, its own first."""
        return "".join(part for element in self.walk() for part in element.parts)

    def walk(self) -> Iterator[Element]:
        """Itself and everything within it, in document order."""
        stack = [self]
        while stack:
            element = stack.pop()
            yield element
            stack.extend(reversed(element.children))


class Tag:
    """A start tag as written.

    Attributes:
        name: the qualified name.
        attributes: ``(name, value with its quotes, start, end)``, ``xmlns`` included;
            the span takes in the white space in front.
        end: offset behind its ``>``.
        empty: whether it is self-closed.
    """

    __slots__ = ("attributes", "empty", "end", "name")

    def __init__(self, data: bytes, start: int) -> None:
        name = re.compile(_NAME).match(data, start)
        if name is None:
            raise Malformed("no start tag there", offset=start)
        self.name = name.group()[1:]
        self.attributes: list[tuple[bytes, bytes, int, int]] = []
        at = name.end()
        attribute = re.compile(_ATTRIBUTE)
        while (found := attribute.match(data, at)) is not None:
            self.attributes.append((found[1], found[2], found.start(), found.end()))
            at = found.end()
        self.end = data.index(b">", at) + 1
        self.empty = data[self.end - 2] == 0x2F

    def plain_attributes(self) -> list[tuple[bytes, bytes, int, int]]:
        """The attributes that are not namespace declarations, as in ``Element.attributes``."""
        return [a for a in self.attributes if a[0] != b"xmlns" and not a[0].startswith(b"xmlns:")]


def span(data: bytes, element: Element) -> tuple[int, int]:
    """The bytes of an element with its tags."""
    if Tag(data, element.start).empty:
        return element.start, element.close
    return element.start, data.index(b">", element.close) + 1


def parse(data: bytes) -> Element:
    """The root of a document.

    Raises:
        Malformed: if it is not well-formed, has a document type, or is over a limit.
    """
    if len(data) > LARGEST:
        raise Malformed(f"an XML document of {len(data)} bytes is over {LARGEST >> 20} MiB")
    from xml.parsers import expat  # noqa: PLC0415 - most files hold nothing worth a parser

    parser = expat.ParserCreate("utf-8", _SEPARATOR)
    parser.ordered_attributes = True
    parser.buffer_text = True
    roots: list[Element] = []
    current: Element | None = None
    depth = count = 0

    def start(name: str, attributes: list[str]) -> None:
        nonlocal current, depth, count
        depth += 1
        count += 1
        if depth > DEEPEST:
            raise Malformed(f"XML nests deeper than {DEEPEST} levels")
        if count > MOST_ELEMENTS:
            raise Malformed(f"XML has more than {MOST_ELEMENTS} elements")
        element = Element(name, attributes, parser.CurrentByteIndex, current)
        siblings = roots if current is None else current.children
        siblings.append(element)
        current = element

    def end(_name: str) -> None:
        nonlocal current, depth
        depth -= 1
        if current is not None:
            current.close = parser.CurrentByteIndex
            current = current.parent

    def characters(text: str) -> None:
        if current is not None:
            current.parts.append(text)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Malformed(f"not well-formed XML: {error}", offset=parser.ErrorByteIndex) from None
    return roots[0]


def _refuse_doctype(*_: object) -> NoReturn:
    raise Malformed("XML with a document type is refused")


# --- around parsing: encodings, what surrounds a document, replacements --------------------------


def as_utf8(document: bytes) -> tuple[bytes, str | None]:
    """A document in UTF-8, and the codec it must go back to if it is in UTF-16."""
    for beginning, codec in _BEGINNINGS:
        if document.startswith(beginning):
            try:
                return document.decode(codec).encode("utf-8"), codec
            except UnicodeError:
                break
    return document, None


def trimmed(document: bytes) -> tuple[int, bytes]:
    """Where a document begins, and the document without what surrounds it."""
    body = document.strip(BLANK)
    return document.find(body), body


def spliced(document: bytes, edits: Iterable[tuple[int, int, bytes]]) -> bytes:
    """A document with stretches replaced; one that lies within another goes with it."""
    parts = []
    at = 0
    for start, end, data in sorted(edits, key=lambda edit: (edit[0], -edit[1])):
        if start >= at:
            parts += [document[at:start], data]
            at = end
    return b"".join([*parts, document[at:]])


def escaped(text: str) -> str:
    """Text as it stands in an element."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
