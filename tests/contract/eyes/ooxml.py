"""DOCX, XLSX and PPTX by python-docx, openpyxl, python-pptx, exiftool and unzip."""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zipfile
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import docx.opc.package
import openpyxl
import pptx.opc.package

from eyes import Eyes, archive, fields_in
from eyes.programs import exiftool

if TYPE_CHECKING:
    from pathlib import Path

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/"
LISTS = ("[Content_Types].xml", "_rels/.rels")


def label_in(properties: bytes) -> dict:
    """As the guide says: one property of that name, its number unique, its value an lpwstr."""
    root = ET.fromstring(properties)  # noqa: S314 - a part that was just written here
    numbers = [int(entry.get("pid")) for entry in root]
    assert len(set(numbers)) == len(numbers)
    assert min(numbers) >= 2
    (only,) = [entry for entry in root if entry.get("name").upper() == "AIGC"]
    assert only.get("fmtid") == "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
    (value,) = only
    assert value.tag in (f"{{{OFFICE}docPropsVTypes}}lpwstr", f"{{{STRICT}docPropsVTypes}}lpwstr")
    return fields_in(value.text)


def linked_part(package) -> dict:
    """The part that the package's relationships and list of types call custom properties."""
    (only,) = [p for p in package.iter_parts() if p.content_type.endswith("custom-properties+xml")]
    return label_in(only.blob)


def by_python_docx(path: Path) -> dict:
    return linked_part(docx.opc.package.OpcPackage.open(str(path)))


def by_python_pptx(path: Path) -> dict:
    return linked_part(pptx.opc.package.OpcPackage.open(str(path)))


def by_openpyxl(path: Path) -> dict:
    return fields_in(openpyxl.load_workbook(path).custom_doc_props["AIGC"].value)


def words_of_document(path: Path) -> list:
    return archive.elements(archive.part(path, "word/document.xml"))


def cells_of_book(path: Path) -> list:
    book = openpyxl.load_workbook(path)
    return [[[cell.value for cell in row] for row in sheet] for sheet in book]


def words_of_slides(path: Path) -> list:
    return archive.elements(archive.part(path, "ppt/slides/slide1.xml"))


def facts(path: Path) -> dict:
    """Properties, types and relationships but the label's and its part's."""
    seen = {}
    with zipfile.ZipFile(path) as opened:
        for name in opened.namelist():
            if name in LISTS or name.startswith("docProps/"):
                seen[name] = archive.elements(opened.read(name))
    custom = seen.pop("docProps/custom.xml", [])
    entries = pairwise(custom)
    seen["others"] = [
        (dict(entry[1])["name"], *value)
        for entry, value in entries
        if entry[0].endswith("}property") and ("name", "AIGC") not in entry[1]
    ]
    for name in LISTS:
        told = (dict(attributes) for _, attributes, _ in seen[name])
        seen[name] = [one for one in told if "custom" not in str(one)]
    return seen


def pieces(data: bytes) -> list:
    return archive.pieces(data, *LISTS, "docProps/custom.xml")


def eyes(kind: str, reader, essence, **beyond) -> Eyes:
    return Eyes(
        formats=(kind,),
        needs=archive.NEEDS,
        labels=(reader,),
        programs=(exiftool,),
        strict=(archive.tested_by_zipfile,),
        strict_programs=archive.STRICT_PROGRAMS,
        beyond=beyond,
        pieces=pieces,
        huge=partial(archive.huge, first=True),
        essence=(essence,),
        facts=facts,
        may_change=r"ZIP:Zip|XML:AIGC",
    )


EYES = (
    eyes("docx", by_python_docx, words_of_document),
    eyes("xlsx", by_openpyxl, cells_of_book),
    eyes("pptx", by_python_pptx, words_of_slides),
)
