"""VP8 (RFC 6386): key frames refresh everything, so they are joints, and nothing is declared.

Frames that are not shown, which the encoder made for others to refer to, stand in samples of
their own; new frames need none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.explicit.film.segment import Joined, Start

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_label.explicit.film.segment import Made, Picture, Stretch

NAME = "vp8"
ENTRIES: tuple[bytes, ...] = (b"vp08",)
CONFIG = b"vpcC"

QUALITY = 6
"""Constant quality level of libvpx, 4 to 63: nobody sees a difference to the source."""

_INTER, _SHOWN = 1, 16  # bits of the first byte (RFC 6386 section 9.1)
_MOST_BITS = 6  # of a pixel; beyond any frame at that quality
_LEAST_RATE, _MOST_RATE = 10_000_000, 1_500_000_000


def start(config: bytes, sample: bytes) -> Start:
    """Whether decoding can begin at a sample: at key frames."""
    del config
    return Start.CLOSED if _is_key(sample) else Start.NONE


def _is_key(sample: bytes) -> bool:
    return bool(sample) and not sample[0] & _INTER and bool(sample[0] & _SHOWN)


def arguments(
    config: bytes, picture: Picture, stretch: Stretch, beside: Iterable[bytes] = ()
) -> list[str]:
    """What ffmpeg must be told to encode like the source."""
    del config, beside
    width, height = picture.size
    # The level is a floor that holds as long as the bit rate, which must be given, allows it.
    rate = round(width * height * _MOST_BITS * float(stretch.rate))
    rate = min(max(rate, _LEAST_RATE), _MOST_RATE)
    return [
        "-c:v", "libvpx", "-b:v", str(rate), "-crf", str(QUALITY), "-qmin", "2", "-qmax", "20",
        "-deadline", "realtime", "-cpu-used", "8", "-auto-alt-ref", "0", "-lag-in-frames", "0",
        "-g", str(stretch.group),
    ]  # fmt: skip


def join(config: bytes, made: Made, beside: Iterable[bytes] = ()) -> Joined:
    """The new frames as they are."""
    del beside
    return Joined(config, made.samples, [_is_key(sample) for sample in made.samples])
