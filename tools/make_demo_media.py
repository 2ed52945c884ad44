"""Makes the sample files of ``aigc-label demo``: a picture, a melody, a film and a text.

    python tools/make_demo_media.py [FOLDER]

Everything is computed here, so nobody else's rights are in it. With the same versions of numpy,
Pillow and ffmpeg the files come out the same; they are committed, and unlabelled on purpose.
"""

from __future__ import annotations

import subprocess
import sys
import wave
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image, ImageFilter

HOME = Path(__file__).parent.parent / "src" / "aigc_label" / "demo"
RATE = 44_100
FPS = 25

TEXT = """\
# 湖边的清晨

天刚亮，湖面像一块没有打磨过的玻璃。远山一层比一层淡，最远的那一层几乎和天空分不开。

风从对岸过来，先碰到松树，再碰到水。水里的太阳碎成一条路，一直铺到脚边。

## 三件小事

1. 一只水鸟沿着光走了很久，没有回头。
2. 码头的木板还带着夜里的凉意。
3. 有人在远处吹口哨，调子只有五个音。

> 山不说话，湖替它记着。
"""


def ridge(x: np.ndarray, seed: int, roughness: float) -> np.ndarray:
    """A mountain line over ``x`` (in picture widths), about 0 +- 1: a sum of sines."""
    random = np.random.default_rng(seed)
    line = np.zeros_like(x)
    for octave in range(7):
        frequency = 1.7 * 2.05**octave
        line += np.sin(x * frequency * 2 + random.uniform(0, 2 * np.pi)) * roughness**octave
    return line / 1.8


