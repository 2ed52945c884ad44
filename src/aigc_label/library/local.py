"""A folder as a store."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING

from aigc_label import copying, output, syncing
from aigc_label.errors import AssetError
from aigc_label.library.store import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from aigc_label.asset import Asset
    from aigc_label.library.selecting import Wanted


@dataclass(frozen=True, slots=True)
class LocalStore:
    """The files below a folder.

    Symbolic links to folders are not followed, so there are no loops. Links to files count where
    files are only read; where they are replaced, the file itself is, if it is below the folder.

    Attributes:
        url: the folder.
        originals: the folder that former bytes are kept in; ``""`` where none are.
    """

    url: str
    originals: str = ""

    def walk(self, wanted: Wanted) -> Iterator[Entry]:
        """See :class:`~aigc_label.library.store.Store`.

        Folder by folder, the files of each first and all in the order of their names; those of a
        large folder are sorted by parts, as they are listed.
        """
        root = os.fsencode(self.url)
        folders = [b""]
        while folders:
            below = folders.pop()
            try:
                entries = os.scandir(os.path.join(root, below))
            except OSError as error:
                if not below:
                    raise
                wanted.unread.append((os.fsdecode(below), error))
                continue
            known = len(folders)
            with entries:
                while part := sorted(islice(entries, _SORTED), key=_NAME, reverse=True):
                    while part:  # each goes with what it holds by then
                        taken = self._taken(part.pop(), below, folders, wanted)
                        if taken is not None:
                            yield taken
            folders[known:] = sorted(folders[known:], reverse=True)  # the last is the next

    def _taken(
        self, entry: os.DirEntry[bytes], below: bytes, folders: list[bytes], wanted: Wanted
    ) -> Entry | None:
        """A file that is wanted; a folder is taken down for later."""
        if output.is_ours(entry.name):
            return None
        key = below + b"/" + entry.name if below else entry.name
        try:
            if entry.is_dir(follow_symlinks=False):
                if wanted.folder(key):
                    folders.append(key)
                return None
            if not wanted.links and entry.is_symlink():
                wanted.left_out += 1
                return None
            found = entry.stat()
        except FileNotFoundError:  # gone since the folder was listed; or a link that leads nowhere
            wanted.left_out += entry.is_symlink()
            return None
        except OSError as error:  # opening it fails for the same reason, and says so
            if error.errno == errno.ELOOP:  # as well
                wanted.left_out += 1
                return None
            return Entry(key, 0, 0, "")
        if not stat.S_ISREG(found.st_mode):  # a pipe, a socket, a device; a link to a folder
            wanted.left_out += 1
        elif wanted.file(key, found.st_mtime_ns):
            return _entry(key, found)
        return None

    def look(self, key: bytes, opened: Asset | None = None) -> Entry | None:
        """See :class:`~aigc_label.library.store.Store`."""
        found = None if opened is None else opened.status()
        try:
            return _entry(key, found or os.stat(self.path(key)))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def reading(self, key: bytes) -> AbstractContextManager[str]:
        """See :class:`~aigc_label.library.store.Store`."""
        return contextlib.nullcontext(self.path(key))

    @contextlib.contextmanager
    def writing(
        self,
        key: bytes,
        *,
        replaces: Entry | None,
        force: bool = False,
        of: Entry | None = None,  # noqa: ARG002 - the times tell, which are taken over
    ) -> Iterator[str]:
        """See :class:`~aigc_label.library.store.Store`."""
        path = self.path(key)
        if replaces is not None:
            if not force and not replaces.is_same(self.look(key)):
                raise AssetError(CHANGED)
        elif not force and os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, EXISTS, path)
        elif not os.path.isdir(folder := os.path.dirname(path)):
            os.makedirs(folder, exist_ok=True)
        yield path

    def flush(self) -> None:
        """See :class:`~aigc_label.library.store.Store`.

        New files are not flushed one by one, which would take as long as making them.
        """
        syncing.sync_file_system(self.url)

    def is_result(self, key: bytes, of: Entry) -> bool:
        """See :class:`~aigc_label.library.store.Store`.

        What we write takes over the times of its source; what anybody else writes has its own.
        """
        found = self.look(key)
        return found is not None and found.mtime_ns == of.mtime_ns

    def keep(self, key: bytes, name: str) -> None:
        """See :class:`~aigc_label.library.store.Store`: a second name, or a copy where none can be.

        A file that has several names is copied, as whoever writes through another of them would
        write into what is kept.

        Raises:
            AssetError: another file is kept under the name.
            OSError: unwrapped.
        """
        source, kept = self.path(key), self._kept(name)
        if os.path.lexists(kept):  # by a run that was killed: a result has the times of its source
            if os.stat(kept).st_mtime_ns != os.stat(source).st_mtime_ns:
                raise AssetError(
                    f"its former bytes cannot be kept: {kept} is of another ledger; move that "
                    "folder to a safe place, or name another --ledger"
                )
            return
        folder = os.path.dirname(kept)
        os.makedirs(folder, exist_ok=True)
        try:
            if os.stat(source).st_nlink != 1:
                raise OSError(errno.EMLINK, "several names")
            os.link(source, kept)
        except OSError as error:
            if error.errno not in _NO_LINK:
                raise
            _copy(source, kept)
        syncing.sync_folder(folder)

    def restore(self, key: bytes, name: str) -> None:
        """See :class:`~aigc_label.library.store.Store`."""
        kept, target = self._kept(name), self.path(key)
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.stat(kept), os.stat(target)):
                os.unlink(kept)  # a rename of one name of a file to another would do nothing
                return
        try:
            os.replace(kept, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _copy(kept, target)
            os.unlink(kept)
        syncing.sync_folder(os.path.dirname(target) or ".")

    def keeps(self, name: str) -> bool:
        """Whether something is kept under a name."""
        return os.path.lexists(self._kept(name))

    def forget(self, name: str) -> None:
        """See :class:`~aigc_label.library.store.Store`."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._kept(name))

    def sweep(self, key: bytes) -> None:
        """See :class:`~aigc_label.library.store.Store`."""
        output.sweep(self.path(key))

    def remove(self, key: bytes) -> None:
        """See :class:`~aigc_label.library.store.Store`."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path(key))

    def path(self, key: bytes) -> str:
        """The path of a file."""
        return f"{self.url}{os.sep}{os.fsdecode(key)}"

    def _kept(self, name: str) -> str:
        return os.path.join(self.originals, name)


def _entry(key: bytes, found: os.stat_result) -> Entry:
    return Entry(key, found.st_size, found.st_mtime_ns, str(found.st_ino))


_NAME = attrgetter("name")
_SORTED = 1024  # files of a folder that are held, and sorted

EXISTS = "exists already at its destination; --force replaces it"
CHANGED = "changed while it was worked on, by somebody else; run again once it rests"

_NO_LINK = frozenset(
    (errno.EMLINK, errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
)


def _copy(source: str, target: str) -> None:
    """A copy with mode and times, complete or not there; cloned where the file system can."""
    with output.staged(target, like=source) as staged, open(source, "rb") as opened:
        end = os.fstat(opened.fileno()).st_size
        at = copying.append(opened.fileno(), staged.file.fileno(), 0, end)
        if at < end:  # no preadv
            import shutil  # noqa: PLC0415 - not where the copying above works

            opened.seek(at)
            shutil.copyfileobj(opened, staged.file)
        staged.file.flush()
        os.fsync(staged.file.fileno())
        staged.commit()
