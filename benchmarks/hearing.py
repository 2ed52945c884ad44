"""How well the rhythm is heard: ``python benchmarks/hearing.py [TRIALS] [MINUTES] [SEED]``.

TRIALS (60) sounds of 14 seconds for each condition, of music and of speech in turn, with a rhythm
of 60 to 400 ms a unit and 300 to 3,000 Hz at the start, at the end or somewhere between, mixed over
the programme and as loud as it is there (root mean square of either). Then false alarms in MINUTES
(60) of speech, of music, and of both; and in a sixth of that of alarms, telephones, metronomes,
Morse code and other signals. Needs espeak-ng, flite and fluidsynth with its sound fonts; nothing of
this package makes the sounds.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import programme
from programme import RATE, Samples

from aigc_label import ffmpeg
from aigc_label.audible import recognition
from aigc_label.contract import Unseen
from aigc_label.detect.hearing import listening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import Generator

SECONDS = 14.0
CONDITIONS = {
    "as it is, 44.1 kHz": ("a.wav", ""),
    "MP3, 64 kbit/s": ("a.mp3", "-b:a 64k"),
    "MP3, 64 kbit/s, stereo": ("a.mp3", "-ac 2 -b:a 64k"),
    "AAC, 64 kbit/s": ("a.m4a", "-c:a aac -b:a 64k"),
    "Opus, 32 kbit/s": ("a.opus", "-c:a libopus -b:a 32k"),
    "Vorbis, quality 1": ("a.ogg", "-c:a libvorbis -q:a 1"),
    "resampled to 8 kHz": ("a.wav", "-ar 8000"),
    "resampled to 48 kHz, stereo": ("a.flac", "-ar 48000 -ac 2"),
}


def rhythm(random: Generator, unit: float, pitch: float) -> Samples:
    """Short, long, short, short: made here."""
    time_ = np.arange(int((9 * unit + 0.02) * RATE)) / RATE
    gate, at, edge = np.zeros_like(time_), 0.0, random.uniform(0.002, 0.015)
    for units in (1, 3, 1, 1):
        rise = np.minimum(time_ - at, at + units * unit - time_) / edge
        gate = np.maximum(gate, np.clip(rise, 0, 1))
        at += (units + 1) * unit
    tone: Samples = np.sin(2 * np.pi * pitch * time_ + random.uniform(0, 6)) * gate
    return tone


def trials(under: Samples, count: int, seed: int) -> Iterator[tuple[Samples, float, float]]:
    """Programme with a rhythm mixed over it; the second in which that begins, and its unit."""
    random = np.random.default_rng(seed)
    length = int(SECONDS * RATE)
    while count:
        start = int(random.integers(0, under.size - length))
        sound = under[start : start + length].copy()
        unit = float(np.exp(random.uniform(np.log(0.06), np.log(0.4))))
        tones = rhythm(random, unit, float(np.exp(random.uniform(np.log(300), np.log(3000)))))
        last = length - tones.size
        at = (0, last, int(random.integers(0, last)))[random.integers(3)]
        here = float(np.sqrt((sound[at : at + tones.size] ** 2).mean()))
        if here < 0.3 * np.sqrt((sound**2).mean()):
            continue  # a pause
        sound[at : at + tones.size] += tones * np.sqrt(2) * here
        yield sound, at / RATE, unit
        count -= 1


def heard(path: Path, begin: float, unit: float) -> tuple[bool, int]:
    """Whether the rhythm is found in a file where it is, and how many are found elsewhere."""
    try:
        marks = [mark for mark in listening.marks(str(path)) if mark.kind == "rhythm"]
    except Unseen:
        return False, 0
    right = [mark for mark in marks if mark.at and abs(mark.at[0] - begin) < 0.7 * unit + 0.06]
    return bool(right), len(marks) - len(right)


def put(path: Path, sound: Samples, options: str) -> None:
    """Encode a sound."""
    raw = (sound * 0.5).clip(-1, 1).astype("<f4").tobytes()
    form = ["-f", "f32le", "-ar", f"{RATE}", "-ac", "1", "-i", "pipe:0"]
    ffmpeg.run([*form, *options.split(), "-y", ffmpeg.url(path)], input=raw)


def alarms(sound: Samples) -> int:
    """The rhythms that are heard in what has none, stretch by stretch."""
    size, step = int(24 * RATE), int(20 * RATE)
    last = max(sound.size - size, 0)
    pieces = [sound[at : at + size] for at in [*range(0, last, step), last]]  # all of it is heard
    return sum(len(recognition.rhythms(piece, RATE)) for piece in pieces)


def main(count: int, minutes: int, seed: int) -> None:
    """Mix, encode, listen, and count."""
    random = np.random.default_rng(seed)
    music = np.concatenate([programme.music(random, 60) for _ in range(8)])
    speech = programme.speech(random, 480)
    begin = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        for number, (condition, (name, options)) in enumerate(CONDITIONS.items()):
            found = other = 0
            for part, under in enumerate((music, speech)):
                for sound, at, unit in trials(under, count // 2, seed + 2 * number + part):
                    put(Path(folder, name), sound, options)
                    is_right, others = heard(Path(folder, name), at, unit)
                    found, other = found + is_right, other + others
            print(f"{condition}: {found} of {count // 2 * 2}, {other} elsewhere", flush=True)
    kinds = {
        "speech": lambda: programme.speech(random, 60),
        "music": lambda: programme.music(random, 60),
        "speech over music": lambda: (
            programme.speech(random, 60) + random.uniform(0.2, 1) * programme.music(random, 60)
        ),
    }
    for kind, make in kinds.items():
        wrong = sum(alarms(make()) for _ in range(minutes // 3))
        print(f"false alarms in {minutes // 3} minutes of {kind}: {wrong}", flush=True)
    others = [programme.signals(random, 30) for _ in range(minutes // 3)]
    print(
        f"in {minutes // 6} minutes of alarms, telephones, Morse code: {sum(map(alarms, others))}"
    )
    print(f"processor time: {time.process_time() - begin:.0f} s")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*(given + [60, 60, 1][len(given) :]))
