"""Results of earlier runs that are no longer there, or no longer as they were."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.delivery import BESIDE
from aigc_label.library.selecting import Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aigc_label.library.ledger import Ledger
    from aigc_label.library.store import Store

_AT_ONCE = 4000  # rows
_BESIDE = BESIDE.encode()


class Lost(NamedTuple):
    """What came of a look at results.

    Attributes:
        missing: how many are gone, or the credentials that stood beside them.
        changed: how many have other times than their sources, which all that we write takes over.
    """

    missing: int
    changed: int


def look(
    ledger: Ledger,
    action: str,
    run: int,
    stores: tuple[Store, Store],
    *,
    signed_beside: bool = False,
) -> Lost:
    """Note what is gone as to be done again, with its number, and what has changed as to be seen.

    What has changed and bears its label is found done when its turn comes, as after a kill;
    anything else there is somebody's, and replaced only where the plan says so. That takes one
    look at each finished file of a folder. A store is listed instead, and tells nothing of changes.

    Args:
        ledger: it knows what is done.
        action: what is done.
        run: the run that has seen the sources.
        stores: what the sources and the results stand in.
        signed_beside: each result has content credentials beside it, which takes a second look.
    """
    source, dest = stores
    missing = changed = 0
    after = b""
    with _asked(dest, timed="://" not in source.url) as stands:
        while rows := list(ledger.select(_DONE, action, after, run, _AT_ONCE)):
            after = rows[-1][1]
            found = [(number, stands(key, mtime_ns)) for number, key, mtime_ns in rows]
            gone = [(number,) for number, there in found if there is None]
            other = [(number,) for number, there in found if there is False]
            bare = []
            if signed_beside:
                pairs = zip(rows, found, strict=True)
                whole = [(number, key) for (number, key, _), (_, there) in pairs if there]
                bare = [(number,) for number, key in whole if not _is_signed(key, stands)]
            if gone or other or bare:
                with ledger.transaction() as db:
                    db.executemany(_GONE, gone)
                    db.executemany(_CHANGED, other + bare)
            missing += len(gone) + len(bare)
            changed += len(other)
    return Lost(missing, changed)


_DONE = (
    "SELECT id, path, mtime_ns FROM file WHERE action = ? AND path > ? AND run = ? "
    "AND state = 'done' ORDER BY path LIMIT ?"
)
_GONE = "UPDATE file SET state = 'started' WHERE id = ?"
_CHANGED = "UPDATE file SET state = 'started', result = '' WHERE id = ?"


def _is_signed(key: bytes, stands: Callable[[bytes, int], bool | None]) -> bool:
    """Whether credentials stand beside a file, as we name them or, in place, as c2patool does."""
    names = (key + _BESIDE, os.path.splitext(key)[0] + _BESIDE)
    return any(stands(name, 0) is not None for name in names)


@contextlib.contextmanager
def _asked(dest: Store, *, timed: bool) -> Iterator[Callable[[bytes, int], bool | None]]:
    """Tells whether a result stands, ``None`` for no, ``False`` where its time is another one.

    The names of a store are held in a file, as there may be any number of them.
    """
    if "://" not in dest.url:

        def seen(key: bytes, mtime_ns: int) -> bool | None:
            found = dest.look(key)
            if found is None or not found.size:  # a power cut leaves names without their bytes
                return None
            return not timed or found.mtime_ns == mtime_ns

        yield seen
        return
    with contextlib.closing(sqlite3.connect("")) as db:
        db.execute("CREATE TABLE there (key BLOB PRIMARY KEY) WITHOUT ROWID")
        db.executemany("INSERT OR IGNORE INTO there VALUES (?)", _keys(dest))

        def listed(key: bytes, _mtime_ns: int) -> bool | None:
            return db.execute("SELECT 1 FROM there WHERE key = ?", (key,)).fetchone() and True

        yield listed


class _All(Wanted):
    """Every file, those too that no run would take: credentials stand beside results."""

    def file(self, key: bytes, mtime_ns: int) -> bool:  # noqa: ARG002 - whatever they are
        return True


def _keys(dest: Store) -> Iterator[tuple[bytes]]:
    try:
        for entry in dest.walk(_All()):
            yield (entry.key,)
    except FileNotFoundError:  # nothing at all
        return
