"""Hearing the rhythm short-long-short-short under music and speech (GB 45438-2025 clause 5.3).

A tone as loud as all of a programme is far louder than the programme's part at its own pitch, so
each pitch is listened to by itself: its level in the middle of the eleven cells that a rhythm of
some unit would have there, of tones, gaps, and a unit of rest on either side. What fits is measured
anew at its exact pitch and unit, and then told from notes and voices by what these are not: one
pure tone, evenly keyed, and as loud as all else.

What makes it a rhythm that tells people, and not a part of something else, is that it stands alone.
In Morse code it is the letter L, in a melody a figure; there, tones of the same pitch and level are
less than five units away. Repetitions of the whole rhythm are no such neighbours. An L that is sent
alone cannot be told from a mark, by people neither.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from aigc_label.audible.keying import (
    GRID,
    ON,
    RATE,
    Heard,
    below,
    below_at,
    doubt,
    levels,
    pitch_of,
    timed,
    unlikeness,
)
from aigc_label.audible.rhythm import HIGHEST, LONGEST, LOWEST, SHORTEST, UNITS

if TYPE_CHECKING:
    from aigc_label.audible.rhythm import Samples

ALONE = 4.5
"""Units before and behind it without a tone of the same pitch and level."""

_SPANS = 4  # of units, each listened to through a window of its own
_STEPS = 8  # of units tried in each
_FINEST = 8  # frames to the shortest unit
_FAINTEST = -60.0  # decibels of full scale
_BURIED = 12.0  # decibels that a tone may be below all that is heard with it
_MOST = 12  # candidates of one stretch that are looked into

_LIKE = 8.0  # the least score; 44 is a rhythm in silence
_DOUBTFUL = -3.05  # least for what is no rhythm: 8 of 2,080 rhythms at 0 dB have as much
_EVEN = 0.72  # least likeness: what is less has tones of other lengths
_BROKEN = 9.0  # decibels that a part of the long tone is fainter: it is two, of five even beeps
_TUNED, _APART = 0.15, 0.6  # of a unit's own bandwidth: another pitch, in silence and at most
_TUNED_LEVEL, _AS_LOUD = 1.2, 3.0  # decibels, likewise
_AS_PURE = 1.25  # decibels: as far below all that is heard as the rhythm is

_CELLS = np.arange(-1, UNITS + 1)  # one of rest on either side
_IS_ON = np.concatenate([[False], ON, [False]])
_IS_LONG = slice(3, 6)
_IS_OFF = np.concatenate([[False], ~ON, [False]])


class _Fit(NamedTuple):
    """How well levels fit, in decibels; ``score`` sums up the others."""

    score: Any
    contrast: Any  # tones over the loudest gap
    depth: Any  # tones over the gaps on average
    spread: Any  # of the tones
    rest: Any  # tones over what is before and behind
    level: Any  # of the tones


def rhythms(samples: Samples, rate: int) -> list[Heard]:
    """The rhythms that stand alone, in order.

    Args:
        samples: one channel.
        rate: samples a second.
    """
    rim = np.zeros(RATE)  # a second of silence on either side
    low = np.concatenate([rim, _resampled(samples, rate), rim])
    found: list[tuple[Heard, bool]] = []
    for rough in _candidates(low):
        exact = _refined(low, rough)
        if exact is not None and not any(_overlap(exact, other) for other, _ in found):
            found.append((exact, False))
    shaped = [heard for heard, _ in found]
    crowded = [_is_crowded(low, heard, shaped) for heard in shaped]
    for _ in shaped:  # a chain of rhythms stands alone as a whole
        crowded = [
            bad or any(crowded[n] for n, other in enumerate(shaped) if _follow(heard, other))
            for heard, bad in zip(shaped, crowded, strict=True)
        ]
    alone = [heard for heard, bad in zip(shaped, crowded, strict=True) if not bad]
    return sorted(heard._replace(begin=max(heard.begin - 1.0, 0.0)) for heard in alone)


def _resampled(samples: Samples, rate: int) -> Samples:
    """The samples at :data:`RATE`, by the part of their spectrum that it holds."""
    if rate == RATE or not samples.size:
        return samples
    whole = (samples.size // rate + 2) * rate  # whole seconds, so that lengths are whole too
    spectrum = np.fft.rfft(samples, whole)
    target = whole // rate * RATE
    kept = np.zeros(target // 2 + 1, complex)
    shared = min(spectrum.size, kept.size - 1)
    kept[:shared] = spectrum[:shared]
    low: Samples = np.fft.irfft(kept, target) * (target / whole)
    return low[: -(-samples.size * RATE // rate)]


def _candidates(low: Samples) -> list[Heard]:
    """Where levels look like a rhythm, the likeliest first."""
    found: list[tuple[float, Heard]] = []
    edges = np.geomspace(SHORTEST * 0.97, LONGEST * 1.03, _SPANS + 1)
    for first, last in pairwise(edges):
        window, hop = round(0.9 * first * RATE), max(1, round(first * RATE / _FINEST))
        levels, whole, pitches = _levels(low, window, hop)
        peaks = (levels[:, 1:-1] >= levels[:, :-2]) & (levels[:, 1:-1] > levels[:, 2:])
        peaks &= (levels[:, 1:-1] > whole[:, None] - _BURIED) & (levels[:, 1:-1] > _FAINTEST)
        rows, columns = np.nonzero(peaks)
        columns = columns + 1
        rim = int(8 * last * RATE / hop) + 2
        padded = np.pad(levels, ((rim, rim), (0, 0)), constant_values=-100.0)
        for unit in np.geomspace(first, last, _STEPS):
            cell = unit * RATE / hop
            middle = rim + rows  # of the long tone
            sides = [padded[middle + round(k * cell), columns] for k in (-1, 0, 1)]
            likely = np.ptp(sides, axis=0) < 6  # decibels
            if not likely.any():
                continue
            at, bins = middle[likely], columns[likely]
            fit = _fit(np.stack([padded[at + round((k - 3) * cell), bins] for k in _CELLS]))
            good = (fit.spread < 9) & (fit.contrast > 2.5) & (fit.depth > 5) & (fit.rest > 2)
            for n in np.flatnonzero(good):
                begin = (at[n] - rim) * hop / RATE - 3.5 * unit
                found.append((float(fit.score[n]), Heard(begin, unit, pitches[bins[n]])))
    best: list[Heard] = []
    for _, heard in sorted(found, reverse=True):
        if not any(_overlap(heard, other) and _alike(heard, other) for other in best):
            best.append(heard)
            if len(best) == _MOST:
                break
    return best


def _levels(low: Samples, window: int, hop: int) -> tuple[Samples, Samples, Samples]:
    """Decibels of each pitch in each frame, of all that is in the frame, and the pitches."""
    shape = np.hanning(window + 1)[:-1]
    size = 1 << (2 * window - 1).bit_length()
    padded = np.concatenate([np.zeros(window // 2), low, np.zeros(window)])
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop]
    first, last = int(LOWEST * 0.92 * size / RATE), int(HIGHEST * 1.05 * size / RATE) + 2
    amplitudes = np.empty((len(frames), last - first))
    powers = np.empty(len(frames))
    for start in range(0, len(frames), 512):
        piece = slice(start, start + 512)
        spectrum = abs(np.fft.rfft(frames[piece] * shape, size)) * (2 / shape.sum())
        powers[piece] = (spectrum**2).sum(axis=1)
        amplitudes[piece] = spectrum[:, first:last]
    sine = size / 2 * (shape**2).sum() * (2 / shape.sum()) ** 2 / 2  # the sum of a full tone
    return (
        20 * np.log10(amplitudes + 1e-5),
        10 * np.log10(powers / sine + 1e-10),
        np.arange(first, last) * RATE / size,
    )


def _fit(cells: Any) -> _Fit:
    """How well the levels of the eleven cells fit; of many places at once."""
    tones, gaps = cells[_IS_ON], cells[_IS_OFF]
    level = np.median(tones, axis=0)
    contrast = level - gaps.max(axis=0)
    depth = level - gaps.mean(axis=0)
    spread = np.ptp(tones, axis=0)
    rest = level - cells[[0, -1]].max(axis=0)
    score = np.minimum(depth, 20) + np.minimum(contrast, 12) + np.minimum(rest, 12) - 2 * spread
    return _Fit(score, contrast, depth, spread, rest, level)


def _alike(one: Heard, other: Heard) -> bool:
    return abs(one.pitch - other.pitch) < 3 / max(one.unit, other.unit)


def _overlap(one: Heard, other: Heard) -> bool:
    shared = min(one.end, other.end) - max(one.begin, other.begin)
    return shared > 0.4 * min(one.end - one.begin, other.end - other.begin)


def _refined(low: Samples, rough: Heard) -> Heard | None:
    """The candidate at its exact pitch, unit and time; ``None`` if it is no rhythm there."""
    pitch = pitch_of(low, rough.begin + 2.1 * rough.unit, 2.8 * rough.unit, rough)
    if pitch is None:
        return None
    first = rough.begin - 8 * rough.unit
    seen = levels(low, rough._replace(begin=first, pitch=pitch), round(25 * GRID))
    shifts, scales = np.meshgrid(np.arange(-10, 11), np.linspace(0.92, 1.08, 9))
    middle = 8 + UNITS / 2 + shifts / GRID  # of the whole, in rough units
    places = middle + (_CELLS - UNITS / 2 + 0.5)[:, None, None] * scales
    fit = _fit(seen[np.round(places * GRID).astype(int)])
    likeliest = fit.score > fit.score.max() - 0.5
    centre = float(middle[likeliest].mean())
    unit = rough.unit * float(scales[likeliest].mean())
    if fit.score.max() < _LIKE:
        return None
    exact, likeness = timed(low, Heard(first + centre * rough.unit - UNITS / 2 * unit, unit, pitch))
    if likeness < _EVEN or not SHORTEST * 0.95 <= exact.unit <= LONGEST * 1.1:
        return None
    cells = _cells(low, exact)
    if np.median(cells[_IS_ON]) - cells[_IS_LONG].min() > _BROKEN:
        return None
    return exact if doubt(low, exact, likeness) < _DOUBTFUL else None


def _cells(low: Samples, exact: Heard) -> Samples:
    """The levels in the middle of its eleven cells."""
    seen = levels(low, exact._replace(begin=exact.begin - exact.unit / 2), (UNITS + 1) * GRID + 1)
    return seen[::GRID]


def _is_crowded(low: Samples, heard: Heard, others: list[Heard]) -> bool:
    """Whether there are tones of its pitch and level right before or behind it.

    What keys the rhythm keys its neighbours too, at the very same pitch and level. How far that
    can be told here is seen from the rhythm's own tones: what moves these moves the neighbours.
    """
    grid = heard.unit / GRID
    first = heard.begin - (ALONE + 1) * heard.unit
    count = round((2 * ALONE + 2 + UNITS) * GRID)
    seen = levels(low, heard._replace(begin=first), count)
    times = first + np.arange(count) * grid
    cells = _fit(_cells(low, heard))
    as_loud = min(_AS_LOUD, _TUNED_LEVEL + float(cells.spread))
    apart = min(_APART, _TUNED + unlikeness(low, heard))
    as_pure = below(low, heard) + _AS_PURE
    near = (times < heard.begin - 0.7 * heard.unit) | (times > heard.end + 0.7 * heard.unit)
    near &= (times > heard.begin - ALONE * heard.unit) & (times < heard.end + ALONE * heard.unit)
    for other in others:
        if _follow(heard, other):
            near &= (times < other.begin - 0.6 * other.unit) | (
                times > other.end + 0.6 * other.unit
            )
    like = near & (abs(seen - float(cells.level)) < as_loud)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], like.astype(int), [0]])))
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        if b - a >= GRID / 2:
            pitch = pitch_of(low, first + a * grid, (b - a) * grid, heard)
            if (
                pitch is not None
                and abs(pitch - heard.pitch) < apart / heard.unit
                and below_at(low, heard, first + (a + b) / 2 * grid) < as_pure
            ):
                return True
    return False


def _follow(one: Heard, other: Heard) -> bool:
    """Whether two rhythms of one kind follow one another at once."""
    gap = max(one.begin, other.begin) - min(one.end, other.end)
    return (
        one is not other
        and 0 < gap < (ALONE + 1) * one.unit
        and abs(one.unit / other.unit - 1) < 0.1
        and _alike(one, other)
    )
