"""Charts as inline SVG: no script, nothing loaded; colours are the page's."""

from __future__ import annotations

import unicodedata
from html import escape
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROLES = {
    "labelled": "good",
    "propagated": "good",
    "fixed": "good",
    "ok": "good",
    "unchanged": "same",
    "failed": "bad",
    "not passed": "poor",
    "started": "busy",
    "pending": "wait",
}
"""The class of each verdict, which gives its colour; all others are ``left``."""

_WIDTH, _NAME, _COUNT, _ROW = 720, 216, 164, 22
_HEAD, _TAIL = 17, 13  # columns of a long name that are shown; Chinese characters take two
_WRONG = ("bad", "poor")


def role(verdict: str) -> str:
    """The class of a verdict."""
    return ROLES.get(verdict, "left")


def bars(title: str, groups: Mapping[str, Mapping[str, int]], most: int) -> str:
    """A stacked bar for each group, as long as it has files; ``""`` where there are none.

    Args:
        title: what it shows.
        groups: the files of each, by verdict.
        most: how many get a bar; what comes after them is the sum of many, told by its figures.
    """
    if not groups:
        return ""
    longest = max(sum(verdicts.values()) for verdicts in list(groups.values())[:most])
    room = _WIDTH - _NAME - _COUNT
    height = len(groups) * _ROW + 4
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}">',
    ]
    for number, (name, verdicts) in enumerate(groups.items()):
        top, x, total = number * _ROW + 4, float(_NAME), sum(verdicts.values())
        parts.append(
            f'<text x="{_NAME - 8}" y="{top + 13}" class="end">{escape(_short(name))}'
            f"<title>{escape(name)}</title></text>"
        )
        for verdict in sorted(verdicts, key=_rank) if number < most else ():
            wide = verdicts[verdict] / longest * room
            parts.append(
                f'<rect x="{x:.1f}" y="{top}" width="{max(wide, 0.8):.1f}" height="16" '
                f'class="{role(verdict)}"><title>{escape(name)}: {verdicts[verdict]:,} '
                f"{escape(verdict)}</title></rect>"
            )
            x += wide
        wrong = sum(count for verdict, count in verdicts.items() if role(verdict) in _WRONG)
        told = f"{total:,}" + (f", {wrong:,} wrong" if 0 < wrong < total else "")
        told += " wrong" if wrong == total else ""
        parts.append(f'<text x="{x + 8:.1f}" y="{top + 13}">{told}</text>')
    return "".join([*parts, "</svg>"])


def _short(name: str) -> str:
    """A name of a width that has room, without its middle: numbers stand at the end."""
    widths = [2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in name]
    if sum(widths) <= _HEAD + 1 + _TAIL:
        return name
    head = sum(total <= _HEAD for total in accumulate(widths))
    tail = sum(total <= _TAIL for total in accumulate(reversed(widths)))
    return f"{name[:head]}…{name[len(name) - tail :]}"


def over_time(title: str, points: Sequence[tuple[float, int]], piece: float) -> str:
    """Files a second over time; ``""`` where there are fewer than two pieces."""
    if len(points) < 2:
        return ""
    high, foot, left = 160, 24, 60
    rates = [count / piece for _, count in points]
    top = max(rates) or 1.0
    wide = (_WIDTH - left) / len(points)
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {high + foot}" role="img" aria-label="{escape(title)}">',
        f'<line x1="{left}" y1="{high}" x2="{_WIDTH}" y2="{high}" class="axis"/>',
        f'<text x="{left - 8}" y="14" class="end">{_figure(top)}/s</text>',
        f'<text x="{left - 8}" y="{high}" class="end">0</text>',
    ]
    for number, rate in enumerate(rates):
        tall = rate / top * (high - 8)
        began = points[number][0]
        parts.append(
            f'<rect x="{left + number * wide:.1f}" y="{high - tall:.1f}" '
            f'width="{max(wide - 1, 0.5):.1f}" height="{tall:.1f}" class="good">'
            f"<title>after {_duration(began)}: {_figure(rate)} files a second</title></rect>"
        )
    end = points[-1][0] + piece
    parts.append(f'<text x="{left}" y="{high + 18}">0</text>')
    parts.append(f'<text x="{_WIDTH}" y="{high + 18}" class="end">{_duration(end)} at work</text>')
    return "".join([*parts, "</svg>"])


def _rank(verdict: str) -> tuple[int, str]:
    order = ["good", "same", "busy", "wait", "left", "poor", "bad"]
    return order.index(role(verdict)), verdict


def _figure(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"
