"""One line a finding for spreadsheets and scripts; a file without any still has its line."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, TextIO

from aigc_label.model import FIELDS
from aigc_label.reporters.json import escaped
from aigc_label.reporters.summary import Summary, gravest_first

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_label.model import Finding, Report

HEAD = (
    "path", "format", "medium", "size", "ok", "attribution", "carrier", *FIELDS,
    "rule", "kind", "level", "clause", "message", "advice", "binding",
)  # fmt: skip
"""The columns. The fields are those of the file's first label."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render(
    reports: Iterable[Report],
    *,
    stream: TextIO,
    profile: str,  # noqa: ARG001 - every line is about a file
    lang: str = "en",  # noqa: ARG001 - the columns have one name, the messages came in a language
    color: bool | None = None,  # noqa: ARG001 - spreadsheets have no colours
) -> Summary:
    """Write each report as it arrives."""
    summary = Summary()
    lines = csv.writer(stream, lineterminator="\n")
    lines.writerow(HEAD)
    for report in reports:
        summary.add(report)
        found = [_finding(finding) for finding, _ in gravest_first(report.findings)]
        for cells in found or [("",) * 7]:
            lines.writerow([inert(value) for value in (*_file(report), *cells)])
    return summary


def _file(report: Report) -> tuple[object, ...]:
    seen = report.inspection
    first = seen.labels[0] if seen.labels else None
    return (
        seen.name,
        seen.format or "",
        seen.medium or "",
        seen.size,
        "yes" if report.ok else "no",
        report.attribution or "",
        first.carrier if first else "",
        *((first.fields.get(key, "") for key in FIELDS) if first else ("",) * len(FIELDS)),
    )


def _finding(finding: Finding) -> tuple[str, ...]:
    return (
        finding.rule,
        finding.kind,
        finding.level,
        finding.clause,
        finding.message,
        finding.advice,
        finding.binding,
    )


def inert(value: object) -> object:
    """Text that no spreadsheet takes for a formula, and no terminal for a command."""
    if not isinstance(value, str):
        return value
    text = escaped(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
