"""From facts to a report: the case that rules judge, and what a profile makes of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

from aigc_label import registry, rules
from aigc_label.model import Report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.model import ImplicitLabel, Inspection
    from aigc_label.profile import Profile

Only: TypeAlias = Literal["implicit", "explicit"] | None
"""Which kind of label a check looks at; ``None`` for both."""


def judged(
    inspection: Inspection,
    profile: Profile,
    *,
    declared: bool,
    only: Only,
    lang: str,
    derived_from: Inspection | None = None,
) -> Report:
    """What a profile says of the facts."""
    at_home = bool(inspection.places) and profile.is_home(inspection.format or "")
    case = rules.Case(
        inspection=inspection,
        declared=declared,
        only=only,
        ours_are_homes=at_home,
        markable=partial(_is_markable, inspection.format),
        propagator=profile.propagator,
        derived_from=derived_from,
    )
    findings = rules.judge(case, profile, lang)
    return Report(
        inspection=inspection,
        profile=profile.id,
        ok=not any(profile.fails(finding) for finding in findings),
        attribution=rules.attribution(case),
        findings=findings,
        evidence=rules.chain(case, lang),
    )


def _is_markable(format_id: str | None) -> bool:
    return format_id is not None and registry.marker_for(format_id) is not None


def objections(
    edited: Inspection, implicit: ImplicitLabel | None, profile: Profile
) -> Iterator[str]:
    """What the profile still says against the implicit label of the result."""
    if implicit is None:
        return
    said = {seen.detail for seen in edited.signals if seen.scheme == "iptc"}
    if implicit.origin is not None and implicit.origin.term not in said:
        yield f"the origin is not stated: no place for it is known in {edited.format}"
    report = judged(edited, profile, declared=False, only="implicit", lang="en")
    for finding in report.findings:
        if finding.kind == "fail":
            yield f"{finding.rule}: {finding.message}"
