"""BMP: its headers, and what stands outside the picture; nothing about labels.

The format has no metadata at all. What tools glue on stands behind the pixels, or in a gap in
front of them.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from aigc_label.edits import Span
from aigc_label.errors import Malformed

if TYPE_CHECKING:
    from aigc_label.asset import Asset

MOST = 64 << 10
"""Bytes looked at of a gap or a tail."""

_FILE = 14  # bytes of the file's header, in front of the picture's
_CORE = 12
_HEADERS = (_CORE, 16, 40, 52, 56, 64, 108, 124)
_UNPACKED = (0, 3, 6)  # compressions whose pixels have a known size
_V5 = 124


def sniff(asset: Asset) -> bool:
    """Whether two headers stand there that fit each other. Never raises."""
    head = asset.head[:18]
    if len(head) < 18 or head[:2] != b"BM":
        return False
    pixels, size = struct.unpack_from("<II", head, 10)
    return size in _HEADERS and (pixels == 0 or pixels >= _FILE + size)


def outside(asset: Asset) -> list[Span]:
    """Where bytes stand that belong to no picture: in front of the pixels, and behind all.

    Raises:
        Malformed: the picture has no pixels, or the file ends before they do.
    """
    total, pixels, size = struct.unpack_from("<I4xII", asset.read(2, 16))
    if size not in _HEADERS:
        raise Malformed("no header of a picture", offset=_FILE)
    header = asset.read(_FILE, size)
    # the oldest header has short fields; a height below nought is one from top to bottom
    width, height, bits = struct.unpack_from("<HH2xH" if size == _CORE else "<ii2xH", header, 4)
    compression, packed = struct.unpack_from("<II", header, 16) if size >= 40 else (0, 0)
    if width <= 0 or height == 0 or bits > 64:
        raise Malformed(f"a picture of {width}x{height} pixels with {bits} bits")
    if compression in _UNPACKED:
        packed = (width * bits + 31) // 32 * 4 * abs(height)
    end = pixels + packed if packed else total
    if size == _V5:
        profile, length = struct.unpack_from("<II", header, 112)
        end = max(end, _FILE + profile + length if length else 0)
    if end > asset.size:
        raise Malformed(
            f"cut short: the picture ends at byte {end}, the file has {asset.size}", offset=pixels
        )
    spans = [Span(_FILE + size, max(pixels, _FILE + size)), Span(end, asset.size)]
    return [Span(s.start, min(s.end, s.start + MOST)) for s in spans if s.start < s.end]
