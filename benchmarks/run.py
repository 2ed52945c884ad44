"""Race aigc-label against its peers and the physical limit; write benchmarks/RESULTS.md.

Usage: python benchmarks/run.py [--folder DIR] [--runs N] [--only NAME ...]

Needs exiftool and ffmpeg on the PATH beside the package; a missing peer is left out and named.
"""

from __future__ import annotations

import argparse
import ast
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import corpus
import jpeg
import pictures
import signing
import streaming
import writing
from measure import Contender, race, table

HERE = Path(__file__).resolve().parent
TOOL = [sys.executable, "-m", "aigc_label"]
SCRIPT = str(Path(sys.executable).with_name("aigc-label"))
PRODUCER = "Benchmark"

HEAD_LOOP = """
import os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        fd = os.open(os.path.join(folder, name), os.O_RDONLY); os.read(fd, 65536); os.close(fd)
"""
MUTAGEN = """
import shutil, sys
from mutagen.mp4 import MP4, MP4FreeForm
shutil.copyfile(sys.argv[1], sys.argv[2])
film = MP4(sys.argv[2])
film["----:com.apple.iTunes:AIGC"] = MP4FreeForm(b'{"Label":"1"}')
film.save()
"""


def check_many(folder: Path, runs: int) -> str:
    """Reading the labels of 2,000 mixed files."""
    files = folder / "mixed"
    total = corpus.mixed(files, 2000)
    ours = Contender(
        "aigc-label check --no-explicit -j 1",
        [SCRIPT, "check", "-r", "--no-explicit", "-j", "1", "--exit-zero", str(files)],
    )
    limit = Contender("open, read 64 KiB (Python)", [sys.executable, "-c", HEAD_LOOP, str(files)])
    rivals = [limit, ours]
    if tool := shutil.which("exiftool"):
        rivals.append(
            Contender(
                "exiftool -r -fast2 -j (misses labels behind the media)",
                [tool, "-r", "-fast2", "-j", str(files)],
            )
        )
    race(rivals, runs)
    rates = ", ".join(f"{c.name.split(' (')[0]} {2000 / c.seconds:,.0f}/s" for c in rivals)
    note = f"2,000 PNG, JPEG, WebP, MP4 and MP3 files, {total >> 20} MiB, warm. Files: {rates}."
    return table("Checking 2,000 files", note, rivals, ours)


def large(folder: Path, runs: int, *, moov_first: bool) -> str:
    """Writing the implicit label into a 1 GB film."""
    source = folder / ("first.mp4" if moov_first else "last.mp4")
    corpus.large_film(source, 1 << 30, moov_first=moov_first)
    out = folder / "out.mp4"
    plain = Contender("cp", ["cp", "--reflink=never", str(source), str(out)], out)
    synced = Contender(
        "cp, flushed to the disk",
        ["sh", "-c", f"cp --reflink=never '{source}' '{out}' && sync '{out}'"],
        out,
    )
    ours = Contender(
        "aigc-label label --no-explicit",
        [SCRIPT, "label", "--no-explicit", "--producer", PRODUCER, str(source), "-o", str(out)],
        out,
    )
    rivals = [
        plain,
        synced,
        ours,
        Contender(
            "mutagen after a copy", [sys.executable, "-c", MUTAGEN, str(source), str(out)], out
        ),
    ]
    if tool := shutil.which("ffmpeg"):
        command = [tool, "-nostdin", "-v", "error", "-i", str(source), "-map", "0", "-c", "copy"]
        command += [
            "-metadata",
            "AIGC={}",
            "-movflags",
            "use_metadata_tags" + "+faststart" * moov_first,
        ]
        rivals.append(Contender("ffmpeg -c copy", [*command, str(out)], out))
    if tool := shutil.which("exiftool"):
        rivals.append(
            Contender(
                "exiftool -Keys:Title", [tool, "-Keys:Title=x", "-o", str(out), str(source)], out
            )
        )
    race(rivals, runs)
    out.unlink(missing_ok=True)
    where = "before" if moov_first else "behind"
    note = f"{source.stat().st_size / 2**30:.2f} GiB, index {where} the media."
    return table(f"Labelling a 1 GB MP4, index {where} the media", note, rivals, plain)


