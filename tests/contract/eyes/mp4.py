"""MP4, QuickTime and M4A by mutagen, ffmpeg, exiftool and mediainfo."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from mutagen.mp4 import MP4

from eyes import Eyes
from eyes.films import mutagen_facts, packets
from eyes.holes import HUGE
from eyes.programs import WHEEL, decoded, exiftool, ffprobe, keys_by_ffmpeg, mediainfo, run

if TYPE_CHECKING:
    from pathlib import Path


def boxes(data: bytes, start: int, end: int):
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", data, start + 8), 16
        yield kind, start, start + head, start + size
        start += size


def leaves(data: bytes, start: int, end: int, path: bytes = b""):
    """Boxes that hold no boxes, but for metadata and free space."""
    for kind, at, body, stop in boxes(data, start, end):
        if kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"moof", b"traf"):
            yield from leaves(data, body, stop, path + kind)
        elif kind not in (b"udta", b"meta", b"free", b"skip"):
            yield path + kind, at, data[body:stop]


def pointed_at(data: bytes) -> list[bytes]:
    """The bytes that the tables of offsets point at."""
    out = []
    for path, _, body in leaves(data, 0, len(data)):
        kind = path[-4:]
        if kind in (b"stco", b"co64"):
            (count,) = struct.unpack_from(">I", body, 4)
            offsets = struct.unpack_from(f">{count}{'I' if kind == b'stco' else 'Q'}", body, 8)
            out += [data[at : at + 16] for at in offsets]
        elif kind == b"mfra":
            out += [data[at + 4 : at + 8] for at in random_access(body)]
        elif kind == b"tfhd" and body[3] & 1:
            (at,) = struct.unpack_from(">Q", body, 8)
            out.append(data[at + 4 : at + 8])
    return out


def random_access(mfra: bytes) -> list[int]:
    """The offsets of fragments in ``tfra`` tables."""
    out = []
    for kind, _, at, _ in boxes(mfra, 0, len(mfra)):
        if kind == b"tfra":
            lengths, count = struct.unpack_from(">II", mfra, at + 8)
            wide = mfra[at] == 1
            step = (16 if wide else 8) + sum((lengths >> n & 3) + 1 for n in (0, 2, 4))
            first = at + 16 + (8 if wide else 4)
            for place in range(first, first + count * step, step):
                out += struct.unpack_from(">Q" if wide else ">I", mfra, place)
    return out


def pieces(data: bytes) -> list:
    tables = (b"stco", b"co64", b"mfra", b"tfhd")
    kept = [(path, body) for path, _, body in leaves(data, 0, len(data)) if path[-4:] not in tables]
    return [*kept, *pointed_at(data)]


def huge(data: bytes):
    at = data.index(b"mdat") - 4
    (size,) = struct.unpack_from(">I", data, at)
    mdat = struct.pack(">I4sQ", 1, b"mdat", HUGE + 16)
    if data.index(b"moov") > at:
        yield "huge-mdat", [data[:at], mdat, HUGE, data[at + size :]]
    else:
        yield "huge-mdat-behind", [data[: at + size], mdat, HUGE]
    yield "huge-free", [data, struct.pack(">I4sQ", 1, b"free", HUGE + 16), HUGE]


def facts(path: Path) -> object:
    """Tags by mutagen, which must see a brand; else as ffmpeg tells them."""
    if path.read_bytes()[4:8] == b"ftyp":
        return mutagen_facts(path)
    told = run(WHEEL, "-v", "error", "-i", str(path), "-f", "ffmetadata", "-")
    return sorted(line for line in told.splitlines() if not line.startswith("AIGC="))


EYES = Eyes(
    formats=("mp4", "mov", "m4a"),
    labels=(keys_by_ffmpeg,),
    programs=(exiftool, ffprobe, mediainfo),
    strict=(MP4,),
    strict_programs=(
        ("exiftool", "-validate", "-warning", "-error", "-a"),
        ("mediainfo", "--Full"),
    ),
    # exiftool would rather have iTunes tags and keys in one meta box, which ISO/IEC 14496-12
    # cannot hold: a meta box has one handler
    allowed=r"Duplicate tag '(meta|hdlr|ilst)' at MOV-Movie-UserData",
    has_room=True,
    pieces=pieces,
    huge=huge,
    facts=facts,
    essence=(decoded, packets),
    may_change=r"Keys:AIGC|Meta:Free|QuickTime:(Free|Unknown_(mfra|tfhd))",
    comes_with=r"QuickTime:HandlerType|Meta:Free",
)
