"""Where marks stand in a film or a sound, drawn to scale; the opening of long ones is enlarged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.model import Medium
from aigc_label.reporters.page.inert import safe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aigc_label.model import FoundMark

_WIDTH = 640
_TOP, _HIGH = 18, 20  # of the track
_LONG = 30.0  # seconds; above, the first ten take half of the track
_OPENING = 10.0
_LEAST = 3.0  # pixels of a mark, so that it is seen
_DUE = 2.0  # seconds a film shows the words at least (5.4)


def timeline(
    marks: Sequence[FoundMark], seconds: float, medium: Medium, say: Mapping[str, str]
) -> str:
    """The track of a film or a sound as SVG; ``""`` where nothing is known of its length.

    Args:
        marks: of which those that stand in time are drawn.
        seconds: the length; 0 if unknown, then the end of the last mark stands for it.
        medium: a film's track has the line of two seconds.
        say: the words.
    """
    timed = [(mark, mark.at) for mark in marks if mark.at is not None]
    whole = max([seconds, *(at[1] for _, at in timed)])
    if whole <= 0:
        return ""
    told = [f"{_name(mark, say)} {_span(at)}" for mark, at in timed] or [say["no marks on it"]]
    length = _clock(whole) if seconds else f"≥ {_clock(whole)}"
    title = f"{say['timeline'].format(seconds=length)}: {', '.join(told)}"
    bottom = _TOP + _HIGH
    parts = [f'<rect class="track" x="0" y="{_TOP}" width="{_WIDTH}" height="{_HIGH}" rx="4"/>']
    for _, (first, last) in timed:
        left = _place(max(first, 0.0), whole)
        wide = max(_LEAST, _place(min(last, whole), whole) - left)
        left = min(left, _WIDTH - wide)
        parts.append(
            f'<rect class="mark" x="{left:.1f}" y="{_TOP}" width="{wide:.1f}" height="{_HIGH}" '
            'rx="3"/>'
        )
    ticks = [0.0, whole]
    if whole > _LONG:
        half = _WIDTH / 2
        parts.append(f'<path class="break" d="M{half - 3} {bottom + 4}l6 -{_HIGH + 8}"/>')
        ticks.insert(1, _OPENING)
    for tick in ticks:
        at = _place(tick, whole)
        anchor = "start" if at < 1 else "end" if at > _WIDTH - 1 else "middle"
        text = length if tick == whole else _clock(tick)
        parts.append(f'<text x="{at:.1f}" y="{bottom + 15}" text-anchor="{anchor}">{text}</text>')
    if medium is Medium.VIDEO and whole > _DUE:
        at = _place(_DUE, whole)
        parts.append(
            f'<path class="rim" d="M{at:.1f} {_TOP}V{bottom}"/>'
            f'<path class="due" d="M{at:.1f} {_TOP - 4}V{bottom + 4}"/>'
            f'<text x="{at:.1f}" y="{_TOP - 6}" text-anchor="middle">{say["2 s"]}</text>'
        )
    return (
        f'<svg class="timeline" viewBox="0 0 {_WIDTH} {bottom + 20}" role="img" '
        f'aria-label="{safe(title)}">{"".join(parts)}</svg>\n'
    )


def _place(seconds: float, whole: float) -> float:
    """Where a second stands on the track, in pixels."""
    if whole <= _LONG:
        return seconds / whole * _WIDTH
    half = _WIDTH / 2
    if seconds <= _OPENING:
        return seconds / _OPENING * half
    return half + (seconds - _OPENING) / (whole - _OPENING) * half


def _name(mark: FoundMark, say: Mapping[str, str]) -> str:
    return mark.text or say[mark.kind]


def _span(at: tuple[float, float]) -> str:
    return f"{at[0]:.1f}-{at[1]:.1f} s"


def _clock(seconds: float) -> str:
    """Seconds as people read a player's display."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds % 1 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
