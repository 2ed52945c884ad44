"""What is added to an Office Open XML package: parts, their types and relationships."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from aigc_label.carriers import ooxml_package, ooxml_relations, xml_part
from aigc_label.carriers.document_xml import NAMES
from aigc_label.carriers.ooxml_relations import relations_of
from aigc_label.errors import CannotCarry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aigc_label.asset import Asset
    from aigc_label.carriers.ooxml_relations import Package
    from aigc_label.containers.archive import Directory

_TYPES = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/",
    "http://purl.oclc.org/ooxml/officeDocument/relationships/",
)


def opened(asset: Asset) -> Package:
    """A package that may be changed.

    Raises:
        CannotCarry: it is signed, or has no main part.
        Malformed, LimitExceeded: as the archive's reader.
    """
    package = ooxml_relations.opened(asset)
    if package.signed:
        raise CannotCarry(
            "the document is digitally signed, and words in it break the signature; mark it "
            "first, then sign it"
        )
    return package


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
