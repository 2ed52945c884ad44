"""FLAC, and Vorbis, Opus, Speex and FLAC in Ogg, by mutagen, ffmpeg, the Xiph tools and others."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

import mutagen
from mutagen.flac import FLAC
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggspeex import OggSpeex
from mutagen.oggvorbis import OggVorbis

from eyes import Eyes, fields_in
from eyes.holes import HUGE
from eyes.mp3 import pieces as behind_id3
from eyes.programs import WHEEL, exiftool, ffprobe, keys_by_ffmpeg, mediainfo, run

if TYPE_CHECKING:
    from pathlib import Path


def comment_by_mutagen(path: Path) -> dict:
    """Vorbis comments, in FLAC or Ogg."""
    (only,) = mutagen.File(path).tags["AIGC"]
    return fields_in(only)


def stream_keys_by_ffmpeg(path: Path) -> dict:
    """The wheel's ffmpeg, on the tags of a sound stream: Ogg's comments are those."""
    first = ("-map_metadata", "0:s:a:0", "-f", "ffmetadata", "-")
    text = run(WHEEL, "-v", "error", "-i", str(path), *first)
    (only,) = re.findall(r"^AIGC=(.*)$", re.sub(r"\\([=;#\\\n])", r"\1", text), re.MULTILINE)
    return fields_in(only)


def ogg_tags(path: Path, _tags) -> str:
    """ffprobe, which knows Ogg's comments as those of the stream."""
    return run("ffprobe", "-v", "error", "-show_streams", "-of", "json", str(path))


def of_flac(data: bytes) -> list:
    """Blocks in their order and the frames; of Vorbis comments those that hold no record."""
    if data[:3] == b"ID3":
        (data,) = behind_id3(data)
    at, out, last = 4, [], False
    while not last:
        last, kind = data[at] >= 0x80, data[at] & 0x7F
        end = at + 4 + int.from_bytes(data[at + 1 : at + 4], "big")
        if kind == 4:
            out += vorbis_comments(data[at + 4 : end])
        elif kind != 1:  # padding gives and takes
            out.append((kind, data[at + 4 : end]))
        at = end
    return [*out, data[at:]]


def vorbis_comments(data: bytes) -> list[bytes]:
    (at,) = struct.unpack_from("<I", data)
    at += 4
    (count,) = struct.unpack_from("<I", data, at)
    at, out = at + 4, []
    for _ in range(count):
        (size,) = struct.unpack_from("<I", data, at)
        out.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    rest = [data[at:]] if data[at:] else []
    return [text for text in out if not text.startswith(b"AIGC=")] + rest


def of_ogg(data: bytes) -> list:
    """The packets of the headers, comments one by one; then the pages but for their numbers."""
    at, packets, out = 0, [b""], []
    while at < len(data):
        count = data[at + 26]
        table, body = data[at + 27 : at + 27 + count], at + 27 + count
        at, end = at + 27 + count + sum(table), body
        wanted = 3 if packets[0].startswith(b"\1vorbis") or not packets[0] else 2
        short = (b"OpusHead", b"Speex   ", b"\x7fFLAC\1\0\0")
        wanted = 2 if data[body : body + 8] in short else wanted
        if len(packets) > wanted:
            out.append((data[body - count - 22 : body - count - 9], table, data[body:at]))
            continue
        for length in table:
            packets[-1] += data[end : end + length]
            end += length
            if length < 255:
                packets.append(b"")
    head = 7 if packets[1][:1] == b"\3" else 8
    if packets[0][:1] in (b"S", b"\x7f"):  # Speex has none, FLAC a block's
        head = 0 if packets[0][:1] == b"S" else 4
    *texts, rest = vorbis_comments(packets[1][head:] + b"\1")
    return [packets[0], *texts, rest.rstrip(b"\0\1"), *packets[2:], *out]


def huge_flac(data: bytes):
    yield "huge", [data, HUGE]
    yield "with-id3v1", [data, HUGE, b"TAG" + bytes(125)]


def huge_ogg(data: bytes):
    yield "trailing", [data, HUGE]
    yield "last-page-far", [data, HUGE, data[data.rindex(b"OggS") :]]


_OGG = {
    "needs": ("exiftool", "ffprobe", "mediainfo", "ogginfo", "oggz-validate", "opusinfo"),
    "labels": (comment_by_mutagen, stream_keys_by_ffmpeg),
    "programs": (exiftool, ogg_tags, mediainfo),
    "has_room": True,
    "pieces": of_ogg,
    "huge": huge_ogg,
    "may_change": r"Vorbis:Aigc",
    "comes_with": r"Vorbis:Vendor",
}
EYES = (
    Eyes(
        formats=("vorbis",),
        strict=(OggVorbis,),
        strict_programs=(("oggz-validate",), ("ogginfo",)),
        **_OGG,
    ),
    Eyes(
        formats=("opus",),
        strict=(OggOpus,),
        strict_programs=(("oggz-validate",), ("opusinfo",)),
        **_OGG,
    ),
    Eyes(
        formats=("speex",),
        strict=(OggSpeex,),
        strict_programs=(("oggz-validate",), ("ogginfo",)),
        **(_OGG | {"programs": (ogg_tags,)}),  # exiftool and mediainfo read no comments of Speex
    ),
    Eyes(
        formats=("oggflac",),
        strict=(OggFLAC,),
        strict_programs=(("oggz-validate",), ("ogginfo",), ("flac", "--ogg", "-t", "-s", "{}")),
        **(
            _OGG
            | {
                "has_room": False,
                "needs": (*_OGG["needs"], "flac"),
                "programs": (exiftool, ogg_tags),  # mediainfo reads no comments of FLAC in Ogg
            }
        ),
    ),
    Eyes(
        formats=("flac",),
        needs=("exiftool", "ffprobe", "flac", "mediainfo", "metaflac"),
        labels=(comment_by_mutagen, keys_by_ffmpeg),
        programs=(exiftool, ffprobe, mediainfo),
        strict=(FLAC,),
        strict_programs=(("flac", "-t", "-s", "{}"), ("metaflac", "--list", "--no-filename")),
        has_room=True,
        pieces=of_flac,
        huge=huge_flac,
        may_change=r"Vorbis:Aigc|FLAC:Padding",
        comes_with=r"Vorbis:Vendor",
    ),
)
