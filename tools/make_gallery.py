"""The gallery of presets: ``docs/how-to/looks.md`` and its pictures.

Run ``python tools/make_gallery.py``. Ten very different backgrounds are made by the code below, a
mosaic of them is marked with every preset of the package, one picture at a time, and the page says
what each preset is. The same Pillow gives the same files.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from aigc_label import preset
from aigc_label.explicit.drawing import overlay, typeface

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigc_label.explicit_label import ExplicitLabel

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/how-to/looks.md"
IMAGES = ROOT / "docs/images"
QUALITY = 58
GAP = 8  # pixels between the pictures of a mosaic

Size = tuple[int, int]


def white(size: Size) -> Image.Image:
    """Nothing but white."""
    return Image.new("RGB", size, "white")


def black(size: Size) -> Image.Image:
    """Nothing but black."""
    return Image.new("RGB", size, "black")


def noise(size: Size) -> Image.Image:
    """The hardest ground for letters: coarse noise of every colour."""
    random = np.random.default_rng(1)
    grains = random.integers(0, 256, (size[1] // 3 + 1, size[0] // 3 + 1, 3), dtype=np.uint8)
    coarse = Image.fromarray(grains)
    return coarse.resize((coarse.width * 3, coarse.height * 3), Image.Resampling.NEAREST).crop(
        (0, 0, *size)
    )


def sky(size: Size) -> Image.Image:
    """A sky with clouds and a low sun."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    fall = (y / height)[..., None]
    blue, dawn = np.array((62, 120, 190.0)), np.array((250, 214, 170.0))
    light = blue * (1 - fall) + dawn * fall
    clouds = _clouds(size, seed=4)
    light += (255 - light) * (clouds * (0.35 + 0.6 * fall[..., 0]))[..., None]
    sun = np.exp(-(((x - 0.72 * width) / height) ** 2 + ((y - 0.7 * height) / height) ** 2) * 40)
    light += (np.array((255, 244, 214)) - light) * sun[..., None]
    return Image.fromarray(light.clip(0, 255).astype(np.uint8))


def face(size: Size) -> Image.Image:
    """Something like a portrait: hair, skin, eyes, a mouth, a blurred room behind."""
    fine = 3
    width, height = size[0] * fine, size[1] * fine
    picture = Image.new("RGB", (width, height))
    y, x = np.mgrid[0:height, 0:width]
    glow = np.exp(-((x / width - 0.2) ** 2 + (y / height - 0.3) ** 2) * 6)[..., None]
    room = np.array((58, 70, 74)) * (1 - glow) + np.array((205, 190, 160)) * glow
    picture = Image.fromarray(room.astype(np.uint8))
    draw = ImageDraw.Draw(picture)

    def oval(at: tuple[float, float], radius: tuple[float, float], colour: str) -> None:
        (cx, cy), (rx, ry) = at, radius
        cx, cy = width / 2 + cx * height, cy * height
        rx, ry = rx * height, ry * height
        draw.ellipse((cx - rx, cy - ry, cx + rx, cy + ry), colour)

    oval((0, 1.12), (0.52, 0.4), "#7a3b46")
    oval((0, 0.46), (0.33, 0.42), "#2b1d17")
    oval((0, 0.86), (0.12, 0.16), "#c98f6f")
    oval((0, 0.5), (0.24, 0.33), "#e0aa87")
    oval((0.02, 0.2), (0.25, 0.12), "#2b1d17")
    for side in (-1, 1):
        oval((0.1 * side, 0.48), (0.045, 0.024), "#fbf6ef")
        oval((0.1 * side, 0.48), (0.021, 0.023), "#3c2a20")
        oval((0.1 * side, 0.425), (0.055, 0.009), "#3a281f")
        oval((0.13 * side, 0.6), (0.05, 0.03), "#e39a80")
    oval((0, 0.575), (0.026, 0.016), "#c88a68")
    oval((0, 0.68), (0.075, 0.02), "#a8484b")
    return picture.reduce(fine).filter(ImageFilter.GaussianBlur(size[1] / 240))


