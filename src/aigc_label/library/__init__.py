"""Libraries of any size: a plan, a ledger that survives any interruption, and the engine between.

>>> from aigc_label.library import Labelling, Plan, run
>>> plan = Plan(request=Labelling(producer="ExampleStudio"), source="media", dest="labelled")
>>> run(plan).wrong  # doctest: +SKIP
0

:func:`run` carries a plan out or on, :func:`resume` does so by the ledger alone, :func:`undo` puts
kept originals back. What stands behind :class:`Store`, :class:`Executor` and :class:`Ledger` is
told in docs/explanation/decisions/library.md.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aigc_label.library.actions import Checking, Fixing, Labelling, Propagating
    from aigc_label.library.engine import resume, run
    from aigc_label.library.executor import Executor, LocalPool
    from aigc_label.library.kept import kept_plan
    from aigc_label.library.ledger import Ended, Ledger
    from aigc_label.library.plan import Plan
    from aigc_label.library.signing import Signer
    from aigc_label.library.store import Entry, Store
    from aigc_label.library.summary import Progress, Summary
    from aigc_label.library.undo import Undone, undo

_HOME = {
    "actions": ("Checking", "Fixing", "Labelling", "Propagating"),
    "engine": ("resume", "run"),
    "kept": ("kept_plan",),
    "executor": ("Executor", "LocalPool"),
    "ledger": ("Ended", "Ledger"),
    "plan": ("Plan",),
    "signing": ("Signer",),
    "store": ("Entry", "Store"),
    "summary": ("Progress", "Summary"),
    "undo": ("Undone", "undo"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Checking",
    "Ended",
    "Entry",
    "Executor",
    "Fixing",
    "Labelling",
    "Ledger",
    "LocalPool",
    "Plan",
    "Progress",
    "Propagating",
    "Signer",
    "Store",
    "Summary",
    "Undone",
    "kept_plan",
    "resume",
    "run",
    "undo",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that asking for one loads no database."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value
