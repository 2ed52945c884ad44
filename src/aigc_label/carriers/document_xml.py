"""A part of a document as events with offsets: enough to put something in and touch nothing else.

Texts of documents are read this way and not as trees: they grow to tens of megabytes, and the
order of text and elements within a paragraph matters.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, NoReturn, Protocol

from aigc_label.containers import archive, xmlspans
from aigc_label.errors import CannotCarry, LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aigc_label.asset import Asset
    from aigc_label.containers.archive import Directory

LARGEST = 64 << 20
"""Bytes of a part; the text of a book of a thousand pages has twenty million."""

MOST_READ = 512 << 20
"""Bytes of all parts of one package that are read."""

MOST_ELEMENTS = 3_000_000
"""Elements of a part; such a book has two million."""

DEEPEST = 512
"""Levels of elements: tables in tables in text boxes."""

_SEPARATOR = "\x1f"  # cannot occur in XML, so it cannot be smuggled into a name space's name
_ENCODING = re.compile(rb"""\A(?:\xef\xbb\xbf)?<\?xml\s[^>]*?encoding\s*=\s*["']([^"']+)""")
_WRITABLE = (b"utf-8", b"utf8", b"utf-16", b"us-ascii", b"ascii")

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/"
_STRICT = "http://purl.oclc.org/ooxml/"
_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
NAMES = {
    "w": (_W, _STRICT + "wordprocessingml/main"),
    "p": (_OFFICE + "presentationml/2006/main", _STRICT + "presentationml/main"),
    "s": (_OFFICE + "spreadsheetml/2006/main", _STRICT + "spreadsheetml/main"),
    "a": (_OFFICE + "drawingml/2006/main", _STRICT + "drawingml/main"),
    "xdr": (
        _OFFICE + "drawingml/2006/spreadsheetDrawing",
        _STRICT + "drawingml/spreadsheetDrawing",
    ),
    "r": (_OFFICE + "officeDocument/2006/relationships", _STRICT + "officeDocument/relationships"),
    "mc": (_OFFICE + "markup-compatibility/2006",),
    "rels": (_OFFICE + "package/2006/relationships",),
    "office": (_ODF + "office:1.0",),
    "text": (_ODF + "text:1.0",),
    "table": (_ODF + "table:1.0",),
    "draw": (_ODF + "drawing:1.0",),
    "style": (_ODF + "style:1.0",),
    "fo": (_ODF + "xsl-fo-compatible:1.0",),
    "svg": (_ODF + "svg-compatible:1.0",),
    "presentation": (_ODF + "presentation:1.0",),
    "anim": (_ODF + "animation:1.0",),
    "config": (_ODF + "config:1.0",),
    "manifest": (_ODF + "manifest:1.0",),
    "h": ("http://www.w3.org/1999/xhtml",),
    "opf": ("http://www.idpf.org/2007/opf",),
    "xml": ("http://www.w3.org/XML/1998/namespace",),
}
"""The prefix by which code calls a name space, and its names; that of strict documents last."""

_PREFIXES = {uri: prefix for prefix, uris in NAMES.items() for uri in uris}

Edit = tuple[int, int, bytes]


class Names(dict[str, str]):
    """Qualified names by what the parser calls them: ``w:p``, whatever the document's prefix."""

    def __missing__(self, raw: str) -> str:
        """Name it, and keep the answer: a document has few names and many elements."""
        uri, _, local = raw.rpartition(_SEPARATOR)
        name = f"{_PREFIXES.get(uri, '?')}:{local}" if uri else local
        self[raw] = name
        return name


class Attributes:
    """The attributes of an element, looked up by qualified name."""

    __slots__ = ("names", "raw")

    def __init__(self, raw: list[str], names: Names) -> None:
        self.raw = raw
        self.names = names

    def get(self, wanted: str) -> str | None:
        """The value of an attribute, ``None`` if it is not there."""
        raw = self.raw
        for at in range(0, len(raw), 2):
            if self.names[raw[at]] == wanted:
                return raw[at + 1]
        return None


class Visitor(Protocol):
    """What a part's events are told to.

    Offsets are bytes of the part: ``at`` of a start is its ``<``; ``close`` that of the end tag,
    and ``behind`` the byte after it. A self-closed element has ``close == behind``.
    """

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        """An element begins."""

    def end(self, name: str, close: int, behind: int) -> None:
        """It ends."""

    def text(self, text: str) -> None:
        """Characters within it."""


class _Bounds:
    """How deep the reading of a part is, and how many elements it has met."""

    __slots__ = ("_left", "_most", "_part", "depth")

    def __init__(self, part: str, most: int) -> None:
        self._part = part
        self._left = self._most = most
        self.depth = 0

    def enter(self) -> None:
        """Count an element."""
        self.depth += 1
        self._left -= 1
        if self.depth > DEEPEST:
            raise _refused(self._part, f"it nests deeper than {DEEPEST} levels")
        if self._left < 0:
            raise LimitExceeded(f"{self._part} has more than {self._most} elements")


def walk(
    data: bytes, visitor: Visitor, part: str, most: int | None = None, *, offsets: bool = True
) -> None:
    """Tell a part's events.

    Args:
        data: the part, in UTF-8.
        visitor: whom to tell.
        part: its name, for messages.
        most: elements that it may have, if not :data:`MOST_ELEMENTS`.
        offsets: whether they are wanted; without them, 0 is told, which is a third faster.

    Raises:
        CannotCarry: it is not well-formed, nests too deep, or declares entities.
        LimitExceeded: it has more elements.
    """
    from xml.parsers import expat  # noqa: PLC0415 - only where something is marked

    parser = expat.ParserCreate("utf-8", _SEPARATOR)
    parser.ordered_attributes = True
    parser.buffer_text = True
    names = Names()
    bounds = _Bounds(part, MOST_ELEMENTS if most is None else most)
    nothing = Attributes([], names)
    bare = False  # nothing has come since the last start

    def start(raw: str, attributes: list[str]) -> None:
        nonlocal bare
        bounds.enter()
        bare = True
        visitor.start(names[raw], Attributes(attributes, names), parser.CurrentByteIndex)

    def end(raw: str) -> None:
        nonlocal bare
        bounds.depth -= 1
        close = parser.CurrentByteIndex
        closed = bare and data[close - 2 : close] == b"/>"
        bare = False
        visitor.end(names[raw], close, close if closed else data.index(b">", close) + 1)

    def text(characters: str) -> None:
        nonlocal bare
        bare = False
        visitor.text(characters)

    def quick_start(raw: str, attributes: list[str]) -> None:
        bounds.enter()
        visitor.start(names[raw], Attributes(attributes, names) if attributes else nothing, 0)

    def quick_end(raw: str) -> None:
        bounds.depth -= 1
        visitor.end(names[raw], 0, 0)

    def entity(*_: object) -> NoReturn:
        raise _refused(part, "it declares entities")

    parser.StartElementHandler = start if offsets else quick_start
    parser.EndElementHandler = end if offsets else quick_end
    parser.CharacterDataHandler = text if offsets else visitor.text
    parser.EntityDeclHandler = entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise _refused(part, f"not well-formed XML: {error}") from None


def _refused(part: str, why: str) -> CannotCarry:
    return CannotCarry(
        f"{part} is in no state to be read and edited ({why}); save the document again"
    )


class Part(NamedTuple):
    """A member of a package, ready to be edited.

    Attributes:
        name: of the member.
        data: what it holds, in UTF-8.
        codec: what it goes back to, ``None`` for UTF-8.
    """

    name: str
    data: bytes
    codec: str | None

    def edited(self, edits: Iterable[Edit]) -> dict[str, bytes]:
        """The member with stretches replaced; nothing if there are no edits."""
        edits = list(edits)
        if not edits:
            return {}
        new = xmlspans.spliced(self.data, edits)
        return {self.name: new.decode("utf-8").encode(self.codec) if self.codec else new}

    def after(self, contents: Mapping[str, bytes]) -> Part:
        """The same member with another content, to be read again."""
        return self._replace(data=xmlspans.as_utf8(contents.get(self.name, self.data))[0])


class Budget:
    """Bytes that may still be read from one package, however many parts they are spread over."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MOST_READ

    def spend(self, size: int) -> None:
        """Count a part.

        Raises:
            LimitExceeded: it is too much.
        """
        self.left -= size
        if self.left < 0:
            raise LimitExceeded(f"the parts to read have more than {MOST_READ >> 20} MiB")


def load(asset: Asset, directory: Directory, name: str, budget: Budget | None = None) -> Part:
    """A member by its name.

    Args:
        asset: the package.
        directory: its archive's.
        name: of the member.
        budget: what it is counted against.

    Raises:
        CannotCarry: there is none, or it is in an encoding of old.
        Malformed, LimitExceeded: as the archive's reader.
    """
    member = directory.find(name)
    if member is None:
        raise CannotCarry(f"the package has no {name}; save the document again")
    if budget is not None:
        budget.spend(member.size)
    data, codec = xmlspans.as_utf8(archive.content(asset, member, LARGEST))
    told = _ENCODING.match(data)
    if told is not None and codec is None and told[1].lower() not in _WRITABLE:
        raise _refused(name, f"its encoding is {told[1].decode('latin-1')}")
    return Part(member.name, data, codec)


def within(part: bytes, start: int, close: int, behind: int, content: bytes) -> Edit:
    """The edit that adds ``content`` as the last thing in an element, self-closed ones too."""
    if close < behind:
        return close, close, content
    name = xmlspans.Tag(part, start).name
    return behind - 2, behind, b">" + content + b"</" + name + b">"


def prefixes(data: bytes, root: int, wanted: str, *, strict: bool = False) -> dict[str, str]:
    """Prefix and declaration for new elements, by the prefix that code knows.

    A part that binds a prefix once, at its root, is not asked to bind it again; any other gets a
    declaration at the new element, which is right whatever holds there.

    Args:
        data: the part.
        root: offset of its first element.
        wanted: prefixes as in :data:`NAMES`, with blanks between.
        strict: whether the document is a strict one.

    Returns:
        For each wanted ``w``: ``w`` (the prefix with its colon) and ``xmlns_w`` (the declaration
        with a blank before it, or nothing).
    """
    bound: dict[str, str] = {}
    for name, value, _, _ in xmlspans.Tag(data, root).attributes:
        if name.startswith(b"xmlns:") and data.count(name + b"=") == 1:
            bound.setdefault(value[1:-1].decode("utf-8", "replace"), name[6:].decode())
    found = {}
    for usual in wanted.split():
        uri = NAMES[usual][-1 if strict else 0]
        there = bound.get(uri)
        found[usual] = f"{there or usual}:"
        found[f"xmlns_{usual}"] = "" if there else f' xmlns:{usual}="{uri}"'
    return found
