"""Judging: facts in, findings out. Only this package says that something is wrong (rule 3)."""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from aigc_label import discovery, spelling
from aigc_label.errors import InvalidProfile
from aigc_label.model import Binding, Finding
from aigc_label.rules.evidence import attribution, chain
from aigc_label.rules.rule import (
    Case,
    Hit,
    Judge,
    Need,
    Only,
    Rule,
    Words,
    file_word,
    mending_command,
    producer_word,
    quoted,
)

if TYPE_CHECKING:
    from aigc_label.model import Level
    from aigc_label.profile import Profile

__all__ = [
    "MOST_HITS",
    "Binding",
    "Case",
    "Hit",
    "Judge",
    "Need",
    "Only",
    "Rule",
    "Words",
    "all_rules",
    "attribution",
    "chain",
    "judge",
    "rule",
    "validated",
]

MOST_HITS = 32
"""Findings of one rule on one file: a file that stacks labels shall not flood the report."""

_GROUPS = ("file", "implicit", "explicit")


@cache
def all_rules() -> tuple[Rule, ...]:
    """All rules, those on the file first, then the implicit label, then the explicit one."""
    found = discovery.values("aigc_label.rules", Rule)
    return tuple(sorted(found, key=lambda rule: _GROUPS.index(rule.group)))


@cache
def _by_id() -> dict[str, Rule]:
    return {rule.id: rule for rule in all_rules()}


def rule(rule_id: str) -> Rule | None:
    """The rule of that id, or ``None``."""
    return _by_id().get(rule_id)


def validated(profile: Profile) -> Profile:
    """The profile itself, when all it names exists and at least one rule is on.

    Raises:
        InvalidProfile: otherwise, with the nearest id of a rule or a format.
    """
    _asked(profile)
    return profile


@lru_cache(maxsize=256)
def _asked_of(profile: Profile, *needs: Need | None) -> tuple[tuple[Rule, Level | None], ...]:
    """Those of them that have something to say where only some needs are met."""
    return tuple(asked for asked in _asked(profile) if asked[0].needs in needs)


@lru_cache(maxsize=32)
def _asked(profile: Profile) -> tuple[tuple[Rule, Level | None], ...]:
    """The rules that a profile asks about, with the level it sets for them, if it does."""
    known = _by_id()
    for pattern in profile.rules:
        if not any(profile.matches(pattern, rule_id) for rule_id in known):
            patterns = [*known, *(f"{group}.*" for group in _GROUPS)]
            hint = spelling.hint(pattern, patterns, "see `aigc-label rules`")
            raise InvalidProfile(
                f"profile {profile.id!r}: no rule is called {pattern!r}; {hint}", path=profile.path
            )
    _refuse_unknown_homes(profile)
    asked = []
    for each in known.values():
        setting = profile.setting(each.id)
        if setting is not None:
            asked.append((each, None if setting == "on" else setting))
    if not asked:
        raise InvalidProfile(
            f"profile {profile.id!r} asks about no rule at all, so it could only pass",
            path=profile.path,
        )
    return tuple(asked)


def _refuse_unknown_homes(profile: Profile) -> None:
    named = [pattern for pattern in profile.homes if pattern != "*"]
    if not named:  # then no format needs to be loaded
        return
    from aigc_label import registry  # noqa: PLC0415 - most profiles name no format

    known = [fmt.id for fmt in (*registry.formats(), *registry.plugin_formats())]
    for pattern in named:
        if not any(profile.matches(pattern, format_id) for format_id in known):
            hint = spelling.hint(pattern, known, "see `aigc-label formats`")
            raise InvalidProfile(
                f"profile {profile.id!r}: homes: no format is called {pattern!r}; {hint}",
                path=profile.path,
            )


def judge(
    case: Case, profile: Profile, lang: str = "en", *, failing: bool = False
) -> tuple[Finding, ...]:
    """What a profile's rules say about one file, in the order of the rules.

    What is equally wrong in one place many times (labels stacked upon one another) is said once,
    for the first of them; of one rule, at most :data:`MOST_HITS` hits are looked at.

    Args:
        case: the facts, and what was asked about.
        profile: which rules are on, and at what level.
        lang: ``"en"`` or ``"zh"``.
        failing: whether only findings of kind ``fail`` are asked for.

    Raises:
        InvalidProfile: as :func:`validated`.
    """
    findings: dict[tuple[str, ...], Finding] = {}
    label: Need | None = "label" if case.labels else None
    mark: Need | None = "mark" if case.marks else None
    problem: Need | None = "problem" if case.inspection.problem is not None else None
    signal: Need | None = "signal" if case.inspection.signals else None
    original: Need | None = "original" if case.derived_from is not None else None
    for each, level in _asked_of(profile, None, label, mark, problem, signal, original):
        for hit in islice(each.judge(case), MOST_HITS):
            if failing and hit.kind != "fail":
                continue
            found = _finding(each, hit, level, case, lang)
            findings.setdefault((found.rule, found.message, found.carrier or ""), found)
    return tuple(findings.values())


def _finding(rule: Rule, hit: Hit, level: Level | None, case: Case, lang: str) -> Finding:
    words = hit.words or hit.kind
    arguments = {name: quoted(value, name, lang) for name, value in hit.arguments.items()}
    carrier, offset = hit.carrier, hit.offset
    if hit.label is not None:
        carrier, offset = hit.label.carrier, hit.label.offset
        arguments["carrier"] = quoted(carrier)
    message = rule.messages[words].in_(lang).format_map(arguments)
    mending = ""
    if (advice := rule.advice.get(words)) is not None:
        mending = advice.in_(lang)
        if "{command}" in mending:
            arguments["command"] = mending_command(case, mark=rule.group == "explicit")
        if "{producer}" in mending:
            arguments["producer"] = producer_word(case)
        if "{file}" in mending:
            arguments["file"] = file_word(case.inspection.name)
        mending = mending.format_map(arguments)
    return Finding(
        rule=rule.id,
        kind=hit.kind,
        level=(level or hit.level or rule.level) if hit.kind == "fail" else "none",
        message=message,
        clause=hit.clause or rule.clause,
        binding=hit.binding or rule.binding,
        advice=mending,
        carrier=carrier,
        offset=offset,
    )
