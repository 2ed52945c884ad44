"""What a second Dask worker brings: the same plan over one worker and over two, in turn.

Scheduler, workers and driver are processes of their own on loopback. Two kinds of work: labels as
metadata, and labels with a mark on the picture. Beside the wall time stands the processor time of
each process, since it is the same on a machine that is busy with something else: with a processor
for each process, a run takes as long as the process that works most; on two processors for
everything, half of the sum or that, whichever is more.

Usage: python benchmarks/machines.py [--metadata 3000] [--marks 400] [--runs 3]
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

import distributed

import library
from aigc_label import ExplicitLabel
from aigc_label.library import engine
from aigc_label.library.actions import Labelling
from aigc_label.library.plan import Plan

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ["DASK_LOGGING__DISTRIBUTED"] = "critical"
TICKS = os.sysconf("SC_CLK_TCK")


class Cluster:
    """A scheduler and so many workers of one thread."""

    def __init__(self, folder: Path, workers: int) -> None:
        told = folder / f"scheduler-{workers}.json"
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
            [*command, "--host", "127.0.0.1", "--no-dashboard"], stderr=subprocess.DEVNULL
        )

    def spent(self) -> list[float]:
        """Processor seconds of each process so far: the driver, the scheduler, the workers."""
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


def once(cluster: Cluster, source: Path, dest: Path, *, mark: bool) -> tuple[float, list[float]]:
    """Wall seconds of one run, and the processor seconds of each process."""
    shutil.rmtree(dest, ignore_errors=True)
    request = Labelling(producer="Benchmark", explicit=ExplicitLabel() if mark else None)
    plan = Plan(
        request=request,
        source=str(source),
        dest=str(dest),
        engine="dask",
        scheduler=cluster.address,
        time_limit=3600,
    )
    before, begun = cluster.spent(), time.perf_counter()
    summary = engine.run(plan)
    wall = time.perf_counter() - begun
    if set(summary.files) != {"labelled"}:
        raise RuntimeError(f"the run did something else: {summary.files}")
    return wall, [after - first for first, after in zip(before, cluster.spent(), strict=True)]


def bounds(spent: list[float]) -> tuple[float, float]:
    """What the run takes with a processor for each process, and with two for all of them."""
    longest = max(spent)
    return longest, max(longest, sum(spent) / 2)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--metadata", type=int, default=3000)
    parser.add_argument("--marks", type=int, default=400)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clusters = [Cluster(folder, 1), Cluster(folder, 2)]
        try:
            kinds = [("metadata", args.metadata, False), ("image mark", args.marks, True)]
            totals = {0: [0.0, 0.0, 0.0], 1: [0.0, 0.0, 0.0]}
            for kind, count, mark in kinds:
                source = folder / kind.replace(" ", "-")
                source.mkdir()
                library.make(source, count)
                figures: dict[int, list[tuple[float, list[float]]]] = {0: [], 1: []}
                for number in range(args.runs + 1):  # the first one warms up
                    for which in (0, 1):
                        found = once(clusters[which], source, folder / "out", mark=mark)
                        if number:
                            figures[which].append(found)
                for which in (0, 1):
                    walls = [wall for wall, _ in figures[which]]
                    # What else runs only adds to processor time: the run with least of it tells.
                    spent = min((each for _, each in figures[which]), key=sum)
                    own, two = bounds(spent)
                    for at, value in enumerate((min(walls), own, two)):
                        totals[which][at] += value
                    told = " ".join(f"{each:.2f}" for each in spent)
                    print(
                        f"{kind}, {which + 1} worker(s): {count} files, wall "
                        f"{statistics.median(walls):.2f} s ({min(walls):.2f} to {max(walls):.2f}); "
                        f"processor time of driver, scheduler, workers: {told}; "
                        f"own processors {own:.2f} s, two processors {two:.2f} s",
                        flush=True,
                    )
            names = (
                "wall, the best runs",
                "a processor for each process",
                "two processors for all",
            )
            for at, kind in enumerate(names):
                print(f"{kind}: 2 workers are {totals[0][at] / totals[1][at]:.2f} times 1")
        finally:
            for cluster in clusters:
                cluster.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
