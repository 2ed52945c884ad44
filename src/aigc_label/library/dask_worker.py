"""What a Dask worker does with a parcel of jobs: bytes in, bytes out.

Everything that travels is pickled by ourselves: Dask would look into it for tasks of its own, and
what does not pickle must cost one file and not the parcel.
"""

from __future__ import annotations

import os
import pickle
import threading
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from aigc_label import __version__, cores
from aigc_label.batch.outcome import Limits, attempt, traceback_text
from aigc_label.errors import UsageError
from aigc_label.library import verdicts
from aigc_label.library.actions import Checking, files_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENOUGH = 1.0
"""Seconds after which no other job of a parcel is begun, of those that were thought quicker."""

Told = tuple[Any, "Exception | None", str]
"""An outcome without its job, which the driver has: result, error, traceback of a bug."""


class Landed(NamedTuple):
    """What came of a parcel.

    Attributes:
        worker: the address of whoever has done it.
        told: the outcomes in the order of the jobs; fewer where they have taken too long.
        late: whether the one after them is still being worked on, in vain.
        seconds: how long that took.
    """

    worker: str
    told: list[Told]
    late: bool
    seconds: float


def do(version: str, work: bytes, jobs: bytes, limits: Limits) -> bytes:
    """Do a parcel; returns a pickled :class:`Landed`.

    Args:
        version: the driver's ``aigc_label.__version__``.
        work: the pickled work of the run.
        jobs: the pickled list of jobs.
        limits: what one job may take; its memory is not bounded here, but for the whole worker.

    Raises:
        UsageError: this worker cannot take part.
    """
    if version != __version__:
        raise UsageError(mismatch({_address(): __version__}, version))
    # As many files as the worker has threads are worked on at once: each gets one processor.
    os.environ.setdefault(cores.THREADS, "1")
    carried, given = _work(work), pickle.loads(jobs)  # noqa: S301 - the driver's own
    begun = time.monotonic()
    told, late = _bounded(carried, given, limits)
    return _packed(Landed(_address(), told, late, time.monotonic() - begun))


def mismatch(found: dict[str, str], version: str) -> str:
    """Say that workers have other versions than the driver."""
    others = ", ".join(f"{worker} has {what}" for worker, what in sorted(found.items())[:3])
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return (
        f"workers must have aigc-label {version} as this machine does, but {others}{more}; "
        f"install aigc-label=={version} there and start them again"
    )


@lru_cache(maxsize=4)
def _work(packed: bytes) -> Callable[[Any], Any]:
    """The work of a run, unpacked once, if what it needs can be seen from here."""
    work: Callable[[Any], Any] = pickle.loads(packed)  # noqa: S301 - the driver's own
    for store in (getattr(work, "source", None), getattr(work, "dest", None)):
        url = getattr(store, "url", "://")
        if "://" not in url and not os.path.isdir(url):
            raise UsageError(
                f"the worker {_address()} has no folder {url}; mount it there under the same "
                "path, or use an object store"
            )
    request = getattr(work, "request", None)
    for file in files_of(request) if request else ():
        if not os.path.isfile(file):
            raise UsageError(
                f"the worker {_address()} has no {file}; put it there, under the same path"
            )
    if isinstance(request, Checking):
        try:
            verdicts.ready(request)
        except UsageError as error:
            raise UsageError(f"the worker {_address()} cannot check: {error}") from None
    return work


def _bounded(
    work: Callable[[Any], Any], jobs: list[Any], limits: Limits
) -> tuple[list[Told], bool]:
    """Do jobs until it is enough; when one takes too long, leave it behind and the rest undone."""
    told: list[Told] = []
    begun = last = time.monotonic()  # the parcel, the job that is being done
    given_up = False
    agreed = threading.Lock()  # on which job that is

    def carry_out() -> None:
        nonlocal last
        for job in jobs:
            done = _told(work, job, limits)
            with agreed:
                if given_up:
                    return
                told.append(done)
                last = time.monotonic()
            if last > begun + ENOUGH:
                return

    if limits.seconds is None:
        carry_out()
        return told, False
    thread = threading.Thread(target=carry_out, daemon=True)
    thread.start()
    # Not woken for each job, which would be two changes of threads for less than a millisecond of
    # work: it is soon enough to look when the job of now could have taken too long.
    while thread.is_alive():
        with agreed:
            left = last + limits.seconds - time.monotonic()
            given_up = left <= 0
        if given_up:
            break
        thread.join(left)
    return told, given_up


def _told(work: Callable[[Any], Any], job: Any, limits: Limits) -> Told:
    try:
        outcome = attempt(work, job, limits)
    except BaseException as fault:  # noqa: BLE001 - a panic of a native library, or an exit
        return None, RuntimeError(f"{type(fault).__name__}: {fault}"), traceback_text()
    error = outcome.error
    if outcome.trace:  # other packages' exceptions do not always survive pickling
        error = RuntimeError(f"{type(error).__name__}: {error}")
    return outcome.result, error, outcome.trace


def _packed(landed: Landed) -> bytes:
    try:
        return pickle.dumps(landed)
    except Exception:  # noqa: BLE001 - pickling runs the values' own code, which may raise anything
        return pickle.dumps(landed._replace(told=list(_picklable(landed.told))))


def _picklable(told: list[Told]) -> Iterator[Told]:
    for each in told:
        try:
            pickle.dumps(each)
        except Exception as fault:  # noqa: BLE001 - as above
            text = f"the outcome does not pickle: {fault}"
            yield None, RuntimeError(text), each[2] or text
        else:
            yield each


def _address() -> str:
    from distributed import get_worker  # noqa: PLC0415 - here it is imported already

    try:
        return str(get_worker().address)
    except ValueError:  # no worker: called by itself
        return "here"
