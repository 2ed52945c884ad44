"""Ways to hurt a file that know where its joints are; used by ``tools/fuzz.py``."""

from __future__ import annotations

import contextlib
import io
import itertools
import re
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

_BARE = b'{"Label":"1","ContentProducer":"fuzz","ProduceID":"1"}'
_TOKENS = (
    _BARE, b'{"AIGC":' + _BARE + b"}", b"AIGC" + _BARE, b'{"AIGC":{"Label":"1","Produ', b"AIGC\0",
    b"<TC260:AIGC>" + _BARE.replace(b'"', b"&quot;") + b"</TC260:AIGC>", b"<!DOCTYPE x [", b"<!--",
    b' TC260:AIGC="{&quot;Label&quot;:&quot;1&quot;}"', b"http://www.tc260.org.cn/ns/AIGC/1.0/",
    b"\nAIGC:\n  Label: '1'\n  ProduceID: x\n", b"\n---\n", b"\n...\n", b"<!-- AIGC: " + _BARE,
    b"AIGC: *x\n", b"&x [*x, *x]\n", b"```\n", b"-->", b"\xef\xbb\xbf", b"\r", b"\0" * 7,
    b"<?xpacket end='w'?>", b"</rdf:RDF>", b"<rdf:Description rdf:about=''/>", b"&quot;", b"ID3\4",
    b"XML:com.adobe.xmp\0\0\0\0\0", b"Exif\0\0II*\0\x08\0\0\0", b"moov", b"udta", b"meta", b"ilst",
    b"keys", b"stco", b"mdat", b"LIST", b"INFO", b"\xff\xfb\x90\0", b"\xff\xe1\0\x20", b"TXXX",
)  # fmt: skip
_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")  # begins WMA and WMV
_NUMBERS = (0, 1, 2, 7, 8, 127, 128, 255, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 63)
_ARCHIVES = ("docx", "xlsx", "pptx", "odt", "ods", "odp", "epub", "xmind")
_KINDS = ("flip", "number", "cut", "drop", "repeat", "token", "splice", *["piece"] * 5)


def hurt(data: bytes, others: list[bytes], fmt: str, dice: random.Random) -> bytes:
    """One hurt of one kind; ``others`` are files of the same format to take parts from."""
    reach = min(len(data), dice.choice((64, 600, 1 << 30)))
    at = dice.randrange(reach) if reach else 0
    span = dice.choice((1, 2, 4, 8, 40, 400))
    match dice.choice(_KINDS):
        case "flip":
            flip = bytes(byte ^ 1 << dice.randrange(8) for byte in data[at : at + min(span, 4)])
            return data[:at] + flip + data[at + len(flip) :]
        case "number":
            width = dice.choice((1, 2, 4, 4, 4, 8))
            number = dice.choice((*_NUMBERS, len(data), len(data) - at, at)) % (1 << 8 * width)
            lie = number.to_bytes(width, dice.choice(("big", "little")))
            return data[:at] + lie + data[at + width :]
        case "cut":
            return data[:at] if dice.random() < 0.7 else data[at:]
        case "drop":
            return data[:at] + data[at + span :]
        case "repeat":
            times = dice.choice((2, 2, 3, 50))
            return data[:at] + data[at : at + span] * times + data[at + span :]
        case "token":
            return data[:at] + dice.choice(_TOKENS) + data[at + dice.choice((0, 0, span)) :]
        case "splice":
            other = dice.choice(others)
            return data[:at] + other[dice.randrange(len(other) or 1) :]
    if fmt in _ARCHIVES:
        with contextlib.suppress(Exception):  # no archive any more
            return _repacked(data, others, dice)
    return _rearranged(data, others, fmt, dice)


def _repacked(data: bytes, others: list[bytes], dice: random.Random) -> bytes:
    """An archive whose members are hurt inside, dropped or others', with true checksums."""
    members, foreign = _members(data), _members(dice.choice(others))
    name = dice.choice(sorted(members))
    match dice.choice(("swap", "drop", "graft", "inside", "inside", "inside")):
        case "swap":
            members = {name: members.pop(name), **members}
        case "drop":
            del members[name]
        case "graft":
            name = dice.choice(sorted(foreign))
            members[name] = foreign[name]
        case _:
            members[name] = hurt(members[name], list(foreign.values()), "html", dice)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for each, content in members.items():
            info = zipfile.ZipInfo(each)  # with one date, so that a seed gives the same bytes
            info.compress_type = dice.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
            archive.writestr(info, content)
    return out.getvalue()


