"""What a library stands in: a tree of files, on a disk or elsewhere.

The engine knows stores by :class:`Store` alone. :class:`aigc_label.library.local.LocalStore` is
the one for folders; others are added to :data:`SCHEMES`.
"""

from __future__ import annotations

import importlib
from typing import IO, TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from aigc_label.asset import Asset
    from aigc_label.library.selecting import Wanted

SCHEMES: dict[str, str] = {}
"""By the part of a URL before ``://``, the module whose ``open_store(url, originals)`` gives the
store; that of others is :mod:`aigc_label.library.remote`."""


class Entry(NamedTuple):
    """A file as a store tells of it, without opening it.

    Attributes:
        key: its path below the store's root, as bytes, with ``/`` between folders.
        size: bytes.
        mtime_ns: when its content last changed, in nanoseconds since the epoch; 0 if unknown.
        version: what tells it from another file of the same name, size and time: an inode, an
            ETag; ``""`` if the store has nothing of the kind.
    """

    key: bytes
    size: int
    mtime_ns: int
    version: str

    def __reduce__(self) -> tuple[type[Entry], tuple[object, ...]]:
        """How it is packed for another process: half the time of a tuple's own way."""
        return Entry, tuple(self)

    def is_same(self, other: Entry | None) -> bool:
        """Whether nothing has happened to the file between the two looks."""
        return other is not None and self[1:] == other[1:]


class Store(Protocol):
    """A tree of files. Small, picklable and without open connections: it travels to workers."""

    @property
    def url(self) -> str:
        """What it was opened with; for messages and for the ledger."""

    def walk(self, wanted: Wanted) -> Iterator[Entry]:
        """Every wanted file, in any order, in bounded memory; our own files are left out.

        Raises:
            OSError: the root cannot be listed. Folders below it that cannot be are told to
                ``wanted``.
        """

    def look(self, key: bytes, opened: Asset | None = None) -> Entry | None:
        """The file as it is now, ``None`` if there is none.

        Args:
            key: the file.
            opened: the same, being read: a store that can asks for this one, whatever has been put
                in its place since.
        """

    def reading(self, key: bytes) -> AbstractContextManager[str | IO[bytes]]:
        """A file to read: a local path, or a binary stream that can seek.

        Raises:
            OSError: it cannot be opened.
        """

    def writing(
        self,
        key: bytes,
        *,
        replaces: Entry | None,
        force: bool = False,
        of: Entry | None = None,
    ) -> AbstractContextManager[str | IO[bytes]]:
        """Where to write a file.

        That is a local path, which is replaced in one step by whoever writes it; or a binary
        stream, which becomes the file when the context ends without an exception.

        Args:
            key: the file.
            replaces: what it looked like, if it is replaced: refuse where it no longer does.
            force: replace whatever stands there.
            of: the file that this is the result of, for :meth:`is_result`.

        Raises:
            FileExistsError: something stands there that is not to be replaced.
            OSError: it cannot be written.
        """

    def flush(self) -> None:
        """Wait until what was written so far would survive a power cut."""

    def is_result(self, key: bytes, of: Entry) -> bool:
        """Whether a file was written here as the result of that one; ``False`` if unknown."""

    def keep(self, key: bytes, name: str) -> None:
        """Keep the bytes of a file under another name, before it is replaced; durable after.

        Nothing happens if that name is taken: then they are kept already.

        Raises:
            OSError: they cannot be kept.
        """

    def restore(self, key: bytes, name: str) -> None:
        """Put what was kept in the file's place, in one step.

        Raises:
            FileNotFoundError: nothing is kept under that name.
            OSError: it cannot be put there.
        """

    def keeps(self, name: str) -> bool:
        """Whether something is kept under a name."""

    def forget(self, name: str) -> None:
        """Give up what was kept under a name."""

    def sweep(self, key: bytes) -> None:
        """Remove what a killed run left half-written for this file, unless a run still works."""

    def remove(self, key: bytes) -> None:
        """Remove a file that this run has written."""


def open_store(url: str, originals: str = "") -> Store:
    """The store that a folder's path or a URL means.

    Args:
        url: the path or the URL.
        originals: the folder that former bytes are kept in; a store that is no folder keeps them
            itself, apart from those of other ledgers.

    Raises:
        UsageError: nobody knows such URLs.
        MissingExtra: something must be installed first.
    """
    scheme, mark, _ = url.partition("://")
    if not mark:
        from aigc_label.library.local import LocalStore  # noqa: PLC0415 - one of several

        return LocalStore(url, originals)
    module = importlib.import_module(SCHEMES.get(scheme, "aigc_label.library.remote"))
    store: Store = module.open_store(url, originals)
    return store
