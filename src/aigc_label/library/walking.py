"""The walk over a source: every file is noted before its turn comes."""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING

from aigc_label.library import places
from aigc_label.library.selecting import Wanted

if TYPE_CHECKING:
    from aigc_label.library.ledger import Ledger
    from aigc_label.library.plan import Plan
    from aigc_label.library.store import Store

_AT_ONCE = 500  # files noted in one transaction


class Walk:
    """The walk of one run, a group of files at a time.

    Args:
        plan: what is left out, and for what action files are noted.
        source: what is walked.
        ledger: where they are noted.
        run: the run that sees them.

    Attributes:
        found: how many files so far.
        size: their bytes.
        over: whether that is all of them.
        wanted: what was left out.
    """

    def __init__(self, plan: Plan, source: Store, ledger: Ledger, run: int) -> None:
        self.found = 0
        self.size = 0
        self.over = False
        self.wanted = Wanted(
            plan.include,
            plan.exclude,
            since=plan.since,
            ignored=places.left_out(plan),
            links=not plan.in_place,
        )
        self._ledger = ledger
        self._seen_for = (plan.action, run)
        self._entries = source.walk(self.wanted)

    def step(self) -> None:
        """Note the next files, or that there are no more.

        Raises:
            OSError: the source cannot be listed; the ledger's disk is full.
        """
        group = list(islice(self._entries, _AT_ONCE))
        if group:
            self._ledger.saw(*self._seen_for, group)
            self.found += len(group)
            self.size += sum(entry.size for entry in group)
        if len(group) < _AT_ONCE:
            unread = {
                os.fsencode(name) + b"/": error.strerror or "" for name, error in self.wanted.unread
            }
            self._ledger.walked(*self._seen_for, unread)
            self.over = True

    def until(self, count: int) -> None:
        """Find so many files, or all."""
        while not self.over and self.found < count:
            self.step()
