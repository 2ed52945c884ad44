"""The audible mark of GB 45438-2025 clause 5.3: before, in or behind the programme.

What is the same for every container: which marks stand already, where the others go, and how
loud they are. Each container's module puts them in; none encodes the programme anew that need not.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aigc_label.contract import Marked
from aigc_label.errors import CannotCarry
from aigc_label.explicit.sound import mark as marks
from aigc_label.explicit.sound.programme import Addition, Window
from aigc_label.model import FoundMark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.asset import Asset
    from aigc_label.audible.rhythm import Samples
    from aigc_label.contract import Format
    from aigc_label.explicit.sound.mark import Mark
    from aigc_label.explicit.sound.programme import Programme
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.output import Scratch

SILENCE = 0.3
"""Seconds between a mark and the content, so that they are clearly two things."""

MEASURED, PIECES = 36.0, 12
"""Seconds of a programme that its loudness is measured by, and the pieces they are spread in where
it is longer. A loudness over all of an hour would cost more than the rest of the work."""

CALM = 2.0
"""Seconds by which a mark inside the programme may stand off its place, for a calmer moment."""

_MODULES = {
    "wav": "wave",
    "mp3": "mp3",
    "flac": "flac",
    "aiff": "aiff",
    "aac": "adts",
    "m4a": "mp4",
    "mp4": "mp4",
    "mov": "mp4",
    "opus": "opus",
    "vorbis": "vorbis",
    "oggflac": "ogg_flac",
    "wma": "wma",
}
_EDGE = 0.35  # seconds that an encoder may put before the first mark, or behind the last
_SLACK = 4.0  # seconds beside its place in which a mark inside is looked for
_CALM = 0.2  # seconds that shall be calm
_APART = 1.0  # seconds of programme between marks
_MOST_INNER = 2000
_MOST_MEASURED = 1 << 24  # samples of all channels


class _Spot(NamedTuple):
    """A mark that is asked for.

    Attributes:
        place: as :class:`FoundMark` says it.
        at: samples of the file before it, where it has to be put in.
        stands: its first and last sample, where it stands already.
    """

    place: str
    at: int
    stands: tuple[int, int] | None = None


def mark(asset: Asset, fmt: Format, label: ExplicitLabel, scratch: Scratch) -> Marked:
    """Put the sound that is asked for where it is asked for, unless it is there already.

    Args:
        asset: a file of sound.
        fmt: its format.
        label: ``places`` and ``sound`` are looked at, and ``regime`` for a note.
        scratch: gives paths for temporary files.

    Returns:
        A view of the asset with the marks, or the asset itself if it already has them; the first
        of the marks asked for; and what users should know.

    Raises:
        CannotCarry: if the sound's encoding does not let a mark be put in.
        InvalidLabel: if a clip of one's own is none.
        Malformed: if the file is damaged.
        MissingExtra: if ffmpeg is needed, and there is none.
    """
    what = marks.of(label.sound)
    inside = "middle" in label.places or bool(label.sound.every)
    module = import_module(f"aigc_label.explicit.sound.{_MODULES[fmt.id]}")
    programme: Programme = module.opened(asset, scratch, inside=inside)
    spots, first, last = _spots(programme, what, label)
    missing = [spot for spot in spots if spot.stands is None]
    shown = next(iter(spots))
    if not missing:
        return Marked(asset, _found(what, shown.place, _seconds(shown, programme, 0)))
    around = [s.stands for s in spots if s.stands is not None]
    pieces = programme.heard(_measured(programme, first, last, around))
    sound = what.make(programme.rate)
    sound = marks.levelled(sound, programme.rate, programme.channels, pieces, label.sound.level)
    additions = [Addition(spot.at, _parted(sound, spot, programme)) for spot in missing]
    result = programme.inserted(additions)
    if shown.stands is None:
        begin = result.begins[missing.index(shown)]
        begin += 0 if shown.place == "start" else SILENCE
    else:
        before = sum(programme.taken(a.sound.size) for a in additions if a.at <= shown.stands[0])
        begin = _seconds(shown, programme, before)
    notes = result.notes
    if label.sound.kind == "voice-en" and label.regime == "cn":
        notes = (*notes, _ENGLISH)
    return Marked(result.asset, _found(what, shown.place, begin), notes)


_ENGLISH = (
    "clause 5.3 asks for words such as 人工智能 and 生成, which an English voice does not say; "
    "use voice-zh or the rhythm where Chinese rules apply"
)


def _found(what: Mark, place: str, begin: float) -> FoundMark:
    at = (round(begin, 3), round(begin + what.seconds, 3))
    return FoundMark(kind=what.kind, text=what.text, place=place, at=at)


def _seconds(spot: _Spot, programme: Programme, before: int) -> float:
    return ((spot.stands or (0, 0))[0] + before) / programme.rate


def _parted(sound: Samples, spot: _Spot, programme: Programme) -> Samples:
    """The mark with silence towards the programme: an even number of samples, for any padding."""
    silence = np.zeros(round(SILENCE * programme.rate))
    if spot.place == "start":
        whole = np.concatenate([sound, silence])
    elif spot.place == "end":
        whole = np.concatenate([silence, sound])
    else:
        whole = np.concatenate([silence, sound, silence])
    return np.concatenate([np.zeros(1), whole]) if whole.size & 1 else whole


def _spots(programme: Programme, what: Mark, label: ExplicitLabel) -> tuple[list[_Spot], int, int]:
    """The marks asked for, in order; and between which samples the programme stands."""
    rate, length = programme.rate, programme.length
    reach = min(length, round((what.seconds + 2.5 * (what.kind == "rhythm") + 1) * rate))
    windows = [Window(0, reach), Window(length - reach, reach)]
    head, tail = (_mono(heard) for heard in programme.heard(windows))
    start = next((s for s in _samples(what, head, rate) if s[0] <= _EDGE * rate), None)
    ends = [(a + length - tail.size, b + length - tail.size) for a, b in _samples(what, tail, rate)]
    end = next((s for s in ends if s[1] >= length - _EDGE * rate and s != start), None)
    silence = round(SILENCE * rate)
    first = min(start[1] + silence, length) if start else 0
    last = max(end[0] - silence, first) if end else length
    spots = []
    if "start" in label.places:
        spots.append(_Spot("start", 0, start))
    spots += _inner(programme, what, label, first, last)
    if "end" in label.places:
        spots.append(_Spot("end", length, end))
    return spots, first, last


def _samples(what: Mark, sound: Samples, rate: int) -> list[tuple[int, int]]:
    return [(round(a * rate), round(b * rate)) for a, b in what.found(sound, rate)]


def _mono(sound: Samples) -> Samples:
    mean: Samples = sound.mean(axis=1) if sound.size else np.zeros(0)
    return mean


def _inner(
    programme: Programme, what: Mark, label: ExplicitLabel, first: int, last: int
) -> list[_Spot]:
    """The marks inside the programme: those that stand, if all do, or places for them."""
    if "middle" not in label.places and not label.sound.every:
        return []
    rate = programme.rate
    if last <= first:
        raise CannotCarry("there is no sound that a mark could stand in the middle of")
    silence = round(SILENCE * rate)
    taken = programme.taken(_parted(what.make(rate), _Spot("middle", 0), programme).size)
    spots = []
    for number in range(1, _MOST_INNER):
        points = _points(last - first - number * taken, rate, label)
        if len(points) == number:
            expected = [first + at + i * taken + silence for i, (_, at) in enumerate(points)]
            standing = _standing(programme, what, expected)
            spots = [
                _Spot(place, 0, found)
                for (place, _), found in zip(points, standing, strict=True)
                if found
            ]
        if len(points) <= number:
            break
    points = _points(last - first - len(spots) * taken, rate, label)
    if len(points) == len(spots):
        return spots
    near = round(_SLACK * rate)
    for place, at in points:
        here = first + at
        for spot in spots:
            if spot.stands and spot.stands[0] < here + taken + near:
                here += taken if spot.stands[0] < here else 0
        if not any(s.stands and abs(s.stands[0] - here) <= near + taken for s in spots):
            spots.append(_Spot(place, here))
    calm = _calmest(programme, [s.at for s in spots if s.stands is None], first, last)
    moved = [s if s.stands else s._replace(at=calm.pop(0)) for s in spots]
    return sorted(moved, key=lambda spot: spot.stands[0] if spot.stands else spot.at)


def _points(length: int, rate: int, label: ExplicitLabel) -> list[tuple[str, int]]:
    """The places inside a programme of some samples, in order."""
    points: list[tuple[str, int]] = []
    apart = round(_APART * rate)
    step = round(label.sound.every * 60 * rate)
    if step:
        count = max((length - apart) // step, 0)
        points = [("middle", number * step) for number in range(1, min(count, _MOST_INNER) + 1)]
    middle = max(length // 2, 0)
    if "middle" in label.places and not any(abs(at - middle) < 15 * rate for _, at in points):
        points.append(("middle", middle))
    return sorted(points, key=lambda point: point[1])


def _standing(
    programme: Programme, what: Mark, expected: Sequence[int]
) -> list[tuple[int, int] | None]:
    """The mark near each of some places, if it is there."""
    rate = programme.rate
    slack = round(_SLACK * rate)
    windows = [
        Window(max(at - slack, 0), 2 * slack + round((what.seconds + 1) * rate)) for at in expected
    ]
    standing: list[tuple[int, int] | None] = []
    for at, window, heard in zip(expected, windows, programme.heard(windows), strict=True):
        near = [(a + window.first, b + window.first) for a, b in _samples(what, _mono(heard), rate)]
        standing.append(min(near, key=lambda span: abs(span[0] - at), default=None))
    return standing


def _calmest(programme: Programme, places: Sequence[int], first: int, last: int) -> list[int]:
    """The calmest moment near each of some places."""
    reach, block = round(CALM * programme.rate), max(round(_CALM * programme.rate), 1)
    windows = [
        Window(max(at - reach, first), min(at + reach, last) - max(at - reach, first))
        for at in places
    ]
    moments = []
    for at, window, heard in zip(places, windows, programme.heard(windows), strict=True):
        power = np.concatenate([[0.0], np.cumsum((heard**2).sum(axis=1))])
        if power.size <= block:
            moments.append(at)
            continue
        levels = power[block:] - power[:-block]
        calm = np.flatnonzero(levels <= levels.min() * 1.1 + 1e-9)
        wanted = at - window.first - block // 2
        best = int(calm[abs(calm - wanted).argmin()])
        moments.append(window.first + best + block // 2)
    return moments


def _measured(
    programme: Programme, first: int, last: int, marks_inside: Sequence[tuple[int, int]]
) -> list[Window]:
    """The pieces of the programme that its loudness is measured by: marks are none of it."""
    length = last - first
    most = min(round(MEASURED * programme.rate), _MOST_MEASURED // programme.channels)
    if length <= most:
        windows = [Window(first, length)]
    else:
        size = most // PIECES
        step = (length - size) / (PIECES - 1)
        windows = [Window(first + round(step * i), size) for i in range(PIECES)]
    free = [
        w
        for w in windows
        if not any(a < w.first + w.length and b > w.first for a, b in marks_inside)
    ]
    return free or windows
