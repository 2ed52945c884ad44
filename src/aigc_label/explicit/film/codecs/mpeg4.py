"""MPEG-4 part 2 (ISO/IEC 14496-2): where to join, and how to match.

The video object layer's header may stand in the stream before any I-VOP. The new frames bring
theirs; the old one stands before the first copied frame, or is put there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.film.codecs import nal
from aigc_label.explicit.film.segment import Joined, Start

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_label.explicit.film.segment import Made, Picture, Stretch

NAME = "mpeg4"
ENTRIES: tuple[bytes, ...] = (b"mp4v",)
CONFIG = b"esds"

QUALITY = 2
"""Quantiser of all frames, 1 to 31: nobody sees a difference to the source."""

_VOP, _GROUP = b"\0\0\1\xb6", b"\0\0\1\xb3"
_LAYERS = tuple(b"\0\0\1" + bytes([code]) for code in range(0x20, 0x30))
_MOST_TICKS = 0xFFFF  # of a second (vop_time_increment_resolution)
_SIMPLE = 1  # video_object_type_indication of simple objects
_OWN_ASPECT = 15  # extended_PAR
_HEAD = 4096  # bytes of a sample in which its headers stand


def start(config: bytes, sample: bytes) -> Start:
    """Whether decoding can begin at a sample: at an I-VOP (14496-2, 6.2.5).

    B-VOPs that follow it and are shown before it are told by their times; whether they need the
    group before is asked of ``closed_gov``.
    """
    del config
    at = sample.find(_VOP)
    if at < 0 or at + 4 >= len(sample) or sample[at + 4] >> 6:
        return Start.NONE
    group = sample.rfind(_GROUP, 0, at)
    # 18 bits of time code, then closed_gov
    closed = group >= 0 and sample[group + 6] >> 5 & 1
    return Start.CLOSED if closed else Start.OPEN


def arguments(
    config: bytes, picture: Picture, stretch: Stretch, beside: Iterable[bytes] = ()
) -> list[str]:
    """What ffmpeg must be told to encode like the source.

    Raises:
        CannotCarry: its frames are fields, or its pixels not those of the simple profiles.
    """
    del config, beside
    if picture.fields or picture.pixels != "yuv420p":
        raise CannotCarry("its MPEG-4 picture is interlaced or no plain 4:2:0")
    if stretch.rate.numerator > _MOST_TICKS:
        raise CannotCarry("its MPEG-4 picture has a rate that cannot be written again")
    # Decoders work around what they know of an encoder by its name, and then for the frames behind
    # as well; bitexact leaves the name out.
    return [
        "-c:v", "mpeg4", "-qscale:v", str(QUALITY), "-bf", "0", "-flags", "+bitexact",
        "-g", str(stretch.group),
    ]  # fmt: skip


def join(config: bytes, made: Made, beside: Iterable[bytes] = ()) -> Joined:
    """Put layer headers where each joint is.

    Args:
        config: the source's decoder specific information: its layer header.
        made: what the encoder made, its configuration alike.
        beside: of the source's samples at both joints, the first behind the stretch last.

    Raises:
        CannotCarry: if the source's own header is nowhere to be found.
    """
    header = _as_late(made.config, config)
    samples, keys = [], []
    for sample in made.samples:
        key = start(b"", sample) is not Start.NONE
        samples.append(header + sample if key and not _declares(sample) else sample)
        keys.append(key)
    bridge = b""
    behind = list(beside)[-1:]
    if behind and not _declares(behind[0]):
        if not _declares(config):
            raise CannotCarry("its layer header is missing")
        bridge = config
    return Joined(config, samples, keys, bridge)


def _declares(data: bytes) -> bool:
    head = data[:_HEAD]
    at = head.find(_VOP)
    return any(head.find(code) >= 0 and (at < 0 or head.find(code) < at) for code in _LAYERS)


def _as_late(header: bytes, like: bytes) -> bytes:
    """A layer header by which decoders wait for B-VOPs exactly if they do by another one.

    If they stopped waiting for some frames and began again, one would be shown twice.
    """
    place, other = _low_delay(header), _low_delay(like)
    if place is None:
        return header
    byte, bit = place
    flag = like[other[0]] >> other[1] & 1 if other else _is_simple(like)
    new = header[byte] & ~(1 << bit) | flag << bit
    return header[:byte] + bytes([new]) + header[byte + 1 :]


def _is_simple(header: bytes) -> bool:
    """Whether a layer is of the kind that has no B-VOPs, by video_object_type_indication."""
    found = next((header.find(code) for code in _LAYERS if code in header), -1)
    return found >= 0 and int.from_bytes(header[found + 4 : found + 6]) >> 7 & 255 == _SIMPLE


def _low_delay(header: bytes) -> tuple[int, int] | None:
    """The byte and the bit of ``low_delay`` (14496-2, 6.2.3), if it is stated."""
    found = next((header.find(code) for code in _LAYERS if code in header), -1)
    if found < 0:
        return None
    bits = nal.Bits(header[found + 4 :])
    whole = bits.left
    try:
        bits.take(1 + 8)
        if bits.take(1):  # is_object_layer_identifier
            bits.take(4 + 3)
        if bits.take(4) == _OWN_ASPECT:
            bits.take(8 + 8)
        if not bits.take(1):  # vol_control_parameters
            return None
        bits.take(2)
        at = whole - bits.left
        bits.take(1)
    except Malformed:
        return None
    return found + 4 + at // 8, 7 - at % 8
