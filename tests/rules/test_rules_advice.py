"""Advice holds the very command line that mends the very file."""

from __future__ import annotations

import shlex
from itertools import pairwise

import pytest
from judging import bare, found, judge, mark, seen

from aigc_label import profile, rules
from aigc_label.model import ImplicitLabel


def advice(rule: str, inspection, **asked) -> str:
    return next(finding.advice for finding in judge(inspection, **asked) if finding.rule == rule)


def command(text: str) -> list[str]:
    return shlex.split(text[text.index("aigc-label") :])


def test_an_unlabelled_file_is_labelled_with_both_labels():
    words = command(advice("implicit.missing", bare(name="my picture.png")))
    assert words == [
        *("aigc-label", "label", "my picture.png"),
        *("--producer", "CODE", "--in-place"),
    ]


def test_a_file_that_bears_a_mark_gets_no_second_one():
    assert "--no-explicit" in command(advice("implicit.missing", bare(marks=(mark(),))))


def test_a_declared_file_is_the_platforms():
    words = command(advice("implicit.missing", bare(), declared=True))
    assert words[:2] == ["aigc-label", "propagate"]
    assert "--declared" in words


def test_a_format_that_takes_no_mark_gets_none():
    case = rules.Case(inspection=bare(), markable=lambda: False)
    told = {finding.rule: finding.advice for finding in rules.judge(case, profile.load(), "en")}
    assert "--no-explicit" in command(told["implicit.missing"])
    assert "aigc-label snippet" in told["explicit.missing"]


@pytest.mark.parametrize(
    ("rule", "labels"),
    [
        ("implicit.state", (found(Label="2"),)),
        ("implicit.charset", (found(ProduceID="a\x00"),)),
        ("implicit.disagree", (found(), found(ProduceID="7"))),
    ],
)
def test_what_only_its_owner_can_settle_is_written_with_the_owners_name(rule, labels):
    words = command(advice(rule, seen(labels=labels)))
    assert words[:3] == ["aigc-label", "label", "a.png"]
    assert words[words.index("--producer") + 1] == labels[0].fields["ContentProducer"]


@pytest.mark.parametrize(
    "other",
    [
        found(ContentProducer="Other"),
        found(Label="3", ContentProducer="", ProduceID="", ContentPropagator="D", PropagateID="1"),
    ],
)
def test_nobody_is_told_to_touch_anothers_label(other):
    for finding in judge(seen(labels=(found(), other))):
        assert "aigc-label" not in finding.advice


def test_copies_of_which_one_says_less_are_fixed():
    less = found(ContentPropagator="", PropagateID="", ReservedCode1="")
    assert command(advice("implicit.multiple", seen(labels=(found(), less))))[1] == "fix"


@pytest.mark.parametrize("only", [None, "implicit"])
def test_a_label_that_is_there_is_fixed(only):
    label = found(carrier="png.exif", home=False, ProduceID="it's 1", Label="2")
    words = command(advice("implicit.misplaced", seen(labels=(label,)), only=only))
    assert words[:3] == ["aigc-label", "fix", "a.png"]
    assert words[words.index("--producer") + 1] == label.fields["ContentProducer"]
    assert ("--no-explicit" in words) is (only == "implicit")


def test_an_insufficient_mark_is_drawn_again():
    assert "--no-explicit" not in command(
        advice("explicit.height", seen(marks=(mark(ratio=0.01),)))
    )


@pytest.mark.parametrize("producer", ["", "0011" + "9" * 20, "a\x07b", "x" * 500])
def test_a_producer_that_cannot_be_written_is_not_advised(producer):
    label = found(ContentProducer=producer, home=False)
    words = command(advice("implicit.misplaced", seen(labels=(label,))))
    assert words[words.index("--producer") + 1] == "CODE"


@pytest.mark.parametrize(
    ("name", "word"),
    [("<bytes>", "FILE"), ("a\nb.png", "FILE"), ("-rf.png", "./-rf.png"), ("a;b.png", "a;b.png")],
)
def test_the_file_is_named_as_a_shell_takes_it(name, word):
    assert command(advice("implicit.missing", bare(name=name)))[2] == word


def test_what_is_advised_is_a_valid_label():
    words = command(advice("implicit.misplaced", seen(labels=(found(home=False),))))
    values = dict(pairwise(words))
    ImplicitLabel(content_producer=values["--producer"], produce_id="1")
