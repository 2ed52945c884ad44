"""Patching a few bytes inside a large file, all or nothing even after a crash.

What is to change is first written beside the file, with the bytes that stand there now, and
flushed. Only then the file is touched. A run that is killed in between leaves that journal behind;
the next one that writes the file completes what it says. A journal that was not complete was never
acted on.
"""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

from aigc_label import output, syncing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aigc_label.edits import Splice

LARGEST = 1 << 20
"""Bytes that are patched; more is better copied."""

_MAGIC = b"aigc-label journal 1\n"
_HEAD = struct.Struct("<HQqqI")  # length of the file's name, size, two times, number of changes
_CHANGE = struct.Struct("<QII")  # offset and two lengths, then the old bytes and the new


class _Change(NamedTuple):
    """Bytes at an offset as they were, and as they shall be."""

    offset: int
    old: bytes
    new: bytes


def suits(path: str) -> bool:
    """Whether a file may be patched: an ordinary one, writable, with this name only.

    A file with several names keeps its content under the others when it is replaced, and backups
    made of such links rely on that.
    """
    try:
        found = os.stat(path)
    except OSError:
        return False
    able = hasattr(os, "pwrite") and os.access(path, os.W_OK)
    # A journal that is still there is that of another name with the same checksum.
    return able and found.st_nlink == 1 and output.journal_of(path) is None


def patch(path: str, splices: Sequence[Splice], agrees: Callable[[], object]) -> None:
    """Put the data of splices in the place of what they span; modes and times stay.

    Args:
        path: the file, which :func:`suits`.
        splices: each of them as long as its span, but for one that replaces the file's end.
        agrees: called once the file is patched; whatever it raises brings the old bytes back.

    Raises:
        AssetError: another run is writing the file.
        OSError: unwrapped; the file is as it was.
    """
    target = os.path.realpath(path)
    with output.staged(target, like=target), open(target, "r+b", buffering=0) as file:  # the lock
        before = os.fstat(file.fileno())
        times = before.st_atime_ns, before.st_mtime_ns
        changes = [
            _Change(span.start, os.pread(file.fileno(), span.end - span.start, span.start), data)
            for span, data in splices
        ]
        journal = output.journal_path(target)
        try:
            _write_journal(journal, target, before, changes)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(journal)
            raise
        try:
            _put(
                file.fileno(), [(c.offset, c.new) for c in changes], _grown(before.st_size, changes)
            )
            agrees()
        except BaseException:
            _put(file.fileno(), [(c.offset, c.old) for c in changes], before.st_size)
            _forget(journal, target, times)
            raise
        _forget(journal, target, times)


def recover(path: str) -> None:
    """Complete what a killed run began to patch; costs one look where there is nothing to do.

    Raises:
        AssetError: another run is writing the file at this moment.
        OSError: unwrapped.
    """
    journal = output.journal_of(path)
    if journal is None:
        return
    target = os.path.realpath(path)
    with output.staged(target):  # the lock
        try:
            with open(journal, "rb") as stream:
                body = _complete(stream.read(4 * LARGEST))
        except FileNotFoundError:  # the run that held the lock until now has ended well
            return
        if body is None or _completed(target, body):
            os.unlink(journal)


def _completed(target: str, body: bytes) -> bool:
    """Do what a journal says; false if it is about a file of another name."""
    name, size, times, changes = _parsed(body)
    if name != os.fsencode(os.path.basename(target)):
        return False
    if not os.path.isfile(target):
        return True
    with open(target, "r+b", buffering=0) as file:
        if _is_between(file.fileno(), size, changes):
            _put(file.fileno(), [(c.offset, c.new) for c in changes], _grown(size, changes))
            with contextlib.suppress(OSError):
                os.utime(target, ns=times)
    return True


def _write_journal(
    path: str, target: str, stat: os.stat_result, changes: Sequence[_Change]
) -> None:
    name = os.fsencode(os.path.basename(target))
    times = stat.st_atime_ns, stat.st_mtime_ns
    parts = [_MAGIC, _HEAD.pack(len(name), stat.st_size, *times, len(changes)), name]
    for change in changes:
        lengths = len(change.old), len(change.new)
        parts += [_CHANGE.pack(change.offset, *lengths), change.old, change.new]
    data = b"".join(parts)
    # Nobody may read there what he may not read in the file.
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(data + struct.pack("<I", zlib.crc32(data)))
        file.flush()
        os.fsync(file.fileno())
    syncing.sync_folder(os.path.dirname(path))


def _complete(data: bytes) -> bytes | None:
    """A journal without its check sum; ``None`` if it was not written to its end."""
    body, check = data[:-4], data[-4:]
    whole = body.startswith(_MAGIC) and struct.pack("<I", zlib.crc32(body)) == check
    return body if whole else None


def _parsed(body: bytes) -> tuple[bytes, int, tuple[int, int], list[_Change]]:
    """The name, size and times of the file it is about, and the changes."""
    at = len(_MAGIC) + _HEAD.size
    length, size, accessed, modified, count = _HEAD.unpack_from(body, len(_MAGIC))
    name, at = body[at : at + length], at + length
    changes = []
    for _ in range(count):
        offset, before, after = _CHANGE.unpack_from(body, at)
        at += _CHANGE.size
        old, at = body[at : at + before], at + before
        new, at = body[at : at + after], at + after
        changes.append(_Change(offset, old, new))
    return name, size, (accessed, modified), changes


def _grown(size: int, changes: Sequence[_Change]) -> int:
    """The size of the file with the new bytes."""
    return size + sum(len(change.new) - len(change.old) for change in changes)


def _is_between(fd: int, size: int, changes: Sequence[_Change]) -> bool:
    """Whether every byte is the old or the new one: else the file is another by now."""
    now, then = os.fstat(fd).st_size, _grown(size, changes)
    if not min(size, then) <= now <= max(size, then):
        return False
    for change in changes:
        old, new = change.old, change.new
        stands = os.pread(fd, max(len(old), len(new)), change.offset)
        if len(stands) < min(len(old), len(new)):
            return False
        pieces = (slice(at, at + 1) for at in range(len(stands)))
        if any(stands[byte] not in (old[byte], new[byte]) for byte in pieces):
            return False
    return True


def _put(fd: int, pieces: Sequence[tuple[int, bytes]], size: int) -> None:
    for offset, data in pieces:
        done = 0
        while done < len(data):
            done += os.pwrite(fd, memoryview(data)[done:], offset + done)
    os.ftruncate(fd, size)
    os.fsync(fd)


def _forget(journal: str, target: str, times: tuple[int, int]) -> None:
    """The file is whole on the disk: give it its times back, and drop the journal."""
    with contextlib.suppress(OSError):
        os.utime(target, ns=times)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(journal)
