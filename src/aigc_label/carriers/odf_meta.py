"""The label as a user-defined field of an OpenDocument file (ODF 1.3 part 3, 4.3.3).

``meta:user-defined`` called ``AIGC`` in ``meta.xml``, bare JSON. The place is ours: no guide names
one. Office programs show such fields among the document's properties and keep them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.carriers import content_credential, xml_part
from aigc_label.carriers.xml_part import Dialect
from aigc_label.containers import archive, xmlspans
from aigc_label.containers.archive import kinds
from aigc_label.errors import CannotCarry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.carriers.xml_part import Edit
    from aigc_label.containers.archive import Directory, Member
    from aigc_label.containers.xmlspans import Element
    from aigc_label.edits import EditPlan
    from aigc_label.model import ImplicitLabel, Observation

PLACE = "odf.meta"

_PART = "meta.xml"
_MANIFEST = "META-INF/manifest.xml"
_FAMILY = "application/vnd.oasis.opendocument."
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_META = "urn:oasis:names:tc:opendocument:xmlns:meta:1.0"
_LISTING = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
_EMPTY = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<office:document-meta xmlns:office="{_OFFICE}" xmlns:meta="{_META}" office:version="1.2">'
    "<office:meta></office:meta></office:document-meta>"
).encode()


def is_kind(asset: Asset, kind: str) -> bool:
    """Whether the file is of a kind such as ``text``, or a template of it."""
    told = kinds.media_type(asset)
    return told.startswith(_FAMILY) and told[len(_FAMILY) :].partition("-")[0] == kind


def observe(asset: Asset, *, kind: str) -> Iterator[Observation]:
    """Yield what a document's metadata states.

    Args:
        asset: the document.
        kind: the format's id.

    Raises:
        Malformed, LimitExceeded: as the reason says.
        CannotCarry: the document is encrypted, so nobody can look.
    """
    directory = archive.directory(asset)
    yield from content_credential.observe(asset, directory, kind=kind)
    member, part = _metadata(asset, directory)
    if member is not None:
        yield from xml_part.observe(part, _DIALECT, home=False, offset=member.start)


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The edits that make ``label`` the only one; nothing but the metadata changes.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    from aigc_label.containers.archive import rewriting  # noqa: PLC0415 - reading rewrites nothing

    directory = archive.directory(asset)
    if directory.find("META-INF/documentsignatures.xml") is not None:
        raise CannotCarry(
            "the document is digitally signed, and any change breaks the "
            "signature; label it first, then sign it"
        )
    member, part = _metadata(asset, directory)
    contents = {_PART: xml_part.updated(part, _DIALECT, label)}
    if member is None:
        contents |= _listed(asset, directory)
    return rewriting.plan(asset, directory, contents)


def _metadata(asset: Asset, directory: Directory) -> tuple[Member | None, bytes]:
    """The member with the metadata and what it holds; an empty one where there is none."""
    member = directory.find(_PART)
    part = archive.content(asset, member) if member else _EMPTY
    text, _ = xmlspans.as_utf8(part)
    if member is None or not text.lstrip(b"\xef\xbb\xbf\t\r\n ").startswith(b"<"):
        require_plain(asset, directory)
    return member, part


def require_plain(asset: Asset, directory: Directory) -> None:
    """Refuse an encrypted document.

    Raises:
        CannotCarry: it is one.
        Malformed, LimitExceeded: as the archive's reader.
    """
    listing = directory.find(_MANIFEST)
    if listing is not None and b"encryption-data" in archive.content(asset, listing):
        raise CannotCarry(
            "the document is encrypted, so it cannot be read; save it without a password, then "
            "try again"
        )


def _listed(asset: Asset, directory: Directory) -> dict[str, bytes]:
    """The manifest that names the new member, too."""
    member = directory.find(_MANIFEST)
    if member is None:
        raise CannotCarry(f"there is no {_MANIFEST}; save the document again, then label it")
    part = archive.content(asset, member)
    root = xml_part.editable(part, _MANIFEST)
    prefix, declared = _bound(part, root, "manifest:", _LISTING)
    entry = (
        f'<{prefix}file-entry{declared} {prefix}full-path="{_PART}" {prefix}media-type="text/xml"/>'
    ).encode()
    return {member.name: xmlspans.spliced(part, [xml_part.appended(part, root, entry)])}


def _bound(body: bytes, element: Element, usual: str, uri: str) -> tuple[str, str]:
    """A prefix for elements and attributes of a name space, and its declaration if it has none."""
    prefix = xml_part.prefixes(body, element).get(uri)
    return (prefix, "") if prefix else (usual, f' xmlns:{usual[:-1]}="{uri}"')


def _entry(element: Element) -> tuple[str, str] | None:
    if (element.uri, element.local) != (_META, "user-defined"):
        return None
    return xml_part.attribute(element, "name") or "", element.all_text


def _written(body: bytes, root: Element, entry: Element | None, text: str) -> Edit:
    """A field of type string in the prefixes of the part."""
    home = next((e for e in root.children if (e.uri, e.local) == (_OFFICE, "meta")), None)
    if home is None:
        raise CannotCarry(f"{_PART} holds no office:meta; save the document again, then label it")
    prefix, declared = _bound(body, home, "meta:", _META)
    data = (
        f'<{prefix}user-defined{declared} {prefix}name="AIGC" {prefix}value-type="string">'
        f"{xmlspans.escaped(text)}</{prefix}user-defined>"
    ).encode()
    if entry is not None and entry.parent is home:
        return (*xmlspans.span(body, entry), data)
    return xml_part.appended(body, home, data)


_DIALECT = Dialect(
    part=_PART, carrier=PLACE, elsewhere="odf.property", entry=_entry, written=_written
)
