"""One JSON object for the whole run: the public contract, schema 1."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TextIO

from aigc_label import __version__
from aigc_label.reporters.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_label.model import Report

SCHEMA = 1
"""Version of the object's shape; fields may be added under the same number."""

TOOL = {"name": "aigc-label", "version": __version__}


def encoded(value: object) -> str:
    """``value`` as JSON on one line, Chinese readable, everything unprintable escaped.

    JSON itself lets C1 controls, bidi overrides and lone surrogates (from file names that are not
    UTF-8) stand; a terminal would obey the former, and no stream could encode the latter.
    """
    return escaped(json.dumps(value, ensure_ascii=False))


def escaped(text: str) -> str:
    """The text with everything unprintable written as JSON escapes it."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text)


def render(
    reports: Iterable[Report],
    *,
    stream: TextIO,
    profile: str,
    lang: str = "en",  # noqa: ARG001 - the keys are the contract's, the messages came in a language
    color: bool | None = None,  # noqa: ARG001 - JSON has no colours
) -> Summary:
    """Collect the reports, then write one object with a report on each line."""
    summary = Summary()
    lines = []
    for report in reports:
        summary.add(report)
        lines.append(encoded(report.as_dict()))
    head = {"schema": SCHEMA, "tool": TOOL, "profile": profile, "summary": summary.as_dict()}
    stream.write(encoded(head)[:-1] + ', "reports": [')
    separator = "\n"
    for line in lines:
        stream.write(separator + line)
        separator = ",\n"
    stream.write("\n]}\n" if lines else "]}\n")
    return summary
