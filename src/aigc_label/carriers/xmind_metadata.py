"""The label in the metadata of an XMind file, a ZIP archive of JSON (2020 and later) or XML (8).

Member ``AIGC`` of ``metadata.json``, the object itself; element ``AIGC`` of ``meta.xml``, bare
JSON. Tencent's reader supports XMind, but which place the guide (20258A) names is not known: this
one is ours until it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.carriers import content_credential, record, xml_part
from aigc_label.carriers.xml_part import Dialect
from aigc_label.containers import archive, json_members, xmlspans
from aigc_label.containers.archive import kinds
from aigc_label.errors import AssetError, CannotCarry, Malformed
from aigc_label.model import FoundLabel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.carriers.xml_part import Edit
    from aigc_label.containers.archive import Directory, Member
    from aigc_label.containers.xmlspans import Element
    from aigc_label.edits import EditPlan
    from aigc_label.model import ImplicitLabel, Observation

PLACE = "xmind.metadata"

_JSON, _XML = "metadata.json", "meta.xml"
_KEY = "AIGC"
_OLD = "urn:xmind:xmap:xmlns:"
_EMPTY = f'<?xml version="1.0" encoding="UTF-8"?><meta xmlns="{_OLD}meta:2.0" version="2.0"></meta>'
_LISTED = "META-INF/manifest.xml"
_GLANCE = 4096


def is_xmind(asset: Asset) -> bool:
    """Whether the archive holds a mind map. Only storage may fail."""
    name, _ = archive.first(asset.head)
    if name in ("", "mimetype") or name.startswith(kinds.OFFICE):
        return False
    try:
        directory = archive.directory(asset)
        sheets, listing = directory.find("content.json"), directory.find("manifest.json")
        if sheets is not None and listing is not None:
            return b'"file-entries"' in archive.beginning(asset, listing, _GLANCE)
        if sheets is not None:
            begun = archive.beginning(asset, sheets, _GLANCE)
            return begun.lstrip().startswith(b"[") and b'"rootTopic"' in begun
        old = directory.find("content.xml")
        return old is not None and f"{_OLD}content:".encode() in archive.beginning(
            asset, old, _GLANCE
        )
    except AssetError:
        return False


def observe(asset: Asset) -> Iterator[Observation]:
    """Yield what a map's metadata states.

    Raises:
        Malformed, LimitExceeded, CannotCarry: as the reason says; facts yielded before are kept.
    """
    directory = archive.directory(asset)
    yield from content_credential.observe(asset, directory, kind="xmind")
    if (member := directory.find(_JSON)) is not None:
        text = _text(archive.content(asset, member))
        yield from _observe_json(text, member)
    if (member := directory.find(_XML)) is not None:
        part = archive.content(asset, member)
        yield from xml_part.observe(part, _DIALECT, home=False, offset=member.start)


def _observe_json(text: str, member: Member) -> Iterator[Observation]:
    if _KEY not in text.upper():
        return
    for found in _object(text).members:
        if found.key.upper() == _KEY:
            parsed = record.parse(text[found.value : found.end], named=True)
            if parsed is not None:
                yield FoundLabel(
                    carrier=PLACE,
                    fields=parsed.fields,
                    quirks=parsed.quirks + (() if found.key == _KEY else ("lower-case-key",)),
                    home=False,
                    offset=member.start,
                )


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The edits that make ``label`` the only one; maps, themes and pictures stay as they stand.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    from aigc_label.containers.archive import rewriting  # noqa: PLC0415 - reading rewrites nothing

    directory = archive.directory(asset)
    old = directory.find(_XML)
    if directory.find("content.json") is None and directory.find(_JSON) is None:
        part = archive.content(asset, old) if old else _EMPTY.encode()
        contents = {_XML: xml_part.updated(part, _DIALECT, label)}
        listed = {} if old else _listed_in_xml(asset, directory)
    else:
        member = directory.find(_JSON)
        text = _text(archive.content(asset, member)) if member else "{}"
        contents = {_JSON: with_member(text, _KEY, record.dump(label)).encode()}
        listed = {} if member else _listed_in_json(asset, directory)
        rest = xml_part.without_label(archive.content(asset, old), _DIALECT) if old else None
        if rest is not None:
            contents[_XML] = rest
    return rewriting.plan(asset, directory, contents | listed)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed(f"{_JSON} is not in UTF-8") from None


def _object(text: str, at: int = 0) -> json_members.Object:
    start = json_members.beginning(text, at)
    found = json_members.read(text, start) if text.startswith("{", start) else None
    if found is None or found.end is None:
        raise Malformed("the metadata is no JSON object, or a damaged one")
    return found


def with_member(text: str, key: str, value: str, *, at: int = 0) -> str:
    """A JSON text with one member of the object at ``at`` set, all else as it was.

    The first member of that key, in any case, gets the key and the value; others of it go.

    Raises:
        Malformed: there is no whole object.
    """
    whole = _object(text, at)
    members = whole.members
    member = f'"{key}":{value}'
    same = [n for n, one in enumerate(members) if one.key.lower() == key.lower()]
    if not same:
        place = members[-1].end if members else whole.start + 1
        return text[:place] + ("," if members else "") + member + text[place:]
    edits = [(members[same[0]].start, members[same[0]].end, member)]
    if same[1:]:
        edits += [(*span, "") for span in json_members.removals(members, set(same[1:]))]
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _listed_in_json(asset: Asset, directory: Directory) -> dict[str, bytes]:
    """The manifest that names ``metadata.json``, too, where there is a manifest."""
    member = directory.find("manifest.json")
    if member is None:
        return {}
    text = _text(archive.content(asset, member))
    for listing in _object(text).members:
        if listing.key == "file-entries":
            return {member.name: with_member(text, _JSON, "{}", at=listing.value).encode()}
    return {}


def _listed_in_xml(asset: Asset, directory: Directory) -> dict[str, bytes]:
    """The manifest that names ``meta.xml``, too, where there is a manifest."""
    member = directory.find(_LISTED)
    if member is None:
        return {}
    part = archive.content(asset, member)
    root = xml_part.editable(part, _LISTED)
    prefix = xml_part.own_prefix(part, root)
    entry = f'<{prefix}file-entry full-path="{_XML}" media-type="text/xml"/>'.encode()
    return {member.name: xmlspans.spliced(part, [xml_part.appended(part, root, entry)])}


def _entry(element: Element) -> tuple[str, str] | None:
    return None if element.parent is None else (element.local, element.all_text)


def _written(body: bytes, root: Element, entry: Element | None, text: str) -> Edit:
    """An element with the prefix of the metadata it stands in."""
    if root.local != "meta":
        raise CannotCarry(f"{_XML} holds something else; save the map again, then label it")
    prefix = xml_part.own_prefix(body, root)
    data = f"<{prefix}{_KEY}>{xmlspans.escaped(text)}</{prefix}{_KEY}>".encode()
    if entry is not None and entry.parent is root:
        return (*xmlspans.span(body, entry), data)
    return xml_part.appended(body, root, data)


_DIALECT = Dialect(
    part=_XML, carrier=PLACE, elsewhere="xmind.property", entry=_entry, written=_written
)
