"""An opened input: exact, bounded and counted reads from a path, bytes or a stream."""

from __future__ import annotations

import io
import os
import stat
from typing import IO, TYPE_CHECKING, Protocol, TypeAlias

from aigc_label import copying
from aigc_label.errors import AssetError, LimitExceeded, Malformed, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

Source: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | Asset"
"""What every entry point takes: a path, the bytes themselves, or a binary stream; or an asset,
which stays open.
"""

HEAD = 16_384
"""Bytes fetched on opening: the labels of most files stand within them."""

LARGEST_READ = 64 << 20
"""No structure of any format needs more in one piece; payload is copied, not read."""

LARGEST_STREAM = 2 << 30
"""What comes from a pipe is held in memory; no more of it than this."""


class Sink(Protocol):
    """Something bytes are written to."""

    def write(self, data: bytes | memoryview, /) -> object:
        """Write all of ``data``."""


class Asset:
    """An input whose every read is exact, bounded and counted (law 6).

    Attributes:
        name: the name for messages, and for telling text formats apart.
        path: the file's path, ``None`` for bytes and streams.
        size: length in bytes.
        head: the first :data:`HEAD` bytes, or all of a shorter file.
        bytes_read: how many bytes were fetched so far, ``head`` included.
        reads: how many fetches there were.
    """

    __slots__ = (
        "_close",
        "_fetch",
        "_fileno",
        "_stamp",
        "bytes_read",
        "head",
        "name",
        "path",
        "reads",
        "size",
    )

    def __init__(
        self,
        fetch: Callable[[int, int], bytes],
        size: int,
        *,
        name: str,
        path: str | None = None,
        fileno: int | None = None,
        close: Callable[[], object] | None = None,
        stamp: tuple[int, int, int] | None = None,
        head: bytes | None = None,
    ) -> None:
        self._fetch = fetch
        self._stamp = stamp
        self._fileno = fileno
        self._close = close
        self.name = name
        self.path = path
        self.size = size
        self.bytes_read = 0
        self.reads = 0
        self.head = head or b""
        if head is None:
            self.head = self.peek(0, HEAD)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def extension(self) -> str:
        """The name's extension in lower case, with the dot; ``""`` if it has none."""
        return os.path.splitext(self.name)[1].lower()

    def has_changed(self) -> bool:
        """Whether somebody has written or replaced the file since it was opened.

        Told by inode, size and time; of bytes and streams nobody can tell.
        """
        if self._stamp is None or self.path is None:
            return False
        try:
            return _stamp_of(os.stat(self.path)) != self._stamp
        except FileNotFoundError:
            return True

    def status(self) -> os.stat_result | None:
        """What the system says now of the opened file; ``None`` for bytes and streams.

        Another file may stand at its path by then, which is not the one that is read.
        """
        return None if self._fileno is None else os.fstat(self._fileno)

    def lent(self, name: str | None = None) -> Asset:
        """The same input for somebody else, who may close it without closing this one."""
        return Asset(
            self._fetch,
            self.size,
            name=name or self.name,
            path=self.path,
            fileno=self._fileno,
            stamp=self._stamp,
            head=self.head,
        )

    def close(self) -> None:
        """Release the file descriptor, if this asset opened one."""
        if self._close is not None:
            self._close()
            self._close = None

    def read(self, offset: int, length: int) -> bytes:
        """Exactly ``length`` bytes at ``offset``.

        Raises:
            Malformed: if the file ends before that.
            LimitExceeded: if more than :data:`LARGEST_READ` is asked for in one piece.
        """
        end = offset + length
        if end <= len(self.head) and offset >= 0 <= length:
            return self.head[offset:end]
        if offset < 0 or length < 0 or end > self.size:
            raise Malformed(
                f"cut short: {length} bytes expected at byte {offset}, the file has {self.size}",
                offset=offset,
            )
        if length > LARGEST_READ:
            raise LimitExceeded(
                f"a structure of {length} bytes at byte {offset} is over the "
                f"{LARGEST_READ >> 20} MiB limit",
                offset=offset,
            )
        data = self._fetch(offset, length)
        self.bytes_read += len(data)
        self.reads += 1
        if len(data) != length:
            raise Malformed(f"the file changed or ended while it was read at byte {offset}")
        return data

    def peek(self, offset: int, length: int) -> bytes:
        """Up to ``length`` bytes at ``offset``: fewer at the end of the file, never an error."""
        length = min(length, self.size - offset)
        return self.read(offset, length) if length > 0 and offset >= 0 else b""

    def copy_to(self, sink: Sink, start: int, end: int) -> None:
        """Copy the bytes from ``start`` to ``end`` without holding them in memory."""
        if self._fileno is not None and (target := _fileno_of(sink)) is not None:
            sink.flush()  # type: ignore[attr-defined] # what has a fileno has a flush
            start = copying.append(self._fileno, target, start, end)
            os.lseek(target, 0, os.SEEK_END)
        while start < end:
            piece = self.read(start, min(copying.CHUNK, end - start))
            sink.write(piece)
            start += len(piece)


