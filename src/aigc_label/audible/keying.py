"""One keyed tone, measured: its pitch, its level, its timing, and how pure and even it is.

Notes and voices may come and go as the rhythm does. What they are not is one pure tone, evenly
keyed, with gaps that can be heard, and as loud as all else: :func:`doubt` adds up what speaks
against it, so that a rhythm that is faint in one respect must be clear in the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aigc_label.audible.rhythm import TONES, UNITS

if TYPE_CHECKING:
    from aigc_label.audible.rhythm import Samples

RATE = 8000
"""Samples a second that are listened to: enough for the highest pitch."""

GRID = 16
"""Points to a unit, where levels are measured anew."""

ON = np.repeat([True, False, True, False, True, False, True], [1, 1, 3, 1, 1, 1, 1])
"""Which of the nine units of a rhythm are tones."""

_UNLIKE = 3.0  # decibels between the tones
_BLURRED = 0.3  # of a unit's own bandwidth, between their pitches
_USUAL = 3.0  # decibels below all that is heard, and as much again
_UNSTEADY = 0.02  # out of phase
_FILLED, _FILLING = 5.0, 3.0  # decibels of tones over the loudest gap; and per unit of doubt
_PIECES = 6
_LOUDEST = 1.5  # times the usual amplitude: what is more is something else
_SHIFTS = np.arange(-24, 25) / 64  # units
_SCALES = np.linspace(0.95, 1.05, 21)
_SHARP = 0.5  # of a unit: the window through which edges are seen


class Heard(NamedTuple):
    """A rhythm: the second in which it begins, its unit in seconds, its pitch in hertz."""

    begin: float
    unit: float
    pitch: float

    @property
    def end(self) -> float:
        """The second in which it ends."""
        return self.begin + UNITS * self.unit


def pitch_of(low: Samples, begin: float, seconds: float, near: Heard) -> float | None:
    """The pitch of one tone, near another's; ``None`` if nothing is there."""
    part = low[max(round(begin * RATE), 0) : max(round((begin + seconds) * RATE), 0)]
    if part.size < RATE * seconds / 2:
        return None
    size = 1 << (16 * part.size - 1).bit_length()
    spectrum = abs(np.fft.rfft(part * np.hanning(part.size), size))
    slack = 1 / near.unit
    low_, high = (round((near.pitch + d) * size / RATE) for d in (-slack, slack))
    return (max(low_, 0) + int(spectrum[max(low_, 0) : high + 1].argmax())) * RATE / size


def levels(low: Samples, start: Heard, count: int) -> Samples:
    """Decibels at a pitch, from a time on, through a window of nine tenths of a unit."""
    decibels: Samples = 20 * np.log10(_amplitudes(low, start, count, 0.9) + 1e-5)
    return decibels


def _amplitudes(low: Samples, start: Heard, count: int, width: float) -> Samples:
    """Amplitudes at a pitch, from a time on, :data:`GRID` to a unit; the window is in units."""
    window = round(width * start.unit * RATE)
    shape = np.hanning(window)
    shape *= 2 / shape.sum()
    centres = np.round((start.begin + np.arange(count) * start.unit / GRID) * RATE).astype(int)
    begin = centres[0] - window
    part = np.zeros(centres[-1] + window - begin)
    inside = slice(max(begin, 0), max(min(begin + part.size, low.size), 0))
    part[inside.start - begin : inside.stop - begin] = low[inside]
    wave = part * np.exp(-2j * np.pi * start.pitch / RATE * np.arange(part.size))
    starts = centres - window // 2 - begin
    framed = np.lib.stride_tricks.sliding_window_view(wave, window)[starts]
    amplitudes: Samples = abs(framed @ shape)
    return amplitudes


def timed(low: Samples, rough: Heard) -> tuple[Heard, float]:
    """A rhythm whose edges lie where they fit the amplitude best: between frames, and as a whole.

    The sum over all eight edges is steadier than any of them: what is heard with a tone moves each
    a little, to either side. With it comes how like the two are, 1 at most: tones and gaps of other
    lengths are far less so than any noise makes them.
    """
    seen = _amplitudes(
        low, rough._replace(begin=rough.begin - rough.unit), (UNITS + 2) * GRID, _SHARP
    )
    places = np.arange(seen.size) / GRID - 1.0  # units from the rough beginning
    usual = float(np.median(seen[GRID:-GRID][np.repeat(ON, GRID)]))
    seen = np.minimum(seen, _LOUDEST * usual)
    seen = seen - seen.mean()
    shifts, scales = (side.ravel()[:, None] for side in np.meshgrid(_SHIFTS, _SCALES))
    shapes = _keyed((places - UNITS / 2 - shifts) / scales + UNITS / 2)
    shapes = shapes - shapes.mean(axis=1, keepdims=True)
    likeness = shapes @ seen / np.sqrt((shapes**2).sum(axis=1) * (seen**2).sum() + 1e-20)
    best = int(likeness.argmax())
    unit = rough.unit * float(scales[best, 0])
    centre = rough.begin + (UNITS / 2 + float(shifts[best, 0])) * rough.unit
    return Heard(centre - UNITS / 2 * unit, unit, rough.pitch), float(likeness[best])


