"""The card of one file: closed, a line to find it by; open, all that is in its report."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_label import chinese
from aigc_label.model import FIELDS, Medium, security_of
from aigc_label.reporters.page.inert import lines, safe
from aigc_label.reporters.page.timeline import timeline
from aigc_label.reporters.page.words import page_words
from aigc_label.reporters.summary import gravest_first
from aigc_label.reporters.words import clause

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aigc_label.model import Evidence, Finding, FoundLabel, FoundMark, Report, Signal
    from aigc_label.reporters.page.glimpses import Glimpse
    from aigc_label.reporters.page.previews import Preview

_COMMAND = re.compile(r"aigc-label [a-z]+ [^`]*$")
_RANKS = ("error", "warning", "note", "none")
_SIGNS = {Medium.IMAGE: "▣", Medium.VIDEO: "▶", Medium.AUDIO: "♪", Medium.TEXT: "¶"}
_WORTH = {"verified": "ok", "intact": "note", "failed": "failed", "unsupported": "note"}
_TAGS = 4  # rules named on a closed card
_ROOM = 0.012  # of the picture's shortest side, between a mark and its outline


def card(
    report: Report, lang: str, glimpse: Glimpse | None, preview: Preview | None, *, opened: bool
) -> Iterator[str]:
    """The card of a file, as pieces of HTML."""
    seen, say = report.inspection, page_words(lang)
    state = "ok" if report.ok else "failed"
    verdicts = f"{state} open" if _is_open(report) else state
    rules = dict.fromkeys(found.rule for found in report.findings)
    yield (
        f'<details class="card {state}"{" open" if opened else ""} data-v="{verdicts}" '
        f'data-l="{" ".join(_levels(report))}" data-r="{safe(" ".join(rules))}" '
        f'data-f="{safe(seen.format or "-")}" data-s="{seen.size}">\n<summary>'
    )
    yield _thumb(report, glimpse, say)
    yield f'<span class="lead"><span class="chip {state}">{say[state]}</span> '
    yield f'<span class="name">{safe(seen.name)}</span></span>'
    size = say["bytes"].format(size=f"{seen.size:,}")
    facts = [safe(seen.format or say["unknown"]), size]
    if report.attribution:
        facts.append(say[report.attribution.value])
    yield f'<span class="quiet">{" · ".join(facts)}</span>'
    yield f'{_tags(report, say)}</summary>\n<div class="body">\n'
    if preview is not None:
        yield from preview.figures(seen.name, say)
    yield from _findings(report.findings, lang)
    yield from _perceived(report, glimpse, say)
    yield f"<h3>{say['labels']}</h3>\n"
    yield from (_label(label, say) for label in seen.labels)
    if not seen.labels:
        yield f'<p class="quiet">{say["none" if seen.problem is None else "not perceived"]}</p>\n'
    if seen.signals:
        signals = "".join(_signal(signal, say) for signal in seen.signals)
        yield f"<h3>{say['signals']}</h3>\n<ul>{signals}</ul>\n"
    if report.evidence:
        steps = "".join(_step(step, say) for step in report.evidence)
        yield f'<h3>{say["attribution"]}</h3>\n<ol class="evidence">{steps}</ol>\n'
    yield "</div>\n</details>\n"


def _is_open(report: Report) -> bool:
    return any(found.kind == "open" for found in report.findings)


def _levels(report: Report) -> list[str]:
    """The levels of what failed, the gravest first."""
    levels = {found.level for found in report.findings if found.kind == "fail"}
    return sorted(levels, key=_RANKS.index)


def _role(found: Finding) -> str:
    return found.level if found.kind == "fail" else found.kind


def _tags(report: Report, say: Mapping[str, str]) -> str:
    """The rules that the file breaks, and what is open, for the closed card."""
    failed: dict[str, Finding] = {}
    for found, _ in gravest_first(report.findings):
        if found.kind in ("fail", "review", "open"):
            failed.setdefault(found.rule, found)
    if not failed:
        return ""
    tags = [
        f'<span class="tag {_role(found)}" title="{safe(found.message)}">'
        f'<span class="sr">{say.get(_role(found), _role(found))}: </span>{safe(rule)}</span>'
        for rule, found in list(failed.items())[:_TAGS]
    ]
    more = f'<span class="quiet">+{len(failed) - _TAGS}</span>' if len(failed) > _TAGS else ""
    return f'<span class="tags">{"".join(tags)}{more}</span>'


def _thumb(report: Report, glimpse: Glimpse | None, say: Mapping[str, str]) -> str:
    """The picture with the found labels outlined, or a sign for the medium."""
    seen = report.inspection
    if glimpse is None or not glimpse.picture:
        sign = _SIGNS[seen.medium] if seen.medium else "?"
        return f'<span class="thumb sign" aria-hidden="true">{sign}</span>'
    name = safe(seen.name)
    alt = say["picture of"].format(name=name)
    if glimpse.at is not None:
        alt = say["frame of"].format(
            name=name, at=say["seconds"].format(seconds=f"{glimpse.at:.1f}")
        )
    boxes = [
        _outline(mark, mark.box, glimpse.size, say)
        for mark in seen.marks or ()
        if mark.box is not None
        and (mark.at is None or glimpse.at is None or mark.at[0] <= glimpse.at <= mark.at[1])
    ]
    over = ""
    if boxes:
        width, height = glimpse.size
        over = f'<svg class="over" viewBox="0 0 {width} {height}">{"".join(boxes)}</svg>'
    wide, tall = glimpse.shown
    return (
        f'<span class="thumb"><img src="{glimpse.picture}" width="{wide}" height="{tall}" '
        f'alt="{alt}" loading="lazy" decoding="async">{over}</span>'
    )


def _outline(
    mark: FoundMark, box: tuple[int, int, int, int], size: tuple[int, int], say: Mapping[str, str]
) -> str:
    short = min(size)
    room = max(1.0, short * _ROOM)
    x, y, wide, high = box[0] - room, box[1] - room, box[2] + 2 * room, box[3] + 2 * room
    place = f'x="{x:.0f}" y="{y:.0f}" width="{wide:.0f}" height="{high:.0f}"'
    letters = size[0] / 23
    is_right = x + wide / 2 > size[0] / 2
    above = y > 1.5 * letters
    at = y - 0.4 * letters if above else y + high + 1.1 * letters
    told = " · ".join(_measures(mark, say, brief=True))
    label = (
        f'<text x="{x + wide if is_right else x:.0f}" y="{at:.0f}" font-size="{letters:.0f}" '
        f'text-anchor="{"end" if is_right else "start"}">{told}</text>'
        if told
        else ""
    )
    title = say["label here"].format(text=safe(mark.text or say[mark.kind]))
    return f'<g><title>{title}</title><rect class="halo" {place}/><rect {place}/>{label}</g>'


def _measures(mark: FoundMark, say: Mapping[str, str], *, brief: bool = False) -> Iterator[str]:
    if mark.ratio is not None:
        ratio = f"{mark.ratio:.1%}"
        yield ratio if brief else say["of short side"].format(ratio=ratio)
    if mark.contrast is not None:
        contrast = f"{mark.contrast:.1f}"
        yield f"{contrast}:1" if brief else say["contrast"].format(contrast=contrast)


def _perceived(report: Report, glimpse: Glimpse | None, say: Mapping[str, str]) -> Iterator[str]:
    """The marks: in time, in words, and as a list."""
    seen = report.inspection
    yield f"<h3>{say['marks']}</h3>\n"
    marks = seen.marks or ()
    seconds = glimpse.seconds if glimpse else 0.0
    if seen.medium in (Medium.AUDIO, Medium.VIDEO) and seen.marks is not None:
        yield timeline(marks, seconds, seen.medium, say)
    if marks:
        yield f"<ul>{''.join(_mark(mark, say) for mark in marks)}</ul>\n"
    else:
        yield f'<p class="quiet">{say["none" if seen.marks is not None else "not perceived"]}</p>\n'
    for context in glimpse.context if glimpse else ():
        title = say["words" if context.words else "beginning"]
        words = f"<mark>{lines(context.words)}</mark>" if context.words else ""
        yield (
            f'<figure class="context"><figcaption>{title}</figcaption>'
            f"<pre>{_text(context.before)}{words}{_text(context.after)}</pre></figure>\n"
        )


def _text(text: str) -> str:
    """As lines, with the break at the end that ``splitlines`` would drop."""
    return lines(text) + ("\n" if text.endswith("\n") else "")


def _mark(mark: FoundMark, say: Mapping[str, str]) -> str:
    facts: list[str] = [f"<strong>{safe(mark.text or say[mark.kind])}</strong>"]
    if mark.place:
        facts.append(safe(say.get(mark.place, mark.place)))
    facts += _measures(mark, say)
    if mark.at is not None:
        facts.append(f"{mark.at[0]:.1f}-{mark.at[1]:.1f} s")
    return f"<li>{' · '.join(facts)}</li>"


def _findings(findings: tuple[Finding, ...], lang: str) -> Iterator[str]:
    say = page_words(lang)
    yield f"<h3>{say['findings']}</h3>\n"
    if not findings:
        yield f"<p>{say['no findings']}</p>\n"
        return
    yield '<ul class="findings">'
    for found, advice in gravest_first(findings):
        role = _role(found)
        where = safe(clause(found.clause, lang))
        where += say["binding"].format(binding=say[found.binding])
        if found.offset is not None:
            where += say["byte"].format(offset=found.offset)
        rule = safe(found.rule)
        yield (
            f'<li><span class="chip {role}">{say.get(role, role)}</span> '
            f'<a class="rule" href="#rule-{rule}">{rule}</a> {safe(found.message)}'
            f'<span class="quiet">{say["clause"].format(clause=where)}</span>'
        )
        yield from (_advice(line) for line in advice.splitlines())
        yield "</li>\n"
    yield "</ul>\n"


def _advice(line: str) -> str:
    """What to do; a command in it stands by itself, ready to be copied."""
    found = _COMMAND.search(line)
    if found is None:
        return f'<p class="advice">{safe(line)}</p>'
    said = line[: found.start()].rstrip()
    before = f'<p class="advice">{safe(said)}</p>' if said else ""
    return f'{before}<div class="cmd"><code>{safe(found[0])}</code></div>'


def _label(label: FoundLabel, say: Mapping[str, str]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{key}</th><td>{safe(label.fields[key])}</td></tr>'
        for key in FIELDS
        if key in label.fields
    )
    about = [say["right place" if label.home else "wrong place"], *label.quirks]
    return (
        f"<table><caption><code>{safe(label.carrier)}</code> "
        f'<span class="quiet">{safe(", ".join(about))}</span>{_security(label, say)}</caption>'
        f"{rows}</table>\n"
    )


def _security(label: FoundLabel, say: Mapping[str, str]) -> str:
    """What the label's signature is worth; nothing where there is none."""
    found = security_of(label)
    if found.status == "absent":
        return ""
    told = say[f"security {found.status}"]
    facts = [fact for fact in (found.algorithm, found.detail, found.key) if fact]
    quiet = f' <span class="quiet">{safe(" · ".join(facts))}</span>' if facts else ""
    return f' <span class="chip {_WORTH[found.status]}">{told}</span>{quiet}'


def _signal(signal: Signal, say: Mapping[str, str]) -> str:
    facts = [say["ai yes" if signal.ai else "ai no"]]
    if signal.generator:
        facts.append(f"{say['generator']}: {safe(signal.generator)}")
    facts.append(safe(_told(signal.detail, say)))
    if signal.state:
        facts.append(say[signal.state])
    if signal.signer:
        facts.append(f"{say['signer']} {safe(signal.signer)}")
    if signal.problem:
        facts.append(safe(_told(signal.problem, say)))
    return f"<li>{safe(signal.scheme.upper())}: {' · '.join(facts)}</li>"


def _step(step: Evidence, say: Mapping[str, str]) -> str:
    state = say[step.state.value] if step.state else say["says nothing"]
    mark = f' <span class="chip">{say["decides"]}</span>' if step.decides else ""
    role = ' class="decides"' if step.decides else ""
    return f"<li{role}>{say[f'by {step.step}']}: {state}{mark} · {safe(step.detail)}</li>"


def _told(text: str, say: Mapping[str, str]) -> str:
    """The package's own words in the page's language; a file's own words as they are."""
    return chinese.known(text) if say is page_words("zh") else text
