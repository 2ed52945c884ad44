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
    case = _case(inspection, profile, declared=declared, only=only, derived_from=derived_from)
    findings = rules.judge(case, profile, lang)
    return Report(
        inspection=inspection,
        profile=profile.id,
        ok=not any(profile.fails(finding) for finding in findings),
        attribution=rules.attribution(case),
        findings=findings,
        evidence=rules.chain(case, lang),
    )


def _case(
    inspection: Inspection,
    profile: Profile,
    *,
    declared: bool,
    only: Only,
    derived_from: Inspection | None = None,
) -> rules.Case:
    return rules.Case(
        inspection=inspection,
        declared=declared,
        only=only,
        ours_are_homes=bool(inspection.places) and profile.is_home(inspection.format or ""),
        markable=partial(_is_markable, inspection.format),
        propagator=profile.propagator,
        derived_from=derived_from,
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
    case = _case(edited, profile, declared=False, only="implicit")
    for finding in rules.judge(case, profile, failing=True):
        yield f"{finding.rule}: {finding.message}"
