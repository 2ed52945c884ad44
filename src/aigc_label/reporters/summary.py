"""How many files are how: the counts that every output format ends or begins with."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_label.model import Report


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
