"""What ``fix`` has changed in a file, as lines for people: facts first, then judgements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import chinese
from aigc_label.cli import terminal
from aigc_label.model import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_label.cli.outputs import Task
    from aigc_label.fixing import Fixed
    from aigc_label.model import Finding, FoundLabel, FoundMark, Report

_LONGEST = 80
_EN = {
    "would": "would be fixed",
    "fixed": "fixed",
    "unchanged": "unchanged",
    "ok": "ok",
    "failed": "failed",
    "implicit": "implicit",
    "explicit": "explicit",
    "quirks": "deviations",
    "mended": "mended",
    "remains": "remains",
    "note": "note",
    "noted": "note",
    "; ": "; ",
    " (": " (",
    ")": ")",
}
_ZH = {
    "would": "将修正",
    "fixed": "已修正",
    "unchanged": "未改动",
    "ok": "通过",
    "failed": "不通过",
    "implicit": "隐式标识",
    "explicit": "显式标识",
    "quirks": "写法偏差",
    "mended": "已解决",
    "remains": "未解决",
    "note": "说明",
    "noted": "提示",
    "; ": "；",
    " (": "（",
    ")": "）",
    "error": "错误",
    "warning": "警告",
    "informational": "信息",
    "review": "待复核",
    "open": "未定",
}


def lines(task: Task, fixed: Fixed, lang: str) -> str:
    """The file's own line, then what it bore (-) and bears (+), what is mended, what remains."""
    return "".join(f"{line}\n" for line in _lines(task, fixed, _ZH if lang == "zh" else _EN))


def _lines(task: Task, fixed: Fixed, say: dict[str, str]) -> Iterator[str]:
    word = "unchanged" if not fixed.changed else "would" if fixed.written.dry_run else "fixed"
    shown = terminal.printable(task.source)
    if task.target not in (None, task.source):
        shown += f" -> {terminal.printable(task.target or '')}"
    yield f"{say[word]} {shown}: {_verdict(fixed.before, say)} -> {_verdict(fixed.after, say)}"
    before, after = _facts(fixed.before, (), say), _facts(fixed.after, _drawn(fixed), say)
    yield from (f"  - {fact}" for fact in before if fact not in after)
    yield from (f"  + {fact}" for fact in after if fact not in before)
    for found in fixed.mended:
        if found.kind == "fail":
            yield f"  {say['mended']} {_judgement(found, say)}"
    for found, reason in fixed.remaining:
        if found.kind != "notApplicable":
            why = chinese.reason(reason) if say is _ZH else reason
            yield f"  {say['remains']} {_judgement(found, say)}{say['; ']}{why}"
            if found.kind == "fail" and found.advice:
                yield f"      {printable(found.advice)}"
    for note in fixed.written.notes:
        told = chinese.reason(note) if say is _ZH else note
        yield f"  {say['note']}: {printable(told)}"


def _verdict(report: Report, say: dict[str, str]) -> str:
    return say["ok"] if report.ok else say["failed"]


def _judgement(found: Finding, say: dict[str, str]) -> str:
    role = found.level if found.kind == "fail" else found.kind
    kind = say["noted"] if role == "note" else say.get(role, role)
    return f"{kind}[{found.rule}] {printable(found.message)}"


def _drawn(fixed: Fixed) -> tuple[FoundMark, ...]:
    """The mark that was drawn, where nobody has looked whether it is perceived."""
    mark = fixed.written.mark
    return (mark,) if mark is not None and fixed.after.inspection.marks is None else ()


def _facts(report: Report, drawn: Sequence[FoundMark], say: dict[str, str]) -> list[str]:
    seen = report.inspection
    marks = (*(seen.marks or ()), *drawn)
    return [
        *(_label(label, say) for label in seen.labels),
        *dict.fromkeys(_mark(mark, say) for mark in marks),
    ]


def _label(label: FoundLabel, say: dict[str, str]) -> str:
    fields = " ".join(f"{key}={printable(value, _LONGEST)}" for key, value in label.fields.items())
    odd = [quirk for quirk in label.quirks if quirk != "wrapped"]
    told = f"{say[' (']}{say['quirks']}: {', '.join(odd)}{say[')']}" if odd else ""
    return f"{say['implicit']} {label.carrier}: {fields}{told}"


def _mark(mark: FoundMark, say: dict[str, str]) -> str:
    kind, place = chinese.mark(mark) if say is _ZH else (mark.kind, mark.place)
    parts = (kind, printable(mark.text, _LONGEST), place)
    return f"{say['explicit']}: {' '.join(part for part in parts if part)}"
