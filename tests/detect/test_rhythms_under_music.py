"""The rhythm under music and speech, and what resembles it: made here, heard by the package."""

from __future__ import annotations

import numpy as np
import pytest

from aigc_label.audible import recognition
from aigc_label.detect.hearing import listening

RATE = 16_000
MORSE = {"h": "....", "e": ".", "l": ".-..", "o": "---", "a": ".-", "y": "-.--", "w": ".--"}


def keyed(spans, seconds, pitch, rate=RATE):
    time = np.arange(int(seconds * rate)) / rate
    gate = np.zeros_like(time)
    for begin, end in spans:
        gate = np.maximum(gate, np.clip(np.minimum(time - begin, end - time) / 0.005, 0, 1))
    return np.sin(2 * np.pi * pitch * time) * gate


def spans(pattern, unit, at=0.0):
    """Tones of a pattern such as ``.-..``."""
    made = []
    for sign in pattern:
        length = unit * {".": 1, "-": 3}[sign]
        made.append((at, at + length))
        at += length + unit
    return made


def morse(text, unit, at=0.5):
    made = []
    for letter in text:
        if letter == " ":
            at += 4 * unit
            continue
        made += spans(MORSE[letter], unit, at)
        at = made[-1][1] + 3 * unit
    return made


def music(seconds, rate=RATE, seed=1):
    """Chords, a melody and a beat; notes with harmonics that decay."""
    random = np.random.default_rng(seed)
    made = 0.1 * random.normal(size=int(seconds * rate))
    for start in np.arange(0, seconds, 0.2):
        tone = 110 * 2 ** (random.integers(0, 36) / 12)
        time = np.arange(int(min(0.4, seconds - start) * rate)) / rate
        note = sum(np.sin(2 * np.pi * tone * k * time) / k for k in range(1, 6))
        first = int(start * rate)
        made[first : first + time.size] += note * np.exp(-4 * time)
    return made


def over(programme, tones, at, rate=RATE):
    """Tones mixed over a programme, as loud as it is there."""
    made = programme.copy()
    part = made[int(at * rate) : int(at * rate) + tones.size]
    part += tones * np.sqrt(2) * np.sqrt((part**2).mean())
    return made


@pytest.mark.parametrize("unit", [0.06, 0.1, 0.16, 0.25, 0.4])
@pytest.mark.parametrize("pitch", [325, 700, 1500, 2950])
def test_as_loud_as_music(unit, pitch):
    tones = keyed(spans(".-..", unit), 9 * unit, pitch)
    (heard,) = recognition.rhythms(over(music(8), tones, 2.5), RATE)
    assert heard.begin == pytest.approx(2.5, abs=0.4 * unit)
    assert heard.unit == pytest.approx(unit, rel=0.06)
    assert heard.pitch == pytest.approx(pitch, rel=0.01)
    assert heard.end == pytest.approx(2.5 + 9 * unit, abs=0.6 * unit)


@pytest.mark.parametrize("rate", [6400, 8000, 11_025, 44_100, 48_000])
@pytest.mark.parametrize("at", [0.0, 3.0])
def test_at_every_rate_and_right_at_the_ends(rate, at):
    tones = keyed(spans(".-..", 0.12), 1.08, 900, rate)
    sound = np.concatenate([np.zeros(int(at * rate)), tones])
    (heard,) = recognition.rhythms(sound, rate)
    assert heard.begin == pytest.approx(at, abs=0.05)


@pytest.mark.parametrize(
    "made",
    [
        morse("hello", 0.08),
        morse("all", 0.1),
        morse("yellow hello all", 0.06),
        [(0.5 * n, 0.5 * n + 0.04) for n in range(18)],  # a metronome
        [(0.5 * n, 0.5 * n + 0.25) for n in range(18)],  # engaged
        spans("....", 0.15, 1),
        spans("---.", 0.15, 1),
        spans("..-.", 0.15, 1),
        spans(".--.", 0.15, 1),
    ],
)
def test_what_is_no_mark(made):
    assert recognition.rhythms(keyed(made, 9, 800), RATE) == []


