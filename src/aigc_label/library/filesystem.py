"""Objects of anything that fsspec knows."""

from __future__ import annotations

import contextlib
import errno
import os
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from aigc_label.library.objects import READ_ONLY, Found, refusal, translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SMALL = 16 << 20  # bytes
_VERSIONS = ("generation", "etag", "ETag", "e_tag", "content_md5", "md5", "CRC")
_TIMES = ("mtime", "LastModified", "last_modified", "Last-Modified", "updated", "created")
_IN_ONE_STEP = frozenset(("gs", "gcs", "az", "abfs", "abfss", "oss", "memory"))
"""Stores whose objects are there whole or not at all; others are only read."""
_WITHOUT_MODES = frozenset(("oss",))  # their packages have no way to ask for new objects only


class FsspecObjects:
    """The files below a path; see :class:`~aigc_label.library.objects.Objects`.

    Args:
        fs: an ``fsspec.AbstractFileSystem``.
        root: a path in it.
        scheme: how its URLs begin.
    """

    def __init__(self, fs: Any, root: str, scheme: str) -> None:
        self._fs = fs
        self.root = root
        self.writable = scheme in _IN_ONE_STEP
        self._knows_modes = scheme not in _WITHOUT_MODES

    def obstacle(self) -> str:
        """Folders are made as they are needed."""
        return "" if self.writable else READ_ONLY

    def listed(self) -> Iterator[tuple[str, Found]]:
        """A folder at a time."""
        cut = len(self.root.rstrip("/")) + 1 if self.root else 0
        with translated(self.root):
            if not self.root or self._fs.isdir(self.root):
                folders = self._fs.walk(self.root, detail=True, on_error="raise")
            else:
                raise FileNotFoundError(self.root)
        while True:
            with translated(self.root):
                folder = next(folders, None)
            if folder is None:
                return
            for told in folder[2].values():
                path = told["name"]
                # A listing of links tells no sizes.
                found = self.head(path) if told.get("size") is None else _found(told)
                if found is not None:
                    yield path[cut:].lstrip("/"), found

    def head(self, path: str) -> Found | None:
        """As the file system tells it."""
        try:
            with translated(path):
                told = self._fs.info(path)
        except FileNotFoundError:
            return None
        if told.get("type", "file") != "file":
            return None
        if told.get("size") is None:
            raise OSError(errno.ENOTSUP, "the server does not say how long it is", path)
        return _found(told)

    def fetch(self, path: str, start: int, end: int, found: Found) -> bytes:
        """A range; servers that know no ranges give all of it, which is borne with small files."""
        with translated(path):
            data: bytes = self._fs.cat_file(path, start=start, end=end)
        if len(data) != found.size or len(data) == end - start:
            return data
        if found.size > _SMALL:
            raise OSError(errno.ENOTSUP, "the server gives no parts of files; fetch it first", path)
        return data[start:end]

    def put(self, local: str, path: str, *, replaces: Found | None, of: str, note: str) -> None:  # noqa: ARG002 - there is no place for them
        """New ones under the store's own condition; others are compared just before and after."""
        now = self.head(path)
        if now != replaces:
            raise refusal(path, replaces)
        mode = {"mode": "create"} if replaces is None and self._knows_modes else {}
        with translated(path):
            self._fs.put_file(local, path, **mode)
            size = self._fs.info(path)["size"]
        if size != os.path.getsize(local):
            raise OSError(errno.EIO, "does not stand in the store as it was sent", path)

    def copy(self, source: str, target: str) -> None:
        """Within the store."""
        with translated(source):
            self._fs.cp_file(source, target)

    def delete(self, path: str) -> None:
        """As the file system does."""
        with translated(path), contextlib.suppress(FileNotFoundError):
            self._fs.rm_file(path)

    def abort(self, path: str, note: str) -> None:
        """These stores show nothing half-sent."""


def _found(told: Mapping[str, Any]) -> Found:
    version = next((str(told[name]) for name in _VERSIONS if told.get(name)), "")
    when = next((told[name] for name in _TIMES if told.get(name)), None)
    return Found(told["size"], _nanoseconds(when), version)


def _nanoseconds(when: object) -> int:
    """A time as the various stores tell it; 0 for none that can be understood."""
    if isinstance(when, str):
        when = _parsed(when)
    if isinstance(when, datetime):
        when = when.timestamp()
    # Microseconds are what both of the ways in which one store tells a time agree in.
    return round(when * 1_000_000) * 1000 if isinstance(when, (int, float)) else 0


def _parsed(when: str) -> datetime | None:
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        with contextlib.suppress(ValueError, TypeError):
            return parse(when)
    return None
