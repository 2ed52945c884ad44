"""EPUB by the standard library, exiftool and unzip; epubcheck was asked once, see the recipe."""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zipfile
from typing import TYPE_CHECKING

from eyes import Eyes, archive, fields_in
from eyes.programs import run

if TYPE_CHECKING:
    from pathlib import Path

OPF = "{http://www.idpf.org/2007/opf}"
PACKAGE = "OEBPS/content.opf"


def meta_by_the_standard_library(path: Path) -> dict:
    """The package document that the container names, and the one meta of that name in it."""
    root = ET.fromstring(archive.part(path, "META-INF/container.xml"))  # noqa: S314 - was just written
    name = next(node for node in root.iter() if node.tag.endswith("}rootfile")).get("full-path")
    tree = ET.fromstring(archive.part(path, name))  # noqa: S314 - as above
    metas = tree.findall(f"{OPF}metadata/{OPF}meta")
    (only,) = [one for one in metas if one.get("name", "").upper() == "AIGC"]
    return fields_in(only.get("content"))


def exiftool(path: Path, _tags) -> str:
    """All that the package document holds: exiftool's JSON has only the first of one name."""
    return run("exiftool", "-a", str(path))


def mimetype_first(path: Path) -> None:
    """As OCF asks (EPUB 3.3, 4.2.2)."""
    archive.tested_by_zipfile(path)
    assert path.read_bytes()[30:58] == b"mimetypeapplication/epub+zip"


def facts(path: Path) -> list:
    """The package document but for the label, and the container."""
    with zipfile.ZipFile(path) as opened:
        told = archive.elements(opened.read(PACKAGE))
        told += archive.elements(opened.read("META-INF/container.xml"))
    return [one for one in told if ("name", "AIGC") not in one[1]]


def words(path: Path) -> bytes:
    return archive.part(path, "OEBPS/one.xhtml")


def pieces(data: bytes) -> list:
    return archive.pieces(data, PACKAGE)


def huge(data: bytes):
    """A member behind all others, as mimetype must be the first."""
    yield from archive.huge(data)


EYES = Eyes(
    formats=("epub",),
    needs=archive.NEEDS,
    labels=(meta_by_the_standard_library,),
    programs=(exiftool,),
    strict=(mimetype_first,),
    strict_programs=archive.STRICT_PROGRAMS,
    pieces=pieces,
    huge=huge,
    essence=(words,),
    facts=facts,
    may_change=r"ZIP:Zip|XML",  # exiftool's JSON mingles elements of one name; facts look closer
)
