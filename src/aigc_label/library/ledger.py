"""The ledger: one row a file, written before and after the file is, so that any end is resumable.

Everything about the database stands here and in :mod:`aigc_label.library.schema`; the engine
knows the methods of :class:`Ledger` only.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import sqlite3
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from aigc_label.errors import UsageError
from aigc_label.library import database, schema
from aigc_label.library.store import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Self

NAME = ".aigc-label-ledger.sqlite3"
"""What a ledger is called in the folder that it is about."""


class Todo(NamedTuple):
    """A file that is to be worked on.

    Attributes:
        id: the row's number.
        entry: the file as it was when it was noted.
        again: an earlier run has begun it, and was killed or failed.
        produce_id: what that run has assigned, or ``""``.
        generation: how often somebody else has changed it since it was first seen.
        result: what became of it the last time, or ``""``.
        kept: the name that its former bytes were to be kept under the last time, or ``""``.
        fields: the manifest's row as JSON, ``None`` if there is none.
    """

    id: int
    entry: Entry
    again: bool
    produce_id: str
    generation: int
    result: str
    kept: str
    fields: str | None


class Started(NamedTuple):
    """What is noted before a file is touched."""

    id: int
    produce_id: str
    kept: str


class Ended(NamedTuple):
    """What is noted when a file is finished; see the table ``file``.

    Attributes:
        id: the row's number.
        state: ``"done"``, ``"failed"``, ``"skipped"``; ``"started"`` (a check: ``"pending"``) for
            what is to be tried again, since it was not its fault.
        entry: the source as it stands now; ``None`` where it is as it was.
        tried: whether this attempt is not counted yet.
    """

    id: int
    state: str
    result: str = ""
    reason: str = ""
    format: str = ""
    attribution: str = ""
    findings: str = ""
    producer: str = ""
    produce_id: str = ""
    digest: bytes | None = None
    digest_of: str = ""
    written: str = ""
    entry: Entry | None = None
    seconds: float = 0.0
    tried: bool = False

    def __reduce__(self) -> tuple[type[Ended], tuple[object, ...]]:
        """How it is packed for another process: half the time of a tuple's own way."""
        return Ended, tuple(self)