def _members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def _rearranged(data: bytes, others: list[bytes], fmt: str, dice: random.Random) -> bytes:
    """Chunks, segments, boxes or lines doubled, moved, dropped, grafted or hurt inside."""
    parts = _pieces(data, fmt) or [b""]
    one, two = dice.randrange(len(parts)), dice.randrange(len(parts))
    match dice.choice(("swap", "double", "drop", "graft", "inside", "inside", "inside")):
        case "swap":
            parts[one], parts[two] = parts[two], parts[one]
        case "double":
            parts[two:two] = [parts[one]] * dice.choice((1, 1, 2, 60))
        case "drop":
            del parts[one]
        case "graft":
            parts.insert(two, dice.choice(_pieces(dice.choice(others), fmt) or [b""]))
        case _:
            head = min(8, len(parts[one]))
            inside = hurt(parts[one][head:], [data], "", dice)
            parts[one] = _sealed(parts[one][:head] + inside, fmt)
    return b"".join(parts)


def _sealed(piece: bytes, fmt: str) -> bytes:
    """A piece whose length and checksum are true again, so that readers look inside."""
    if fmt == "png" and len(piece) >= 12:
        body = piece[4:-4]
        return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    if fmt in ("webp", "wav") and len(piece) >= 8:
        return piece[:4] + struct.pack("<I", len(piece) - 8) + piece[8:] + b"\0" * (len(piece) % 2)
    if fmt == "jpeg" and len(piece) >= 4 and piece[1] not in (0xD8, 0xDA):
        return piece[:2] + struct.pack(">H", min(len(piece) - 2, 0xFFFF)) + piece[4:]
    if fmt == "flv" and len(piece) >= 15:
        size = struct.pack(">I", len(piece) - 15)
        return piece[:1] + size[1:] + piece[4:-4] + struct.pack(">I", len(piece) - 4)
    if fmt in ("wma", "wmv") and len(piece) >= 24 and piece[:8] != _ASF[:8]:
        return piece[:16] + struct.pack("<Q", len(piece)) + piece[24:]
    return piece  # of boxes, those above would be wrong, too


def _pieces(data: bytes, fmt: str) -> list[bytes]:
    """The file cut at its own joints. A wrong cut in a damaged file does no harm here."""
    starts = {"png": 8, "webp": 12, "wav": 12, "jpeg": 2, "flv": 13}
    cuts, at = {0, len(data)}, starts.get(fmt, 0)
    if fmt in ("markdown", "plaintext", "srt", "vtt"):
        cuts |= {found.end() for found in re.finditer(b"\n", data)}
    elif fmt in ("html", "json", "jsonl"):
        cuts |= {found.start() for found in re.finditer(b"[\n<{},]", data)}
    elif fmt in ("mp3", "aac"):
        cuts |= {found.start() for found in re.finditer(b"T[A-Z]{2}[A-Z0-9]|\xff[\xe2-\xff]", data)}
    elif fmt in ("vorbis", "opus", "speex", "oggflac"):
        cuts |= {found.start() for found in re.finditer(b"OggS", data)}
    elif fmt in ("png", "webp", "wav", "jpeg", "mp4", "mov", "m4a", "flv", "wma", "wmv"):
        while at + 8 <= len(data) and len(cuts) < 500:
            cuts.add(at)
            at += _length(data, at, fmt)
    marks = sorted(cuts)
    return [data[start:end] for start, end in itertools.pairwise(marks)]


def _length(data: bytes, at: int, fmt: str) -> int:
    """How far the next piece is, as the file says."""
    if fmt == "png":
        return 12 + int(struct.unpack_from(">I", data, at)[0])
    if fmt == "jpeg":
        return 2 + int(struct.unpack_from(">H", data, at + 2)[0])
    if fmt in ("mp4", "mov", "m4a"):
        if data[at + 4 : at + 8] in (b"moov", b"udta", b"trak", b"mdia", b"ilst"):
            return 8  # what holds boxes is entered
        return max(8, int(struct.unpack_from(">I", data, at)[0]))
    if fmt == "flv":
        return 15 + int.from_bytes(data[at + 1 : at + 4], "big")
    if fmt in ("wma", "wmv"):
        if at == 0:
            return 30  # the header is entered
        return max(24, int.from_bytes(data[at + 16 : at + 24], "little"))
    size = int(struct.unpack_from("<I", data, at + 4)[0])
    return 8 + size + size % 2
