"""One keyed tone, measured: its pitch, its level, its timing, and how pure and even it is.

Notes and voices may come and go as the rhythm does. What they are not is one pure tone, evenly
keyed, with gaps that can be heard, and as loud as all else: :func:`doubt` adds up what speaks
against it, so that a rhythm that is faint in one respect must be clear in the others.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

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

_FINE = 64  # pieces to a unit, of which windows are made
_WIDE = 0.9  # of a unit: the window through which levels are seen
_EDGES = 2.0  # what the unlikeness of edges counts, to what is not explained
_BELOW, _USUAL = 0.85, 2.0  # and a decibel below all that is heard, if more than usual
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
    decibels: Samples = 20 * np.log10(abs(_waves(low, start, count, _WIDE)) + 1e-5)
    return decibels


def _waves(low: Samples, start: Heard, count: int, width: float) -> Any:
    """Amplitudes and phases at a pitch, from a time on, :data:`GRID` to a unit.

    The samples are summed in pieces of a 64th of a unit first: a window, its width in units, then
    takes as long for the longest unit as for the shortest.
    """
    shape = _window(width)
    pieces = _FINE // GRID * (count - 1) + shape.size
    edges = np.arange(pieces + 1) - shape.size / 2
    edges = (start.begin + edges * start.unit / _FINE) * RATE
    begin = int(edges[0]) - 1
    part = np.zeros(int(edges[-1]) + 2 - begin)
    inside = slice(max(begin, 0), max(min(begin + part.size, low.size), 0))
    part[inside.start - begin : inside.stop - begin] = low[inside]
    wave = part * np.exp(-2j * np.pi * start.pitch / RATE * np.arange(part.size))
    sums = np.concatenate([[0], np.cumsum(wave)])
    summed = np.diff(np.interp(edges - begin, np.arange(sums.size), sums))
    framed = np.lib.stride_tricks.sliding_window_view(summed, shape.size)[:: _FINE // GRID]
    return framed @ shape * (2 * _FINE / (start.unit * RATE))


def _window(width: float) -> Samples:
    """A window so many units wide, in pieces; its sum is 1."""
    shape: Samples = np.hanning((round(width * _FINE) | 1) + 2)[1:-1]
    shape /= shape.sum()
    return shape


def timed(low: Samples, rough: Heard) -> tuple[Heard, float]:
    """A rhythm whose edges lie where they fit the amplitude best: between frames, and as a whole.

    The sum over all eight edges is steadier than any of them: what is heard with a tone moves each
    a little, to either side. With it comes how like the two are, 1 at most: tones and gaps of other
    lengths are far less so than any noise makes them.
    """
    first = rough._replace(begin=rough.begin - rough.unit)
    seen = abs(_waves(low, first, (UNITS + 2) * GRID, _SHARP))
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


def doubt(low: Samples, heard: Heard, likeness: float) -> float:
    """How little it is one pure tone, keyed, and as loud as what is heard with it.

    A sum of logarithms, weighted by sounds with rhythms and without. Three things speak for it:
    how much of what is near the pitch is the rhythm (:func:`_explained`), how well its edges lie,
    and how much of all that is heard is the tone. None of them is a worst case of one tone or one
    gap: a note or a voice that falls on one of these does not undo what the others show.

    Args:
        low: samples at :data:`RATE`.
        heard: the rhythm.
        likeness: of its edges, of :func:`timed`.
    """
    return float(
        np.log(1 / _explained(low, heard) - 1)
        + _EDGES * np.log(max(1 - likeness, 1e-6))
        + _BELOW * max(below(low, heard), _USUAL)
    )


def _explained(low: Samples, heard: Heard) -> float:
    """The part of the energy near the pitch that is four equally loud tones with gaps and rests.

    It is small if there is something in the gaps or beside the whole, if the tones are not equally
    loud or change, and if their pitch is another or moves, as that of notes and voices does.
    """
    first = heard._replace(begin=heard.begin - heard.unit)
    seen = _waves(low, first, (UNITS + 2) * GRID + 1, _WIDE)
    tones = _tones_seen()
    found = float(abs(tones @ seen).sum())
    whole = float((abs(seen) ** 2).sum() * (tones**2).sum())
    return min(max(found**2 / (whole + 1e-20), 1e-6), 1 - 1e-6)


@cache
def _tones_seen() -> Samples:
    """Each tone of an even rhythm, seen through the wide window, with a unit before and behind."""
    shape = _window(_WIDE)
    places = (np.arange((UNITS + 2) * _FINE + shape.size) + 0.5 - shape.size / 2) / _FINE - 1
    at, seen = 0, []
    for units in TONES:
        gate = (places > at) & (places < at + units)
        seen.append(np.convolve(gate, shape, "valid")[:: _FINE // GRID])
        at += units + 1
    return np.array(seen)


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


def below(low: Samples, heard: Heard) -> float:
    """Decibels that its tones are below all that is heard with them; the median of its cells."""
    cells = heard.begin + (np.flatnonzero(ON) + 0.5) * heard.unit
    return float(np.median([below_at(low, heard, at) for at in cells]))


def below_at(low: Samples, heard: Heard, at: float) -> float:
    """Decibels that a tone of its pitch is below all that is heard about this second."""
    window = round(_WIDE * heard.unit * RATE)
    first = max(round(at * RATE) - window // 2, 0)
    part = low[first : first + window]
    shape = np.hanning(window)
    wave = shape * np.exp(-2j * np.pi * heard.pitch / RATE * np.arange(window))
    tone = 2 * abs((part * wave[: part.size]).sum() / shape.sum()) ** 2
    whole = float((part**2 * shape[: part.size] ** 2).sum() / (shape**2).sum())
    return float(-10 * np.log10(max(tone / (whole + 1e-12), 1e-6)))
