"""WMA and WMV by Adobe's XMP toolkit (exempi), exiftool, mutagen and ffmpeg.

ffmpeg and mediainfo do not look for XMP in ASF.
"""

from __future__ import annotations

import html
import struct
from typing import TYPE_CHECKING

from mutagen.asf import ASF

from eyes import Eyes
from eyes.films import packets
from eyes.holes import HUGE
from eyes.programs import decoded, exiftool, run

if TYPE_CHECKING:
    from pathlib import Path

XMP = bytes.fromhex("cbcf7abea997e8429c71999491e3afac")


def exempi(path: Path, _tags) -> str:
    return html.unescape(run("exempi", "-R", "-x", str(path)))


def objects(data: bytes) -> list[tuple[bytes, bytes]]:
    """The objects at the top of the file."""
    at, out = 0, []
    while at + 24 <= len(data) and any(data[at : at + 24]):
        (size,) = struct.unpack_from("<Q", data, at + 16)
        assert size >= 24
        assert at + size <= len(data)
        out.append((data[at : at + 16], data[at + 24 : at + size]))
        at += size
    return [*out, (b"", data[at:])]


def pieces(data: bytes) -> list:
    """All but XMP and the size of the file."""
    (_, head), *rest = objects(data)
    return [head[:46], head[54:], *(one for one in rest if one[0] != XMP)]


def huge(data: bytes):
    """Data of 3 GiB; and a hole behind the file."""
    (head,) = struct.unpack_from("<Q", data, 16)
    (size,) = struct.unpack_from("<Q", data, head + 16)
    front = data[: head + 16] + struct.pack("<Q", size + HUGE)
    yield "huge-data", [front, data[head + 24 : head + size], HUGE, data[head + size :]]
    yield "reserved", [data, HUGE]


def facts(path: Path) -> dict:
    opened = ASF(path)
    tags = {key: [str(value) for value in values] for key, values in opened.tags.as_dict().items()}
    return {"tags": tags, "length": opened.info.length}


EYES = Eyes(
    formats=("wma", "wmv"),
    needs=("exempi", "exiftool"),
    programs=(exempi, exiftool),
    strict=(ASF,),
    strict_programs=(("mediainfo", "--Full"), ("exiftool", "-validate", "-warning", "-a")),
    pieces=pieces,
    huge=huge,
    essence=(decoded, packets),
    facts=facts,
    has_room=True,
    may_change=r"ASF:FileLength",
)
