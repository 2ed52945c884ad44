"""A mark as frames of AAC, which stand for themselves: no frame borrows from another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aigc_label import ffmpeg
from aigc_label.containers import adts
from aigc_label.errors import CannotCarry

if TYPE_CHECKING:
    from aigc_label.audible.rhythm import Samples

FRAME = 1024
"""Samples of a frame; the encoder's delay, too: the first frame is silent."""

_LEAST, _MOST = 12, 320  # kbit/s of all channels


def encoded(sound: Samples, rate: int, channels: int, kbps: float) -> list[bytes]:
    """A sound in frames of AAC-LC, with the headers of ADTS.

    Args:
        sound: one channel; every channel gets it.
        rate: of the frames: half of what is heard where a programme has spectral band replication.
        channels: of the frames.
        kbps: the programme's bit rate.

    Raises:
        CannotCarry: if the encoder does not make such frames.
    """
    one = np.rint(sound * 32767).astype("<i2")
    raw = ("-f", "s16le", "-ar", f"{rate}", "-ac", f"{channels}", "-i", "pipe:0")
    bits = f"{round(min(max(kbps, _LEAST * channels), _MOST))}k"
    coder = ("-c:a", "aac", "-profile:a", "aac_low", "-b:a", bits, "-f", "adts", "pipe:1")
    data = ffmpeg.run((*raw, *coder), input=np.repeat(one, channels).tobytes())
    frames = []
    at = 0
    while (header := adts.header(data[at : at + adts.HEADER])) is not None:
        if (header.rate, header.channels, header.profile) != (rate, channels, adts.LC):
            break
        frames.append(data[at : at + header.length])
        at += header.length
    if not frames or at != len(data):
        raise CannotCarry(
            f"ffmpeg does not encode AAC at {rate} Hz with {channels} channels; convert the file "
            "first: ffmpeg -i FILE -c:a aac NEW.m4a"
        )
    return frames


def taken(count: int) -> int:
    """Samples that a sound of ``count`` takes up in frames."""
    return (-(-count // FRAME) + 1) * FRAME
