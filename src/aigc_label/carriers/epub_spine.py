"""The reading order of an EPUB: which documents its readers pass through (EPUB 3.3, 5 and 6)."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from aigc_label.carriers import document_xml
from aigc_label.containers import archive
from aigc_label.errors import CannotCarry, Malformed

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.carriers.document_xml import Attributes
    from aigc_label.containers.archive import Directory

_CONTAINER = "META-INF/container.xml"
_LAYOUT = "rendition:layout"
_LINK = rb"<(?:[\w.-]+:)?link\s([^<>]*)>"
_HREF = rb"""\bhref\s*=\s*["']([^"']{1,400})["']"""
_STYLE = rb"""\brel\s*=\s*["']stylesheet["']"""
_OTHER = rb"""\bmedia\s*=\s*["'](?!\s*(?:all|screen)\b)\s*\w"""
_MOST_STYLES = 16
_LARGEST_STYLE = 1 << 20


class Document(NamedTuple):
    """A content document: its member's name, its bytes as packed, whether its layout is fixed."""

    name: str
    packed: int
    fixed: bool


class Book(NamedTuple):
    """An EPUB and its reading order.

    Attributes:
        asset: the file.
        directory: its archive's.
        documents: in reading order, without navigation and what stands outside that order.
        new: whether it is EPUB 3.
        encrypted: names of members that are.
        signed: whether it is digitally signed.
        budget: what its documents are counted against.
    """

    asset: Asset
    directory: Directory
    documents: tuple[Document, ...]
    new: bool
    encrypted: frozenset[str]
    signed: bool
    budget: document_xml.Budget

    def load(self, name: str) -> document_xml.Part:
        """A document by its name.

        Raises:
            CannotCarry, Malformed, LimitExceeded: as :func:`document_xml.load`; it is encrypted.
        """
        if name in self.encrypted:
            raise CannotCarry(f"{name} is encrypted; save it without protection")
        return document_xml.load(self.asset, self.directory, name, self.budget)


def styles(book: Book, document: document_xml.Part) -> tuple[str, ...]:
    """The style sheets of a publication that one of its documents links to.

    Raises:
        Malformed, LimitExceeded: one cannot be unpacked.
    """
    found = []
    for link in re.findall(_LINK, document.data)[:_MOST_STYLES]:
        href = re.search(_HREF, link)
        if href is None or not re.search(_STYLE, link) or re.search(_OTHER, link):
            continue
        target = unquote(href[1].decode("utf-8", "replace").partition("#")[0])
        name = posixpath.normpath(posixpath.join(posixpath.dirname(document.name), target))
        member = book.directory.find(name)
        if member is not None and name not in book.encrypted and member.size <= _LARGEST_STYLE:
            data = archive.content(book.asset, member, _LARGEST_STYLE)
            found.append(data.decode("utf-8", "replace"))
    return tuple(found)


class _Values:
    """Reads the values of one attribute of the elements of one name."""

    def __init__(self, element: str, attribute: str) -> None:
        self.found: list[str] = []
        self._wanted = element, attribute

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        del at
        if name.rpartition(":")[2] == self._wanted[0]:
            value = attributes.get(self._wanted[1])
            self.found += [value] if value else []

    def end(self, name: str, close: int, behind: int) -> None:
        """Nothing ends that matters."""

    def text(self, text: str) -> None:
        """Nothing is said in text."""


class _Package:
    """Reads a package document."""

    def __init__(self) -> None:
        self.version = ""
        self.items: dict[str, tuple[str, str, str]] = {}
        self.spine: list[tuple[str, str]] = []
        self.fixed = False
        self._layout: list[str] | None = None

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        del at
        if name == "opf:package":
            self.version = attributes.get("version") or ""
        elif name == "opf:item":
            told = (attributes.get(key) or "" for key in ("href", "media-type", "properties"))
            href, media, properties = told
            self.items[attributes.get("id") or ""] = href, media, properties
        elif name == "opf:itemref" and attributes.get("linear") != "no":
            properties = attributes.get("properties") or ""
            self.spine.append((attributes.get("idref") or "", properties))
        elif name == "opf:meta":
            if attributes.get("property") == _LAYOUT:
                self._layout = []
            elif attributes.get("name") == "fixed-layout":  # before EPUB 3 had a word for it
                self.fixed = self.fixed or attributes.get("content") == "true"

    def text(self, text: str) -> None:
        if self._layout is not None:
            self._layout.append(text)

    def end(self, name: str, close: int, behind: int) -> None:
        del name, close, behind
        if self._layout is not None:
            self.fixed = "".join(self._layout).strip() == "pre-paginated"
            self._layout = None


def opened(asset: Asset) -> Book:
    """An EPUB by its reading order.

    Raises:
        CannotCarry: it has no document to read.
        Malformed, LimitExceeded: as the archive's reader; it names no package document.
    """
    directory = archive.directory(asset)
    root = next(iter(_values(asset, directory, _CONTAINER, "rootfile", "full-path")), None)
    if root is None or directory.find(root) is None:
        raise Malformed("an EPUB whose container names no package document")
    part = document_xml.load(asset, directory, root)
    told = _Package()
    document_xml.walk(part.data, told, part.name)
    locked = _values(asset, directory, "META-INF/encryption.xml", "CipherReference", "URI")
    book = Book(
        asset,
        directory,
        tuple(_documents(directory, posixpath.dirname(root), told)),
        not told.version.startswith(("1", "2")),
        frozenset(unquote(name).lstrip("/") for name in locked),
        directory.find("META-INF/signatures.xml") is not None,
        document_xml.Budget(),
    )
    if not book.documents:
        raise CannotCarry("the publication has no page of XHTML that words could stand on")
    return book


def _values(
    asset: Asset, directory: Directory, name: str, element: str, attribute: str
) -> list[str]:
    """Values of an attribute in a member; none where there is no such member."""
    if directory.find(name) is None:
        return []
    part = document_xml.load(asset, directory, name)
    values = _Values(element, attribute)
    document_xml.walk(part.data, values, name)
    return values.found


def _documents(directory: Directory, folder: str, told: _Package) -> list[Document]:
    found: dict[str, Document] = {}
    for number, own in told.spine:
        href, media, properties = told.items.get(number, ("", "", ""))
        name = posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0])))
        member = directory.find(name)
        if member is None or media != "application/xhtml+xml" or "nav" in properties.split():
            continue
        fixed = "rendition:layout-pre-paginated" in own or (
            told.fixed and "rendition:layout-reflowable" not in own
        )
        found.setdefault(name, Document(name, member.packed, fixed))
    return list(found.values())
