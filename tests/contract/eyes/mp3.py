"""MP3 by mutagen, ffmpeg, mp3val, exiftool and mediainfo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mutagen
from mutagen.id3 import ID3
from mutagen.mp3 import MP3

from eyes import Eyes, fields_in
from eyes.holes import HUGE
from eyes.programs import exiftool, ffprobe, keys_by_ffmpeg, mediainfo

if TYPE_CHECKING:
    from pathlib import Path


def txxx_by_mutagen(path: Path) -> dict:
    (only,) = [frame for frame in ID3(path).getall("TXXX") if frame.desc.upper() == "AIGC"]
    return fields_in(only.text[0])


def pieces(data: bytes) -> list:
    if data[:3] != b"ID3":
        return [data]
    size = sum(byte << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    return [data[10 + size + (10 if data[5] & 0x10 else 0) :]]


def huge(data: bytes):
    yield "huge", [data, HUGE]
    yield "with-id3v1", [data, HUGE, b"TAG" + bytes(125)]


def facts(path: Path) -> dict:
    tags = ID3(path) if path.read_bytes()[:3] == b"ID3" else {}
    keep = {key: str(tags[key]) for key in tags if key.upper() != "TXXX:AIGC"}
    return {"tags": keep, "length": mutagen.File(path).info.length}


EYES = Eyes(
    formats=("mp3",),
    needs=("exiftool", "ffprobe", "mediainfo", "mp3val"),
    labels=(txxx_by_mutagen, keys_by_ffmpeg),
    programs=(exiftool, ffprobe, mediainfo),
    strict=(MP3,),
    strict_programs=(("mp3val", "-si"),),
    beyond={
        # they take the doubled zeros of whole-tag unsynchronisation for text, before as after
        "mp3/plain/unsynchronised.mp3": (keys_by_ffmpeg, ffprobe, mediainfo),
        "mp3/variants/unsynchronised.mp3": (keys_by_ffmpeg, ffprobe, mediainfo),
        "mp3/plain/footer.mp3": (mediainfo,),  # reads no tag that has a footer
    },
    has_room=True,
    pieces=pieces,
    huge=huge,
    facts=facts,
    seen_only_afterwards={
        # exiftool trips over the extended header of ID3v2.3, which the new tag does without
        "mp3/plain/extended-header.mp3": ("ID3v2:Title",),
    },
)
