"""Many machines: the executor over Dask distributed, of which the driver is one client.

Dask does the distributing: it knows its workers, gives each something to do, and gives it to
another one when a worker is lost. What is ours is to hand over no more than is soon done, in
parcels, and to find out which file it was that brought workers down.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import pkgutil
import queue
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from aigc_label import __version__
from aigc_label.batch.outcome import NO_LIMITS, Limits, Outcome
from aigc_label.cores import processors
from aigc_label.errors import AssetError, MissingExtra, UsageError
from aigc_label.library import dask_worker
from aigc_label.library.executor import PARCEL

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

J = TypeVar("J")
R = TypeVar("R")

_REMEDY = "to work on many machines: pip install 'aigc-label[dask]'"
_ANSWER = 10.0  # seconds that a scheduler has to answer
_ARRIVE = 60.0  # seconds in which a first worker must have joined it
_ALONE = 300.0  # seconds without any worker after which the run ends, to be resumed
_FETCH = 5.0  # seconds that results have to come; lost ones do not before they are done again
_PAUSE = 0.2  # seconds for the news of a loss to arrive
_LOOK = 2.0  # seconds between looks at who is there
_AHEAD = 2  # parcels for each thread: one that is worked on, one that is there when it is done
_SUSPECTS = 4096  # jobs that may wait to be tried alone before no other is taken


@dataclass(frozen=True, slots=True)
class DaskCluster:
    """The workers of a Dask scheduler.

    Attributes:
        scheduler: its address, ``"tcp://HOST:PORT"``; ``""`` for a cluster on this machine, of
            this run.
        workers: how many processes such a cluster has, 0 for as many as there are processors.
        limits: what one file may take; the memory is bounded for the workers of such a cluster
            only, others have the limit that they were started with.
    """

    scheduler: str = ""
    workers: int = 0
    limits: Limits = NO_LIMITS

    def __post_init__(self) -> None:
        if self.scheduler and self.limits.memory is not None:
            raise UsageError(
                "the workers of a scheduler have the memory that they were started with; leave "
                "--memory-limit out, and start them with `dask worker --memory-limit`"
            )

    def look(self) -> None:
        """Say at once, before a long walk, why the scheduler's workers could not do the work.

        Raises:
            MissingExtra: Dask is not installed.
            UsageError: nobody answers, nobody has joined, or a worker has another version.
        """
        _distributed()
        if self.scheduler:
            with self._client() as client:
                _refuse_strangers(client, self.scheduler)

    def stream(
        self, jobs: Iterable[J], work: Callable[[J], R], cost: Callable[[J], int]
    ) -> Generator[Outcome[J, R]]:
        """See :class:`~aigc_label.library.executor.Executor`.

        Raises:
            MissingExtra: Dask is not installed.
            UsageError: the workers cannot do the work.
            ConnectionError: the scheduler, or every worker, is lost. What was done is known, the
                rest may be resumed.
        """
        with self._client() as client:
            _refuse_strangers(client, self.scheduler)
            yield from _Flight(client, work, cost, self.limits).outcomes(jobs)

    @contextlib.contextmanager
    def _client(self) -> Iterator[Any]:
        distributed = _distributed()
        with contextlib.ExitStack() as stack:
            where: Any = self.scheduler
            if not where:
                where = stack.enter_context(
                    distributed.LocalCluster(
                        n_workers=self.workers or processors(),
                        threads_per_worker=1,
                        memory_limit=self.limits.memory or "auto",
                        dashboard_address=None,
                        silence_logs="CRITICAL",
                    )
                )
            try:
                client = distributed.Client(where, timeout=_ANSWER, set_as_default=False)
            except (OSError, TimeoutError, ValueError) as error:
                raise UsageError(
                    f"no scheduler answers at {self.scheduler}; start one with `dask scheduler`, "
                    f"and workers with `dask worker {self.scheduler} --nthreads 1`"
                ) from error
            if not self.scheduler:
                client.register_plugin(_deaf(distributed))
            try:
                yield client
            finally:
                with contextlib.suppress(Exception):  # it may be gone; nothing is owed to it
                    client.close(timeout=_LOOK)


class _Parcel(NamedTuple, Generic[J]):
    """What was handed over: Dask's future, the jobs, and whether nothing else was."""

    future: Any
    jobs: list[J]
    alone: bool


