"""MPEG-1 and MPEG-2 video (ISO/IEC 11172-2, 13818-2): where to join, and how to match.

A sequence header may stand before any I picture. The new frames bring theirs; the old one stands
before the first copied frame, or is put there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.errors import CannotCarry
from aigc_label.explicit.film.segment import Joined, Start

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_label.explicit.film.segment import Made, Picture, Stretch

NAME = "mpeg2video"
ENTRIES: tuple[bytes, ...] = (b"mp2v",)
CONFIG = b"esds"

QUALITY = 2
"""Quantiser of all frames, 1 to 31: nobody sees a difference to the source."""

_PICTURE, _SEQUENCE, _GROUP = b"\0\0\1\0", b"\0\0\1\xb3", b"\0\0\1\xb8"
_INTRA = 1  # picture_coding_type
_PIXELS = ("yuv420p", "yuv422p")


def start(config: bytes, sample: bytes) -> Start:
    """Whether decoding can begin at a sample: at an I picture (13818-2, 6.2.3).

    B pictures that follow it and are shown before it are told by their times; whether they need
    the group before is asked of ``closed_gop``.
    """
    del config
    at = sample.find(_PICTURE)
    if at < 0 or at + 5 >= len(sample) or sample[at + 5] >> 3 & 7 != _INTRA:
        return Start.NONE
    group = sample.rfind(_GROUP, 0, at)
    closed = group >= 0 and sample[group + 7] >> 6 & 1  # behind 25 bits of time code
    return Start.CLOSED if closed else Start.OPEN


def arguments(
    config: bytes, picture: Picture, stretch: Stretch, beside: Iterable[bytes] = ()
) -> list[str]:
    """What ffmpeg must be told to encode like the source.

    Raises:
        CannotCarry: its pixels are not those of the usual profiles.
    """
    del config, beside
    if picture.pixels not in _PIXELS:
        raise CannotCarry(f"its MPEG-2 picture has the pixel format {picture.pixels}")
    fields = ["-flags", "+ildct+ilme"] if picture.fields else []
    codec = picture.codec if picture.codec == "mpeg1video" else NAME
    return [
        "-c:v", codec, "-qscale:v", str(QUALITY), "-bf", "0", *fields, "-g", str(stretch.group),
    ]  # fmt: skip


def join(config: bytes, made: Made, beside: Iterable[bytes] = ()) -> Joined:
    """Put sequence headers where each joint is.

    Args:
        config: the source's sequence header, ``b""`` if only the stream holds it.
        made: what the encoder made.
        beside: of the source's samples at both joints, the first behind the stretch last.

    Raises:
        CannotCarry: if the source's own header is nowhere to be found.
    """
    keys = [start(b"", sample) is not Start.NONE for sample in made.samples]
    bridge = b""
    behind = list(beside)[-1:]
    if behind and _SEQUENCE not in behind[0]:
        if not config.startswith(_SEQUENCE):
            raise CannotCarry("its sequence header is missing")
        bridge = config
    return Joined(config, made.samples, keys, bridge)
