"""AIFF by mutagen, ffmpeg, sox, exiftool and mediainfo."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from mutagen.aiff import AIFF

from eyes import Eyes, fields_in
from eyes.films import mutagen_facts, packets
from eyes.holes import HUGE
from eyes.programs import decoded, exiftool, ffprobe, keys_by_ffmpeg, mediainfo

if TYPE_CHECKING:
    from pathlib import Path


def txxx_by_mutagen(path: Path) -> dict:
    (only,) = [frame for frame in AIFF(path).tags.getall("TXXX") if frame.desc.upper() == "AIGC"]
    return fields_in(only.text[0])


def chunks(data: bytes):
    at = 12
    while at + 8 <= len(data):
        kind, size = struct.unpack_from(">4sI", data, at)
        yield kind, data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    assert at == len(data)
    assert struct.unpack_from(">I", data, 4)[0] == len(data) - 8


def huge(data: bytes):
    """Three GiB of sound; the label before it and behind it."""
    size = HUGE - 64
    sound = b"SSND" + struct.pack(">I", size)
    found = dict(chunks(data))
    header, label = (
        kind + struct.pack(">I", len(found[kind])) + found[kind] + bytes(len(found[kind]) % 2)
        for kind in (b"COMM", b"ID3 ")
    )
    total = 4 + len(header) + 8 + size + len(label)
    head = b"FORM" + struct.pack(">I", total) + b"AIFF"
    yield "label-behind", [head, header, sound, size, label]
    yield "label-first", [head, header, label, sound, size]
    yield "trailing", [data, HUGE]


EYES = Eyes(
    formats=("aiff",),
    needs=("exiftool", "ffprobe", "mediainfo", "sox"),
    labels=(txxx_by_mutagen, keys_by_ffmpeg),
    programs=(exiftool, ffprobe, mediainfo),
    strict=(AIFF,),
    strict_programs=(("sox", "-V2", "{}", "-n"),),
    has_room=True,
    pieces=lambda data: [piece for piece in chunks(data) if piece[0] != b"ID3 "],
    huge=huge,
    essence=(decoded, packets),
    facts=mutagen_facts,
    beyond={
        # the wheel's forgets the pad byte of an odd chunk that it does not know; 5.1 does not
        "aiff/silent/application.aiff": (keys_by_ffmpeg,),
        "aiff/plain/sowt.aifc": (mediainfo,),  # looks at nothing behind the sound of AIFF-C
    },
)
