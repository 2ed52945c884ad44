"""What the output formats have in common: the counts, and the order in which people read."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aigc_label.model import Finding, Report

_RANKS = {"error": 0, "warning": 1, "note": 2, "none": 3}


@dataclass(slots=True)
class Summary:
    """Counts of files.

    Attributes:
        files: all of them.
        ok: those without a finding that fails them.
        failed: the others.
        open: those, ok or failed, of which something was not or could not be looked at.
    """

    files: int = 0
    ok: int = 0
    failed: int = 0
    open: int = 0

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
        return asdict(self)


def gravest_first(findings: Iterable[Finding]) -> Iterator[tuple[Finding, str]]:
    """Yield findings as people read them: the gravest first, each advice only once.

    Yields:
        A finding, and its advice unless an earlier one gave the same.
    """
    given: set[str] = set()
    for found in sorted(findings, key=lambda found: _RANKS[found.level]):
        yield found, "" if found.advice in given else found.advice
        given.add(found.advice)
