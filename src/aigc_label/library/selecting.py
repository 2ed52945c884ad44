"""Which files of a store are wanted: patterns, age, and what is no media file by its name."""

from __future__ import annotations

import os
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from aigc_label import registry
from aigc_label.delivery import BESIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class Wanted:
    """What is wanted of the files below a root, and what was left out.

    Args:
        include: patterns as in ``.gitignore``, such as ``*.png`` or ``posters/``; files that match
            none of them are left out. Empty for all files.
        exclude: patterns of files and folders that are left out.
        since: seconds since the epoch; older files are left out.
        ignored: more that is left out, such as by an ignore file: ``(path, is_folder) -> bool``.
        links: whether links to files count.

    Attributes:
        left_out: how many files and folders the patterns and the age left out so far, links that
            do not count, and what is neither, such as pipes.
        data: how many files were left alone since their names are of data as often as of content.
        unread: folders that could not be listed, and why.
    """

    __slots__ = (
        "_all",
        "_exclude",
        "_ignored",
        "_include",
        "_since",
        "data",
        "left_out",
        "links",
        "unread",
    )

    def __init__(
        self,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        *,
        since: float | None = None,
        ignored: Callable[[str, bool], bool] | None = None,
        links: bool = True,
    ) -> None:
        self._include = _matcher(include)
        self._exclude = _matcher(exclude)
        self._since = since
        self._ignored = ignored
        self._all = since is None and not (self._include or self._exclude or ignored)
        self.links = links
        self.left_out = 0
        self.data = 0
        self.unread: list[tuple[str, OSError]] = []

    def folder(self, key: bytes) -> bool:
        """Whether anything below a folder may be wanted; counts what is not."""
        name = os.fsdecode(key)
        out = (self._exclude is not None and self._exclude(name + "/")) or (
            self._ignored is not None and self._ignored(name, True)
        )
        self.left_out += out
        return not out

    def file(self, key: bytes, mtime_ns: int) -> bool:
        """Whether a file is wanted; counts what is not."""
        if is_data_name(key):
            self.data += 1
            return False
        if self._all:
            return True
        name = os.fsdecode(key)
        out = (
            (self._since is not None and mtime_ns < self._since * 1e9)
            or (self._include is not None and not self._include(name))
            or (self._exclude is not None and self._exclude(name))
            or (self._ignored is not None and self._ignored(name, False))
        )
        self.left_out += out
        return not out


def _matcher(patterns: Iterable[str]) -> Callable[[str], bool] | None:
    lines = list(patterns)
    if not lines:
        return None
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - 30 ms, and most runs have no patterns

    spec: Any = GitIgnoreSpec.from_lines(lines)
    return lambda name: bool(spec.match_file(name))


def ignoring(path: str, source: str) -> Callable[[str, bool], bool]:
    """What an ignore file leaves out of a folder: ``(path, is_folder) -> bool``.

    Args:
        path: the file, of patterns as in ``.gitignore`` that count from its own folder.
        source: the folder that is walked.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, encoding="utf-8-sig") as stream:
        matches = _matcher(stream.read().splitlines())
    below = os.path.relpath(os.path.abspath(source), os.path.dirname(path))
    if matches is None or below.startswith(os.pardir):
        return lambda _name, _folder: False
    return lambda name, folder: matches(
        os.path.join(below, name, "") if folder else os.path.join(below, name)
    )


def is_data_name(key: bytes) -> bool:
    """Whether such files hold data as often as content, so that only named ones are written."""
    return _extension(key) in _data_extensions()


def is_claimed_name(key: bytes) -> bool:
    """Whether a format claims the file's name: then unknown bytes are a fault of the file."""
    return _extension(key) in _extensions()


def _extension(key: bytes) -> bytes:
    return key[key.rfind(b".") :].lower()


@cache
def _data_extensions() -> frozenset[bytes]:
    """Those of data formats, and of content credentials beside their file."""
    data = (fmt.extensions for fmt in registry.formats() if fmt.is_data)
    return frozenset(name.encode() for name in (BESIDE, *chain.from_iterable(data)))


@cache
def _extensions() -> frozenset[bytes]:
    known = (*registry.formats(), *registry.plugin_formats())
    return frozenset(extension.encode() for fmt in known for extension in fmt.extensions)
