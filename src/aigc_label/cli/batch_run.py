"""``aigc-label batch run``: carry a plan out, or what earlier runs have left of it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from aigc_label.cli import batch_options, batch_plan, batch_uses, dispatch, terminal
from aigc_label.cli.batch_progress import Telling
from aigc_label.library import engine
from aigc_label.library.job import FULL
from aigc_label.library.ledger import open_ledger
from aigc_label.library.reports import facts

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Self

    from aigc_label.library.plan import Plan
    from aigc_label.library.summary import Summary


def run(argv: Sequence[str]) -> int:
    """Run it."""
    args = batch_options.parser().parse(argv)
    if args is None:
        return dispatch.FINE
    return carry_out(batch_plan.plan(args), args)


def carry_out(plan: Plan, args: argparse.Namespace) -> int:
    """Carry a plan out, show how far it is, and say what came of it; return the exit code.

    Raises:
        UsageError: the plan cannot be carried out.
    """
    batch_uses.refuse(plan.action, ["exit-zero"] if args.exit_zero else [], explicit=True)
    with _Drain() as drain, Telling(args.progress, quiet=args.quiet) as telling:
        try:
            summary = engine.run(
                plan, observe=telling.observe, stop=lambda: drain.asked, tell=telling.ended
            )
        except OSError as error:
            if error.errno not in FULL or error.filename is not None:
                raise
            raise _full(error, plan) from error
        telling.summary(summary)
    if os.environ.get(terminal.DEBUG):
        sys.stderr.writelines(summary.bugs[1:])  # the first one was told
    if args.exit_zero:
        summary = replace(summary, wrong=_unchecked(summary))
    return _code(summary)


def _full(error: OSError, plan: Plan) -> OSError:
    """A full disk, and where: what Python writes itself does not say it.

    It may be that of the results, or of the scratch folder that films pass through;
    what was written in part is gone by now, so that neither looks full any more.
    """
    import tempfile  # noqa: PLC0415 - most runs end otherwise

    plan = plan.absolute()
    places = [] if "://" in (at := plan.dest or plan.source) else [at]
    with contextlib.suppress(OSError):
        scratch = tempfile.gettempdir()
        if not places or os.stat(at).st_dev != os.stat(scratch).st_dev:
            places.append(scratch)
    said = f"{error.strerror}: {' or '.join(places)}" if places else error.strerror
    return OSError(error.errno, f"{said}; free some space there, and run the same again")


def _unchecked(summary: Summary) -> int:
    """How many files could not be checked, whatever the others were found to be."""
    with open_ledger(summary.ledger, readonly=True) as ledger:
        return facts.counts(ledger, "check").get("failed", (0, 0))[0]


def _code(summary: Summary) -> int:
    if summary.bugs:
        return dispatch.BUG
    if summary.how == "drained":
        return dispatch.INTERRUPTED
    return dispatch.WRONG_FILE if summary.wrong or summary.unread else dispatch.FINE


class _Drain:
    """The first SIGINT, SIGTERM or SIGHUP asks the run to finish what it has begun.

    The second one is an interrupt as everywhere: what is not finished is as it was.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                with contextlib.suppress(ValueError):  # only the main thread may ask for signals
                    self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type] # what was there

    def _ask(self, _number: int, _frame: object) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        os.write(2, b"aigc-label: finishing what has begun; once more to stop at once\n")
