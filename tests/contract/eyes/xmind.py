"""XMind by the standard library and unzip: no other reader knows the format."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
import zipfile
from typing import TYPE_CHECKING

from eyes import Eyes, archive, fields_in
from eyes.programs import run

if TYPE_CHECKING:
    from pathlib import Path

URN = "{urn:xmind:xmap:xmlns:meta:2.0}"


def metadata(path: Path) -> dict:
    """The metadata of either kind; keys are unique."""

    def pairs(found):
        assert len({key.lower() for key, _ in found}) == len(found)
        return dict(found)

    with zipfile.ZipFile(path) as opened:
        if "content.json" in opened.namelist():
            if "metadata.json" not in opened.namelist():
                return {}
            return json.loads(opened.read("metadata.json"), object_pairs_hook=pairs)
        root = ET.fromstring(opened.read("meta.xml"))  # noqa: S314 - made here - was just written here
    return pairs([(node.tag.removeprefix(URN), ET.tostring(node, "unicode")) for node in root])


def member_by_the_standard_library(path: Path) -> dict:
    label = metadata(path)["AIGC"]
    return label if isinstance(label, dict) else fields_in(ET.fromstring(label).text)  # noqa: S314 - made here


def unzip(path: Path, _tags) -> str:
    """The metadata as text; one of its two names is not there."""
    with zipfile.ZipFile(path) as opened:
        name = "metadata.json" if "content.json" in opened.namelist() else "meta.xml"
    return run("unzip", "-p", str(path), name)


def facts(path: Path) -> dict:
    return {key: value for key, value in metadata(path).items() if key != "AIGC"}


def topics(path: Path) -> bytes:
    with zipfile.ZipFile(path) as opened:
        return opened.read("content.json" if "content.json" in opened.namelist() else "content.xml")


def pieces(data: bytes) -> list:
    return archive.pieces(data, "metadata.json", "meta.xml", "manifest.json")


EYES = Eyes(
    formats=("xmind",),
    needs=archive.NEEDS,
    labels=(member_by_the_standard_library,),
    programs=(unzip,),
    strict=(archive.tested_by_zipfile,),
    strict_programs=archive.STRICT_PROGRAMS,
    pieces=pieces,
    huge=archive.huge,
    essence=(topics,),
    facts=facts,
    may_change=r"ZIP:Zip",
)
