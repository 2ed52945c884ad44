"""A report as lines for a terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

from aigc_label.library.reports.facts import gather
from aigc_label.model import counted, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aigc_label.library.ledger import Ledger
    from aigc_label.library.reports.facts import Facts


def render(ledger: Ledger, action: str, stream: TextIO) -> None:
    """See :class:`aigc_label.library.reports.Renderer`."""
    stream.writelines(f"{line}\n" for line in _lines(gather(ledger, action)))


def _lines(facts: Facts) -> Iterator[str]:
    plan = facts.plan
    where = f" -> {plan.dest}" if plan.dest else " in place" if plan.in_place else ""
    yield printable(f"{plan.action} {plan.source}{where}")
    last = facts.runs[-1:]
    for run in facts.runs[-5:]:
        began, ended, how = run
        at_work = facts.pid is not None and [run] == last
        end = f"to {_time(ended)}, {how}" if ended else "at work" if at_work else "killed"
        yield f"run of {_time(began)} {end}"
    files, size = counted(facts.files, "file"), counted(facts.size, "byte")
    yield f"{files}, {size}, {facts.outstanding:,} still to do"
    for name, (count, size_of) in facts.verdicts.items():
        yield f"  {count:>12,} {name}, {counted(size_of, 'byte')}"
    if facts.unread_count:
        yield f"{counted(facts.unread_count, 'folder')} could not be listed:"
        yield from (f"  {path}: {printable(reason)}" for path, reason in facts.unread)
        if others := facts.unread_count - len(facts.unread):
            yield f"  and {others:,} more; --output-format csv has them all"
    yield from _table("by format", facts.formats)
    yield from _table("by folder", facts.folders)
    yield from _table("by producer", facts.producers)
    yield from _counts("rules that files fail", facts.rules)
    yield from _counts("why files failed or were left out", facts.reasons)
    yield from _counts("what notes say of files that were written", facts.notes)
    if facts.doubled:
        have = "has" if facts.doubled == 1 else "have"
        yield f"{counted(facts.doubled, 'file')} {have} the content of another one:"
        for paths, count in facts.duplicates:
            more = f" and {count - len(paths):,} more" if count > len(paths) else ""
            yield f"  {', '.join(paths)}{more}"
    if facts.slowest:
        yield "slowest:"
        yield from (f"  {seconds:10.3f} s  {path}" for path, seconds, _ in facts.slowest[:10])
    yield from _files("failed", facts.failed, facts)
    yield from _files("not passed", facts.not_passed, facts)


def _files(verdict: str, files: Sequence[tuple[str, str]], facts: Facts) -> Iterator[str]:
    if files:
        yield f"{verdict}:"
    yield from (f"  {path}: {printable(reason)}" for path, reason in files)
    if more := facts.verdicts.get(verdict, (0, 0))[0] - len(files):
        yield f"  and {more:,} more; --output-format csv has them all"


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
