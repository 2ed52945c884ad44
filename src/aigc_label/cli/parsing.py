"""Command-line parsing that says which word was meant."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from aigc_label import spelling
from aigc_label.cli import terminal
from aigc_label.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Parser(argparse.ArgumentParser):
    """A parser of one verb: no abbreviations, options and paths in any order, no exits.

    Args:
        verb: its name.
        description: what it does.
        examples: a line each; behind an empty line, what else there is to know.
    """

    def __init__(self, verb: str, description: str, examples: str = "") -> None:
        self._about = description
        self._examples, _, self._notes = examples.partition("\n\n")
        super().__init__(
            prog=f"aigc-label {verb}",
            # One is made for every option added; told a width, it loads nothing to ask for one.
            formatter_class=partial(argparse.HelpFormatter, width=80),
            allow_abbrev=False,
        )

    def format_help(self) -> str:
        """The help, as wide as the terminal; the options are told once, not in its head, too."""
        import shutil  # noqa: PLC0415 - only help needs it

        operands = (str(each.metavar) for each in self._actions if not each.option_strings)
        self.usage = " ".join((self.prog, "[OPTIONS]", *operands))
        self.formatter_class = argparse.RawDescriptionHelpFormatter
        width = shutil.get_terminal_size().columns - 2
        self.description = _filled(self._about, width)
        if self._examples:
            self.epilog = f"examples:\n{self._examples}\n\n{_filled(self._notes, width)}"
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        """Raise instead of ending the process.

        Raises:
            UsageError: always.
        """
        raise UsageError(message if message[-1] == "?" else f"{message}; see `{self.prog} --help`")

    def parse(self, argv: Sequence[str]) -> argparse.Namespace | None:
        """The parsed options, or ``None`` when the help was asked for and printed.

        Everything after ``--`` is a path, whatever it begins with.

        Raises:
            UsageError: naming the option that was probably meant.
        """
        argv = list(argv)
        cut = argv.index("--") if "--" in argv else len(argv)
        try:
            found, unknown = self.parse_known_args(argv[:cut])
        except SystemExit:  # only --help ends here: errors are raised above
            return None
        paths: list[str] = []
        for word in unknown:
            if word.startswith("-") and word != "-":
                self._refuse(word.partition("=")[0])
            paths.append(word)
        paths += argv[cut + 1 :]
        if hasattr(found, "paths"):
            found.paths = [*found.paths, *paths]
        elif paths:
            self.error(f"unexpected {terminal.printable(paths[0])!r}")
        return found

    def _refuse(self, word: str) -> NoReturn:
        meant = spelling.nearest(word, self._option_string_actions)
        hint = f"did you mean {meant}?" if meant else f"see `{self.prog} --help`"
        shown = terminal.printable(word)
        raise UsageError(f"no option {shown}; {hint} (a file of that name: ./{shown})")


def _filled(text: str, width: int) -> str:
    """Paragraphs made as wide as there is room; tables stay as they are."""
    import textwrap  # noqa: PLC0415 - only help needs it

    wrapped = textwrap.TextWrapper(width, break_on_hyphens=False)
    parts = text.split("\n\n")
    return "\n\n".join(part if "\n  " in part else wrapped.fill(part) for part in parts)


def one_of(*words: str) -> Callable[[str], str]:
    """An argument type that takes one of ``words`` and names the nearest for any other."""

    def convert(text: str) -> str:
        if text in words:
            return text
        hint = spelling.hint(text, words, f"one of {', '.join(words)}")
        raise argparse.ArgumentTypeError(f"no such choice: {terminal.printable(text)!r}; {hint}")

    return convert


def ratio(text: str) -> float:
    """A ratio, written as ``0.06`` or ``6%``."""
    try:
        return float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"not a ratio such as 0.06 or 6%: {text!r}") from None


def seconds(text: str) -> float:
    """A duration in seconds."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"not a number of seconds: {text!r}") from None


def since(text: str) -> float:
    """A date, or an age; as seconds since the epoch."""
    from aigc_label.cli import selection  # noqa: PLC0415 - seldom asked for

    try:
        return selection.since(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"neither a date such as 2026-11-01 nor an age such as 36h or 7d: {text!r}"
        ) from None


def count(text: str) -> int:
    """A number of processes, at least 1."""
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 1024:
        return int(text)
    raise argparse.ArgumentTypeError(f"not a number from 1 to 1024: {text!r}")


def words(text: str) -> tuple[str, ...]:
    """Words separated by commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())
