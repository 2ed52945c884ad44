"""A short run pays for what it does: what a command does not need is not loaded."""

from __future__ import annotations

import subprocess
import sys

DRAWING = {"PIL", "numpy", "ffmpeg", "imageio_ffmpeg", "subprocess", "aigc_label.explicit"}
METADATA = {"mutagen", "piexif", "yaml", "xml.parsers.expat", "html", "base64"}
TERMINAL = {"rich", "shutil", "difflib", "traceback"}
FILES = {"pathlib", "tempfile", "importlib.metadata", "importlib.resources"}
PROCESSES = {"multiprocessing", "threading", "concurrent.futures", "asyncio"}
TEXTS = {
    "aigc_label.carriers.prompt_line",
    "aigc_label.carriers.text_block",
    "aigc_label.containers.frontmatter",
    "aigc_label.containers.markdown_lines",
}

RUN = """
import sys
from aigc_label.cli import main
main(sys.argv[1:])
print(*sys.modules)
"""


def loaded(*argv):
    done = subprocess.run(
        [sys.executable, "-c", RUN, *map(str, argv)], capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


def test_checking_a_picture_without_a_label(sample):
    have = loaded("check", "--no-explicit", sample("picture.jpg"))
    assert "aigc_label.formats.jpeg" in have
    assert not have & (DRAWING | METADATA | TERMINAL | FILES | PROCESSES | TEXTS)


def test_labelling_metadata(sample):
    have = loaded("label", "--no-explicit", "--producer", "x", "--in-place", sample("melody.mp3"))
    assert not have & (DRAWING | PROCESSES | TEXTS)


def test_checking_a_text(sample):
    have = loaded("check", sample("poem.md"))
    have.discard("aigc_label.explicit")  # its light half says whether a mark could be put there
    assert not have & (DRAWING | TERMINAL | FILES | PROCESSES)


def test_the_version():
    assert not {m for m in loaded("--version") if m.startswith("aigc_label.")} - {"aigc_label.cli"}
