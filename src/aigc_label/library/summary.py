"""How far a run is, and what it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from aigc_label.library.ledger import Ended


class Progress(NamedTuple):
    """How far a run is.

    Attributes:
        phase: ``"walk"`` or ``"work"``.
        files: finished in this run; found so far, in a walk.
        total: to do in this run, as far as is known while the walk goes on; 0 before the work.
        size: bytes of the files that are finished, or found.
        total_size: bytes to do.
        failed: files that something is wrong with.
        seconds: since the run began.
        walking: whether the walk still goes on, so that there may be more to do.
    """

    phase: str
    files: int
    total: int
    size: int
    total_size: int
    failed: int
    seconds: float
    walking: bool = False


@dataclass(slots=True, kw_only=True)
class Summary:
    """What one run did.

    Attributes:
        ledger: the ledger's path.
        how: ``"complete"``, or ``"drained"`` when it was asked to stop.
        files: how many it has finished, by result: ``{"labelled": 12, "failed": 1}``.
        size: their bytes.
        found: how many files the walk has found.
        known: how many of them earlier runs had finished.
        left_out: files and folders that patterns and age left out, links, and what is no file.
        data: files that were left alone, since their names are of data as often as of content.
        doubted: results that a power cut may have cut short, and that are made again.
        missing: results of earlier runs that were gone, and are made again.
        changed: results that somebody has changed since, and that were looked at again.
        unread: folders that could not be listed, and why.
        unlisted: files that the manifest does not name.
        unmatched: rows of the manifest without a file.
        numbered: rows of the manifest with another number than an earlier run gave to the file,
            which keeps it.
        wrong: files that something is wrong with, those of earlier runs included.
        bugs: tracebacks of failures that are ours.
        seconds: how long it took.
    """

    ledger: str
    how: str = "complete"
    files: dict[str, int] = field(default_factory=dict)
    size: int = 0
    found: int = 0
    known: int = 0
    left_out: int = 0
    data: int = 0
    doubted: int = 0
    missing: int = 0
    changed: int = 0
    unread: list[tuple[str, str]] = field(default_factory=list)
    unlisted: int = 0
    unmatched: int = 0
    numbered: int = 0
    bugs: list[str] = field(default_factory=list)
    wrong: int = 0
    seconds: float = 0.0

    @property
    def failed(self) -> int:
        """Files of this run that something is wrong with."""
        return self.files.get("failed", 0) + self.files.get("not passed", 0)


def counted_as(ended: Ended) -> str:
    """What a file counts as: its result, but for failures and the verdicts of a check."""
    if ended.state == "failed":
        return "failed"
    if ended.state in ("pending", "started"):
        return "put off"
    return "not passed" if ended.result == "failed" else ended.result
