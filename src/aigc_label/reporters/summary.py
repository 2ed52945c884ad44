"""What the output formats have in common: the counts, and the order in which people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aigc_label.model import Finding, Report

_RANKS = {"error": 0, "warning": 1, "note": 2, "none": 3}


class Summary:
    """Counts of files.

    Attributes:
        files: all of them.
        ok: those without a finding that fails them.
        failed: the others.
        open: those, ok or failed, of which something was not or could not be looked at.
    """

    __slots__ = ("failed", "files", "ok", "open")

    def __init__(self) -> None:
        self.files = self.ok = self.failed = self.open = 0

    def add(self, report: Report) -> None:
        """Count one report."""
        self.files += 1
        if report.ok:
            self.ok += 1
        else:
            self.failed += 1
        for finding in report.findings:
            if finding.kind == "open":
                self.open += 1
                break

    def as_dict(self) -> dict[str, int]:
        """The summary as the JSON object of the public contract."""
        return {"files": self.files, "ok": self.ok, "failed": self.failed, "open": self.open}


def gravest_first(findings: Iterable[Finding]) -> Iterator[tuple[Finding, str]]:
    """Yield findings as people read them: the gravest first, each advice only once.

    Yields:
        A finding, and its advice unless an earlier one gave the same.
    """
    given: set[str] = set()
    for found in sorted(findings, key=lambda found: _RANKS[found.level]):
        yield found, "" if found.advice in given else found.advice
        given.add(found.advice)
