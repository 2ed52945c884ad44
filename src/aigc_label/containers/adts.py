"""ADTS, a stream of AAC frames with a header each (ISO/IEC 14496-3, 1.A.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_label.asset import Asset

_HEADER = 7
_IN_A_ROW = 3  # frames that cannot be chance


def begins(asset: Asset, at: int) -> bool:
    """Whether frames of one stream stand at ``at``: three, or two that end the file."""
    first = b""
    for seen in range(_IN_A_ROW):
        header = asset.peek(at, _HEADER)
        if seen == _IN_A_ROW - 1 and not header:
            break
        length = _length(header)
        kept = bytes((*header[1:2], *(byte & 0xFC for byte in header[2:3])))
        if length is None or at + length > asset.size or (first and kept != first):
            return False
        first = kept
        at += length
    return True


def _length(header: bytes) -> int | None:
    """The length of a frame, header included; ``None`` if no frame begins like this.

    The layer is always 0, by which these frames differ from those of MPEG audio.
    """
    if len(header) < _HEADER or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:
        return None
    rate = header[2] >> 2 & 15
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    least = _HEADER if header[1] & 1 else _HEADER + 2  # a checksum follows the header
    return length if rate < 13 and length > least else None