def open_asset(source: Source, *, name: str | None = None) -> Asset:
    """Open a path, bytes or binary stream for reading.

    A stream that cannot seek is read into memory; one that can is left open, at any position.

    Raises:
        OSError: unwrapped, if the path cannot be opened.
        AssetError: if the path is not a regular file.
        UsageError: if ``source`` is none of those types.
    """
    if name is not None and not isinstance(name, str):
        name = _text_of(name)
    if isinstance(source, Asset):
        return source.lent(name)
    if isinstance(source, (bytes, bytearray, memoryview)):
        view = memoryview(source)
        view = memoryview(view.tobytes()) if not view.c_contiguous else view.cast("B")
        return Asset(
            lambda offset, length: bytes(view[offset : offset + length]),
            len(view),
            name=name or "<bytes>",
        )
    if isinstance(source, (str, os.PathLike)):
        try:
            return _open_path(_path_of(source), name)
        except OSError as error:
            if isinstance(source, str) and ("\n" in source or not source):
                error.add_note(_CONTENT)
            raise
    if hasattr(source, "read"):
        return _open_stream(source, name)
    raise UsageError(f"cannot open {type(source).__name__}: give a path, bytes or a binary stream")


_CONTENT = (
    "A str is taken for a path; for the content itself give its bytes: "
    "text.encode(), with name='answer.md'"
)
_LONGEST_PATH = 4096  # bytes; no system takes more


def _text_of(name: object) -> str:
    if isinstance(name, os.PathLike) and isinstance(text := os.fspath(name), str):
        return text
    raise UsageError(f"name must be text such as 'answer.md', not {type(name).__name__}")


def _path_of(source: str | os.PathLike[str]) -> str:
    path = os.fspath(source)
    if not isinstance(path, str):
        raise UsageError("a path must be text; give bytes of content as they are")
    if "\0" in path or len(path) > _LONGEST_PATH:
        raise UsageError(f"no path is that long or holds that. {_CONTENT}")
    return path


def _open_path(path: str, name: str | None) -> Asset:
    fd = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise AssetError(_no_file(found.st_mode), asset=name or path)
        return Asset(
            _reader_of(fd),
            found.st_size,
            name=name or path,
            path=path,
            fileno=fd,
            close=lambda: os.close(fd),
            stamp=_stamp_of(found),
        )
    except BaseException:
        os.close(fd)
        raise


def _stamp_of(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns


def _no_file(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "it is a folder; give the files in it"
    if stat.S_ISFIFO(mode):
        return "it is a pipe, which can be read only once; save what comes out of it as a file"
    return "it is a device or a socket; give a file"


def _reader_of(fd: int) -> Callable[[int, int], bytes]:
    if not hasattr(os, "pread"):  # Windows

        def fetch(offset: int, length: int) -> bytes:
            os.lseek(fd, offset, os.SEEK_SET)
            return os.read(fd, length)

        return fetch
    return lambda offset, length: os.pread(fd, length, offset)


def _open_stream(stream: IO[bytes], name: str | None) -> Asset:
    label = name or getattr(stream, "name", None)
    label = label if isinstance(label, str) else "<stream>"
    if isinstance(stream, io.TextIOBase):
        raise UsageError("the stream gives text; open it in binary mode")
    if getattr(stream, "closed", False):
        raise UsageError("the stream is closed; hand it over while it is open")
    if not (hasattr(stream, "seekable") and stream.seekable()):
        return open_asset(_drained(stream), name=label)

    def fetch(offset: int, length: int) -> bytes:
        stream.seek(offset)
        parts = []
        while length > 0:
            part = stream.read(length)
            if not isinstance(part, bytes):
                raise UsageError("the stream gives text; open it in binary mode")
            if not part:
                break
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    return Asset(fetch, stream.seek(0, io.SEEK_END), name=label)


def _drained(stream: IO[bytes]) -> bytes:
    """All that a stream gives that cannot seek; it may give less at a time than it is asked for.

    Raises:
        LimitExceeded: if that is more than :data:`LARGEST_STREAM` bytes.
        UsageError: if it gives no bytes.
    """
    parts = []
    room = LARGEST_STREAM
    while part := stream.read(copying.CHUNK):
        if not isinstance(part, bytes):
            raise UsageError("the stream gives text; open it in binary mode")
        parts.append(part)
        room -= len(part)
        if room < 0:
            raise LimitExceeded(
                f"a stream that cannot seek gives more than {LARGEST_STREAM >> 30} GiB; save it as "
                "a file first"
            )
    if part is None:
        raise UsageError("the stream does not wait for its bytes; open it in blocking mode")
    return b"".join(parts)


def _fileno_of(sink: object) -> int | None:
    try:
        return sink.fileno()  # type: ignore[attr-defined,no-any-return] # that is the question
    except (AttributeError, OSError):
        return None
