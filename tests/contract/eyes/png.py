"""PNG by Pillow, pngcheck, exiftool and exiv2."""

from __future__ import annotations

import struct

from eyes import Eyes
from eyes.holes import GIB, HUGE, chunk_header
from eyes.pictures import checked_by_pillow, xmp_by_pillow
from eyes.programs import exiftool, exiv2


def pieces(data: bytes) -> list:
    at, out = 8, []
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        out.append((kind, data[at + 8 : at + 12 + size]))  # with the checksum
        at += 12 + size
    return [piece for piece in out if not piece[1].startswith((b"XML:com.adobe.xmp\0", b"AIGC\0"))]


def huge(data: bytes):
    """Two chunks of 1.5 GiB behind the picture, then the label that stood behind it."""
    end = len(data) - 12
    hole = 3 * GIB // 2
    private = chunk_header(b"prVt", hole)
    yield "huge-chunks", [data[:end], private, hole + 4, private, hole + 4, data[end:]]
    yield "trailing", [data, HUGE]


EYES = Eyes(
    formats=("png",),
    needs=("exiftool", "exiv2", "pngcheck"),
    labels=(xmp_by_pillow,),
    programs=(exiftool, exiv2),
    strict=(checked_by_pillow,),
    strict_programs=(("pngcheck", "-q"),),
    has_room=True,
    pieces=pieces,
    huge=huge,
)
