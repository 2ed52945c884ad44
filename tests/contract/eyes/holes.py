"""Sizes for files that are mostly a hole."""

from __future__ import annotations

import struct

GIB = 1 << 30
HUGE = 3 * GIB


def chunk_header(kind: bytes, size: int) -> bytes:
    return struct.pack(">I", size) + kind
