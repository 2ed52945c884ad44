"""JPEG by Pillow, djpeg, exiftool and exiv2."""

from __future__ import annotations

import struct

from eyes import Eyes
from eyes.holes import HUGE
from eyes.pictures import checked_by_pillow, xmp_by_pillow
from eyes.programs import exiftool, exiv2

JPEG_BARE = {0x01, *range(0xD0, 0xDA)}


def pieces(data: bytes) -> list:
    at, out = 2, []
    while data[at + 1] != 0xDA:
        if data[at + 1] == 0xFF:  # a fill byte
            out.append(b"\xff")
            at += 1
            continue
        size = 2 + (0 if data[at + 1] in JPEG_BARE else struct.unpack_from(">H", data, at + 2)[0])
        out.append(data[at : at + size])
        at += size
    pieces = [*out, data[at:]]
    # the index of a multi-picture file holds the first picture's length
    own = (b"http://ns.adobe.com/xap/1.0/\0", b"MPF\0")
    return [piece for piece in pieces if not piece[4:].startswith(own)]


def huge(data: bytes):
    yield "trailing", [data, HUGE]
    yield "endless-scan", [data[:-2], HUGE]


EYES = Eyes(
    formats=("jpeg",),
    needs=("djpeg", "exiftool", "exiv2"),
    labels=(xmp_by_pillow,),
    programs=(exiftool, exiv2),
    strict=(checked_by_pillow,),
    strict_programs=(("djpeg", "-strict", "-outfile", "/dev/null"),),
    has_room=True,
    pieces=pieces,
    huge=huge,
    may_change=r".*MPImageStart$|MPImage1:MPImageLength",
)