def start_up(folder: Path, runs: int) -> str:
    """What a single call costs."""
    picture = folder / "one.jpg"
    corpus.photo(1600, 1200, 1).save(picture, quality=88)
    bare = Contender("python -c pass", [sys.executable, "-c", "pass"])
    rivals = [
        bare,
        Contender("aigc-label --version", [SCRIPT, "--version"]),
        Contender("aigc-label check one.jpg", [SCRIPT, "check", "--exit-zero", str(picture)]),
    ]
    if tool := shutil.which("exiftool"):
        rivals.append(Contender("exiftool one.jpg", [tool, str(picture)]))
    race(rivals, max(runs, 9))
    return table("Starting up", "Whole processes.", rivals, bare)


def told(script: str, title: str, *given: str) -> str:
    """What a measurement that is a program of its own says, its docstring as the explanation."""
    path = HERE / script
    about = (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").partition("\n\n")[2]
    done = subprocess.run(
        [sys.executable, str(path), *given], capture_output=True, text=True, check=True
    )
    lines = [line for line in done.stdout.splitlines() if not line.startswith("#")]
    tables = "\n".join(lines) if lines[0].startswith("|") else "\n".join(["```", *lines, "```"])
    return f"## {title}\n\n{about.strip()}\n\n{tables}\n"


RACES = {
    "check": check_many,
    "mp4-last": lambda folder, runs: large(folder, runs, moov_first=False),
    "mp4-first": lambda folder, runs: large(folder, runs, moov_first=True),
    "mkv": partial(writing.container, kind="mkv"),
    "avi": partial(writing.container, kind="avi"),
    "wav": partial(writing.container, kind="wav"),
    "update": writing.update,
    "small": writing.small,
    "sign": signing.signatures,
    "tokens": streaming.tokens,
    "start": start_up,
    "jpeg": jpeg.explicit_jpeg,
    "png": pictures.explicit_png,
    "gif": pictures.explicit_gif,
    "batch": pictures.explicit_batch,
    "film": lambda _folder, _runs: told("film.py", "Marking the head of ten minutes of film"),
    "sound": lambda _folder, _runs: told("sound.py", "Marking the head of an hour of sound"),
    "looks": lambda _folder, _runs: told("looks.py", "Marks seen by other eyes"),
    "library": lambda _folder, _runs: told(
        "library.py", "Working through a library", "--files", "4000", "--runs", "2"
    ),
    "seen": lambda _folder, _runs: told("perceiving.py", "Seeing marks on pictures"),
}


def main() -> None:
    """Run the races asked for and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="keep the files here (default: temporary)")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="*", choices=RACES, default=list(RACES))
    parser.add_argument("--results", type=Path, default=HERE / "RESULTS.md")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        sections = [RACES[name](folder, args.runs) for name in args.only]
    args.results.write_text("\n".join([_head(args.runs), *sections]), encoding="utf-8")
    print(args.results.read_text(encoding="utf-8"))


def _head(runs: int) -> str:
    return "\n".join(
        [
            "# Measured",
            "",
            "Made by `python benchmarks/run.py`. Whole processes, contenders in turn, one warm-up,",
            f"then {runs} runs; medians. Read the ratios: the machine is shared, and seconds vary.",
            "",
            f"{os.cpu_count()} cores, Python {platform.python_version()}, {_versions()}.",
            "",
        ]
    )


def _versions() -> str:
    found = []
    for name, flag in (("exiftool", "-ver"), ("ffmpeg", "-version")):
        if tool := shutil.which(name):
            text = subprocess.run([tool, flag], capture_output=True, text=True, check=True).stdout
            found.append(f"{name} {text.split()[2] if name == 'ffmpeg' else text.strip()}")
        else:
            found.append(f"{name} not installed, left out")
    return ", ".join(found)


if __name__ == "__main__":
    main()
