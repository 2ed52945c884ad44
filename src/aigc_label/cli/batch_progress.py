"""What is said while a batch works: a bar, or JSON lines, and what failed."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aigc_label.cli import terminal

if TYPE_CHECKING:
    from typing import Self

    from aigc_label.library.ledger import Ended
    from aigc_label.library.store import Entry
    from aigc_label.library.summary import Progress, Summary

_EVERY = 5.0  # seconds between two JSON lines
_MANY = 20  # failures that are told one by one; the report has them all


class Telling:
    """Shows a run to a person or to a program; one that no longer listens ends no run.

    Args:
        kind: ``"auto"`` for a bar on terminals, ``"jsonl"``, or ``"none"``.
        quiet: say nothing but what failed.
    """

    def __init__(self, kind: str, *, quiet: bool) -> None:
        self._lines = kind == "jsonl"
        self._quiet = quiet
        self._wanted = kind == "auto" and not quiet and terminal.is_terminal(sys.stderr)
        self._bar: Any = None
        self._task: Any = None
        self._said = 0.0
        self._failed = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def observe(self, now: Progress) -> None:
        """Show how far it is."""
        if self._lines:
            if time.monotonic() - self._said >= _EVERY:
                self._said = time.monotonic()
                self._line({"event": "progress", **now._asdict(), "rate": _rate(now)})
        elif self._wanted:
            self._draw(now)

    def ended(self, entry: Entry, ended: Ended) -> None:
        """Say that a file failed."""
        if ended.state != "failed":
            return
        self._failed += 1
        name = os.fsdecode(entry.key)
        if self._lines:
            self._line({"event": "failed", "path": _text(name), "reason": ended.reason})
        elif self._failed <= _MANY:
            self._complain(f"{name}: {ended.reason}")
        elif self._failed == _MANY + 1:
            self._complain("more failed; `aigc-label batch report` names them all")

    def summary(self, summary: Summary) -> None:
        """Say what came of it."""
        self.__exit__()
        if self._lines:
            told = asdict(summary)
            told["bugs"] = len(summary.bugs)
            self._line({"event": "summary", "wrong": summary.wrong, **told})
        elif not self._quiet:
            terminal.remark(described(summary))
        for name, why in summary.unread:
            self._complain(f"{name}: cannot be listed: {why}")
        for trace in summary.bugs[:1]:
            terminal.bug(trace.rstrip().rpartition("\n")[2], trace)

    def _line(self, value: dict[str, Any]) -> None:
        terminal.remark(json.dumps({"time": round(time.time(), 3), **value}) + "\n")

    def _complain(self, text: str) -> None:
        if self._bar is None:
            terminal.complain(text)
            return
        from rich.text import Text  # noqa: PLC0415 - loaded with the bar

        line = f"aigc-label: {terminal.printable(text)}"
        self._bar.console.print(Text(line), soft_wrap=True)

    def _draw(self, now: Progress) -> None:
        if self._bar is None:
            self._show()
        if now.phase == "walk":
            self._bar.update(self._task, told=f"{now.files:,} files found", total=None)
            return
        more = "+" if now.walking else ""
        told = (
            f"{now.files:,}/{now.total:,}{more} files  "
            f"{_size(now.size)}/{_size(now.total_size)}{more}  "
            f"{_rate(now):,.0f} files/s  {now.failed:,} failed"
        )
        # Bytes say more about the time left than files do, unless there are none.
        done, total = (now.size, now.total_size) if now.total_size else (now.files, now.total)
        self._bar.update(
            self._task, told=told, completed=done, total=None if now.walking else total
        )

    def _show(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - slow, and only for a terminal
        from rich.progress import (  # noqa: PLC0415 - on terminals only
            BarColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._bar = Progress(
            BarColumn(bar_width=20),
            TextColumn("{task.fields[told]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._bar.add_task("", total=None, told="")
        self._bar.start()


def described(summary: Summary) -> str:
    """What a run did, in a few lines."""
    done = sum(summary.files.values())
    counts = ", ".join(f"{count:,} {what}" for what, count in sorted(summary.files.items()))
    rate = done / summary.seconds if summary.seconds else 0
    lines = [
        f"{terminal.counted(done, 'file')} in {summary.seconds:.1f} s ({rate:,.0f} a second)"
        + (f": {counts}" if counts else "")
    ]
    rows = f"{terminal.counted(summary.numbered, 'row')} of the manifest"
    facts = (
        (summary.known, f"{summary.known:,} done by earlier runs"),
        (
            summary.doubted,
            f"{summary.doubted:,} of them perhaps cut short by a power cut, and made again",
        ),
        (
            summary.missing,
            f"{summary.missing:,} of them gone, or the credentials beside them, and made again",
        ),
        (
            summary.changed,
            f"{summary.changed:,} of them changed at the destination, and looked at again",
        ),
        (summary.left_out, f"{summary.left_out:,} left out, a whole folder counted as one"),
        (summary.data, f"{terminal.counted(summary.data, 'data file')} left alone"),
        (summary.unlisted, f"{summary.unlisted:,} not named by the manifest"),
        (
            summary.unmatched,
            f"{terminal.counted(summary.unmatched, 'row')} of the manifest without a file",
        ),
        (summary.numbered, f"{rows} with another number than the file has, which keeps its own"),
    )
    lines += [line for count, line in facts if count]
    if summary.wrong:
        place = shlex.quote(terminal.printable(summary.ledger))
        lines.append(f"what is wrong with which: aigc-label batch report {place}")
    if summary.how == "drained":
        lines.append("not complete: run the same again, or `aigc-label batch resume`")
    return "".join(
        f"{line}\n" for line in (*lines, f"ledger: {terminal.printable(summary.ledger)}")
    )


def _rate(now: Progress) -> float:
    return round(now.files / now.seconds, 1) if now.seconds else 0.0


def _size(count: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:,.0f} {unit}" if unit == "B" else f"{count:,.1f} {unit}"
        count /= 1024
    return f"{count:,.1f} TiB"


def _text(name: str) -> str:
    """A name as JSON can say it; bytes that are no text become escapes."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
