"""Who does the work: the processes of this machine, or somebody else's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from aigc_label import batch
from aigc_label.batch.outcome import NO_LIMITS, Limits, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

J = TypeVar("J")
R = TypeVar("R")


class Executor(Protocol):
    """Does work for many jobs, and does not mind how many."""

    def stream(
        self, jobs: Iterable[J], work: Callable[[J], R], cost: Callable[[J], int]
    ) -> Generator[Outcome[J, R]]:
        """Do ``work`` for every job; yield the outcomes as they come, each job's exactly once.

        Jobs are taken only when there is somebody to do them: taking one writes it down as begun.
        A job may be done twice when a worker is lost, and must not be lost with it. Closing the
        generator ends the work; when ``jobs`` ends, what was begun is finished.

        Args:
            jobs: small picklable values; taken in the caller's thread.
            work: picklable; what it raises becomes ``Outcome.error``.
            cost: how much of :data:`PARCEL` a job is.
        """


PARCEL = 256
"""What travels together at most: that many files looked at, or one heavy one."""


@dataclass(frozen=True, slots=True)
class LocalPool:
    """Processes of this machine.

    Attributes:
        workers: how many.
        limits: what one file may take.
    """

    workers: int
    limits: Limits = NO_LIMITS

    def stream(
        self, jobs: Iterable[J], work: Callable[[J], R], cost: Callable[[J], int]
    ) -> Generator[Outcome[J, R]]:
        """See :class:`Executor`."""
        yield from batch.stream(
            jobs, work, workers=self.workers, chunk=PARCEL, cost=cost, limits=self.limits
        )
