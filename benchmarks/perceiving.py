"""How well marks on pictures are seen: ``python benchmarks/perceiving.py [PICTURES] [SEED]``.

Random pictures (noise, flat, graded, blurred, with shapes), JPEG 50 to 95; half of them with a mark
of 2 to 12 % of the shortest side in one of the fonts found here, a quarter with other words. The
marks are drawn by Pillow, not by this package.
"""

from __future__ import annotations

import io
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from aigc_label import wording
from aigc_label.asset import open_asset
from aigc_label.detect.image import DETECTOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import Generator

FONTS = [
    path
    for path in (
        Path(__file__).parents[1] / "src/aigc_label/fonts/AIGCLabelSans.otf",
        *(Path("/usr/share/fonts/truetype/arphic") / name for name in ("uming.ttc", "ukai.ttc")),
        *(Path("/usr/share/fonts/truetype/wqy") / f"wqy-{n}.ttc" for n in ("zenhei", "microhei")),
    )
    if path.exists()
]
MARKS = (
    "AI生成", "AI 生成", "人工智能生成", "内容由AI生成", "本图由AI生成", "AI合成", "AI生成内容",
    "AI生成 AI-generated", "图片由人工智能合成", "由AI生成，仅供参考",
)  # fmt: skip
OTHERS = (
    "灯塔摄影", "SUMMER SALE", "新华社", "Getty Images", "@阳光旅行", "2025-11-22", "高清影像",
    "BBC NEWS", "你好世界", "CCTV-1", "小红书 2048", "版权所有", "Studio Ghibli", "生成绿色未来",
)  # fmt: skip
SIZES = ((1632, 1224), (1224, 1632), (1024, 1024), (1920, 1080), (1080, 1920), (800, 600))
LEAST = 0.04
ASKED, DOUBT = 0.05, 0.002
"""The height that clause 5.2 asks for, and how near to it a wrong verdict is no surprise."""

TWO_MEGAPIXELS = 1_950_000


@dataclass(frozen=True, slots=True)
class Case:
    """A picture, and the ink height of its mark over the shortest side, 0 if it has none."""

    data: bytes
    ratio: float


def cases(pictures: int, seed: int) -> Iterator[Case]:
    """Random pictures, every second one marked."""
    for number in range(pictures):
        random = np.random.default_rng((seed, number))
        picture = _ground(random, *SIZES[random.integers(len(SIZES))])
        if random.random() < 0.25:
            _write(random, picture, str(random.choice(OTHERS)), random.uniform(0.03, 0.1), "top")
        ratio = 0.0
        if number % 2 == 0:
            text = str(random.choice(MARKS))
            ratio = _write(random, picture, text, random.uniform(0.02, 0.12), "bottom")
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=int(random.integers(50, 96)))
        yield Case(out.getvalue(), ratio)


