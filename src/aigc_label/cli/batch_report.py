"""``aigc-label batch report``: what became of the files of a ledger, true at any time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from aigc_label.cli import dispatch, parsing
from aigc_label.cli.batch_places import add_place, chosen_action, ledger_of
from aigc_label.library import reports
from aigc_label.library.ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXAMPLES = """\
  aigc-label batch report labelled
  aigc-label batch report labelled --output-format html > report.html
  aigc-label batch report labelled --output-format csv > files.csv"""


def run(argv: Sequence[str]) -> int:
    """Run it."""
    parser = parsing.Parser(
        "batch report", "Say what became of the files; also while a run works.", _EXAMPLES
    )
    add_place(parser)
    parser.add_argument(
        "--output-format",
        type=parsing.one_of(*reports.NAMES),
        default="text",
        metavar="FORMAT",
        help=f"{', '.join(reports.NAMES)} (default: text)",
    )
    args = parser.parse(argv)
    if args is None:
        return dispatch.FINE
    render = reports.get(args.output_format)
    with open_ledger(ledger_of(args), readonly=True) as ledger:
        render(ledger, chosen_action(ledger, args), sys.stdout)
    return dispatch.FINE
