"""Many machines: the executor over Dask distributed, of which the driver is one client.

Dask does the distributing: it knows its workers, gives each something to do, and gives it to
another one when a worker is lost. What is ours stands in :mod:`aigc_label.library.dask_flight`.
"""

from __future__ import annotations

import contextlib
import pkgutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from aigc_label import __version__
from aigc_label.batch.outcome import NO_LIMITS, Limits, Outcome
from aigc_label.cores import processors
from aigc_label.errors import MissingExtra, UsageError
from aigc_label.library import dask_worker
from aigc_label.library.dask_flight import Flight
from aigc_label.library.dask_parcels import Parcels

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

J = TypeVar("J")
R = TypeVar("R")

_REMEDY = "to work on many machines: pip install 'aigc-label[dask]'"
_ANSWER = 10.0  # seconds that a scheduler has to answer
_ARRIVE = 60.0  # seconds in which a first worker must have joined it
_CLOSE = 2.0  # seconds for taking leave
# Dask serves pages without a dashboard, too: on port 8787 of every interface, if not told.
_INSIDE = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}


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
            yield from Flight(client, work, Parcels(jobs, cost), self.limits).outcomes()

    @contextlib.contextmanager
    def _client(self) -> Iterator[Any]:
        distributed = _distributed()
        with contextlib.ExitStack() as stack:
            where: Any = self.scheduler
            if not where:
                stack.enter_context(_sparing())
                where = stack.enter_context(
                    distributed.LocalCluster(
                        n_workers=self.workers or processors(),
                        threads_per_worker=1,
                        memory_limit=self.limits.memory or "auto",
                        dashboard_address=None,
                        scheduler_kwargs=_INSIDE,
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
                    client.close(timeout=_CLOSE)


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


def _sparing() -> contextlib.AbstractContextManager[object]:
    """Leaves out that Dask watches its own code a hundred times a second, for nobody here."""
    from dask import config  # noqa: PLC0415 - as distributed is

    return config.set(
        {"distributed.worker.profile.enabled": False, "distributed.admin.tick.interval": "500ms"}
    )


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
