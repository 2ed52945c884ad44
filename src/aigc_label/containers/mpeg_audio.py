"""MPEG audio frames: ISO/IEC 11172-3, 13818-3 and the "2.5" extension."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from aigc_label.asset import Asset

SYNC_SEARCH = 64 << 10
"""Bytes in which a first frame is looked for behind a tag: padding and junk may stand there."""

_VERSIONS = {3: 1.0, 2: 2.0, 0: 2.5}
_RATES = {1.0: (44100, 48000, 32000), 2.0: (22050, 24000, 16000), 2.5: (11025, 12000, 8000)}
_LOW = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_KBPS = {  # by whether it is MPEG-1, and layer
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): _LOW,
    (False, 3): _LOW,
}
_WINDOW = 8192  # several of the longest frames
_TAIL = 64 << 10
_ENOUGH = 8  # frames in a row that cannot be chance
_MOST_TAGS = 8
_TRAILERS = (b"TAG", b"APE", b"ID3", b"LYR", b"3DI")


class Header(NamedTuple):
    """A frame's four-byte header, decoded.

    Attributes:
        version: 1.0, 2.0 or 2.5.
        layer: 1, 2 or 3.
        crc: whether a 16-bit checksum follows the header.
        kbps: bit rate in kbit/s; 0 is free format, whose frame length no header tells.
        rate: samples a second.
        channels: 1 or 2.
        length: of the frame in bytes, header included; 0 in free format.
    """

    version: float
    layer: int
    crc: bool
    kbps: int
    rate: int
    channels: int
    length: int

    @property
    def samples(self) -> int:
        """Samples of one channel that the frame decodes to."""
        return _samples(self.version, self.layer)

    @property
    def main_data(self) -> int:
        """Where the main data of a layer III frame begins: behind header, CRC and side info."""
        if self.version == 1.0:
            side = 17 if self.channels == 1 else 32
        else:
            side = 9 if self.channels == 1 else 17
        return 4 + 2 * self.crc + side

    def joins(self, other: Header) -> bool:
        """Whether both can be of one stream."""
        return (self.version, self.layer, self.rate) == (other.version, other.layer, other.rate)


def _samples(version: float, layer: int) -> int:
    if layer == 1:
        return 384
    return 576 if layer == 3 and version != 1.0 else 1152


def kbps_of(version: float) -> tuple[int, ...]:
    """The bit rates of layer III, in kbit/s."""
    return _KBPS[version == 1.0, 3]


@lru_cache(maxsize=1024)  # a stream has a few hundred at most
def parse(four: bytes) -> Header | None:
    """The header in the first four bytes, or ``None`` if they are none."""
    if len(four) < 4 or four[0] != 0xFF or four[1] & 0xE0 != 0xE0:
        return None
    version, layer = _VERSIONS.get(four[1] >> 3 & 3), 4 - (four[1] >> 1 & 3)
    bitrate, rate = four[2] >> 4, four[2] >> 2 & 3
    if version is None or layer == 4 or bitrate == 15 or rate == 3 or four[3] & 3 == 2:
        return None
    kbps = _KBPS[version == 1.0, layer][bitrate - 1] if bitrate else 0
    hertz = _RATES[version][rate]
    padding = four[2] >> 1 & 1
    if not kbps:
        length = 0
    elif layer == 1:
        length = (12_000 * kbps // hertz + padding) * 4
    else:
        length = _samples(version, layer) * 125 * kbps // hertz + padding
    channels = 1 if four[3] >> 6 == 3 else 2
    return Header(version, layer, not four[1] & 1, kbps, hertz, channels, length)


def first(asset: Asset, start: int, *, search: int = SYNC_SEARCH) -> tuple[int, Header] | None:
    """The first frame at ``start`` or up to ``search`` bytes behind it, if others follow it."""
    end = start + search
    while start < min(end, asset.size):
        window = asset.peek(start, _WINDOW)
        whole = start + len(window) == asset.size
        at = -1
        while (at := window.find(b"\xff", at + 1)) >= 0 and start + at < end:
            if at >= _WINDOW // 2:
                break
            header = parse(window[at : at + 4])
            if header is not None and _continues(window, at, header, whole=whole):
                return start + at, header
        start += _WINDOW // 2
    return None


def _continues(window: bytes, at: int, header: Header, *, whole: bool) -> bool:
    """Whether frames of the same stream follow: two more, or fewer at the end of the file."""
    if not header.length:
        return _continues_freely(window, at)
    for seen in (1, 2):
        at += header.length
        following = parse(window[at : at + 4])
        if following is None:
            if whole and at + 4 > len(window):  # the file's last frame, whole or cut short
                return seen > 1 or (at == len(window) and header.layer == 3)
            return header.layer == 3 and window[at : at + 3] in _TRAILERS
        if not header.joins(following):
            return False
        header = following
    return True


def _continues_freely(window: bytes, at: int) -> bool:
    """Whether frames of free format follow: the same header twice more at one distance."""
    key = window[at : at + 2]
    second = at + 24
    while 0 <= (second := window.find(key, second + 1)) < at + 4608:
        distance = second - at
        for third in (second + distance, second + distance - 1, second + distance + 1):
            if window[third : third + 2] == key and not (
                (window[at + 2] ^ window[third + 2]) & 0xFC
                or (window[at + 2] ^ window[second + 2]) & 0xFC
            ):
                return True
    return False


def frames(data: bytes, at: int = 0) -> list[tuple[int, Header]]:
    """The whole frames that follow one another in ``data`` from ``at``, with their places."""
    found = []
    while (header := parse(data[at : at + 4])) and header.length:
        if at + header.length > len(data):
            break
        found.append((at, header))
        at += header.length
    return found


def last_end(asset: Asset, header: Header) -> int | None:
    """Where the last whole frame ends of a stream like ``header``; ``None`` if there is none.

    Tags at the end of the file are passed over.
    """
    end = before_tags(asset)
    start = max(end - _TAIL, 0)
    window = asset.peek(start, end - start)
    last = None
    at = 0
    while (at := window.find(b"\xff", at)) >= 0:
        found = frames(window, at)
        at += 1
        if len(found) > _ENOUGH and all(header.joins(other) for _, other in found):
            at = found[-1][0] + found[-1][1].length
            last = start + at
    return last


def before_tags(asset: Asset) -> int:
    """Where the tags at the end of the file begin: ID3v1, APEv2, Lyrics3v2, ID3v2.4."""
    end = asset.size
    for _ in range(_MOST_TAGS):
        tag = _tag_behind(asset, end)
        if not 0 < tag <= end:
            break
        end -= tag
    return end


def _tag_behind(asset: Asset, end: int) -> int:
    """The length of a tag that ends at ``end``, 0 if there is none."""
    if asset.peek(end - 128, 3) == b"TAG":
        return 128
    footer = asset.peek(end - 32, 32) if end >= 32 else b""
    if footer[:8] == b"APETAGEX":
        has_header = 32 if footer[23] & 0x80 else 0
        return int.from_bytes(footer[12:16], "little") + has_header
    if footer[-9:] == b"LYRICS200" and footer[-15:-9].isdigit():
        return int(footer[-15:-9]) + 15
    if footer[-10:-7] == b"3DI":
        return 20 + (footer[-4] << 21 | footer[-3] << 14 | footer[-2] << 7 | footer[-1])
    return 0


def borrowed(frame: bytes, header: Header) -> int:
    """``main_data_begin``: bytes of earlier frames that a layer III frame takes its data from."""
    side = 4 + 2 * header.crc
    if header.version == 1.0:
        return int.from_bytes(frame[side : side + 2], "big") >> 7
    return frame[side]


def silenced(frame: bytes, header: Header) -> bytes:
    """The frame with empty side information: it decodes to silence.

    Later frames may still borrow from its main data.
    """
    side = bytes(header.main_data - 4 - 2 * header.crc)
    check = b""
    if header.crc:
        check = _frame_crc(frame[2:4] + side).to_bytes(2, "big")
    return frame[:4] + check + side + frame[header.main_data :]


def _frame_crc(data: bytes) -> int:
    """The checksum of ISO/IEC 11172-3 2.4.3.1: polynomial 0x8005, most significant bit first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ (0x8005 if crc & 0x8000 else 0)) & 0xFFFF
    return crc
