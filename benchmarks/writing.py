"""Races of writing: containers of 1 GB, an update in place, and small files inside one process."""

from __future__ import annotations

import io
import os
import shutil
import statistics
import sys
import time
import wave
from pathlib import Path

import corpus
import numpy as np
from measure import Contender, race, table

from aigc_label import ImplicitLabel, label

SCRIPT = str(Path(sys.executable).with_name("aigc-label"))
LABEL = [SCRIPT, "label", "--no-explicit", "--producer", "Benchmark"]
GIB = 1 << 30


def container(folder: Path, runs: int, kind: str) -> str:
    """Writing the implicit label into 1 GB of Matroska, AVI or WAV."""
    source, out = folder / f"large.{kind}", folder / f"out.{kind}"
    if kind == "wav":
        _large_sound(source)
    else:
        film = folder / "last.mp4"
        corpus.large_film(film, GIB, moov_first=False)
        corpus.remuxed(film, source)
    plain = Contender("cp", ["cp", "--reflink=never", str(source), str(out)], out)
    rivals = [
        plain,
        Contender("aigc-label label --no-explicit", [*LABEL, str(source), "-o", str(out)], out),
    ]
    if tool := shutil.which("ffmpeg"):
        command = [tool, "-nostdin", "-v", "error", "-i", str(source), "-map", "0", "-c", "copy"]
        command += ["-metadata", "comment=x", str(out)]
        rivals.append(Contender("ffmpeg -c copy -metadata comment", command, out))
    race(rivals, runs)
    out.unlink(missing_ok=True)
    note = f"{source.stat().st_size / GIB:.2f} GiB. ffmpeg itself writes AIGC to Matroska only."
    return table(f"Labelling a 1 GB {kind.upper()}", note, rivals, plain)


def update(folder: Path, runs: int) -> str:
    """A platform's fields in a labelled 1 GB film, its index in front, in place."""
    film, labelled, out = folder / "first.mp4", folder / "labelled.mp4", folder / "out.mp4"
    corpus.large_film(film, GIB, moov_first=True)
    label(film, ImplicitLabel(content_producer="Benchmark", produce_id="1"), to=labelled)
    plain = Contender("cp", ["cp", "--reflink=never", str(labelled), str(out)], out)
    number = '--propagate-id "$(date +%s%N)"'
    verb = f"'{SCRIPT}' propagate --propagator Platform {number}"
    rivals = [
        plain,
        Contender(
            "aigc-label propagate --in-place", ["sh", "-c", f"{verb} --in-place '{labelled}'"]
        ),
        Contender(
            "aigc-label propagate -o copy", ["sh", "-c", f"{verb} -o '{out}' '{labelled}'"], out
        ),
    ]
    race(rivals, runs)
    out.unlink(missing_ok=True)
    labelled.unlink()
    return table(
        "Updating the label of a 1 GB MP4, index before the media",
        "The number changes with every run, and fits into the room that the first label left.",
        rivals,
        plain,
    )


def small(folder: Path, runs: int) -> str:
    """Files of a few megabytes in one process, against Python that only splices bytes."""
    rows = []
    for path in corpus.small_files(folder / "small"):
        ours, bare = _timed(path, 10 * runs)
        size = path.stat().st_size / (1 << 20)
        rows.append(
            f"| {path.name} | {size:.1f} MiB | {bare * 1e3:.2f} ms | {ours * 1e3:.2f} ms | "
            f"{ours / bare:.2f} |"
        )
    return "\n".join(
        [
            "## Labelling small files",
            "",
            "Medians within one process, imports excluded. Bare Python reads the file, writes it",
            "with 3 KB more in the middle to a new name and renames that; neither flushes.",
            "",
            "| file | size | bare Python | aigc-label | ratio |",
            "| --- | ---: | ---: | ---: | ---: |",
            *rows,
            "",
        ]
    )


def _timed(path: Path, times: int) -> tuple[float, float]:
    """Median seconds of ours and of bare Python, in turn."""
    made = ImplicitLabel(content_producer="Benchmark", produce_id="1")
    out, part = path.with_name(f"out{path.suffix}"), path.with_name("part")
    ours, bare = [], []
    for _ in range(times):
        began = time.perf_counter()
        data = path.read_bytes()
        with part.open("wb") as file:
            file.write(data[: len(data) // 2])
            file.write(b" " * 3000)
            file.write(data[len(data) // 2 :])
        part.rename(out)
        bare.append(time.perf_counter() - began)
        out.unlink()
        began = time.perf_counter()
        label(path, made, to=out)
        ours.append(time.perf_counter() - began)
        out.unlink()
    return statistics.median(ours), statistics.median(bare)


def _large_sound(path: Path) -> None:
    if path.exists() and path.stat().st_size > GIB * 0.9:
        return
    block = np.random.default_rng(1).integers(-9000, 9000, 1 << 22, dtype=np.int16).tobytes()
    buffer = io.BytesIO(block)
    with wave.open(os.fspath(path), "wb") as sound:
        sound.setparams((2, 2, 48_000, 0, "NONE", "not compressed"))
        for _ in range(GIB // len(block)):
            sound.writeframesraw(buffer.getbuffer())
