"""A report as one page that stands alone: no script, nothing loaded, light and dark."""

from __future__ import annotations

import base64
import hashlib
import time
from html import escape
from typing import TYPE_CHECKING, TextIO

from aigc_label import __version__
from aigc_label.library.reports.charts import bars, over_time, role
from aigc_label.library.reports.facts import MOST, gather
from aigc_label.model import counted, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aigc_label.library.ledger import Ledger
    from aigc_label.library.reports.facts import Facts


def render(ledger: Ledger, action: str, stream: TextIO) -> None:
    """See :class:`aigc_label.library.reports.Renderer`."""
    stream.writelines(_page(gather(ledger, action)))


def _page(facts: Facts) -> Iterator[str]:
    plan = facts.plan
    where = f" → {plan.dest}" if plan.dest else " in place" if plan.in_place else ""
    title = f"{plan.action} {plan.source}{where}"
    yield _head(title)
    yield f"<h1>{_safe(title)}</h1>\n<p>{_state(facts)}</p>\n<dl>"
    yield _tile("files", facts.files)
    yield _tile("bytes", facts.size)
    for verdict, (count, _) in facts.verdicts.items():
        yield _tile(verdict, count, role(verdict))
    yield "</dl>\n"
    for heading, groups in (
        ("By format", facts.formats),
        ("By folder", facts.folders),
        ("By producer", facts.producers),
    ):
        if groups:
            yield _chart(heading, bars(heading, groups, MOST))
    rules = {name: {"not passed": count} for name, count in facts.rules.items()}
    heading = "Rules that files fail"
    yield _chart(heading, bars(heading, rules, MOST))
    heading = "Files finished over time"
    yield _chart(heading, over_time(heading, facts.throughput, facts.bucket))
    yield _counts("Why files failed or were left out", "reason", facts.reasons)
    yield _counts("What notes say of files that were written", "note", facts.notes)
    slowest = [(path, f"{seconds:.3f} s", f"{size:,}") for path, seconds, size in facts.slowest]
    yield _table("The slowest", ("file", "time", "bytes"), slowest)
    yield _table("Folders that could not be listed", ("folder", "reason"), facts.unread)
    if len(facts.unread) < facts.unread_count:
        yield _FIRST
    for heading, verdict, files in (
        ("Failed", "failed", facts.failed),
        ("Not passed", "not passed", facts.not_passed),
    ):
        yield _table(heading, ("file", "reason"), files)
        if len(files) < facts.verdicts.get(verdict, (0, 0))[0]:
            yield _FIRST
    if facts.doubled:
        groups_of = [(paths, f"{count:,}") for paths, count in facts.duplicates]
        others = counted(facts.doubled, "file")
        have = "has" if facts.doubled == 1 else "have"
        heading = f"The same content ({others} {have} that of another one)"
        yield _table(heading, ("which", "how many"), groups_of)
    yield f"<footer>aigc-label {__version__}</footer>\n</body>\n</html>\n"


_FIRST = "<p>The first of them; <code>--output-format csv</code> has them all.</p>\n"


def _state(facts: Facts) -> str:
    at = _time(facts.at)
    runs = counted(len(facts.runs), "run")
    if facts.pid is not None:
        return f"As of {at}; {runs}, one of them at work (process {facts.pid})."
    left = "complete" if facts.files else "no file was found"
    if facts.outstanding:
        left = f"{counted(facts.outstanding, 'file')} still to do"
    if facts.unread_count:
        left += f", but {counted(facts.unread_count, 'folder')} could not be listed"
    return f"As of {at}; {runs}; {left}."


def _tile(name: str, count: int, kind: str = "") -> str:
    return f'<div class="tile {kind}"><dt>{_safe(name)}</dt><dd>{count:,}</dd></div>'


def _counts(heading: str, what: str, found: Mapping[str, int]) -> str:
    rows = [(name, f"{count:,}") for name, count in found.items()]
    return _table(heading, (what, "files"), rows)


def _chart(heading: str, drawn: str) -> str:
    """A chart under its heading; ``""`` where there is nothing to draw."""
    return f'<h2>{heading}</h2>\n<div class="chart">{drawn}</div>\n' if drawn else ""


