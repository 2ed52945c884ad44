"""What a power cut may have taken of results: new files are flushed together, not one by one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_label.library.ledger import Ledger

FLUSHED = 20.0
"""Seconds after which a run flushes what it has written."""

_UNSURE = 120.0  # seconds before the last row that was noted: a flush may take its time


def doubt(ledger: Ledger, action: str, run: int) -> int:
    """Note results as to be made again that a power cut may have cut short; how many they are.

    These are the last ones of a run that never ended, if the machine was started since.

    Args:
        ledger: it knows what is done.
        action: what is done.
        run: the run that has seen the sources.
    """
    started = booted()
    with ledger.transaction() as db:
        cut = db.execute(_CUT, (action, run, started)).fetchall()
        if not cut:
            return 0
        (last,) = db.execute(_LAST, (action, started)).fetchone()
        values = (action, run, (last or 0.0) - _UNSURE, last or 0.0)
        count = int(db.execute(_DOUBTED, values).rowcount)
        db.executemany("UPDATE run SET how = 'failed' WHERE id = ?", [(row[0],) for row in cut])
    return count


_CUT = "SELECT id FROM run WHERE action = ? AND id < ? AND how IS NULL AND began < ?"
_LAST = "SELECT max(ended) FROM file WHERE action = ? AND ended < ?"
_DOUBTED = """
UPDATE file SET state = 'pending'
WHERE action = ? AND run = ? AND state = 'done' AND ended > ? AND ended <= ?
"""


def booted() -> float:
    """When this machine was started, in seconds since the epoch."""
    clock: int | None = getattr(time, "CLOCK_BOOTTIME", None)  # it runs while the machine sleeps
    return time.time() - (time.monotonic() if clock is None else time.clock_gettime(clock))
