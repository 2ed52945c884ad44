"""Work for workers of other processes, which import it by name."""

from __future__ import annotations

import os
import signal
import time


def double(number):
    """Twice the number."""
    return 2 * number


class Panic(BaseException):
    """What some native libraries raise."""


def dreadful(job):
    """Every kind of end."""
    if job == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if job == "sleep":
        time.sleep(30)
    if job == "lambda":
        return lambda: None
    if job == "nap":
        time.sleep(0.7)
    if job == "bug":
        raise ZeroDivisionError(job)
    if job == "panic":
        raise Panic(job)
    if job == "gone":
        raise FileNotFoundError(2, "No such file", job)
    return job


class Away:
    """Work about a folder, as :class:`aigc_label.library.work.Work` is."""

    def __init__(self, url, seen):
        self.source = self.dest = self
        self.url = url
        self.seen = seen

    def __call__(self, job):
        """Nothing."""
        return job

    def agrees(self, job, result, *, known):
        """What the test says."""
        assert job == result
        return None if known else self.seen
