"""Which of the files that stand below folders are wanted: the ignore file, and their age."""

from __future__ import annotations

import os
import re
import sys
import time
from typing import TYPE_CHECKING, Any

from aigc_label.cli import terminal
from aigc_label.errors import UsageError
from aigc_label.model import printable

if TYPE_CHECKING:
    import argparse

IGNORE_FILE = ".aigc-label-ignore"

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LARGEST = 1 << 20


class Selection:
    """What is wanted of the files below folders; files that were named are always.

    The ignore file is that of the working directory or the nearest one above it, never one of the
    folders that are looked through: others may fill those, and shall not hide files from a check.

    Attributes:
        left_out: how many files and folders were left out so far.
    """

    __slots__ = ("_patterns", "_root", "_since", "left_out")

    def __init__(self, since: float | None, ignore_file: str | None) -> None:
        self._since = since
        self._root = os.path.dirname(ignore_file) if ignore_file else ""
        self._patterns: Any = _patterns(ignore_file) if ignore_file else None
        self.left_out = 0

    def wants(self, entry: os.DirEntry[str], *, folder: bool) -> bool:
        """Whether a file, or anything below a folder, is wanted; counts what is not."""
        wanted = not self._is_ignored(entry.path, folder=folder)
        if wanted and not folder and self._since is not None:
            wanted = entry.stat().st_mtime >= self._since
        self.left_out += not wanted
        return wanted

    def _is_ignored(self, path: str, *, folder: bool) -> bool:
        if self._patterns is None:
            return False
        below = os.path.relpath(os.path.abspath(path), self._root)
        if below.startswith(os.pardir + os.sep):
            return False
        return bool(self._patterns.match_file(below + os.sep if folder else below))


def select(args: argparse.Namespace) -> Selection:
    """The selection that the options ask for.

    Raises:
        UsageError: the ignore file is no text.
    """
    return Selection(args.since, None if args.no_ignore else ignore_file())


def said(chosen: Selection, args: argparse.Namespace) -> None:
    """Say on standard error how much was left out, as nobody shall take it for looked at."""
    if chosen.left_out and not args.quiet:
        terminal.complain(
            f"left out {chosen.left_out} of the files and folders found, as {IGNORE_FILE} or "
            "--since asks"
        )


def named(args: argparse.Namespace) -> list[str]:
    """The paths of the command line, and those of standard input if it was asked for them.

    Raises:
        UsageError: both were given, or standard input holds none.
    """
    if not args.stdin_paths0:
        given: list[str] = args.paths
        return given
    if args.paths:
        raise UsageError("--stdin-paths0 takes the paths from standard input; name none besides")
    found = [os.fsdecode(name) for name in sys.stdin.buffer.read().split(b"\0") if name]
    if not found:
        raise UsageError("--stdin-paths0: there is no path on standard input")
    return found


def since(text: str, now: float | None = None) -> float:
    """The time that an age such as ``36h`` or a date such as ``2026-11-01T08:00`` means.

    Returns:
        Seconds since the epoch.

    Raises:
        ValueError: it is neither.
    """
    if found := re.fullmatch(r"(\d{1,9})([smhdw])", text):
        return (time.time() if now is None else now) - int(found[1]) * _SECONDS[found[2]]
    from datetime import datetime  # noqa: PLC0415 - seldom asked for

    return datetime.fromisoformat(text).timestamp()


def ignore_file() -> str | None:
    """The ignore file of the working directory, or the nearest one above it."""
    folder, above = os.getcwd(), ""
    while folder != above:
        path = os.path.join(folder, IGNORE_FILE)
        if os.path.isfile(path):
            return path
        folder, above = os.path.dirname(folder), folder
    return None


def _patterns(path: str) -> object:
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - most folders have no such file

    try:
        with open(path, "rb") as stream:
            return GitIgnoreSpec.from_lines(stream.read(_LARGEST).decode("utf-8-sig").splitlines())
    except ValueError as error:  # of the decoder and of the patterns
        raise UsageError(f"{printable(path)}: {error}") from None
