"""What a batch costs beside the bare work, on small pictures, in pairs.

Two processes do the bare work over half of the files each: for a label opening, reading, planning,
writing beside and renaming, with nothing read back and nothing noted; for a check opening, reading
and parsing. Against them `batch run` with as many workers: reading back, ledger and all. Beside the
seconds stand those of the processors, as another's work on the machine counts into the former only.
The memory is the driver's own, at its peak, over empty files of unknown formats.

Usage: python benchmarks/library.py [--files 20000] [--runs 3] [--memory 1000 100000]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from aigc_label import content_id, registry
from aigc_label.asset import open_asset
from aigc_label.batch import Limits
from aigc_label.library import engine
from aigc_label.library.actions import Checking, Labelling
from aigc_label.library.executor import LocalPool
from aigc_label.library.job import Job
from aigc_label.library.local import LocalStore
from aigc_label.library.plan import Plan
from aigc_label.library.selecting import Wanted
from aigc_label.library.weight import cost_of
from aigc_label.library.work import Work
from aigc_label.model import ImplicitLabel

HERE = Path(__file__).resolve().parent
TOOL = [sys.executable, "-m", "aigc_label"]


def make(folder: Path, count: int) -> None:
    """Small PNG, JPEG and WebP pictures, 100 to a folder."""
    import corpus  # noqa: PLC0415 - the contenders shall not load numpy

    masters = []
    for seed in range(6):
        for extension in ("png", "jpg", "webp"):
            path = folder / f"master.{extension}"
            corpus.photo(120 + 20 * seed, 100, seed).save(path)
            masters.append((extension, path.read_bytes()))
            path.unlink()
    for number in range(count):
        extension, data = masters[number % len(masters)]
        target = folder / f"{number // 100:04d}" / f"{number:06d}.{extension}"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(data)


def bare_label(source: str, dest: str, *, part: int, parts: int) -> None:
    """Splice and rename."""
    for path, below in _every(source, part, parts):
        target = os.path.join(dest, below)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open_asset(path) as asset:
            label = ImplicitLabel(content_producer="Benchmark", produce_id=content_id.new())
            view = registry.identify(asset).plan(asset, label).view(asset)
            with open(target + ".part", "wb") as stream:
                view.copy_to(stream, 0, view.size)
            os.replace(target + ".part", target)


def bare_check(source: str, _dest: str, *, part: int, parts: int) -> None:
    """Open, read, parse."""
    for path, _ in _every(source, part, parts):
        with open_asset(path) as asset:
            list(registry.identify(asset).read(asset))


def _every(source: str, part: int, parts: int):
    number = 0
    for folder, folders, names in os.walk(source):
        folders.sort()
        for name in sorted(names):
            if number % parts == part:
                path = os.path.join(folder, name)
                yield path, os.path.relpath(path, source)
            number += 1


BARE = {"label": bare_label, "check": bare_check}


def bare(kind: str, source: str, dest: str, parts: int) -> None:
    """The bare work in so many processes."""
    registry.formats()
    context = multiprocessing.get_context("fork")
    started = []
    for part in range(parts):
        work = partial(BARE[kind], source, dest, part=part, parts=parts)
        started.append(context.Process(target=work))
        started[-1].start()
    for process in started:
        process.join()


def batch(kind: str, source: str, dest: str) -> list[str]:
    """The same by `batch run`."""
    if kind == "label":
        argv = ["--producer", "Benchmark", "--dest", dest]
    else:
        argv = ["--ledger", os.path.join(dest, "checks.sqlite3")]
    return [
        *TOOL,
        *("batch", "run", "--action", kind, source, "--no-explicit", "-q", "-j", "2", *argv),
    ]


def timed(command: list[str], dest: Path) -> tuple[float, float]:
    """Seconds that a command takes, into an empty folder: by the clock, and of processors."""
    shutil.rmtree(dest, ignore_errors=True)
    dest.mkdir()
    os.sync()
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return seconds, used


def race(kind: str, source: Path, dest: Path, *, files: int, runs: int) -> str:
    """Pairs of runs; the median of their ratios."""
    alone = [sys.executable, str(HERE / "library.py"), "--bare", kind, str(source), str(dest)]
    rivals = {
        "two processes, bare": [*alone, "--parts", "2"],
        "one process, bare": [*alone, "--parts", "1"],
        "batch run -j 2": batch(kind, str(source), str(dest)),
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in rivals}
    for _ in range(runs + 1):
        for name, command in rivals.items():
            taken[name].append(timed(command, dest))
    lines = [
        f"| {kind} | files a second | batch, of that | ms of processor a file |",
        "| --- | --- | --- | --- |",
    ]
    ours = taken["batch run -j 2"][1:]
    for name, found in taken.items():
        pairs = zip(found[1:], ours, strict=True)
        ratio = statistics.median(theirs[0] / mine[0] for theirs, mine in pairs)
        rate = files / statistics.median(seconds for seconds, _ in found[1:])
        used = 1000 * statistics.median(used for _, used in found[1:]) / files
        lines.append(f"| {name} | {rate:,.0f} | {ratio:.0%} | {used:.2f} |")
    return "\n".join(lines)


def overhead(source: Path, dest: Path, *, runs: int) -> str:
    """The engine with its ledger, and with nothing noted, by the seconds of processors."""
    shares = {}
    for kind in ("label", "check"):
        pairs = []
        for _ in range(runs + 1):
            for flag in ("--with-ledger", "--without-ledger"):
                command = [sys.executable, str(HERE / "library.py"), flag, kind]
                pairs.append(timed([*command, str(source), str(dest)], dest)[1])
        with_it, without = pairs[2::2], pairs[3::2]
        shares[kind] = statistics.median(a / b - 1 for a, b in zip(with_it, without, strict=True))
    return "\n".join(f"ledger's share of {kind}: {share:.1%}" for kind, share in shares.items())


def engine_alone(kind: str, source: str, dest: str, *, noted: bool) -> None:
    """The engine's own walk, pool and work; where nothing is noted, the rows are held in memory."""
    label = kind == "label"
    request = Labelling(producer="Benchmark") if label else Checking(only="implicit")
    plan = Plan(
        request=request,
        source=source,
        dest=dest if label else None,
        ledger=os.path.join(dest, "ledger.sqlite3"),
        digest="essence" if label else "none",
        workers=2,
        time_limit=3600,
    )
    if noted:
        engine.run(plan)
        return

    store = LocalStore(source)
    entries = sorted(store.walk(Wanted()))
    work = Work(
        request=request, source=store, dest=LocalStore(dest) if label else None,
        in_place=False, force=False, digest=plan.digest,
    )  # fmt: skip
    jobs = (Job(n, entry, content_id.new()) for n, entry in enumerate(entries))
    for _ in LocalPool(2, Limits(3600)).stream(jobs, work, cost_of(request, len(entries), 2)):
        pass


