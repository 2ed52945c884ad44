"""How much travels together over Dask: so much that handing it over is little beside the work.

Of each task Dask's scheduler and its client, which is the driver that keeps the ledger, have some
three milliseconds of work each. A file of metadata is less than one of a worker's. So a parcel is
as much as takes a while; how much that is shows when it is done, and no two folders are alike.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from aigc_label.library.executor import PARCEL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

J = TypeVar("J")

SECONDS = 0.35
"""How long a parcel shall take; to hand it over takes 2 % of that."""

MOST = 4096
"""How many jobs a parcel may have, however quick they are: they are all in memory at once."""

_GROWTH = 4  # times: the first parcels tell little
_PARTS = 8  # of a parcel, that what is left at the end may be dealt out in


class Parcel(NamedTuple, Generic[J]):
    """What travels together.

    Attributes:
        jobs: in the order in which they are done.
        costs: what each of them counts.
    """

    jobs: list[J]
    costs: list[int]


class Parcels(Generic[J]):
    """Jobs in parcels that take about as long.

    Attributes:
        again: jobs that came back undone, to be done before others.
    """

    def __init__(self, jobs: Iterable[J], cost: Callable[[J], int]) -> None:
        """Take no job before a parcel is asked for; costs are in :data:`PARCEL`'s units."""
        self.again: deque[J] = deque()
        self._waiting = iter(jobs)
        self._cost = cost
        self._room = float(PARCEL)
        self._each = 0.0  # seconds for a cost of 1; 0 while nothing is known
        self._ended = False

    def made(self, number: int, threads: int) -> Iterator[Parcel[J]]:
        """So many parcels, as soon as each is full; nothing when there are no jobs.

        What is left at the end is dealt out to all threads, even if it would go into one parcel.
        """
        made: list[Parcel[J]] = []
        while len(made) < number and (parcel := self._next()).jobs:
            if self._each and not self._ended:
                number -= 1
                yield parcel
            else:  # it may be all that there is
                made.append(parcel)
        yield from self._dealt(made, max(number, threads)) if self._ended else made

    def took(self, costs: list[int], seconds: float) -> None:
        """Learn from how long jobs took; nothing from the heavy ones, which always travel alone."""
        if not costs or costs[0] >= PARCEL:
            return
        each = max(seconds, 1e-6) / sum(costs)
        # What takes longer than thought is believed at once, what is quicker by and by.
        self._each = max(each, (self._each + each) / 2)
        self._room = max(1.0, min(SECONDS / self._each, self._room * _GROWTH))

    def _next(self) -> Parcel[J]:
        parcel = Parcel[J]([], [])
        full = 0
        while full < self._room and len(parcel.jobs) < MOST:
            try:
                job = self.again.popleft() if self.again else next(self._waiting)
            except StopIteration:
                self._ended = True
                break
            cost = self._cost(job)
            if parcel.jobs and cost >= min(self._room, PARCEL):
                self.again.appendleft(job)
                break
            parcel.jobs.append(job)
            parcel.costs.append(cost)
            full += cost
            if cost >= PARCEL:
                break
        return parcel

    def _dealt(self, made: list[Parcel[J]], hands: int) -> Iterator[Parcel[J]]:
        rest = Parcel[J]([], [])
        for parcel in made:
            if len(parcel.jobs) == 1:
                hands -= 1
                yield parcel
            else:
                rest.jobs.extend(parcel.jobs)
                rest.costs.extend(parcel.costs)
        if self._each:
            hands = min(hands, int(_PARTS * sum(rest.costs) / self._room))
        hands = max(hands, 1)
        for at in range(min(hands, len(rest.jobs))):
            yield Parcel(rest.jobs[at::hands], rest.costs[at::hands])
