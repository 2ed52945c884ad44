"""Marks measured by other eyes: OCR finds and reads them, OpenCV measures height and contrast.

Usage: python benchmarks/looks.py [--pictures N] [--seed S]   (needs rapidocr, onnxruntime, opencv)

Every one of N random pictures is marked with every preset. What the package says about its own
marks is used for two things only: where to look, roughly, and which two colours the preset has.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections import defaultdict
from typing import Any

import cv2
import numpy as np
from PIL import Image

from aigc_label import preset
from aigc_label.explicit.drawing import overlay

SHORTEST, LONGEST = 240, 1500  # pixels of the shortest side; below 200 the least of 12 rules
LEAST_READ = 40  # pixels of ink to which a crop is scaled for the recogniser

Array = np.ndarray[Any, Any]


def random_picture(random: np.random.Generator) -> Image.Image:
    """Flat, graded, cloudy, noisy, striped or printed; any of them may be half another."""
    short = int(np.exp(random.uniform(np.log(SHORTEST), np.log(LONGEST))))
    long = int(short * np.exp(random.uniform(0, np.log(2.6))))
    size = (long, short) if random.random() < 0.65 else (short, long)
    one, other = (KINDS[random.integers(len(KINDS))](random, size) for _ in range(2))
    share = random.choice([0.0, 0.0, 0.5]) * _clouds(random, size)[..., None]
    return Image.fromarray((one * (1 - share) + other * share).clip(0, 255).astype(np.uint8))


def _flat(random: np.random.Generator, size: tuple[int, int]) -> Array:
    colour = (
        random.integers(0, 256, 3) if random.random() < 0.7 else random.choice([0, 127, 255], 1)
    )
    return np.broadcast_to(colour.astype(float), (size[1], size[0], 3))


def _graded(random: np.random.Generator, size: tuple[int, int]) -> Array:
    x, y = np.meshgrid(np.linspace(0, 1, size[0]), np.linspace(0, 1, size[1]))
    turn = random.uniform(0, np.pi)
    share = (x * np.cos(turn) + y * np.sin(turn))[..., None] % 1
    return random.integers(0, 256, 3) * share + random.integers(0, 256, 3) * (1 - share)


def _clouds(random: np.random.Generator, size: tuple[int, int]) -> Array:
    total = np.zeros((size[1], size[0]))
    for cells in (3, 8, 24, 64):
        grains = random.random((cells, cells)).astype(np.float32)
        total += cv2.resize(grains, size, interpolation=cv2.INTER_CUBIC) / cells**0.5
    low, high = total.min(), total.max()
    return (total - low) / (high - low)


def _cloudy(random: np.random.Generator, size: tuple[int, int]) -> Array:
    return np.stack([_clouds(random, size) * 255 for _ in range(3)], axis=-1)


def _noisy(random: np.random.Generator, size: tuple[int, int]) -> Array:
    grain = int(random.choice([1, 2, 5, 12, 40]))
    channels = int(random.choice([1, 3]))
    cells = (size[1] // grain + 1, size[0] // grain + 1, channels)
    coarse = random.integers(0, 256, cells).astype(float)
    fine = coarse.repeat(grain, axis=0).repeat(grain, axis=1)[: size[1], : size[0]]
    return np.broadcast_to(fine, (size[1], size[0], 3))


def _striped(random: np.random.Generator, size: tuple[int, int]) -> Array:
    period = random.uniform(3, 60)
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    turn = random.uniform(0, np.pi)
    wave = np.sin((x * np.cos(turn) + y * np.sin(turn)) * 2 * np.pi / period)
    share = (wave > 0)[..., None] if random.random() < 0.5 else (wave[..., None] + 1) / 2
    return random.integers(0, 256, 3) * share + random.integers(0, 256, 3) * (1 - share)


def _printed(random: np.random.Generator, size: tuple[int, int]) -> Array:
    page = np.full((size[1], size[0], 3), random.choice([255, 250, 20]), np.uint8)
    scale = random.uniform(0.4, 1.6)
    ink = (20,) * 3 if page[0, 0, 0] > 99 else (235,) * 3
    for y in range(10, size[1] + 30, int(26 * scale) + 6):
        words = " ".join(str(n) for n in random.integers(10, 99_999, size[0] // 30))
        cv2.putText(page, words, (4, y), cv2.FONT_HERSHEY_SIMPLEX, scale, ink, 2, cv2.LINE_AA)
    return page.astype(float)


KINDS = (_flat, _graded, _cloudy, _noisy, _striped, _printed)


class Eyes:
    """What a stranger sees of a marked picture."""

    def __init__(self) -> None:
        from rapidocr import RapidOCR  # noqa: PLC0415 - the rest of this file runs without

        self._read = RapidOCR(
            params={
                "Global.log_level": "error",
                "Det.limit_type": "max",
                "Det.limit_side_len": 1600,
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            }
        )

    def look(
        self, shown: Array, box: tuple[int, int, int, int], colours: tuple[str, str]
    ) -> tuple[str, float, float] | None:
        """The words read around a box, their ink height in pixels, and their contrast."""
        x, y, width, height = box
        by = max(height, 30)
        top, left = max(y - by, 0), max(x - by, 0)
        crop = shown[top : y + height + by, left : x + width + by]
        lines = max(1, round(height / (0.09 * min(shown.shape[:2]))))
        scale = max(LEAST_READ / (height / lines), 0.25)
        large = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        found = self._read(np.ascontiguousarray(large[..., ::-1]), use_cls=False)
        if not found.txts:
            return None
        words = "".join(found.txts)
        # Numbers of a printed ground are read, too; the boxes with letters are the mark's.
        quads = [
            np.asarray(quad) / scale
            for quad, text in zip(found.boxes, found.txts, strict=True)
            if any(c.isalpha() for c in text)
        ]
        if not quads:
            return None
        low, high = np.min([q.min(0) for q in quads], 0), np.max([q.max(0) for q in quads], 0)
        pad = 0.15 * (high[1] - low[1]) / len(quads)
        a, b = np.maximum(low - pad, 0).astype(int), (high + pad).astype(int) + 1
        area = crop[a[1] : b[1], a[0] : b[0]]
        best = max((_measured(area, ink) for ink in colours), key=lambda m: m[0])
        return words, best[1], best[2]


def _measured(area: Array, ink: str) -> tuple[float, float, float]:
    """How much of an area is letters of a colour, their height, and their contrast."""
    grey = area.astype(float) @ (0.299, 0.587, 0.114)
    own = float(np.array(_rgb(ink)) @ (0.299, 0.587, 0.114))
    far = np.abs(area.astype(float) - _rgb(ink)).max(axis=-1)
    core = (far < 24).astype(np.uint8)
    near = cv2.dilate(core, np.ones((5, 5), np.uint8)) - cv2.dilate(core, np.ones((3, 3), np.uint8))
    if not core.any() or not near.any():
        return 0.0, 0.0, 0.0
    around = float(np.median(grey[near > 0]))
    if abs(own - around) < 40:
        return 0.0, 0.0, 0.0
    solid = ((grey - (own + around) / 2) * np.sign(own - around) > 0).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=8)
    rows, columns = area.shape[:2]
    heights, letters = [], np.zeros_like(solid)
    for number, (x, y, width, height, _pixels) in enumerate(stats[1:], 1):
        edge = x == 0 or y == 0 or x + width == columns or y + height == rows
        part = labels == number
        if edge or core[part].mean() < 0.25 or not 0.3 * rows < height > width / 2.2:
            continue
        letters[part] = 1
        heights.append(int(height))
    if not heights:
        return 0.0, 0.0, 0.0
    tallest = max(heights)
    # What touches a letter is smoothed into it and is neither letter nor ground.
    touching = 1 if tallest < LEAST_READ else 2
    ring = cv2.dilate(letters, _disc(max(touching + 1, round(tallest / 14)))) - cv2.dilate(
        letters, _disc(touching)
    )
    light = _luminance(area)[ring > 0]
    mine = float(_luminance(np.array(_rgb(ink), np.uint8)[None])[0])
    worst = float(np.percentile(light, 95 if own > around else 5)) if light.size else mine
    pair = max(mine, worst), min(mine, worst)
    return float(letters.sum()), float(tallest), (pair[0] + 0.05) / (pair[1] + 0.05)


def _disc(reach: int) -> Array:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(pixels: Array) -> Array:
    part = pixels.astype(float) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    result: Array = linear @ (0.2126, 0.7152, 0.0722)
    return result


def _plain(words: str) -> str:
    """Words as far as pixels tell them: capital I, small l, 1 and | are one stroke in this face."""
    kept = [c for c in words.casefold() if c.isalnum() or c == "|"]
    return "".join("i" if c in "l1|" else c for c in kept)


def marks(pictures: int, seed: int) -> None:
    """Print what strangers see of marks on random pictures."""
    eyes = Eyes()
    seen: dict[str, list[tuple[float, float, bool]]] = defaultdict(list)
    for number in range(pictures):
        picture = random_picture(np.random.default_rng((seed, number)))
        for name in preset.names():
            label = preset.load_preset(name)
            mark = overlay.compose(label, picture.size, picture)
            shown = picture.copy()
            shown.paste(mark.image, (mark.left, mark.top), mark.image)
            found = eyes.look(
                np.asarray(shown), mark.words_box, (label.look.ink, label.look.ground)
            )
            words, ink, contrast = found or ("", 0.0, 0.0)
            ratio = ink / min(picture.size)
            read = _plain(label.text) in _plain(words)
            seen[name].append((ratio / label.height, contrast, read))
            if not read or contrast < 4.5 or not 0.05 <= ratio < 1.08 * label.height:
                print(f"# {number} {name} {picture.size} {words!r} {ratio:.4f} {contrast:.1f}")
                if folder := os.environ.get("LOOKS_KEEP"):
                    shown.save(f"{folder}/{number}-{name}.png")
    print("| preset | asked | ink, least | ink, mean over asked | contrast, least | read |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, rows in seen.items():
        asked = preset.load_preset(name).height
        ratios, contrasts, reads = zip(*rows, strict=True)
        print(
            f"| {name} | {asked:.1%} | {asked * min(ratios):.2%} | {np.mean(ratios):.3f} "
            f"| {min(contrasts):.1f} | {np.mean(reads):.1%} |"
        )


_ONCE = """
import sys, time
import numpy
from PIL import Image, ImageDraw, ImageFile, ImageFilter, ImageFont
from aigc_label import preset
from aigc_label.explicit.drawing import contrast, overlay
ground = Image.effect_noise((6000, 4000), 40).convert("RGB")
label = preset.load_preset(sys.argv[1])
for _ in range(2):
    start = time.perf_counter()
    overlay.compose(label, ground.size, ground)
    print(time.perf_counter() - start)
"""


def speed() -> None:
    """Print how long composing for 24 megapixels takes, once imported, in processes of its own."""
    print("\n| preset, 24 megapixels | first time | again |\n| --- | ---: | ---: |")
    for name in preset.names():
        runs = [
            subprocess.run([sys.executable, "-c", _ONCE, name], capture_output=True, check=True)
            for _ in range(5)
        ]
        first, again = np.array([run.stdout.split() for run in runs], float).min(axis=0) * 1000
        print(f"| {name} | {first:.1f} ms | {again:.1f} ms |")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    marks(args.pictures, args.seed)
    speed()


if __name__ == "__main__":
    main()