def text(size: Size) -> Image.Image:
    """A page full of words."""
    page = Image.new("RGB", size, "#fbfaf6")
    draw = ImageDraw.Draw(page)
    lines = "天地玄黄，宇宙洪荒。寒来暑往，秋收冬藏。The quick brown fox jumps over the lazy dog. "
    font = typeface.font(max(size[1] // 19, 9))
    pitch = round(font.size * 1.55)
    for number, top in enumerate(range(pitch // 2, size[1], pitch)):
        line = (lines[7 * number % 40 :] + lines * 3)[: 4 + size[0] // 6]
        draw.text((pitch // 2, top), line, "#26241f", font)
    return page


def gradient(size: Size) -> Image.Image:
    """From dark to light, through every hue."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    hue = x / size[0] * 255
    hsv = np.stack((hue, np.full_like(hue, 200), 40 + 215 * y / size[1]), axis=-1)
    return Image.fromarray(hsv.astype(np.uint8), "HSV").convert("RGB")


def pixels(size: Size) -> Image.Image:
    """A scene of large pixels: hills, water, stars."""
    random = np.random.default_rng(3)
    columns, rows = size[0] // 9, size[1] // 9
    scene = Image.new("RGB", (columns, rows), "#20264d")
    draw = ImageDraw.Draw(scene)
    for _ in range(30):
        at = (int(random.integers(columns)), int(random.integers(rows // 2)))
        draw.point(at, "#f4e9c8")
    draw.ellipse((columns * 0.7, 3, columns * 0.7 + 7, 10), "#f6d76b")
    for colour, level, wave in (("#3c5b7a", 0.5, 9), ("#35785b", 0.62, 6), ("#7fb069", 0.75, 4)):
        for x in range(columns):
            top = int(rows * (level + 0.06 * np.sin(x / wave) + 0.03 * np.sin(x / 2.3)))
            draw.line((x, top, x, rows), colour)
    for x in range(0, columns, 5):
        draw.rectangle((x, rows - 3 - x % 3, x + 1, rows), "#4a2f27")
    return scene.resize((columns * 9, rows * 9), Image.Resampling.NEAREST).resize(
        size, Image.Resampling.NEAREST
    )


def tall(size: Size) -> Image.Image:
    """A wall of lit windows, seen upwards."""
    random = np.random.default_rng(8)
    picture = Image.new("RGB", size, "#182030")
    draw = ImageDraw.Draw(picture)
    side = max(size[0] // 7, 4)
    for top in range(4, size[1], side):
        for left in range(4, size[0] - side // 2, side):
            lit = random.random()
            colour = "#f7d794" if lit > 0.6 else "#38465c" if lit > 0.25 else "#cfe3f5"
            draw.rectangle((left, top, left + side * 2 // 3, top + side * 2 // 3), colour)
    return picture


def wide(size: Size) -> Image.Image:
    """Ranges of mountains, one behind another."""
    picture = sky((size[0], size[1]))
    draw = ImageDraw.Draw(picture)
    for part, colour in ((0.45, "#8fa6b8"), (0.6, "#5e7a86"), (0.78, "#2f4a4a")):
        line = [
            size[1] * (part + 0.12 * np.sin(x / 61 / part) + 0.07 * np.sin(x / 17 + 9 * part))
            for x in range(size[0])
        ]
        for x, top in enumerate(line):
            draw.line((x, top, x, size[1]), colour)
    return picture


def _clouds(size: Size, seed: int) -> np.ndarray:
    """Soft noise, 0 to 1."""
    random = np.random.default_rng(seed)
    total = np.zeros((size[1], size[0]))
    for cells, weight in ((4, 0.5), (9, 0.3), (20, 0.2)):
        grains = random.random((cells, max(2, cells * size[0] // size[1] // 3))).astype(np.float32)
        layer = Image.fromarray(grains).resize(size, Image.Resampling.BICUBIC)
        total += weight * np.asarray(layer)
    return ((total - 0.45) / 0.25).clip(0, 1)


GROUNDS: dict[str, Callable[[Size], Image.Image]] = {
    "white": white, "black": black, "noise": noise, "sky": sky, "face": face,
    "text": text, "gradient": gradient, "pixels": pixels, "tall": tall, "wide": wide,
}  # fmt: skip


def marked(picture: Image.Image, label: ExplicitLabel) -> Image.Image:
    """The picture with its mark, as ``aigc-label label`` would draw it."""
    mark = overlay.compose(label, picture.size, picture)
    picture = picture.copy()
    picture.paste(mark.image, (mark.left, mark.top), mark.image)
    return picture


def mosaic(label: ExplicitLabel) -> Image.Image:
    """All grounds with their marks: the wide one on top, the tall one at the side."""
    cell, columns = (428, 286), 2
    kinds = [kind for kind in GROUNDS if kind not in ("tall", "wide")]
    rows = len(kinds) // columns
    left = columns * (cell[0] + GAP)
    top = 150 + GAP
    size = (left + 180, top + rows * (cell[1] + GAP) - GAP)
    sheet = Image.new("RGB", size, "#808080")
    sheet.paste(marked(wide((size[0], 150)), label), (0, 0))
    sheet.paste(marked(tall((180, size[1] - top)), label), (left, top))
    for number, kind in enumerate(kinds):
        row, column = divmod(number, columns)
        at = (column * (cell[0] + GAP), top + row * (cell[1] + GAP))
        sheet.paste(marked(GROUNDS[kind](cell), label), at)
    return sheet


def page() -> str:
    """The page of the gallery."""
    parts = [HEAD]
    for name in preset.names():
        found = preset.load(name)
        toml = (ROOT / f"src/aigc_label/presets/{name}.toml").read_text(encoding="utf-8")
        body = "\n".join(line for line in toml.splitlines() if "description" not in line).strip()
        image = f"![{name}](../images/gallery-{name}.webp)"
        parts.append(f"## {name}\n\n{found.description}\n\n{image}\n")
        if body:
            parts.append(f"```toml\n{body}\n```\n")
    return "\n".join(parts) + TAIL


HEAD = """<!-- Made by tools/make_gallery.py; edit that. -->
# How marks look

A look has a name: a preset.

```
aigc-label presets                                   # what there is
aigc-label preview picture.jpg                       # all of them on your own picture, on one sheet
aigc-label label --producer CODE --preset cn-discreet picture.jpg -o marked.jpg
```

```python
from aigc_label import ImplicitLabel, label, load_preset

implicit = ImplicitLabel(content_producer=CODE, produce_id=ID)
label("picture.jpg", implicit, explicit=load_preset("cn-discreet"), to="marked.jpg")
```

Every option of a mark changes one thing of a preset (`--position top`, `--style outline`); a TOML
file holds a preset of your own (`--preset ./ours.toml`, see [below](#one-of-your-own)).

What holds for all of them, on any picture, and is measured and not assumed:

- The Chinese characters have the asked height in **ink**, 6 % of the shortest side unless you ask
  for another, and never less than 5 %; capitals have 5 % or more, too.
- The contrast with the pixels around the letters is **4.5:1 or more** (WCAG 2.2's ratio; the worst
  twentieth of the pixels within 1/14 of the ink height counts). A plate, rim or shadow that is too
  faint for it is strengthened, and `adaptive` turns the letters light or dark.
- Chinese characters are never lower than 12 pixels of ink. A picture that is too small for that is
  refused, with the size that the words would take.
- A mark that stands already is recognised, in every style, and not drawn again.

The pictures below are drawn by code on ten very different grounds: white, black, noise, a sky, a
portrait, a page of print, a gradient, pixel art, a tall picture and a wide one.
"""

TAIL = """
## One of your own

```toml
# ours.toml
description = "What our brand asks for."
extends = "cn-default"       # optional: another preset to start from
text = "本图由AI生成"
position = [0.5, 0.92]       # the mark's centre; or top-left, top, ... bottom-right, or auto
height = 0.07

[look]
style = "outline"            # plate, outline, shadow, adaptive, auto
weight = "bold"              # regular, bold
icon = "logo.png"            # spark, or a PNG or WebP with transparency
ink = "#ffffff"              # the letters
ground = "#0a3d62"           # the plate, rim or shadow; 4.5:1 to the letters or more
opacity = 0.8                # of plate, rim or shadow; strengthened where it is too faint
margin = 0.03                # to the picture's edge, of its shortest side
```

| style | what it is |
| --- | --- |
| `plate` | words on a rounded plate |
| `outline` | words with a rim of the ground colour |
| `shadow` | words with a soft shadow |
| `adaptive` | no plate; light or dark words, as the pixels under them ask, with a soft rim |
| `auto` | adaptive on a calm ground, outline on a livelier one, plate on a busy one |

`position = "auto"` takes the corner with the calmest pixels; the bottom right one where all are
alike. Of a film, the first frame counts for the corner, and the contrast holds on any frame.

## Compositing yourself

`aigc-label overlay` writes the mark as a PNG with straight opacity, as large as the picture, or
cropped with its offset as JSON on standard output:

```
aigc-label overlay --size 1920x1080 -o mark.png
aigc-label overlay --size 1920x1080 --crop -o cropped.png > offset.json
aigc-label overlay --under picture.jpg --preset cn-discreet -o discreet.png
```

In Python, `overlay(size, explicit)` gives the whole as bytes and `overlay_crop(size, explicit)`
the mark alone with its place; `ground=` takes a path, bytes, a stream or a Pillow image. Without a
ground, the contrast holds on any. Whoever composites marks writes the implicit label afterwards:
`label(..., explicit=None)`.
"""


def main() -> None:
    """Write the page and its pictures."""
    for name in preset.names():
        path = IMAGES / f"gallery-{name}.webp"
        mosaic(preset.load_preset(name)).save(path, quality=QUALITY, method=6)
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
