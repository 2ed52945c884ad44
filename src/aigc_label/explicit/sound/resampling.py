"""A sound at half its rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from aigc_label.audible.rhythm import Samples


def halved(sound: Samples) -> Samples:
    """Every second sample of one channel, and no pitch that half the rate cannot hold."""
    padded = np.concatenate([sound, np.zeros(2048 - sound.size % 2048)])
    spectrum = np.fft.rfft(padded)
    size = padded.size // 2
    half: Samples = np.fft.irfft(spectrum[: size // 2 + 1], size) / 2
    return half[: -(-sound.size // 2)]
