"""One file of a run, as it is handed over; and the row of one that nothing came of."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.errors import AssetError
from aigc_label.library.ledger import Ended
from aigc_label.library.reasons import reason_of

if TYPE_CHECKING:
    from aigc_label.library.store import Entry

LONGEST = 500
"""Characters of a message in the ledger: one for each of millions of files."""


class Job(NamedTuple):
    """One file.

    Attributes:
        id: its row in the ledger.
        entry: as it was when it was noted.
        number: the ``ProduceID`` (or ``PropagateID``) that is noted for it.
        again: an earlier run has begun it with this number, and was killed or failed.
        chosen: the number was given for this content, so that another one gives way to it.
        ours: what stands at the destination was written by an earlier run.
        kept: the name to keep its former bytes under, or ``""``.
        given: what a manifest says about it.
    """

    id: int
    entry: Entry
    number: str = ""
    again: bool = False
    chosen: bool = False
    ours: bool = False
    kept: str = ""
    given: dict[str, str] | None = None

    def __reduce__(self) -> tuple[type[Job], tuple[object, ...]]:
        """How it is packed for another process: half the time of a tuple's own way."""
        return Job, tuple(self)


def failed(job: Job, error: Exception, *, tried: bool) -> Ended:
    """The row of a file whose work ended with an error; a full disk is none of its faults."""
    if isinstance(error, OSError) and error.errno in FULL:
        return Ended(job.id, "pending" if tried else "started", "", reason_of(error), tried=tried)
    return Ended(
        job.id,
        "failed",
        type(error).__name__,
        reason_of(error)[:LONGEST],
        format=(error.format or "") if isinstance(error, AssetError) else "",
        tried=tried,
    )


FULL = frozenset((errno.ENOSPC, errno.EDQUOT))
"""Errors that are the disk's and not the file's: the run ends, and the file is done later."""
