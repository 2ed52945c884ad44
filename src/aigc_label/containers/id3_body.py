"""The content of an ID3v2 frame, as it was before the tag's and the frame's own encodings."""

from __future__ import annotations

import zlib


def decoded(
    data: bytes, version: int, flags: int, most: int, *, unsynchronised: bool
) -> bytes | None:
    """At most ``most`` bytes of content; ``None`` if it is encrypted or broken.

    Args:
        data: a frame's body, or the beginning of it.
        version: of the tag: 2, 3 or 4.
        flags: the frame's two flag bytes.
        most: bytes that a compressed frame may come to.
        unsynchronised: what the tag's header says.
    """
    grouped = encrypted = compressed = 0
    extra = 0
    if version == 3:
        compressed, encrypted, grouped = (flags & bit for bit in (0x80, 0x40, 0x20))
        extra = 4 if compressed else 0
    elif version == 4:
        grouped, compressed, encrypted = (flags & bit for bit in (0x40, 0x08, 0x04))
        extra = 4 if flags & 0x01 else 0
    if unsynchronised or (version == 4 and flags & 0x02):
        data = data.replace(b"\xff\x00", b"\xff")
    if encrypted:
        return None
    data = data[extra + bool(grouped) :]
    if not compressed:
        return data
    try:
        return zlib.decompressobj().decompress(data, most)
    except zlib.error:
        return None
