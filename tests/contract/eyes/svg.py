"""SVG by Python's own XML parser, exiftool, xmllint and librsvg."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from eyes import Eyes, fields_in
from eyes.holes import HUGE
from eyes.pictures import TC260
from eyes.programs import exiftool, run

if TYPE_CHECKING:
    from pathlib import Path

SVG = "{http://www.w3.org/2000/svg}"


def tree(path: Path) -> ET.Element:
    data = path.read_bytes()
    declared = re.match(rb'<\?xml [^>]*encoding="([^"]+)"', data)
    text = data.decode(declared[1].decode() if declared else "utf-8-sig")
    text = re.sub(r"^<\?xml [^>]*\?>", "", text)  # expat knows few encodings by itself
    return ET.fromstring(text)  # noqa: S314 - a fixture, or what was just written here


def xmp_by_elementtree(path: Path) -> dict:
    (only,) = tree(path).iter(TC260)
    return fields_in(only.text)


def drawing(path: Path) -> list:
    """Every element outside metadata, with its words."""
    found = tree(path)
    for parent in list(found.iter()):
        for child in parent.findall(f"{SVG}metadata"):
            parent.remove(child)
    return [(node.tag, node.attrib, (node.text or "").strip()) for node in found.iter()]


def facts(path: Path) -> list:
    """What metadata says but the label."""
    out = []
    for metadata in tree(path).iter(f"{SVG}metadata"):
        for node in metadata.iter():
            told = {k: v for k, v in node.attrib.items() if not k.endswith("}about")}
            text = (node.text or "").strip()
            if node.tag != TC260 and (text or told):
                out.append((node.tag, told, text))
    return out


def pieces(data: bytes) -> list:
    """All but metadata, byte for byte."""
    rest = re.sub(rb"\n?<(\w+:)?metadata.*?</(\w+:)?metadata>", b"", data, flags=re.DOTALL)
    # a root element that was closed at once no longer is
    return [re.sub(rb"\s*(/>|>\s*</(svg:)?svg>)\s*$", b"", rest)]


def xmllint(path: Path, _tags) -> str:
    query = "string(//*[local-name()='AIGC'])"
    return run("xmllint", "--nonet", "--xpath", query, str(path))


def huge(data: bytes):
    end, label = data.rindex(b"</svg>"), data.index(b"<metadata")
    yield "hole-behind", [data[:end], HUGE, data[end:]]
    yield "label-behind", [data[:label], HUGE, data[label:]]


EYES = Eyes(
    formats=("svg",),
    needs=("exiftool", "rsvg-convert", "xmllint"),
    labels=(xmp_by_elementtree,),
    programs=(exiftool, xmllint),
    strict=(tree,),
    strict_programs=(
        ("xmllint", "--noout", "--nonet"),
        ("rsvg-convert", "--format", "svg"),
        ("exiftool", "-validate", "-warning", "-a"),
    ),
    # exiftool checks XMP as if nothing stood around it, the drawing's own elements too
    allowed="Improperly enclosed XMP property: svg:svg/svg:metadata/|namespace svg is used out of",
    # it prints unknown parts of the drawing itself, under other names where there is any RDF
    may_change=r"SVG:(Tag)?G",
    essence=(drawing,),
    facts=facts,
    pieces=pieces,
    huge=huge,
)
