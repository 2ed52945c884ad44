"""ADTS streams by mutagen, ffmpeg, faad, exiftool and mediainfo.

exiftool 12.57 calls what has an ID3v2 tag MP3, and reads the tag.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutagen.aac import AAC
from mutagen.id3 import ID3

from eyes import Eyes
from eyes.films import packets
from eyes.holes import HUGE
from eyes.mp3 import pieces, txxx_by_mutagen
from eyes.programs import decoded, exiftool, ffprobe, keys_by_ffmpeg, mediainfo

if TYPE_CHECKING:
    from pathlib import Path


def huge(data: bytes):
    yield "huge", [data, HUGE]
    yield "with-id3v1", [data, HUGE, b"TAG" + bytes(125)]


def facts(path: Path) -> dict:
    tags = ID3(path) if path.read_bytes()[:3] == b"ID3" else {}
    keep = {key: str(tags[key]) for key in tags if key.upper() != "TXXX:AIGC"}
    return {"tags": keep, "length": AAC(path).info.length}


EYES = Eyes(
    formats=("aac",),
    needs=("exiftool", "faad", "ffprobe", "mediainfo"),
    labels=(txxx_by_mutagen, keys_by_ffmpeg),
    programs=(exiftool, ffprobe, mediainfo),
    strict=(AAC,),
    strict_programs=(("faad", "-q", "-o", "/dev/null"),),
    pieces=pieces,
    huge=huge,
    essence=(decoded, packets),
    facts=facts,
    has_room=True,
    comes_with=r"File:MIMEType",  # audio/mpeg; it does not know streams without a tag
)
