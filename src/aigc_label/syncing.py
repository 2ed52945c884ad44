"""What a power cut shall not take: waiting until the disk has it."""

from __future__ import annotations

import contextlib
import os


def sync_folder(folder: str) -> None:
    """Make the rename durable; not every file system lets a folder be opened for that."""
    with contextlib.suppress(OSError):
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def sync_file_system(folder: str) -> None:
    """Flush all of the file system that a folder is in; all there are where one alone cannot be."""
    import ctypes  # noqa: PLC0415 - only where many files were written

    with contextlib.suppress(OSError):
        fd = os.open(folder, os.O_RDONLY)
        try:
            syncfs = getattr(ctypes.CDLL(None), "syncfs", None) if os.name == "posix" else None
            if syncfs is not None:
                syncfs(fd)
            elif hasattr(os, "sync"):
                os.sync()
        finally:
            os.close(fd)
