"""L9: the bytes read do not grow with the file: 3 GiB sparse files, made from fixtures."""

from __future__ import annotations

import struct

import pytest

from aigc_label import registry
from aigc_label.asset import open_asset
from aigc_label.model import FoundLabel

GIB = 1 << 30
MOST = 256 << 10
HUGE = 3 * GIB


def sparse(path, *pieces):
    """Bytes as they are, numbers as that many bytes of hole."""
    with path.open("wb") as file:
        for piece in pieces:
            if isinstance(piece, int):
                file.seek(piece, 1)
            else:
                file.write(piece)
        file.truncate()
    return path


def chunk_header(kind: bytes, size: int) -> bytes:
    return struct.pack(">I", size) + kind


def of_png(data: bytes):
    """Two chunks of 1.5 GiB behind the picture, then the label that stood behind it."""
    end = len(data) - 12
    hole = 3 * GIB // 2
    private = chunk_header(b"prVt", hole)
    yield "huge-chunks", [data[:end], private, hole + 4, private, hole + 4, data[end:]]
    yield "trailing", [data, HUGE]


def of_jpeg(data: bytes):
    yield "trailing", [data, HUGE]
    yield "endless-scan", [data[:-2], HUGE]


def of_gif(data: bytes):
    yield "trailing", [data, HUGE]


def of_tiff(data: bytes):
    """Three GiB behind all else; and a first directory behind three GiB, as libtiff writes it."""
    yield "trailing", [data, HUGE]
    order = "<" if data[:2] == b"II" else ">"
    (at,) = struct.unpack_from(order + "L", data, 4)
    (count,) = struct.unpack_from(order + "H", data, at)
    table = data[at : at + 2 + 12 * count + 4]
    place = max(HUGE, len(data))
    moved = data[:4] + struct.pack(order + "L", place) + data[8:]
    yield "directory-last", [moved, place - len(data), table]


def of_webp(data: bytes):
    size = HUGE - 64
    body = data[12:]
    head = b"RIFF" + struct.pack("<I", 4 + len(body) + 8 + size) + b"WEBP"
    yield "huge-chunk", [head, body, b"junk" + struct.pack("<I", size), size]
    vp8x, rest = body[:18], body[18:]
    yield "huge-chunk-first", [head, vp8x, b"junk" + struct.pack("<I", size), size, rest]


def of_wav(data: bytes):
    size = HUGE - 64
    chunks, at = {}, 12
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        chunks[kind] = data[at : at + 8 + length + length % 2]
        at += len(chunks[kind])
    fmt, label = chunks[b"fmt "], chunks[b"AIGC"]
    total = 4 + len(fmt) + 8 + size + len(label)
    head = b"RIFF" + struct.pack("<I", total) + b"WAVE"
    yield "huge-data", [head, fmt, b"data" + struct.pack("<I", size), size, label]
    yield "label-first", [head, label, fmt, b"data" + struct.pack("<I", size), size]
    yield "trailing", [data, HUGE]


def of_mp3(data: bytes):
    yield "huge", [data, HUGE]
    yield "with-id3v1", [data, HUGE, b"TAG" + bytes(125)]


def of_flac(data: bytes):
    yield "huge", [data, HUGE]
    yield "with-id3v1", [data, HUGE, b"TAG" + bytes(125)]


def of_ogg(data: bytes):
    yield "trailing", [data, HUGE]
    yield "last-page-far", [data, HUGE, data[data.rindex(b"OggS") :]]


def of_mp4(data: bytes):
    at = data.index(b"mdat") - 4
    (size,) = struct.unpack_from(">I", data, at)
    mdat = struct.pack(">I4sQ", 1, b"mdat", HUGE + 16)
    if data.index(b"moov") > at:
        yield "huge-mdat", [data[:at], mdat, HUGE, data[at + size :]]
    else:
        yield "huge-mdat-behind", [data[: at + size], mdat, HUGE]
    yield "huge-free", [data, struct.pack(">I4sQ", 1, b"free", HUGE + 16), HUGE]


def of_matroska(data: bytes):
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


def of_text(data: bytes):
    lines = b"a line of words\n" * 2_000  # the head must be text: a hole is zeros
    yield "long", [data, lines, HUGE, lines]


MAKERS = {
    "mkv": of_matroska,
    "webm": of_matroska,
    "png": of_png,
    "jpeg": of_jpeg,
    "gif": of_gif,
    "tiff": of_tiff,
    "webp": of_webp,
    "wav": of_wav,
    "mp3": of_mp3,
    "vorbis": of_ogg,
    "opus": of_ogg,
    "flac": of_flac,
    "mp4": of_mp4,
    "markdown": of_text,
    "plaintext": of_text,
}


def samples(corpus, format_id):
    kinds = ("labelled", "plain") if format_id == "plaintext" else ("labelled",)
    return [f for f in corpus if f.format == format_id and f.kind in kinds]


def test_every_format_is_measured():
    assert set(MAKERS) == {fmt.id for fmt in registry.formats()}


@pytest.mark.parametrize("fmt", registry.formats(), ids=lambda f: f.id)
def test_bytes_read_of_a_huge_file(fmt, corpus, standard, tmp_path):
    for file in samples(corpus, fmt.id):
        for what, pieces in MAKERS[fmt.id](file.data):
            path = sparse(tmp_path / f"{what}{file.path.suffix}", *pieces)
            assert path.stat().st_size > 2.9 * GIB
            with open_asset(path) as asset:
                assert registry.identify(asset).id == fmt.id
                found = [seen for seen in fmt.read(asset) if isinstance(seen, FoundLabel)]
                reading = asset.bytes_read
                if fmt.plan is not None:
                    plan = fmt.plan(asset, standard)
                    assert plan, "nothing to write"
                assert reading <= MOST, f"{file.id} {what}: {reading:,} bytes read"
                assert asset.bytes_read <= 2 * MOST, (
                    f"{file.id} {what}: {asset.bytes_read:,} planned"
                )
                assert asset.reads <= 200
            if file.labels:
                assert len(found) == len(file.labels), f"{file.id} {what}: the label was not read"
            path.unlink()


def test_small_files_are_read_in_few_pieces(labelled_file):
    fmt = registry.by_id(labelled_file.format)
    with open_asset(labelled_file.path) as asset:
        registry.identify(asset)
        list(fmt.read(asset))
        assert asset.reads <= 12
        assert asset.bytes_read <= 2 * asset.size + 16_384
