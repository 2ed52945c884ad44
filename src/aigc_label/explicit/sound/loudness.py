"""Loudness and true peak as ITU-R BS.1770-4 and EBU R128 measure them."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy import complex128, float64
    from numpy.typing import NDArray

    Samples = NDArray[float64]

BLOCK, STEP = 0.4, 0.1
"""Seconds of a gating block, and from one to the next."""

SILENCE = -70.0
"""LUFS: what is quieter is not measured (the absolute gate)."""

_RELATIVE = -10.0  # LU below the mean of what is left: the relative gate
_OFFSET = -0.691
_OVERSAMPLED = 4
_SHELF = (1681.974450955533, 3.999843853973347, 0.7071752369554196)  # Hz, dB, Q
_PASS = (38.13547087602444, 0.5003270373238773)
_WEIGHTS = {  # by number of channels, in the order of WAV: the low-frequency channel counts 0
    4: (1, 1, 1.41, 1.41),
    5: (1, 1, 1, 1.41, 1.41),
    6: (1, 1, 1, 0, 1.41, 1.41),
    7: (1, 1, 1, 0, 1, 1.41, 1.41),
    8: (1, 1, 1, 0, 1, 1, 1.41, 1.41),
}


def integrated(pieces: Iterable[Samples], rate: int) -> float | None:
    """The gated loudness in LUFS of some pieces of one programme, ``None`` if they are silent.

    Args:
        pieces: arrays of samples by channels, full scale being 1; a block lies within a piece.
        rate: samples of a channel in a second.
    """
    powers = np.concatenate([np.zeros(0), *(_powers(piece, rate) for piece in pieces)])
    loud = powers[powers > _power(SILENCE)]
    if not loud.size:
        return None
    loud = loud[loud > loud.mean() * 10 ** (_RELATIVE / 10)]
    return _OFFSET + 10 * math.log10(float(loud.mean()))


def alike(channel: Samples, rate: int, channels: int) -> float | None:
    """The loudness of one sound that all of some channels play; ``None`` if it is silent."""
    alone = integrated([channel[:, None]], rate)
    weight = sum(_WEIGHTS.get(channels, (1,) * channels))
    return None if alone is None else alone + 10 * math.log10(weight)


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET) / 10))


def _powers(piece: Samples, rate: int) -> Samples:
    """The weighted mean square of each block; of the piece as a whole if it is shorter than one."""
    count, channels = piece.shape
    block, step = min(round(BLOCK * rate), count), max(round(STEP * rate), 1)
    if not count:
        return np.zeros(0)
    weights = _WEIGHTS.get(channels, (1,) * channels)
    total = np.zeros((count - block) // step + 1)
    for channel, weight in enumerate(weights):
        if weight:
            squares = np.concatenate([[0.0], np.cumsum(weighted(piece[:, channel], rate) ** 2)])
            starts = np.arange(total.size) * step
            total += weight * (squares[starts + block] - squares[starts]) / block
    return total


def weighted(channel: Samples, rate: int) -> Samples:
    """One channel as K-weighting hears it: a shelf for the head, and a high pass."""
    size = _roomy(channel.size + rate // 4)  # room for the filters to die away in
    spectrum = np.fft.rfft(channel, size)
    spectrum *= _response(spectrum.size, rate)
    heard: Samples = np.fft.irfft(spectrum, size)[: channel.size]
    return heard


@lru_cache(maxsize=4)
def _response(bins: int, rate: int) -> NDArray[complex128]:
    """Both filters of BS.1770 at any rate, from their analogue prototypes."""
    z = np.exp(-1j * np.pi * np.arange(bins) / (bins - 1))
    frequency, quality = _PASS
    k = math.tan(math.pi * frequency / rate)
    a0 = 1 + k / quality + k * k
    response = (1 - z) ** 2 / (
        1 + 2 * (k * k - 1) / a0 * z + (1 - k / quality + k * k) / a0 * z * z
    )
    frequency, gain, quality = _SHELF
    if frequency < rate / 2.2:
        k = math.tan(math.pi * frequency / rate)
        high = 10 ** (gain / 20)
        band = high**0.4996667741545416
        a0 = 1 + k / quality + k * k
        above = high + band * k / quality + k * k + 2 * (k * k - high) * z
        above = above + (high - band * k / quality + k * k) * z * z
        response *= above / (a0 + 2 * (k * k - 1) * z + (1 - k / quality + k * k) * z * z)
    shaped: NDArray[complex128] = response
    return shaped


def true_peak(sound: Samples) -> float:
    """The highest amplitude of one channel between its samples, too: four times oversampled."""
    if not sound.size:
        return 0.0
    pieces = [*range(0, sound.size, 1 << 20), sound.size]
    return max(_peak(sound[start:end]) for start, end in pairwise(pieces))


def _peak(sound: Samples) -> float:
    size = _roomy(sound.size + 1024)  # what follows the end is silence
    spectrum = np.fft.rfft(sound, size)
    finer = np.fft.irfft(spectrum, size * _OVERSAMPLED) * _OVERSAMPLED
    return float(max(abs(finer).max(), abs(sound).max()))


def _roomy(least: int) -> int:
    """A length from ``least`` on that is transformed fast: one of a large prime takes 25 times."""
    return -(-least // 4096) * 4096
