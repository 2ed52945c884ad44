"""From the paths on the command line to files.

Paths stay the strings that were given: a `Path` drops a leading `./`, and would cost a
folder of a million files dear.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from aigc_label import output, registry
from aigc_label.errors import UsageError
from aigc_label.model import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aigc_label.cli.selection import Selection


class Input(NamedTuple):
    """A file to work on.

    Attributes:
        path: as given, or as found below a folder that was given.
        below: its path within that folder; ``None`` for a file named on the command line.
    """

    path: str
    below: str | None = None


def expand(
    paths: Sequence[str],
    *,
    recursive: bool,
    skip: str | None = None,
    selection: Selection | None = None,
) -> Iterator[Input]:
    """The files that ``paths`` mean: in the given order, sorted by name below a folder.

    A file that is named twice comes once. Symbolic links to files count, links to folders are not
    followed, so there are no loops; sockets, devices and our own unfinished files are left out.

    Args:
        paths: files and folders.
        recursive: whether folders are allowed.
        skip: a folder to leave out: the one that results go to.
        selection: what is wanted of the files below folders; everything if ``None``.

    Raises:
        UsageError: there are no paths, or a folder without ``recursive``; before any file.
    """
    if not paths:
        raise UsageError("no files given; name at least one, or a folder with -r")
    if "-" in paths and not os.path.lexists("-"):
        raise UsageError(
            "only `check -` takes standard input, and nothing besides; save what comes as a file"
        )
    folders = {path for path in paths if os.path.isdir(path)}
    if folders and not recursive:
        first = next(path for path in paths if path in folders)
        raise UsageError(f"{printable(first)} is a folder; add -r for the files below it")
    left_out = os.path.realpath(skip) if skip is not None else None
    found = (item for path in paths for item in _below(path, path in folders, left_out, selection))
    return found if len(paths) == 1 else _once(found)


def _below(
    path: str, folder: bool, left_out: str | None, selection: Selection | None
) -> Iterator[Input]:
    if not folder:
        yield Input(path)
        return
    cut = len(os.path.join(path, ""))
    for name in _walk(path, left_out, selection):
        yield Input(name, name[cut:])


def _walk(root: str, left_out: str | None, selection: Selection | None) -> Iterator[str]:
    """Regular files below ``root``; a stack instead of recursion, because trees may be deep."""
    stack: list[Iterator[os.DirEntry[str]]] = [_entries(root)]
    while stack:
        entry = next(stack[-1], None)
        if entry is None:
            stack.pop()
            continue
        try:
            if output.is_ours(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                is_target = left_out is not None and os.path.realpath(entry.path) == left_out
                if not is_target and (selection is None or selection.wants(entry, folder=True)):
                    stack.append(_entries(entry.path))
            elif entry.is_file() and (selection is None or selection.wants(entry, folder=False)):
                yield entry.path
        except OSError:
            yield entry.path  # opening it as a file fails for the same reason, and says so


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return iter(sorted(entries, key=lambda entry: entry.name))


def _once(items: Iterable[Input]) -> Iterator[Input]:
    seen = set()
    for item in items:
        key = os.path.abspath(item.path)
        if key not in seen:
            seen.add(key)
            yield item


def claimed(path: str) -> bool:
    """Whether a format claims the file's name: then unknown bytes are a fault of the file."""
    return os.path.splitext(path)[1].lower() in _extensions()


def is_data(item: Input) -> bool:
    """Whether nobody named the file, and its name is one of data as often as of content."""
    return item.below is not None and os.path.splitext(item.path)[1].lower() in _data_extensions()


@cache
def _data_extensions() -> frozenset[str]:
    return frozenset(
        extension for fmt in registry.formats() if fmt.is_data for extension in fmt.extensions
    )


@cache
def _extensions() -> frozenset[str]:
    known = (*registry.formats(), *registry.plugin_formats())
    return frozenset(extension for fmt in known for extension in fmt.extensions)
