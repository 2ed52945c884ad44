"""The label among the custom properties of an Office Open XML document (TC260-PG-20258A 6.1).

Property ``AIGC`` of ``docProps/custom.xml``, bare JSON as ``vt:lpwstr``. Document properties that
hold one (a description, a keyword, a custom XML part) are read and give way to a write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.carriers import content_credential, ooxml_package, xml_part
from aigc_label.carriers.xml_part import Dialect
from aigc_label.containers import archive, xmlspans
from aigc_label.errors import CannotCarry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.carriers.ooxml_package import Package
    from aigc_label.carriers.xml_part import Edit
    from aigc_label.containers.archive import Member
    from aigc_label.containers.xmlspans import Element
    from aigc_label.edits import EditPlan
    from aigc_label.model import ImplicitLabel, Observation

HOME = "ooxml.custom"

_FMTID = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
_TRANSITIONAL = "http://schemas.openxmlformats.org/officeDocument/2006/"
_STRICT = "http://purl.oclc.org/ooxml/officeDocument/"
_PROPERTIES = {  # name space of the properties, and that of their values
    f"{_TRANSITIONAL}custom-properties": f"{_TRANSITIONAL}docPropsVTypes",
    f"{_STRICT}customProperties": f"{_STRICT}docPropsVTypes",
}
_MOST_ITEMS = 16  # custom XML parts that are looked at
_LARGEST_ITEM = 64 << 10


def observe(asset: Asset, *, kind: str) -> Iterator[Observation]:
    """Yield what a document's properties and custom XML parts state.

    Args:
        asset: the document.
        kind: the format's id.

    Raises:
        Malformed, LimitExceeded, CannotCarry: as the reason says; facts yielded before are kept.
    """
    found = ooxml_package.package(asset)
    yield from content_credential.observe(asset, found.directory, kind=kind)
    for carrier, member in _others(found):
        part = archive.content(asset, member)
        yield from xml_part.observe_elsewhere(part, carrier=carrier, offset=member.start)
    if found.custom is not None:
        part = archive.content(asset, found.custom)
        offset = found.custom.start
        yield from xml_part.observe(part, _DIALECT, home=found.linked, offset=offset)


def _others(found: Package) -> Iterator[tuple[str, Member]]:
    """The parts in which a label is out of place."""
    if found.core is not None:
        yield "ooxml.core", found.core
    if found.app is not None:
        yield "ooxml.app", found.app
    items = [
        member
        for member in found.directory.members
        if member.name.startswith("customXml/item")
        and member.name.endswith(".xml")
        and "Props" not in member.name
        and member.size <= _LARGEST_ITEM
    ]
    yield from (("ooxml.customxml", member) for member in items[:_MOST_ITEMS])


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The edits that make ``label`` the only one; parts that say nothing of it stay as they are.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    from aigc_label.containers.archive import rewriting  # noqa: PLC0415 - reading rewrites nothing

    found = ooxml_package.package(asset)
    if found.signed:
        raise CannotCarry(
            "the document is digitally signed, and any change breaks the "
            "signature; label it first, then sign it"
        )
    whole = found.linked and found.custom is not None
    contents = {} if whole else ooxml_package.linking(asset, found)
    for _, member in _others(found):
        rest = xml_part.elsewhere_cleared(archive.content(asset, member))
        if rest is not None:
            contents[member.name] = rest
    custom = found.custom
    part = archive.content(asset, custom) if custom else _empty(strict=found.strict)
    contents[found.place] = xml_part.updated(part, _DIALECT, label)
    return rewriting.plan(asset, found.directory, contents)


def _empty(*, strict: bool) -> bytes:
    uri = next(uri for uri in _PROPERTIES if uri.startswith(_STRICT) is strict)
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
        f'<Properties xmlns="{uri}" xmlns:vt="{_PROPERTIES[uri]}"></Properties>'
    ).encode()


def _entry(element: Element) -> tuple[str, str] | None:
    if element.local != "property" or element.uri not in _PROPERTIES:
        return None
    return xml_part.attribute(element, "name") or "", element.all_text


def _written(body: bytes, root: Element, entry: Element | None, text: str) -> Edit:
    """A property of its own number, in the prefixes of the part."""
    if root.uri not in _PROPERTIES:
        raise CannotCarry(
            "the part of custom properties holds something else; save the document again, then "
            "label it"
        )
    values = _PROPERTIES[root.uri]
    scope = xml_part.prefixes(body, root)
    prefix = xml_part.own_prefix(body, root)
    declared = "" if scope.get(values) else f' xmlns:vt="{values}"'
    vt = scope.get(values) or "vt:"
    numbers = [xml_part.attribute(child, "pid") or "" for child in root.children if child != entry]
    taken = {int(number) for number in numbers if number.isdecimal() and len(number) < 9}
    old = (xml_part.attribute(entry, "pid") if entry is not None else "") or ""
    keep = old.isdecimal() and len(old) < 9 and int(old) >= 2 and int(old) not in taken
    pid = int(old) if keep else max(taken | {1}) + 1
    data = (
        f'<{prefix}property fmtid="{_FMTID}" pid="{pid}" name="AIGC">'
        f"<{vt}lpwstr{declared}>{xmlspans.escaped(text)}</{vt}lpwstr></{prefix}property>"
    ).encode()
    if entry is not None and entry.parent is root:
        return (*xmlspans.span(body, entry), data)
    return xml_part.appended(body, root, data)


_DIALECT = Dialect(
    part="the part of custom properties",
    carrier=HOME,
    elsewhere="ooxml.property",
    entry=_entry,
    written=_written,
)
