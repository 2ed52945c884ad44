"""Audio files for the tests: made by ffmpeg and the standard library, laid by hand where no tool
writes what is wanted."""

from __future__ import annotations

import functools
import io
import itertools
import random
import struct
import wave

import numpy as np

from aigc_label import ffmpeg
from aigc_label.asset import open_asset
from aigc_label.model import ImplicitLabel

LABEL = ImplicitLabel(content_producer="001191440300708461136T1XGW3", produce_id="task-1")
JSON = (
    '{"Label":"1","ContentProducer":"001191440300708461136T1XGW3","ProduceID":"task-1",'
    '"ReservedCode1":"","ContentPropagator":"001191440300708461136T1XGW3",'
    '"PropagateID":"task-1","ReservedCode2":""}'
)
OTHER = '{"Label":"2","ContentProducer":"somebody","ProduceID":"x"}'
C2PA = b"\x00\x00\x02\x00jumb\x00\x00\x00\x1ejumdc2pa" + (
    b"claim_generator_info\xa1\x64name\x6aElevenLabs" + b"digitalSourceType/trainedAlgorithmicMedia"
)


def written(fmt, source, label=LABEL):
    """The bytes of a file once the format has written the label."""
    with open_asset(source) as asset:
        return applied(fmt.plan(asset, label), source)


def applied(plan, source):
    out = io.BytesIO()
    with open_asset(source) as asset:
        plan.apply(asset, out)
    return out.getvalue()


def seen(fmt, source):
    with open_asset(source) as asset:
        return list(fmt.read(asset))


@functools.cache
def noise(seconds, rate=44100, channels=2, level=0.3):
    """Samples of soft noise, 16 bits."""
    draw = random.Random(1).uniform
    steps = [0.1 * draw(-1, 1) for _ in range(int(seconds * rate))]
    values = np.array(list(itertools.accumulate(steps, lambda value, step: 0.9 * value + step)))
    loud = values[:, None] * 3 * level * 32767 / np.arange(1, channels + 1)
    return loud.astype("<i2").tobytes()


@functools.cache
def wav(seconds=2.0, rate=44100, channels=2):
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(noise(seconds, rate, channels))
    return out.getvalue()


@functools.cache
def encoded(*options, seconds=2.0, rate=44100, channels=2):
    """The noise as ffmpeg writes it with these output options; the last names the muxer."""
    return ffmpeg.run(
        [
            "-f",
            "wav",
            "-i",
            "pipe:0",
            "-fflags",
            "+bitexact",
            *options[:-1],
            "-f",
            options[-1],
            "pipe:1",
        ],
        input=wav(seconds, rate, channels),
    )


def mp3(*options, tag=False, index=True, **sound):
    """An MP3 file; ffmpeg writes no index to a pipe, so one is asked for through a file."""
    bare = () if tag else ("-id3v2_version", "0", "-map_metadata", "-1")
    options = ("-c:a", "libmp3lame", *(options or ("-b:a", "128k")), *bare)
    if index:
        return _mp3_with_index(*options, **sound)
    return encoded(*options, "-write_xing", "0", "mp3", **sound)


@functools.cache
def _mp3_with_index(*options, seconds=2.0, rate=44100, channels=2):
    import pathlib
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "a.mp3")
        ffmpeg.run(
            ["-f", "wav", "-i", "pipe:0", "-fflags", "+bitexact", *options, ffmpeg.url(path)],
            input=wav(seconds, rate, channels),
        )
        return path.read_bytes()


def decoded(data, kind="mp3"):
    """What ffmpeg makes of a file, as 32-bit samples; any complaint is an error."""
    return ffmpeg.run(
        ["-xerror", "-f", kind, "-i", "pipe:0", "-c:a", "pcm_f32le", "-f", "f32le", "pipe:1"],
        input=data,
    )


def chunk(kind, body):
    return kind + struct.pack("<I", len(body)) + body + b"\x00" * (len(body) & 1)


def riff(*chunks, kind=b"WAVE", magic=b"RIFF", size=None):
    body = kind + b"".join(chunks)
    return magic + struct.pack("<I", len(body) if size is None else size) + body


FMT = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16))
DATA = chunk(b"data", bytes(range(200)))
