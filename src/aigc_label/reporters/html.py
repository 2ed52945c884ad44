"""One page that stands alone: no script, nothing loaded, everything escaped, light and dark."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, TextIO

from aigc_label import __version__
from aigc_label.errors import UsageError
from aigc_label.model import FIELDS, Medium, printable
from aigc_label.reporters.summary import Summary, gravest_first
from aigc_label.reporters.words import clause, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from aigc_label.model import Finding, FoundLabel, FoundMark, Report

_FEW = 20  # up to here every card is open; of more files only the failed ones are


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a card shows of its file, before and after labelling.

    Attributes:
        medium: says how it is shown.
        before: a ``data:`` URI, for text the text itself; ``None`` shows nothing.
        after: likewise.

    Raises:
        UsageError: a picture, sound or video that is not a ``data:`` URI of its medium; the page
            loads nothing from elsewhere.
    """

    medium: Medium
    before: str | None = None
    after: str | None = None

    def __post_init__(self) -> None:
        for shown in (self.before, self.after):
            if (
                shown is not None
                and self.medium is not Medium.TEXT
                and not shown.startswith(f"data:{self.medium.value}/")
            ):
                raise UsageError(f"a preview must be a data:{self.medium.value}/ URI")


def data_uri(data: bytes, media_type: str) -> str:
    """``data`` as a URI that a :class:`Preview` takes."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


def render(
    reports: Iterable[Report],
    *,
    stream: TextIO,
    profile: str,
    lang: str = "en",
    color: bool | None = None,  # noqa: ARG001 - the page follows the reader's light or dark setting
    previews: Mapping[str, Preview] | None = None,
) -> Summary:
    """Collect the reports, then write the page: the counts, and a card for each file.

    Args:
        reports: consumed once; the failed ones are shown first.
        stream: where to; its encoding should be UTF-8, which the page declares.
        profile: the profile's id.
        lang: ``"en"`` or ``"zh"``.
        color: not used.
        previews: what to show of a file, by its name in the report.
    """
    say = words(lang)
    summary = Summary()
    collected = []
    for report in reports:
        summary.add(report)
        collected.append(report)
    collected.sort(key=lambda report: report.ok)
    stream.write(_head(say, "zh-CN" if lang == "zh" else "en"))
    stream.write(_overview(say, summary, profile))
    for report in collected:
        preview = (previews or {}).get(report.inspection.name)
        opened = not report.ok or preview is not None or len(collected) <= _FEW
        stream.writelines(_card(report, lang, preview, opened=opened))
    if not collected:
        stream.write(f"<p>{say['empty']}</p>\n")
    stream.write(f"</main>\n<footer>aigc-label {__version__}</footer>\n</body>\n</html>\n")
    return summary


def _safe(text: str) -> str:
    """On one line, without control or bidi characters, and inert as HTML."""
    return escape(printable(text))


def _head(say: Mapping[str, str], lang: str) -> str:
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode("ascii")
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; media-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{say['title']}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
    )


def _overview(say: Mapping[str, str], summary: Summary, profile: str) -> str:
    tiles = (
        ("files", "", summary.files),
        ("ok", "ok", summary.ok),
        ("failed", "failed" if summary.failed else "", summary.failed),
        ("not looked at", "", summary.open),
    )
    shown = "".join(
        f'<div class="tile {role}"><dt>{say[name]}</dt><dd>{count}</dd></div>'
        for name, role, count in tiles
    )
    return (
        f"<header>\n<h1>{say['title']}</h1>\n<p>{say['profile']}: {_safe(profile)}</p>\n"
        f"<dl>{shown}</dl>\n</header>\n<main>\n"
    )


def _card(report: Report, lang: str, preview: Preview | None, *, opened: bool) -> Iterator[str]:
    seen, say = report.inspection, words(lang)
    state = "ok" if report.ok else "failed"
    yield f"<details{' open' if opened else ''}>\n<summary>"
    yield f'<span class="chip {state}">{say[state]}</span>'
    yield f'<span class="name">{_safe(seen.name)}</span>'
    if report.attribution:
        yield f'<span class="chip">{say[report.attribution.value]}</span>'
    size = say["bytes"].format(size=f"{seen.size:,}")
    yield f'<span class="quiet">{_safe(seen.format or "-")} · {size}</span></summary>\n'
    if preview is not None:
        yield from _figures(preview, seen.name, say)
    yield from _findings(report.findings, lang)
    yield f"<h2>{say['labels']}</h2>\n"
    yield from (_label(label, say) for label in seen.labels)
    if not seen.labels:
        yield f'<p class="quiet">{say["none" if seen.problem is None else "not perceived"]}</p>\n'
    yield f"<h2>{say['marks']}</h2>\n"
    if seen.marks:
        yield f"<ul>{''.join(_mark(mark) for mark in seen.marks)}</ul>\n"
    else:
        yield f'<p class="quiet">{say["none" if seen.marks is not None else "not perceived"]}</p>\n'
    if seen.signals:
        yield f"<h2>{say['signals']}</h2>\n<ul>"
        for signal in seen.signals:
            claim = say["ai yes" if signal.ai else "ai no"]
            tool = f" · {say['generator']}: {_safe(signal.generator)}" if signal.generator else ""
            yield f"<li>{signal.scheme.upper()}: {claim}{tool} · {_safe(signal.detail)}</li>"
        yield "</ul>\n"
    yield "</details>\n"


def _figures(preview: Preview, name: str, say: Mapping[str, str]) -> Iterator[str]:
    yield '<div class="figures">'
    for which, shown in (("before", preview.before), ("after", preview.after)):
        if shown is not None:
            body = _shown(preview.medium, shown, f"{name}: {say[which]}")
            yield f"<figure>{body}<figcaption>{say[which]}</figcaption></figure>"
    yield "</div>\n"


def _shown(medium: Medium, shown: str, what: str) -> str:
    if medium is Medium.TEXT:
        return f"<pre>{_lines(shown)}</pre>"
    source, title = escape(shown), _safe(what)
    if medium is Medium.IMAGE:
        return f'<img src="{source}" alt="{title}">'
    tag = medium.value
    return f'<{tag} controls preload="metadata" src="{source}" title="{title}"></{tag}>'


def _findings(findings: tuple[Finding, ...], lang: str) -> Iterator[str]:
    say = words(lang)
    yield f"<h2>{say['findings']}</h2>\n"
    if not findings:
        yield f"<p>{say['no findings']}</p>\n"
        return
    yield '<ul class="findings">'
    for found, advice in gravest_first(findings):
        role = found.level if found.kind == "fail" else found.kind
        where = _safe(clause(found.clause, lang))
        if found.offset is not None:
            where += say["byte"].format(offset=found.offset)
        yield (
            f'<li><span class="chip {role}">{say.get(role, role)}</span> '
            f"<code>{_safe(found.rule)}</code> {_safe(found.message)}"
            f'<span class="quiet">{say["clause"].format(clause=where)}</span>'
        )
        if advice:
            yield f"<pre>{_lines(advice)}</pre>"
        yield "</li>\n"
    yield "</ul>\n"


def _lines(text: str) -> str:
    return "\n".join(_safe(line) for line in text.splitlines())


def _label(label: FoundLabel, say: Mapping[str, str]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{key}</th><td>{_safe(label.fields[key])}</td></tr>'
        for key in FIELDS
        if key in label.fields
    )
    about = [say["right place" if label.home else "wrong place"], *label.quirks]
    return (
        f"<table><caption><code>{_safe(label.carrier)}</code> "
        f'<span class="quiet">{_safe(", ".join(about))}</span></caption>{rows}</table>\n'
    )


def _mark(mark: FoundMark) -> str:
    facts: list[str] = [mark.text or mark.kind]
    if mark.place:
        facts.append(mark.place)
    if mark.ratio is not None:
        facts.append(f"{mark.ratio:.1%}")
    if mark.at is not None:
        facts.append(f"{mark.at[0]:.1f}-{mark.at[1]:.1f} s")
    return f"<li>{_safe(' · '.join(facts))}</li>"


_STYLE = """
:root{color-scheme:light dark;--ink:#1c2430;--paper:#f6f7f9;--card:#fff;--line:#d9dee6;
--quiet:#5b6675;--red:#b3261e;--amber:#8a5a00;--blue:#1f5fae;--green:#1c7040}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ef;--paper:#14181f;--card:#1d232d;
--line:#343c49;--quiet:#9aa5b5;--red:#ff8a80;--amber:#ffc46b;--blue:#8ab8ff;--green:#74d69a}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:64rem;padding:1.5rem 1rem;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,"Noto Sans","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif}
h1{margin:0;font-size:1.6rem}
h2{margin:1.2rem 0 .4rem;font-size:1rem}
dl{display:flex;flex-wrap:wrap;gap:.75rem;margin:1rem 0 1.5rem}
.tile{flex:1 1 9rem;padding:.6rem .9rem;background:var(--card);border:1px solid var(--line);
border-radius:.5rem}
.tile dt{color:var(--quiet);font-size:.85rem}
.tile dd{margin:0;font-size:1.7rem;font-weight:600;font-variant-numeric:tabular-nums}
.tile.ok dd{color:var(--green)}.tile.failed dd{color:var(--red)}
details{margin:0 0 .75rem;padding:.7rem 1rem;background:var(--card);border:1px solid var(--line);
border-radius:.5rem}
summary{cursor:pointer}
summary>span{margin-right:.6rem}
.name{font-weight:600;overflow-wrap:anywhere}
.quiet{color:var(--quiet);font-size:.88rem;font-weight:400}
.chip{display:inline-block;padding:0 .5em;border:1px solid currentColor;border-radius:1em;
font-size:.82rem;color:var(--quiet);white-space:nowrap}
.chip.failed,.chip.error{color:var(--red)}.chip.warning{color:var(--amber)}
.chip.note,.chip.open,.chip.review,.chip.informational{color:var(--blue)}
.chip.ok{color:var(--green)}
ul{margin:.2rem 0;padding-left:1.2rem}
.findings{padding:0;list-style:none}.findings li{margin:.35rem 0}
code,pre,td{font-family:ui-monospace,"DejaVu Sans Mono",Menlo,monospace;font-size:.88rem}
pre{margin:.3rem 0;padding:.5rem .7rem;background:var(--paper);border-radius:.35rem;
white-space:pre-wrap;overflow-wrap:anywhere}
table{width:100%;margin:.4rem 0;border-collapse:collapse;table-layout:fixed}
caption{text-align:left}
th,td{padding:.2rem .6rem;border-top:1px solid var(--line);text-align:left;vertical-align:top;
overflow-wrap:anywhere}
th{width:11rem;font-weight:400;color:var(--quiet)}
.figures{display:flex;flex-wrap:wrap;gap:1rem;margin:.8rem 0}
figure{flex:1 1 18rem;min-width:0;margin:0}
figure img,figure video{max-width:100%;max-height:24rem;border-radius:.35rem}
figure audio{width:100%}
figure pre{max-height:24rem;overflow:auto}
figcaption{color:var(--quiet);font-size:.88rem}
footer{margin-top:2rem;color:var(--quiet);font-size:.85rem}
@media(max-width:32rem){th{width:8.5rem}}
@media print{details{break-inside:avoid}}
"""
