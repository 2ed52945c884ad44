"""``aigc-label batch``: any number of files, resumable at any point."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

from aigc_label import spelling
from aigc_label.cli import dispatch
from aigc_label.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

ACTIONS = {
    "run": "label, propagate, check or fix the files below a folder, or what is left of them",
    "resume": "carry on with what a ledger knows",
    "status": "say how far a run is; also while it works",
    "report": "say what became of the files, as text, csv, json or html",
    "undo": "put kept originals back, where nobody has changed the file since",
}
"""What it can be told, each a module ``batch_NAME`` of this package, and what they do."""

_HELP = """\
usage: aigc-label batch {{{names}}} [OPTIONS] ...

Works through libraries of any size. A ledger beside the results knows every file, so that a run
that is interrupted, killed or cut off goes on where it was when the same is run again.

{lines}

  aigc-label batch NAME --help   the options, with examples
"""


def run(argv: Sequence[str]) -> int:
    """Run the verb."""
    action, *rest = argv or [""]
    if action in ("-h", "--help"):
        lines = "\n".join(f"  {name:<8} {text}" for name, text in ACTIONS.items())
        sys.stdout.write(_HELP.format(names="|".join(ACTIONS), lines=lines))
        return dispatch.FINE
    if action not in ACTIONS:
        every = f"one of {', '.join(ACTIONS)}; see `aigc-label batch --help`"
        raise UsageError(f"what about the batch? {spelling.hint(action, ACTIONS, every)}")
    module = importlib.import_module(f"aigc_label.cli.batch_{action}")
    code: int = module.run(rest)
    return code
