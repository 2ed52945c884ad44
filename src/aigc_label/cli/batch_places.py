"""Which ledger is meant."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from aigc_label.cli import parsing
from aigc_label.errors import UsageError
from aigc_label.library import locking
from aigc_label.library.actions import ACTIONS
from aigc_label.library.database import Beginning
from aigc_label.library.ledger import NAME

if TYPE_CHECKING:
    import argparse

    from aigc_label.library.ledger import Ledger


def add_place(parser: parsing.Parser) -> None:
    """The ledger, by its folder or its own path, and which of its actions."""
    parser.add_argument(
        "paths", nargs="*", metavar="DIR|LEDGER", help="the folder that the ledger is in, or itself"
    )
    parser.add_argument(
        "--action",
        type=parsing.one_of(*ACTIONS),
        metavar="ACTION",
        help="of a ledger that knows several: label, propagate, check or fix (default: the last)",
    )


def ledger_of(args: argparse.Namespace) -> str:
    """The ledger's path.

    Raises:
        UsageError: none or several were given, or there is none.
    """
    if len(args.paths) != 1:
        raise UsageError("give the folder that the ledger is in, or the ledger")
    path: str = args.paths[0]
    if "://" in path:
        return path
    return os.path.join(path, NAME) if os.path.isdir(path) else path


def chosen_action(ledger: Ledger, args: argparse.Namespace) -> str:
    """The action that is meant: the one given, or the last that was run.

    Raises:
        UsageError: the ledger does not know it.
        Beginning: it knows none yet.
    """
    known = ledger.actions()
    if not known and (pid := locking.holder(ledger.path)) is not None:
        raise Beginning(ledger.path, pid)
    action: str | None = args.action or next(iter(known), None)
    if action not in known:
        raise UsageError(f"{ledger.path}: no run is known here{f' of {action}' if action else ''}")
    return action
