"""ADTS, a stream of AAC frames with a header each (ISO/IEC 14496-3, 1.A.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.errors import LimitExceeded, Malformed

if TYPE_CHECKING:
    from aigc_label.asset import Asset

HEADER = 7
"""Bytes of a header without its checksum."""

LC = 2
"""Audio object type of the frames that everybody writes."""

MOST_FRAMES = 1 << 23
"""Two days at 48 kHz."""

RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)

_IN_A_ROW = 3  # frames that cannot be chance
_READ = 4 << 20
_TRAILERS = (b"TAG", b"APE", b"ID3", b"3DI")


class Header(NamedTuple):
    """What the header of a frame says.

    Attributes:
        profile: audio object type.
        rate: samples a second.
        channels: 0 where the frame says it otherwise.
        length: of the frame in bytes, header included.
        blocks: how many frames of AAC it holds.
    """

    profile: int
    rate: int
    channels: int
    length: int
    blocks: int


def begins(asset: Asset, at: int) -> bool:
    """Whether frames of one stream stand at ``at``: three, or two that end the file."""
    first = b""
    for seen in range(_IN_A_ROW):
        header = asset.peek(at, HEADER)
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
    if len(header) < HEADER or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:
        return None
    rate = header[2] >> 2 & 15
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    least = HEADER if header[1] & 1 else HEADER + 2  # a checksum follows the header
    return length if rate < 13 and length > least else None


def header(data: bytes) -> Header | None:
    """The header in the first seven bytes, ``None`` if they are none."""
    length = _length(data)
    if length is None:
        return None
    channels = (data[2] & 1) << 2 | data[3] >> 6
    channels = 8 if channels == 7 else channels
    rate = RATES[data[2] >> 2 & 15]
    return Header((data[2] >> 6) + 1, rate, channels, length, (data[6] & 3) + 1)


def places(asset: Asset, start: int) -> tuple[list[int], int]:
    """Where each frame of a stream begins, and where the last ends.

    Raises:
        Malformed: if anything but a tag stands behind a frame.
        LimitExceeded: after :data:`MOST_FRAMES`.
    """
    found: list[int] = []
    window, base, at = b"", start, start
    while True:
        if at + HEADER > base + len(window):
            base, window = at, asset.peek(at, _READ)
        here = at - base
        length = _length(window[here : here + HEADER])
        if length is None or at + length > asset.size:
            break
        found.append(at)
        at += length
        if len(found) > MOST_FRAMES:
            raise LimitExceeded(f"more than {MOST_FRAMES} AAC frames", offset=at)
    rest = asset.peek(at, 3)
    if rest and rest not in _TRAILERS and asset.size - at >= HEADER and any(rest):
        raise Malformed(
            "bytes that are no AAC frame, or a frame that is cut short; copy the file first: "
            "ffmpeg -i FILE.aac -c copy NEW.aac",
            offset=at,
        )
    return found, at


def alike(first: bytes, frame: bytes) -> bytes:
    """A frame whose header says of the stream what its first header says."""
    kept = bytes((first[0], first[1] | 1, first[2], first[3] & 0xF0 | frame[3] & 0x0F))
    return kept + frame[4:]
