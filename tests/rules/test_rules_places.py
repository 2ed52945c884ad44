"""Formats for which no guide names a place: the label stands in ours, and that is said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from judging import bare, found, seen

from aigc_label import profile, registry, rules

OURS = {"format": "svg", "homes": (), "places": ("svg.xmp",)}
LABELLED = seen(labels=(found(carrier="svg.xmp", home=False),), **OURS)


def hits(inspection, rule: str, **case):
    judged = rules.judge(rules.Case(inspection=inspection, **case), profile.load())
    return [(f.kind, f.level, f.message) for f in judged if f.rule == rule and f.kind != "pass"]


def test_a_label_in_our_place_is_noted():
    ((kind, level, message),) = hits(LABELLED, "implicit.misplaced")
    assert (kind, level) == ("fail", "note")
    assert "our place" in message


def test_a_profile_can_take_our_place_for_the_home():
    assert hits(LABELLED, "implicit.misplaced", ours_are_homes=True) == []


def test_any_other_place_is_noted_as_such():
    label = found(carrier="svg.comment", home=False)
    astray = replace(LABELLED, labels=(label,))
    ((_, level, message),) = hits(astray, "implicit.misplaced", ours_are_homes=True)
    assert level == "note"
    assert "no guide names a place" in message


def test_a_missing_label_is_due_in_our_place_too():
    ((kind, level, message),) = hits(bare(**OURS), "implicit.missing")
    assert (kind, level) == ("fail", "error")
    assert "svg.xmp" in message


def test_what_has_neither_home_nor_place_owes_none():
    nowhere = bare(format="bmp", homes=(), places=())
    assert [kind for kind, _, _ in hits(nowhere, "implicit.missing")] in ([], ["notApplicable"])


@pytest.mark.parametrize(("homes", "expected"), [("", False), ('"s*" = true', True)])
def test_homes_of_a_profile(tmp_path, homes, expected):
    path = tmp_path / "own.toml"
    path.write_text(f'extends = "gb45438"\n[homes]\n{homes}\n', "utf-8")
    assert profile.load(path).is_home("svg") is expected
    assert profile.load(path).is_home("epub") is False


def test_every_format_says_of_its_places_that_they_are_ours():
    for fmt in registry.formats():
        assert not (fmt.homes and fmt.places), fmt.id
        if fmt.places:
            assert "ours" in fmt.source, fmt.id
        if fmt.plan is not None:
            assert fmt.slots, fmt.id
