"""Walking RIFF files chunk by chunk."""

from __future__ import annotations

import struct


def pieces_of_riff(data: bytes) -> list:
    at, out = 12, []
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        if size == 0xFFFFFFFF:  # RF64: the size stands in ds64
            (size,) = struct.unpack_from("<Q", data, 28)
        out.append((kind, data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return [piece for piece in out if piece[0] not in (b"AIGC", b"XMP ", b"VP8X", b"ds64")]
