"""From inputs to outputs: where each result goes, every collision ruled out before any is made."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from aigc_label import output
from aigc_label.errors import UsageError
from aigc_label.model import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.cli.paths import Input


class Task(NamedTuple):
    """One file to write.

    Attributes:
        source: the input's path.
        target: the output's path; the source's own for in place, ``None`` in a dry run.
        walked: whether it was found below a folder rather than named.
    """

    source: str
    target: str | None
    walked: bool


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
        if self.folder is not None and os.path.lexists(self.folder):
            _refuse_no_folder(self.folder)
        if self.file is not None:
            pairs: list[tuple[Input, str | None]] = [(self._only(inputs), self.file)]
        elif self.folder is not None:
            pairs = [(item, self._mirrored(item)) for item in inputs]
        else:
            return [(item, item.path if self.in_place else None) for item in inputs]
        _refuse_collisions(pairs)
        if len(pairs) == 1 and pairs[0][1] is not None:
            refuse_existing(pairs[0][1], force=self.force)
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


def refuse_existing(
    target: str, *, force: bool, folders: str = "use --output-dir for folders"
) -> None:
    """Refuse an output of a single result that would overwrite something, or is no file.

    Args:
        target: the output's path.
        force: whether an existing file may be overwritten.
        folders: what to do when it is a folder.

    Raises:
        UsageError: it has no name, is a folder or a device, or exists and ``force`` is off.
    """
    if not target:
        raise UsageError("the output has no name; give -o FILE")
    if target == "-":
        raise UsageError("results go into files, not to standard output (a file of that name: ./-)")
    if target.endswith(os.sep) or os.path.isdir(target):
        raise UsageError(f"{printable(target)!r} is a folder; {folders}")
    if os.path.exists(target) and not os.path.isfile(target):
        raise UsageError(f"{printable(target)} is no file that a result may replace; name one")
    if not force and os.path.lexists(target):
        raise UsageError(
            f"{printable(target)} exists; choose another output, or overwrite it with --force"
        )


def _refuse_no_folder(folder: str) -> None:
    if not os.path.isdir(folder):
        raise UsageError(f"--output-dir {printable(folder)} is no folder; name one, or a new one")


def make_folder(target: str) -> None:
    """Make the folders that an output stands in.

    Raises:
        NotADirectoryError: one of them is something else.
    """
    folder = os.path.dirname(target) or "."
    try:
        os.makedirs(folder, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise NotADirectoryError(errno.ENOTDIR, "is not a folder", folder) from None


def make_room(task: Task, *, force: bool) -> None:
    """Make the folders of an output, and refuse to overwrite what exists.

    Raises:
        FileExistsError: the output exists and ``force`` is off.
    """
    if task.target is None or task.target == task.source:
        return
    if not force and os.path.lexists(task.target):
        raise FileExistsError(errno.EEXIST, "exists", task.target)
    make_folder(task.target)


def put(target: str, data: bytes | memoryview) -> None:
    """Put a single result into its place, and the folders that it stands in.

    Raises:
        OSError: unwrapped; what stood there is as it was.
    """
    make_folder(target)
    with output.staged(target) as staged:
        staged.file.write(data)
        staged.commit()


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