class Ledger:
    """A ledger in an SQLite file, in write-ahead mode.

    Args:
        path: the file.
        readonly: only look, also while a run is writing.

    Raises:
        UsageError: there is none to look at, or the file is no ledger of this version.
        Beginning: a run is about to make it.
        OSError: it cannot be opened or made.
    """

    def __init__(self, path: str, *, readonly: bool = False) -> None:
        self.path = path
        self.readonly = readonly
        database.refuse_other(path)
        with self._told():
            self._db = database.looking(path) if readonly else database.connected(path)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    @contextlib.contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """All or nothing.

        Args:
            durable: flushed to the disk when it is over, with all that came before. What is not
                may be lost by a power cut, never by a kill, and what is there is whole.
        """
        with self._told():
            self._db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise

    def plan(self, action: str) -> tuple[str, str] | None:
        """The identity and the plan of an action, as JSON; ``None`` if it was never run."""
        rows = self.select("SELECT identity, plan FROM plan WHERE action = ?", action)
        return next(((str(a), str(b)) for a, b in rows), None)

    def actions(self) -> list[str]:
        """The actions that this ledger knows, the one that was run last first."""
        rows = self.select(
            "SELECT plan.action FROM plan LEFT JOIN run USING (action) GROUP BY plan.action "
            "ORDER BY max(run.id) DESC"
        )
        return [str(row[0]) for row in rows]

    def begin(self, action: str, identity: str, plan: str) -> int:
        """Note that a run begins; return its number."""
        with self.transaction(durable=True) as db:
            db.execute("INSERT OR REPLACE INTO plan VALUES (?, ?, ?)", (action, identity, plan))
            made = db.execute(
                "INSERT INTO run (action, host, pid, began) VALUES (?, ?, ?, ?)",
                (action, socket.gethostname(), os.getpid(), time.time()),
            )
            return made.lastrowid or 0

    def end(self, run: int, how: str) -> None:
        """Note how a run ended: ``"complete"``, ``"drained"`` or ``"failed"``."""
        with self.transaction(durable=True) as db:
            db.execute("UPDATE run SET ended = ?, how = ? WHERE id = ?", (time.time(), how, run))

    def token(self) -> str:
        """What tells this ledger from all others for good, wherever it stands: 12 digits.

        That is its first run, of which there must be one.
        """
        first = next(self.select("SELECT host, pid, began FROM run ORDER BY id LIMIT 1"))
        return hashlib.sha256("\n".join(map(str, first)).encode()).hexdigest()[:12]

    def saw(self, action: str, run: int, entries: Iterable[Entry]) -> None:
        """Note files that a walk has found."""
        rows = [(action, *entry, run) for entry in entries]
        with self.transaction() as db:
            db.executemany(schema.SEEN, rows)

    def walked(self, action: str, run: int, unread: Mapping[bytes, str] | None = None) -> int:
        """Note that a walk is complete: what it did not find is gone; how many that were to do.

        Args:
            action: what is done.
            run: the run that has walked.
            unread: folders that could not be listed, ending with ``/``, and why. Nobody knows of
                the files below them; where the folders are many, of no file.
        """
        folders = unread or {}
        within = [end for folder in folders for end in (folder, folder[:-1] + b"0")]
        with self.transaction() as db:
            db.execute("DELETE FROM file WHERE action = ? AND state = 'unread'", (action,))
            db.executemany(schema.UNREAD, [(action, key, run, why) for key, why in folders.items()])
            if len(folders) > schema.RANGES:
                return 0
            gone = schema.GONE + " AND NOT (path >= ? AND path < ?)" * len(folders)
            return int(db.execute(gone, (action, run, *within)).rowcount)

    def outstanding(self, action: str, run: int) -> tuple[int, int]:
        """How many files are to be worked on, and their bytes."""
        rows = self.select(
            "SELECT count(*), total(size) FROM file WHERE action = ? AND run = ? "
            "AND state IN ('pending', 'started', 'failed')",
            action,
            run,
        )
        return next((int(count), int(size)) for count, size in rows)

    def wrong(self, action: str) -> int:
        """How many files something is wrong with."""
        query = (
            "SELECT count(*) FROM file WHERE action = ? AND (state = 'failed' "
            "OR (state = 'done' AND result = 'failed'))"
        )
        return int(next(self.select(query, action))[0])

    def is_fresh(self, action: str) -> bool:
        """Whether no file was ever noted for an action."""
        return not list(self.select("SELECT 1 FROM file WHERE action = ? LIMIT 1", action))

    def todo(self, action: str, run: int, after: int, count: int) -> list[Todo]:
        """The next files to work on, in the order in which they were first seen.

        Args:
            action: what is done.
            run: the run that has seen them.
            after: the row of the last one that was taken; 0 at first.
            count: how many at most.
        """
        return [
            Todo(row[0], Entry._make(row[1:5]), row[5] != "pending", *row[6:])
            for row in self.rows(schema.TODO, after, action, run, count)
        ]

    def start(self, rows: Sequence[Started]) -> None:
        """Note what is about to be written; it is on the disk when this returns."""
        now = time.time()
        with self.transaction(durable=True) as db:
            db.executemany(schema.START, [(row.produce_id, row.kept, now, row.id) for row in rows])

    def release(self, ids: Iterable[int]) -> None:
        """Take back what was started and has not begun."""
        with self.transaction() as db:
            db.executemany(
                "UPDATE file SET state = 'pending', attempts = attempts - 1 WHERE id = ?",
                [(number,) for number in ids],
            )

    def finish(self, rows: Sequence[Ended]) -> None:
        """Note what became of files."""
        now = time.time()
        with self.transaction() as db:
            db.executemany(schema.FINISH, [_values(row, now) for row in rows])
            known = [_content(row) for row in rows if row.digest_of or row.entry is not None]
            if known:
                db.executemany(schema.CONTENT, known)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is selected meanwhile is of one moment, whatever a run writes."""
        if self._db.in_transaction:  # an outer one
            yield
            return
        with self._told():
            self._db.execute("BEGIN")
            try:
                yield
            finally:
                self._db.execute("COMMIT")

    def select(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, one by one."""
        with self._told():
            yield from self._db.execute(query, values)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query, all at once."""
        with self._told():
            return self._db.execute(query, values).fetchall()

    def _prepare(self) -> None:
        made = database.is_made(self._db, self.path)
        if self.readonly:
            if not made:
                raise database.nothing(self.path)
            return
        self._db.execute("PRAGMA journal_mode = WAL")
        # Each checkpoint waits for the disk; the journal may grow to 64 MiB instead of 4.
        self._db.execute("PRAGMA wal_autocheckpoint = 16384")
        if not made:
            version = f"PRAGMA user_version = {schema.VERSION}"
            self._db.executescript(f"BEGIN IMMEDIATE; {schema.TABLES} {version}; COMMIT")

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """The database's errors as what they are: a full disk, a file that is none, ..."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise database.told(error, self.path) from error


def open_ledger(path: str, *, readonly: bool = False) -> Ledger:
    """The ledger in a file, or of a ``postgresql://`` URL.

    Raises:
        MissingExtra: something must be installed for that.
        UsageError: there is none to look at, or it is no ledger of this version.
        OSError: it cannot be opened or made.
    """
    if "://" not in path:
        return Ledger(path, readonly=readonly)
    from aigc_label.library import postgres  # noqa: PLC0415 - only where a URL is given

    if not path.startswith(postgres.SCHEMES):
        raise UsageError(
            "a ledger stands on a disk or in PostgreSQL; give --ledger FILE or --ledger "
            "postgresql://HOST/DATABASE"
        )
    return postgres.PostgresLedger(path, readonly=readonly)


def _values(row: Ended, now: float) -> tuple[object, ...]:
    return (
        *(row.state, row.result, row.reason, row.format, row.attribution, row.findings),
        *(row.producer, row.state, row.produce_id, row.written),
        *(now, row.seconds, int(row.tried), row.id),
    )


def _content(row: Ended) -> tuple[object, ...]:
    found = (None, None, None) if row.entry is None else row.entry[1:]
    return (row.digest, row.digest_of, row.digest_of, *found, row.id)
