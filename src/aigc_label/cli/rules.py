"""``aigc-label rules``: the list of rules, or one rule's page."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from aigc_label import rules, spelling
from aigc_label.cli import config, dispatch, document, options, parsing, terminal
from aigc_label.errors import UsageError
from aigc_label.reporters import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.rules import Rule

_EXAMPLES = """\
  aigc-label rules
  aigc-label rules implicit.missing"""


def run(argv: Sequence[str]) -> int:
    """Run the verb."""
    parser = parsing.Parser("rules", "List the rules, or print the pages of some.", _EXAMPLES)
    parser.add_argument("paths", nargs="*", metavar="[RULE...]", help="ids of rules")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options.add_language(parser)
    args = parser.parse(argv)
    if args is None:
        return dispatch.FINE
    lang = config.load().get("lang", args.lang) or terminal.language()
    chosen = [_rule(rule_id) for rule_id in args.paths]
    if args.json:
        document.write("rules", [_as_dict(rule, lang) for rule in chosen or rules.all_rules()])
    elif chosen:
        sys.stdout.write("\n".join(_page(rule, lang) for rule in chosen))
    else:
        rows = [
            (
                rule.id,
                rule.level,
                rule.binding,
                rule.title.in_(lang),
                words.clause(rule.clause, lang),
            )
            for rule in rules.all_rules()
        ]
        sys.stdout.write(terminal.table(("rule", "level", "binding", "asks", "clause"), rows))
    return dispatch.FINE


def _rule(rule_id: str) -> Rule:
    found = rules.rule(rule_id)
    if found is None:
        known = [rule.id for rule in rules.all_rules()]
        hint = spelling.hint(rule_id, known, "see `aigc-label rules`")
        raise UsageError(f"no rule {terminal.printable(rule_id)!r}; {hint}")
    return found


def _page(rule: Rule, lang: str) -> str:
    return (
        f"# {rule.id}: {rule.title.in_(lang)}\n\n"
        f"{words.clause(rule.clause, lang)} · {rule.level} · {rule.binding}\n\n"
        f"{rule.page_in(lang)}\n"
    )


def _as_dict(rule: Rule, lang: str) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title.in_(lang),
        "level": rule.level,
        "binding": rule.binding,
        "clause": rule.clause,
        "page": rule.page,
    }