def _table(
    heading: str, header: Sequence[str], rows: Sequence[Sequence[str | Sequence[str]]]
) -> str:
    if not rows:
        return ""
    kinds = [_CLASSES.get(name, "") for name in header]
    head = "".join(
        f'<th scope="col"{kind}>{name}</th>' for name, kind in zip(header, kinds, strict=True)
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td{kind}>{_cell(cell)}</td>" for cell, kind in zip(row, kinds, strict=True))
        + "</tr>\n"
        for row in rows
    )
    return f"<h2>{_safe(heading)}</h2>\n<table><tr>{head}</tr>\n{body}</table>\n"


_CLASSES = {
    **dict.fromkeys(("bytes", "files", "how many", "time"), ' class="n"'),
    "reason": ' class="why"',
}
"""Of columns, by what they are headed: figures, and sentences, which need room."""


def _cell(value: str | Sequence[str]) -> str:
    """A text, or several; whichever way their letters run, they stay apart and in their order."""
    texts = [value] if isinstance(value, str) else value
    return ", ".join(f'<bdi dir="ltr">{_safe(text)}</bdi>' for text in texts)


def _safe(text: str) -> str:
    return escape(printable(text))


def _time(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(seconds))


def _head(title: str) -> str:
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{_safe(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
    )


_STYLE = """
:root{color-scheme:light dark;--ink:#1c2430;--paper:#f6f7f9;--card:#fff;--line:#d9dee6;
--quiet:#5b6675;--good:#2e8b57;--same:#6f9fc8;--bad:#b3261e;--poor:#d9822b;--busy:#1f5fae;
--wait:#c3cad5;--left:#8d97a5}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ef;--paper:#14181f;--card:#1d232d;
--line:#343c49;--quiet:#9aa5b5;--good:#56b982;--same:#5f86a8;--bad:#ff8a80;--poor:#ffb05c;
--busy:#8ab8ff;--wait:#4a5361;--left:#76808e}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:64rem;padding:1.5rem 1rem;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,"Noto Sans","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif}
h1{margin:0;font-size:1.5rem;overflow-wrap:anywhere}
h2{margin:1.6rem 0 .5rem;font-size:1.05rem}
dl{display:flex;flex-wrap:wrap;gap:.75rem;margin:1rem 0}
.tile{flex:1 1 8rem;padding:.6rem .9rem;background:var(--card);border:1px solid var(--line);
border-left:.5rem solid var(--line);border-radius:.5rem}
.tile dt{color:var(--quiet);font-size:.85rem}
.tile dd{margin:0;font-size:1.4rem;font-weight:600;font-variant-numeric:tabular-nums}
.tile.good{border-left-color:var(--good)}.tile.same{border-left-color:var(--same)}
.tile.bad{border-left-color:var(--bad)}.tile.poor{border-left-color:var(--poor)}
.tile.busy{border-left-color:var(--busy)}.tile.wait{border-left-color:var(--wait)}
.tile.left{border-left-color:var(--left)}
.chart{padding:.6rem;overflow-x:auto;background:var(--card);border:1px solid var(--line);
border-radius:.5rem}
svg{display:block;width:100%;min-width:40rem;height:auto}
svg text{fill:var(--ink);font-size:12px}svg .end{text-anchor:end}
svg .axis{stroke:var(--line)}
rect.good{fill:var(--good)}rect.same{fill:var(--same)}rect.bad{fill:var(--bad)}
rect.poor{fill:var(--poor)}rect.busy{fill:var(--busy)}rect.wait{fill:var(--wait)}
rect.left{fill:var(--left)}
table{width:100%;border-collapse:collapse;background:var(--card);border:1px solid var(--line)}
th,td{padding:.25rem .6rem;border-top:1px solid var(--line);text-align:left;vertical-align:top;
overflow-wrap:anywhere;font-size:.9rem}
th{color:var(--quiet);font-weight:400;white-space:nowrap}
.why{width:55%}
.n{width:1%;padding-left:1.2rem;text-align:right;white-space:nowrap;
font-variant-numeric:tabular-nums}
footer{margin-top:2rem;color:var(--quiet);font-size:.85rem}
"""
