"""SARIF 2.1.0, which code-scanning views show: a result a finding, with the rules it names."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import quote

from aigc_label import __version__, rules
from aigc_label.reporters.json import escaped
from aigc_label.reporters.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_label.model import Finding, Report
    from aigc_label.rules import Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(
    reports: Iterable[Report],
    *,
    stream: TextIO,
    profile: str,
    lang: str = "en",
    color: bool | None = None,  # noqa: ARG001 - JSON has no colours
) -> Summary:
    """Collect the reports, then write one log with one run.

    Results are those of every kind but ``pass``; artifacts are all files that were looked at, also
    those without a result.
    """
    summary = Summary()
    indices = {rule.id: number for number, rule in enumerate(rules.all_rules())}
    artifacts: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for report in reports:
        summary.add(report)
        uri = _uri(report.inspection.name)
        results += [_result(found, uri, len(artifacts), indices, lang) for found in report.findings]
        artifacts.append(_artifact(report, uri))
    run = {
        "tool": {
            "driver": {
                "name": "aigc-label",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(rule, lang) for rule in rules.all_rules()],
            }
        },
        "language": "zh-CN" if lang == "zh" else "en-US",
        "columnKind": "unicodeCodePoints",
        "artifacts": artifacts,
        "results": results,
        "properties": {"profile": profile, "summary": summary.as_dict()},
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    lines = json.dumps(log, ensure_ascii=False, indent=1).splitlines()
    stream.writelines(f"{escaped(line)}\n" for line in lines)
    return summary


def _uri(name: str) -> str:
    """A relative reference, or a ``file:`` URI of an absolute path."""
    path = quote(os.fsencode(name.replace(os.sep, "/")), safe="/")
    if os.path.isabs(name):
        return f"file://{path if path.startswith('/') else f'/{path}'}"
    return f"./{path}" if path.startswith("/") or ":" in path.partition("/")[0] else path


def _artifact(report: Report, uri: str) -> dict[str, Any]:
    seen = report.inspection
    return {
        "location": {"uri": uri},
        "length": seen.size,
        "properties": {
            "format": seen.format,
            "medium": seen.medium,
            "ok": report.ok,
            "attribution": report.attribution,
            "evidence": [step.as_dict() for step in report.evidence],
        },
    }


def _result(
    found: Finding, uri: str, artifact: int, indices: dict[str, int], lang: str
) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": uri, "index": artifact}}
    if found.offset is not None:
        place["region"] = {"byteOffset": found.offset}
    location: dict[str, Any] = {"physicalLocation": place}
    if found.carrier:
        location["logicalLocations"] = [{"fullyQualifiedName": found.carrier, "kind": "element"}]
    separator = "。" if lang == "zh" else ". "
    message = separator.join(part.rstrip(".。") for part in (found.message, found.advice) if part)
    return {
        "ruleId": found.rule,
        "ruleIndex": indices[found.rule],
        "kind": found.kind,
        "level": found.level,
        "message": {"text": message},
        "locations": [location],
        "properties": {"clause": found.clause, "binding": found.binding},
    }


def _rule(rule: Rule, lang: str) -> dict[str, Any]:
    title, page = rule.title.in_(lang), rule.page_in(lang)
    return {
        "id": rule.id,
        "shortDescription": {"text": title},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": rule.level},
        "properties": {"clause": rule.clause, "binding": rule.binding, "tags": [rule.group]},
    }
