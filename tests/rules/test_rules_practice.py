"""The profiles of the package, and the rules that only some of them ask."""

from __future__ import annotations

import pytest
from judging import FIELDS, bare, found, mark, seen

from aigc_label import profile, rules
from aigc_label.model import Medium


def struck(inspection, name="gb45438"):
    case = rules.Case(inspection=inspection)
    return {finding.rule: finding.level for finding in rules.judge(case, profile.load(name), "en")}


PASSED_ON = found(ContentPropagator="Platform", PropagateID="77")


@pytest.mark.parametrize(
    ("label", "words"),
    [
        (found(), "still the producer's"),
        (found(ContentPropagator="", PropagateID=""), "no platform has written"),
        (found(drop=("ContentPropagator", "PropagateID")), "no platform has written"),
        (found(ContentPropagator="Platform"), "PropagateID equals ProduceID"),
        (found(ContentPropagator="Platform", PropagateID=""), "one of ContentPropagator and"),
        (found(ContentPropagator="", PropagateID="77"), "one of ContentPropagator and"),
    ],
)
def test_a_platform_that_has_not_written_is_told(label, words):
    case = rules.Case(inspection=seen(labels=(label,)))
    findings = rules.judge(case, profile.load("gb45438-platform"), "en")
    (stale,) = (f for f in findings if f.rule == "implicit.propagator-stale")
    assert words in stale.message
    assert "aigc-label propagate" in stale.advice
    assert "implicit.propagator-stale" not in struck(seen(labels=(label,)))


@pytest.mark.parametrize(
    "label", [PASSED_ON, found(ContentPropagator=FIELDS["ContentProducer"], PropagateID="other")]
)
def test_a_platform_that_has_written_passes(label):
    assert "implicit.propagator-stale" not in struck(seen(labels=(label,)), "gb45438-platform")


@pytest.mark.parametrize(("own", "told"), [("", False), ("Platform", False), ("Desk", True)])
def test_a_profile_says_which_platform_it_should_be(own, told):
    case = rules.Case(inspection=seen(labels=(PASSED_ON,)), propagator=own)
    findings = rules.judge(case, profile.load("gb45438-platform"), "en")
    assert [f.rule for f in findings] == ["implicit.propagator-stale"] * told
    assert all("those of Platform, not of Desk" in f.message for f in findings)


@pytest.mark.parametrize(("ratio", "told"), [(1.6, True), (2.9, True), (3.0, False), (17, False)])
def test_contrast(ratio, told):
    faint = seen(marks=(mark(contrast=ratio, ratio=0.06, place="top-left"),))
    assert ("explicit.contrast" in struck(faint)) is told


def test_the_clearest_mark_counts_and_the_unmeasured_says_nothing():
    two = (mark(contrast=1.2, place="top"), mark(contrast=8.0, place="top"), mark(place="top"))
    assert "explicit.contrast" not in struck(seen(marks=two))
    assert "explicit.contrast" not in struck(seen(marks=(mark(place="top"),)))


def test_strict_makes_errors_of_doubts():
    spaced = seen(labels=(found(ProduceID="作品 一"),), marks=(mark(place="middle"),))
    assert struck(spaced)["implicit.charset"] == "warning"
    assert struck(spaced, "strict")["implicit.charset"] == "error"
    assert struck(spaced, "strict")["explicit.position"] == "error"
    astray = seen(labels=(found(carrier="png.comment", home=False),))
    assert struck(astray, "strict")["implicit.misplaced"] == "error"
    assert profile.load("strict").fail_on == "warning"


def test_metadata_only_asks_nothing_of_marks():
    assert struck(seen(marks=()), "metadata-only") == {}
    assert struck(seen(marks=None), "metadata-only") == {}
    assert "implicit.missing" in struck(bare(), "metadata-only")


@pytest.mark.parametrize("name", profile.names())
def test_a_good_file_passes_every_profile(name):
    good = seen(labels=(PASSED_ON,), marks=(mark(ratio=0.06, contrast=9.0, place="top-left"),))
    assert struck(good, name) == {}


def test_a_video_may_be_judged_by_all_of_them():
    film = seen(
        Medium.VIDEO,
        labels=(found(carrier="mp4.keys", ContentPropagator="P", PropagateID="7"),),
        marks=(mark(ratio=0.06, place="top-left", at=(0.0, 3.0), contrast=9.0),),
    )
    assert all(struck(film, name) == {} for name in profile.names())
