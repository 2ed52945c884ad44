"""The processes of one run, and what each of them was last given."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from aigc_label.batch.outcome import NO_LIMITS, Limits, Outcome, ProcessLost
from aigc_label.batch.worker import Setting, serve
from aigc_label.cores import processors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkContext, ForkServerContext, SpawnContext
    from multiprocessing.process import BaseProcess

J = TypeVar("J")
R = TypeVar("R")

AHEAD = 4096
"""How many jobs may be finished, and held in memory, before a slow earlier one."""

_KILL = getattr(signal, "SIGKILL", 9)
_MANY = 64  # jobs of one parcel, that are done before a second one could be sent for
_GRACE = 5.0  # seconds that a worker gets to remove its temporary files


class _Worker:
    """A process, this side's end of its pipe, what it was last given, and since when it works."""

    __slots__ = ("late", "pipe", "process", "ready", "since", "tasks")

    def __init__(self, process: BaseProcess, pipe: Connection) -> None:
        self.process = process
        self.pipe = pipe
        self.ready = False
        self.late = False
        self.since = time.monotonic()
        self.tasks: deque[tuple[int, Any]] = deque()


class Pool(Generic[J, R]):
    """The workers of one run.

    Args:
        work: what to do for each job.
        workers: how many processes.
        chunk: how much travels together.
        cost: how much of that a job is; 1 each if ``None``.
        limits: what one job may take.
        ordered: whether outcomes keep the order of the jobs.
    """

    def __init__(
        self,
        work: Callable[[J], R],
        workers: int,
        chunk: int,
        *,
        cost: Callable[[J], int] | None = None,
        limits: Limits = NO_LIMITS,
        ordered: bool = True,
    ) -> None:
        self._work = work
        self._count = workers
        self._chunk = chunk
        self._cost = cost
        self._limits = limits
        self._ordered = ordered
        self._context = _context(work)
        self._workers: list[_Worker] = []
        self._again: deque[tuple[int, J]] = deque()  # given to a worker that died with several
        self._suspects: set[int] = set()  # those of a worker that died
        self._done: dict[int, Outcome[J, R]] = {}

    def outcomes(self, jobs: Iterable[J]) -> Iterator[Outcome[J, R]]:
        """Do all jobs; see :func:`aigc_label.batch.run`."""
        numbered = enumerate(jobs)
        following = 0
        try:
            self._staff(numbered)
            while any(worker.tasks for worker in self._workers):
                self._collect()
                self._staff(numbered)  # first, so that nobody idles while results are used
                if not self._ordered:
                    ready, self._done = self._done, {}
                    yield from ready.values()
                while following in self._done:
                    yield self._done.pop(following)
                    following += 1
                self._staff(numbered)
            self._dismiss()
        finally:
            self._stop()

    def _staff(self, numbered: Iterator[tuple[int, J]]) -> None:
        """Give every idle worker something to do; start one only when there is."""
        room = AHEAD - len(self._done)
        for worker in self._workers:
            if not worker.tasks and (tasks := self._next(numbered, room)):
                _give(worker, tasks)
        while len(self._workers) < self._count and (tasks := self._next(numbered, room)):
            _give(self._start(), tasks)
        if self._cost is None or self._again:
            return
        for worker in self._workers:  # the next ones lie there when many quick ones are done
            if _MANY <= len(worker.tasks) <= self._chunk and (tasks := self._next(numbered, room)):
                _give(worker, tasks)

    def _next(self, numbered: Iterator[tuple[int, J]], room: int) -> list[tuple[int, J]]:
        if self._again:
            return [self._again.popleft()]
        if room <= 0:
            return []
        if self._cost is None:
            return list(islice(numbered, self._chunk))
        tasks: list[tuple[int, J]] = []
        full = 0
        while full < self._chunk and (task := next(numbered, None)) is not None:
            tasks.append(task)
            full += self._cost(task[1])
        return tasks

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        forked = self._context.get_start_method() == "fork"
        copies = [ours, *(worker.pipe for worker in self._workers)] if forked else []
        threads = max(1, processors() // self._count)
        setting = Setting(dict(os.environ), threads, self._limits)
        process = self._context.Process(
            target=serve, args=(theirs, self._work, setting, copies), daemon=True
        )
        process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def _collect(self) -> None:
        """Wait for news: outcomes, the end of a worker, or that one takes too long."""
        busy = {worker.pipe: worker for worker in self._workers if worker.tasks}
        from multiprocessing import connection  # noqa: PLC0415 - loaded with the pool

        for pipe in connection.wait(list(busy), self._until_late(busy.values())):
            worker = busy[pipe]  # type: ignore[index] # what was waited for
            try:
                news = worker.pipe.recv()
            except (EOFError, ConnectionResetError):
                self._bury(worker)
                continue
            worker.ready = True
            worker.since = time.monotonic()
            for outcome in news:
                number, job = worker.tasks.popleft()
                self._done[number] = Outcome(job, outcome[0], outcome[1], outcome[2])
        self._end_late(busy.values())

    def _until_late(self, busy: Iterable[_Worker]) -> float | None:
        """Seconds until the next worker may have taken too long."""
        if self._limits.seconds is None:
            return None
        ends = min(worker.since + self._allowed(worker) for worker in busy)
        return max(0.0, ends - time.monotonic())

    def _allowed(self, worker: _Worker) -> float:
        """Seconds without news that a worker has; those it needs to begin do not count."""
        assert self._limits.seconds is not None  # noqa: S101 - asked only where there is a limit
        if worker.late:
            return _GRACE
        return self._limits.seconds if worker.ready else self._limits.seconds + 60

    def _end_late(self, busy: Iterable[_Worker]) -> None:
        """End those that take too long: politely first; their pipes then read as ended."""
        if self._limits.seconds is None:
            return
        now = time.monotonic()
        for worker in busy:
            if worker.tasks and now >= worker.since + self._allowed(worker):
                if worker.late:
                    worker.process.kill()
                else:
                    worker.process.terminate()
                worker.late = True
                worker.since = now

    def _bury(self, worker: _Worker) -> None:
        """A worker died: try its jobs one by one, and blame the one that a second worker dies of.

        The first death may have been nobody's fault: the system short of memory ends any process.
        """
        worker.process.join(_GRACE)
        code = worker.process.exitcode
        worker.pipe.close()
        self._workers.remove(worker)
        if not worker.ready and not worker.late and code != -_KILL:
            raise RuntimeError(
                f"a worker process ended (exit code {code}) before its work began; use one "
                "process; a script of one's own must begin under `if __name__ == '__main__':`"
            )
        (number, job), *others = worker.tasks
        if others or not (worker.late or number in self._suspects):
            self._suspects.update(number for number, _ in worker.tasks)
            self._again.extend(worker.tasks)
            return
        why = _lateness(self._limits.seconds) if worker.late else _obituary(code)
        self._done[number] = Outcome(job, error=ProcessLost(why))

    def _dismiss(self) -> None:
        """All work is done: workers end by themselves when their pipe closes."""
        for worker in self._workers:
            worker.pipe.close()
        for worker in self._workers:
            worker.process.join(_GRACE)

    def _stop(self) -> None:
        """End what still runs: politely first, so that temporary files are removed."""
        running = [worker.process for worker in self._workers if worker.process.is_alive()]
        for process in running:
            process.terminate()
        end = time.monotonic() + _GRACE
        for process in running:
            process.join(max(0.0, end - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()


def _give(worker: _Worker, tasks: list[tuple[int, Any]]) -> None:
    if not worker.tasks:
        worker.since = time.monotonic()
    worker.tasks.extend(tasks)
    # If it died while idle, its pipe now reads as ended, and that is dealt with there.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        worker.pipe.send([job for _, job in tasks])


def _lateness(seconds: float | None) -> str:
    return f"took more than {seconds:g} seconds and was stopped; allow more with --time-limit"


def _obituary(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        how = f"was killed by {name}"
    else:
        how = f"ended with exit code {code}"
    return (
        f"the process that worked on it {how}, perhaps for want of memory; try it alone, with -j 1"
    )


def _context(
    work: Callable[..., object],
) -> ForkContext | ForkServerContext | SpawnContext:
    """How processes are started.

    A fork is quickest: all imports are done. But it copies the locks that another thread happens
    to hold, so a process with several has a clean server do it, where there is one.
    """
    import multiprocessing  # noqa: PLC0415 - slow, and one file needs none

    if _has_one_thread():
        return multiprocessing.get_context("fork")
    if sys.platform == "win32" or "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    function = getattr(work, "func", work)
    context.set_forkserver_preload(["aigc_label.api", function.__module__])
    return context


def _has_one_thread() -> bool:
    """Whether it is certain that no other thread exists, a native library's included."""
    try:
        return sys.platform == "linux" and len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False
