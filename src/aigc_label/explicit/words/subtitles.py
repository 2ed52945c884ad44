"""Words as cues of SRT and WebVTT subtitles (GB 45438-2025 clause 5.1).

A cue with the words stands over the first seconds, the last ones, or those in the middle, together
with the cues that stand there: players show both. All other cues keep their place, their times and
their numbers; in SRT, whose numbers no player heeds, the first new one gets the number before the
first, others follow the last.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import cues, prompt_line
from aigc_label.containers import text_bytes
from aigc_label.contract import Marked
from aigc_label.edits import EditPlan
from aigc_label.errors import CannotCarry, LimitExceeded
from aigc_label.explicit_label import LEAST_SECONDS
from aigc_label.model import FoundMark

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.carriers.cues import Cue
    from aigc_label.containers.text_bytes import TextPart
    from aigc_label.contract import Format
    from aigc_label.edits import Splice
    from aigc_label.explicit_label import ExplicitLabel, Position
    from aigc_label.output import Scratch

_NEAR = 0.5  # seconds between a prompt and the place that it marks
_MARGIN = 2  # per cent of the picture


class _Due(NamedTuple):
    """A cue that is asked for.

    Attributes:
        first, last: seconds between which it stands.
        end: whether it marks the end, and not where it begins.
    """

    first: float
    last: float
    end: bool = False


def mark(asset: Asset, fmt: Format, explicit: ExplicitLabel, scratch: Scratch) -> Marked:
    """Add cues with the words where they are asked for; a prompt that stands there is kept.

    Raises:
        CannotCarry: there are no cues, a corner mark is asked for, or the words cannot be written.
        LimitExceeded: more than the start of a file is asked for that is over 1 MiB.
        Malformed: the bytes are no text that is read here.
    """
    del scratch  # subtitles are edited in memory
    webvtt = fmt.id == "vtt"
    if explicit.corner_mark:
        raise CannotCarry("subtitles have no corner marks; ask for words")
    words = explicit.text.strip()
    if "-->" in words or len(words) > prompt_line.LONGEST:
        raise CannotCarry(
            f"a cue of {prompt_line.LONGEST} characters at most without --> is what players show"
        )
    words = prompt_line.standing_alone(words)
    part = text_bytes.head_of(asset)
    found = list(cues.cues(part, webvtt=webvtt))
    prompts = [cue for cue in found if cue.words == words or cues.prompt_of(cue) is not None]
    others = [cue for cue in found if cue not in set(prompts)]
    if not found:
        raise CannotCarry("there is nothing to label: the file has no cues")
    if not part.at_end and (explicit.places != ("start",) or explicit.paragraphs):
        raise LimitExceeded(
            f"of subtitles beyond {text_bytes.WHOLE_LIMIT >> 20} MiB only the start is read; ask "
            "for words there"
        )
    due = _due(others, explicit)
    missing = [one for one in due if not any(_marks(cue, one) for cue in prompts)]
    splices = _splices(part, found, missing, _Writing(words, explicit.position, webvtt=webvtt))
    place = explicit.places[0]
    kept = next((cue.words for cue in prompts if due and _marks(cue, due[0])), words)
    at = (due[0].first, due[0].last) if due else None
    return Marked(
        EditPlan(splices).view(asset), FoundMark(kind="text", text=kept, place=place, at=at)
    )


def _due(others: list[Cue], explicit: ExplicitLabel) -> list[_Due]:
    """The cues that are asked for, that of the first place first; each once."""
    length = max((cue.last for cue in others), default=0.0)
    lasts = explicit.seconds
    starts = {
        "start": 0.0,
        "middle": max(0.0, (length - lasts) / 2),
        "end": max(0.0, length - lasts),  # over the last cue: the film may end with it
    }
    due: dict[float, bool] = {}
    for place in explicit.places:
        due.setdefault(starts[place], place == "end")
    if explicit.paragraphs:
        for cue in others[explicit.paragraphs - 1 :: explicit.paragraphs]:
            due.setdefault(cue.first, False)
    return [_Due(first, first + lasts, end) for first, end in due.items()]


def _marks(cue: Cue, due: _Due) -> bool:
    """Whether a prompt stands where one is asked for, and long enough (5.4)."""
    there = abs(cue.last - due.last) if due.end else abs(cue.first - due.first)
    over = cue.first <= due.first and cue.last >= due.last
    return (there <= _NEAR or over) and cue.last - cue.first >= LEAST_SECONDS - 0.001


class _Writing:
    """How cues are written."""

    def __init__(self, words: str, position: Position, *, webvtt: bool) -> None:
        self.webvtt = webvtt
        self._words = words
        self._settings = ""
        if webvtt:
            self._words = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            self._settings = _settings(position)

    def cue(self, due: _Due, number: int | None, newline: str) -> str:
        """A cue, without the newline behind it."""
        times = " --> ".join(cues.written(time, webvtt=self.webvtt) for time in due[:2])
        above = "" if number is None else f"{number}{newline}"
        return f"{above}{times}{self._settings}{newline}{self._words}"


def _settings(position: Position) -> str:
    """Where a cue of WebVTT stands; the bottom is where it stands without them."""
    if not isinstance(position, str):
        across, down = position
        return f" line:{100 * down:.0f}% position:{100 * across:.0f}% align:center"
    said = ""
    if "bottom" not in position and position != "auto":
        said += " line:0" if "top" in position else " line:50%"
    if "left" in position:
        said += f" position:{_MARGIN}% align:left"
    elif "right" in position or position == "auto":
        said += f" position:{100 - _MARGIN}% align:right"
    return said


def _splices(
    part: TextPart, found: list[Cue], missing: list[_Due], writing: _Writing
) -> list[Splice]:
    """The new cues, each before the first one that begins later."""
    numbers = [cue.number for cue in found if cue.number is not None]
    numbered = not writing.webvtt and bool(numbers)
    following = max(numbers, default=0)
    newline = part.newline
    splices = []
    for due in sorted(missing):
        number = None
        later = next((n for n, cue in enumerate(found) if cue.first >= due.first), None)
        if numbered and later == 0 and min(numbers) > 0 and 0 not in numbers:
            number = min(numbers) - 1
            numbers.append(number)
        elif numbered:
            following += 1
            number = following
        cue = writing.cue(due, number, newline)
        if later is not None:
            at = found[later].start
            bare = (
                re.search(r"(?:\A|(?>\r\n|\n|\r){2})\Z", part.text[max(at - 8, 0) : at]) or not at
            )
            gap = "" if bare else newline  # a cue may follow the header at once
            splices.append(part.splice(at, at, f"{gap}{cue}{newline * 2}"))
        else:
            at = len(re.sub(r"[ \t\r\n]+\Z", "", part.text))
            splices.append(part.splice(at, at, f"{newline * 2}{cue}"))
    return splices
