"""Object stores as stores: whatever fsspec opens, and S3 with all that it can promise."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import platform
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from aigc_label import output
from aigc_label.delivery import BESIDE
from aigc_label.errors import AssetError, MissingExtra, UsageError
from aigc_label.library.blocks import BlockStream
from aigc_label.library.local import CHANGED, EXISTS
from aigc_label.library.objects import READ_ONLY, Found, token, translated
from aigc_label.library.store import Entry
from aigc_label.library.urls import masked, refuse_secrets, scheme_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.library.objects import Objects
    from aigc_label.library.selecting import Wanted

_KEPT = ".aigc-label-originals"
_UPLOADS = ".aigc-label-uploads"
_PIECE = 8 << 20

_MOMENT = 1.0  # seconds
_LOOKED: list[tuple[str, str, Found | None, float]] = []
"""The last look of this process, for the reading after it; told once, and not after a write."""

_PACKAGES = {
    "s3": "'aigc-label[s3]'",
    "s3a": "'aigc-label[s3]'",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
    "oss": "ossfs",
    "http": "'fsspec[http]'",
    "https": "'fsspec[http]'",
}
"""What is to be installed for which URLs."""


def open_store(url: str, originals: str = "") -> RemoteStore:
    """The store that a URL means.

    Args:
        url: as fsspec understands it, chained ones included.
        originals: the folder that a ledger keeps former bytes in, were they on this disk: it tells
            uploads of this ledger's runs from those of others.

    Raises:
        UsageError: nobody knows such URLs, or it holds credentials.
        MissingExtra: something must be installed first.
    """
    refuse_secrets(url)
    run = hashlib.sha256(f"{platform.node()}\n{originals}".encode()).hexdigest()[:16]
    store = RemoteStore(url, run)
    store.objects()
    return store


@dataclass(frozen=True, slots=True)
class RemoteStore:
    """The objects below a URL; see :class:`~aigc_label.library.store.Store`.

    Attributes:
        url: as it was given.
        run: what tells this ledger's own objects from those of others.
    """

    url: str
    run: str = ""

    def objects(self) -> Objects:
        """What does the work, one for each process."""
        return _objects(self.url, os.getpid())

    def refuse_results(self) -> None:
        """Refuse it as a place for results, before the first is made.

        Raises:
            UsageError: nothing can be written there.
            OSError: it cannot be reached.
        """
        if why := self.objects().obstacle():
            raise UsageError(f"{masked(self.url)} {why}")

    def walk(self, wanted: Wanted) -> Iterator[Entry]:
        """See :class:`~aigc_label.library.store.Store`."""
        for name, found in self.objects().listed():
            parts = name.split("/")
            if not parts[-1] or any(output.is_ours(part) for part in parts):
                continue  # what consoles make of folders; and our own
            key = name.encode("utf-8", "surrogateescape")
            if any(part in ("", ".", "..") for part in parts) or "\0" in name:
                wanted.unread.append((name, OSError(errno.EINVAL, "such names mean other paths")))
            elif wanted.file(key, found.mtime_ns):
                yield _entry(key, found)

    def look(
        self,
        key: bytes,
        opened: Asset | None = None,  # noqa: ARG002 - another one may stand there by now
    ) -> Entry | None:
        """See :class:`~aigc_label.library.store.Store`."""
        path = self._path(key)
        found = self.objects().head(path)
        _LOOKED[:] = [(self.url, path, found, time.monotonic())]
        return None if found is None else _entry(key, found)

    @contextlib.contextmanager
    def reading(self, key: bytes) -> Iterator[BlockStream]:
        """See :class:`~aigc_label.library.store.Store`: only what is read is fetched, and once."""
        objects, path = self.objects(), self._path(key)
        found = self._looked(path) or objects.head(path)
        if found is None:
            raise FileNotFoundError(errno.ENOENT, "there is no such file or bucket", masked(path))
        with BlockStream(
            lambda start, end: objects.fetch(path, start, end, found), found.size
        ) as stream:
            yield stream

    @contextlib.contextmanager
    def writing(
        self,
        key: bytes,
        *,
        replaces: Entry | None,
        force: bool = False,
        of: Entry | None = None,
    ) -> Iterator[str]:
        """See :class:`~aigc_label.library.store.Store`.

        The result is made on this disk, where it is read back, and then sent, and after it the
        credentials that stand beside it; what it replaces, or that it replaces nothing, is a
        condition of that.
        """
        objects, path = self.objects(), self._path(key)
        if not objects.writable:
            raise UsageError(f"{masked(self.url)} {READ_ONLY}")
        _LOOKED.clear()
        found = objects.head(path)
        if replaces is not None:
            if not force and (found is None or not replaces.is_same(_entry(key, found))):
                raise AssetError(CHANGED)
        elif found is not None and not force:
            raise FileExistsError(errno.EEXIST, EXISTS, masked(path))
        with output.scratch() as scratch:
            local = str(scratch(f"result{os.path.splitext(os.fsdecode(key))[1][:16]}"))
            if found is not None and objects.head(path + BESIDE) is not None:
                open(local + BESIDE, "wb").close()  # whoever writes sees what it would break
            yield local
            beside, there = local + BESIDE, None
            signed = os.path.exists(beside) and os.path.getsize(beside) > 0
            if signed:
                there = objects.head(path + BESIDE)
                if there is not None and found is None and not force:
                    raise FileExistsError(errno.EEXIST, EXISTS, masked(path) + BESIDE)
            if os.path.exists(local) and not _is_there(objects, path, found, local):
                told = "" if of is None else token(of)
                objects.put(local, path, replaces=found, of=told, note=self._note(key))
            if signed:
                objects.put(beside, path + BESIDE, replaces=there, of="", note=self._note(key))

    def flush(self) -> None:
        """See :class:`~aigc_label.library.store.Store`: what was taken is the store's to keep."""

    def is_result(self, key: bytes, of: Entry) -> bool:
        """See :class:`~aigc_label.library.store.Store`."""
        found = self.objects().head(self._path(key))
        return found is not None and found.of == token(of)

    def keep(self, key: bytes, name: str) -> None:
        """See :class:`~aigc_label.library.store.Store`: a copy within the store."""
        if not self.keeps(name):
            self.objects().copy(self._path(key), self._kept(name))

    def keeps(self, name: str) -> bool:
        """See :class:`~aigc_label.library.store.Store`."""
        return self.objects().head(self._kept(name)) is not None

    def restore(self, key: bytes, name: str) -> None:
        """See :class:`~aigc_label.library.store.Store`."""
        objects = self.objects()
        _LOOKED.clear()
        objects.copy(self._kept(name), self._path(key))
        objects.delete(self._kept(name))

    def forget(self, name: str) -> None:
        """See :class:`~aigc_label.library.store.Store`."""
        self.objects().delete(self._kept(name))

    def sweep(self, key: bytes) -> None:
        """See :class:`~aigc_label.library.store.Store`: gives up uploads of this ledger's runs."""
        self.objects().abort(self._path(key), self._note(key))

    def remove(self, key: bytes) -> None:
        """See :class:`~aigc_label.library.store.Store`."""
        _LOOKED.clear()
        self.objects().delete(self._path(key))

    def _looked(self, path: str) -> Found | None:
        """What was seen of an object a moment ago: a work looks, and then reads, at one request."""
        while _LOOKED:
            url, seen, found, when = _LOOKED.pop()
            if (url, seen) == (self.url, path) and time.monotonic() - when < _MOMENT:
                return found
        return None

    def _path(self, key: bytes) -> str:
        try:
            return self._below(key.decode())
        except UnicodeDecodeError:
            raise AssetError("its name is not UTF-8, which object stores need; rename it") from None

    def _kept(self, name: str) -> str:
        if name.count("/") < 2:  # an earlier version's, which did not begin with its ledger
            name = f"{self.run}/{name}"
        return self._below(f"{_KEPT}/{name}")

    def _note(self, key: bytes) -> str:
        return self._below(f"{_UPLOADS}/{self.run}/{hashlib.sha256(key).hexdigest()[:32]}")

    def _below(self, name: str) -> str:
        root = self.objects().root
        return f"{root.rstrip('/')}/{name}" if root else name


