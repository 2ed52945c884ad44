"""Kill Dask workers at random moments during runs over files of all formats; check every end.

Usage: python tools/kill_workers.py [--seconds 120] [--seed N]

Two workers on loopback; each that is killed is started again. Labels with and without marks, into
another folder and in place, are held against the ledger as `tools/kill_batch.py` does.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from itertools import cycle, product
from pathlib import Path

import kill_batch

from aigc_label import ExplicitLabel
from aigc_label.library import engine
from aigc_label.library.actions import Labelling
from aigc_label.library.plan import Plan


class Machines:
    """A scheduler and two workers, one of which dies now and then."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        told = folder / "scheduler.json"
        self.scheduler = start("scheduler", "--port", "0", "--scheduler-file", str(told))
        while not told.exists() or not told.read_text():
            time.sleep(0.1)
        self.address = json.loads(told.read_text())["address"]
        self.workers = [self._worker(), self._worker()]
        self.rng = rng
        self.kills = 0

    def _worker(self) -> subprocess.Popen[bytes]:
        return start("worker", self.address, "--nthreads", "1", "--no-nanny")

    def kill_until(self, over: threading.Event) -> None:
        """Kill one of them every second or so, and start another."""
        while not over.wait(self.rng.uniform(0.4, 1.5)):
            victim = self.workers.pop(self.rng.randrange(2))
            victim.kill()
            victim.wait()
            self.kills += 1
            self.workers.append(self._worker())

    def stop(self) -> None:
        """End all of them."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


def start(kind: str, *options: str) -> subprocess.Popen[bytes]:
    """A process of Dask."""
    command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *options]
    return subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--no-dashboard"], stderr=subprocess.DEVNULL
    )


def trial(machines: Machines, folder: Path, *, in_place: bool, explicit: bool) -> list[str]:
    """One run with kills; all that is wrong after it."""
    source, dest = folder / "source", folder / "dest"
    for each in (source, dest):
        shutil.rmtree(each, ignore_errors=True)
    digests = kill_batch.make_files(source, 250 if explicit else 1200, explicit=explicit)
    mark = ExplicitLabel() if explicit else None
    plan = Plan(
        request=Labelling(producer="KillTrial", explicit=mark),
        source=str(source),
        dest=None if in_place else str(dest),
        engine="dask",
        scheduler=machines.address,
    )
    over = threading.Event()
    killer = threading.Thread(target=machines.kill_until, args=(over,))
    killer.start()
    try:
        summary = engine.run(plan)
    finally:
        over.set()
        killer.join()
    print(f"in place {in_place}, marks {explicit}: {summary.files}, kills {machines.kills}")
    where = source if in_place else dest
    return kill_batch.look(source, where, digests, {}, in_place=in_place, explicit=explicit)


def main() -> int:
    """Run trials; 0 if nothing was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    end = time.monotonic() + args.seconds
    with tempfile.TemporaryDirectory() as name:
        machines = Machines(Path(name), random.Random(args.seed))  # noqa: S311 - a trial
        try:
            for in_place, explicit in cycle(product((False, True), repeat=2)):
                faults = trial(machines, Path(name), in_place=in_place, explicit=explicit)
                if faults or time.monotonic() > end:
                    print("\n".join(faults[:50]) or "nothing wrong")
                    return 1 if faults else 0
        finally:
            machines.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
