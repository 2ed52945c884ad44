"""One job: what became of it, and the bounds that it is done within."""

from __future__ import annotations

import errno
import time
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from aigc_label.errors import AigcLabelError, AssetError

if TYPE_CHECKING:
    from collections.abc import Callable

J = TypeVar("J")
R = TypeVar("R")

_PAUSE = 0.05  # seconds before the first retry; four times as long before each one that follows
_TRANSIENT = frozenset(
    getattr(errno, name)
    for name in ("EAGAIN", "EBUSY", "EINTR", "EMFILE", "ENFILE", "ENOLCK", "ESTALE", "ETIMEDOUT")
    if hasattr(errno, name)
)


class Outcome(NamedTuple, Generic[J, R]):
    """What became of one job: a result, or the error it ended with.

    Attributes:
        job: what was given.
        result: what the work returned.
        error: an ``AigcLabelError`` or ``OSError`` about the file, or any other exception, which
            is a bug.
        trace: the traceback of a bug as text.
    """

    job: J
    result: R | None = None
    error: Exception | None = None
    trace: str = ""


class Limits(NamedTuple):
    """What one job may take.

    Attributes:
        seconds: how long it may work, after which its process is ended; ``None`` for no limit.
        memory: bytes of data that its process, and each program it starts, may hold; ``None`` for
            no limit, and no effect where the system has no such limit.
        retries: how often it is tried again after an error that may pass, such as a busy file.
    """

    seconds: float | None = None
    memory: int | None = None
    retries: int = 0


NO_LIMITS = Limits()


class ProcessLost(AssetError):
    """The process that worked on a file ended before it had; what it was writing may be there."""


def attempt(work: Callable[[J], R], job: J, limits: Limits = NO_LIMITS) -> Outcome[J, R]:
    """Do one job; every exception becomes its outcome."""
    tries = 0
    while True:
        try:
            return Outcome(job, work(job))
        except OSError as error:
            if error.errno not in _TRANSIENT or tries >= limits.retries:
                return Outcome(job, error=error)
            time.sleep(_PAUSE * 4**tries)
            tries += 1
        except AigcLabelError as error:
            return Outcome(job, error=error)
        except MemoryError:
            return Outcome(job, error=AssetError(_short_of_memory(limits)))
        except Exception as error:  # noqa: BLE001 - a bug with one file must not stop the rest
            return Outcome(job, error=error, trace=traceback_text())


def _short_of_memory(limits: Limits) -> str:
    if limits.memory is None:
        return "not enough memory; free some, or work with -j 1"
    return (
        f"needs more than the {limits.memory >> 20} MiB that a file may take; raise the limit "
        "(--memory-limit)"
    )


def traceback_text() -> str:
    """The traceback of the exception that is being handled."""
    import traceback  # noqa: PLC0415 - only when something broke

    return traceback.format_exc()
