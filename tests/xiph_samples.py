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
