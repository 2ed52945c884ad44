"""TIFF by Pillow, libtiff and exiftool."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from eyes import Eyes
from eyes.holes import HUGE
from eyes.pictures import checked_by_pillow, xmp_by_pillow
from eyes.programs import exiftool, run

if TYPE_CHECKING:
    from pathlib import Path


def tiffinfo(path: Path, _tags) -> str:
    """The tags as libtiff prints them, the packet among them."""
    return run("tiffinfo", str(path))


def pieces(data: bytes) -> list:
    """The values of every page's tags, with strips, tiles, EXIF and GPS."""
    order, big = "<" if data[:2] == b"II" else ">", data[2] + data[3] == 43
    word, width = ("Q", 8) if big else ("L", 4)
    sizes = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 8: 2, 9: 4, 10: 8, 12: 8, 16: 8}

    def directory(at: int) -> tuple[dict, int]:
        (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, at)
        at += 8 if big else 2
        tags = {}
        for _ in range(count):
            tag, kind, number = struct.unpack_from(order + "HH" + word, data, at)
            size, at = number * sizes[kind], at + 4 + width
            (start,) = struct.unpack_from(order + word, data, at) if size > width else (at,)
            tags[tag] = (kind, data[start : start + size])
            at += width
        return tags, *struct.unpack_from(order + word, data, at)

    def numbers(tags: dict, tag: int) -> tuple[int, ...]:
        kind, raw = tags.get(tag, (3, b""))
        code = {3: "H", 4: "L", 16: "Q"}[kind]
        return struct.unpack(f"{order}{len(raw) // sizes[kind]}{code}", raw)

    (at,), out = struct.unpack_from(order + word, data, width), []
    while at:
        tags, at = directory(at)
        parts = [*zip(numbers(tags, 273), numbers(tags, 279), strict=True)]
        parts += zip(numbers(tags, 324), numbers(tags, 325), strict=True)
        out.append([data[start : start + size] for start, size in parts])
        out += [directory(start)[0] for tag in (0x8769, 0x8825) for start in numbers(tags, tag)]
        out.append({tag: value for tag, value in tags.items() if tag != 700})
    return out


def huge(data: bytes):
    """Three GiB behind all else; and a first directory behind three GiB, as libtiff writes it."""
    yield "trailing", [data, HUGE]
    order = "<" if data[:2] == b"II" else ">"
    (at,) = struct.unpack_from(order + "L", data, 4)
    (count,) = struct.unpack_from(order + "H", data, at)
    table = data[at : at + 2 + 12 * count + 4]
    place = max(HUGE, len(data))
    moved = data[:4] + struct.pack(order + "L", place) + data[8:]
    yield "directory-last", [moved, place - len(data), table]


EYES = Eyes(
    formats=("tiff",),
    needs=("exiftool", "tiffcp", "tiffdump", "tiffinfo"),
    labels=(xmp_by_pillow,),
    programs=(exiftool, tiffinfo),
    strict=(checked_by_pillow,),
    strict_programs=(
        ("tiffinfo", "-D"),
        ("tiffdump",),
        ("tiffcp", "{}", "/dev/null"),
        ("exiftool", "-validate", "-warning", "-a"),
    ),
    # exiftool would rather have XMP of type BYTE than UNDEFINED, which 20259A names
    allowed=r"Non-standard format \(undef\) for IFDN N ApplicationNotes",
    beyond={
        "tiff/variants/big.tif": (xmp_by_pillow,),  # reads no BigTIFF that is big endian
        "tiff/variants/utf16.tif": (xmp_by_pillow,),  # that is UTF-8 only, as it is searched
    },
    has_room=True,
    pieces=pieces,
    huge=huge,
)