def _entry(key: bytes, found: Found) -> Entry:
    return Entry(key, found.size, found.mtime_ns, found.version)


def _is_there(objects: Objects, path: str, found: Found | None, local: str) -> bool:
    """Whether the object is what would be sent: nothing is, then."""
    if found is None or found.size != os.path.getsize(local):
        return False
    with open(local, "rb") as file:
        for start in range(0, found.size, _PIECE):
            end = min(start + _PIECE, found.size)
            if objects.fetch(path, start, end, found) != file.read(end - start):
                return False
    return True


@lru_cache(maxsize=8)
def _objects(url: str, _process: int) -> Objects:
    """What does the work; none is carried over a fork, as connections are not."""
    scheme = scheme_of(url)
    try:
        import fsspec.core  # noqa: PLC0415 - only where there are stores

        options = {"use_listings_cache": False} if "::" not in url else {}
        with translated(url):  # archives are opened at once
            fs, root = fsspec.core.url_to_fs(url, **options)
    except ImportError as error:
        wanted = _PACKAGES.get(scheme)
        how = f"pip install {wanted}" if wanted else " ".join(str(error).split())
        raise MissingExtra(f"{scheme}:// needs a package that is not installed: {how}") from None
    except ValueError as error:
        if "rotocol" not in str(error):
            raise UsageError(f"{masked(url)}: {masked(str(error))}") from None
        raise UsageError(
            f"no store for {scheme}:// is known; give a folder, or one of s3://, gs://, az://, "
            "oss://, https://, zip:// or what else fsspec knows"
        ) from None
    if scheme in ("s3", "s3a"):
        from aigc_label.library.s3 import S3Objects  # noqa: PLC0415 - one of several

        return S3Objects(fs, root)
    from aigc_label.library.filesystem import FsspecObjects  # noqa: PLC0415 - as above

    return FsspecObjects(fs, root, scheme)
