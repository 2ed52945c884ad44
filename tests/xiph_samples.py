"""Vorbis comments and FLAC blocks laid by hand, for the tests."""

from __future__ import annotations

import struct


def listed(*texts, vendor=b"v", count=None):
    """A list of Vorbis comments."""
    raw = [text if isinstance(text, bytes) else text.encode() for text in texts]
    head = struct.pack("<I", len(vendor)) + vendor
    number = struct.pack("<I", len(raw) if count is None else count)
    return head + number + b"".join(struct.pack("<I", len(text)) + text for text in raw)


INFO = bytes(34)
FRAMES = b"\xff\xf8" + bytes(range(200))


def block(kind, body, *, last=False):
    """A FLAC metadata block."""
    return bytes((kind | 0x80 * last,)) + len(body).to_bytes(3, "big") + body


def flac(*blocks, frames=FRAMES):
    """A FLAC stream of these (kind, body) behind the stream information."""
    every = [(0, INFO), *blocks]
    made = [block(*one) for one in every[:-1]]
    return b"".join([b"fLaC", *made, block(*every[-1], last=True), frames])


def page(body=b"", *, flags=0, serial=1, number=0, table=None, position=0):
    """An Ogg page, its checksum left out; one packet unless a table says otherwise."""
    if table is None:
        table = b"\xff" * (len(body) // 255) + bytes((len(body) % 255,))
    head = struct.pack("<4sBBQLLLB", b"OggS", 0, flags, position, serial, number, 0, len(table))
    return head + table + body


def opus(*texts, serial=1, pages=2, behind=b"", size=200):
    """An Opus stream of one header page, and pages of sound that mean nothing."""
    told = b"OpusTags" + listed(*texts) + behind
    sound = [
        page(bytes(size), serial=serial, number=2 + n, flags=4 * (n == pages - 1))
        for n in range(pages)
    ]
    first = page(b"OpusHead" + bytes(11), flags=2, serial=serial)
    return b"".join([first, page(told, serial=serial, number=1), *sound])
