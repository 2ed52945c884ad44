"""L5 by other eyes: every piece of a file but the label's own is the same after a write.

The walkers here are small, independent of the package, and know sound files only.
"""

from __future__ import annotations

import re
import struct

import pytest

from aigc_label import registry

JPEG_BARE = {0x01, *range(0xD0, 0xDA)}


def of_png(data: bytes) -> list:
    at, out = 8, []
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        out.append((kind, data[at + 8 : at + 12 + size]))  # with the checksum
        at += 12 + size
    return [piece for piece in out if not piece[1].startswith((b"XML:com.adobe.xmp\0", b"AIGC\0"))]


def of_tiff(data: bytes) -> list:
    """The values of every page's tags, with strips, tiles, EXIF and GPS."""
    order, big = "<" if data[:2] == b"II" else ">", data[2] + data[3] == 43
    word, width = ("Q", 8) if big else ("L", 4)
    sizes = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 8: 2, 9: 4, 10: 8, 12: 8, 16: 8}

    def directory(at: int) -> tuple[dict, int]:
        (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, at)
        at += 8 if big else 2
        tags = {}
        for _ in range(count):
            tag, kind, number = struct.unpack_from(order + "HH" + word, data, at)
            size, at = number * sizes[kind], at + 4 + width
            (start,) = struct.unpack_from(order + word, data, at) if size > width else (at,)
            tags[tag] = (kind, data[start : start + size])
            at += width
        return tags, *struct.unpack_from(order + word, data, at)

    def numbers(tags: dict, tag: int) -> tuple[int, ...]:
        kind, raw = tags.get(tag, (3, b""))
        code = {3: "H", 4: "L", 16: "Q"}[kind]
        return struct.unpack(f"{order}{len(raw) // sizes[kind]}{code}", raw)

    (at,), out = struct.unpack_from(order + word, data, width), []
    while at:
        tags, at = directory(at)
        parts = [*zip(numbers(tags, 273), numbers(tags, 279), strict=True)]
        parts += zip(numbers(tags, 324), numbers(tags, 325), strict=True)
        out.append([data[start : start + size] for start, size in parts])
        out += [directory(start)[0] for tag in (0x8769, 0x8825) for start in numbers(tags, tag)]
        out.append({tag: value for tag, value in tags.items() if tag != 700})
    return out


def of_gif(data: bytes) -> list:
    """Extensions, pictures and the tail. Packets are found by their magic trailer."""
    at, out = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0), []
    out.append(data[6:at])
    while data[at] != 0x3B:
        start = at
        if data[at : at + 14] == b"!\xff\x0bXMP DataXMP":
            at = data.index(b"\xff\xfe\xfd\xfc", at) + 257
            continue
        if data[at] == 0x2C:
            at += 11 + (3 << (data[at + 9] & 7) + 1 if data[at + 9] & 0x80 else 0)
        else:
            at += 2
        while data[at]:
            at += 1 + data[at]
        at += 1
        out.append(data[start:at])
    return [*out, data[at:]]


def of_riff(data: bytes) -> list:
    at, out = 12, []
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        if size == 0xFFFFFFFF:  # RF64: the size stands in ds64
            (size,) = struct.unpack_from("<Q", data, 28)
        out.append((kind, data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return [piece for piece in out if piece[0] not in (b"AIGC", b"XMP ", b"VP8X", b"ds64")]


def of_jpeg(data: bytes) -> list:
    at, out = 2, []
    while data[at + 1] != 0xDA:
        if data[at + 1] == 0xFF:  # a fill byte
            out.append(b"\xff")
            at += 1
            continue
        size = 2 + (0 if data[at + 1] in JPEG_BARE else struct.unpack_from(">H", data, at + 2)[0])
        out.append(data[at : at + size])
        at += size
    pieces = [*out, data[at:]]
    # the index of a multi-picture file holds the first picture's length
    own = (b"http://ns.adobe.com/xap/1.0/\0", b"MPF\0")
    return [piece for piece in pieces if not piece[4:].startswith(own)]


def of_mp3(data: bytes) -> list:
    if data[:3] != b"ID3":
        return [data]
    size = sum(byte << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    return [data[10 + size + (10 if data[5] & 0x10 else 0) :]]


def of_flac(data: bytes) -> list:
    """Blocks in their order and the frames; of Vorbis comments those that hold no record."""
    if data[:3] == b"ID3":
        (data,) = of_mp3(data)
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
        wanted = 2 if data[body : body + 8] == b"OpusHead" else wanted
        if len(packets) > wanted:
            out.append((data[body - count - 22 : body - count - 9], table, data[body:at]))
            continue
        for length in table:
            packets[-1] += data[end : end + length]
            end += length
            if length < 255:
                packets.append(b"")
    head = 7 if packets[1][:1] == b"\3" else 8
    *texts, rest = vorbis_comments(packets[1][head:] + b"\1")
    return [packets[0], *texts, rest.rstrip(b"\0\1"), *packets[2:], *out]


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


def of_mp4(data: bytes) -> list:
    tables = (b"stco", b"co64", b"mfra", b"tfhd")
    kept = [(path, body) for path, _, body in leaves(data, 0, len(data)) if path[-4:] not in tables]
    return [*kept, *pointed_at(data)]


def vint(data: bytes, at: int) -> tuple[int, int]:
    """An EBML size and how many bytes it takes."""
    width = 9 - data[at].bit_length()
    size = int.from_bytes(data[at : at + width]) & (1 << 7 * width) - 1
    return (len(data) if size == (1 << 7 * width) - 1 else size), width


def of_matroska(data: bytes) -> list:
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


def of_markdown(data: bytes) -> list:
    """The lines, whatever their newline, that are not the mapping's and not its fences."""
    own = (b"AIGC:", *(b"  " + key for key in (b"Label", b"Content", b"Produce", b"Reserved")))
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    kept = [line for line in lines if not line.startswith((*own, b"  PropagateID"))]
    return [line for line in kept if line.strip() not in (b"", b"---")]


PIECES = {
    "png": of_png,
    "jpeg": of_jpeg,
    "gif": of_gif,
    "tiff": of_tiff,
    "webp": of_riff,
    "wav": of_riff,
    "mp3": of_mp3,
    "vorbis": of_ogg,
    "opus": of_ogg,
    "flac": of_flac,
    "mp4": of_mp4,
    "mkv": of_matroska,
    "webm": of_matroska,
    "markdown": of_markdown,
}


def test_every_writable_format_has_a_walker():
    assert set(PIECES) == {fmt.id for fmt in registry.formats() if fmt.plan is not None}


def test_all_other_pieces_are_the_same(writable_plain_file, written):
    walk = PIECES[writable_plain_file.format]
    before = walk(writable_plain_file.data)
    assert before
    assert walk(written(writable_plain_file)) == before


@pytest.mark.parametrize("name", ["moov-first", "fragmented", "co64-first", "two-tracks"])
def test_the_offset_walker_finds_tables(name, corpus):
    """The test above says something only where there is something to point at."""
    film = next(file for file in corpus if file.id == f"mp4/plain/{name}.mp4")
    assert len(pointed_at(film.data)) >= (2 if name == "fragmented" else 1)


def test_a_newline_style_is_kept(writable_plain_file, written):
    if writable_plain_file.format == "markdown" and b"\r\n" in writable_plain_file.data:
        after = written(writable_plain_file)
        assert after.count(b"\n") == after.count(b"\r\n")
