"""Putting files on disk so that a crash leaves the old file or the complete new one (law 5).

A result is staged in a file beside its target, whose name follows from the target's: what a
killed run leaves behind is taken over by the next one. A lock on it keeps two runs apart.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import zlib
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, TypeAlias

from aigc_label import syncing
from aigc_label.errors import AssetError

try:
    import fcntl
except ImportError:  # Windows has no flock; there the exclusive open below does the work
    fcntl = None  # type: ignore[assignment] # asked before every use

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aigc_label.asset import Asset

Scratch: TypeAlias = Callable[[str], "Path"]
"""Gives a path for a temporary file of that name; removed when the call is over, even by a kill."""

_MARK = ".aigc-label-part"
_JOURNAL = ".aigc-label-journal"
_OUR_ENDS = (_MARK.encode(), _JOURNAL.encode())
_OUR_PREFIX = b".aigc-label-"


class Staged:
    """A file being written beside its target.

    Attributes:
        path: where it stands until it is committed.
        target: what it will replace; symbolic links are followed, so that the link stays.
        committed: whether it stands there.
    """

    __slots__ = ("_fd", "_file", "_like", "committed", "path", "target")

    def __init__(self, fd: int, path: str, target: str, like: str | None) -> None:
        self._fd = fd
        self._file: IO[bytes] | None = None
        self._like = like
        self.path = path
        self.target = target
        self.committed = False

    @property
    def file(self) -> IO[bytes]:
        """Binary, for reading and writing."""
        if self._file is None:
            self._file = os.fdopen(self._fd, "w+b", closefd=False)
        return self._file

    def fill(self, data: bytes) -> None:
        """Write a small file at once; instead of :attr:`file`, which costs more than the write."""
        left = memoryview(data)
        while left:
            left = left[os.write(self._fd, left) :]

    def holds(self, data: bytes) -> bool:
        """Whether exactly these bytes are read back; never where that cannot be asked so."""
        return hasattr(os, "pread") and os.pread(self._fd, len(data) + 1, 0) == data

    def close(self) -> None:
        """Write what :attr:`file` still holds."""
        if self._file is not None:
            self._file.close()

    def commit(self) -> None:
        """Take over mode and times, and put the file in the target's place in one step.

        What replaces a file is on the disk before the file goes. A new name replaces nothing: a
        power cut can cost the result but never the source, so waiting for the disk, which takes
        as long as the copy itself, is left to the system, as ``cp`` does.
        """
        if self._file is not None:
            self._file.flush()
        if self._like is not None:
            _copy_attributes(self._like, self.path, self._fd)
        replaces = os.path.lexists(self.target)
        if replaces:
            os.fsync(self._fd)
        os.replace(self.path, self.target)
        self.committed = True
        if replaces:
            syncing.sync_folder(os.path.dirname(self.target) or ".")


@contextlib.contextmanager
def staged(
    target: str | os.PathLike[str],
    *,
    like: str | None = None,
    complete: Callable[[str], object] | None = None,
) -> Iterator[Staged]:
    """Stage a file for ``target``; what is not committed is removed.

    Args:
        target: the file to make or replace.
        like: an existing file whose mode, times and owner the result takes over.
        complete: called with the target first, where a killed run has left a journal of it.

    Raises:
        AssetError: if another run is writing the same target, or it is a device, pipe or socket.
        OSError: unwrapped.
    """
    final = _place(os.fspath(target))
    beside = _beside(final)
    if complete is not None and os.path.lexists(beside + _JOURNAL):
        complete(final)
    path = beside + _MARK
    try:
        # Until the mode is taken over, nobody else may read what was not theirs to read.
        fd = _open_locked(path, final, 0o666 if like is None else 0o600)
    except OSError as error:  # the name to tell is the one that was asked for
        error.filename = final
        raise
    made = Staged(fd, path, final, like)
    try:
        with contextlib.closing(made):
            yield made
    finally:
        # Only while the lock is held may the name be removed: later it may be another run's.
        if not made.committed:
            with contextlib.suppress(OSError):
                if os.path.samestat(os.fstat(fd), os.stat(path)):
                    os.unlink(path)
        os.close(fd)


def journal_path(target: str) -> str:
    """Where the journal of a file stands while the file is patched: beside it, hidden."""
    return _beside(target) + _JOURNAL


def journal_of(path: str) -> str | None:
    """The journal that a killed run left of a file; ``None`` where there is none."""
    journal = journal_path(_followed(path))
    return journal if os.path.lexists(journal) else None


def is_ours(name: str | bytes) -> bool:
    """Whether only this package gives such names: to what is being written, ledgers, originals."""
    raw = name if isinstance(name, bytes) else os.fsencode(name)
    if _OUR_PREFIX not in raw:  # of nearly all names, at once
        return False
    return raw.startswith(_OUR_PREFIX) or raw.endswith(_OUR_ENDS)


def sweep(target: str | os.PathLike[str]) -> None:
    """Remove what a killed run left staged for a target; what a run is still writing stays."""
    path = _beside(_followed(os.fspath(target))) + _MARK
    try:
        fd = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    except OSError:  # there is none, which is as it should be
        return
    try:
        with contextlib.suppress(OSError):  # locked: another run is at it
            if fcntl is not None:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(path)
    finally:
        os.close(fd)


def _place(target: str) -> str:
    """Where a result goes, links followed; no rename may put it in the place of a device."""
    try:
        mode = os.lstat(target).st_mode
        if stat.S_ISLNK(mode):
            target = os.path.realpath(target)
            mode = os.stat(target).st_mode
    except OSError:  # nothing is there, or opening says it better
        return target
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), target)
    if not stat.S_ISREG(mode):
        raise AssetError(
            f"{target} is a device, a pipe or a socket, which no result may replace; name a file"
        )
    return target


def _followed(path: str) -> str:
    """Where a path leads; of links among its folders nobody needs to know, which saves looks."""
    return os.path.realpath(path) if os.path.islink(path) else path


def _beside(target: str) -> str:
    """What the paths begin with that stand for a file beside it."""
    name = os.path.basename(target)
    # Two names with one checksum share such a file; the lock on it keeps them apart, too.
    return f"{target.removesuffix(name)}.{zlib.crc32(os.fsencode(name)):08x}"


def _open_locked(path: str, target: str, mode: int) -> int:
    for _ in range(3):
        fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), mode)
        try:
            if fcntl is not None:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The other run may have renamed or removed the file between the open and the lock.
            opened = os.fstat(fd)
            if os.path.samestat(opened, os.stat(path)):
                if opened.st_size:  # ext4 flushes what was ever cut to nothing, when it is closed
                    os.ftruncate(fd, 0)
                return fd
        except BlockingIOError:
            os.close(fd)
            raise AssetError(
                "another run is writing this file; wait for it to end", asset=target
            ) from None
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)
    raise AssetError("other runs keep writing this file; wait for them to end", asset=target)


def _copy_attributes(source: str, path: str, fd: int) -> None:
    found = os.stat(source)
    with contextlib.suppress(OSError):  # the owner is kept where the system lets us
        if hasattr(os, "fchown") and (found.st_uid, found.st_gid) != (
            (mine := os.fstat(fd)).st_uid,
            mine.st_gid,
        ):
            os.fchown(fd, found.st_uid, found.st_gid)
    if not hasattr(os, "listxattr"):
        import shutil  # noqa: PLC0415 - Linux does without its 5 ms

        shutil.copystat(source, path)
        return
    os.utime(fd, ns=(found.st_atime_ns, found.st_mtime_ns))
    with contextlib.suppress(OSError):
        for name in os.listxattr(source):
            with contextlib.suppress(OSError):  # not all may be set, nor everywhere
                os.setxattr(fd, name, os.getxattr(source, name))
    os.fchmod(fd, stat.S_IMODE(found.st_mode))


@contextlib.contextmanager
def scratch() -> Iterator[Scratch]:
    """Give paths for temporary files of one call, in a folder of their own.

    The folder is locked while in use; folders that a killed run left are removed by the next.
    """
    home: Path | None = None
    lock: int | None = None

    def path_for(name: str) -> Path:
        nonlocal home, lock
        if home is None:
            import tempfile  # noqa: PLC0415 - most files need no temporary one
            from pathlib import Path  # noqa: PLC0415 - as above

            root = Path(tempfile.gettempdir(), f"aigc-label-{_user()}")
            root.mkdir(mode=0o700, exist_ok=True)
            home, lock = _own_folder(root)
        return home / name

    try:
        yield path_for
    finally:
        if home is not None:
            import shutil  # noqa: PLC0415 - as above

            shutil.rmtree(home, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def as_file(asset: Asset, target: Path) -> Path:
    """Where other programs find the asset: its own file, or a copy at ``target``, made once."""
    if asset.path is not None:
        from pathlib import Path  # noqa: PLC0415 - reading does not need it

        return Path(asset.path)
    if not target.exists():
        with target.open("wb") as file:
            asset.copy_to(file, 0, asset.size)
    return target


def _user() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")


def _own_folder(root: Path) -> tuple[Path, int | None]:
    """Sweep what killed runs left and make a locked folder, one run at a time."""
    import shutil  # noqa: PLC0415 - reading does not need them
    import tempfile  # noqa: PLC0415 - only films need a scratch folder
    from pathlib import Path  # noqa: PLC0415 - as above

    turn = _lock(root, wait=True)
    try:
        for left in root.iterdir():
            with contextlib.suppress(OSError):
                fd = _lock(left)
                if fd is not None:
                    shutil.rmtree(left, ignore_errors=True)
                    os.close(fd)
        home = Path(tempfile.mkdtemp(dir=root))
        return home, _lock(home)
    finally:
        if turn is not None:
            os.close(turn)


def _lock(folder: Path, *, wait: bool = False) -> int | None:
    """A lock on a folder that dies with the process, or ``None`` if somebody holds it."""
    if fcntl is None:
        return None
    fd = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        return None
    return fd
