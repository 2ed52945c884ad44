"""Putting kept originals back, where the file is still what we have written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from aigc_label.asset import open_asset
from aigc_label.errors import AssetError, UsageError
from aigc_label.library import locking
from aigc_label.library.hashing import hashed
from aigc_label.library.kept import kept_plan
from aigc_label.library.ledger import open_ledger
from aigc_label.library.reasons import reason_of
from aigc_label.library.store import Entry, open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aigc_label.library.ledger import Ledger
    from aigc_label.library.store import Store

_AT_ONCE = 256


class Undone(NamedTuple):
    """What came of an undoing.

    Attributes:
        restored: files whose former bytes are back.
        changed: files that somebody has changed since, which stay as they are.
        failed: files that could not be put back, and why.
        without: files that were written without keeping what they were.
    """

    restored: int
    changed: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]
    without: int


def undo(
    path: str, action: str | None = None, *, tell: Callable[[str, str], object] | None = None
) -> Undone:
    """Put back the former bytes of files that were labelled in place with ``keep_originals``.

    A file is put back only when its bytes are those that were written. Interrupted, it carries on
    when it is asked again.

    Args:
        path: the ledger's.
        action: which of its actions; the last one that has kept anything if ``None``.
        tell: called with each path and what became of it.

    Raises:
        UsageError: there is no such ledger, another run is at it, or nothing was kept.
        OSError: the ledger cannot be written.
    """
    plan = kept_plan(path, action or _last_kept(path))
    with locking.locked(path), open_ledger(path) as ledger:
        if not next(ledger.select(_KEPT, plan.action, b"", 1), None):
            raise UsageError(
                f"{path}: nothing is kept here; `batch run --in-place --keep-originals` keeps it"
            )
        return _Undoing(ledger, open_store(plan.source, plan.originals), plan.action).carry_out(
            tell
        )


def _last_kept(path: str) -> str | None:
    with open_ledger(path, readonly=True) as ledger:
        kept = (each for each in ledger.actions() if next(ledger.select(_KEPT, each, b"", 1), None))
        return next(kept, None)


class _Kept(NamedTuple):
    """A row of a file whose former bytes may be kept."""

    id: int
    path: bytes
    kept: str
    written: str
    state: str
    size: int
    mtime_ns: int
    version: str

    @property
    def noted(self) -> Entry:
        """The file as it was before a run that has not said what became of it."""
        return Entry(self.path, self.size, self.mtime_ns, self.version)


_KEPT = (
    "SELECT id, path, kept, written, state, size, mtime_ns, version FROM file "
    "WHERE action = ? AND path > ? AND kept != '' AND (state IN ('undoing', 'started', 'failed') "
    "OR (state = 'done' AND written != '')) ORDER BY path LIMIT ?"
)
_WITHOUT = (
    "SELECT count(*) FROM file WHERE action = ? AND state = 'done' AND written = '' "
    "AND result IN ('labelled', 'propagated', 'fixed')"
)


class _Undoing:
    """One undoing of one ledger."""

    def __init__(self, ledger: Ledger, store: Store, action: str) -> None:
        self.ledger = ledger
        self.store = store
        self.action = action
        self.changed: list[str] = []
        self.failed: list[tuple[str, str]] = []
        self.restored = 0

    def carry_out(self, tell: Callable[[str, str], object] | None) -> Undone:
        """Group by group: noted before, put back, noted after."""
        after = b""
        while group := [_Kept(*row) for row in self._rows(after)]:
            after = group[-1].path
            ours = [row for row in group if self._is_ours(row)]
            with self.ledger.transaction(durable=True) as db:
                db.executemany(
                    "UPDATE file SET state = 'undoing' WHERE id = ?", [(row.id,) for row in ours]
                )
            done = []
            for row in ours:
                name = os.fsdecode(row.path)
                try:
                    self.store.restore(row.path, row.kept)
                except FileNotFoundError:  # a killed undoing had put it back already
                    pass
                except (OSError, AssetError) as error:
                    self.failed.append((name, reason_of(error)))
                    continue
                done.append((self.store.look(row.path), row.id))
                if tell is not None:
                    tell(name, "restored")
            with self.ledger.transaction() as db:
                db.executemany(_UNDONE, [(*_state(found), number) for found, number in done])
            self.restored += len(done)
        without = next(self.ledger.select(_WITHOUT, self.action))[0]
        return Undone(self.restored, tuple(self.changed), tuple(self.failed), int(without))

    def _rows(self, after: bytes) -> Iterator[tuple[Any, ...]]:
        return self.ledger.select(_KEPT, self.action, after, _AT_ONCE)

    def _is_ours(self, row: _Kept) -> bool:
        """Whether the file is what we wrote; of a killed undoing it may be the former already."""
        name = os.fsdecode(row.path)
        try:
            if row.state in ("started", "failed"):
                return self._was_killed_over(row)
            kept = self.store.keeps(row.kept)
            if row.state == "undoing" and not row.written:
                return True
            with self.store.reading(row.path) as source, open_asset(source) as asset:
                same = hashed(asset).hex() == row.written
        except FileNotFoundError:
            why = f"is gone; its former bytes stay kept, as {row.kept} in the folder of originals"
            self.failed.append((name, why))
            return False
        except (OSError, AssetError) as error:
            self.failed.append((name, reason_of(error)))
            return False
        if same and not kept:
            self.failed.append((name, "its former bytes are no longer kept"))
        elif not same and (kept or row.state != "undoing"):
            self.changed.append(name)
        else:
            return True
        return False

    def _was_killed_over(self, row: _Kept) -> bool:
        """Whether a run has written the file that could not say so: our writes take times over."""
        if not self.store.keeps(row.kept):  # it was not even begun
            return False
        now = self.store.look(row.path)
        if row.noted.is_same(now):
            self.store.forget(row.kept)
            return False
        if now is not None and self.store.is_result(row.path, row.noted):
            return True
        if row.state == "started":
            self.changed.append(os.fsdecode(row.path))
        return False


_UNDONE = (
    "UPDATE file SET state = 'undone', result = 'undone', reason = '', written = '', kept = '', "
    "size = coalesce(?, size), mtime_ns = coalesce(?, mtime_ns), version = coalesce(?, version) "
    "WHERE id = ?"
)


def _state(found: object) -> tuple[object, ...]:
    return (None, None, None) if found is None else tuple(found)[1:]  # type: ignore[arg-type] # an Entry
