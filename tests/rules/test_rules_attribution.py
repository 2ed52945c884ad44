"""Article 6: confirmed, possible, suspected, or nothing."""

from __future__ import annotations

import pytest
from judging import bare, c2pa, found, judge, mark, seen

from aigc_label import rules
from aigc_label.model import Attribution

CONFIRMED, POSSIBLE, SUSPECTED = Attribution


def state(inspection, *, declared=False):
    return rules.attribution(rules.Case(inspection=inspection, declared=declared))


@pytest.mark.parametrize(
    ("value", "expected"), [("1", CONFIRMED), ("2", POSSIBLE), ("3", SUSPECTED)]
)
@pytest.mark.parametrize("home", [True, False])
def test_an_implicit_label_says_it(value, expected, home):
    assert state(seen(labels=(found(Label=value, home=home),))) is expected


def test_the_strongest_of_several_labels_counts():
    labels = (found(Label="3"), found(Label="2"), found(Label="1"))
    assert state(seen(labels=labels)) is CONFIRMED
    assert state(seen(labels=labels[:2])) is POSSIBLE


def test_a_label_comes_before_a_declaration():
    assert state(seen(labels=(found(Label="3"),)), declared=True) is SUSPECTED
    assert state(seen(labels=(found(Label="1"),)), declared=True) is CONFIRMED


def test_a_label_that_cannot_be_understood_is_a_trace():
    broken = bare(labels=(found(Label="9"),))
    assert state(broken) is SUSPECTED
    assert state(broken, declared=True) is POSSIBLE


def test_a_declaration_comes_before_traces():
    assert state(bare(), declared=True) is POSSIBLE
    assert state(bare(signals=(c2pa(),)), declared=True) is POSSIBLE


def test_a_mark_or_a_signal_is_a_trace():
    assert state(bare(marks=(mark(),))) is SUSPECTED
    assert state(bare(signals=(c2pa(),))) is SUSPECTED


@pytest.mark.parametrize("ai", [None, False])
def test_nothing_speaks_for_generation(ai):
    assert state(bare(signals=(c2pa(ai=ai),))) is None
    assert state(bare(marks=None)) is None


def chain(inspection, **asked):
    return rules.chain(rules.Case(inspection=inspection, **asked))


def test_the_evidence_stands_in_the_order_of_the_article():
    steps = chain(seen(signals=(c2pa(generator="ChatGPT"),)), declared=True)
    assert [(step.step, step.state) for step in steps] == [
        ("metadata", CONFIRMED),
        ("declaration", POSSIBLE),
        ("explicit", SUSPECTED),
        ("traces", SUSPECTED),
    ]
    assert [step.decides for step in steps] == [True, False, False, False]
    assert steps[0].detail == "png.xmp Label=1"
    assert steps[2].detail == "text AI生成 start"
    assert steps[3].detail == "c2pa trainedAlgorithmicMedia (ChatGPT)"


@pytest.mark.parametrize(
    ("inspection", "asked", "decides"),
    [
        (bare(), {"declared": True}, "declaration"),
        (bare(labels=(found(Label="9"),)), {"declared": True}, "declaration"),
        (bare(labels=(found(Label="9"),)), {}, "metadata"),
        (bare(marks=(mark(),)), {}, "explicit"),
        (bare(signals=(c2pa(),)), {}, "traces"),
        (bare(signals=(c2pa(ai=False),)), {}, None),
        (bare(), {}, None),
    ],
)
def test_one_step_decides_and_it_is_the_attributions(inspection, asked, decides):
    steps = chain(inspection, **asked)
    assert [step.step for step in steps if step.decides] == ([decides] if decides else [])
    states = [step.state for step in steps if step.decides]
    assert states == [state(inspection, **asked)] * len(states)


@pytest.mark.parametrize(
    ("inspection", "asked", "told"),
    [
        (bare(), {}, ["none found", "none found", "none found"]),
        (bare(marks=None), {"only": "implicit"}, ["none found", "not asked about", "none found"]),
        (bare(marks=None), {}, ["none found", "nobody looked", "none found"]),
        (
            bare(marks=None, problem=OSError("gone")),
            {},
            ["the file was not read to its end"] * 3,
        ),
    ],
)
def test_what_is_silent_says_why(inspection, asked, told):
    steps = chain(inspection, **asked)
    assert [step.detail for step in steps if step.step != "declaration"] == told
    assert all(step.detail for step in rules.chain(rules.Case(inspection=inspection), "zh"))


def test_control_characters_of_a_file_do_not_reach_the_evidence():
    hostile = bare(labels=(found(Label="\x1b[31m"),), marks=(mark("AI生成\n\x07"),))
    assert all(step.detail.isprintable() for step in chain(hostile))


def test_statements_of_two_schemes_are_judged_together():
    found_by = {f.rule for f in judge(seen(signals=(c2pa(scheme="iptc", ai=False),)))}
    assert found_by == {"implicit.contradicted"}
