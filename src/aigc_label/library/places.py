"""Where the files of a plan stand: what cannot be, and what is left out of the walk."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from aigc_label.errors import UsageError
from aigc_label.library import database, verbs
from aigc_label.library.ledger import NAME
from aigc_label.library.selecting import ignoring
from aigc_label.library.store import open_store
from aigc_label.library.urls import below, refuse_secrets

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigc_label.library.plan import Plan


_BESIDE = ("-lock", "-wal", "-shm", "-journal")  # what stands beside a ledger


def refuse(plan: Plan) -> None:
    """Refuse what cannot be carried out, before anything is made or written.

    Raises:
        UsageError: saying why.
    """
    for url in (plan.source, plan.dest or ""):
        refuse_secrets(url)
    if "://" not in plan.source and not os.path.isdir(plan.source):
        raise UsageError(f"{plan.source} is no folder; give the folder whose files are meant")
    verbs.try_out(plan.request)
    database.refuse_other(plan.ledger_path)
    if plan.dest is not None and "://" not in plan.dest:
        if os.path.lexists(plan.dest) and not os.path.isdir(plan.dest):
            raise UsageError(f"{plan.dest} is no folder; give one for the results")
        source, dest = os.path.realpath(plan.source), os.path.realpath(plan.dest)
        if source == dest:
            raise UsageError("source and destination are the same; use --in-place for that")
    if plan.dest is not None and below(plan.dest, plan.source) == "/":
        raise UsageError("source and destination are the same; use --in-place for that")
    place = plan.dest or plan.source
    if plan.writes and "://" in place:
        from aigc_label.library.remote import RemoteStore  # noqa: PLC0415 - only where there is one

        store = open_store(place)
        if isinstance(store, RemoteStore):  # and none of somebody else's
            store.refuse_results()


def left_out(plan: Plan) -> Callable[[str, bool], bool] | None:
    """Destination and ledger, where they stand below the source, and what the ignore file says."""
    stored = "://" in plan.source
    tests = [ignoring(plan.ignore, plan.source)] if plan.ignore and not stored else []
    if not stored and "://" not in plan.ledger_path:
        ledger = os.path.relpath(os.path.realpath(plan.ledger_path), os.path.realpath(plan.source))
        if not ledger.startswith(os.pardir + os.sep) and os.path.basename(ledger) != NAME:
            names = {ledger, *(ledger + end for end in _BESIDE)}
            tests.append(lambda name, folder: not folder and name in names)
    if plan.dest is not None and (inside := below(plan.dest, plan.source)):
        tests.append(lambda name, _folder: name.startswith(inside))
    if plan.dest is not None and "://" not in plan.source and "://" not in plan.dest:
        inner = os.path.relpath(os.path.realpath(plan.dest), os.path.realpath(plan.source))
        tests.append(lambda name, folder: folder and name == inner)
    return (lambda name, folder: any(test(name, folder) for test in tests)) if tests else None
