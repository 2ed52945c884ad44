"""Whole-process timing, peers in turn (A B C A B C): wall seconds and peak memory, medians."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Contender:
    """One command in a race.

    Attributes:
        name: shown in the table.
        command: argument list.
        before: path to remove before each run, if the command makes one.
        ok: exit codes that count as a finished run.
    """

    name: str
    command: list[str]
    before: Path | None = None
    ok: tuple[int, ...] = (0,)
    wall: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Median wall seconds."""
        return statistics.median(self.wall)

    @property
    def mebibytes(self) -> float:
        """Median peak resident memory."""
        return statistics.median(self.peak)

    def run(self) -> tuple[float, float]:
        """Run once; return wall seconds and peak resident memory in MiB."""
        if self.before is not None:
            self.before.unlink(missing_ok=True)
        os.sync()  # what an earlier contender left to be written is not this one's cost
        time.sleep(0.3)  # nor are the pages that the system gives back after a large file went
        # A process of its own starts the command: the peak of a child counts what its parent
        # held when it forked, and this one holds numpy and pictures.
        started = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _LAUNCHER, *self.command],
            stdout=subprocess.PIPE,
            check=True,
        )
        code, wall, peak = started.stdout.split()
        if int(code) not in self.ok:
            raise RuntimeError(f"{self.name} ended with {int(code)}: {self.command}")
        return float(wall), float(peak)


_LAUNCHER = """
import os, sys, time
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # users have their byte code cached
null = os.open(os.devnull, os.O_RDWR)
to = [(os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)]
start = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=to)
_, status, usage = os.wait4(pid, 0)
wall = time.perf_counter() - start
print(os.waitstatus_to_exitcode(status), wall, usage.ru_maxrss / 1024)
"""


def race(contenders: list[Contender], runs: int) -> None:
    """Run all contenders in turn, once to warm up and then ``runs`` times."""
    for number in range(runs + 1):
        for contender in contenders:
            wall, peak = contender.run()
            if number:
                contender.wall.append(wall)
                contender.peak.append(peak)


def table(title: str, note: str, contenders: list[Contender], base: Contender) -> str:
    """A Markdown section: every contender as a ratio to ``base``."""
    rows = [
        f"| {c.name} | {_time(c.seconds)} | {c.seconds / base.seconds:.2f} | "
        f"{_time(min(c.wall))} to {_time(max(c.wall))} | {c.mebibytes:.0f} |"
        for c in contenders
    ]
    return "\n".join(
        [
            f"## {title}",
            "",
            note,
            "",
            f"| command | median | ratio to {base.name} | range | peak MiB |",
            "| --- | ---: | ---: | ---: | ---: |",
            *rows,
            "",
        ]
    )


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"
