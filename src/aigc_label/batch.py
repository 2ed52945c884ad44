"""One function over many files: in order, in several processes, no failure stopping the rest.

The standard library's pool gives up every waiting file when one worker is killed, and does not
say whose fault it was. Here each worker has its own pipe, so that a file which brings its worker
down (a crash in a native library, the system short of memory) is that file's failure only.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
import warnings
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from aigc_label.errors import AigcLabelError, AssetError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkContext, ForkServerContext, SpawnContext
    from multiprocessing.process import BaseProcess

J = TypeVar("J")
R = TypeVar("R")

PATIENCE = 0.3
"""Seconds of work in this process before others are started, which takes about as long."""

AHEAD = 4096
"""How many jobs may be finished, and held in memory, before a slow earlier one."""

_SEND_EVERY = 0.05  # seconds: often enough for a progress bar, seldom enough to cost nothing
_GRACE = 5.0  # seconds that a worker gets to remove its temporary files


class Outcome(NamedTuple, Generic[J, R]):
    """What became of one job: a result, or the error it ended with.

    Attributes:
        job: what was given.
        result: what the work returned.
        error: an ``AigcLabelError`` or ``OSError`` about the file, or any other exception, which
            is a bug.
        trace: the traceback of a bug as text.
    """

    job: J
    result: R | None = None
    error: Exception | None = None
    trace: str = ""


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
            yield from _Pool(work, workers, chunk).outcomes(waiting)
            return
    end = time.monotonic() + patience
    for job in waiting:
        yield _attempt(work, job)
        if workers > 1 and time.monotonic() > end:
            break
    yield from _rest(waiting, work, workers, chunk)


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _rest(
    waiting: Iterator[J], work: Callable[[J], R], workers: int, chunk: int
) -> Iterator[Outcome[J, R]]:
    """What is left once patience is over: nothing, one job, or enough for a pool."""
    first = list(islice(waiting, 2))
    if len(first) > 1:
        yield from _Pool(work, workers, chunk).outcomes(_chain(first, waiting))
    else:
        yield from (_attempt(work, job) for job in first)


def _chain(first: Iterable[J], rest: Iterable[J]) -> Iterator[J]:
    yield from first
    yield from rest


def _attempt(work: Callable[[J], R], job: J) -> Outcome[J, R]:
    try:
        return Outcome(job, work(job))
    except (AigcLabelError, OSError) as error:
        return Outcome(job, error=error)
    except MemoryError:
        return Outcome(job, error=AssetError("not enough memory; free some, or work with -j 1"))
    except Exception as error:  # noqa: BLE001 - a bug with one file must not stop the rest
        return Outcome(job, error=error, trace=_traceback())


def _traceback() -> str:
    import traceback  # noqa: PLC0415 - only when something broke

    return traceback.format_exc()


class _Worker:
    """A process, this side's end of its pipe, and what it was last given."""

    __slots__ = ("pipe", "process", "ready", "tasks")

    def __init__(self, process: BaseProcess, pipe: Connection) -> None:
        self.process = process
        self.pipe = pipe
        self.ready = False
        self.tasks: deque[tuple[int, Any]] = deque()