def test_a_mark_that_is_repeated_and_an_l_that_stands_alone():
    made = [*spans(".-..", 0.12, 1), *spans(".-..", 0.12, 1 + 12 * 0.12)]
    assert len(recognition.rhythms(keyed(made, 6, 800), RATE)) == 2
    assert len(recognition.rhythms(keyed(morse("l", 0.12), 4, 800), RATE)) == 1


@pytest.mark.parametrize("seed", range(3))
def test_music_has_none(seed):
    assert recognition.rhythms(music(20, seed=seed), RATE) == []


@pytest.mark.parametrize("sound", [np.zeros(0), np.zeros(5), np.zeros(RATE), np.ones(3 * RATE)])
def test_nothing_to_hear(sound):
    assert recognition.rhythms(sound, RATE) == []


@pytest.mark.parametrize("length", [0.0, 3.0, 24.0, 24.5, 60.0, 119.0, 120.5, 3600.0])
def test_which_stretches_are_listened_to(length):
    starts = listening._starts(length)
    ends = [start + listening.LISTENED for start in starts]
    assert starts[0] == 0
    assert ends[-1] >= length
    assert len(starts) <= 8
    if length <= listening.WHOLE:
        assert all(b <= a - 6 for a, b in zip(ends, starts[1:], strict=False))


def test_a_note_close_by_at_another_pitch_is_no_neighbour():
    tones = keyed(spans(".-..", 0.17, 2), 6, 521.5) + keyed([(4, 4.3)], 6, 523.25)
    (heard,) = recognition.rhythms(0.2 * tones, RATE)
    assert heard.begin == pytest.approx(2, abs=0.01)
    assert heard.unit == pytest.approx(0.17, rel=0.01)


def test_tones_of_other_lengths_are_no_rhythm():
    at, made = 1.0, []
    for units, rest in [(1.9, 1.9), (3, 1.9), (2.2, 1), (2.2, 0)]:
        made.append((at, at + 0.12 * units))
        at += 0.12 * (units + rest)
    assert recognition.rhythms(0.2 * keyed(made, 5, 900), RATE) == []


@pytest.mark.parametrize(
    ("seed", "unit", "pitch"),
    [(82, 0.0999, 730.3), (149, 0.0642, 445.3), (157, 0.0713, 733.8)],
)
def test_music_that_falls_on_one_tone_or_gap_does_not_hide_it(seed, unit, pitch):
    tones = keyed(spans(".-..", unit), 9 * unit, pitch)
    (heard,) = recognition.rhythms(over(music(4, seed=seed), tones, 2.0), RATE)
    assert heard.begin == pytest.approx(2.0, abs=0.4 * unit)
    assert heard.unit == pytest.approx(unit, rel=0.06)


def melody(seed, decay):
    """Four notes of one pitch over music, each as long and as loud as it likes."""
    random = np.random.default_rng(seed)
    unit, pitch = random.uniform(0.06, 0.1), random.uniform(320, 1400)
    made, at = 0.6 * music(4, seed=seed), 1.5
    for units in (1, 3, 1, 1):
        length = unit * units * random.uniform(0.7, 1.4)
        time = np.arange(int(RATE * 2 * unit * units)) / RATE
        note = np.sin(2 * np.pi * pitch * time) * np.exp(-decay * time)
        first = int(at * RATE)
        part = made[first : first + time.size]
        part += random.uniform(1, 2) * note * np.clip((length - time) / 0.02 + 1, 0, 1)
        at += length + unit * random.uniform(0.6, 1.4)
    return made


@pytest.mark.parametrize("seed", [4, 58, 72])
def test_notes_much_like_it_are_none(seed):
    assert recognition.rhythms(melody(seed, 6.0), RATE) == []


@pytest.mark.parametrize(
    ("unit", "at", "pitch"),
    [(0.383, 0.62, 1387), (0.073, 1.06, 1475), (0.096, 1.27, 1282), (0.232, 1.57, 1073)],
)
def test_five_even_beeps_are_none(unit, at, pitch):
    beeps = [(at + 2 * unit * n, at + 2 * unit * n + unit) for n in range(5)]
    sound = keyed(beeps, at + 10 * unit + 2, pitch)
    assert recognition.rhythms(0.14 * sound, RATE) == []
