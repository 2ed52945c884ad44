"""The first bytes of something, as a stream as long as the whole: what is missing is asked for."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable


class NotYet(BaseException):
    """The outcome depends on what has not come; no parser's ``except Exception`` may hide it."""


class Arriving:
    """The bytes that have come, as a seekable stream as long as the whole upload.

    Attributes:
        has_missed: whether it was asked for bytes that have not come.
        missing: up to which byte.
    """

    __slots__ = ("_at", "_came", "_held", "_size", "has_missed", "missing")
    closed = False

    def __init__(self, held: IO[bytes], came: int, size: int | AtLeast) -> None:
        self._held = held
        self._came = came
        self._size = size
        self._at = 0
        self.has_missed = False
        self.missing = came
        if isinstance(size, AtLeast):
            size.miss = self._miss

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int | AtLeast:
        """Go to a byte, or tell the length of the whole."""
        if whence == os.SEEK_END:
            return self._size
        self._at = offset
        return offset

    def read(self, length: int) -> bytes:
        """The next ``length`` bytes; raises :class:`NotYet` if one of them has not come."""
        end = self._at + length
        if end > self._came:
            self._miss(end)
        self._held.seek(self._at)
        self._at = end
        return self._held.read(length)

    def _miss(self, end: int) -> NoReturn:
        if not self.has_missed:
            self.has_missed, self.missing = True, end
        raise NotYet


class AtLeast:
    """The length of an upload that may go on: comparisons that hold whatever it is are answered.

    Every other use raises :class:`NotYet`: the outcome depends on where the upload ends.

    Attributes:
        miss: called with the byte from which on the answer may be known; does not return.
    """

    __slots__ = ("_low", "miss")

    def __init__(self, low: int, miss: Callable[[int], NoReturn] | None = None) -> None:
        self._low = low
        self.miss = miss

    def __gt__(self, other: int) -> bool:
        return self._low > other or self._unknown()

    def __ge__(self, other: int) -> bool:
        return self._low >= other or self._unknown()

    def __lt__(self, other: int) -> bool:
        return not self >= other

    def __le__(self, other: int) -> bool:
        return not self > other

    def __eq__(self, other: object) -> bool:
        return not self != other

    def __ne__(self, other: object) -> bool:
        return (isinstance(other, int) and self._low > other) or self._unknown()

    def __add__(self, other: int) -> AtLeast:
        return AtLeast(self._low + other, self.miss)

    def __sub__(self, other: int) -> AtLeast:
        return AtLeast(self._low - other, self.miss)

    def __bool__(self) -> bool:
        return self > 0

    def __hash__(self) -> int:
        return self._unknown()

    def _unknown(self, *_: object) -> NoReturn:
        assert self.miss is not None  # noqa: S101 - it is part of a stream by now
        self.miss(0)

    __radd__ = __add__
    __rsub__ = __mul__ = __rmul__ = __floordiv__ = __truediv__ = __mod__ = __and__ = _unknown
    __rshift__ = __index__ = __int__ = __float__ = __format__ = __str__ = _unknown
