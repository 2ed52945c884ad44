"""Files finished over the time that runs were at work: nights between do not count."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.library.ledger import Ledger

_PIECES = 60
_FINE = 10  # slots for each piece, so that the ends of runs do not blur
_LOOKS = 3  # closer each time, where most of the time nothing was at work
_LEAST = 0.2  # seconds: files are noted together that end within them


class _Span(NamedTuple):
    """A run: when it began, how long it took, and how long those before it took."""

    began: float
    length: float
    before: float


def pace(ledger: Ledger, action: str) -> tuple[list[tuple[float, int]], float]:
    """Seconds at work, each with the files finished in that piece; and how long a piece is."""
    row = next(ledger.select("SELECT min(ended), max(ended) FROM file WHERE action = ?", action))
    if row[0] is None:
        return [], 1.0
    first, last = float(row[0]), float(row[1])
    query = "SELECT began, ended FROM run WHERE action = ? ORDER BY id"
    runs = [(float(began), ended) for began, ended in ledger.select(query, action)]
    query = (
        "SELECT CAST((ended - ?) / ? AS INTEGER), count(*) FROM file "
        "WHERE action = ? AND ended IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    length = last - min(first, runs[0][0])
    for _ in range(_LOOKS):
        slot = max(length / (_PIECES * _FINE), _LEAST / _FINE)
        rows = ledger.select(query, first, slot, action)
        found = [(first + at * slot, int(count)) for at, count in rows]
        spans = _spans(runs, [when + slot for when, _ in found])
        before, length = length, spans[-1].before + spans[-1].length
        if length * 2 > before:
            break
    piece = max(length / _PIECES, _LEAST)
    counts: dict[int, int] = {}
    for when, count in found:
        at = int(_at_work(when, spans) / piece)
        counts[at] = counts.get(at, 0) + count
    return [(at * piece, counts.get(at, 0)) for at in range(max(counts) + 1)], piece


def _spans(runs: Sequence[tuple[float, float | None]], times: Sequence[float]) -> list[_Span]:
    """When there was a run; one that was killed has lasted until the last of ``times`` in it."""
    spans, before = [], 0.0
    for (began, ended), (following, _) in pairwise([*runs, (float("inf"), None)]):
        at = bisect_right(times, following)
        last = times[at - 1] if at else began
        length = (last if ended is None else ended) - began
        spans.append(_Span(began, max(length, 0.0), before))
        before += spans[-1].length
    return spans


def _at_work(when: float, spans: Sequence[_Span]) -> float:
    """A moment as seconds at work."""
    began = [span.began for span in spans]
    span = spans[max(bisect_right(began, when) - 1, 0)]
    return span.before + min(max(when - span.began, 0.0), span.length)
