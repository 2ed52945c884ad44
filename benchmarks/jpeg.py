"""The explicit mark on a large JPEG against decoding and encoding it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import corpus
import numpy as np
from measure import Contender, race, table
from PIL import Image

PRODUCER = "Benchmark"
SCRIPT = str(Path(sys.executable).with_name("aigc-label"))
PILLOW = """
import sys
from PIL import Image, ImageDraw
picture = Image.open(sys.argv[1])
picture.load()
picture.save(sys.argv[2], quality="keep", subsampling="keep")
"""


def explicit_jpeg(folder: Path, runs: int) -> str:
    """Drawing the mark on a 24-megapixel JPEG."""
    source, out = folder / "24mp.jpg", folder / "24mp-out.jpg"
    if not source.exists():
        corpus.photo(6000, 4000, 24).save(source, quality=92)
    base = Contender(
        "Pillow decode + encode", [sys.executable, "-c", PILLOW, str(source), str(out)], out
    )
    ours = Contender(
        "aigc-label label (explicit and implicit)",
        [SCRIPT, "label", "--producer", PRODUCER, str(source), "-o", str(out)],
        out,
    )
    rivals = [base, ours]
    if tool := shutil.which("jpegtran"):
        command = [tool, "-copy", "all", "-outfile", str(out), str(source)]
        rivals.insert(1, Contender("jpegtran -copy all (marks nothing)", command, out))
    race(rivals, runs)
    with Image.open(source) as picture:
        note = f"{picture.width} x {picture.height}, {source.stat().st_size >> 20} MiB."
    ours.run()
    note = f"{note} {_changed(source, out)}"
    out.unlink()
    return table("Explicit mark on a 24-megapixel JPEG", note, rivals, base)


def _changed(before: Path, after: Path) -> str:
    """Which part of the picture is another one, as Pillow decodes it."""
    with Image.open(before) as one, Image.open(after) as other:
        differs = (np.asarray(one) != np.asarray(other)).any(axis=2)
    rows, columns = np.nonzero(differs.any(axis=1))[0], np.nonzero(differs.any(axis=0))[0]
    share = (np.ptp(rows) + 1) * (np.ptp(columns) + 1) / differs.size
    return (
        f"Pixels differ in rows {rows[0]} to {rows[-1]} and columns {columns[0]} to "
        f"{columns[-1]}, {share:.1%} of the picture, and nowhere else."
    )
