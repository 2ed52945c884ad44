"""Reports for people and programs: one module per output format, imported when asked for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Protocol, TextIO

from aigc_label.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_label.model import Report
    from aigc_label.reporters.summary import Summary

NAMES = ("text", "json", "jsonl", "csv", "sarif", "junit", "html")
"""What ``check --output-format`` takes; the modules of this package have the same names."""


class Reporter(Protocol):
    """What ``render`` of every output format is."""

    def __call__(
        self,
        reports: Iterable[Report],
        *,
        stream: TextIO,
        profile: str,
        lang: str = "en",
        color: bool | None = None,
    ) -> Summary:
        """Write the reports and count them.

        Args:
            reports: consumed once; text and jsonl write each as it arrives.
            stream: where to; nothing is closed, and nothing flushed that the stream would not.
            profile: the profile's id.
            lang: ``"en"`` or ``"zh"``, for the reporter's own words.
            color: whether to colour; ``None`` colours on a terminal unless ``NO_COLOR`` is set.
                Only text has colours of its own.
        """


def get(name: str) -> Reporter:
    """The reporter of that name.

    Raises:
        UsageError: there is none.
    """
    if name not in NAMES:
        raise UsageError(f"no such output format: {name!r}; there are {', '.join(NAMES)}")
    render: Reporter = importlib.import_module(f"aigc_label.reporters.{name}").render
    return render
