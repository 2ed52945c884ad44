"""From the paths on the command line to files, and from inputs to outputs.

Paths stay the strings that were given: a `Path` drops a leading `./`, and would cost a
folder of a million files dear.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.errors import UsageError
from aigc_label.model import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_OURS = ".aigc-label-part"
"""The end of the names of our own unfinished files; a killed run leaves them."""


class Input(NamedTuple):
    """A file to work on.

    Attributes:
        path: as given, or as found below a folder that was given.
        below: its path within that folder; ``None`` for a file named on the command line.
    """

    path: str
    below: str | None = None


def expand(paths: Sequence[str], *, recursive: bool, skip: str | None = None) -> Iterator[Input]:
    """The files that ``paths`` mean: in the given order, sorted by name below a folder.

    A file that is named twice comes once. Symbolic links to files count, links to folders are not
    followed, so there are no loops; sockets, devices and our own unfinished files are left out.

    Args:
        paths: files and folders.
        recursive: whether folders are allowed.
        skip: a folder to leave out: the one that results go to.

    Raises:
        UsageError: there are no paths, or a folder without ``recursive``; before any file.
    """
    if not paths:
        raise UsageError("no files given; name at least one, or a folder with -r")
    folders = {path for path in paths if os.path.isdir(path)}
    if folders and not recursive:
        first = next(path for path in paths if path in folders)
        raise UsageError(f"{printable(first)} is a folder; add -r for the files below it")
    left_out = os.path.realpath(skip) if skip is not None else None
    found = (item for path in paths for item in _below(path, path in folders, left_out))
    return found if len(paths) == 1 else _once(found)


def _below(path: str, folder: bool, left_out: str | None) -> Iterator[Input]:
    if not folder:
        yield Input(path)
        return
    cut = len(os.path.join(path, ""))
    for name in _walk(path, left_out):
        yield Input(name, name[cut:])


def _walk(root: str, left_out: str | None) -> Iterator[str]:
    """Regular files below ``root``; a stack instead of recursion, because trees may be deep."""
    stack: list[Iterator[os.DirEntry[str]]] = [_entries(root)]
    while stack:
        entry = next(stack[-1], None)
        if entry is None:
            stack.pop()
            continue
        try:
            if entry.is_dir(follow_symlinks=False):
                if left_out is None or os.path.realpath(entry.path) != left_out:
                    stack.append(_entries(entry.path))
            elif not entry.name.endswith(_OURS) and entry.is_file():
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


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where results go: exactly one of ``file``, ``folder`` and ``in_place``, or a dry run.

    Attributes:
        file: ``-o``.
        folder: ``--output-dir``.
        in_place: ``--in-place``.
        force: whether existing outputs may be overwritten.
        dry_run: whether nothing is written.
    """

    file: str | None = None
    folder: str | None = None
    in_place: bool = False
    force: bool = False
    dry_run: bool = False

    def __post_init__(self) -> None:
        chosen = (self.file is not None) + (self.folder is not None) + self.in_place
        if chosen > 1:
            raise UsageError("-o, --output-dir and --in-place exclude one another; give one")
        if not chosen and not self.dry_run:
            raise UsageError(
                "where shall results go? give -o FILE, --output-dir DIR or --in-place "
                "(or -n to write nothing)"
            )

    def targets(self, inputs: Sequence[Input]) -> list[tuple[Input, str | None]]:
        """Pair each input with its output path; ``None`` in a dry run without an output.

        Raises:
            UsageError: -o with several inputs, two inputs with one output, an output that is an
                input, or the output of a single input exists.
        """
        if self.file is not None:
            pairs: list[tuple[Input, str | None]] = [(self._only(inputs), self.file)]
        elif self.folder is not None:
            pairs = [(item, self._mirrored(item)) for item in inputs]
        else:
            return [(item, item.path if self.in_place else None) for item in inputs]
        _refuse_collisions(pairs)
        if len(pairs) == 1 and pairs[0][1] is not None:
            self._refuse_existing(pairs[0][1])
        return pairs

    def _only(self, inputs: Sequence[Input]) -> Input:
        if len(inputs) == 1 and inputs[0].below is None:
            return inputs[0]
        raise UsageError(
            f"-o takes the result of one file, and there are {len(inputs)}; use --output-dir"
            if len(inputs) != 1
            else "-o takes the result of one file, not of a folder; use --output-dir"
        )

    def _mirrored(self, item: Input) -> str:
        name = os.path.basename(item.path) if item.below is None else item.below
        return os.path.join(self.folder or "", name)

    def _refuse_existing(self, target: str) -> None:
        if not target or target.endswith(os.sep) or os.path.isdir(target):
            raise UsageError(f"{printable(target)!r} is a folder; use --output-dir for folders")
        if not self.force and os.path.lexists(target):
            raise UsageError(
                f"{printable(target)} exists; choose another output, or overwrite it with --force"
            )


def _refuse_collisions(pairs: Sequence[tuple[Input, str | None]]) -> None:
    owners: dict[str, str] = {}
    sources = {os.path.realpath(item.path) for item, _ in pairs}
    for item, target in pairs:
        key = os.path.realpath(target or "")
        if key in sources:
            raise UsageError(
                f"{printable(target or '')} is itself an input; use --in-place to replace inputs"
            )
        if key in owners:
            raise UsageError(
                f"{printable(owners[key])} and {printable(item.path)} would both become "
                f"{printable(target or '')}; give them to separate runs"
            )
        owners[key] = item.path
