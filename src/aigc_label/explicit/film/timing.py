"""When words stand over a film, on the clock of its picture track."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers import bmff
from aigc_label.errors import CannotCarry
from aigc_label.explicit.film.segment import Showing

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.containers.bmff import Box
    from aigc_label.explicit.film.tables import Track
    from aigc_label.explicit_label import ExplicitLabel, Span

_NORMAL_RATE = 1 << 16


class Played(NamedTuple):
    """What of a picture track is played, in seconds on its own clock.

    Attributes:
        start: the first frame that is shown.
        end: when the last one ends.
        late: seconds of the film before the first frame.
    """

    start: float
    end: float
    late: float = 0.0

    def film_seconds(self, showing: Showing) -> tuple[float, float]:
        """A showing in seconds of the film, as a player counts them."""
        shift = self.late - self.start
        return (
            round(max(showing.start + shift, 0.0), 6),
            round(min(showing.end, self.end) + shift, 6),
        )


def played(asset: Asset, track: Track) -> Played:
    """What the edit list of a track lets be seen (ISO/IEC 14496-12, 8.6.6).

    Raises:
        CannotCarry: if it plays pieces, at another speed, or nothing.
    """
    times, clock = track.times, track.clock
    lengths = track.decoded[1:] - track.decoded[:-1]
    last = int(lengths[-1]) if len(lengths) else clock
    start, end, late = int(times.min()), int(times.max()) + last, 0.0
    moov, trak = track.inside[:2]
    edts = bmff.find(bmff.children(asset, trak), b"edts")
    elst = edts and bmff.find(bmff.children(asset, edts), b"elst")
    if elst:
        clock_of_movie = movie_clock(asset, moov)
        rows = _edits(asset, elst)
        while rows and rows[0][1] == -1:
            late += rows.pop(0)[0] / clock_of_movie
        if len(rows) != 1 or rows[0][2] != _NORMAL_RATE:
            raise CannotCarry("its edit list plays it in pieces or at another speed")
        length, begins, _ = rows[0]
        start = max(start, begins)
        if length:
            end = min(end, begins + round(length * clock / clock_of_movie))
    shown = times[(times >= start) & (times < end)]
    if not len(shown):
        raise CannotCarry("its edit list shows none of its frames")
    return Played(int(shown.min()) / clock, end / clock, late)


def _edits(asset: Asset, elst: Box) -> list[tuple[int, int, int]]:
    """Duration, media time and rate of each edit."""
    version, _ = bmff.full(asset, elst)
    row = struct.Struct(">QqI" if version else ">IiI")
    count = int.from_bytes(bmff.field(asset, elst, 4, 4))
    if count > 1000:
        raise CannotCarry("its edit list plays it in pieces")
    return list(row.iter_unpack(bmff.field(asset, elst, 8, count * row.size)))


def movie_clock(asset: Asset, moov: Box) -> int:
    """Ticks a second of the movie header.

    Raises:
        CannotCarry: if there is none.
    """
    mvhd = bmff.find(bmff.children(asset, moov), b"mvhd")
    if mvhd is None:
        raise CannotCarry("it has no movie header")
    at = 20 if bmff.full(asset, mvhd)[0] else 12
    return max(int.from_bytes(bmff.field(asset, mvhd, at, 4)), 1)


def showings(explicit: ExplicitLabel, film: Played) -> list[Showing]:
    """When the words stand, in seconds on the track's clock, in order and apart.

    Where the film begins they are there at once, because clause 5.4 asks for the start frames; and
    where it ends they stay. Elsewhere they fade in before their span, and out behind it.

    Raises:
        CannotCarry: a span begins behind the end of the film.
    """
    merged: list[tuple[float, float]] = []
    for first, last in sorted(_seconds(span, explicit.seconds, film) for span in explicit.spans):
        if merged and first <= merged[-1][1] + 2 * explicit.fade:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return [
        Showing(
            start,
            end,
            min(explicit.fade, start - film.start),
            explicit.fade if end + explicit.fade < film.end else 0.0,
        )
        for start, end in merged
    ]


def _seconds(span: Span, seconds: float, film: Played) -> tuple[float, float]:
    """A span on the track's clock, within the film."""
    if isinstance(span, tuple):
        shift = film.start - film.late
        first, last = (max(second + shift, film.start) for second in span)
        if first >= film.end:
            raise CannotCarry(
                f"the film ends before the span {span[0]:g}-{span[1]:g}; give an earlier one"
            )
        return first, min(last, film.end)
    if span == "full":
        return film.start, film.end
    length = min(seconds, film.end - film.start)
    if span == "start":
        return film.start, film.start + length
    if span == "end":
        return film.end - length, film.end
    middle = (film.start + film.end) / 2
    return middle - length / 2, middle + length / 2
