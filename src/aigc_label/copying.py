"""Copying ranges of bytes between open files: cloned where the file system can, else one buffer.

What is not cloned gets its blocks before it is written: a file system that allots a gigabyte at
once, and not page by page, takes a third less time for it, and leaves the file in one piece.
"""

from __future__ import annotations

import os
import struct
from contextlib import suppress

try:
    from fcntl import ioctl
except ImportError:  # Windows
    ioctl = None  # type: ignore[assignment] # asked before every use

CHUNK = 128 << 10
"""Bytes moved at a time. Larger writes make kernels look for large runs of free memory."""

_CLONE_RANGE = 0x4020940D  # FICLONERANGE of linux/fs.h
_RESERVE = 0x4030582A  # FS_IOC_RESVSP64 of linux/falloc.h: blocks, not length; any file system
_WORTH_CLONING = 1 << 20
_WORTH_RESERVING = 1 << 20
_BLOCK = 4096  # of btrfs and XFS as they are made; where theirs are larger, the kernel declines


def append(source: int, target: int, start: int, end: int) -> int:
    """Copy the bytes from ``start`` to ``end`` of one descriptor to the end of another.

    Returns:
        How far it got: less than ``end`` where the source has become shorter, and ``start``
        where the system has no ``preadv``.
    """
    at = os.lseek(target, 0, os.SEEK_END)
    if not hasattr(os, "preadv"):
        return start
    first, last = clonable(start, end, at)
    if last - first < _WORTH_CLONING:
        return _moved(source, target, start, end)
    reached = _moved(source, target, start, first)
    if reached == first and _cloned(source, target, first, last, at + first - start):
        os.lseek(target, 0, os.SEEK_END)
        reached = last
    return _moved(source, target, reached, end)


def clonable(start: int, end: int, at: int) -> tuple[int, int]:
    """The whole blocks of a range that would stand at block boundaries of the target, too.

    Args:
        start: the range's first byte in the source.
        end: the byte behind its last.
        at: where ``start`` will stand in the target.
    """
    if (start - at) % _BLOCK:
        return start, start
    first, last = -(-start // _BLOCK) * _BLOCK, end // _BLOCK * _BLOCK
    return (first, last) if first < last else (start, start)


def _cloned(source: int, target: int, first: int, last: int, at: int) -> bool:
    """Share the blocks between both files; false where the file system cannot."""
    if ioctl is None:
        return False
    try:
        ioctl(target, _CLONE_RANGE, struct.pack("=qQQQ", source, first, last - first, at))
    except OSError:  # not on this file system, not across two, not blocks of that size
        return False
    return True


def _reserve(target: int, length: int) -> None:
    """Allot blocks for what will be written next; where that cannot be, writing allots them."""
    if ioctl is None:
        return
    at = os.lseek(target, 0, os.SEEK_CUR)
    with suppress(OSError):  # not on this file system; and a full disk is for the writing to tell
        ioctl(target, _RESERVE, struct.pack("=hh4xqqiI16x", 0, os.SEEK_SET, at, length, 0, 0))


def _moved(source: int, target: int, start: int, end: int) -> int:
    """Copy through one buffer, at the target's position; return how far it got.

    Used again and again, it is faster here than ``copy_file_range``, most of all where the result
    is shifted by a part of a page; see docs/explanation/decisions/flushing.md.
    """
    if start >= end:
        return start
    if end - start >= _WORTH_RESERVING:
        _reserve(target, end - start)
    size = min(CHUNK, end - start)
    buffer = memoryview(bytearray(size))
    whole = [buffer]
    while end - start >= size:  # ten thousand rounds for a gigabyte: nothing is made in them
        moved = os.preadv(source, whole, start)
        if moved != size:
            break
        _write(target, buffer, os.write(target, buffer))
        start += size
    while start < end:
        moved = os.preadv(source, [buffer[: end - start]], start)
        if moved == 0:
            break  # the file became shorter; reading on says so
        _write(target, buffer[:moved], 0)
        start += moved
    return start


def _write(target: int, data: memoryview, done: int) -> None:
    while done < len(data):
        done += os.write(target, data[done:])
