"""What a second Dask worker brings: the same plan over one worker and over two, in turn.

Scheduler, workers and driver are processes of their own on loopback, as they are told to be in
docs/how-to/scale.md. Two kinds of work: labels as metadata, and labels with a mark on the picture;
the bar is about both together. Each cluster is alone on the machine while it is measured, and has
done a few files before. Beside the clock stands the processor time of each process, as the same
run takes about as much of it on a machine that is busy with something else: with a processor for
each process, a run takes as long as the process that works most; on two processors for everything,
half of the sum or that, whichever is more.

Usage: python benchmarks/machines.py [--metadata 12000] [--marks 2400] [--runs 3] [--folder DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import distributed

import library
from aigc_label import ExplicitLabel
from aigc_label.library import engine
from aigc_label.library.actions import Labelling
from aigc_label.library.plan import Plan

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
QUIET = {
    **os.environ,
    "DASK_LOGGING__DISTRIBUTED": "critical",
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "500ms",
}
TICKS = os.sysconf("SC_CLK_TCK")
FEW = 300  # files before a run, with which all is imported and compiled


class Run(NamedTuple):
    """Seconds of one run.

    Attributes:
        wall: by the clock.
        spent: of processors, by the driver, the scheduler and each worker.
    """

    wall: float
    spent: list[float]

    def bounds(self) -> tuple[float, float, float]:
        """By the clock; with a processor for each process; with two for all of them."""
        longest = max(self.spent)
        return self.wall, longest, max(longest, sum(self.spent) / 2)


class Cluster:
    """A scheduler and so many workers of one thread."""

    def __init__(self, folder: Path, workers: int) -> None:
        told = folder / "scheduler.json"
        told.unlink(missing_ok=True)
        self.processes = [self._start("scheduler", "--port", "0", "--scheduler-file", str(told))]
        while not told.exists() or not told.read_text():
            time.sleep(0.1)
        self.address = json.loads(told.read_text())["address"]
        for _ in range(workers):
            options = ("--nthreads", "1", "--no-nanny")
            self.processes.append(self._start("worker", self.address, *options))
        with distributed.Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)

    def _start(self, kind: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *options]
        return subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--no-dashboard"],
            env=QUIET,
            stderr=subprocess.DEVNULL,
        )

    def run(self, source: Path, dest: Path, *, mark: bool) -> Run:
        """Label all files."""
        shutil.rmtree(dest, ignore_errors=True)
        request = Labelling(producer="Benchmark", explicit=ExplicitLabel() if mark else None)
        plan = Plan(
            request=request,
            source=str(source),
            dest=str(dest),
            engine="dask",
            scheduler=self.address,
            time_limit=3600,
        )
        before, begun = self._spent(), time.perf_counter()
        summary = engine.run(plan)
        wall = time.perf_counter() - begun
        if set(summary.files) != {"labelled"}:
            raise RuntimeError(f"the run did something else: {summary.files}")
        return Run(wall, [b - a for a, b in zip(before, self._spent(), strict=True)])

    def _spent(self) -> list[float]:
        own = os.times()
        return [own.user + own.system, *(_spent(process.pid) for process in self.processes)]

    def stop(self) -> None:
        """End all of its processes."""
        for process in self.processes:
            process.kill()
            process.wait()


def _spent(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def measured(folder: Path, kind: str, workers: int) -> Run:
    """One run of a kind of work over so many fresh workers."""
    cluster = Cluster(folder, workers)
    try:
        cluster.run(folder / "few", folder / "out", mark=kind == "marks")
        return cluster.run(folder / kind, folder / "out", mark=kind == "marks")
    finally:
        cluster.stop()


def report(folder: Path, counts: dict[str, int], runs: int) -> None:
    """Measure and print."""
    least: dict[tuple[str, int], tuple[float, ...]] = {}
    for kind, count in counts.items():
        found: dict[int, list[Run]] = {1: [], 2: []}
        for number in range(runs):  # what changes meanwhile shall favour neither
            for workers in (1, 2) if number % 2 else (2, 1):
                found[workers].append(measured(folder, kind, workers))
        for workers, each in found.items():
            # What else runs only adds: the run with least of it tells most.
            best = min(each, key=lambda run: sum(run.spent))
            walls = [run.wall for run in each]
            least[kind, workers] = (min(walls), *best.bounds()[1:])
            spent = " ".join(f"{seconds:.2f}" for seconds in best.spent)
            print(
                f"{kind}, {workers} worker(s): {count} files, by the clock "
                f"{statistics.median(walls):.2f} s ({min(walls):.2f} to {max(walls):.2f}); "
                f"processor time of driver, scheduler, workers: {spent}",
                flush=True,
            )
    ways = ("by the clock, best runs", "a processor for each process", "two processors for all")
    for at, way in enumerate(ways):
        one, two = (sum(least[kind, workers][at] for kind in counts) for workers in (1, 2))
        each = ", ".join(f"{kind} {least[kind, 1][at] / least[kind, 2][at]:.2f}" for kind in counts)
        print(f"{way}: 2 workers are {one / two:.2f} times 1 ({each})")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--metadata", type=int, default=12000)
    parser.add_argument("--marks", type=int, default=2400)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", help="where the files are made")
    args = parser.parse_args()
    counts = {"metadata": args.metadata, "marks": args.marks}
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        for kind, count in {"few": FEW, **counts}.items():
            (Path(name) / kind).mkdir()
            library.make(Path(name) / kind, count)
        report(Path(name), {kind: count for kind, count in counts.items() if count}, args.runs)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
