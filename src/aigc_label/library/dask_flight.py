"""One run over the workers of Dask: what is handed to them, and what comes of it.

No more is handed over than is soon done, in parcels; and it is found out which file it was that
brought workers down.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import queue
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from aigc_label import __version__
from aigc_label.batch.outcome import Limits, Outcome, ProcessLost
from aigc_label.errors import UsageError
from aigc_label.library import dask_worker
from aigc_label.library.dask_parcels import Parcel, Parcels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

J = TypeVar("J")
R = TypeVar("R")

_BACK = 60.0  # seconds in which a worker must be back
_ALONE = 300.0  # seconds without any worker after which the run ends, to be resumed
_FETCH = 5.0  # seconds that results have to come; lost ones do not before they are done again
_PAUSE = 0.2  # seconds for the news of a loss to arrive
_LOOK = 2.0  # seconds between looks at who is there
_AHEAD = 2  # parcels for each thread: one that is worked on, one that is there when it is done
_SUSPECTS = 4096  # jobs that may wait to be tried alone before no other is taken


class _Handed(NamedTuple, Generic[J]):
    """What was handed over: Dask's future, the parcel, and whether nothing else was."""

    future: Any
    parcel: Parcel[J]
    alone: bool


class Flight(Generic[J, R]):
    """One run over the workers: what is handed over, and what became of it."""

    def __init__(
        self, client: Any, work: Callable[[J], R], parcels: Parcels[J], limits: Limits
    ) -> None:
        self.client = client
        self.work = work
        self.packed = pickle.dumps(work)
        self.parcels = parcels
        self.limits = limits
        self.news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.flying: dict[str, _Handed[J]] = {}
        self.suspects: deque[J] = deque()  # were there when workers died; tried alone in the end
        self.trusted: set[str] = set()  # workers whose results are seen from here
        self.threads = self.looked = 0.0
        self.peopled = time.monotonic()

    def outcomes(self) -> Iterator[Outcome[J, R]]:
        """Do all jobs; see :class:`DaskCluster`."""
        self._look()
        try:
            while True:
                self._fill()
                if not self.flying:
                    if not self.suspects:
                        return
                    self._submit(Parcel([self.suspects.popleft()], [0]), alone=True)
                yield from self._landed()
        finally:
            with contextlib.suppress(Exception):  # an error of its own would hide the first one
                self.client.cancel([handed.future for handed in self.flying.values()])

    def _fill(self) -> None:
        """Hand over as much as is soon done, nothing while a suspect is on its own."""
        if len(self.suspects) >= _SUSPECTS or any(handed.alone for handed in self.flying.values()):
            return
        threads = max(1, int(self.threads))
        for parcel in self.parcels.made(_AHEAD * threads - len(self.flying), threads):
            self._submit(parcel)

    def _submit(self, parcel: Parcel[J], *, alone: bool = False) -> None:
        future = self.client.submit(
            dask_worker.do,
            __version__,
            self.packed,
            pickle.dumps(parcel.jobs),
            self.limits,
            pure=False,
        )
        self.flying[future.key] = _Handed(future, parcel, alone)
        future.add_done_callback(self.news.put)

    def _landed(self) -> Iterator[Outcome[J, R]]:
        """Wait for parcels; their outcomes, fetched together."""
        try:
            futures = [self.news.get(timeout=_LOOK)]
        except queue.Empty:
            self._look()
            return
        while not self.news.empty():
            futures.append(self.news.get())
        if time.monotonic() > self.looked + _LOOK:
            self._look()
        good = []
        for future in futures:
            if future.status == "finished":
                good.append(future)
            elif future.status == "error":
                yield from self._erred(self.flying.pop(future.key), future.exception())
            else:
                raise _lost("the scheduler is lost, and with it what it was given")
        for future, packed in zip(good, self._fetched(good), strict=False):
            handed = self.flying.pop(future.key)
            yield from self._taken(handed, pickle.loads(packed))  # noqa: S301 - our own worker's

    def _fetched(self, futures: list[Any]) -> list[bytes]:
        """What parcels came to; nothing if any of it was lost with its worker and is done again."""
        if not futures:
            return []

        async def fetch() -> Any:
            return await self.client.gather(futures, asynchronous=True)

        try:
            return list(self.client.sync(fetch, callback_timeout=_FETCH))
        except (Exception, asyncio.CancelledError):  # noqa: BLE001 - their states say what it was
            time.sleep(_PAUSE)
            for future in futures:
                future.add_done_callback(self.news.put)
            return []

    def _taken(self, handed: _Handed[J], landed: dask_worker.Landed) -> Iterator[Outcome[J, R]]:
        jobs, costs = handed.parcel
        done = list(zip(jobs, landed.told, strict=False))
        for job, (result, error, trace) in done:
            if result is not None:
                self._compare(job, result, landed.worker)
            yield Outcome(job, result, error, trace)
        rest = jobs[len(done) :]
        if not handed.alone and not landed.late:
            self.parcels.took(costs[: len(done)], landed.seconds)
        self.parcels.again.extend(rest[1:] if landed.late else rest)
        if landed.late:
            yield Outcome(rest[0], error=ProcessLost(_lateness(self.limits.seconds)))
            with contextlib.suppress(Exception):  # without a nanny it stays as it is
                self.client.restart_workers([landed.worker], timeout=_BACK, raise_for_error=False)

    def _compare(self, job: J, result: R, worker: str) -> None:
        """Whether a worker sees the files that are seen here: folders of one name may be two."""
        agrees = getattr(self.work, "agrees", None)
        if agrees is None:
            return
        answer = agrees(job, result, known=worker in self.trusted)
        if answer is False:
            raise UsageError(
                f"the worker {worker} sees other files than this machine does; every machine needs "
                "the same folder under the same path, or an object store"
            )
        if answer:
            self.trusted.add(worker)

    def _erred(self, handed: _Handed[J], error: Exception) -> Iterator[Outcome[J, R]]:
        """A parcel ended with an error: workers died over it, or cannot do such work at all."""
        if type(error).__name__ != "KilledWorker":
            why = str(error) if isinstance(error, UsageError) else _told(error)
            raise UsageError(why) from error
        if handed.alone:
            yield Outcome(handed.parcel.jobs[0], error=ProcessLost(_OBITUARY))
        else:
            self.suspects.extend(handed.parcel.jobs)

    def _look(self) -> None:
        """Who is there; more workers get more to do.

        Raises:
            ConnectionError: nobody, and that for long.
        """
        if self.client.status != "running":
            raise _lost("the scheduler is lost, and with it what it was given")
        try:
            self.threads = sum(self.client.nthreads().values())
        except (OSError, TimeoutError) as error:
            raise _lost("the scheduler does not answer") from error
        self.looked = time.monotonic()
        if self.threads:
            self.peopled = self.looked
        elif self.looked > self.peopled + _ALONE:
            raise _lost(f"no worker has been there for {_ALONE:.0f} seconds")


_OBITUARY = (
    "worker after worker died over it, also while it was alone, perhaps for want of memory; try it "
    "by itself, without --engine dask"
)


def _lateness(seconds: float | None) -> str:
    return f"took more than {seconds:g} seconds and was left; allow more with --time-limit"


def _lost(what: str) -> ConnectionError:
    return ConnectionError(None, f"{what}; run the same again to carry on where it was")


def _told(error: Exception) -> str:
    return (
        f"the workers cannot do the work: {type(error).__name__}: {error}; they need the same "
        f"aigc-label ({__version__}) and extras as this machine"
    )