class _Flight(Generic[J, R]):
    """One run over the workers: what is handed over, and what became of it."""

    def __init__(
        self, client: Any, work: Callable[[J], R], cost: Callable[[J], int], limits: Limits
    ) -> None:
        self.client = client
        self.work = work
        self.packed = pickle.dumps(work)
        self.cost = cost
        self.limits = limits
        self.news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.flying: dict[str, _Parcel[J]] = {}
        self.again: deque[J] = deque()  # came back undone
        self.suspects: deque[J] = deque()  # were there when workers died; tried alone in the end
        self.trusted: set[str] = set()  # workers whose results are seen from here
        self.threads = self.looked = 0.0
        self.peopled = time.monotonic()
        self.ended = False

    def outcomes(self, jobs: Iterable[J]) -> Iterator[Outcome[J, R]]:
        """Do all jobs; see :class:`DaskCluster`."""
        waiting = iter(jobs)
        self._look()
        try:
            while True:
                self._fill(waiting)
                if not self.flying:
                    if not self.suspects:
                        return
                    self._submit([self.suspects.popleft()], alone=True)
                yield from self._landed()
        finally:
            with contextlib.suppress(Exception):  # an error of its own would hide the first one
                self.client.cancel([parcel.future for parcel in self.flying.values()])

    def _fill(self, waiting: Iterator[J]) -> None:
        """Hand over as much as is soon done, nothing while a suspect is on its own."""
        if any(parcel.alone for parcel in self.flying.values()):
            return
        room = _AHEAD * max(1, int(self.threads))
        while len(self.flying) < room and len(self.suspects) < _SUSPECTS:
            jobs = [self.again.popleft()] if self.again else self._next(waiting)
            if not jobs:
                return
            self._submit(jobs)

    def _next(self, waiting: Iterator[J]) -> list[J]:
        jobs: list[J] = []
        full = 0
        while not self.ended and full < PARCEL:
            job = next(waiting, None)
            if job is None:
                self.ended = True
                break
            jobs.append(job)
            full += self.cost(job)
        return jobs

    def _submit(self, jobs: list[J], *, alone: bool = False) -> None:
        future = self.client.submit(
            dask_worker.do,
            __version__,
            self.packed,
            pickle.dumps(jobs),
            self.limits,
            pure=False,
        )
        self.flying[future.key] = _Parcel(future, jobs, alone)
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
            parcel = self.flying.pop(future.key)
            yield from self._taken(parcel, pickle.loads(packed))  # noqa: S301 - our own worker's

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

    def _taken(self, parcel: _Parcel[J], landed: dask_worker.Landed) -> Iterator[Outcome[J, R]]:
        done = list(zip(parcel.jobs, landed.told, strict=False))
        for job, (result, error, trace) in done:
            if result is not None:
                self._compare(job, result, landed.worker)
            yield Outcome(job, result, error, trace)
        rest = parcel.jobs[len(done) :]
        if landed.late:
            yield Outcome(rest[0], error=AssetError(_lateness(self.limits.seconds)))
            self.again.extend(rest[1:])
            with contextlib.suppress(Exception):  # without a nanny it stays as it is
                self.client.restart_workers([landed.worker], timeout=_ARRIVE, raise_for_error=False)

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

    def _erred(self, parcel: _Parcel[J], error: Exception) -> Iterator[Outcome[J, R]]:
        """A parcel ended with an error: workers died over it, or cannot do such work at all."""
        if type(error).__name__ != "KilledWorker":
            why = str(error) if isinstance(error, UsageError) else _told(error)
            raise UsageError(why) from error
        if parcel.alone:
            yield Outcome(parcel.jobs[0], error=AssetError(_OBITUARY))
        else:
            self.suspects.extend(parcel.jobs)

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


def _refuse_strangers(client: Any, scheduler: str) -> None:
    """Refuse workers of another version before they write files that this one would not.

    Raises:
        UsageError: naming them; or nobody has joined.
    """
    try:
        client.wait_for_workers(1, timeout=_ARRIVE)
    except TimeoutError:
        raise UsageError(
            f"no worker has joined {scheduler}; start some with "
            f"`dask worker {scheduler} --nthreads 1`"
        ) from None
    # A function of the standard library travels by its name, also to where nothing is installed.
    found = client.run(pkgutil.resolve_name, "aigc_label:__version__", on_error="return")
    others = {
        worker: told if isinstance(told, str) else "none"
        for worker, told in found.items()
        if told != __version__ and not isinstance(told, OSError)  # lost since it was asked
    }
    if others:
        raise UsageError(dask_worker.mismatch(others, __version__))


def _deaf(distributed: Any) -> Any:
    """Keeps Ctrl-C from a local cluster's workers, which the terminal sends to them, too."""

    class Deaf(distributed.WorkerPlugin):  # type: ignore[misc] # Dask is imported when it is used
        name = "aigc-label-deaf"

        def setup(self, worker: object) -> None:  # noqa: ARG002 - Dask's signature
            import signal  # noqa: PLC0415 - travels by value

            signal.signal(signal.SIGINT, signal.SIG_IGN)

    return Deaf()


def _distributed() -> Any:
    try:
        import distributed  # noqa: PLC0415 - slow, and only where it was asked for
    except ImportError:
        raise MissingExtra(_REMEDY) from None
    return distributed
