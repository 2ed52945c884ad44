"""A report as a table: a row a file."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, TextIO

from aigc_label.library.reports.rows import COLUMNS, rows
from aigc_label.reporters.csv import inert

if TYPE_CHECKING:
    from aigc_label.library.ledger import Ledger


def render(ledger: Ledger, action: str, stream: TextIO) -> None:
    """See :class:`aigc_label.library.reports.Renderer`; one row at a time is held."""
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for row in rows(ledger, action):
        writer.writerow([inert(value) if isinstance(value, str) else value for value in row])
