"""VP9: key frames refresh everything, so they are joints as they stand, and nothing is declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.explicit.film.segment import Joined, Start

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_label.explicit.film.segment import Made, Picture, Stretch

NAME = "vp9"
ENTRIES: tuple[bytes, ...] = (b"vp09",)
CONFIG = b"vpcC"

QUALITY = 18
"""Constant quality level of libvpx, 0 to 63: nobody sees a difference to the source."""

_MARKER = 0b10  # the first bits of every frame


def start(config: bytes, sample: bytes) -> Start:
    """Whether decoding can begin at a sample: at key frames that are shown (VP9 6.2)."""
    del config
    return Start.CLOSED if _is_key(sample) else Start.NONE


def _is_key(sample: bytes) -> bool:
    if not sample or sample[0] >> 6 != _MARKER:
        return False
    profile = sample[0] >> 5 & 1 | sample[0] >> 3 & 2
    at = 2 if profile == 3 else 3  # the bit of show_existing_frame, counted from the lowest
    existing, inter, shown = (sample[0] >> bit & 1 for bit in (at, at - 1, at - 2))
    return not existing and not inter and bool(shown)


def arguments(
    config: bytes, picture: Picture, stretch: Stretch, beside: Iterable[bytes] = ()
) -> list[str]:
    """What ffmpeg must be told to encode like the source: profile and depth follow the pixels."""
    del config, picture, stretch, beside
    # At a constant level, "good" is as good, a tenth smaller, and takes four times as long.
    # Hidden frames, which lagging makes, would share a sample with a shown one; none are needed.
    return [
        "-c:v", "libvpx-vp9", "-b:v", "0", "-crf", str(QUALITY), "-deadline",
        "realtime", "-cpu-used", "6", "-row-mt", "1", "-auto-alt-ref", "0", "-lag-in-frames", "0",
    ]  # fmt: skip


def join(config: bytes, made: Made, beside: Iterable[bytes] = ()) -> Joined:
    """The new frames as they are."""
    del beside
    return Joined(config, made.samples, [_is_key(sample) for sample in made.samples])
