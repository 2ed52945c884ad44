"""What a file costs on one core, by kind of work: processor time, that of ffmpeg included.

The work is that of `batch run` (a worker's part of it: digest, read-back and all), in one process
that is warm, with one thread. Processor time is the same on a machine that is busy otherwise.

Usage: python benchmarks/cost.py
"""

# ruff: noqa: SLF001 - the makers of the other benchmark's files

from __future__ import annotations

import os
import resource
import statistics
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import corpus

from aigc_label import ExplicitLabel, ImplicitLabel, label
from aigc_label.library.actions import Checking, Labelling
from aigc_label.library.job import Job
from aigc_label.library.local import LocalStore
from aigc_label.library.selecting import Wanted
from aigc_label.library.work import Work

os.environ["AIGC_LABEL_THREADS"] = "1"
BARE = Labelling(producer="Benchmark")
MARKED = replace(BARE, explicit=ExplicitLabel())
WHOLE = replace(BARE, explicit=ExplicitLabel(spans=("full",)))
HEAD = replace(BARE, explicit=ExplicitLabel(seconds=2.0))


@dataclass(frozen=True)
class Kind:
    """One line of the table."""

    name: str
    request: Labelling | Checking
    files: list[tuple[str, bytes]]
    repeat: int


def spent() -> float:
    """Processor seconds of this process and of those it has waited for."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in both)


def cost(kind: Kind, folder: Path) -> float:
    """Median processor seconds a file, the first one aside."""
    source, dest = folder / "in", folder / "out"
    source.mkdir(parents=True)
    for number in range(kind.repeat + 1):
        extension, data = kind.files[number % len(kind.files)]
        (source / f"{number:04d}.{extension}").write_bytes(data)
    check = isinstance(kind.request, Checking)
    stores = LocalStore(str(source)), LocalStore(str(dest))
    work = Work(
        request=kind.request,
        source=stores[0],
        dest=None if check else stores[1],
        in_place=False,
        force=False,
        digest="none" if check else "essence",
    )
    entries = sorted(stores[0].walk(Wanted()))
    rounds = max(1, kind.repeat // 5)
    took = []
    work(Job(0, entries[0], "warm-up"))
    for at in range(1, len(entries), rounds):
        some = entries[at : at + rounds]
        before = spent()
        for entry in some:
            ended = work(Job(0, entry, entry.key.decode()))
            if ended.state != "done":
                raise RuntimeError(f"{kind.name}: {ended}")
        took.append((spent() - before) / len(some))
    return statistics.median(took)


def kinds() -> list[Kind]:
    """What is measured."""
    pictures = []
    for width, height in ((1024, 1024), (1280, 720)):
        photo = corpus.photo(width, height, width)
        pictures += [
            ("jpg", corpus._encoded(photo, "JPEG", quality=88)),
            ("png", corpus._encoded(photo, "PNG")),
            ("webp", corpus._encoded(photo, "WEBP", quality=80)),
        ]
    jpegs = [each for each in pictures if each[0] == "jpg"]
    others = [each for each in pictures if each[0] != "jpg"]
    sound = [("mp3", corpus._sound(30))]
    film = [("mp4", corpus.film(10, moov_first=True))]
    grouped = [("mp4", _film_in_groups())]
    mixed = [*pictures, *sound, *film]
    by = ImplicitLabel(content_producer="Benchmark", produce_id="1")
    labelled = [(kind, label(data, by, name=f"a.{kind}").data or b"") for kind, data in mixed]
    return [
        Kind("check, metadata, labelled files", Checking(only="implicit"), labelled, 400),
        Kind("check, metadata, files that bear none", Checking(only="implicit"), mixed, 400),
        Kind("label, metadata", BARE, mixed, 400),
        Kind("mark, JPEG of a megapixel", MARKED, jpegs, 20),
        Kind("mark, PNG and WebP of a megapixel", MARKED, others, 12),
        Kind("mark, MP3 of 30 s", MARKED, sound, 5),
        Kind("mark on the first 2 s, MP4 of 10 s, 360p, groups of 2 s", HEAD, grouped, 3),
        Kind("mark on all of it, MP4 of 10 s, 360p", WHOLE, film, 3),
    ]


def _film_in_groups() -> bytes:
    """A key frame every two seconds; x264's own choice makes one group of ten."""
    return corpus._ffmpeg(
        "mp4",
        *("-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=10"),
        *("-f", "lavfi", "-i", "sine=440:d=10", "-c:v", "libx264", "-g", "50", "-c:a", "aac"),
    )


def main() -> int:
    print("| work | a file, ms | core-hours a million | core-years for ten billion |")
    print("| --- | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as name:
        for number, kind in enumerate(kinds()):
            seconds = cost(kind, Path(name, str(number)))
            hours = seconds * 1e6 / 3600
            print(
                f"| {kind.name} | {seconds * 1000:.2f} | {hours:.2f} | "
                f"{hours * 1e4 / 24 / 365:.1f} |",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
