"""One run at a time on one ledger."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from typing import TYPE_CHECKING

from aigc_label.errors import UsageError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment] # asked before every use

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOT_HERE = frozenset((errno.EACCES, errno.EPERM, errno.EROFS))
_WIND_UP = 10.0  # seconds that the workers of a killed run get to notice and to clean up


@contextlib.contextmanager
def locked(ledger: str) -> Iterator[None]:
    """Hold the lock on a ledger; it dies with this process and its workers.

    Raises:
        UsageError: another run holds it, or none may be written there.
        OSError: unwrapped.
    """
    if "://" in ledger:  # a server's ledger is locked by whoever opens it
        yield
        return
    if fcntl is None:
        yield
        return
    try:
        fd = os.open(_beside(ledger), os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        if error.errno not in _NOT_HERE:
            raise
        raise UsageError(
            f"{ledger}: no ledger can be written here ({error.strerror}); name another place with "
            "--ledger, or copy it to one that can be written, to resume or undo"
        ) from None
    try:
        _take(fd, ledger)
        os.ftruncate(fd, 0)
        os.pwrite(fd, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(fd)


def holder(ledger: str) -> int | None:
    """The process that is at work with a ledger; ``None`` if there is none."""
    if "://" in ledger:
        from aigc_label.library import postgres  # noqa: PLC0415 - only where a URL is given

        return postgres.holder(ledger)
    if fcntl is None:
        return None
    with contextlib.suppress(OSError):
        fd = os.open(_beside(ledger), os.O_RDWR)
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _pid(fd)
        finally:
            os.close(fd)
    return None


def _take(fd: int, ledger: str) -> None:
    end = time.monotonic() + _WIND_UP
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            pid = _pid(fd)
            if (pid is None or _lives(pid)) or time.monotonic() > end:
                raise UsageError(
                    f"{ledger}: another run is at work with it (process {pid}); "
                    "see `aigc-label batch status`"
                ) from None
            time.sleep(0.1)


def _beside(ledger: str) -> str:
    return f"{ledger}-lock"


def _pid(fd: int) -> int | None:
    try:
        return int(os.pread(fd, 20, 0))
    except (OSError, ValueError):
        return None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
