"""Every file of a ledger as a row, in the order of the paths."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from aigc_label.library.reports.facts import VERDICT, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.library.ledger import Ledger

COLUMNS = (
    *("path", "verdict", "state", "reason", "format", "size", "attribution", "producer"),
    *("produce_id", "findings", "digest_of", "digest", "kept", "attempts", "began", "ended"),
    "seconds",
)


def rows(ledger: Ledger, action: str) -> Iterator[tuple[Any, ...]]:
    """The rows of :data:`COLUMNS`; times as ISO 8601, digests as hexadecimal digits."""
    query = (
        f"SELECT path, {VERDICT}, state, reason, format, size, attribution, producer, "  # noqa: S608 - no value in it
        "CASE state WHEN 'done' THEN produce_id ELSE '' END, findings, digest_of, digest, kept, "
        "attempts, began, ended, seconds FROM file WHERE action = ? ORDER BY path"
    )
    for row in ledger.select(query, action):
        digest, began, ended = row[11], row[14], row[15]
        yield (
            shown(row[0]),
            *row[1:11],
            digest.hex() if digest else "",
            *row[12:14],
            _time(began),
            _time(ended),
            None if row[16] is None else round(row[16], 6),
        )


def _time(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
