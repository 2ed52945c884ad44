"""WAV by mutagen, the standard library, sox and exiftool."""

from __future__ import annotations

import struct
import wave
from typing import TYPE_CHECKING

from mutagen._riff import RiffFile

from eyes import Eyes, fields_in
from eyes.chunks import pieces_of_riff
from eyes.holes import HUGE
from eyes.programs import exiftool

if TYPE_CHECKING:
    from pathlib import Path


def chunk_by_mutagen(path: Path) -> dict:
    with path.open("rb") as file:
        riff = RiffFile(file)
        chunks = [chunk for chunk in riff.root.subchunks() if chunk.id == "AIGC"]
        (only,) = chunks
        return fields_in(only.read())


def chunk_by_the_standard(path: Path) -> dict:
    """As EBU Tech 3306 has readers do it: sizes of -1 stand in ds64. mutagen knows RIFF only."""
    data = path.read_bytes()
    size, at, found = struct.unpack_from("<I", data, 4)[0], 12, []
    if size == 0xFFFFFFFF:
        (size,) = struct.unpack_from("<Q", data, 20)
    while at < 8 + size:
        kind, length = struct.unpack_from("<4sI", data, at)
        if length == 0xFFFFFFFF:
            assert kind == b"data"
            (length,) = struct.unpack_from("<Q", data, 28)
        found += [data[at + 8 : at + 8 + length]] if kind == b"AIGC" else []
        at += 8 + length + length % 2
    assert at == 8 + size
    (only,) = found
    return fields_in(only)


def opened_by_wave(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(256)
    integer = head[head.find(b"fmt ") + 8 :][:2] == b"\1\0"
    if head[:4] == b"RIFF" and integer:  # it knows no other RIFF, and no float
        with wave.open(str(path)) as sound:
            assert len(sound.readframes(sound.getnframes()))


def huge(data: bytes):
    size = HUGE - 64
    chunks, at = {}, 12
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        if length == 0xFFFFFFFF:
            (length,) = struct.unpack_from("<Q", data, 28)
        chunks[kind] = data[at : at + 8 + length + length % 2]
        at += len(chunks[kind])
    fmt, label = chunks[b"fmt "], chunks[b"AIGC"]
    total = 4 + len(fmt) + 8 + size + len(label)
    head = b"RIFF" + struct.pack("<I", total) + b"WAVE"
    yield "huge-data", [head, fmt, b"data" + struct.pack("<I", size), size, label]
    yield "label-first", [head, label, fmt, b"data" + struct.pack("<I", size), size]
    yield "trailing", [data, HUGE]
    five = 5 << 30
    inner = (
        b"WAVE" + b"ds64" + struct.pack("<IQQQI", 28, total + five - size + 36, five, 0, 0) + fmt
    )
    yield "rf64", [b"RF64" + b"\xff" * 4 + inner, b"data" + b"\xff" * 4, five, label]


EYES = Eyes(
    formats=("wav",),
    needs=("exiftool", "sox"),
    labels=(chunk_by_mutagen, chunk_by_the_standard),
    programs=(exiftool,),
    strict=(opened_by_wave,),
    strict_programs=(("sox", "-V2", "{}", "-n"),),
    beyond={
        "wav/plain/rf64.wav": (chunk_by_mutagen,),  # knows RIFF, not RF64
        "wav/labelled/rf64.wav": (chunk_by_mutagen,),
        "wav/plain/bw64.wav": (chunk_by_mutagen, exiftool),  # which knows RF64, not BW64
    },
    pieces=pieces_of_riff,
    huge=huge,
    may_change=r"RIFF:(Unknown_AIGC|RIFFSize64)",
)
