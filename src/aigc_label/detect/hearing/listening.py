"""Listening for marks: the rhythm of any unit and pitch, and the voices of the package.

The first and the last seconds are listened to, where clause 5.3 of GB 45438-2025 has the mark, and
of a long sound some samples of the middle. A voice that is not the package's own is not
recognised, so that nothing was found does not mean that there is nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aigc_label import ffmpeg
from aigc_label.audible import recognition, voice
from aigc_label.contract import Unseen
from aigc_label.errors import AssetError, Malformed
from aigc_label.explicit_label import VOICES
from aigc_label.model import FoundMark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.audible.rhythm import Samples

RATE = 16_000
"""Samples a second: enough for a pitch of 3000 Hz and for a voice."""

LISTENED = 24.0
"""Seconds of each stretch that is listened to."""

WHOLE = 120.0
"""Seconds of a sound that is listened to from start to end."""

SAMPLES = (0.25, 0.5, 0.75)
"""Where a longer one is listened to besides, over its length."""

NEAR = 4.0
"""Seconds from the start or the end of a sound within which a mark stands there."""

UNHEARD = "no rhythm is heard; whether a voice says it, a person must listen"

_DURATION = re.compile(r"^  Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)", re.MULTILINE)
_SOUND = re.compile(r"^\s*Stream #0:\d+[^\n]*: Audio: ", re.MULTILINE)
_DECODED = re.compile(r"^\s*Stream #0:\d+[^\n]*: Audio: (?!none)", re.MULTILINE)
_SAME = 0.5  # seconds: stretches overlap
_OVERLAP = 8.0  # seconds


class _Heard(NamedTuple):
    kind: str
    text: str
    begin: float
    end: float


def marks(path: str) -> Iterator[FoundMark]:
    """The audible marks of a sound, in order.

    Raises:
        Malformed: it cannot be decoded.
        MissingExtra: there is no ffmpeg.
        Unseen: no mark is recognised, so that a person must listen; or there is no sound in it.
    """
    text = ffmpeg.describe(path)
    if not _SOUND.search(text):
        raise Unseen("ffmpeg finds no sound in it")
    if not _DECODED.search(text):
        raise Unseen("ffmpeg knows no decoder for its sound; listen to it")
    found = _DURATION.search(text)
    length = int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]) if found else 0.0
    last = -1.0
    for heard in sorted(_all(path, length), key=lambda one: one.begin):
        if heard.begin < last + _SAME:
            continue
        last = heard.begin
        before, behind = heard.begin, max(length - heard.end, 0.0) if length else np.inf
        place = "start" if before <= behind else "end"
        yield FoundMark(
            kind="voice" if heard.kind == "voice" else "rhythm",
            text=heard.text,
            place=place if min(before, behind) <= NEAR else "middle",
            at=(round(heard.begin, 2), round(heard.end, 2)),
        )
    if last < 0:
        raise Unseen(UNHEARD)


def _all(path: str, length: float) -> Iterator[_Heard]:
    for start in _starts(length):
        samples = _decoded(path, start)
        end = start + samples.size / RATE
        for found in recognition.rhythms(samples, RATE):
            rest = recognition.ALONE * found.unit  # what is beside it must have been heard, too
            is_first = start == 0 or found.begin > rest
            if is_first and (end >= length - _SAME or start + found.end < end - rest):
                yield _Heard("rhythm", "", start + found.begin, start + found.end)
        for kind in VOICES:
            for begin, until in voice.Clip(kind).found(samples, RATE):
                yield _Heard("voice", voice.TEXTS[kind], start + begin, start + until)


def _starts(length: float) -> list[float]:
    """The second at which each stretch begins; they overlap by what a rhythm and its rests last."""
    if length <= LISTENED:
        return [0.0]
    last = length - LISTENED
    if length > WHOLE:
        return [0.0, *(length * share - LISTENED / 2 for share in SAMPLES), last]
    count = int(last / (LISTENED - _OVERLAP)) + 2
    return [last * number / (count - 1) for number in range(count)]


def _decoded(path: str, start: float) -> Samples:
    """One channel of a stretch."""
    seek = ("-ss", f"{start:.3f}") if start else ()
    form = ("-vn", "-ac", "1", "-ar", f"{RATE}", "-f", "f32le", "pipe:1")
    try:
        raw = ffmpeg.run((*seek, "-i", ffmpeg.url(path), "-t", f"{LISTENED}", *form))
    except AssetError as error:
        raise Malformed(f"its sound cannot be decoded: {error.reason}") from None
    samples: Samples = np.nan_to_num(np.frombuffer(raw, "<f4").astype("f8"))
    if not samples.size and not start:
        raise Malformed("its sound has no samples that can be decoded")
    return samples
