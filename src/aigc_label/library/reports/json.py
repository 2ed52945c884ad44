"""A report as one JSON object: the figures, then every file."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, TextIO

from aigc_label import __version__
from aigc_label.library.reports.facts import ALL, gather
from aigc_label.library.reports.rows import COLUMNS, rows

if TYPE_CHECKING:
    from aigc_label.library.ledger import Ledger


def render(ledger: Ledger, action: str, stream: TextIO) -> None:
    """See :class:`aigc_label.library.reports.Renderer`; the files are written one by one."""
    with ledger.snapshot():
        _write(ledger, action, stream)


def _write(ledger: Ledger, action: str, stream: TextIO) -> None:
    facts = gather(ledger, action, ALL)  # nobody can take a sum apart again
    head = {
        "schema": 1,
        "tool": {"name": "aigc-label", "version": __version__},
        "action": action,
        **{key: value for key, value in asdict(facts).items() if key != "plan"},
        "plan": json.loads(facts.plan.to_json()),
        "files": facts.files,
        "outstanding": facts.outstanding,
    }
    stream.write(json.dumps(head, indent=1)[:-2] + ',\n "rows": [')
    for number, row in enumerate(rows(ledger, action)):
        told = dict(zip(COLUMNS, row, strict=True))
        told["findings"] = json.loads(told["findings"]) if told["findings"] else []
        stream.write((",\n  " if number else "\n  ") + json.dumps(told))
    stream.write("\n ]\n}\n")
