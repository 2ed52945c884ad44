"""Which sound says it: what every container's module puts in, and what is found again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

from aigc_label.audible import rhythm, voice
from aigc_label.explicit.sound import loudness
from aigc_label.explicit_label import VOICES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aigc_label.audible.rhythm import Samples
    from aigc_label.explicit_label import Sound

USUAL = -23.0
"""LUFS of a programme that is silent, or not there: the target of EBU R128."""

QUIETEST = -40.0
"""LUFS of a mark at least: what is fainter is not clearly distinguishable, as 5.3 asks."""

HIGHEST_PEAK = 10 ** (-1 / 20)
"""True peak of a mark at most: -1 dBTP (EBU R128)."""


class Mark(NamedTuple):
    """A sound that says what a sound is.

    Attributes:
        kind: which of the two that clause 5.3 knows.
        text: what a voice says; empty for the rhythm and for clips of one's own.
        seconds: how long it is.
        make: one channel of it at a rate, at any level.
        found: the second at which each like it begins and ends in one channel at a rate.
    """

    kind: Literal["rhythm", "voice"]
    text: str
    seconds: float
    make: Callable[[int], Samples]
    found: Callable[[Samples, int], list[tuple[float, float]]]


def of(sound: Sound) -> Mark:
    """The mark that is asked for.

    Raises:
        InvalidLabel: if a clip of one's own is no sound, or too long.
        MissingExtra: if a clip is asked for and there is no ffmpeg.
    """
    if sound.kind == "rhythm":
        make = partial(rhythm.sound, unit=sound.unit, pitch=sound.pitch)
        return Mark("rhythm", "", rhythm.UNITS * sound.unit, make, rhythm.found)
    text = voice.TEXTS[sound.kind] if sound.kind in VOICES else ""
    clip = voice.Clip(sound.kind)
    return Mark("voice", text, clip.seconds, clip.at, clip.found)


def levelled(
    sound: Samples, rate: int, channels: int, programme: Iterable[Samples], level: float
) -> Samples:
    """A mark as loud as the programme it stands beside, and ``level`` LU more.

    Its loudness is measured alone, as it will be: the same in all channels. It stays below
    :data:`HIGHEST_PEAK`, whatever the programme, and above :data:`QUIETEST` where that leaves room.

    Args:
        sound: one channel, at any level.
        rate: samples of a channel in a second.
        channels: of the programme.
        programme: pieces of it, by channels.
        level: in LU.
    """
    around = loudness.integrated(programme, rate)
    target = max((USUAL if around is None else around) + level, QUIETEST)
    alone = loudness.alike(sound, rate, channels)
    peak = loudness.true_peak(sound)
    if alone is None or not peak:
        return sound
    return sound * min(10 ** ((target - alone) / 20), HIGHEST_PEAK / peak)
