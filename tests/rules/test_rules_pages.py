"""Every rule is documented, in both languages, and its page's examples hold."""

from __future__ import annotations

import re
from string import Formatter

import pytest
from judging import found, judge, seen

from aigc_label import rules
from aigc_label.carriers import record

RULES = rules.all_rules()
_EXAMPLE = re.compile(r'```json title="(fails|passes)"\n(.*?)\n```', re.DOTALL)
_IDS = [rule.id for rule in RULES]


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_there_are_rules_and_their_ids_are_unique():
    assert len(RULES) >= 29
    assert len(set(_IDS)) == len(_IDS)


def test_rules_stand_in_the_order_file_implicit_explicit():
    groups = list(dict.fromkeys(rule.group for rule in RULES))
    assert groups == ["file", "implicit", "explicit"]


@pytest.mark.parametrize("rule", RULES, ids=_IDS)
class TestEveryRule:
    def test_is_described(self, rule):
        assert re.fullmatch(r"(file|implicit|explicit)\.[a-z]+(-[a-z]+)*", rule.id)
        assert rule.clause
        assert rule.level in ("error", "warning", "note")
        assert rule.binding in ("shall", "guide", "practice")
        assert rule.messages
        assert rules.rule(rule.id) is rule

    def test_has_words_in_both_languages(self, rule):
        for words in (rule.title, *rule.messages.values(), *rule.advice.values()):
            assert words.en
            assert words.zh
            assert placeholders(words.en) == placeholders(words.zh)
            assert not re.search(r"[\u4e00-\u9fff]", re.sub("人工智能|生成|合成", "", words.en))
        for words in (rule.title, *rule.messages.values()):
            assert re.search(r"[\u4e00-\u9fff]", words.zh)

    def test_says_how_to_mend_every_failure(self, rule):
        assert rule.advice.keys() <= rule.messages.keys()
        silent = rule.messages.keys() - rule.advice.keys()
        not_failures = {
            "open", "unasked", "unread", "lacking", "unheard", "notApplicable", "homeless", "ours",
            "opaque", "no-signature", "no-key", "unknown-algorithm", "unknown-message",
            "platform-only", "out-of-date",
        }  # fmt: skip
        assert silent <= not_failures

    def test_has_a_page(self, rule):
        first, blank, *_ = rule.page.splitlines()
        assert first.endswith(".")
        assert blank == ""
        assert "**Fails:**" in rule.page or "**Open:**" in rule.page
        assert "**Passes:**" in rule.page
        assert "**To mend:**" in rule.page

    def test_the_examples_of_its_page_hold(self, rule):
        examples = _EXAMPLE.findall(rule.page)
        assert len(examples) == rule.page.count("```json")
        if examples:
            assert {verdict for verdict, _ in examples} == {"fails", "passes"}
        for verdict, text in examples:
            parsed = record.parse(text, named=True)
            assert parsed is not None
            label = found(fields=parsed.fields, quirks=parsed.quirks)
            struck = {finding.rule for finding in judge(seen(labels=(label,)))}
            assert (rule.id in struck) is (verdict == "fails")


def test_a_rule_that_does_not_exist_is_none():
    assert rules.rule("implicit.nothing") is None


def test_an_unknown_language_is_english():
    assert rules.Words("yes", "是").in_("fr") == "yes"
