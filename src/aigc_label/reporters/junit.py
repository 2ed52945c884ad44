"""JUnit's XML, which build servers show: a test case a file, its findings as failures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TextIO
from xml.sax.saxutils import quoteattr

from aigc_label.reporters.json import escaped
from aigc_label.reporters.summary import Summary, gravest_first
from aigc_label.reporters.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aigc_label.model import Report

_NO_XML = r"[\ufffe\uffff]"


def render(
    reports: Iterable[Report],
    *,
    stream: TextIO,
    profile: str,
    lang: str = "en",
    color: bool | None = None,  # noqa: ARG001 - XML has no colours
) -> Summary:
    """Collect the reports, then write one suite.

    A file that fails is a failure; one that could not be looked at completely, and does not
    fail, counts as skipped: it is not passed.
    """
    summary, cases, failures, skipped = Summary(), [], 0, 0
    for report in reports:
        summary.add(report)
        lines = list(_case(report, lang))
        failures += not report.ok
        skipped += any(line.startswith("  <skipped") for line in lines)
        cases += lines
    name = quoteattr(f"aigc-label {profile}")
    counts = f'tests="{summary.files}" failures="{failures}" errors="0" skipped="{skipped}"'
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    stream.write(f"<testsuites {counts}>\n<testsuite name={name} {counts}>\n")
    stream.writelines(f"{line}\n" for line in cases)
    stream.write("</testsuite>\n</testsuites>\n")
    return summary


def _case(report: Report, lang: str) -> Iterator[str]:
    kind = report.inspection.format or "unknown"
    yield f" <testcase classname={_attribute(kind)} name={_attribute(report.inspection.name)}>"
    found = [
        f"{_word(each.level if each.kind == 'fail' else each.kind, lang)} {each.rule}: "
        f"{each.message}{f' ({advice})' if advice else ''}"
        for each, advice in gravest_first(report.findings)
    ]
    open_ = [each for each in report.findings if each.kind == "open"]
    if not report.ok:
        yield f"  <failure message={_attribute(found[0])}>{_text(found)}</failure>"
    elif open_:
        yield f"  <skipped message={_attribute(open_[0].message)}/>"
    if report.ok and found:
        yield f"  <system-out>{_text(found)}</system-out>"
    yield " </testcase>"


def _word(name: str, lang: str) -> str:
    return words(lang).get(name, name)


def _attribute(text: str) -> str:
    return quoteattr(_storable(text))


def _text(lines: list[str]) -> str:
    whole = "\n".join(map(_storable, lines))
    return whole.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _storable(text: str) -> str:
    """The text without what XML cannot hold."""
    return re.sub(_NO_XML, "\ufffd", escaped(text))
