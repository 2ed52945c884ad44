"""The rhythm short-long-short-short of GB 45438-2025 clause 5.3: made, and recognised.

The clause gives the pattern and nothing else: no lengths, no pitch, no loudness. The constants
here are this project's choice, in the proportions of Morse code, where ``.- ..`` is "AI".
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    Samples = NDArray[float64]

UNIT = 0.12
"""Seconds of a short tone, and of the gap between two tones: ten words a minute in Morse, slow
enough to be heard as single tones by anybody."""

TONES = (1, 3, 1, 1)
"""Lengths in units: short, long, short, short."""

PITCH = 880.0
"""Hertz: within what telephones, small loudspeakers and ageing ears pass, above most speech."""

SILENCE = 0.3
"""Seconds between the rhythm and the content, so that they are clearly two things."""

EDGE = 0.01
"""Seconds of soft attack and decay of each tone: without them it would click."""

SECONDS = UNIT * (sum(TONES) + len(TONES) - 1)
"""Length of the rhythm alone: 1.08 s."""

QUIETEST, LOUDEST, USUAL = 0.1, 0.5, 0.25
"""Bounds of a tone's amplitude, full scale being 1, and what it is over a silent programme."""

LISTENED = 6.0
"""Seconds of the programme that its loudness is judged by."""

_STEP = 0.005
_LIKENESS = 0.9
_PURITY = 0.8
_LATEST = 0.25  # seconds that an encoder's delay may put in front


def level(programme: Samples) -> float:
    """The amplitude of tones that are clearly heard beside the programme, and never clip.

    Args:
        programme: samples of it, full scale being 1.

    Returns:
        An amplitude at which a tone is about as loud as the programme where it is not silent.
    """
    loud = programme[abs(programme) > 0.003]
    if loud.size < 100:
        return USUAL
    rms = math.sqrt(float((loud**2).mean()))
    return min(max(1.4 * rms, QUIETEST), LOUDEST)


def sound(rate: int, amplitude: float, *, at_end: bool = False) -> Samples:
    """The rhythm and the silence that parts it from the content, one channel.

    Args:
        rate: samples a second.
        amplitude: of the tones, full scale being 1.
        at_end: whether the silence comes first.

    Returns:
        An even number of samples, so that no container needs another pad byte.
    """
    np = numpy()
    unit = round(UNIT * rate)
    parts = []
    for number, length in enumerate(TONES):
        parts.append(_tone(length * unit, rate) * amplitude)
        if number < len(TONES) - 1:
            parts.append(np.zeros(unit))
    silence = np.zeros(round(SILENCE * rate))
    samples: Samples = np.concatenate([silence, *parts] if at_end else [*parts, silence])
    return np.concatenate([np.zeros(1), samples]) if samples.size & 1 else samples


def _tone(length: int, rate: int) -> Samples:
    np = numpy()
    edge = max(round(EDGE * rate), 1)
    rise = (1 - np.cos(np.pi * np.arange(edge) / edge)) / 2
    tone: Samples = np.sin(2 * np.pi * _pitch(rate) / rate * np.arange(length))
    tone[:edge] *= rise[: tone[:edge].size]
    tone[-edge:] *= rise[::-1][-tone[-edge:].size :]
    return tone


def _pitch(rate: int) -> float:
    return min(PITCH, rate / 4)


def begins(samples: Samples, rate: int) -> float | None:
    """The second at which the rhythm begins near the start of some samples, or ``None``.

    It is recognised by the loudness over time of the pitch alone, at any level and after lossy
    coding, if it is the only sound.
    """
    found = _places(samples[: round((SECONDS + _LATEST + 0.1) * rate)], rate)
    return found if found is not None and found <= _LATEST else None


def ends(samples: Samples, rate: int) -> float | None:
    """The second at which the rhythm begins near the end of some samples, or ``None``."""
    np = numpy()
    first = max(samples.size - round((SECONDS + 3 * _LATEST) * rate), 0)
    found = _places(np.concatenate([samples[first:], np.zeros(round(0.1 * rate))]), rate)
    return None if found is None else found + first / rate


def _places(samples: Samples, rate: int) -> float | None:
    """Where the rhythm fits best, if it fits well."""
    np = numpy()
    step = max(round(_STEP * rate), 1)
    count = samples.size // step
    grid = step / rate
    expected = _expected(grid)
    if count < expected.size:
        return None
    samples = samples[: count * step]
    turns = np.exp(-2j * np.pi * _pitch(rate) / rate * np.arange(samples.size))
    pitch = 2 * abs(_smooth((samples * turns).reshape(count, step).mean(axis=1)))
    whole = np.sqrt(2 * _smooth((samples**2).reshape(count, step).mean(axis=1)))
    windows = np.lib.stride_tricks.sliding_window_view(pitch, expected.size)
    shape = expected - expected.mean()
    norms = np.sqrt(((windows - windows.mean(axis=1, keepdims=True)) ** 2).sum(axis=1))
    likeness = windows @ shape / (norms * np.sqrt((shape**2).sum()) + 1e-9)
    best = int(likeness.argmax())
    on = expected > 0.99
    here = slice(best, best + expected.size)
    purity = np.median(pitch[here][on] / (whole[here][on] + 1e-9))
    if likeness[best] < _LIKENESS or purity < _PURITY or np.median(pitch[here][on]) < 1e-3:
        return None
    return best * grid


def _expected(grid: float) -> Samples:
    """Loudness over time on a grid of seconds, 0 to 1, and a little silence behind."""
    np = numpy()
    edges = []
    at = 0.0
    for length in TONES:
        edges.append((at, at + length * UNIT))
        at += (length + 1) * UNIT
    times = (np.arange(round((SECONDS + 0.05) / grid)) + 0.5) * grid
    shape = np.zeros(times.size)
    for begin, end in edges:
        shape[(times >= begin) & (times < end)] = 1
    smoothed: Samples = _smooth(shape)
    return smoothed


def _smooth(values: Any) -> Any:
    """The mean of each value and its neighbours: 15 ms, less than any gap."""
    np = numpy()
    return np.convolve(values, np.ones(3) / 3, mode="same")


def numpy() -> Any:
    """numpy, loaded where samples are handled and nowhere else: it takes longer than a check."""
    import numpy as np  # noqa: PLC0415 - see above

    return np
