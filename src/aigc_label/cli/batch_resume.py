"""``aigc-label batch resume``: carry on with what a ledger knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.cli import batch_options, batch_run, dispatch, parsing
from aigc_label.cli.batch_places import add_place, ledger_of
from aigc_label.library.kept import kept_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXAMPLES = """\
  aigc-label batch resume labelled
  aigc-label batch resume media --progress jsonl >> /var/log/labels.jsonl"""


def run(argv: Sequence[str]) -> int:
    """Run it."""
    parser = parsing.Parser("batch resume", "Carry on with what a ledger knows.", _EXAMPLES)
    add_place(parser)
    batch_options.add_progress(parser)
    args = parser.parse(argv)
    if args is None:
        return dispatch.FINE
    return batch_run.carry_out(kept_plan(ledger_of(args), args.action), args)
