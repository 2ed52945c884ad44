"""GIF by Pillow, giflib, gifsicle and exiftool."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from eyes import Eyes, fields_in
from eyes.holes import HUGE
from eyes.pictures import checked_by_pillow, label_in
from eyes.programs import exiftool, run

if TYPE_CHECKING:
    from pathlib import Path


def xmp_by_its_trailer(path: Path) -> dict:
    """As the XMP specification has scanners do it; Pillow knows no XMP in GIF."""
    _, behind = path.read_bytes().split(b"!\xff\x0bXMP DataXMP", 1)
    packet, _ = behind.split(b"\x01" + bytes(range(255, -1, -1)) + b"\x00", 1)
    return fields_in(label_in(packet))


def gifsicle(path: Path, _tags) -> str:
    """The extensions, which it prints as hexadecimal digits."""
    told = run("gifsicle", "--info", "--extension-info", str(path))
    lines = re.findall(r"^    [0-9a-f]{8}: ((?:[0-9a-f]{2,4} )+) ", told, re.MULTILINE)
    return bytes.fromhex("".join(lines)).decode("utf-8", "replace")


def pieces(data: bytes) -> list:
    """Extensions, pictures and the tail. Packets are found by their magic trailer."""
    at, out = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0), []
    out.append(data[6:at])
    while data[at] != 0x3B:
        start = at
        if data[at : at + 14] == b"!\xff\x0bXMP DataXMP":
            at = data.index(b"\xff\xfe\xfd\xfc", at) + 257
            continue
        if data[at] == 0x2C:
            at += 11 + (3 << (data[at + 9] & 7) + 1 if data[at + 9] & 0x80 else 0)
        else:
            at += 2
        while data[at]:
            at += 1 + data[at]
        at += 1
        out.append(data[start:at])
    return [*out, data[at:]]


def huge(data: bytes):
    yield "trailing", [data, HUGE]


EYES = Eyes(
    formats=("gif",),
    needs=("exiftool", "gifsicle", "giftext"),
    labels=(xmp_by_its_trailer,),
    programs=(exiftool, gifsicle),
    strict=(checked_by_pillow,),
    strict_programs=(
        ("giftext",),
        ("gifsicle", "--info"),
        ("exiftool", "-validate", "-warning", "-a"),
    ),
    has_room=True,
    pieces=pieces,
    huge=huge,
    may_change=r"GIF:GIFVersion",
)
