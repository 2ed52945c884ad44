"""Programme to hear marks under, and sounds that resemble one: made here, of several kinds.

Speech by espeak-ng and flite, music by fluidsynth from pieces that are composed at random, drums
included; alarms, telephones, metronomes, Morse code, applause and noise by numpy. All follows from
a seed. Samples are one channel at :data:`RATE`, about 0.1 of full scale on average.
"""

from __future__ import annotations

import struct
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator

Samples = np.ndarray[Any, np.dtype[np.float64]]

RATE = 44_100
LOUDNESS = 0.1
FONTS = ("FluidR3_GM.sf2", "TimGM6mb.sf2")
VOICES = ("en-us", "en-gb", "de", "fr", "es", "it", "ru", "cmn-latn-pinyin")
SPEAKERS = ("kal16", "rms", "slt", "awb")
WORDS = """
the rain in the valley was heavier than anybody had expected last night and so the trains were late
again which is why nearly everyone came by bicycle while others stayed at home to read about markets
music planets engines gardens bread weather elections football history seven nineteen forty two
hundred thousand please remember tomorrow morning however because
""".split()  # noqa: SIM905 - it reads as what it is
SIGNS = """
.- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..-
-.-- --..
""".split()  # noqa: SIM905 - as above
MORSE = dict(zip("abcdefghijklmnopqrstuvwxyz", SIGNS, strict=True))


def levelled(samples: Samples) -> Samples:
    """The samples at the usual loudness."""
    return samples * (LOUDNESS / max(float(np.sqrt((samples**2).mean())), 1e-9))


def speech(random: Generator, seconds: float) -> Samples:
    """Sentences in several voices and languages, with pauses."""
    parts: list[Samples] = []
    while sum(part.size for part in parts) < seconds * RATE:
        count = int(random.integers(15, 45))
        text = " ".join(random.choice(WORDS, count)) + "."
        with tempfile.TemporaryDirectory() as folder:
            wave = Path(folder, "a.wav")
            if random.random() < 0.65:
                voice = f"{random.choice(VOICES)}+{random.choice(['m1', 'm3', 'f1', 'f2', 'f4'])}"
                tune = ["-s", f"{random.integers(120, 220)}", "-p", f"{random.integers(20, 80)}"]
                command = ["espeak-ng", "-v", voice, *tune, "-w", str(wave), text]
            else:
                command = ["flite", "-voice", str(random.choice(SPEAKERS)), "-t", text, str(wave)]
            subprocess.run(command, check=True, capture_output=True)
            parts += [levelled(decoded(wave)), np.zeros(int(random.uniform(0.1, 0.8) * RATE))]
    return np.concatenate(parts)[: int(seconds * RATE)]


def music(random: Generator, seconds: float) -> Samples:
    """A piece for random instruments with chords, melody, bass, ostinato and drums."""
    with tempfile.TemporaryDirectory() as folder:
        song, wave = Path(folder, "a.mid"), Path(folder, "a.wav")
        song.write_bytes(_composed(random, seconds))
        font = Path("/usr/share/sounds/sf2") / str(random.choice(FONTS))
        command = ["fluidsynth", "-ni", "-g", "0.6", "-r", f"{RATE}", "-F", str(wave)]
        subprocess.run([*command, str(font), str(song)], check=True, capture_output=True)
        played = decoded(wave)[: int(seconds * RATE)]
    return levelled(np.pad(played, (0, int(seconds * RATE) - played.size)))


