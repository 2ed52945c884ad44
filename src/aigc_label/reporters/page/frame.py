"""What stands around the cards: the head, the counts, the filters, and the rules that spoke."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from aigc_label import rules
from aigc_label.reporters.page.inert import prose, safe
from aigc_label.reporters.page.words import page_words
from aigc_label.reporters.words import clause

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from aigc_label.model import Finding, Report
    from aigc_label.reporters.summary import Summary

_LEVELS = ("error", "warning", "note")
_SORTS = ("failed first", "name", "size", "format")
_TOOLS_FROM = 2  # files; one alone needs no filter


@cache
def _part(name: str) -> str:
    return resources.files(__package__ or "").joinpath(name).read_text(encoding="utf-8")


def _digest(part: str) -> str:
    return base64.b64encode(hashlib.sha256(part.encode()).digest()).decode("ascii")


def head(lang: str) -> str:
    """From the doctype to the opened body; nothing is loaded, and only our own script runs."""
    style, script = _part("style.css"), _part("script.js")
    policy = (
        f"default-src 'none'; style-src 'sha256-{_digest(style)}'; "
        f"script-src 'sha256-{_digest(script)}'; img-src data:; media-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    say = page_words(lang)
    tag = "zh-CN" if lang == "zh" else "en"
    return (
        f'<!DOCTYPE html>\n<html lang="{tag}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" '
        f'content="no-referrer">\n<link rel="icon" href="data:,">\n'
        f"<title>{say['title']}</title>\n<style>{style}</style>\n</head>\n"
        f'<body data-copy="{say["copy"]}" data-copied="{say["copied"]}">\n'
    )


def script() -> str:
    """The script, which filters, sorts and copies; without it the page shows all."""
    return f"<script>{_part('script.js')}</script>\n"


class Counts:
    """Files and failures by format, and files by rule."""

    __slots__ = ("failed", "formats", "levels", "rules")

    def __init__(self) -> None:
        self.formats: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.rules: Counter[str] = Counter()
        self.levels: dict[str, str] = {}

    def add(self, report: Report) -> None:
        """Count one report."""
        fmt = report.inspection.format or "-"
        self.formats[fmt] += 1
        self.failed[fmt] += not report.ok
        for rule in dict.fromkeys(found.rule for found in report.findings):
            self.rules[rule] += 1
        for found in report.findings:
            role = found.level if found.kind == "fail" else found.kind
            if role in _LEVELS or found.rule not in self.levels:
                self.levels[found.rule] = _graver(role, self.levels.get(found.rule, role))


def _graver(one: str, other: str) -> str:
    ranks = (*_LEVELS, one, other)
    return min(one, other, key=ranks.index)


def overview(summary: Summary, counts: Counts, profile: str, lang: str) -> Iterator[str]:
    """The heading, the counts, and the tables by format and by rule."""
    say = page_words(lang)
    tiles = (
        ("files", "", summary.files),
        ("ok", "ok", summary.ok),
        ("failed", "failed" if summary.failed else "", summary.failed),
        ("not looked at", "open" if summary.open else "", summary.open),
    )
    shown = "".join(
        f'<div class="tile {role}"><dt>{say[name]}</dt><dd>{count:,}</dd></div>'
        for name, role, count in tiles
    )
    yield f'<header>\n<h1>{say["title"]}</h1>\n<p class="quiet">{say["profile"]}: {safe(profile)}'
    yield f'</p>\n<dl class="tiles">{shown}</dl>\n'
    if summary.files >= _TOOLS_FROM:
        yield '<div class="tables">'
        yield _table(say["by format"], _by_format(counts, say))
        if counts.rules:
            yield _table(say["by rule"], _by_rule(counts, say))
        yield "</div>\n"
    yield "</header>\n<main>\n"


def _table(title: str, rows: Iterable[str]) -> str:
    return f'<section aria-label="{title}"><h2>{title}</h2><table>{"".join(rows)}</table></section>'


def _by_format(counts: Counts, say: Mapping[str, str]) -> Iterator[str]:
    yield (
        f'<tr><th scope="col">{say["format"]}</th><th scope="col">{say["files"]}</th>'
        f'<th scope="col">{say["failed"]}</th><th scope="col"><span class="sr">{say["failed"]} / '
        f"{say['files']}</span></th></tr>"
    )
    most = max(counts.formats.values())
    for fmt, files in counts.formats.most_common():
        failed = counts.failed[fmt]
        name = safe(fmt if fmt != "-" else say["unknown"])
        yield (
            f'<tr data-f="{safe(fmt)}"><th scope="row">{name}</th><td>{files:,}</td><td>{failed:,}'
            f'</td><td class="bar">{_bar(files - failed, failed, most)}</td></tr>'
        )


def _bar(ok: int, failed: int, most: int) -> str:
    good, bad = ok / most * 100, failed / most * 100
    return (
        '<svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="failed" width="{bad:.2f}" height="8"/>'
        f'<rect class="ok" x="{bad:.2f}" width="{good:.2f}" height="8"/></svg>'
    )


def _by_rule(counts: Counts, say: Mapping[str, str]) -> Iterator[str]:
    yield (
        f'<tr><th scope="col">{say["rule"]}</th><th scope="col">{say["files"]}</th>'
        f'<th scope="col">{say["level"]}</th></tr>'
    )
    ranks = (*_LEVELS, "review", "open", "informational", "notApplicable", "pass")
    for rule, files in sorted(
        counts.rules.items(), key=lambda item: (ranks.index(counts.levels[item[0]]), -item[1])
    ):
        role = counts.levels[rule]
        yield (
            f'<tr data-r="{safe(rule)}"><th scope="row"><a class="rule" href="#rule-{safe(rule)}">'
            f'{safe(rule)}</a></th><td>{files:,}</td><td><span class="chip {role}">'
            f"{say.get(role, role)}</span></td></tr>"
        )


def tools(summary: Summary, counts: Counts, lang: str) -> str:
    """The filters; shown by the script, which alone can obey them."""
    if summary.files < _TOOLS_FROM:
        return ""
    say = page_words(lang)
    formats = [(fmt, fmt if fmt != "-" else say["unknown"]) for fmt in sorted(counts.formats)]
    choices = (
        _choice("v", say["verdict"], _named(("failed", "ok", "open"), say), say),
        _choice("l", say["level"], _named(_LEVELS, say), say),
        _choice("r", say["rule"], [(rule, rule) for rule in sorted(counts.rules)], say),
        _choice("f", say["format"], formats, say),
        _choice("o", say["sort"], _named(_SORTS, say), say, has_any=False),
    )
    buttons = "".join(
        f'<button type="button" id="{name}">{say[word]}</button>'
        for name, word in (("clear", "reset"), ("expand", "open all"), ("collapse", "close all"))
    )
    return (
        f'<form id="tools" role="search" aria-label="{say["show"]}" hidden>'
        f'<label class="wide"><span>{say["show"]}</span><input type="search" id="q" '
        f'placeholder="{say["search"]}" autocomplete="off" spellcheck="false"></label>'
        f'{"".join(choices)}<div class="row"><output id="shown" aria-live="polite" '
        f'data-say="{say["shown"]}"></output>{buttons}</div></form>\n'
    )


def _named(names: Sequence[str], say: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, say["not looked at"] if name == "open" else say[name]) for name in names]


def _choice(
    name: str,
    title: str,
    options: Iterable[tuple[str, str]],
    say: Mapping[str, str],
    *,
    has_any: bool = True,
) -> str:
    every = f'<option value="">{say["any"]}</option>' if has_any else ""
    listed = "".join(f'<option value="{safe(key)}">{safe(word)}</option>' for key, word in options)
    return f'<label><span>{title}</span><select id="{name}">{every}{listed}</select></label>'


def rules_asked(findings: Iterable[Finding], lang: str) -> Iterator[str]:
    """What the rules that are named on the page say, so that its links lead somewhere."""
    say = page_words(lang)
    named = {found.rule: found.clause for found in findings}
    if not named:
        return
    yield f'<section class="rules"><h2>{say["rules"]}</h2>\n'
    for name in sorted(named):
        rule = rules.rule(name)
        title = safe(rule.title.in_(lang)) if rule else ""
        source = safe(clause(rule.clause if rule else named[name], lang))
        yield (
            f'<details id="rule-{safe(name)}"><summary><code>{safe(name)}</code> {title} '
            f'<span class="quiet">{source}</span></summary>'
        )
        if rule:
            yield f"<p>{source} · {say['binding']}: {say[rule.binding]}</p>"
            yield f"<div>{prose(rule.page_in(lang))}</div>"
        yield "</details>\n"
    yield "</section>\n"
