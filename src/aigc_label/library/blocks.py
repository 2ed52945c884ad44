"""Something far away as a stream that can seek, of which no byte is fetched twice."""

from __future__ import annotations

import errno
import io
import os
import tempfile
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

BLOCK = 64 << 10
"""Bytes that are fetched at least. What a round trip to a store costs, so many bytes cost, too;
and the labels of most files stand within the first of them."""

WINDOW = 8 << 20
"""Bytes that are fetched in one request at most."""

_HELD = 8 << 20  # bytes in memory; beyond them what was fetched stands in a temporary file
_RUN = 512 << 10  # bytes read in a row from which on more is fetched than was asked for


class BlockStream(io.RawIOBase):
    """A stream over ranges; what was fetched is kept, first in memory and then in a file.

    Args:
        fetch: gives the bytes from ``start`` to ``end``.
        size: bytes of the whole.

    Attributes:
        fetched: bytes that were asked for so far.
        requests: in how many requests.
    """

    def __init__(self, fetch: Callable[[int, int], bytes], size: int) -> None:
        super().__init__()
        self._fetch = fetch
        self._size = size
        self._at = 0
        self._run = 0
        self._held: dict[int, bytes] = {}
        self._have = bytearray(-(-size // BLOCK))
        self._file: IO[bytes] | None = None
        self.fetched = 0
        self.requests = 0

    def __enter__(self) -> Self:
        return self

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Where the next byte is read from."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a byte."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        at = base + offset
        if at < 0:
            raise ValueError("before the beginning")
        if at != self._at:
            self._run = 0
        self._at = at
        return at

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override] # what callers give
        """Fill a buffer, but for what is beyond the end."""
        view = memoryview(buffer).cast("B")
        length = max(0, min(len(view), self._size - self._at))
        start, end = self._at, self._at + length
        if length:
            self._get(start, end)
            self._copy(view, start, end)
        self._run += length
        self._at = end
        return length

    def close(self) -> None:
        """Give the memory and the file back."""
        self._held.clear()
        if self._file is not None:
            self._file.close()
            self._file = None
        super().close()

    def _get(self, start: int, end: int) -> None:
        """Fetch what is missing between two bytes: whole blocks, neighbours in one request."""
        asked = last = -(-end // BLOCK)
        if self._run >= _RUN:  # whoever reads on and on will; at most as much again as was read
            last = min(len(self._have), last + min(self._run, WINDOW) // BLOCK)
        first = self._have.find(0, start // BLOCK, asked)
        while first >= 0:
            there = self._have.find(1, first, last)
            stop = min(there if there >= 0 else last, first + WINDOW // BLOCK)
            self._take(first, stop)
            first = self._have.find(0, stop, asked)

    def _take(self, first: int, stop: int) -> None:
        start, end = first * BLOCK, min(stop * BLOCK, self._size)
        data = self._fetch(start, end)
        self.requests += 1
        self.fetched += len(data)
        if len(data) != end - start:
            raise OSError(errno.EIO, f"{end - start} bytes were asked for, and {len(data)} came")
        if self._file is None and (len(self._held) + stop - first) * BLOCK > _HELD:
            self._spill()
        if self._file is not None:
            self._file.seek(start)
            self._file.write(data)
        else:
            for number in range(first, stop):
                at = number * BLOCK - start
                self._held[number] = data[at : at + BLOCK]
        self._have[first:stop] = b"\1" * (stop - first)

    def _spill(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="aigc-label-")  # noqa: SIM115 - close() does
        for number, data in self._held.items():
            self._file.seek(number * BLOCK)
            self._file.write(data)
        self._held.clear()

    def _copy(self, view: memoryview, start: int, end: int) -> None:
        if self._file is not None:
            self._file.seek(start)
            view[: end - start] = self._file.read(end - start)
            return
        for number in range(start // BLOCK, -(-end // BLOCK)):
            base = number * BLOCK
            low, high = max(start, base), min(end, base + BLOCK)
            view[low - start : high - start] = self._held[number][low - base : high - base]
