"""ODT, ODS and ODP by the standard library, exiftool and unzip."""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zipfile
from typing import TYPE_CHECKING

from eyes import Eyes, archive, fields_in
from eyes.programs import run

if TYPE_CHECKING:
    from pathlib import Path

META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


def field_by_the_standard_library(path: Path) -> dict:
    """One field of that name among the metadata, a string by its declared type."""
    root = ET.fromstring(archive.part(path, "meta.xml"))  # noqa: S314 - was just written here
    fields = root.findall(f"{OFFICE}meta/{META}user-defined")
    (only,) = [one for one in fields if one.get(f"{META}name", "").upper() == "AIGC"]
    assert only.get(f"{META}value-type") == "string"
    return fields_in(only.text)


def exiftool(path: Path, _tags) -> str:
    """All user-defined fields: exiftool's JSON has only the first of one name."""
    return run("exiftool", "-a", "-s3", "-XMP-meta:User-defined", str(path))


def mimetype_first(path: Path) -> None:
    """As the specification asks (ODF 1.3 part 2, 3.3), where it was so before."""
    archive.tested_by_zipfile(path)
    with zipfile.ZipFile(path) as opened:
        first = opened.infolist()[0]
        assert (first.filename, first.compress_type, first.extra) == ("mimetype", 0, b"")
        assert first.header_offset == 0
        listed = opened.read("META-INF/manifest.xml").decode()
        assert 'full-path="meta.xml"' in listed


def facts(path: Path) -> object:
    """All other metadata, and the manifest but for what it says of the metadata."""
    with zipfile.ZipFile(path) as opened:
        names = opened.namelist()
        told = archive.elements(opened.read("meta.xml")) if "meta.xml" in names else []
        listed = archive.elements(opened.read("META-INF/manifest.xml"))
    others = [one for one in told if one[1] or one[2]]
    return (
        [
            one
            for one in others
            if (f"{META}name", "AIGC") not in one[1] and "document" not in one[0]
        ],
        [one for one in listed if "meta.xml" not in str(one[1])],
    )


def content(path: Path) -> list:
    return archive.elements(archive.part(path, "content.xml"))


def pieces(data: bytes) -> list:
    return archive.pieces(data, "meta.xml", "META-INF/manifest.xml")


EYES = Eyes(
    formats=("odt", "ods", "odp"),
    needs=archive.NEEDS,
    labels=(field_by_the_standard_library,),
    programs=(exiftool,),
    strict=(mimetype_first,),
    strict_programs=archive.STRICT_PROGRAMS,
    pieces=pieces,
    huge=archive.huge,
    essence=(content,),
    facts=facts,
    may_change=r"ZIP:Zip|XMP-meta:User-defined",
)
