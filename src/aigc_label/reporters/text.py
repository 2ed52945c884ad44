"""For people: a line per file, a line per finding, and what was not looked at once, at the end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TextIO

from aigc_label import chinese
from aigc_label.model import Attribution, printable, security_of
from aigc_label.reporters.summary import Summary, gravest_first
from aigc_label.reporters.words import clause, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aigc_label.model import Finding, FoundLabel, FoundMark, Report

_COLOURS = {
    "error": "\x1b[31m",
    "failed": "\x1b[1;31m",
    "warning": "\x1b[33m",
    "note": "\x1b[36m",
    "review": "\x1b[36m",
    "informational": "\x1b[36m",
    "ok": "\x1b[32m",
    "advice": "\x1b[2m",
}
_PLAIN = "\x1b[0m"
_LONGEST_VALUE = 80
_MADE = (("producer", "ContentProducer"), ("id", "ProduceID"))
_SPREAD = (("propagator", "ContentPropagator"), ("id", "PropagateID"))
_MOST_KINDS = 40  # lines at the end; messages there name formats and keys, of which there are few


def render(
    reports: Iterable[Report],
    *,
    stream: TextIO,
    profile: str,  # noqa: ARG001 - the profile is what was asked for; the lines say what it found
    lang: str = "en",
    color: bool | None = None,
) -> Summary:
    """Write each file's lines as its report arrives, then the summary."""
    style = _Style(lang, coloured=_wants_colour(stream) if color is None else color)
    summary = Summary()
    unseen: dict[tuple[str, str, str], int] = {}
    for report in reports:
        summary.add(report)
        stream.write(style.status(report))
        stream.writelines(style.evidence(report))
        if report.findings:
            _count_unseen(report, unseen)
            stream.writelines(style.findings(report))
    stream.writelines(style.ending(summary, unseen))
    return summary


def _wants_colour(stream: TextIO) -> bool:
    """Whether the stream is a terminal that wants colours (https://no-color.org)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def _count_unseen(report: Report, unseen: dict[tuple[str, str, str], int]) -> None:
    """Count what was not looked at or does not apply, by rule and message."""
    for found in report.findings:
        if found.kind in ("open", "notApplicable"):
            key = (found.kind, found.rule, found.message)
            if key in unseen or len(unseen) < _MOST_KINDS:
                unseen[key] = unseen.get(key, 0) + 1


class _Style:
    """The words of one language, coloured or not."""

    __slots__ = ("coloured", "failed", "lang", "ok", "words")

    def __init__(self, lang: str, *, coloured: bool) -> None:
        self.lang = lang
        self.words = words(lang)
        self.coloured = coloured
        self.ok = self.painted(self.words["ok"], "ok")
        self.failed = self.painted(self.words["failed"], "failed")

    def painted(self, text: str, role: str) -> str:
        return f"{_COLOURS[role]}{text}{_PLAIN}" if self.coloured else text

    def status(self, report: Report) -> str:
        """The file's own line."""
        seen, say = report.inspection, self.words
        state = say[report.attribution.value] if report.attribution else "-"
        parts = [
            printable(seen.name),
            seen.format or "-",
            self.ok if report.ok else self.failed,
            state,
        ]
        if seen.labels:
            parts.append(" ".join((seen.labels[0].carrier, *self._names(seen.labels[0]))))
            if word := say.get(f"signature {security_of(seen.labels[0]).status}"):
                parts.append(word)
        if seen.marks:
            parts.append(f"{say['explicit']}={self._mark(seen.marks[0])}")
        unseen = [
            say.get(word := _subject(found), word)
            for found in report.findings
            if found.kind == "open"
        ]
        if unseen:
            parts.append(f"{say['open']}: {', '.join(dict.fromkeys(unseen))}")
        return "  ".join(parts) + "\n"

    def _mark(self, mark: FoundMark) -> str:
        kind = chinese.mark(mark)[0] if self.lang == "zh" else mark.kind
        return printable(mark.text, _LONGEST_VALUE) if mark.text else kind

    def _names(self, label: FoundLabel) -> Iterator[str]:
        """Who made it and under which number; who spread it, where only that is known."""
        made = label.fields.get("ContentProducer") or label.fields.get("ProduceID")
        for word, field in _MADE if made else _SPREAD:
            if value := label.fields.get(field):
                yield f"{self.words[word]}={printable(value, _LONGEST_VALUE)}"

    def evidence(self, report: Report) -> Iterator[str]:
        """On what a state rests that no label confirms (article 6)."""
        if report.attribution in (None, Attribution.CONFIRMED):
            return
        for step in report.evidence:
            if step.decides:
                say = self.words
                line = say["evidence"].format(
                    state=say[f"{report.attribution}"],
                    step=say[f"by {step.step}"],
                    detail=printable(step.detail),
                )
                yield "    " + self.painted(line, "advice") + "\n"

    def findings(self, report: Report) -> Iterator[str]:
        """The lines of what is wrong, the gravest first, each with how to mend it."""
        shown = [found for found in report.findings if found.kind in _SHOWN]
        name = printable(report.inspection.name)
        for found, advice in gravest_first(shown):
            role = found.level if found.kind == "fail" else found.kind
            head = self.painted(f"{self.words[role]}[{found.rule}]", role)
            where = clause(found.clause, self.lang)
            where += self.words["binding"].format(binding=self.words[found.binding])
            if found.offset is not None:
                where += self.words["byte"].format(offset=found.offset)
            where = self.words["clause"].format(clause=where)
            yield f"{name}: {head} {printable(found.message)}{where}\n"
            for line in advice.splitlines():
                yield "    " + self.painted(printable(line), "advice") + "\n"

    def ending(self, summary: Summary, unseen: dict[tuple[str, str, str], int]) -> Iterator[str]:
        """The last lines: what was not looked at, and the counts."""
        say = self.words
        for (kind, rule, message), count in unseen.items():
            head = self.painted(f"{say[kind]}[{rule}]", "note")
            of_files = say["of files"].format(count=count, files=summary.files)
            yield f"{head} {printable(message)}{of_files}\n"
        line = say["count one" if summary.files == 1 else "count"].format_map(summary.as_dict())
        if summary.open:
            line += say["count open"].format(open=summary.open)
        yield self.painted(line, "failed" if summary.failed else "ok") + "\n"


_SHOWN = frozenset(("fail", "review", "informational"))


def _subject(found: Finding) -> str:
    """What was not looked at, in one word: ``explicit``, ``implicit``, ``security``..."""
    group, _, rest = found.rule.partition(".")
    return group if rest in ("open", "missing") else rest
