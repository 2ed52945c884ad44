"""The ledger in PostgreSQL, by URL: the same statements, in its dialect.

Each ledger is a schema of the database, ``?schema=NAME`` of the URL. A run holds an advisory lock
on it as long as its connection lives, from whatever machine it is.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import sqlite3
import time
from typing import TYPE_CHECKING, Any

from aigc_label.errors import MissingExtra, UsageError
from aigc_label.library import schema
from aigc_label.library.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SCHEMES = ("postgresql://", "postgresql+psycopg://")
"""How URLs of such ledgers begin."""

_REMEDY = "for a ledger in PostgreSQL: pip install 'aigc-label[postgres]'"


class Postgres:
    """A connection that is asked as one of ``sqlite3`` is."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def execute(self, query: str, values: Sequence[object] = ()) -> Any:
        """Run a statement."""
        return self.connection.exec_driver_sql(
            translated(query), tuple(_sound(each) for each in values)
        )

    def executemany(self, query: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement for each row, all or none.

        Raises:
            sqlite3.IntegrityError: as the other ledger says it.
        """
        from sqlalchemy.exc import IntegrityError  # noqa: PLC0415 - imported where it connects

        given = [tuple(_sound(each) for each in row) for row in rows]
        if not given:
            return
        self.connection.exec_driver_sql("SAVEPOINT many")
        try:
            self.connection.exec_driver_sql(translated(query), given)
        except IntegrityError as error:
            self.connection.exec_driver_sql("ROLLBACK TO SAVEPOINT many")
            raise sqlite3.IntegrityError(str(error.orig)) from error
        self.connection.exec_driver_sql("RELEASE SAVEPOINT many")


class PostgresLedger(Ledger):
    """A ledger in a schema of a PostgreSQL database.

    Args:
        url: ``postgresql://[USER@]HOST[:PORT]/DATABASE[?schema=NAME]``; passwords stand in
            ``PGPASSWORD`` or ``~/.pgpass``.
        readonly: only look, also while a run is writing.

    Raises:
        MissingExtra: SQLAlchemy or psycopg is not installed.
        UsageError: there is none to look at, another run holds it, or the URL is wrong.
        OSError: the server cannot be reached.
    """

    def __init__(self, url: str, *, readonly: bool = False) -> None:
        self.path = url
        self.readonly = readonly
        self._engine, self._schema = _engine(url)
        with self._told():
            self._connection = self._engine.connect()
        try:
            with self._told():
                self._pg = Postgres(self._connection)
                self._prepare()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection, and with it the lock."""
        with contextlib.suppress(Exception):  # it may be lost already
            self._connection.close()
        self._engine.dispose()

    @contextlib.contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[Any]:
        """All or nothing; what is not durable may be lost with the server's machine."""
        with self._told():
            self._pg.execute("BEGIN")
            try:
                self._pg.execute(f"SET LOCAL synchronous_commit = {'on' if durable else 'off'}")
                yield self._pg
                self._pg.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(Exception):
                    self._pg.execute("ROLLBACK")
                raise

    def begin(self, action: str, identity: str, plan: str) -> int:
        """Note that a run begins; return its number."""
        with self.transaction(durable=True) as db:
            db.execute(
                "INSERT INTO plan VALUES (?, ?, ?) ON CONFLICT (action) DO UPDATE SET "
                "identity = excluded.identity, plan = excluded.plan",
                (action, identity, plan),
            )
            made = db.execute(
                "INSERT INTO run (action, host, pid, began) VALUES (?, ?, ?, ?) RETURNING id",
                (action, socket.gethostname(), os.getpid(), time.time()),
            )
            return int(made.fetchone()[0])

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is selected meanwhile is of one moment, whatever a run writes."""
        with self._told():
            self._pg.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            try:
                yield
            finally:
                self._pg.execute("COMMIT")

    def select(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, one by one."""
        with self._told():
            for row in self._pg.execute(query, values):
                yield tuple(row)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query, all at once."""
        return list(self.select(query, *values))

    def holder(self) -> int | None:
        """The process, on whatever machine, that is at work with this ledger."""
        held = next(
            self.select(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted "
                "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
                "AND classid = hashtext('aigc-label')::oid AND objid = hashtext(?)::oid",
                self._schema,
            )
        )[0]
        if not held:
            return None
        last = next(self.select("SELECT pid FROM run ORDER BY id DESC LIMIT 1"), None)
        return None if last is None else int(last[0])

    def _prepare(self) -> None:
        there = self._pg.execute(
            "SELECT obj_description(oid) FROM pg_namespace WHERE nspname = ?", (self._schema,)
        ).fetchone()
        if self.readonly and there is None:
            raise UsageError(f"{self.path}: there is no ledger; `aigc-label batch run` makes one")
        if there is not None and there[0] != _MARK:
            raise UsageError(
                f"{self.path}: the schema {self._schema} is no ledger of this version of "
                "aigc-label; name another with ?schema="
            )
        self._pg.execute(f'SET search_path TO "{self._schema}"')
        if self.readonly:
            return
        if not self._pg.execute(
            "SELECT pg_try_advisory_lock(hashtext('aigc-label'), hashtext(?))", (self._schema,)
        ).fetchone()[0]:
            raise UsageError(
                f"{self.path}: another run is at work with it; see `aigc-label batch status`"
            )
        if there is None:
            self._connection.exec_driver_sql(_tables(self._schema))

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        from sqlalchemy.exc import DBAPIError, SQLAlchemyError  # noqa: PLC0415 - see _engine

        try:
            yield
        except DBAPIError as error:
            text = " ".join(str(error.orig).split())
            full = getattr(error.orig, "sqlstate", "") == "53100"
            raise OSError(errno.ENOSPC if full else errno.EIO, text, self.path) from error
        except SQLAlchemyError as error:
            raise UsageError(f"{self.path}: {error}") from error


def holder(url: str) -> int | None:
    """The process that is at work with a ledger; ``None`` if there is none."""
    with PostgresLedger(url, readonly=True) as ledger:
        return ledger.holder()


def translated(query: str) -> str:
    """A statement of the ledger as PostgreSQL takes it."""
    for ours, theirs in _WORDS:
        query = query.replace(ours, theirs)
    return query


_WORDS = (
    ("%", "%%"),
    ("?", "%s"),
    (" NOT INDEXED", ""),
    ("x'2f'", "'\\x2f'::bytea"),
    ("x'2e'", "'\\x2e'::bytea"),
    ("CAST((ended - %s) / %s AS INTEGER)", "CAST(floor((ended - %s) / %s) AS INTEGER)"),
)

_MARK = f"A ledger of aigc-label, version {schema.VERSION}"

# What SQLite has and PostgreSQL has not, or has under another name.
_FUNCTIONS = """
CREATE FUNCTION instr(bytea, bytea) RETURNS integer LANGUAGE sql IMMUTABLE
    AS 'SELECT position($2 in $1)';
CREATE FUNCTION json_extract(text, text) RETURNS text LANGUAGE sql IMMUTABLE
    AS $$SELECT jsonb_path_query_first($1::jsonb, $2::jsonpath) #>> '{}'$$;
CREATE FUNCTION json_each(text) RETURNS TABLE (value text) LANGUAGE sql IMMUTABLE
    AS $$SELECT each::text FROM jsonb_array_elements(nullif($1, '')::jsonb) AS each$$;
CREATE FUNCTION total_so_far(double precision, bigint) RETURNS double precision
    LANGUAGE sql IMMUTABLE AS 'SELECT $1 + coalesce($2, 0)';
CREATE AGGREGATE total(bigint) (SFUNC = total_so_far, STYPE = double precision, INITCOND = '0');
"""


def _tables(name: str) -> str:
    tables = schema.TABLES
    for ours, theirs in (
        ("INTEGER PRIMARY KEY", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"),
        ("INTEGER", "BIGINT"),
        ("BLOB", "BYTEA"),
        ("REAL", "DOUBLE PRECISION"),
        (" WITHOUT ROWID", ""),
    ):
        tables = tables.replace(ours, theirs)
    return (
        f'BEGIN; CREATE SCHEMA "{name}"; SET LOCAL search_path TO "{name}"; {tables} {_FUNCTIONS} '
        f"COMMENT ON SCHEMA \"{name}\" IS '{_MARK}'; COMMIT"
    )


def _engine(url: str) -> tuple[Any, str]:
    """The engine of SQLAlchemy for a URL, and the schema that it names."""
    try:
        import psycopg  # noqa: F401, PLC0415 - only where such a ledger is meant
        import sqlalchemy  # noqa: PLC0415 - as above
    except ImportError:
        raise MissingExtra(_REMEDY) from None
    try:
        parsed = sqlalchemy.engine.make_url(url).set(drivername="postgresql+psycopg")
    except (sqlalchemy.exc.ArgumentError, ValueError) as error:
        raise UsageError(f"no URL of a ledger: {error}") from None
    if parsed.password is not None or "password" in parsed.query:
        raise UsageError(
            "a ledger's URL shall not hold the password, since reports show it; set PGPASSWORD, or "
            "write it into ~/.pgpass"
        )
    query = dict(parsed.query)
    name = str(query.pop("schema", "aigc_label"))
    if not name.isidentifier() or not name.isascii():
        raise UsageError(f"{url}: a schema's name is of letters, digits and _")
    made = sqlalchemy.create_engine(
        parsed.set(query=query), poolclass=sqlalchemy.pool.NullPool, isolation_level="AUTOCOMMIT"
    )
    return made, name


def _sound(value: object) -> object:
    """Text as PostgreSQL can hold it: without zeros, and without bytes that are no text."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "backslashreplace").decode("utf-8")
    return value
