"""The plans that ledgers keep, so that runs are carried on without their options."""

from __future__ import annotations

import os
from dataclasses import replace

from aigc_label.errors import UsageError
from aigc_label.library.ledger import open_ledger
from aigc_label.library.plan import Plan


def kept_plan(path: str, action: str | None = None) -> Plan:
    """The plan that a ledger has kept, of its last run or of an action; with that very ledger.

    Raises:
        UsageError: there is none, or its files stand somewhere else now.
    """
    with open_ledger(path, readonly=True) as ledger:
        action = action or next(iter(ledger.actions()), None)
        kept = ledger.plan(action) if action else None
    if kept is None:
        raise UsageError(f"{path}: no run is known here{f' that did {action}' if action else ''}")
    plan = Plan.from_json(kept[1])
    for folder in (plan.source, plan.dest or plan.source):
        if "://" not in folder and not os.path.isdir(folder):
            raise UsageError(f"{path} is about files in {folder}, which is gone; bring it back")
    return replace(plan, ledger=path if "://" in path else os.path.abspath(path))
