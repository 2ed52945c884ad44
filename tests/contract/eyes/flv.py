"""FLV by ffmpeg, flvmeta, exiftool and mediainfo."""

from __future__ import annotations

import re
import struct
import subprocess
from typing import TYPE_CHECKING

from eyes import Eyes
from eyes.films import packets
from eyes.holes import HUGE
from eyes.programs import WHEEL, decoded, exiftool, ffprobe, keys_by_ffmpeg, mediainfo, run

if TYPE_CHECKING:
    from pathlib import Path


def flvmeta(path: Path, _tags) -> str:
    return run("flvmeta", "--full-dump", "--json", str(path))


def tags(data: bytes) -> list[tuple[int, int, bytes]]:
    """Offset, kind and data of every tag; the lengths behind them must be right."""
    (at,) = struct.unpack_from(">I", data, 5)
    at, out = at + 4, []
    while at < len(data):
        size = int.from_bytes(data[at + 1 : at + 4])
        assert struct.unpack_from(">I", data, at + 11 + size) == (size + 11,)
        out.append((at, data[at], data[at + 4 : at + 11] + data[at + 11 : at + 11 + size]))
        at += 15 + size
    return out


def pieces(data: bytes) -> list:
    """Tags but ``onMetaData``, and what its index of keyframes points at."""
    found = tags(data)
    out = [body for _, kind, body in found if kind != 18 or b"onMetaData" not in body]
    begins = {at: body for at, _, body in found}
    for index in re.finditer(rb"filepositions\x0a(.{4})", data, re.DOTALL):
        for number in range(int.from_bytes(index[1])):
            (offset,) = struct.unpack_from(">d", data, index.end() + 9 * number + 1)
            out.append(begins[int(offset)])
    sizes = re.findall(rb"\x00\x08filesize\x00(.{8})", data, re.DOTALL)
    return [*out, *(struct.unpack(">d", size)[0] - len(data) for size in sizes)]


def huge(data: bytes):
    """A hole behind the tags, as a recorder leaves; and tags of 16 MiB over 3 GiB."""
    yield "reserved", [data, HUGE]
    behind = 13 + 15 + int.from_bytes(data[14:17])
    largest = (1 << 24) - 1
    tag = [b"\x09" + largest.to_bytes(3) + bytes(7), largest, (largest + 11).to_bytes(4)]
    yield "huge-tags", [data[:behind], *tag * (HUGE // largest)]


def facts(path: Path) -> object:
    """Tags as ffmpeg sees them, without the label."""
    command = [WHEEL, "-v", "error", "-i", str(path), "-f", "ffmetadata", "-"]
    done = subprocess.run(command, capture_output=True, check=True, stdin=subprocess.DEVNULL)
    changed = (b"AIGC=", b"lastkeyframelocation=")
    return sorted(line for line in done.stdout.splitlines() if not line.startswith(changed))


EYES = Eyes(
    formats=("flv",),
    needs=("exiftool", "ffprobe", "flvmeta", "mediainfo"),
    labels=(keys_by_ffmpeg,),
    programs=(exiftool, ffprobe, mediainfo, flvmeta),
    strict_programs=(("flvmeta", "--check"),),
    # it goes on behind the last value rather than behind the tag, and there is no end marker
    beyond={"flv/plain/loose.flv": (flvmeta,)},
    pieces=pieces,
    huge=huge,
    essence=(decoded, packets),
    facts=facts,
    may_change=r"Flash:(AIGC|FileSizeBytes|KeyFramePositions|Lastkeyframelocation)",
)
