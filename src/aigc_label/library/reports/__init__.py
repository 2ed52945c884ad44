"""What became of the files of a ledger, true at any time: for people and for programs."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Protocol, TextIO

from aigc_label.errors import UsageError

if TYPE_CHECKING:
    from aigc_label.library.ledger import Ledger

NAMES = ("text", "csv", "json", "html")
"""What ``batch report --output-format`` takes; the modules of this package have the same names."""


class Renderer(Protocol):
    """What ``render`` of every output format is."""

    def __call__(self, ledger: Ledger, action: str, stream: TextIO) -> None:
        """Write what the ledger knows at one moment, also while a run is writing."""


def get(name: str) -> Renderer:
    """The renderer of that name.

    Raises:
        UsageError: there is none.
    """
    if name not in NAMES:
        raise UsageError(f"no such output format: {name!r}; there are {', '.join(NAMES)}")
    render: Renderer = importlib.import_module(f"aigc_label.library.reports.{name}").render
    return render
