"""JPEG XL by ffmpeg, libjxl, exiftool, exiv2 and a walk over its boxes."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import brotli

from eyes import Eyes, fields_in
from eyes.holes import HUGE
from eyes.pictures import label_in, xmp_facts
from eyes.programs import decoded, exiftool, exiv2

if TYPE_CHECKING:
    from pathlib import Path

FIRST = 32  # bytes of the signature and of ftyp
CODESTREAM = (b"jxlc", b"jxlp")


def boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    """Types and contents; a bare codestream as if it stood in a box."""
    if data.startswith(b"\xff\x0a"):
        return [(b"jxlc", data)]
    at, out = FIRST, []
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        end = at + size if size else len(data)
        out.append((kind, data[at + 8 : end]))
        at = end
    return out


def unpacked(data: bytes) -> list[tuple[bytes, bytes]]:
    return [
        (body[:4], brotli.decompress(body[4:])) if kind == b"brob" else (kind, body)
        for kind, body in boxes(data)
    ]


def xmp_in_its_box(path: Path) -> dict:
    packets = [body for kind, body in unpacked(path.read_bytes()) if kind == b"xml "]
    (only,) = [packet for packet in packets if b"ContentProducer" in packet]
    return fields_in(label_in(only))


def pieces(data: bytes) -> list:
    """All boxes but XMP, which :func:`facts` looks at."""
    return [piece for piece in unpacked(data) if piece[0] != b"xml "]


def facts(path: Path) -> list:
    found = unpacked(path.read_bytes())
    packets = [body for kind, body in found if kind == b"xml " and b"<x:xmpmeta" in body]
    return [fact for packet in packets for fact in xmp_facts(packet)]


def huge(data: bytes):
    metadata = [(kind, body) for kind, body in boxes(data) if kind not in CODESTREAM]
    packed = b"".join(struct.pack(">I", len(body) + 8) + kind + body for kind, body in metadata)
    picture = struct.pack(">I4sQ", 1, b"jxlc", HUGE + 16)
    yield "label-first", [data[:FIRST], packed, picture, HUGE]
    yield "label-behind", [data[:FIRST], picture, HUGE, packed]
    yield "open-ended", [data[:FIRST], packed, struct.pack(">I4s", 0, b"jxlc"), HUGE]


EYES = Eyes(
    formats=("jxl",),
    needs=("djxl", "exiftool", "exiv2", "jxlinfo"),
    labels=(xmp_in_its_box,),
    beyond={"jxl/plain/open-ended.jxl": (exiv2,)},  # it knows no boxes that run to the end
    programs=(exiftool, exiv2),
    strict=(decoded,),
    strict_programs=(
        ("djxl", "--disable_output"),
        ("jxlinfo", "-v"),
        ("exiftool", "-validate", "-warning", "-a"),
    ),
    has_room=True,
    essence=(decoded,),
    facts=facts,
    pieces=pieces,
    huge=huge,
    comes_with=r"Jpeg2000:(MajorBrand|MinorVersion|CompatibleBrands)",  # around a bare codestream
)
