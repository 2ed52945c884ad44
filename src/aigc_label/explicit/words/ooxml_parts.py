"""The parts of an Office Open XML package by their relationships (ECMA-376 part 2, 9.3)."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from aigc_label.carriers import ooxml_package, xml_part
from aigc_label.errors import CannotCarry
from aigc_label.explicit.words import document_xml
from aigc_label.explicit.words.document_xml import NAMES, Budget

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aigc_label.asset import Asset
    from aigc_label.containers.archive import Directory
    from aigc_label.explicit.words.document_xml import Attributes, Part

_TYPES = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/",
    "http://purl.oclc.org/ooxml/officeDocument/relationships/",
)


class Relation(NamedTuple):
    """A relationship: its last word, such as ``slide``, and the part that it names."""

    kind: str
    part: str


class Package(NamedTuple):
    """A package that may be changed.

    Attributes:
        asset: the file.
        directory: its archive's.
        main: the name of the main part.
        strict: whether the document is a strict one.
        budget: what its parts are counted against.
    """

    asset: Asset
    directory: Directory
    main: str
    strict: bool
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
    """A package that may be changed.

    Raises:
        CannotCarry: it is signed, or has no main part.
        Malformed, LimitExceeded: as the archive's reader.
    """
    found = ooxml_package.package(asset)
    if found.signed:
        raise CannotCarry(
            "the document is digitally signed, and words in it break the signature; mark it "
            "first, then sign it"
        )
    bare = Package(asset, found.directory, "", found.strict, Budget())
    main = bare.related("", "officeDocument")
    if main is None:
        raise CannotCarry("the package names no main part; save the document again, then mark it")
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


def free_name(directory: Directory, pattern: str, others: Iterable[str]) -> str:
    """A part's name that is not taken: ``pattern`` with the first number that is free."""
    taken = {member.name.lower() for member in directory.members} | {o.lower() for o in others}
    numbers = range(1, len(taken) + 2)
    return next(name for n in numbers if (name := pattern.format(n)).lower() not in taken)


def with_types(package: Package, parts: Sequence[str], media_type: str) -> dict[str, bytes]:
    """The list of content types that names new parts, too.

    Raises:
        CannotCarry: there is none, or it cannot be edited.
    """
    types = package.load(ooxml_package.TYPES)
    root = xml_part.editable(types.data, types.name)
    prefix = xml_part.own_prefix(types.data, root)
    entries = "".join(
        f'<{prefix}Override PartName={xml_part.quoted("/" + part)} ContentType="{media_type}"/>'
        for part in parts
    )
    return types.edited([xml_part.appended(types.data, root, entries.encode())])


def with_relation(
    package: Package, part: str, kind: str, target: str
) -> tuple[str, dict[str, bytes]]:
    """A new relationship of a part: its id, and the part of relationships that holds it.

    Raises:
        CannotCarry: the part cannot be edited.
    """
    name = relations_of(part)
    member = ooxml_package.find(package.directory, name)
    path = xml_part.quoted(posixpath.relpath(target, posixpath.dirname(part)))
    told = f'Type="{_TYPES[package.strict]}{kind}" Target={path}'
    if member is None:
        new = (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
            f'<Relationships xmlns="{NAMES["rels"][0]}"><Relationship Id="rId1" {told}/>'
            "</Relationships>"
        )
        return "rId1", {name: new.encode()}
    loaded = package.load(name)
    root = xml_part.editable(loaded.data, loaded.name)
    taken = {xml_part.attribute(element, "Id") for element in root.children}
    number = next(n for n in range(1, len(taken) + 2) if f"rId{n}" not in taken)
    prefix = xml_part.own_prefix(loaded.data, root)
    entry = f'<{prefix}Relationship Id="rId{number}" {told}/>'.encode()
    return f"rId{number}", loaded.edited([xml_part.appended(loaded.data, root, entry)])
