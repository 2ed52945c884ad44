"""One report a line, as the objects in ``reports`` of the JSON output; written as they arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from aigc_label.reporters.json import encoded
from aigc_label.reporters.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_label.model import Report


def render(
    reports: Iterable[Report],
    *,
    stream: TextIO,
    profile: str,  # noqa: ARG001 - a line is a report and nothing else
    lang: str = "en",  # noqa: ARG001 - as for json
    color: bool | None = None,  # noqa: ARG001 - as for json
) -> Summary:
    """Write each report as it arrives."""
    summary = Summary()
    for report in reports:
        summary.add(report)
        stream.write(encoded(report.as_dict()) + "\n")
    return summary
