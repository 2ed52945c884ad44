"""Which frames must be encoded once more, so that words stand over some of them.

A region runs from the starting point before the words to one behind them from which decoding can
begin anew. Where that one is open, the pictures that follow it and are shown before it belong to
the region: they were predicted from frames that will not be the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aigc_label.errors import CannotCarry
from aigc_label.explicit.film import tables
from aigc_label.explicit.film.segment import Start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aigc_label.asset import Asset
    from aigc_label.explicit.film.segment import Showing
    from aigc_label.explicit.film.tables import Track

FARTHEST = 20.0
"""Seconds to the next starting point beyond which a film is rather encoded whole, and well."""

MOST_LEADING = 64
"""Pictures that follow a starting point and are shown before it; encoders make up to fifteen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Samples to replace, by their numbers in the order of decoding.

    Attributes:
        first: the first one, a starting point.
        decoded: the starting point from which its frames can be decoded: that one or the one
            before.
        key: the starting point behind the last frame, or the number of all samples.
        leading: how many samples behind ``key`` are shown before it, and replaced as well.
        open: whether ``key`` is an open starting point.
        showings: when words stand in it, in seconds on the track's clock.
    """

    first: int
    decoded: int
    key: int
    leading: int
    open: bool
    showings: tuple[Showing, ...]

    @property
    def frames(self) -> int:
        """How many frames are encoded."""
        return self.key - self.first + self.leading

    @property
    def end(self) -> int:
        """The first sample that stays at its number: ``key`` moves behind what leads it."""
        return self.key + self.leading + bool(self.leading)


def regions(
    asset: Asset,
    track: Track,
    start: Callable[[bytes], Start],
    showings: Iterable[Showing],
) -> list[Region]:
    """The regions for words at given times.

    Args:
        asset: the film.
        track: its picture track.
        start: what a sample is to a decoder.
        showings: in order and apart.

    Raises:
        CannotCarry: where there is no safe joint within :data:`FARTHEST` seconds.
    """
    found: list[Region] = []
    points = _Points(asset, track, start)
    for showing in showings:
        begin = round((showing.start - showing.rise) * track.clock)
        end = round((showing.end + showing.fall) * track.clock)
        region = points.around(begin, end, showing)
        if found and region.first <= found[-1].end:
            before = found.pop()
            region = points.merged(before, region)
        found.append(region)
    return found


class _Points:
    """The starting points of a track; samples are looked at as they are asked for."""

    def __init__(self, asset: Asset, track: Track, start: Callable[[bytes], Start]) -> None:
        self.asset = asset
        self.track = track
        self.start = start
        self.keys = np.flatnonzero(track.keys)

    def around(self, begin: int, end: int, showing: Showing) -> Region:
        """The region of the frames shown from tick ``begin`` to, not including, ``end``."""
        times, clock = self.track.times, self.track.clock
        far = round(FARTHEST * clock)
        first, decoded = self._before(begin)
        key, leading, is_open = self._behind(end, first)
        reached = int(times[key]) if key < len(times) else int(times.max())
        if reached - end > far:
            raise CannotCarry(
                f"no frame can be decoded by itself within {FARTHEST:g} seconds behind the words"
            )
        return Region(
            first=first,
            decoded=decoded,
            key=key,
            leading=leading,
            open=is_open,
            showings=(showing,),
        )

    def merged(self, one: Region, other: Region) -> Region:
        """Two regions that touch as one."""
        return Region(
            first=one.first,
            decoded=one.decoded,
            key=other.key,
            leading=other.leading,
            open=other.open,
            showings=one.showings + other.showings,
        )

    def _before(self, tick: int) -> tuple[int, int]:
        """Where a region begins whose frames are shown from a tick on, and decoding for it.

        All frames before the first are shown before those behind it. What leads it, if it is an
        open starting point, is decoded from an earlier one.
        """
        times = self.track.times
        far = tick - round(FARTHEST * self.track.clock)
        first = None
        for number in self.keys[times[self.keys] <= tick][::-1].tolist():
            if times[number] < far:
                break
            begin = times[number:].min()
            if first is None and begin <= tick and (not number or times[:number].max() < begin):
                first = number
            if first is not None:
                kind = self.start(tables.sample(self.asset, self.track, number))
                led = number == first and begin < times[number]
                if kind is Start.CLOSED or (kind is Start.OPEN and not led):
                    return first, number
        if first == 0 and times.min() < times[0]:
            raise CannotCarry("its first frames need others that were cut off")
        raise CannotCarry(
            f"no frame can be decoded by itself within {FARTHEST:g} seconds before the words"
        )

    def _behind(self, tick: int, first: int) -> tuple[int, int, bool]:
        """The first starting point at or after a tick, and how many pictures lead it."""
        times = self.track.times
        after = self.keys[(times[self.keys] >= tick) & (self.keys > first)]
        for number in after.tolist():
            if times[number] - tick > FARTHEST * self.track.clock:
                break
            kind = self.start(tables.sample(self.asset, self.track, number))
            if kind is Start.NONE:
                continue
            leading = self._leading(number)
            if leading is not None:
                # Of a closed one, even what leads it can be decoded from it alone.
                return number, 0 if kind is Start.CLOSED else leading, kind is Start.OPEN
        return len(times), 0, False

    def _leading(self, number: int) -> int | None:
        """How many samples directly behind one are shown before it; ``None`` if others are."""
        times = self.track.times
        at = times[number]
        behind = times[number + 1 :]
        earlier = behind[:MOST_LEADING] < at
        count = int(earlier.argmin()) if not earlier.all() else len(earlier)
        if (behind[count:] < at).any() or times[:number].max() >= (
            times[number : number + 1 + count].min()
        ):
            return None
        return count
