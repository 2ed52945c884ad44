"""The cues of SRT and WebVTT: when each one stands, and what it says."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import prompt_line
from aigc_label.containers import subtitle_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.containers.text_bytes import TextPart

_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMES = re.compile(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}")
_MARKUP = re.compile(r"<[^<>]{0,200}>|\{\\[^{}]{0,200}\}")
_LONGEST = 2 * prompt_line.LONGEST


class Cue(NamedTuple):
    """A cue.

    Attributes:
        start, end: of its block in the text, newlines behind it left out.
        number: of an SRT cue; ``None`` where it has none.
        first, last: seconds between which it stands.
        words: what it says, markup left out; of a long one the beginning.
    """

    start: int
    end: int
    number: int | None
    first: float
    last: float
    words: str


def cues(part: TextPart, *, webvtt: bool) -> Iterator[Cue]:
    """Yield the cues whose times can be read, in the order of the file."""
    text = part.text
    for block in subtitle_blocks.blocks(text, "-->", webvtt=webvtt, at_start=part.at_start):
        if block.kind != "cue" or (block.end == len(text) and not part.at_end):
            continue
        line = max(
            text.rfind("\n", block.start, block.text), text.rfind("\r", block.start, block.text)
        )
        line = max(line + 1, block.start)
        times = _TIMES.match(text, line, block.text)
        if times is None:
            continue
        above = text[block.start : line].strip()
        said = text[block.text : min(block.end, block.text + _LONGEST)]
        words = " ".join(html.unescape(_MARKUP.sub("", said)).split())
        number = int(above) if re.fullmatch(r"\d{1,9}", above) else None
        first, last = seconds(*times.groups()[:4]), seconds(*times.groups()[4:])
        yield Cue(block.start, block.end, number, first, last, words)


def seconds(hours: str | None, minutes: str, whole: str, part: str) -> float:
    """A time that is written in parts."""
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(whole) + int(part.ljust(3, "0")) / 1000


def written(time: float, *, webvtt: bool) -> str:
    """Seconds as both formats have them, with a comma in SRT."""
    thousandths = round(time * 1000)
    whole, rest = divmod(thousandths, 1000)
    mark = "." if webvtt else ","
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{mark}{rest:03}"


def prompt_of(cue: Cue) -> str | None:
    """The prompt that a cue is."""
    return prompt_line.prompt_in(cue.words)
