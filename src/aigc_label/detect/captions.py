"""Prompts among the cues of subtitles (GB 45438-2025 clause 5.1)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aigc_label.contract import Detector
from aigc_label.model import FoundMark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset

_NEAR = 0.5  # seconds
_LEAST = 0.3  # seconds that a cue stands which anybody can read


def _look(asset: Asset, *, webvtt: bool) -> Iterator[FoundMark]:
    from aigc_label.carriers import cues, prompt_line  # noqa: PLC0415 - its grammar is large
    from aigc_label.containers import text_bytes  # noqa: PLC0415 - as above

    head = text_bytes.head_of(asset)
    for part in (head, text_bytes.tail_of(asset, head)):
        if part is None or not prompt_line.may_stand_in(part.text, markup=True):
            continue
        found = [(cue, cues.prompt_of(cue)) for cue in cues.cues(part, webvtt=webvtt)]
        others = [cue for cue, prompt in found if prompt is None]
        begins = min((cue.first for cue in others), default=0.0)
        ends = max((cue.last for cue in others), default=0.0)
        for cue, prompt in found:
            if prompt is None or cue.last - cue.first < _LEAST:
                continue
            is_first = part.at_start and cue.first <= begins + _NEAR
            is_last = part.at_end and cue.last >= ends - _NEAR
            place = "start" if is_first else "end" if is_last else "middle"
            at = (round(cue.first, 3), round(cue.last, 3))
            yield FoundMark(kind="text", text=prompt, place=place, at=at)


SRT = Detector(id="srt", formats=("srt",), look=partial(_look, webvtt=False))
VTT = Detector(id="vtt", formats=("vtt",), look=partial(_look, webvtt=True))
