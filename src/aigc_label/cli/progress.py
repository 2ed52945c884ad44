"""A progress bar on standard error, where a person is watching and the work takes a while."""

from __future__ import annotations

import os
import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, TextIO, cast

from aigc_label import advance
from aigc_label.cli import terminal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

_DELAY = 0.7  # seconds: what is over sooner needs no bar


class Bar:
    """Counts files, and lets results be printed without tearing the bar.

    A film that is encoded in this process has a bar of its own below, with the time left.

    Args:
        total: how many files there are, ``None`` if nobody counted.
        wanted: False for ``--quiet`` and ``--no-progress``.
    """

    def __init__(self, total: int | None, *, wanted: bool = True) -> None:
        self._total = total
        self._shows = wanted and terminal.is_terminal(sys.stderr)
        self._wanted = self._shows and total != 1
        self._begun = time.monotonic()
        self._count = 0
        self._live: Any = None
        self._task: Any = None
        self._film: Any = None
        self._process = os.getpid()
        self._told = ExitStack()

    def __enter__(self) -> Self:
        if self._shows:
            self._told.enter_context(advance.told(self._encoded))
        return self

    def __exit__(self, *_: object) -> None:
        self._told.close()
        if self._live is not None:
            self._live.stop()
            self._live = None

    def step(self) -> None:
        """One file more is done."""
        self._count += 1
        if self._film is not None:
            self._live.remove_task(self._film)
            self._film = None
        if not self._wanted:
            return
        if self._live is not None:
            self._live.update(self._task, completed=self._count, told=self._counted())
        elif time.monotonic() - self._begun > _DELAY:
            self._show()

    def _counted(self) -> str:
        return f"{self._count}/{'?' if self._total is None else self._total}"

    def _encoded(self, done: float, seconds: float) -> None:
        """Some seconds of a film are encoded."""
        if os.getpid() != self._process:  # a fork has copied the bar, but not the terminal
            return
        if self._live is None:
            if time.monotonic() - self._begun < _DELAY:
                return
            self._show()
        told = f"encoding {100 * done / seconds:3.0f} %"
        if self._film is None:
            self._film = self._live.add_task("", total=seconds, told=told)
        if self._live.tasks[-1].completed > done:  # another part of the film has begun
            self._live.reset(self._film)
        self._live.update(self._film, total=seconds, completed=done, told=told)

    def stream(self) -> TextIO:
        """Standard output, or what stands for it while a bar is on the same terminal."""
        shared = self._wanted and terminal.is_terminal(sys.stdout)
        return cast("TextIO", _Above(self)) if shared else sys.stdout

    def out(self, text: str) -> None:
        """Write whole lines to standard output, as they are."""
        if self._live is not None and terminal.is_terminal(sys.stdout):
            self._above(text)
        else:
            sys.stdout.write(text)

    def err(self, text: str) -> None:
        """Write one line to standard error, made safe for a terminal."""
        line = f"aigc-label: {terminal.printable(text)}\n"
        if self._live is not None:
            self._above(line)
        else:
            sys.stdout.flush()  # the two streams in the order of the files, where they meet
            sys.stderr.write(line)

    def _above(self, text: str) -> None:
        from rich.text import Text  # noqa: PLC0415 - loaded with the bar

        self._live.console.print(Text.from_ansi(text.removesuffix("\n")), soft_wrap=True)

    def _show(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - slow, and only for a terminal
        from rich.progress import (  # noqa: PLC0415 - on terminals only
            BarColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._live = Progress(
            BarColumn(),
            TextColumn("{task.fields[told]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        if self._wanted:
            self._task = self._live.add_task(
                "", total=self._total, completed=self._count, told=self._counted()
            )
        self._live.start()


class _Above:
    """A stream whose whole lines appear above the bar."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._rest = ""

    def write(self, text: str) -> int:
        lines, newline, self._rest = (self._rest + text).rpartition("\n")
        if newline:
            self._bar.out(lines + newline)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def isatty(self) -> bool:
        return True