def _ground(random: Generator, width: int, height: int) -> Image.Image:
    kind = random.integers(6)
    if kind == 0:
        return Image.fromarray(random.integers(0, 256, (height, width, 3), dtype=np.uint8))
    if kind == 1:
        return Image.new("RGB", (width, height), tuple(random.integers(0, 256, 3).tolist()))
    cells = int(random.integers(2 if kind == 2 else 4, 3 if kind == 2 else 40))
    small = random.integers(0, 256, (cells, cells * width // height + 1, 3), dtype=np.uint8)
    picture = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
    if kind >= 4:
        draw = ImageDraw.Draw(picture)
        for _ in range(int(random.integers(5, 60))):
            x, y = int(random.integers(width)), int(random.integers(height))
            side = int(random.integers(5, min(width, height) // 4))
            colour = tuple(random.integers(0, 256, 3).tolist())
            shape = draw.ellipse if random.random() < 0.5 else draw.rectangle
            shape((x, y, x + side, y + round(side * random.uniform(0.3, 2))), fill=colour)
            end = (int(random.integers(width)), int(random.integers(height)))
            draw.line((x, y, *end), fill=colour, width=int(random.integers(1, 9)))
    return picture


def _write(random: Generator, picture: Image.Image, text: str, ratio: float, edge: str) -> float:
    """Write words on an edge; return their ink height over the shortest side, 0 if too wide."""
    short = min(picture.size)
    path = FONTS[random.integers(len(FONTS))]
    size = max(6, round(ratio * short))
    for _ in range(6):
        font = ImageFont.truetype(path, size)
        ink = _ink(text, font)
        size = max(6, round(size * ratio * short / max(ink, 1)))
    draw = ImageDraw.Draw(picture)
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    wide, tall, margin = right - left, bottom - top, int(random.uniform(0.01, 0.04) * short)
    if wide > 0.96 * picture.width:
        return 0.0
    x = (margin, (picture.width - wide) // 2, picture.width - wide - margin)[random.integers(3)]
    y = margin if edge == "top" else picture.height - tall - margin
    under = np.asarray(picture.crop((x, y, x + wide, y + tall)).convert("L")).astype(float)
    light = under.mean() < 128
    fill, ground = ((255,) * 3, (20,) * 3) if light else ((10,) * 3, (245,) * 3)
    style = ("plain", "plate", "outline", "shadow")[random.integers(4)]
    if style == "plain" and under.std() > 45:
        style = "outline"
    at, pad = (x - left, y - top), max(2, round(ink / 4))
    if style == "plate":
        draw.rounded_rectangle((x - pad, y - pad, x + wide + pad, y + tall + pad), pad, ground)
    if style == "shadow":
        shade = Image.new("L", picture.size)
        ImageDraw.Draw(shade).text((at[0] + ink / 14, at[1] + ink / 14), text, 230, font)
        picture.paste(ground, (0, 0), shade.filter(ImageFilter.GaussianBlur(max(1, ink / 16))))
    rim = max(1, round(ink / 12)) if style == "outline" else 0
    draw.text(at, text, fill=fill, font=font, stroke_width=rim, stroke_fill=ground)
    return ink / short


def _ink(text: str, font: ImageFont.FreeTypeFont) -> int:
    """Rows of the tallest Chinese character, or of all words if there is none."""
    tallest = 0
    for part in [char for char in text if "\u4e00" <= char <= "\u9fff"] or [text]:
        canvas = Image.new("L", (round(font.getlength(part)) + 2 * font.size, 3 * font.size))
        ImageDraw.Draw(canvas).text((font.size, font.size // 2), part, fill=255, font=font)
        box = canvas.point([0] * 128 + [255] * 128).getbbox() or (0, 0, 0, 0)
        tallest = max(tallest, box[3] - box[1])
    return tallest


def _pixels(data: bytes) -> int:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.width * picture.height


def main(pictures: int, seed: int) -> None:
    """Look at them, and count."""
    large = seen = false = unmarked = belittled = flattered = 0
    close: list[bool] = []
    spent: list[float] = []
    decoding: list[float] = []
    for case in cases(pictures, seed):
        begin = time.process_time()
        with open_asset(case.data, name="a.jpg") as asset:
            found = [mark for mark in DETECTOR.look(asset) if wording.is_prompt(mark.text)]
        if _pixels(case.data) > TWO_MEGAPIXELS:
            spent.append(time.process_time() - begin)
            begin = time.process_time()
            Image.open(io.BytesIO(case.data)).load()
            decoding.append(time.process_time() - begin)
        if not case.ratio:
            unmarked += 1
            false += bool(found)
        elif case.ratio >= LEAST:
            large += 1
            seen += bool(found)
        if case.ratio and found and found[0].ratio is not None:
            close.append(abs(found[0].ratio / case.ratio - 1) <= 0.1)
            belittled += case.ratio >= ASKED + DOUBT and found[0].ratio < ASKED
            flattered += case.ratio <= ASKED - DOUBT and found[0].ratio >= ASKED
    print(f"{pictures} pictures, {len(FONTS)} fonts")
    print(f"marks of {LEAST:.0%} and more that were seen: {seen} of {large}")
    print(f"false alarms: {false} of {unmarked}")
    print(f"ink height within 10 %: {np.mean(close):.1%} of {len(close)}")
    print(f"of {ASKED + DOUBT:.1%} and more, measured below {ASKED:.0%}: {belittled}")
    print(f"of {ASKED - DOUBT:.1%} and less, measured {ASKED:.0%} or more: {flattered}")
    mean, decoded = np.mean(spent[3:]), np.mean(decoding[3:])
    print(
        f"pictures of 2 megapixels: {1 / mean:.1f} a second and core, {mean * 1000:.0f} ms, "
        f"{mean / decoded:.1f} times decoding by Pillow"
    )


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*(given + [300, 1][len(given) :]))