class _Pool(Generic[J, R]):
    """The workers of one run."""

    def __init__(self, work: Callable[[J], R], workers: int, chunk: int) -> None:
        self._work = work
        self._count = workers
        self._chunk = chunk
        self._context = _context(work)
        self._workers: list[_Worker] = []
        self._again: deque[tuple[int, J]] = deque()  # given to a worker that died with several
        self._done: dict[int, Outcome[J, R]] = {}

    def outcomes(self, jobs: Iterable[J]) -> Iterator[Outcome[J, R]]:
        numbered = enumerate(jobs)
        following = 0
        try:
            self._staff(numbered)
            while any(worker.tasks for worker in self._workers):
                self._collect()
                self._staff(numbered)  # first, so that nobody idles while results are used
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

    def _next(self, numbered: Iterator[tuple[int, J]], room: int) -> list[tuple[int, J]]:
        if self._again:
            return [self._again.popleft()]
        return list(islice(numbered, self._chunk)) if room > 0 else []

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        forked = self._context.get_start_method() == "fork"
        copies = [ours, *(worker.pipe for worker in self._workers)] if forked else []
        process = self._context.Process(
            target=_serve,
            args=(theirs, self._work, dict(os.environ), self._count, copies),
            daemon=True,
        )
        process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def _collect(self) -> None:
        """Wait for news: outcomes, or the end of a worker."""
        busy = {worker.pipe: worker for worker in self._workers if worker.tasks}
        from multiprocessing import connection  # noqa: PLC0415 - loaded with the pool

        for pipe in connection.wait(list(busy)):
            worker = busy[pipe]  # type: ignore[index] # what was waited for
            try:
                news = worker.pipe.recv()
            except (EOFError, ConnectionResetError):
                self._bury(worker)
                continue
            worker.ready = True
            for outcome in news:
                number, job = worker.tasks.popleft()
                self._done[number] = Outcome(job, outcome[0], outcome[1], outcome[2])

    def _bury(self, worker: _Worker) -> None:
        """A worker died: blame its job if there was one; else try its jobs one by one."""
        worker.process.join(_GRACE)
        code = worker.process.exitcode
        worker.pipe.close()
        self._workers.remove(worker)
        if not worker.ready:
            raise RuntimeError(
                f"a worker process ended (exit code {code}) before its work began; use one "
                "process; a script of one's own must begin under `if __name__ == '__main__':`"
            )
        if len(worker.tasks) > 1:
            self._again.extend(worker.tasks)
            return
        number, job = worker.tasks.popleft()
        self._done[number] = Outcome(job, error=AssetError(_obituary(code)))

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
    worker.tasks.extend(tasks)
    # If it died while idle, its pipe now reads as ended, and that is dealt with there.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        worker.pipe.send([job for _, job in tasks])


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


def _serve(
    pipe: Connection,
    work: Callable[[Any], Any],
    environment: dict[str, str],
    workers: int,
    copies: list[Connection],
) -> None:
    """The worker: receive jobs, send outcomes, end when the pipe does.

    Args:
        pipe: this side's end.
        work: what to do for each job.
        environment: of the process that asks.
        workers: how many there are.
        copies: the other side's ends that a fork has copied; open here, no pipe would ever end.
    """
    for copy in copies:
        copy.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to deal with
    signal.signal(signal.SIGTERM, _leave)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, _leave)
    if not sys.warnoptions:  # a library's remark on some file is no line for a person to read
        warnings.simplefilter("ignore")
    os.environ.update(environment)  # the server that started us remembers an older one
    os.environ.setdefault(FFMPEG_THREADS, str(max(1, processors() // workers)))
    import threading  # noqa: PLC0415 - loaded with the pool

    threading.Thread(target=_follow_parent, daemon=True).start()
    pipe.send([])
    while True:
        try:
            jobs = pipe.recv()
        except (EOFError, ConnectionResetError):
            return
        news = []
        last = time.monotonic()
        for job in jobs:
            outcome = _attempt(work, job)
            error = outcome.error
            if outcome.trace:  # other packages' exceptions do not always survive pickling
                error = RuntimeError(f"{type(error).__name__}: {error}")
            news.append((outcome.result, error, outcome.trace))
            if (now := time.monotonic()) - last > _SEND_EVERY:
                _send(pipe, news)
                news, last = [], now
        _send(pipe, news)


FFMPEG_THREADS = "AIGC_LABEL_FFMPEG_THREADS"
"""Set in workers, so that several ffmpegs at once do not each take every processor."""


def _follow_parent() -> None:
    """End with the parent even if it was killed: nobody would take the result."""
    import multiprocessing  # noqa: PLC0415 - as in _context

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _leave(number: int, frame: object) -> None:  # noqa: ARG001 - a signal handler's signature
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(128 + number)


def _send(pipe: Connection, news: list[tuple[Any, Exception | None, str]]) -> None:
    """Send outcomes; one that does not pickle becomes text, and the others go as they are."""
    try:
        pipe.send(news)
        return
    except (BrokenPipeError, ConnectionResetError):
        sys.exit(1)  # the parent is gone
    except Exception:  # noqa: BLE001 - pickling runs the values' own code, which may raise anything
        for result, error, trace in news:
            try:
                pipe.send([(result, error, trace)])
            except Exception as fault:  # noqa: BLE001 - as above
                told = RuntimeError(f"the outcome does not pickle: {fault}")
                pipe.send([(None, told, trace or _traceback())])
