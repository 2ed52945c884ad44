"""WebP by Pillow, webpinfo, exiftool and exiv2."""

from __future__ import annotations

import struct

from eyes import Eyes
from eyes.chunks import pieces_of_riff
from eyes.holes import HUGE
from eyes.pictures import checked_by_pillow, xmp_by_pillow
from eyes.programs import exiftool, exiv2


def huge(data: bytes):
    size = HUGE - 64
    body = data[12:]
    head = b"RIFF" + struct.pack("<I", 4 + len(body) + 8 + size) + b"WEBP"
    yield "huge-chunk", [head, body, b"junk" + struct.pack("<I", size), size]
    vp8x, rest = body[:18], body[18:]
    yield "huge-chunk-first", [head, vp8x, b"junk" + struct.pack("<I", size), size, rest]


EYES = Eyes(
    formats=("webp",),
    needs=("exiftool", "exiv2", "webpinfo"),
    labels=(xmp_by_pillow,),
    programs=(exiftool, exiv2),
    strict=(checked_by_pillow,),
    strict_programs=(("webpinfo",),),
    has_room=True,
    pieces=pieces_of_riff,
    huge=huge,
    may_change=r"RIFF:WebP_Flags",
    comes_with=r"RIFF:(Image(Width|Height)|AlphaPreprocessing)",
)
