"""ZIP archives by the standard library, unzip, zip and a few lines that walk records."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
import zipfile
from typing import TYPE_CHECKING

from eyes.holes import HUGE

if TYPE_CHECKING:
    from pathlib import Path

STRICT_PROGRAMS = (("unzip", "-tqq"), ("zip", "-T", "-q"))
NEEDS = ("exiftool", "crc32", "unzip", "zip")


def tested_by_zipfile(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert len(set(names)) == len(names)


def part(path: Path, name: str) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)


def raw_members(data: bytes) -> dict[str, tuple]:
    """Name -> facts and packed bytes of each member, as the directory and the local header say."""
    end = data.rindex(b"PK\5\6")
    count, _, at = struct.unpack_from("<HII", data, end + 10)
    if at == 0xFFFFFFFF:
        wide = data.rindex(b"PK\6\6", 0, end)
        count, _, at = struct.unpack_from("<3Q", data, wide + 32)
    out = {}
    for _ in range(count):
        assert data[at : at + 4] == b"PK\1\2"
        facts = struct.unpack_from("<6H3I", data, at + 4)
        names, extras, comments = struct.unpack_from("<3H", data, at + 28)
        (local,) = struct.unpack_from("<I", data, at + 42)
        assert data[local : local + 4] == b"PK\3\4"
        own, more = struct.unpack_from("<2H", data, local + 26)
        body = local + 30 + own + more
        tail = data[at + 46 + names : at + 46 + names + extras + comments]
        packed = data[body : body + facts[7]]
        behind = data[body + facts[7] : body + facts[7] + (16 if facts[2] & 8 else 0)]
        name = data[at + 46 : at + 46 + names].decode()
        out[name] = (facts, tail, data[local:body], packed, behind)
        at += 46 + names + extras + comments
    return out


def pieces(data: bytes, *own: str) -> list:
    """All members but those named, to the byte, in their order, and the archive's comment."""
    kept = [(name, *facts) for name, facts in raw_members(data).items() if name not in own]
    return [*kept, data[data.rindex(b"PK\5\6") + 20 :]]


def elements(document: bytes) -> list:
    """Every element of a document with its attributes and text; numbers of lists do not count."""
    if not document:
        return []
    root = ET.fromstring(document)  # noqa: S314 - a fixture, or what was just written
    return [(node.tag, sorted(node.items()), (node.text or "").strip()) for node in root.iter()]


def huge(data: bytes, *, first: bool = False):
    """A stored member of 3 GiB behind the others; or in front of them."""
    end = data.rindex(b"PK\5\6")
    count, size, start = struct.unpack_from("<H2I", data, end + 10)
    name = b"Pictures/huge.bin"
    facts = (20, 0, 0, 0, 0x21, 0, HUGE - 4096, HUGE - 4096, len(name), 0)
    local = struct.pack("<4s5H3I2H", b"PK\3\4", *facts) + name

    def record(at: int) -> bytes:
        return struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, *facts, 0, 0, 0, 0, at) + name

    def ending(directory: bytes, place: int) -> bytes:
        last = (0, 0, count + 1, count + 1, len(directory), place, 0)
        return directory + struct.pack("<4s4H2IH", b"PK\5\6", *last)

    listed = data[start : start + size]
    hole = HUGE - 4096
    place = start + len(local) + hole
    yield "huge-last", [data[:start], local, hole, ending(listed + record(start), place)]
    if first:
        moved, at = bytearray(listed), 0
        while at < len(moved):
            (offset,) = struct.unpack_from("<I", moved, at + 42)
            struct.pack_into("<I", moved, at + 42, offset + len(local) + hole)
            at += 46 + sum(struct.unpack_from("<3H", moved, at + 28))
        yield "huge-first", [local, hole, data[:start], ending(record(0) + bytes(moved), place)]
