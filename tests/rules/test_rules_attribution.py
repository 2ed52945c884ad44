"""Article 6: confirmed, possible, suspected, or nothing."""

from __future__ import annotations

import pytest
from judging import bare, c2pa, found, mark, seen

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
