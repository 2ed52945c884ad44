"""Explicit marks on pictures other than JPEG, against decoding and encoding them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import corpus
from measure import Contender, race, table
from PIL import Image, ImageChops

PRODUCER = "Benchmark"
SCRIPT = str(Path(sys.executable).with_name("aigc-label"))
LEVEL = 2  # aigc-label's own
PILLOW = """
import sys
from PIL import Image
picture = Image.open(sys.argv[1])
picture.load()
picture.save(sys.argv[2], **eval(sys.argv[3]))
"""


def explicit_png(folder: Path, runs: int) -> str:
    """Drawing the mark on a 4-megapixel PNG."""
    source, out = folder / "4mp.png", folder / "4mp-out.png"
    if not source.exists():
        corpus.photo(2000, 2000, 4).save(source, compress_level=6)
    save = f"{{'compress_level': {LEVEL}}}"
    base = Contender(
        f"Pillow decode + encode, level {LEVEL}",
        [sys.executable, "-c", PILLOW, str(source), str(out), save],
        out,
    )
    rivals = [base, _ours(source, out)]
    race(rivals, runs)
    rivals[1].run()
    note = f"2000 x 2000, {source.stat().st_size / 1e6:.1f} MB; marked "
    note += f"{out.stat().st_size / 1e6:.1f} MB. {_changed(source, out)}"
    return table("Explicit mark on a 4-megapixel PNG", note, rivals, base)


def explicit_gif(folder: Path, runs: int) -> str:
    """Drawing the mark on an animated GIF of 40 frames."""
    source, out = folder / "moving.gif", folder / "moving-out.gif"
    if not source.exists():
        ground = corpus.photo(480, 360, 5).quantize(200)
        frames = []
        for number in range(40):
            frame = ground.copy()
            frame.paste(number % 200, (11 * number, 7 * number, 11 * number + 60, 7 * number + 50))
            frames.append(frame)
        frames[0].save(source, save_all=True, append_images=frames[1:], duration=80, loop=0)
    base = Contender(
        "Pillow decode + encode",
        [sys.executable, "-c", PILLOW, str(source), str(out), "{'save_all': True}"],
        out,
    )
    rivals = [base, _ours(source, out)]
    race(rivals, runs)
    rivals[1].run()
    note = f"480 x 360, 40 frames, {source.stat().st_size} bytes; marked {out.stat().st_size}."
    return table("Explicit mark on an animated GIF", note, rivals, base)


def explicit_batch(folder: Path, runs: int) -> str:
    """Marking 1,000 PNGs with one process, and with as many as there are cores."""
    source, out = folder / "batch", folder / "batch-out"
    source.mkdir(exist_ok=True)
    for number in range(1000):
        target = source / f"{number}.png"
        if not target.exists():
            corpus.photo(512, 512, number % 20).save(target, compress_level=1)
    out.mkdir(exist_ok=True)
    rivals = [
        Contender(
            f"aigc-label label -r -j {jobs}",
            [
                SCRIPT, "label", "-r", "-j", str(jobs), "--force", "--producer", PRODUCER,
                str(source), "--output-dir", str(out),
            ],
        )
        for jobs in (1, os.cpu_count() or 1)
    ]  # fmt: skip
    race(rivals, runs)
    note = f"512 x 512 pixels, {os.cpu_count()} cores."
    return table("Explicit marks on 1,000 PNGs", note, rivals, rivals[0])


def _ours(source: Path, out: Path) -> Contender:
    command = [SCRIPT, "label", "--producer", PRODUCER, "--force", str(source), "-o", str(out)]
    return Contender("aigc-label label (explicit and implicit)", command, out)


def _changed(before: Path, after: Path) -> str:
    """Which part of the picture is another one, as Pillow decodes it."""
    with Image.open(before) as one, Image.open(after) as other:
        left, top, right, bottom = ImageChops.difference(one, other).getbbox() or (0, 0, 0, 0)
    return (
        f"Pixels differ in rows {top} to {bottom - 1} and columns {left} to {right - 1}, and "
        "nowhere else."
    )
