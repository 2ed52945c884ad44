"""What a person sees: lines on standard error, safe names, nearest words, tables."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import TYPE_CHECKING, TextIO

from aigc_label.errors import UsageError
from aigc_label.model import counted as counted  # noqa: PLC0414 - re-exported
from aigc_label.model import printable as printable  # noqa: PLC0414 - re-exported

if TYPE_CHECKING:
    from collections.abc import Sequence

DEBUG = "AIGC_LABEL_DEBUG"


def prepare() -> None:
    """Let no character stop the program: what a terminal's encoding lacks becomes an escape.

    Raises:
        UsageError: standard output is closed, so results could go nowhere.
    """
    if sys.stderr is None:  # closed by the caller, who does not want to hear
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the end
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the end
        raise UsageError("standard output is closed; give it somewhere to go")
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # suppressed


def complain(text: str) -> None:
    """One line on standard error; a closed standard error is no reason to fail."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"aigc-label: {printable(text)}\n")
        sys.stderr.flush()


def remark(text: str) -> None:
    """Text on standard output that is no result: a reader who has gone away is no failure."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        drop_output()


def drop_output() -> None:
    """Drop what is still to go to standard output, and what will be: nobody takes it.

    Without this, Python would complain of what is buffered at its end.
    """
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def bug(error: BaseException | str, traceback_text: str = "") -> None:
    """Say that this is our mistake and how to report it; the traceback only on request."""
    if isinstance(error, BaseException):
        import traceback  # noqa: PLC0415 - only when something broke

        traceback_text = "".join(traceback.format_exception(error))
        error = f"{type(error).__name__}: {error}"
    if os.environ.get(DEBUG):
        sys.stderr.write(traceback_text)
        complain(f"a bug in aigc-label: {error}; please report it with the lines above")
        return
    complain(f"a bug in aigc-label: {error}; please report it with the output of {DEBUG}=1")


def system_reason(error: OSError, about: str | None = None) -> str:
    """An operating system's error as one line: what failed and what to do.

    The file it names is put in front, unless it is the one that the line is ``about`` anyway.
    """
    said = error.strerror
    what = said[0].lower() + said[1:] if said else str(error) or type(error).__name__
    if ";" not in what and (remedy := _REMEDIES.get(error.errno or 0)):  # or it says one itself
        what = f"{what}; {remedy}"
    name = error.filename if isinstance(error.filename, str) else None
    url = (about or "").partition("://")[2]  # some stores name a file without its scheme
    return what if name in (None, about, url) else f"{name}: {what}"


_REMEDIES = {
    errno.ENOENT: "check the spelling of the path",
    errno.EACCES: "change its permissions or run as a user who may",
    errno.EPERM: "change its permissions or run as a user who may",
    errno.EEXIST: "choose another output, or overwrite it with --force",
    errno.ELOOP: "check where the link leads",
    errno.EROFS: "choose another output",
    errno.ENOSPC: "free some space, or choose another output",
    errno.EDQUOT: "free some space, or choose another output",
    errno.EFBIG: "what would be written passes the limit for files here (see `ulimit -f`)",
}


def coloured(stream: TextIO) -> bool:
    """Whether a stream is a terminal that wants colours (https://no-color.org)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return is_terminal(stream)


def is_terminal(stream: TextIO) -> bool:
    """Whether a stream is a terminal; a closed one is not."""
    try:
        return stream.isatty()
    except ValueError:
        return False


def language(environment: dict[str, str] | None = None) -> str:
    """``"zh"`` where the locale is Chinese, else ``"en"``."""
    variables = os.environ if environment is None else environment
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := variables.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows as text: drawn by rich on a terminal, in plain aligned columns anywhere else."""
    if is_terminal(sys.stdout):
        return _drawn(header, rows)
    lines = [[printable(cell) for cell in row] for row in (header, *rows)]
    widths = [max(_width(line[i]) for line in lines) for i in range(len(header))]
    return "".join(
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        + "\n"
        for line in lines
    )


def _drawn(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    from rich import box  # noqa: PLC0415 - slow, and only for a terminal
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in header:
        drawn.add_column(title, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(printable(cell)) for cell in row))
    console = Console(file=sys.stdout, highlight=False)
    with console.capture() as capture:
        console.print(drawn)
    return capture.get()


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    import unicodedata  # noqa: PLC0415 - only tables need it

    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
