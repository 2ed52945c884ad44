"""The files of a run in their turn: found, given their numbers, noted as begun, handed out."""

from __future__ import annotations

import json
import os
from collections import deque
from typing import TYPE_CHECKING

from aigc_label import content_id
from aigc_label.library import manifest
from aigc_label.library.actions import Fixing, Labelling
from aigc_label.library.executor import PARCEL
from aigc_label.library.job import Job
from aigc_label.library.ledger import Started
from aigc_label.library.weight import cost_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from aigc_label.library.ledger import Ledger, Todo
    from aigc_label.library.plan import Plan
    from aigc_label.library.walking import Walk

_GROUPS = 4  # parcels for each worker that are noted as begun in one transaction
_AHEAD = 2  # files found for each one taken up, while the walk goes on


class Supply:
    """What is handed out in one run.

    Args:
        plan: what is done with them.
        ledger: where they are noted.
        run: the run that sees them.
        walk: finds them; it is over, or goes on as files are taken up.
        files: how many there are to do; ``None`` while nobody knows, as there are many.
        workers: how many work.
        metadata: see :func:`aigc_label.library.engine.run`.

    Attributes:
        cost: how much of a parcel a job is.
    """

    def __init__(  # noqa: PLR0917 - what a run consists of
        self,
        plan: Plan,
        ledger: Ledger,
        run: int,
        walk: Walk,
        files: int | None,
        workers: int,
        metadata: Callable[[str], Mapping[str, str] | None] | None,
    ) -> None:
        self.cost = cost_of(plan.request, files, workers)
        self._plan = plan
        self._ledger = ledger
        self._run = run
        self._walk = walk
        self._metadata = metadata
        self._token = ledger.token()
        self._room = PARCEL * workers * (_GROUPS if plan.writes else 1)
        self._rows: deque[Todo] = deque()  # of the ledger: heavy files use up a group with few
        self._ready: deque[Job] = deque()  # noted as begun, and not handed out yet
        self._taken = self._last = self._low = 0

    def jobs(self, stopping: Callable[[], bool]) -> Iterator[Job]:
        """The files to work on, each noted as begun before it is handed out."""
        while not stopping():
            if not self._ready:
                self._take_up()
            if not self._ready:
                return
            yield self._ready.popleft()
        if self._plan.writes:  # what a killed run has begun stays so
            self._ledger.release(job.id for job in self._ready if not job.again)

    def look_ahead(self) -> None:
        """Take up the next files before they are asked for, if few are left of the last ones.

        That waits for the disk, and workers would wait for it, too, if they had nothing to do.
        """
        if len(self._ready) < self._low:
            self._take_up()

    def _take_up(self) -> None:
        """Take up the next files, if there are any, and note them as begun."""
        jobs: list[Job] = []
        while not jobs:
            self._walk.until(_AHEAD * (self._taken + self._room))
            if not self._rows:
                self._rows.extend(
                    self._ledger.todo(self._plan.action, self._run, self._last, self._room)
                )
            full = 0
            while self._rows and full < self._room:
                jobs.append(self._job(self._rows.popleft()))
                full += self.cost(jobs[-1])
            if not jobs:
                if self._walk.over:
                    break
                self._walk.step()  # it has come upon the same files again
        if jobs:
            self._last = jobs[-1].id
            self._taken += len(jobs)
            if self._plan.writes:
                self._ledger.start([Started(job.id, job.number, job.kept) for job in jobs])
        self._ready.extend(jobs)
        self._low = len(jobs) // 2

    def _job(self, row: Todo) -> Job:
        plan = self._plan
        if not plan.writes:
            return Job(row.id, row.entry)
        given = json.loads(row.fields) if row.fields else None
        if self._metadata is not None:
            told = manifest.given_by(self._metadata, os.fsdecode(row.entry.key))
            given = given if told is None else {**(given or {}), **told}
        label = isinstance(plan.request, (Labelling, Fixing))
        chosen = (given or {}).get("produce_id" if label else "propagate_id")
        number = (row.again and row.produce_id) or chosen or content_id.new()
        kept = row.kept if row.again else ""  # what is kept already is found by its name alone
        if plan.keep_originals and not kept:
            kept = f"{self._token}/{row.id // 1000:06d}/{row.id}.{row.generation}"
        return Job(
            row.id,
            row.entry,
            number,
            again=row.again,
            chosen=chosen is not None,
            ours=row.result in ("labelled", "propagated", "fixed", "unchanged", "failed"),
            kept=kept,
            given=given,
        )
