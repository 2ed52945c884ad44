"""The file of a ledger: told from other files, and opened also where nothing can be written."""

from __future__ import annotations

import errno
import os
import sqlite3

from aigc_label.errors import UsageError
from aigc_label.library import locking, schema

_BUSY = 30.0  # seconds to wait for another connection's transaction
_MAGIC = b"SQLite format 3\0"
_TABLES = {"plan", "run", "file", "manifest"}


class Beginning(UsageError):
    """A run has just begun, and nothing is noted yet; ask again in a moment.

    Attributes:
        pid: its process.
    """

    def __init__(self, path: str, pid: int) -> None:
        super().__init__(f"{path}: a run is just beginning (process {pid}); ask again in a moment")
        self.pid = pid


def refuse_other(path: str) -> None:
    """Refuse what can be no ledger, before anything is made of it or beside it.

    Raises:
        UsageError: saying what it is.
        OSError: it cannot be read.
    """
    if "://" in path or not os.path.exists(path):
        return
    if not os.path.isfile(path):
        what = "a folder" if os.path.isdir(path) else "no ordinary file"
        raise UsageError(f"{path}: {what}, and a ledger is a file; {_ELSE}")
    with open(path, "rb") as stream:
        head = stream.read(len(_MAGIC))
    if head not in (b"", _MAGIC):
        raise UsageError(f"{path}: no ledger; {_ELSE}")


_ELSE = "for a run, name another with --ledger"


def nothing(path: str) -> UsageError:
    """Why there is nothing to look at: nobody has made it, or somebody is about to."""
    pid = locking.holder(path)
    if pid is not None:
        return Beginning(path, pid)
    return UsageError(f"{path}: there is no ledger; `aigc-label batch run` makes one")


def connected(path: str) -> sqlite3.Connection:
    """A connection to write, too."""
    return sqlite3.connect(path, timeout=_BUSY, isolation_level=None)


def looking(path: str) -> sqlite3.Connection:
    """A connection to look only; also where nothing can be written beside the file.

    Raises:
        UsageError: there is no file.
        OSError: there is something beside it that a killed run has not taken over yet.
    """
    if not os.path.exists(path):
        raise nothing(path)
    db = connected(path)
    try:
        db.execute("PRAGMA user_version")
        return db
    except sqlite3.OperationalError:
        db.close()
        if os.access(os.path.dirname(path) or ".", os.W_OK):
            raise
    if os.path.exists(f"{path}-wal") and os.path.getsize(f"{path}-wal"):
        why = "its last rows stand in the file -wal beside it; copy both to where one can write"
        raise OSError(errno.EROFS, why, path)
    from urllib.parse import quote  # noqa: PLC0415 - seldom

    url = f"file:{quote(os.fsencode(path))}?immutable=1"
    return sqlite3.connect(url, uri=True, isolation_level=None)


def is_made(db: sqlite3.Connection, path: str) -> bool:
    """Whether the tables of a ledger are there.

    Raises:
        UsageError: those of somebody else are.
    """
    version = db.execute("PRAGMA user_version").fetchone()[0]
    rows = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    names = {str(row[0]) for row in rows}
    if version == schema.VERSION and names >= _TABLES:
        return True
    if version or names:
        raise UsageError(f"{path}: no ledger of this version of aigc-label; {_ELSE}")
    return False


def told(error: sqlite3.DatabaseError, path: str) -> OSError | UsageError:
    """What went wrong with a ledger and what to do, as an error of ours or of the system."""
    text = str(error)
    if not isinstance(error, sqlite3.OperationalError):
        return UsageError(f"{path}: no ledger, or a damaged one: {text}; {_DAMAGED}")
    if "unable to open" in text:
        if os.path.islink(path) and not os.path.exists(path):
            text = f"{text}, as it is a link that leads nowhere; remove it, or {_NAME}"
        elif not os.path.isdir(os.path.dirname(path) or "."):
            text = f"{text}, as its folder is not there; make that, or {_NAME}"
        return OSError(errno.EACCES, text, path)
    if "readonly" in text:
        return OSError(errno.EACCES, text, path)
    if "full" in text:
        return OSError(errno.ENOSPC, f"{text}; free some space there, {_AGAIN}", path)
    if "locked" in text:
        return OSError(errno.EIO, f"{text}; close the program that has it open, {_AGAIN}", path)
    return OSError(errno.EIO, f"{text}; see whether its disk is full or failing, {_AGAIN}", path)


_AGAIN = "and run the same again"
_NAME = "name another with --ledger"
_DAMAGED = (
    f"put a copy of it back, or {_NAME}; results that stand at --dest already then need --force"
)
