"""MPEG transport streams (ISO/IEC 13818-1): packets of one size, each with a sync byte.

There is no file header: a stream is known by its sync bytes alone, at one distance from the first
byte on. Recordings that begin in the middle of a packet are not claimed: any file could hold one.
"""

from __future__ import annotations

_SYNC = 0x47
LOOK = 16_384
"""Bytes at the beginning that are worth a look."""

_SHAPES = ((188, 0), (192, 4), (204, 0))
"""Size of a packet, and where its sync byte stands: plain; with the time stamp of camcorders and
Blu-ray; with the 16 bytes of error correction that broadcasters add."""

_LEAST, _ENOUGH = 3, 16  # packets in a row


def stride(head: bytes) -> tuple[int, int] | None:
    """The size of a packet, and where its sync byte stands in it; ``None`` for other bytes."""
    for size, lead in _SHAPES:
        starts = range(lead, len(head) - 187, size)[:_ENOUGH]
        if len(starts) >= _LEAST and all(
            head[at] == _SYNC and head[at + 3] & 0x30 for at in starts
        ):
            return size, lead
    return None


def payload(head: bytes) -> bytes:
    """The bytes of packets without their headers: of all streams, one after the other."""
    found = stride(head)
    if found is None:
        return b""
    size, lead = found
    return b"".join(head[at + 4 : at + 188] for at in range(lead, len(head), size))
