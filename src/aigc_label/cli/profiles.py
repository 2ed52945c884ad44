"""``aigc-label profiles``: the list of profiles, or what one asks for and where it says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aigc_label import profile, rules
from aigc_label.cli import catalogue, terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.profile import Profile

_EXAMPLES = """\
  aigc-label profiles
  aigc-label profiles show gb45438
  aigc-label profiles show ./ours.toml   your own: what is wrong, if anything

Of a rule, `binds` is what the standard makes of it, `from` the profile and the pattern that set its
level; `its own` is the level that the rule has by itself."""


def run(argv: Sequence[str]) -> int:
    """Run the verb."""
    return catalogue.run(_PROFILES, argv)


def _load(name: str) -> Profile:
    return rules.validated(profile.load(name))


def _settings(of: Profile) -> dict[str, str]:
    """The level of every rule that the profile has on."""
    found: dict[str, str] = {}
    for rule in rules.all_rules():
        setting = of.setting(rule.id)
        if setting is not None:
            found[rule.id] = rule.level if setting == "on" else setting
    return found


def _row(of: Profile) -> tuple[str, ...]:
    return of.id, of.title, of.fail_on, str(len(_settings(of)))


def _described(of: Profile) -> str:
    rows = [
        (
            rule.id,
            _settings(of).get(rule.id, "off"),
            rule.binding,
            _origin(of, rule.id),
            "its own" if of.setting(rule.id) == "on" else "",
        )
        for rule in rules.all_rules()
    ]
    about = f"{of.description.strip()}\n\n" if of.description else ""
    lines = [f"A file fails from level {of.fail_on} on{_said(of, 'fail_on')}."]
    if of.propagator:
        lines.append(
            f"Outgoing labels bear the elements of {of.propagator}{_said(of, 'propagator')}."
        )
    for pattern, home in of.homes.items():
        place = "its home" if home else "noted"
        lines.append(
            f"Where no guide names a place, in {pattern}, a label in ours is {place}"
            f"{_said(of, f'homes.{pattern}')}."
        )
    return (
        f"# {of.id}: {of.title}\n\n{about}"
        + "\n".join(lines)
        + "\n\n"
        + terminal.table(("rule", "level", "binds", "from", ""), rows)
    )


def _said(of: Profile, key: str) -> str:
    """Which profile's file says it, in brackets; nothing where that is the default."""
    origin = of.origins.get(key)
    return f" ({origin})" if origin else ""


def _origin(of: Profile, rule_id: str) -> str:
    pattern = of.pattern(rule_id)
    if pattern is None:
        return "not named"
    return f"{of.origins.get(f'rules.{pattern}', of.id)}: {pattern}"


def _as_dict(of: Profile) -> dict[str, Any]:
    return {
        "id": of.id,
        "title": of.title,
        "description": of.description.strip(),
        "fail_on": of.fail_on,
        "propagator": of.propagator or None,
        "rules": _settings(of),
        "homes": dict(of.homes),
        "origins": dict(of.origins),
    }


_PROFILES = catalogue.Catalogue(
    verb="profiles",
    description="List the profiles, or print what some ask for and where each value comes from.",
    examples=_EXAMPLES,
    names=profile.names,
    load=_load,
    head=("profile", "title", "fails from", "rules"),
    row=_row,
    described=_described,
    as_dict=_as_dict,
)