def decoded(path: Path) -> Samples:
    """One channel of a sound, by ffmpeg."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-ac", "1", "-ar", f"{RATE}"]
    done = subprocess.run([*command, "-f", "f32le", "-"], check=True, capture_output=True)
    return np.frombuffer(done.stdout, "<f4").astype(float)


def _composed(random: Generator, seconds: float) -> bytes:
    """A standard MIDI file of one track: sixteenths of 24 ticks."""
    tempo = int(random.integers(66, 180))
    steps = int(seconds * tempo / 60 * 4) + 8
    root = int(random.integers(40, 52))
    scale = (0, 2, 4, 5, 7, 9, 11) if random.random() < 0.5 else (0, 2, 3, 5, 7, 8, 10)
    events: list[tuple[int, bytes]] = []

    def play(channel: int, note: int, at: int, length: float, force: int) -> None:
        events.append((24 * at, bytes([0x90 | channel, note, force])))
        events.append((int(24 * (at + length)), bytes([0x80 | channel, note, 0])))

    def pitch(degree: int, octave: int) -> int:
        return min(root + 12 * (octave + degree // 7) + scale[degree % 7], 108)

    events += [(0, bytes([0xC0 | channel, int(random.integers(0, 96))])) for channel in range(4)]
    chords = [int(random.integers(0, 7)) for _ in range(4)]
    gate = random.uniform(0.4, 1.0)  # from staccato to legato
    riff = [bool(random.random() < 0.6) for _ in range(16)]
    drums = [[bool(random.random() < p) for _ in range(16)] for p in (0.3, 0.25, 0.6)]
    degree, at = 0, 0
    while at < steps:  # the melody
        length = int(random.choice([1, 2, 2, 3, 4, 6]))
        if random.random() < 0.85:
            degree = int(np.clip(degree + random.integers(-3, 4), 0, 12))
            play(0, pitch(degree, 2), at, max(0.3, length * gate), int(random.integers(60, 120)))
        at += length
    for at in range(steps):
        chord = chords[at // 16 % 4]
        if at % 16 in (0, 8):
            for third in (0, 2, 4):
                play(1, pitch(chord + third, 1), at, 7.5, 70)
        if at % 4 == 0:
            play(2, pitch(chord, 0), at, 3.5, 90)
        if riff[at % 16]:
            play(3, pitch(chord + 4, 2), at, 0.5 + gate / 2, 75)
        for drum, note in zip(drums, (36, 38, 42), strict=True):
            if drum[at % 16] and random.random() < 0.9:
                play(9, note, at, 0.5, int(random.integers(60, 120)))
    track = b"\x00\xff\x51\x03" + round(60e6 / tempo).to_bytes(3, "big")
    now = 0
    for tick, message in sorted(events, key=lambda event: event[0]):
        track += _variable(tick - now) + message
        now = tick
    track += b"\x00\xff\x2f\x00"
    head = b"MThd" + struct.pack(">IHHH", 6, 0, 1, 96)
    return head + b"MTrk" + struct.pack(">I", len(track)) + track


def _variable(number: int) -> bytes:
    out = [number & 127]
    while number := number >> 7:
        out.append(number & 127 | 128)
    return bytes(reversed(out))


def keyed(spans: list[tuple[float, float]], seconds: float, *pitches: float) -> Samples:
    """Tones that are on during the spans, with soft edges."""
    time = np.arange(int(seconds * RATE)) / RATE
    gate = np.zeros_like(time)
    for begin, end in spans:
        gate = np.maximum(gate, np.clip(np.minimum(time - begin, end - time) / 0.005, 0, 1))
    tone: Samples = sum((np.sin(2 * np.pi * pitch * time) for pitch in pitches), np.zeros(1))
    return tone * gate


def beats(lengths: list[tuple[float, float]], unit: float, seconds: float) -> list:
    """Spans of tones and pauses, in units, played over and over."""
    spans, at = [], 0.2
    while at < seconds:
        for on, off in lengths:
            spans.append((at, at + on * unit))
            at += (on + off) * unit
    return spans


def morse(text: str, unit: float) -> list[tuple[float, float]]:
    """Spans of a text in Morse code."""
    spans, at = [], 0.3
    for letter in text:
        if letter == " ":
            at += 4 * unit
            continue
        for sign in MORSE[letter]:
            length = unit * (1 if sign == "." else 3)
            spans.append((at, at + length))
            at += length + unit
        at += 2 * unit
    return spans


def signals(random: Generator, seconds: float) -> Samples:
    """Alarms, telephones, metronomes, Morse code, game-like beeps, applause, noise: one of them."""
    kind = int(random.integers(9))
    pitch, unit = random.uniform(350, 2800), random.uniform(0.06, 0.4)
    if kind == 0:  # an alarm: as many beeps as one likes, then a pause
        lengths = [(1.0, 1.0)] * int(random.integers(1, 6))
        lengths[-1] = (1.0, float(random.integers(1, 8)))
        made = keyed(beats(lengths, unit, seconds), seconds, pitch)
    elif kind == 1:  # telephones: busy, ringing, dialled numbers
        cadence = [[(0.5, 0.5)], [(1.0, 4.0)], [(0.4, 0.2), (0.4, 2.0)], [(0.25, 0.25)]]
        tones = [(480, 620), (440, 480), (400, 450), (697, 1336), (425,)]
        number = int(random.integers(4))
        made = keyed(beats(cadence[number], 1.0, seconds), seconds, *tones[random.integers(5)])
    elif kind == 2:  # a metronome
        accent = int(random.integers(2, 5))
        made = keyed(beats([(0.03 / unit, 1 - 0.03 / unit)], unit, seconds), seconds, pitch)
        made += keyed(
            beats([(0.03 / unit, accent - 0.03 / unit)], unit, seconds), seconds, 1.5 * pitch
        )
    elif kind == 3:  # Morse code of words in which there is many an L
        words = ["hello", "all", "well", "little", "label", "cq", "lull", "sos", "yellow", *WORDS]
        text = " ".join(random.choice(words, 60))
        made = keyed(morse(text, random.uniform(0.06, 0.15)), seconds, pitch)
    elif kind == 4:  # an ostinato of one pitch
        lengths = [
            (float(random.integers(1, 4)), float(random.integers(1, 4)))
            for _ in range(int(random.integers(3, 9)))
        ]
        made = keyed(beats(lengths, unit, seconds), seconds, pitch, 2 * pitch)
    elif kind == 5:  # beeps that go up and down
        made = np.zeros(int(seconds * RATE))
        at = 0.0
        tune = [pitch * 2 ** (n / 12) for n in (0, 3, 5, 7, 10)]
        while at < seconds - 1:
            length = unit * float(random.choice([1, 1, 2, 3]))
            note = keyed([(0, length)], length + 0.02, float(random.choice(tune)) / 2)
            start = int(at * RATE)
            made[start : start + note.size] += note[: made.size - start]
            at += length + unit * float(random.choice([0.2, 1, 1, 2]))
    elif kind == 6:  # applause
        made = np.zeros(int(seconds * RATE))
        for at in random.integers(0, made.size - 2000, int(seconds * 60)):
            clap = random.normal(size=1500) * np.exp(-np.arange(1500) / 250)
            made[at : at + 1500] += clap * random.uniform(0.2, 1)
    elif kind == 7:  # noise that swells
        time = np.arange(int(seconds * RATE)) / RATE
        swell = 1 + np.sin(2 * np.pi * random.uniform(0.2, 6) * time)
        made = random.normal(size=time.size) * swell
    else:  # a siren
        time = np.arange(int(seconds * RATE)) / RATE
        sweep = pitch * (1 + 0.3 * np.sin(2 * np.pi * time / (4 * unit)))
        made = np.sin(2 * np.pi * np.cumsum(sweep) / RATE)
    return levelled(made[: int(seconds * RATE)])
