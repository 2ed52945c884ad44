"""A report as lines for a terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

from aigc_label.library.reports.facts import gather

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aigc_label.library.ledger import Ledger
    from aigc_label.library.reports.facts import Facts


def render(ledger: Ledger, action: str, stream: TextIO) -> None:
    """See :class:`aigc_label.library.reports.Renderer`."""
    stream.writelines(f"{line}\n" for line in _lines(gather(ledger, action)))


def _lines(facts: Facts) -> Iterator[str]:
    plan = facts.plan
    where = f" -> {plan.dest}" if plan.dest else " in place" if plan.in_place else ""
    yield f"{plan.action} {plan.source}{where}"
    last = facts.runs[-1:]
    for run in facts.runs[-5:]:
        began, ended, how = run
        at_work = facts.pid is not None and [run] == last
        end = f"to {_time(ended)}, {how}" if ended else "at work" if at_work else "killed"
        yield f"run of {_time(began)} {end}"
    yield f"{facts.files:,} files, {facts.size:,} bytes, {facts.outstanding:,} still to do"
    for name, (count, size) in facts.verdicts.items():
        yield f"  {count:>12,} {name}, {size:,} bytes"
    yield from _table("by format", facts.formats)
    yield from _table("by folder", facts.folders)
    yield from _table("by producer", facts.producers)
    yield from _counts("rules that files fail", facts.rules)
    yield from _counts("why files failed or were left out", facts.reasons)
    yield from _counts("what notes say of files that were written", facts.notes)
    if facts.doubled:
        yield f"{facts.doubled:,} files have the content of another one:"
        for paths, count in facts.duplicates:
            more = f" and {count - len(paths):,} more" if count > len(paths) else ""
            yield f"  {', '.join(paths)}{more}"
    if facts.slowest:
        yield "slowest:"
        yield from (f"  {seconds:10.3f} s  {path}" for path, seconds, _ in facts.slowest[:10])
    if facts.failed:
        yield "failed:"
        yield from (f"  {path}: {reason}" for path, reason in facts.failed)


def _table(title: str, groups: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    if groups:
        yield f"{title}:"
    for name, verdicts in groups.items():
        said = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(verdicts.items()))
        yield f"  {name}: {said}"


def _counts(title: str, found: Mapping[str, int]) -> Iterator[str]:
    if found:
        yield f"{title}:"
    yield from (f"  {count:>12,} {name}" for name, count in found.items())


def _time(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
