"""The rhythm short-long-short-short of GB 45438-2025 clause 5.3: made, and recognised.

The clause gives the pattern and nothing else: no lengths, no pitch, no loudness. The constants
here are this project's choice, in the proportions of Morse code, where ``.- ..`` is "AI".
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy import float64
    from numpy.typing import NDArray

    Samples = NDArray[float64]

TONES = (1, 3, 1, 1)
"""Lengths in units: short, long, short, short."""

UNITS = sum(TONES) + len(TONES) - 1
"""Length of the whole, the gaps being one unit each."""

EDGE = 0.01
"""Seconds of soft attack and decay of each tone: without them it would click."""

SHORTEST, LONGEST = 0.06, 0.4
"""Seconds of a unit that is recognised."""

LOWEST, HIGHEST = 300.0, 3000.0
"""Hertz of tones that are recognised."""

_STEP, _WINDOW = 0.005, 0.02  # seconds: of the grid that is listened on, and heard at each point
_PURITY = 0.7  # of the power lies at one pitch
_FAINTEST = 1e-3  # of full scale
_DETUNED = 0.04  # by which tones may differ, and be one pitch
_UNEVEN = 2.0  # times as loud
_FALLEN = 0.4  # of a tone's amplitude: it has ended
_TOLERANCE = 0.25  # of a unit


def sound(rate: int, unit: float, pitch: float) -> Samples:
    """The rhythm in one channel, at full scale.

    Args:
        rate: samples a second.
        unit: seconds of a short tone.
        pitch: hertz; a quarter of the rate at most.
    """
    length = round(unit * rate)
    parts = [_tone(length * TONES[0], rate, pitch)]
    for units in TONES[1:]:
        parts += [np.zeros(length), _tone(length * units, rate, pitch)]
    return np.concatenate(parts)


def _tone(length: int, rate: int, pitch: float) -> Samples:
    edge = max(round(EDGE * rate), 1)
    rise = (1 - np.cos(np.pi * np.arange(edge) / edge)) / 2
    tone: Samples = np.sin(2 * np.pi * min(pitch, rate / 4) / rate * np.arange(length))
    tone[:edge] *= rise[: tone[:edge].size]
    tone[-edge:] *= rise[::-1][-tone[-edge:].size :]
    return tone


class _Tone(NamedTuple):
    """A stretch of one pitch, in seconds and hertz."""

    begin: float
    end: float
    pitch: float
    amplitude: float

    @property
    def seconds(self) -> float:
        return self.end - self.begin


def found(samples: Samples, rate: int) -> list[tuple[float, float]]:
    """The second at which each rhythm begins and ends, of any unit, pitch and level.

    It is recognised, after lossy coding too, if it is the only sound while it lasts.

    Args:
        samples: one channel.
        rate: samples a second.
    """
    tones = _tones(samples, rate)
    places = []
    for first in range(len(tones) - len(TONES) + 1):
        group = tones[first : first + len(TONES)]
        if _is_rhythm(group):
            places.append((max(group[0].begin, 0.0), group[-1].end))
    return places


def _is_rhythm(tones: Sequence[_Tone]) -> bool:
    unit = (tones[-1].end - tones[0].begin) / UNITS
    slack = max(_TOLERANCE * unit, 2 * _WINDOW / 2)
    pitches = [tone.pitch for tone in tones]
    levels = [tone.amplitude for tone in tones]
    return (
        SHORTEST * 0.9 <= unit <= LONGEST * 1.1
        and max(pitches) <= min(pitches) * (1 + _DETUNED)
        and max(levels) <= min(levels) * _UNEVEN
        and all(abs(t.seconds - n * unit) <= slack for t, n in zip(tones, TONES, strict=True))
        and all(abs(b.begin - a.end - unit) <= slack for a, b in pairwise(tones))
    )


def _tones(samples: Samples, rate: int) -> list[_Tone]:
    """The stretches in which one pitch is all that is heard, with something quieter between."""
    window = max(round(_WINDOW * rate), 8)
    step = max(round(_STEP * rate), 1)
    padded = np.concatenate([np.zeros(window // 2), samples, np.zeros(window)])
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::step]
    shape = np.hanning(window + 1)[:-1]
    size = 1 << (2 * window - 1).bit_length()  # finer bins than the window has
    pitch = np.zeros(len(frames))
    amplitude = np.zeros(len(frames))
    pure = np.zeros(len(frames), bool)
    for start in range(0, len(frames), 1024):
        piece = slice(start, start + 1024)
        powers = abs(np.fft.rfft(frames[piece] * shape, size)) ** 2
        pitch[piece], amplitude[piece], pure[piece] = _peaks(powers, rate / size, shape)
    return _runs(pitch, amplitude, pure, step / rate)


def _peaks(powers: Any, width: float, shape: Samples) -> tuple[Samples, Samples, Samples]:
    """The pitch of each frame, its amplitude, and whether it is all there is."""
    lowest = int(LOWEST * 0.9 / width)
    band = powers[:, lowest : int(HIGHEST * 1.05 / width) + 2]
    best = band.argmax(axis=1) + lowest
    near = round(2 * _reach(shape.size, powers.shape[1]))  # the main lobe of the window
    sums = np.concatenate([np.zeros((len(powers), 1)), powers.cumsum(axis=1)], axis=1)
    rows = np.arange(len(powers))
    last = powers.shape[1]
    inside = sums[rows, np.minimum(best + near + 1, last)] - sums[rows, np.maximum(best - near, 0)]
    whole = sums[:, -1] + 1e-12
    amplitude = 2 * np.sqrt(powers[rows, best]) / shape.sum()
    pure = (inside / whole > _PURITY) & (amplitude > _FAINTEST)
    return best * width, amplitude, pure & (best > lowest)  # or it is the slope of a lower tone


def _reach(window: int, bins: int) -> float:
    """Bins of the finer transform to one of the window's own."""
    return 2 * (bins - 1) / window


def _runs(pitch: Samples, amplitude: Samples, pure: Samples, grid: float) -> list[_Tone]:
    tones: list[_Tone] = []
    at = 0
    while at < pure.size:
        if not pure[at]:
            at += 1
            continue
        end = at + 1
        while end < pure.size and pure[end] and abs(pitch[end] / pitch[at] - 1) <= 2 * _DETUNED:
            end += 1
        tones += _parted(pitch[at:end], amplitude[at:end], at, grid)
        at = end
    return tones


def _parted(pitch: Samples, amplitude: Samples, at: int, grid: float) -> list[_Tone]:
    """One pure stretch as the tones that decay and ringing join: codecs fill the gaps with both."""
    level = float(np.percentile(amplitude, 80))
    loud = np.concatenate([[False], amplitude > _FALLEN * level, [False]])
    edges = np.flatnonzero(loud[1:] != loud[:-1])
    tones = []
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if (end - begin) * grid >= SHORTEST / 2:
            first, last = (at + begin - 0.5) * grid, (at + end - 0.5) * grid
            middle = float(np.median(pitch[begin:end]))
            tones.append(_Tone(first, last, middle, float(np.median(amplitude[begin:end]))))
    return tones
