"""Office Open XML packages (ECMA-376 part 2): which kind one is, and the parts that state facts.

Transitional and strict documents differ in the names of relationships and name spaces only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import xml_part
from aigc_label.containers import archive, xmlspans
from aigc_label.errors import AssetError, CannotCarry

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.containers.archive import Directory, Member

TYPES = "[Content_Types].xml"
RELATIONSHIPS = "_rels/.rels"
CUSTOM = "docProps/custom.xml"

_CUSTOM_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships/"
_MAIN = (
    rb"application/vnd\.(?:openxmlformats-officedocument\.)?"
    rb"(wordprocessingml|spreadsheetml|presentationml|ms-word|ms-excel|ms-powerpoint)"
    rb"\.[A-Za-z.]{1,60}\.main\+xml"
)
_OVERRIDE = rb"<[^<>]{0,80}\bOverride\s[^<>]{1,600}>"
_PART_NAME = rb"""\bPartName\s*=\s*["']/([^"']{1,300})["']"""
_KINDS = {
    b"wordprocessingml": "docx",
    b"ms-word": "docx",
    b"spreadsheetml": "xlsx",
    b"ms-excel": "xlsx",
    b"presentationml": "pptx",
    b"ms-powerpoint": "pptx",
}
_FOLDERS = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/"}
_LARGEST_TYPES = 1 << 20


class Package(NamedTuple):
    """A package's directory and what its relationships point at.

    Attributes:
        directory: of the archive.
        custom: the part of custom properties, ``None`` if there is none.
        place: the name it has, or is to get.
        linked: whether a relationship names it.
        core: the part of core properties.
        app: the part of extended properties.
        strict: whether the document is a strict one.
        signed: whether it bears a digital signature.
    """

    directory: Directory
    custom: Member | None
    place: str
    linked: bool
    core: Member | None
    app: Member | None
    strict: bool
    signed: bool


def is_kind(asset: Asset, kind: str) -> bool:
    """Whether the file is a package whose main part is of that kind. Only storage may fail."""
    name, types = archive.first(asset.head, TYPES)
    told = _kind(types) if name == TYPES else None
    if name in ("", "mimetype") or told not in (None, kind):
        return False
    try:
        directory = archive.directory(asset)
        member = find(directory, TYPES)
        if member is None:
            return False
        types = archive.content(asset, member, _LARGEST_TYPES)
    except AssetError:
        return told == kind  # broken, but one of these
    return _kind(types) == kind and _has_main(directory, types, kind)


def _kind(types: bytes) -> str | None:
    found = re.search(_MAIN, types)
    return _KINDS[found[1]] if found else None


def _has_main(directory: Directory, types: bytes, kind: str) -> bool:
    for override in re.findall(_OVERRIDE, types):
        name = re.search(_PART_NAME, override)
        if name is not None and re.search(_MAIN, override):
            return find(directory, name[1].decode("utf-8", "replace")) is not None
    folder = _FOLDERS[kind]  # its type is that of an extension
    return any(member.name.startswith(folder) for member in directory.members)


def find(directory: Directory, name: str) -> Member | None:
    """The part of that name, which is the same in any case."""
    exact = directory.find(name)
    if exact is not None:
        return exact
    low = name.lower()
    return next((m for m in reversed(directory.members) if m.name.lower() == low), None)


def package(asset: Asset) -> Package:
    """What a package holds.

    Raises:
        Malformed, LimitExceeded, CannotCarry: as the archive's reader; its relationships are not
            well-formed.
    """
    directory = archive.directory(asset)
    relationships = find(directory, RELATIONSHIPS)
    targets: dict[str, str] = {}
    strict = False
    if relationships is not None:
        text, _ = xmlspans.as_utf8(archive.content(asset, relationships))
        for element in xml_part.parsed(text, RELATIONSHIPS).children:
            kind = xml_part.attribute(element, "Type") or ""
            target = (xml_part.attribute(element, "Target") or "").lstrip("/")
            short = kind.rpartition("/")[2].replace("customProperties", "custom-properties")
            targets.setdefault(short.replace("extendedP", "extended-p"), target)
            strict = strict or kind == _STRICT + "officeDocument"
    place = targets.get("custom-properties", CUSTOM)
    custom = find(directory, place)
    return Package(
        directory=directory,
        custom=custom,
        place=custom.name if custom else place,
        linked="custom-properties" in targets,
        core=find(directory, targets.get("core-properties", "docProps/core.xml")),
        app=find(directory, targets.get("extended-properties", "docProps/app.xml")),
        strict=strict,
        signed="origin" in targets
        or any(member.name.startswith("_xmlsignatures/") for member in directory.members),
    )


def linking(asset: Asset, found: Package) -> dict[str, bytes]:
    """The parts that must change so that the package has custom properties, with their contents.

    Raises:
        CannotCarry: its list of types or of relationships is missing or cannot be edited.
    """
    part = found.place.lstrip("/")
    if not part or ".." in part:
        raise CannotCarry(
            "the package's relationship to custom properties leads nowhere; save the document "
            "again, then label it"
        )
    types = _list(asset, found, TYPES)
    changed = _changed(types, _with_type(types[1], part))
    if not found.linked:
        relations = _list(asset, found, RELATIONSHIPS)
        changed |= _changed(relations, _with_relationship(relations[1], part, strict=found.strict))
    return changed


def _list(asset: Asset, found: Package, name: str) -> tuple[str, bytes]:
    member = find(found.directory, name)
    if member is None:
        raise CannotCarry(f"the package has no {name}; save the document again, then label it")
    content = archive.content(asset, member)
    if xmlspans.as_utf8(content)[1]:
        raise CannotCarry(f"{name} is in UTF-16; save the document again, then label it")
    return member.name, content


def _changed(old: tuple[str, bytes], new: bytes) -> dict[str, bytes]:
    return {old[0]: new} if old[1] != new else {}


def _with_type(types: bytes, part: str) -> bytes:
    root = xml_part.editable(types, TYPES)
    for element in root.children:
        if (xml_part.attribute(element, "PartName") or "").lower() == f"/{part}".lower():
            return types
    prefix = xml_part.own_prefix(types, root)
    data = (
        f'<{prefix}Override PartName={xml_part.quoted("/" + part)} ContentType="{_CUSTOM_TYPE}"/>'
    )
    return xmlspans.spliced(types, [xml_part.appended(types, root, data.encode())])


def _with_relationship(relationships: bytes, part: str, *, strict: bool) -> bytes:
    root = xml_part.editable(relationships, RELATIONSHIPS)
    taken = {xml_part.attribute(element, "Id") for element in root.children}
    number = next(n for n in range(1, len(taken) + 2) if f"rId{n}" not in taken)
    kind = f"{_STRICT}customProperties" if strict else f"{_TRANSITIONAL}custom-properties"
    prefix = xml_part.own_prefix(relationships, root)
    target = xml_part.quoted(part)
    data = f'<{prefix}Relationship Id="rId{number}" Type="{kind}" Target={target}/>'
    return xmlspans.spliced(relationships, [xml_part.appended(relationships, root, data.encode())])
