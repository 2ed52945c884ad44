"""Judgements on a file: findings, the steps of article 6, the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from aigc_label.model.facts import Inspection, security_of
from aigc_label.model.labels import Attribution  # noqa: TC001 - fields are resolved at run time

Kind: TypeAlias = Literal["fail", "pass", "open", "review", "informational", "notApplicable"]
Level: TypeAlias = Literal["error", "warning", "note", "none"]
Binding: TypeAlias = Literal["shall", "guide", "practice"]
"""How a rule binds: the mandatory standard or the Measures, a TC260 guide, or good practice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One judgement of one rule. ``kind`` and ``level`` are those of SARIF 2.1.0.

    Attributes:
        rule: the rule's id.
        kind: ``"fail"``; ``"open"`` where nobody looked, or could; ``"informational"`` and
            ``"notApplicable"`` where nothing is wrong.
        level: ``"error"``, ``"warning"`` or ``"note"`` for a fail; ``"none"`` otherwise.
        message: one line for people.
        clause: the clause or source it rests on.
        binding: how that binds: ``"shall"`` of the standard or the Measures, a TC260 ``"guide"``,
            or good ``"practice"``.
        advice: how to mend it, ``""`` if there is nothing to do.
        carrier: the place it is about, if any.
        offset: the byte it is about, if known.
    """

    rule: str
    kind: Kind
    level: Level
    message: str
    clause: str
    binding: Binding = "practice"
    advice: str = ""
    carrier: str | None = None
    offset: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """The finding as the JSON object of the public contract."""
        return {
            "rule": self.rule,
            "kind": self.kind,
            "level": self.level,
            "binding": self.binding,
            "message": self.message,
            "clause": self.clause,
            "advice": self.advice,
            "carrier": self.carrier,
            "offset": self.offset,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One step by which article 6 of the Measures tells the state of a content.

    Attributes:
        step: ``"metadata"`` (the implicit label), ``"declaration"`` (the user's), ``"explicit"``
            (a mark that people perceive) or ``"traces"`` (other statements of origin).
        state: what the step says by itself; ``None`` if nothing.
        detail: what it rests on, or why it says nothing.
        decides: whether the file's attribution is this step's.
    """

    step: Literal["metadata", "declaration", "explicit", "traces"]
    state: Attribution | None
    detail: str
    decides: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The step as the JSON object of the public contract."""
        return {
            "step": self.step,
            "state": self.state.value if self.state else None,
            "detail": self.detail,
            "decides": self.decides,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a profile's rules say about one file.

    Attributes:
        inspection: the facts the findings rest on.
        profile: the profile's id.
        attribution: the state of article 6, ``None`` if nothing speaks for generation.
        evidence: the steps by which it was told, in the order of the article.
        findings: in the order of the rules.
        ok: no finding of kind ``fail`` reaches the profile's ``fail_on`` level.
    """

    inspection: Inspection
    profile: str
    ok: bool
    attribution: Attribution | None = None
    findings: tuple[Finding, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The report as the JSON object of the public contract (schema 1)."""
        seen = self.inspection
        out: dict[str, Any] = {
            "path": seen.name,
            "format": seen.format,
            "medium": seen.medium.value if seen.medium else None,
            "size": seen.size,
            "ok": self.ok,
            "attribution": self.attribution.value if self.attribution else None,
            "evidence": [step.as_dict() for step in self.evidence],
            "labels": [
                {
                    "carrier": label.carrier,
                    "home": label.home,
                    "fields": dict(label.fields),
                    "quirks": list(label.quirks),
                    "security": security_of(label).as_dict(),
                }
                for label in seen.labels
            ],
            "signals": [signal.as_dict() for signal in seen.signals],
        }
        if seen.marks is not None:
            out["explicit"] = [
                {
                    "kind": mark.kind,
                    "text": mark.text,
                    "place": mark.place,
                    "box": list(mark.box) if mark.box else None,
                    "ratio": mark.ratio,
                    "contrast": mark.contrast,
                    "at": list(mark.at) if mark.at else None,
                    "extent": mark.extent,
                }
                for mark in seen.marks
            ]
        out["findings"] = [found.as_dict() for found in self.findings]
        return out