def memory(folder: Path, counts: list[int]) -> str:
    """The peak of the driver for so many files in one folder."""
    said = []
    for count in counts:
        many = folder / "many"
        shutil.rmtree(many, ignore_errors=True)
        many.mkdir()
        for number in range(count):
            (many / f"{number:07d}.dat").touch()
        command = [sys.executable, str(HERE / "library.py"), "--peak", str(many), str(folder / "m")]
        (folder / "m").mkdir(exist_ok=True)
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        said.append(f"{count:,} files: {int(done.stdout):,} KiB")
        shutil.rmtree(folder / "m")
    return "driver's peak memory: " + "; ".join(said)


def peak(source: str, dest: str) -> None:
    """Check a folder, and print this process's peak in KiB."""
    ledger = os.path.join(dest, "ledger.sqlite3")
    engine.run(
        Plan(
            request=Checking(only="implicit"),
            source=source,
            ledger=ledger,
            digest="none",
            workers=2,
        )
    )
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--memory", type=int, nargs="*", default=[1000, 100_000])
    parser.add_argument("--parts", type=int, default=2)
    parser.add_argument("--folder", type=Path)
    for name in ("bare", "with-ledger", "without-ledger"):
        parser.add_argument(f"--{name}", choices=BARE)
    parser.add_argument("--peak", action="store_true")
    args = parser.parse_args()
    if args.bare:
        bare(args.bare, *args.paths, args.parts)
    elif args.with_ledger or args.without_ledger:
        kind = args.with_ledger or args.without_ledger
        engine_alone(kind, *args.paths, noted=args.with_ledger is not None)
    elif args.peak:
        peak(*args.paths)
    else:
        with tempfile.TemporaryDirectory(dir=args.folder) as temporary:
            folder = Path(temporary)
            source, dest = folder / "source", folder / "dest"
            source.mkdir()
            make(source, args.files)
            for kind in BARE:
                print(race(kind, source, dest, files=args.files, runs=args.runs), flush=True)
            print(overhead(source, dest, runs=args.runs), flush=True)
            print(memory(folder, args.memory), flush=True)


if __name__ == "__main__":
    main()