def _keyed(places: Samples) -> Samples:
    """The amplitude of an even rhythm at places in units, seen through the window of edges."""
    grid = np.arange(-GRID, (UNITS + 1) * GRID) / GRID
    gate = np.concatenate([np.zeros(GRID), np.repeat(ON, GRID), np.zeros(GRID)])
    shape = np.hanning(round(_SHARP * GRID) + 2)[1:-1]
    seen = np.convolve(gate, shape / shape.sum(), "same")
    return np.interp(places, grid + 0.5 / GRID, seen)


def doubt(low: Samples, heard: Heard, spread: float, contrast: float) -> float:
    """How little it is one pure tone, keyed, and as loud as what is heard with it.

    The sum of five, each 1 about where the worst of rhythms at 0 dB have it: how unlike the tones
    are in level and in pitch, how far below all else they are, how unsteady the long one is, and
    how far the loudest gap is filled.

    Args:
        low: samples at :data:`RATE`.
        heard: the rhythm.
        spread: decibels between its loudest and its faintest tone.
        contrast: decibels of its tones over the loudest gap.
    """
    below = -10 * np.log10(_share(low, heard))
    return float(
        spread / _UNLIKE
        + unlikeness(low, heard) / _BLURRED
        + max(below - _USUAL, 0) / _USUAL
        + (1 - _steadiness(low, heard)) / _UNSTEADY
        + max(_FILLED - contrast, 0) / _FILLING
    )


def unlikeness(low: Samples, heard: Heard) -> float:
    """How far the pitch of a tone is off at most, of a unit's own bandwidth."""
    pitches = [
        pitch_of(low, begin + _rim(heard), seconds - 2 * _rim(heard), heard)
        for begin, seconds in _tones(heard)
    ]
    return max(abs(pitch - heard.pitch) if pitch else np.inf for pitch in pitches) * heard.unit


def _tones(heard: Heard) -> list[tuple[float, float]]:
    """When each tone begins, and how long it lasts."""
    tones, at = [], heard.begin
    for units in TONES:
        tones.append((at, units * heard.unit))
        at += (units + 1) * heard.unit
    return tones


def _rim(heard: Heard) -> float:
    """Seconds in which tones rise and fall."""
    return min(max(0.08 * heard.unit, 0.012), 0.2 * heard.unit)


def _share(low: Samples, heard: Heard) -> float:
    """The part of the power that is the tone's, of its middle cell."""
    window = round(0.9 * heard.unit * RATE)
    shape = np.hanning(window)
    wave = shape * np.exp(-2j * np.pi * heard.pitch / RATE * np.arange(window))
    shares = []
    for cell in np.flatnonzero(ON):
        first = max(round((heard.begin + (cell + 0.5) * heard.unit) * RATE) - window // 2, 0)
        part = low[first : first + window]
        tone = 2 * abs((part * wave[: part.size]).sum() / shape.sum()) ** 2
        whole = float((part**2 * shape[: part.size] ** 2).sum() / (shape**2).sum())
        shares.append(tone / (whole + 1e-12))
    return max(float(np.median(shares)), 1e-6)


def _steadiness(low: Samples, heard: Heard) -> float:
    """How far the parts of the long tone are in phase: notes in a row, voices, vibrato are not."""
    begin = heard.begin + 2 * heard.unit + _rim(heard)
    seconds = 3 * heard.unit - 2 * _rim(heard)
    exact = pitch_of(low, begin, seconds, heard)
    if exact is None:
        return 0.0
    part = low[round(begin * RATE) : round((begin + seconds) * RATE)]
    wave = part * np.exp(-2j * np.pi * exact / RATE * np.arange(part.size))
    pieces = np.array([piece.mean() for piece in np.array_split(wave, _PIECES)])
    return float(abs(pieces.mean()) / (abs(pieces).mean() + 1e-12))
