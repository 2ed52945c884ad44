"""HEIF and AVIF by ffmpeg, Pillow, libheif, libavif, exiftool, exiv2 and a walk over the items."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path

from eyes import Eyes, fields_in
from eyes.holes import HUGE
from eyes.mp4 import boxes, leaves, pointed_at
from eyes.pictures import (
    checked_by_pillow,
    label_in,
    pillow_facts,
    pixels,
    xmp_by_pillow,
    xmp_facts,
)
from eyes.programs import decoded, exiftool, exiv2, run


def meta_of(data: bytes) -> dict[bytes, tuple[int, int]]:
    """The boxes of the file's own ``meta``: type -> where its contents are."""
    (body, stop), *_ = ((b, s) for kind, _, b, s in boxes(data, 0, len(data)) if kind == b"meta")
    return {kind: (b, s) for kind, _, b, s in boxes(data, body + 4, stop)}


def entries(data: bytes) -> dict[int, tuple[bytes, bytes]]:
    """Id -> type and media type."""
    at, stop = meta_of(data)[b"iinf"]
    found = {}
    for _, _, body, end in boxes(data, at + (8 if data[at] else 6), stop):
        wide = data[body] == 3
        (number,) = struct.unpack_from(">I" if wide else ">H", data, body + 4)
        kind = data[body + (10 if wide else 8) :][:4]
        texts = data[body + (14 if wide else 12) : end].split(b"\0")
        found[number] = (kind, texts[1] if kind == b"mime" else b"")
    return found


def bytes_of_items(data: bytes) -> dict[int, bytes]:
    """Id -> its bytes, from the file or from ``idat``."""
    meta = meta_of(data)
    at, _ = meta[b"iloc"]
    version, at = data[at], at + 4
    sizes = struct.unpack_from(">BB", data, at)
    offset, length, base, index = (n for size in sizes for n in (size >> 4, size & 15))
    at += 2

    def number(width: int) -> int:
        nonlocal at
        at += width
        return int.from_bytes(data[at - width : at])

    found = {}
    for _ in range(number(4 if version == 2 else 2)):
        item = number(4 if version == 2 else 2)
        method = number(2) if version else 0
        number(2)
        first = number(base) + (meta[b"idat"][0] if method == 1 else 0)
        found[item] = b""
        for _ in range(number(2)):
            number(index if version else 0)
            start = first + number(offset)
            found[item] += data[start : start + number(length)]
    return found


def packets(data: bytes) -> list[bytes]:
    content = bytes_of_items(data)
    named = entries(data).items()
    return [content[i] for i, (_, media) in named if media == b"application/rdf+xml"]


def xmp_by_its_item(path: Path) -> dict:
    (only,) = [packet for packet in packets(path.read_bytes()) if b"ContentProducer" in packet]
    return fields_in(label_in(only))


def references(data: bytes) -> list[tuple[bytes, bytes]]:
    """What belongs to what: kinds, and the ids as they stand there."""
    at, stop = meta_of(data).get(b"iref", (0, 0))
    return [(kind, data[body:end]) for kind, _, body, end in boxes(data, at + 4, stop)]


def pieces(data: bytes) -> list:
    """All boxes but tables of places, every item but XMP, and what the chunk offsets point at."""
    tables = (b"stco", b"co64", b"mdat")
    kept = [(path, body) for path, _, body in leaves(data, 0, len(data)) if path[-4:] not in tables]
    moves = (b"iloc", b"iinf", b"iref", b"idat")
    kept += [(kind, data[at:end]) for kind, (at, end) in meta_of(data).items() if kind not in moves]
    content, named = bytes_of_items(data), entries(data)
    xmp = {i for i, (_, media) in named.items() if media}
    kept += [(i, kind, content.get(i)) for i, (kind, _) in named.items() if i not in xmp]
    links = [link for link in references(data) if link[0] != b"cdsc"]
    return [*kept, links, *pointed_at(data)]


def facts(path: Path) -> list:
    """The properties of every packet."""
    return [fact for packet in packets(path.read_bytes()) for fact in xmp_facts(packet)]


def facts_and_pillow(path: Path) -> list:
    return [facts(path), pillow_facts(path)]


def heif_convert(path: Path, _tags) -> str:
    """libheif's view of the packet."""
    with tempfile.TemporaryDirectory() as folder:
        run("heif-convert", "--quiet", "--with-xmp", str(path), f"{folder}/picture.jpg")
        return "".join(file.read_text("utf-8") for file in Path(folder).glob("*.xmp"))


def huge(data: bytes):
    """Three GiB behind all else; and in a last ``mdat`` that runs to the end of the file."""
    free = struct.pack(">I4sQ", 1, b"free", HUGE + 16)
    yield "huge-free", [data, free, HUGE]
    *_, (kind, at, _, stop) = boxes(data, 0, len(data))
    if kind == b"mdat" and stop == len(data):
        yield "open-ended", [data[:at], bytes(4), data[at + 4 :], HUGE]


SEQUENCES = ("avif/plain/sequence.avif", "avif/plain/pillow-sequence.avif")
# whole boxes, whose parts the walker looks at: mdat, free and idat
MEDIA = r"QuickTime:(MediaData(Size)?|Free)|Meta:MetaImageSize"
EYES = (
    Eyes(
        formats=("heif",),
        # exiftool 12 reads no packet in idat; afterwards it stands in the file
        seen_only_afterwards={
            "heif/plain/idat.heic": (
                "XMP-dc:Subject",
                "XMP-dc:Title",
                "XMP-photoshop:Credit",
                "XMP-xmp:CreatorTool",
                "XMP-xmp:Rating",
            )
        },
        needs=("exiftool", "heif-convert", "heif-info"),
        labels=(xmp_by_its_item,),
        programs=(exiftool, heif_convert),
        beyond={"heif/variants/exif-bare.heic": (heif_convert,)},  # nor before a write
        has_room=True,
        strict=(decoded,),
        strict_programs=(("heif-info",), ("exiftool", "-validate", "-warning", "-a")),
        essence=(decoded,),
        facts=facts,
        pieces=pieces,
        huge=huge,
        may_change=MEDIA,
    ),
    Eyes(
        formats=("avif",),
        needs=("avifdec", "exiftool", "exiv2", "heif-convert"),
        labels=(xmp_by_its_item, xmp_by_pillow),
        programs=(exiftool, exiv2, heif_convert),
        beyond=dict.fromkeys(SEQUENCES, (heif_convert,)),  # it knows pictures only
        has_room=True,
        strict=(checked_by_pillow, decoded),
        strict_programs=(
            ("avifdec", "--info"),
            ("exiftool", "-validate", "-warning", "-a"),
        ),
        essence=(decoded, pixels),
        facts=facts_and_pillow,
        pieces=pieces,
        huge=huge,
        may_change=MEDIA,
    ),
)
