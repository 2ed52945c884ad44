"""AVI by ffmpeg, mediainfo, exiftool, mplayer and mutagen's RIFF walker."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from mutagen._riff import RiffFile

from eyes import Eyes, fields_in
from eyes.films import packets
from eyes.holes import HUGE
from eyes.matroska import facts
from eyes.programs import decoded, exiftool, ffprobe, keys_by_ffmpeg, mediainfo

if TYPE_CHECKING:
    from pathlib import Path


def child_by_mutagen(path: Path) -> dict:
    """The only child AIGC of a LIST INFO in the first RIFF; a NUL ends it."""
    with path.open("rb") as file:
        lists = [chunk for chunk in RiffFile(file).root.subchunks() if chunk.id == "LIST"]
        texts = [
            child.read()
            for chunk in lists
            if chunk.name == "INFO"
            for child in chunk.subchunks()
            if child.id == "AIGC"
        ]
    (only,) = texts
    assert only.endswith(b"}\x00")
    return fields_in(only[:-1])


def mediainfo_in_utf8(path: Path, tags: dict) -> str:
    """It takes the texts of INFO for Latin-1, which the standard leaves open; ASCII is the same."""
    told = mediainfo(path, tags)
    return told.encode("latin-1", "ignore").decode("utf-8", "ignore")


def chunks(data: bytes, at: int, end: int):
    """Name, and where the body begins and ends; a size of -1 runs to the end."""
    while at + 8 <= end:
        name, size = struct.unpack_from("<4sI", data, at)
        size = end - at - 8 if size == 0xFFFFFFFF else size
        assert at + 8 + size <= end, (name, at)
        yield name, at + 8, at + 8 + size
        at += 8 + size + size % 2


def pieces(data: bytes) -> list:
    """All chunks but JUNK of zeros, and INFO child by child; indexes as what they point at."""
    out = []
    for name, at, end in chunks(data, 0, len(data)):
        assert name == b"RIFF"
        out.append(data[at : at + 4])
        out += in_list(data, at + 4, end, data.find(b"movi"))
    return out


def in_list(data: bytes, start: int, stop: int, movi: int):
    for name, at, end in chunks(data, start, stop):
        kind = data[at : at + 4] if name == b"LIST" else name
        if kind in (b"hdrl", b"strl", b"movi", b"odml", b"INFO"):
            inner = list(in_list(data, at + 4, end, movi))
            yield from [(kind, piece) for piece in inner] if kind == b"INFO" else [kind, *inner]
        elif name == b"idx1":
            yield old_index(data, at, end, movi)
        elif name == b"indx":
            yield [super_index(data, place) for place in range(at + 24, end, 16)]
        elif name[:2] == b"ix":
            (base,) = struct.unpack_from("<Q", data, at + 12)
            offsets = struct.unpack_from(f"<{(end - at - 24) // 4}I", data, at + 24)[::2]
            yield [data[base + offset - 8 : base + offset + 8] for offset in offsets]
        elif name != b"AIGC" and (name != b"JUNK" or any(data[at:end])):
            yield name, data[at:end]


def old_index(data: bytes, at: int, end: int, movi: int) -> list:
    """What the entries point at, from the list of media or from the file's beginning."""
    entries = list(struct.iter_unpack("<4sIII", data[at:end]))
    first, _, offset, _ = entries[0]
    base = movi if data[movi + offset :].startswith(first) else 0
    assert all(data[base + where :].startswith(name) for name, _, where, _ in entries)
    return [(flags, data[base + where :][:16], size) for _, flags, where, size in entries]


def super_index(data: bytes, place: int) -> bytes:
    where, size, _ = struct.unpack_from("<QII", data, place)
    assert not size or data[where : where + 2] == b"ix"
    return data[where : where + 12] if size else b""


def huge(data: bytes):
    """A film of one RIFF with 3 GiB of media, and one of three RIFFs with 1 GiB in each."""
    lists = {
        data[at : at + 4]: data[at - 8 : end] + bytes((end - at) % 2)
        for _, at, end in chunks(data, 12, 8 + struct.unpack_from("<I", data, 4)[0])
    }
    hdrl, info = lists[b"hdrl"], lists[b"INFO"]
    more = len(hdrl) + len(info) + 20

    def movi(size: int) -> bytes:
        return b"LIST" + struct.pack("<I", size + 12) + b"movi00dc" + struct.pack("<I", size)

    def head(size: int, kind: bytes) -> bytes:
        return b"RIFF" + struct.pack("<I", 4 + size) + kind

    one, third = HUGE - 64, HUGE // 3
    yield "one-riff", [head(more + one, b"AVI "), hdrl, info, movi(one), one]
    yield "behind", [head(more + one, b"AVI "), hdrl, movi(one), one, info]
    further = [head(third + 20, b"AVIX"), movi(third), third]
    first = [head(more + third, b"AVI "), hdrl, info, movi(third), third]
    yield "opendml", [*first, *further, *further]


EYES = Eyes(
    formats=("avi",),
    needs=("exiftool", "ffprobe", "mediainfo", "mplayer"),
    labels=(child_by_mutagen, keys_by_ffmpeg),
    programs=(exiftool, ffprobe, mediainfo_in_utf8),
    strict_programs=(
        ("mplayer", "-really-quiet", "-vo", "null", "-ao", "null", "{}"),
        ("mediainfo", "--Full"),
    ),
    has_room=True,
    pieces=pieces,
    huge=huge,
    essence=(decoded, packets),
    facts=facts,
    may_change=r"RIFF:Unknown_(AIGC|JUNK|indx|ix..)",
    comes_with=r"RIFF:Unknown_JUNK",
)