def mix(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """From ``a`` to ``b`` as ``t`` goes from 0 to 1."""
    return a + (b - a) * t[..., None]


def landscape(width: int, height: int, *, pan: float = 0.0, time: float = 0.0) -> Image.Image:
    """Mountains at sunrise over a lake.

    Args:
        width: pixels.
        height: pixels.
        pan: how far the camera has moved to the right, in picture widths.
        time: seconds; moves the sun and the water.
    """
    x = np.arange(width) / width
    rows = np.arange(height) / height
    shore = 0.66
    picture = _above(x, rows, pan, time, width / height)
    # The lake mirrors what stands above it, darker, bluer and rippled.
    depth = (rows - shore) / (1 - shore)
    wet = rows > shore
    wobble = np.sin(rows[wet] * 900 / (1 + 2 * depth[wet]) + time * 4) * 0.012 * depth[wet]
    mirrored = np.clip((2 * shore - rows[wet]) + wobble, 0, shore - 1 / height)
    lines = np.clip((mirrored * height).astype(int), 0, height - 1)
    shift = np.sin(rows[wet] * 260 + time * 2.6) * 5 * depth[wet]
    columns = np.clip(np.arange(width)[None, :] + shift[:, None].astype(int), 0, width - 1)
    water = picture[lines[:, None], columns]
    tint = np.array([38.0, 66.0, 96.0])
    picture[wet] = mix(water, np.broadcast_to(tint, water.shape), 0.25 + 0.3 * depth[wet][:, None])
    glitter = _glitter(x, depth[wet], pan, time)
    picture[wet] += glitter[..., None] * np.array([255.0, 205.0, 150.0])
    grain = np.random.default_rng(7).normal(0, 1.6, (height, width, 1))
    image = Image.fromarray(np.clip(picture + grain, 0, 255).astype(np.uint8))
    return image.filter(ImageFilter.GaussianBlur(0.4))


def _above(x: np.ndarray, rows: np.ndarray, pan: float, time: float, aspect: float) -> np.ndarray:
    """The sky, the sun, three ranges of mountains and a wood."""
    shape = (len(rows), len(x))
    t = np.broadcast_to(np.clip(rows / 0.66, 0, 1)[:, None] ** 1.3, shape)
    picture = mix(
        np.broadcast_to([62.0, 96.0, 158.0], (*shape, 3)), np.array([255.0, 196.0, 138.0]), t
    )
    sun_x, sun_y = 0.64 - pan * 0.1, 0.36 - time * 0.006
    far = np.hypot((x[None, :] - sun_x) * aspect, rows[:, None] - sun_y)
    picture += np.exp(-(far**2) / 0.03)[..., None] * np.array([110.0, 80.0, 30.0])
    picture = mix(picture, np.array([255.0, 244.0, 214.0]), np.clip((0.062 - far) / 0.006, 0, 1))
    for cloud in range(5):
        centre_x = (0.13 + 0.23 * cloud + time * 0.008 - pan * 0.08) % 1.3 - 0.15
        centre_y = 0.1 + 0.05 * ((cloud * 7) % 4)
        puff = ((x[None, :] - centre_x) / 0.13) ** 2 + ((rows[:, None] - centre_y) / 0.014) ** 2
        streak = np.exp(-puff) * (0.55 + 0.1 * np.sin(x * 60 + cloud))[None, :]
        picture = mix(picture, np.array([255.0, 226.0, 205.0]), streak)
    ranges = (
        (0.40, 0.085, 3, 0.52, (160.0, 150.0, 178.0), 0.15),
        (0.50, 0.070, 11, 0.50, (108.0, 112.0, 148.0), 0.35),
        (0.58, 0.045, 23, 0.48, (62.0, 78.0, 104.0), 0.60),
    )
    for base, swing, seed, roughness, colour, speed in ranges:
        line = base - swing * ridge(x + pan * speed, seed, roughness)
        solid = np.clip((rows[:, None] - line[None, :]) * len(rows), 0, 1)
        haze = np.clip((rows[:, None] - line[None, :]) / 0.25, 0, 1)
        body = mix(
            np.broadcast_to(colour, (*shape, 3)), np.array([214.0, 180.0, 164.0]), haze * 0.55
        )
        picture = picture + (body - picture) * solid[..., None]
    return _wood(picture, x + pan, rows)


def _wood(picture: np.ndarray, x: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Firs along the shore: triangles with a jagged edge."""
    random = np.random.default_rng(5)
    line = 0.652 - 0.006 * np.abs(ridge(x, 31, 0.6))
    for place, tall in zip(
        random.uniform(-0.2, 1.6, 150), random.uniform(0.02, 0.075, 150), strict=True
    ):
        slope = tall - np.abs(x - place) * 6.5
        jag = 0.004 * np.sin((x - place) * 900)
        line = np.minimum(line, 0.655 - np.clip(slope + jag, 0, None) * (slope > 0))
    solid = np.clip((rows[:, None] - line[None, :]) * len(rows), 0, 1)
    return picture + (np.array([22.0, 38.0, 44.0]) - picture) * solid[..., None]


def _glitter(x: np.ndarray, depth: np.ndarray, pan: float, time: float) -> np.ndarray:
    """The sun's path on the water."""
    middle = 0.64 - pan * 0.1
    spread = 0.03 + 0.09 * depth[:, None]
    path = np.exp(-(((x[None, :] - middle) / spread) ** 2))
    # Each ripple, a few rows thick and thicker nearby, glitters on its own.
    ripple = (12 * np.log1p(6 * depth)).astype(int)
    phase = np.random.default_rng(17).uniform(0, 2 * np.pi, (3, ripple.max() + 1))[:, ripple]
    sparks = sum(
        np.sin(x[None, :] * wave + phase[i][:, None] + time * speed)
        for i, (wave, speed) in enumerate(((37, 2.1), (83, -3.3), (151, 4.7)))
    )
    return path * np.clip(sparks - 0.2, 0, 1) * 0.5


def melody(seconds: float) -> np.ndarray:
    """A pentatonic tune on a plucked string over soft chords, samples in -1..1."""
    tune = (
        (0.0, 69),
        (0.5, 72),
        (1.0, 74),
        (1.5, 76),
        (2.25, 74),
        (2.5, 72),
        (3.0, 69),
        (3.5, 67),
        (4.0, 69),
    )
    chords = ((0.0, (45, 52, 57)), (2.0, (41, 48, 57)), (3.0, (43, 50, 59)), (4.0, (45, 52, 57)))
    total = int(seconds * RATE)
    out = np.zeros(total)
    for start, note in tune:
        _add(out, start, note, decay=1.1, level=0.30, partials=6)
    for start, notes in chords:
        for note in notes:
            _add(out, start, note, decay=1.6, level=0.10, partials=3)
    fade = np.minimum(1, (total - np.arange(total)) / (0.35 * RATE))
    out *= fade
    return out / np.max(np.abs(out)) * 0.7


def _add(
    out: np.ndarray, start: float, note: int, *, decay: float, level: float, partials: int
) -> None:
    first = int(start * RATE)
    t = np.arange(len(out) - first) / RATE
    base = 440 * 2 ** ((note - 69) / 12)
    tone = np.zeros_like(t)
    for partial in range(1, partials + 1):
        tone += np.sin(2 * np.pi * base * partial * t) * np.exp(-t * partial / decay) / partial**1.3
    out[first:] += tone * level * np.minimum(1, t / 0.008)


def write_wav(path: Path, samples: np.ndarray) -> None:
    """Mono, 16 bits."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples * 32_767).astype("<i2").tobytes())


def ffmpeg(*args: str, given: bytes | None = None) -> None:
    """Run ffmpeg so that its output depends on its version only, and bears no metadata."""
    command = ["ffmpeg", "-v", "error", "-y", *args]
    subprocess.run(command, input=given, check=True)


def main(folder: Path) -> None:
    """Write the four files into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "poem.md").write_text(TEXT, encoding="utf-8")
    big = landscape(1280, 960).resize((640, 480), Image.Resampling.LANCZOS)
    big.save(folder / "picture.jpg", quality=88, optimize=True)
    clean = ("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact")
    with TemporaryDirectory() as scratch:
        sound = Path(scratch, "melody.wav")
        write_wav(sound, melody(5.0))
        ffmpeg(
            *("-i", str(sound), "-c:a", "libmp3lame", "-b:a", "112k"),
            *("-id3v2_version", "0", "-write_xing", "1", *clean, str(folder / "melody.mp3")),
        )
        frames = b"".join(
            landscape(640, 360, pan=i / FPS * 0.05, time=i / FPS).resize((320, 180)).tobytes()
            for i in range(4 * FPS)
        )
        ffmpeg(
            *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "320x180", "-r", str(FPS), "-i", "-"),
            *("-i", str(sound), "-t", "4", "-c:v", "libx264", "-preset", "veryslow", "-crf", "28"),
            *("-pix_fmt", "yuv420p", "-flags:v", "+bitexact", "-c:a", "aac", "-b:a", "64k"),
            *("-movflags", "+faststart", *clean, str(folder / "film.mp4")),
            given=frames,
        )
    for path in sorted(folder.iterdir()):
        print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HOME)
