"""The parts of an Office Open XML package by their relationships (ECMA-376 part 2, 9.3)."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from aigc_label.carriers import document_xml, ooxml_package
from aigc_label.carriers.document_xml import Budget
from aigc_label.errors import CannotCarry

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.carriers.document_xml import Attributes, Part
    from aigc_label.containers.archive import Directory


class Relation(NamedTuple):
    """A relationship: its last word, such as ``slide``, and the part that it names."""

    kind: str
    part: str


class Package(NamedTuple):
    """A package and its main part.

    Attributes:
        asset: the file.
        directory: its archive's.
        main: the name of the main part.
        strict: whether the document is a strict one.
        signed: whether it is digitally signed.
        budget: what its parts are counted against.
    """

    asset: Asset
    directory: Directory
    main: str
    strict: bool
    signed: bool
    budget: Budget

    def load(self, name: str) -> Part:
        """A part by its name, which is the same in any case.

        Raises:
            CannotCarry, Malformed, LimitExceeded: as :func:`document_xml.load`.
        """
        member = ooxml_package.find(self.directory, name)
        name = member.name if member else name
        return document_xml.load(self.asset, self.directory, name, self.budget)

    def relations(self, part: str) -> dict[str, Relation]:
        """What a part is related to, by id; external targets are left out.

        Raises:
            CannotCarry, Malformed, LimitExceeded: as :meth:`load`.
        """
        name = relations_of(part)
        if ooxml_package.find(self.directory, name) is None:
            return {}
        loaded = self.load(name)
        reader = _Relations(posixpath.dirname(part))
        document_xml.walk(loaded.data, reader, loaded.name)
        return reader.found

    def related(self, part: str, kind: str) -> str | None:
        """The first part of a kind that a part is related to and that is there."""
        for relation in self.relations(part).values():
            if relation.kind == kind and ooxml_package.find(self.directory, relation.part):
                return relation.part
        return None


def relations_of(part: str) -> str:
    """The name of the part that holds a part's relationships."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def opened(asset: Asset) -> Package:
    """A package by its main part.

    Raises:
        CannotCarry: it has no main part.
        Malformed, LimitExceeded: as the archive's reader.
    """
    found = ooxml_package.package(asset)
    bare = Package(asset, found.directory, "", found.strict, found.signed, Budget())
    main = bare.related("", "officeDocument")
    if main is None:
        raise CannotCarry("the package names no main part; save the document again")
    return bare._replace(main=main)


class _Relations:
    """Reads a part of relationships."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.found: dict[str, Relation] = {}

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        del at
        if name != "rels:Relationship" or attributes.get("TargetMode") == "External":
            return
        kind = (attributes.get("Type") or "").rpartition("/")[2]
        target = unquote(attributes.get("Target") or "")
        path = posixpath.normpath(posixpath.join("/", self.folder, target)).lstrip("/")
        self.found.setdefault(attributes.get("Id") or "", Relation(kind, path))

    def end(self, name: str, close: int, behind: int) -> None:
        """Nothing ends that matters."""

    def text(self, text: str) -> None:
        """Nothing is said in text."""
