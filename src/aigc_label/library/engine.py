"""Carrying a plan out: walk, note, work, note; resumable whatever happens in between."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, NamedTuple

from aigc_label import batch
from aigc_label.batch import Limits, ProcessLost
from aigc_label.errors import AssetError, UsageError
from aigc_label.library import locking, manifest, places, power, results
from aigc_label.library.executor import LocalPool
from aigc_label.library.job import FULL, Job, failed
from aigc_label.library.kept import kept_plan
from aigc_label.library.ledger import Ended, open_ledger
from aigc_label.library.plan import differences
from aigc_label.library.store import open_store
from aigc_label.library.summary import Progress, Summary, counted_as
from aigc_label.library.supply import Supply
from aigc_label.library.walking import Walk
from aigc_label.library.work import Work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aigc_label.batch import Outcome
    from aigc_label.library.executor import Executor
    from aigc_label.library.ledger import Ledger
    from aigc_label.library.plan import Plan
    from aigc_label.library.store import Entry, Store

_AT_ONCE = 1000  # files noted in one transaction as finished
_LATEST = 0.2  # seconds: a finished file is noted within them, if another one finishes


def run(
    plan: Plan,
    *,
    executor: Executor | None = None,
    observe: Callable[[Progress], object] | None = None,
    stop: Callable[[], bool] | None = None,
    tell: Callable[[Entry, Ended], object] | None = None,
    metadata: Callable[[str], Mapping[str, str] | None] | None = None,
) -> Summary:
    """Carry a plan out, or what earlier runs have left of it.

    Args:
        plan: what to do.
        executor: who does the work; the processes of this machine if ``None``.
        observe: called several times a second with how far it is.
        stop: asked before each file; once it says yes, what has begun is finished and the run
            ends, to be resumed.
        tell: called for each file that is finished.
        metadata: gives for a path below the source what a manifest would say about it, with the
            same names; ``None`` for nothing. That no number is given twice is its business.

    Raises:
        UsageError: the plan cannot be carried out: another run is at it, the ledger is of another
            plan, the manifest is wrong.
        OSError: the source cannot be listed; the disk is full. Everything noted so far stays.
    """
    plan = plan.absolute()
    places.refuse(plan)
    if plan.dest is not None and "://" not in plan.dest:
        os.makedirs(plan.dest, exist_ok=True)
    with locking.locked(plan.ledger_path), open_ledger(plan.ledger_path) as ledger:
        known = ledger.plan(plan.action)
        if known is not None and (other := differences(plan.identity, known[0])):
            raise UsageError(
                f"{plan.ledger_path} was begun with another plan: {other}; give the same, or "
                "another --ledger"
            )
        number = ledger.begin(plan.action, plan.identity, plan.to_json())
        hooks = _Hooks(observe, stop, tell, metadata)
        try:
            summary = _Run(plan, ledger, number, executor, hooks).carry_out()
        except BaseException:
            with contextlib.suppress(OSError, UsageError):
                ledger.end(number, "failed")
            raise
        ledger.end(number, summary.how)
        return summary


def resume(ledger: str, action: str | None = None, **options: object) -> Summary:
    """Carry on with the plan that a ledger has kept.

    Args:
        ledger: the ledger's path.
        action: which of its plans; the last one that was run if ``None``.
        options: as for :func:`run`.

    Raises:
        UsageError: there is no such ledger or no such plan; and as :func:`run`.
        OSError: as :func:`run`.
    """
    return run(kept_plan(ledger, action), **options)  # type: ignore[arg-type] # run's own


class _Hooks(NamedTuple):
    """What the caller hears and says; see :func:`run`."""

    observe: Callable[[Progress], object] | None
    stop: Callable[[], bool] | None
    tell: Callable[[Entry, Ended], object] | None
    metadata: Callable[[str], Mapping[str, str] | None] | None


class _Run:
    """One run over one ledger."""

    def __init__(
        self,
        plan: Plan,
        ledger: Ledger,
        number: int,
        executor: Executor | None,
        hooks: _Hooks,
    ) -> None:
        self.plan = plan
        self.ledger = ledger
        self.number = number
        self.workers = plan.workers or batch.processors()
        limits = Limits(plan.time_limit, plan.memory_limit, plan.retries)
        self.executor: Executor = executor or _executor(plan, self.workers, limits)
        self.observe, self.asked, self.tell, self.metadata = hooks
        self.full: OSError | None = None
        self.begun = self.noted = self.flushed = time.monotonic()
        self.ended: list[Ended] = []
        self.done = 0
        self.outstanding: tuple[int, int] | None = None
        self.summary = Summary(ledger=plan.ledger_path)
        self.source = open_store(plan.source, plan.originals)
        self.dest = self._dest()
        self.walk = Walk(plan, self.source, ledger, number)

    def carry_out(self) -> Summary:
        """Walk, work, and count; what is noted as done is on the disk, whatever comes of it."""
        try:
            return self._carry_out()
        finally:
            if self.dest is not None and self.done:
                self.dest.flush()

    def _carry_out(self) -> Summary:
        plan = self.plan
        if plan.manifest:
            manifest.load(self.ledger, plan.manifest, plan.request)
        if not self._is_walked_meanwhile():
            self._walk_first()
        work = Work(
            request=plan.request,
            source=self.source,
            dest=self.dest,
            in_place=plan.in_place,
            force=plan.force,
            digest=plan.digest,
        )
        self.walk.until(1)
        self._observe("walk", self.walk.found, self.walk.size)
        total, _ = self._total()
        if total and not self._stopping():
            files = total if self.walk.over else None
            supply = Supply(
                plan, self.ledger, self.number, self.walk, files, self.workers, self.metadata
            )
            outcomes = self.executor.stream(supply.jobs(self._stopping), work, supply.cost)
            with contextlib.closing(outcomes):
                for outcome in outcomes:
                    self._take(outcome)
                    if not self._stopping():
                        supply.look_ahead()
        self._note()
        wanted = self.walk.wanted
        self.summary.found = self.walk.found
        self.summary.left_out, self.summary.data = wanted.left_out, wanted.data
        self.summary.unread = [(name, error.strerror or "") for name, error in wanted.unread]
        self.summary.wrong = self.ledger.wrong(plan.action)
        self.summary.seconds = time.monotonic() - self.begun
        if self.full is not None:
            raise self.full
        if self._stopping():
            self.summary.how = "drained"
        return self.summary

    def _is_walked_meanwhile(self) -> bool:
        """Whether files are worked on while the walk still goes on.

        Not where results of earlier runs are looked at, where a manifest is compared with what is
        found, and where the walk would come upon files that the work replaces.
        """
        plan = self.plan
        return not plan.in_place and not plan.manifest and self.ledger.is_fresh(plan.action)

    def _walk_first(self) -> None:
        """Note every file before any is touched, and what earlier runs have left to do."""
        plan = self.plan
        while not self.walk.over:
            self.walk.step()
            self._observe("walk", self.walk.found, self.walk.size)
            if self._stopping():
                return
        if plan.manifest:
            self.summary.unlisted, self.summary.unmatched, self.summary.numbered = manifest.compare(
                self.ledger, plan.action, self.number, skip=plan.unlisted == "skip"
            )
        self.outstanding = self.ledger.outstanding(plan.action, self.number)
        self.summary.known = self.walk.found - self.outstanding[0] - self.summary.unlisted
        looked_at = plan.dest is not None or plan.signed_beside
        if self.summary.known and looked_at and self.dest and not self._stopping():
            if plan.dest is not None and "://" not in plan.dest:
                self.summary.doubted = power.doubt(self.ledger, plan.action, self.number)
            stores = (self.source, self.dest)
            lost = results.look(
                self.ledger, plan.action, self.number, stores, signed_beside=plan.signed_beside
            )
            self.summary.missing, self.summary.changed = lost
            if self.summary.doubted or any(lost):
                self.outstanding = self.ledger.outstanding(plan.action, self.number)

    def _total(self) -> tuple[int, int]:
        """How many files there are to do and their bytes, as far as is known."""
        return self.outstanding or (self.walk.found, self.walk.size)

    def _dest(self) -> Store | None:
        if not self.plan.writes:
            return None
        if self.plan.dest is None:
            return self.source
        return open_store(self.plan.dest, self.plan.originals)

    def _stopping(self) -> bool:
        return self.full is not None or (self.asked is not None and self.asked())

    def _take(self, outcome: Outcome[Job, Ended]) -> None:
        """One file is finished, one way or another."""
        job, ended = outcome.job, outcome.result
        if ended is None:
            error = outcome.error or AssetError("nothing came of it")
            if outcome.trace:
                self.summary.bugs.append(outcome.trace)
            if isinstance(error, OSError) and error.errno in FULL:
                self.full = error
            ended = failed(job, error, tried=not self.plan.writes)
            if self.dest is not None and isinstance(error, ProcessLost):  # in the middle of it
                with contextlib.suppress(OSError):
                    self.dest.sweep(job.entry.key)
        self.ended.append(ended)
        self.done += 1
        self.summary.size += job.entry.size
        counted = counted_as(ended)
        self.summary.files[counted] = self.summary.files.get(counted, 0) + 1
        if self.tell is not None:
            self.tell(job.entry, ended)
        if len(self.ended) >= _AT_ONCE or time.monotonic() - self.noted > _LATEST:
            self._note()

    def _note(self) -> None:
        """Note what is finished, in one transaction; now and then when it is on the disk."""
        if self.dest is not None and time.monotonic() - self.flushed > power.FLUSHED:
            self.dest.flush()
            self.flushed = time.monotonic()
        if self.ended:
            self.ledger.finish(self.ended)
            self.ended.clear()
        self.noted = time.monotonic()
        self._observe("work", self.done, self.summary.size)

    def _observe(self, phase: str, files: int, size: int) -> None:
        if self.observe is not None:
            seconds = time.monotonic() - self.begun
            total, total_size = self._total()
            now = (files, total, size, total_size, self.summary.failed, seconds)
            self.observe(Progress(phase, *now, walking=not self.walk.over))


def _executor(plan: Plan, workers: int, limits: Limits) -> Executor:
    if plan.engine == "dask":
        from aigc_label.library.dask_executor import DaskCluster  # noqa: PLC0415 - where asked for

        cluster = DaskCluster(plan.scheduler, workers, limits)
        cluster.look()
        return cluster
    return LocalPool(workers, limits)
