"""The processors there are, and how many threads the work on one file may take of them."""

from __future__ import annotations

import os

THREADS = "AIGC_LABEL_THREADS"
"""The environment variable that bounds the threads of one file's work, those of ffmpeg included; a
batch sets it in its workers, so that several at once do not each take every processor."""


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def threads() -> int:
    """The most threads that one file's work shall have; 0 where nobody set a bound."""
    asked = os.environ.get(THREADS, "")
    return int(asked) if asked.isascii() and asked.isdigit() else 0
