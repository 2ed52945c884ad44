"""OpenDocument packages that may be changed (ODF 1.3): what is refused, lengths, new styles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import document_xml, odf_meta
from aigc_label.carriers.odf_styles import Styles
from aigc_label.containers import archive
from aigc_label.errors import CannotCarry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aigc_label.asset import Asset
    from aigc_label.carriers.document_xml import Edit, Part

_POINTS = {"cm": 72 / 2.54, "mm": 72 / 25.4, "in": 72.0, "pt": 1.0, "pc": 12.0, "px": 0.75}
_LENGTH = re.compile(r"(-?[0-9]{1,6}(?:\.[0-9]{1,20})?)(cm|mm|in|pt|pc|px)")


class Package(NamedTuple):
    """A document: its text and what its styles say."""

    content: Part
    styles: Styles
    settings: Part | None


def opened(asset: Asset) -> Package:
    """A document that may be changed.

    Raises:
        CannotCarry: it is signed or encrypted, or its text cannot be edited without loss.
        Malformed, LimitExceeded: as the archive's reader.
    """
    directory = archive.directory(asset)
    if directory.find("META-INF/documentsignatures.xml") is not None:
        raise CannotCarry(
            "the document is digitally signed, and words in it break the signature; mark it "
            "first, then sign it"
        )
    odf_meta.require_plain(asset, directory)
    content = document_xml.load(asset, directory, "content.xml")
    styles = Styles()
    if directory.find("styles.xml") is not None:
        common = document_xml.load(asset, directory, "styles.xml")
        document_xml.walk(common.data, styles, common.name)
    there = directory.find("settings.xml") is not None
    settings = document_xml.load(asset, directory, "settings.xml") if there else None
    return Package(content, styles, settings)


def points(length: str | None) -> float | None:
    """A length such as ``2.5cm`` in points, ``None`` for anything else."""
    found = _LENGTH.fullmatch(length or "")
    return float(found[1]) * _POINTS[found[2]] if found else None


def length(number: float) -> str:
    """Points as a length."""
    return f"{number / _POINTS['cm']:.3f}cm"


def with_styles(part: Part, styles: Styles, names: Mapping[str, str], new: str) -> Edit:
    """The edit that adds automatic styles.

    Raises:
        CannotCarry: the part has no place for them.
    """
    if styles.automatic is not None:
        return document_xml.within(part.data, *styles.automatic, new.encode())
    if styles.body is None:
        raise CannotCarry(f"{part.name} has no body; save the document again, then mark it")
    o = names["office"]
    opening = f"<{o}automatic-styles{names['xmlns_office']}>"
    element = f"{opening}{new}</{o}automatic-styles>".encode()
    return styles.body, styles.body, element
