"""The label in the package document of an EPUB (EPUB 3.3, 5; OPF 2.0.1, 2.2).

``<meta name="AIGC" content="...">`` among the metadata, bare JSON. The place is ours: no guide
names one. This form is EPUB 2's own and allowed in EPUB 3, where a ``property`` would need a
vocabulary that nobody has registered; reading systems of both skip names that they do not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.carriers import content_credential, epub_origin, xml_part
from aigc_label.carriers.xml_part import Dialect
from aigc_label.containers import archive, xmlspans
from aigc_label.containers.archive import kinds
from aigc_label.errors import CannotCarry, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.carriers.xml_part import Edit
    from aigc_label.containers.archive import Directory, Member
    from aigc_label.containers.xmlspans import Element
    from aigc_label.edits import EditPlan
    from aigc_label.model import ImplicitLabel, Observation

PLACE = "epub.opf"

_CONTAINER = "META-INF/container.xml"
_MOST_RENDITIONS = 8


def is_epub(asset: Asset) -> bool:
    """Whether the file calls itself an EPUB."""
    return kinds.media_type(asset) == "application/epub+zip"


def observe(asset: Asset) -> Iterator[Observation]:
    """Yield what the package documents state, the default rendition's first.

    Raises:
        Malformed, LimitExceeded, CannotCarry: as the reason says; facts yielded before are kept.
    """
    directory = archive.directory(asset)
    yield from content_credential.observe(asset, directory, kind="epub")
    for member in _packages(asset, directory):
        part = archive.content(asset, member)
        yield from xml_part.observe(part, _DIALECT, home=False, offset=member.start)
        yield from epub_origin.observe(part, carrier=PLACE)


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The edits that make ``label`` the only one; nothing but package documents changes.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    from aigc_label.containers.archive import rewriting  # noqa: PLC0415 - reading rewrites nothing

    directory = archive.directory(asset)
    if directory.find("META-INF/signatures.xml") is not None:
        raise CannotCarry(
            "the publication is digitally signed, and any change breaks the "
            "signature; label it first, then sign it"
        )
    first, *others = _packages(asset, directory)
    made = xml_part.updated(archive.content(asset, first), _DIALECT, label)
    contents = {first.name: epub_origin.stated(made, label.origin) if label.origin else made}
    for member in others:
        rest = xml_part.without_label(archive.content(asset, member), _DIALECT)
        if rest is not None:
            contents[member.name] = rest
    return rewriting.plan(asset, directory, contents)


def _packages(asset: Asset, directory: Directory) -> list[Member]:
    """The members that the container names as package documents, each once."""
    container = directory.find(_CONTAINER)
    if container is None:
        raise Malformed(f"an EPUB without {_CONTAINER}")
    text, _ = xmlspans.as_utf8(archive.content(asset, container))
    found: dict[str, Member] = {}
    for element in xml_part.parsed(text, _CONTAINER).walk():
        if element.local == "rootfile":
            member = directory.find(xml_part.attribute(element, "full-path") or "")
            if member is not None:
                found.setdefault(member.name, member)
    if not found:
        raise Malformed("an EPUB whose container names no package document")
    return list(found.values())[:_MOST_RENDITIONS]


def _entry(element: Element) -> tuple[str, str] | None:
    """A ``meta`` of either version that is about the publication as a whole."""
    told = epub_origin.named(element)
    return (told[0].rpartition(":")[2], told[1]) if told else None


def _written(body: bytes, root: Element, entry: Element | None, text: str) -> Edit:
    """A ``meta`` with the prefix of the metadata it stands in."""
    inner = epub_origin.metadata(root)
    prefix = xml_part.own_prefix(body, inner)
    data = f'<{prefix}meta name="AIGC" content={xml_part.quoted(text)}/>'.encode()
    if entry is not None and entry.parent is inner:
        return (*xmlspans.span(body, entry), data)
    return xml_part.appended(body, inner, data)


_DIALECT = Dialect(
    part="the package document",
    carrier=PLACE,
    elsewhere="epub.property",
    entry=_entry,
    written=_written,
)
