"""An asset as c2pa reads it: a stream that can seek."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from aigc_label.asset import Asset

IN_MEMORY = 16 << 20
"""Bytes up to which an asset is held in memory while it is signed or validated."""

_PIECE = 1 << 20


def readable(asset: Asset) -> BinaryIO:
    """The asset's bytes as a stream; a large one is read as it is asked for."""
    if asset.size <= IN_MEMORY:
        buffer = io.BytesIO()
        asset.copy_to(buffer, 0, asset.size)
        buffer.seek(0)
        return buffer
    return cast("BinaryIO", io.BufferedReader(_Stream(asset), _PIECE))


class _Stream(io.RawIOBase):
    """An asset, read from wherever one seeks to."""

    def __init__(self, asset: Asset) -> None:
        self._asset = asset
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._asset.size}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def readinto(self, into: memoryview) -> int:  # type: ignore[override] # a buffer of bytes
        # c2pa asks for 256 MiB at once where it hashes; it asks again for what is missing.
        data = self._asset.peek(self._at, min(len(into), _PIECE))
        into[: len(data)] = data
        self._at += len(data)
        return len(data)
