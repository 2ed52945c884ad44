"""A Dask scheduler and its workers as processes on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
QUIET = {
    **os.environ,
    "PYTHONPATH": str(HERE),
    "DASK_LOGGING__DISTRIBUTED": "critical",
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
}


class Machines:
    """A scheduler and its workers."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = []
        told = folder / "scheduler.json"
        self.scheduler = self.start("scheduler", "--port", "0", "--scheduler-file", str(told))
        end = time.monotonic() + 60
        while True:
            try:
                self.address = json.loads(told.read_text())["address"]
                return
            except (OSError, ValueError):
                assert time.monotonic() < end, "the scheduler does not start"
                time.sleep(0.05)

    def start(self, kind, *options, **environment):
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *options]
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--no-dashboard"],
            env={**QUIET, **environment},
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.processes.append(process)
        return process

    def worker(self, *options, **environment):
        """Start one; without a nanny, which would start it again."""
        options = options or ("--no-nanny",)
        return self.start("worker", self.address, "--nthreads", "1", *options, **environment)

    def joined(self, count):
        """Wait until so many workers are there."""
        import distributed

        with distributed.Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=60)

    def stop(self):
        """The workers first, nannies with theirs; without a scheduler they would look for it."""
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
