"""One function over many files: in several processes, no failure stopping the rest.

The standard library's pool gives up every waiting file when one worker is killed, and does not
say whose fault it was. Here each worker has its own pipe, so that a file which brings its worker
down (a crash in a native library, the system short of memory) is that file's failure only.
"""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from aigc_label.batch.outcome import NO_LIMITS, Limits, Outcome, ProcessLost, attempt
from aigc_label.cores import processors

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

__all__ = ["PATIENCE", "Limits", "Outcome", "ProcessLost", "processors", "run", "stream"]

J = TypeVar("J")
R = TypeVar("R")

PATIENCE = 0.3
"""Seconds of work in this process before others are started, which takes about as long."""


def run(
    jobs: Iterable[J],
    work: Callable[[J], R],
    *,
    workers: int = 1,
    chunk: int = 1,
    patience: float = PATIENCE,
) -> Generator[Outcome[J, R]]:
    """Do ``work`` for every job and yield the outcomes in the order of the jobs.

    Args:
        jobs: picklable values; taken only as far ahead as needed.
        work: a function of a module, or a ``functools.partial`` of one.
        workers: how many processes; 1 never starts another.
        chunk: how many jobs travel together; more than one pays for work of under a millisecond.
        patience: seconds to work alone before other processes are started; 0 for work so heavy
            that they pay at once. One job alone is never worth a process.

    Closing the iterator, or an exception in the loop over it, stops the workers.
    """
    waiting = iter(jobs)
    if workers > 1:
        first = list(islice(waiting, 2))
        waiting = _chain(first, waiting)
        if len(first) > 1 and patience <= 0:
            yield from _pooled(waiting, work, workers, chunk)
            return
    end = time.monotonic() + patience
    for job in waiting:
        yield attempt(work, job)
        if workers > 1 and time.monotonic() > end:
            break
    yield from _rest(waiting, work, workers, chunk)


def stream(
    jobs: Iterable[J],
    work: Callable[[J], R],
    *,
    workers: int = 1,
    chunk: int = 1,
    cost: Callable[[J], int] | None = None,
    limits: Limits = NO_LIMITS,
) -> Generator[Outcome[J, R]]:
    """Do ``work`` for every job and yield the outcomes as they come; no end of jobs is needed.

    Always in other processes, so that a job which crashes, or takes more than it may, costs no
    more than its own. No job is taken before a worker is free for it, but for one parcel of many
    quick ones, which lies ready.

    Args:
        jobs: as for :func:`run`; may be endless.
        work: as for :func:`run`.
        workers: how many processes.
        chunk: how much travels together.
        cost: how much of that a job is; 1 each if ``None``. A job of ``chunk`` or more ends its
            parcel.
        limits: what one job may take.

    Closing the iterator, or an exception in the loop over it, stops the workers.
    """
    from aigc_label.batch.pool import Pool  # noqa: PLC0415 - one file needs none

    pool = Pool(work, workers, chunk, cost=cost, limits=limits, ordered=False)
    yield from pool.outcomes(jobs)


def _pooled(
    jobs: Iterable[J], work: Callable[[J], R], workers: int, chunk: int
) -> Iterator[Outcome[J, R]]:
    from aigc_label.batch.pool import Pool  # noqa: PLC0415 - one file needs none

    yield from Pool(work, workers, chunk).outcomes(jobs)


def _rest(
    waiting: Iterator[J], work: Callable[[J], R], workers: int, chunk: int
) -> Iterator[Outcome[J, R]]:
    """What is left once patience is over: nothing, one job, or enough for a pool."""
    first = list(islice(waiting, 2))
    if len(first) > 1:
        yield from _pooled(_chain(first, waiting), work, workers, chunk)
    else:
        yield from (attempt(work, job) for job in first)


def _chain(first: Iterable[J], rest: Iterable[J]) -> Iterator[J]:
    yield from first
    yield from rest
