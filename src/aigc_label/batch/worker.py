"""A worker process: receive jobs, send outcomes, end when the pipe or the parent does."""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

from aigc_label import cores
from aigc_label.batch.outcome import Limits, attempt, traceback_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

_SEND_EVERY = 0.05  # seconds: often enough for a progress bar, seldom enough to cost nothing


class Setting(NamedTuple):
    """What a worker is told before its first job.

    Attributes:
        environment: of the process that asks.
        threads: how many the work on one file may use.
        limits: of one job.
    """

    environment: dict[str, str]
    threads: int
    limits: Limits


def serve(
    pipe: Connection, work: Callable[[Any], Any], setting: Setting, copies: list[Connection]
) -> None:
    """Receive jobs, send outcomes, end when the pipe does.

    Args:
        pipe: this side's end.
        work: what to do for each job.
        setting: what holds for all of them.
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
    os.environ.update(setting.environment)  # the server that started us remembers an older one
    os.environ.setdefault(cores.THREADS, str(setting.threads))
    # One of each worker is enough for numpy's small products; each further thread takes memory at
    # once, and where none is left says so on standard error, beside the reason that we give.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import threading  # noqa: PLC0415 - loaded with the pool

    threading.Thread(target=_follow_parent, daemon=True).start()
    _bound_memory(setting.limits.memory)
    pipe.send([])
    while True:
        try:
            jobs = pipe.recv()
        except (EOFError, ConnectionResetError):
            return
        news = []
        last = time.monotonic()
        for job in jobs:
            outcome = attempt(work, job, setting.limits)
            error = outcome.error
            if outcome.trace:  # other packages' exceptions do not always survive pickling
                error = RuntimeError(f"{type(error).__name__}: {error}")
            news.append((outcome.result, error, outcome.trace))
            if (now := time.monotonic()) - last > _SEND_EVERY:
                _send(pipe, news)
                news, last = [], now
        _send(pipe, news)


def _bound_memory(limit: int | None) -> None:
    """Bound what this process may hold: beyond, an allocation fails, and that is the file's error.

    The limit is on data: the address space counts what libraries map and never touch.
    """
    if limit is None:
        return
    try:
        import resource  # noqa: PLC0415 - only where a limit was asked for
    except ImportError:  # Windows
        return
    which = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
    _, hard = resource.getrlimit(which)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(which, (limit, hard))


def _follow_parent() -> None:
    """End with the parent even if it was killed: nobody would take the result."""
    import multiprocessing  # noqa: PLC0415 - loaded with the pool

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
                pipe.send([(None, told, trace or traceback_text())])
