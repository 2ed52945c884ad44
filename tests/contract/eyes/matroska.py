"""Matroska and WebM by ffmpeg, mkvtoolnix, exiftool and mediainfo."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from eyes import Eyes
from eyes.films import packets
from eyes.holes import HUGE
from eyes.programs import WHEEL, decoded, ffprobe, keys_by_ffmpeg, mediainfo, run

if TYPE_CHECKING:
    from pathlib import Path


def exiftool_to_the_end(path: Path, _tags) -> str:
    """exiftool stops at the first Cluster unless told not to."""
    return run("exiftool", "-ee", "-a", "-b", "-j", str(path))


def mkvextract(path: Path, _tags) -> str:
    return run("mkvextract", str(path), "tags", "-")


def vint(data: bytes, at: int) -> tuple[int, int]:
    """An EBML size and how many bytes it takes."""
    width = 9 - data[at].bit_length()
    size = int.from_bytes(data[at : at + width]) & (1 << 7 * width) - 1
    return (len(data) if size == (1 << 7 * width) - 1 else size), width


def pieces(data: bytes) -> list:
    """Top-level elements and where they stand; a SeekHead as what it points at.

    In a live stream, all that follows the tags is one piece.
    """
    start = data.index(b"\x18\x53\x80\x67") + 4
    segment = at = start + vint(data, start)[1]
    out = [data[: start - 4]]
    while at < len(data):
        long = 1 if data[at] >> 7 else 4
        size, width = vint(data, at + long)
        kind, end = data[at : at + long], min(at + long + width + size, len(data))
        body = data[at + long + width : end]
        if size == len(data):  # live: up to the new tags
            tags = body.find(b"\x12\x54\xc3\x67")
            body = body if tags < 0 else body[:tags]
        if kind == b"\x11\x4d\x9b\x74":
            places = re.findall(rb"\x53\xab\x84(.{4})\x53\xac(.)", body, re.DOTALL)
            spots = [m.end() for m in re.finditer(rb"\x53\xab\x84.{4}\x53\xac.", body, re.DOTALL)]
            for (name, width_of), spot in zip(places, spots, strict=True):
                place = segment + int.from_bytes(body[spot : spot + (width_of[0] & 15)])
                assert data[place : place + 4] == name
        elif kind not in (b"\xec", b"\x12\x54\xc3\x67"):
            out.append((at - segment, kind, body))
        at = end
    return out


def huge(data: bytes):
    """Clusters of 1.5 GiB between the head and the tags; a Void of 3 GiB behind a whole film."""
    at = data.index(b"\x18\x53\x80\x67") + 4
    tags = data.rindex(b"\x12\x54\xc3\x67", 0, data.index(b"ProduceID"))
    width = 9 - data[tags + 4].bit_length()
    size = int.from_bytes(data[tags + 4 : tags + 4 + width]) & (1 << 7 * width) - 1
    label = data[tags : tags + 4 + width + size]
    cluster = data.index(b"\x1f\x43\xb6\x75", at + 120)
    hole = HUGE // 2
    huge = b"\x1f\x43\xb6\x75" + (hole | 1 << 56).to_bytes(8)
    live = data[:at] + b"\x01" + b"\xff" * 7
    front = data[at + 8 : min(tags, cluster)]
    yield "label-behind", [live, front, huge, hole, huge, hole, label]
    yield "label-first", [live, front, label, huge, hole, huge, hole]
    yield "huge-void", [live, front, label, b"\xec" + (HUGE | 1 << 56).to_bytes(8), HUGE]


def facts(path: Path) -> object:
    """Tags and chapters as ffmpeg sees them, without the label."""
    command = [WHEEL, "-v", "error", "-i", str(path), "-f", "ffmetadata", "-"]
    done = subprocess.run(command, capture_output=True, check=True, stdin=subprocess.DEVNULL)
    return sorted(line for line in done.stdout.splitlines() if not line.startswith(b"AIGC="))


EYES = Eyes(
    formats=("mkv", "webm"),
    needs=("exiftool", "ffprobe", "mediainfo", "mkvextract", "mkvmerge"),
    labels=(keys_by_ffmpeg,),
    programs=(exiftool_to_the_end, ffprobe, mediainfo, mkvextract),
    strict_programs=(("mkvmerge", "-o", "/dev/null"), ("mediainfo", "--Full")),
    pieces=pieces,
    huge=huge,
    essence=(decoded, packets),
    facts=facts,
    may_change=r"Matroska:(Aigc|SeekPosition|CRC-32)",
)
