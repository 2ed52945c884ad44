"""``aigc-label profiles``: the list of profiles, or what one asks for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from aigc_label import profile, rules
from aigc_label.cli import dispatch, document, parsing, terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.profile import Profile

_EXAMPLES = """\
  aigc-label profiles
  aigc-label profiles gb45438
  aigc-label profiles ./ours.toml      one of your own: says what is wrong with it, if anything"""


def run(argv: Sequence[str]) -> int:
    """Run the verb."""
    parser = parsing.Parser("profiles", "List the profiles, or print what some ask for.", _EXAMPLES)
    parser.add_argument("paths", nargs="*", metavar="PROFILE", help="names or TOML files")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse(argv)
    if args is None:
        return dispatch.FINE
    chosen = [rules.validated(profile.load(name)) for name in args.paths or profile.names()]
    if args.json:
        document.write("profiles", [_as_dict(each) for each in chosen])
    elif args.paths:
        sys.stdout.write("\n".join(_described(each) for each in chosen))
    else:
        rows = [(each.id, each.title, each.fail_on, str(len(_settings(each)))) for each in chosen]
        sys.stdout.write(terminal.table(("profile", "title", "fails from", "rules"), rows))
    return dispatch.FINE


def _settings(of: Profile) -> dict[str, str]:
    """The level of every rule that the profile has on."""
    found: dict[str, str] = {}
    for rule in rules.all_rules():
        setting = of.setting(rule.id)
        if setting is not None:
            found[rule.id] = rule.level if setting == "on" else setting
    return found


def _described(of: Profile) -> str:
    rows = list(_settings(of).items())
    about = f"{of.description.strip()}\n\n" if of.description else ""
    return (
        f"# {of.id}: {of.title}\n\n{about}A file fails from level {of.fail_on} on.\n\n"
        + terminal.table(("rule", "level"), rows)
    )


def _as_dict(of: Profile) -> dict[str, Any]:
    return {
        "id": of.id,
        "title": of.title,
        "description": of.description.strip(),
        "fail_on": of.fail_on,
        "rules": _settings(of),
    }
