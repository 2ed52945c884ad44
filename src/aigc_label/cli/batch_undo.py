"""``aigc-label batch undo``: put kept originals back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.cli import dispatch, parsing, terminal
from aigc_label.cli.batch_places import add_place, ledger_of
from aigc_label.library.undo import undo

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXAMPLES = """\
  aigc-label batch undo media

Files are put back that `batch run --in-place --keep-originals` has written and that nobody has
changed since; all others stay as they are, and are named."""


def run(argv: Sequence[str]) -> int:
    """Run it."""
    parser = parsing.Parser("batch undo", "Put kept originals back.", _EXAMPLES)
    add_place(parser)
    args = parser.parse(argv)
    if args is None:
        return dispatch.FINE
    done = undo(ledger_of(args), args.action)
    for name in done.changed:
        terminal.complain(f"{name}: changed since it was written; it stays as it is")
    for name, why in done.failed:
        terminal.complain(f"{name}: {why}")
    terminal.remark(f"{terminal.counted(done.restored, 'file')} put back\n")
    if done.without:
        without = terminal.counted(done.without, "file")
        terminal.remark(f"{without} written without keeping what was there\n")
    return dispatch.WRONG_FILE if done.changed or done.failed else dispatch.FINE
