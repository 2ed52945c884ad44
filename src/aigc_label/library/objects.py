"""What an object store can do, and its errors as those of the system."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from typing import TYPE_CHECKING, NamedTuple, Protocol

from aigc_label.errors import AssetError
from aigc_label.library.local import CHANGED, EXISTS
from aigc_label.library.urls import masked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.library.store import Entry


class Found(NamedTuple):
    """An object as its store tells of it.

    Attributes:
        size: bytes.
        mtime_ns: nanoseconds since the epoch, 0 if unknown.
        version: its ETag, generation or the like; ``""`` if the store has none.
        of: the token of the file that it is our result of, ``""`` if it is none.
    """

    size: int
    mtime_ns: int
    version: str
    of: str = ""


class Objects(Protocol):
    """The objects below a root. Paths are those of the store, without its scheme."""

    root: str
    writable: bool

    def obstacle(self) -> str:
        """What hinders all writing, to be said after a URL; ``""`` where nothing is known to."""

    def listed(self) -> Iterator[tuple[str, Found]]:
        """Every object, by its name below the root, in bounded memory."""

    def head(self, path: str) -> Found | None:
        """An object now, ``None`` if there is none."""

    def fetch(self, path: str, start: int, end: int, found: Found) -> bytes:
        """A range of an object; of another version of it: ``OSError`` where the store can tell."""

    def put(self, local: str, path: str, *, replaces: Found | None, of: str, note: str) -> None:
        """Make a local file an object, which replaces exactly that one, or none.

        Args:
            local: the file.
            path: the object.
            replaces: the object that stands there.
            of: what :attr:`Found.of` shall say.
            note: where to note an upload in pieces, so that :meth:`abort` knows it is ours.

        Raises:
            FileExistsError: something stands there, and nothing was to be replaced.
            AssetError: what was to be replaced is no longer there.
        """

    def copy(self, source: str, target: str) -> None:
        """Copy an object within the store."""

    def delete(self, path: str) -> None:
        """Delete an object, if it is there."""

    def abort(self, path: str, note: str) -> None:
        """Give up the uploads of an object that a killed run noted."""


READ_ONLY = "can only be read; name a bucket or a folder for the results"


def token(entry: Entry) -> str:
    """What tells a version of a file from all others, and nothing else."""
    told = f"{os.fsdecode(entry.key)}\n{entry.size}\n{entry.mtime_ns}\n{entry.version}"
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def refusal(path: str, replaces: Found | None) -> OSError | AssetError:
    """What to raise when a condition of a write did not hold."""
    if replaces is None:
        return FileExistsError(errno.EEXIST, EXISTS, path)
    return AssetError(CHANGED)


@contextlib.contextmanager
def translated(path: str) -> Iterator[None]:
    """Raise what the libraries of stores raise as ``OSError``, without secrets."""
    path = masked(path)
    try:
        yield
    except FileExistsError:
        raise
    except FileNotFoundError as error:
        told = error.__cause__  # fsspec's word for servers that cannot be reached, too
        if told is not None and _is_passing(told):
            raise _foreign(told, path) from error
        raise FileNotFoundError(errno.ENOENT, "there is no such file or bucket", path) from None
    except (PermissionError, IsADirectoryError, NotADirectoryError) as error:
        raise type(error)(error.errno or errno.EACCES, _said(error), path) from error
    except TimeoutError as error:
        raise TimeoutError(errno.ETIMEDOUT, "the store did not answer in time", path) from error
    except OSError as error:
        number = error.errno or errno.EIO
        raise OSError(_LASTING.get(number, number), _said(error), path) from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in _LIBRARIES:
            raise
        raise _foreign(error, path) from error


_LASTING = {
    getattr(errno, "EREMOTEIO", errno.EIO): errno.EAGAIN,  # s3fs's word for status 500
    errno.ECONNREFUSED: errno.ETIMEDOUT,
    errno.ECONNRESET: errno.ETIMEDOUT,
    errno.EPIPE: errno.ETIMEDOUT,
}
"""Errors that may pass, by numbers that make a batch try once more."""

_LIBRARIES = frozenset(
    [
        "adlfs",
        "aiobotocore",
        "aiohttp",
        "aiooss2",
        "azure",
        "botocore",
        "fsspec",
        "gcsfs",
        "google",
        "ossfs",
        "oss2",
        "requests",
        "s3fs",
        "urllib3",
        "zipfile",
        "zlib",
    ]
)


_PASSING = ("Timeout", "Connect", "Disconnect", "Closed", "Payload", "Streaming", "IncompleteRead")


def _foreign(error: BaseException, path: str) -> OSError:
    name = type(error).__name__
    if "Credentials" in name or "Auth" in name:
        return PermissionError(
            errno.EACCES,
            "no credentials that work; give them in the environment, such as AWS_ACCESS_KEY_ID, "
            "AWS_SECRET_ACCESS_KEY or AWS_PROFILE",
            path,
        )
    status = getattr(error, "status", None)
    if status in (401, 403):
        return PermissionError(errno.EACCES, f"the server refuses it ({status})", path)
    if _is_passing(error):
        return TimeoutError(errno.ETIMEDOUT, "the store cannot be reached", path)
    return OSError(errno.EIO, f"{name}: {_said(error)}", path)


def _is_passing(error: BaseException) -> bool:
    return any(word in type(error).__name__ for word in _PASSING)


def _said(error: BaseException) -> str:
    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return masked(" ".join(told.split()))[:300] or type(error).__name__
