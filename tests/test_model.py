"""The values users meet: what labels allow, and what reports look like as JSON."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label import (
    Attribution,
    ExplicitLabel,
    Finding,
    FoundLabel,
    FoundMark,
    ImplicitLabel,
    Inspection,
    InvalidLabel,
    Medium,
    Report,
    Signal,
)
from aigc_label.model import FIELDS, printable

CODE = "001191110102MACQD9K64010000"


def label(**given) -> ImplicitLabel:
    return ImplicitLabel(**({"content_producer": CODE, "produce_id": "42"} | given))


# --- attribution ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "code"), [("confirmed", "1"), ("possible", "2"), ("suspected", "3")]
)
def test_article_6_and_annex_e(state, code):
    assert Attribution(state).code == code
    assert Attribution.from_code(code) is Attribution(state)
    assert label(attribution=state).fields["Label"] == code


@pytest.mark.parametrize("code", ["", "0", "4", "01", "１", "confirmed"])
def test_no_other_code_is_a_state(code):
    assert Attribution.from_code(code) is None


# --- the implicit label --------------------------------------------------------------------------


def test_the_seven_fields_in_their_order():
    assert tuple(label().fields) == FIELDS
    assert label(reserved_code1="r1", reserved_code2="r2").fields == {
        "Label": "1",
        "ContentProducer": CODE,
        "ProduceID": "42",
        "ReservedCode1": "r1",
        "ContentPropagator": CODE,
        "PropagateID": "42",
        "ReservedCode2": "r2",
    }


def test_propagation_copies_production_unless_told():
    """Annex E note 1."""
    told = label(content_propagator="", propagate_id="")
    assert (told.content_propagator, told.propagate_id) == ("", "")
    half = label(content_propagator="other")
    assert (half.content_propagator, half.propagate_id) == ("other", "42")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"content_producer": ""}, "ContentProducer"),
        ({"produce_id": ""}, "ProduceID"),
        ({"produce_id": 42}, "ProduceID"),
        ({"content_producer": None}, "ContentProducer"),
        ({"produce_id": "a\nb"}, "ProduceID"),
        ({"produce_id": "a\x00"}, "ProduceID"),
        ({"produce_id": "\ud800"}, "ProduceID"),
        ({"reserved_code1": "\x7f"}, "ReservedCode1"),
        ({"reserved_code2": "\uffff"}, "ReservedCode2"),
        ({"propagate_id": "x" * 16_385}, "PropagateID"),
        ({"attribution": "certain"}, "Label"),
        ({"attribution": "1"}, "Label"),
        ({"content_producer": CODE[:-6] + "A" + CODE[-5:]}, "ContentProducer"),
        ({"content_propagator": CODE[:-1]}, "ContentPropagator"),
    ],
)
def test_what_annex_e_does_not_allow(given, field):
    with pytest.raises(InvalidLabel) as caught:
        label(**given)
    assert caught.value.field == field
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("state", ["possible", "suspected"])
def test_a_platform_need_not_know_the_producer(state):
    made = ImplicitLabel(
        content_producer="",
        produce_id="",
        attribution=state,
        content_propagator="p",
        propagate_id="1",
    )
    assert made.fields["ContentProducer"] == ""


def test_labels_are_frozen_and_hashable():
    with pytest.raises(dataclasses.FrozenInstanceError):
        label().produce_id = "43"
    assert len({label(), label(), label(produce_id="43")}) == 2


@given(
    st.sampled_from(["confirmed", "possible", "suspected"]),
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
        min_size=1,
    ),
)
def test_fields_there_and_back(state, text):
    made = ImplicitLabel(
        content_producer="x" + text, produce_id=text, attribution=state, reserved_code1=text
    )
    assert ImplicitLabel.from_fields(made.fields) == made


def test_absent_fields_count_as_empty():
    made = ImplicitLabel.from_fields({"Label": "1", "ContentProducer": "x", "ProduceID": "1"})
    assert made.fields["ContentPropagator"] == ""
    assert made.fields["ReservedCode2"] == ""


@pytest.mark.parametrize("fields", [{}, {"Label": ""}, {"Label": "4"}, {"Label": "AIGC"}])
def test_a_label_must_say_1_2_or_3(fields):
    with pytest.raises(InvalidLabel, match="Label must be"):
        ImplicitLabel.from_fields(fields)


def test_what_was_found_keeps_its_slips():
    fields = {"Label": "1", "ContentProducer": CODE[:-1], "ProduceID": "a\nb"}
    with pytest.raises(InvalidLabel):
        ImplicitLabel.from_fields(fields)
    kept = ImplicitLabel.from_fields(fields, found=True)
    assert kept.fields["ProduceID"] == "a\nb"
    with pytest.raises(InvalidLabel):
        ImplicitLabel.from_fields(fields | {"ProduceID": "\ud800"}, found=True)


def test_propagation_replaces_its_own_elements_only():
    made = label(reserved_code1="r1").propagated("platform", "post/7", "r2")
    assert made.fields == label(reserved_code1="r1").fields | {
        "ContentPropagator": "platform",
        "PropagateID": "post/7",
        "ReservedCode2": "r2",
    }
    assert made.propagated("b", "8").fields["ReservedCode2"] == ""


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (("", "7"), "ContentPropagator"),
        (("p", ""), "PropagateID"),
        (("p\n", "7"), "ContentPropagator"),
        ((CODE[:-1], "7"), "ContentPropagator"),
        (("p", "7", "\x00"), "ReservedCode2"),
    ],
)
def test_the_propagators_own_elements_are_held_to_annex_e(given, field):
    with pytest.raises(InvalidLabel) as caught:
        label().propagated(*given)
    assert caught.value.field == field


# --- the explicit label --------------------------------------------------------------------------


def test_the_default_mark_meets_clause_5():
    made = ExplicitLabel()
    assert made.text == "AI生成"
    assert made.height >= 0.05
    assert made.seconds >= 2
    assert made.places == ("start",)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"text": "AI"}, "text"),
        ({"text": ""}, "text"),
        ({"text": "made by a machine"}, "text"),
        ({"text": "AI\n生成"}, "text"),
        ({"position": "middle"}, "position"),
        ({"height": 0.049}, "height"),
        ({"height": 0.51}, "height"),
        ({"height": float("nan")}, "height"),
        ({"places": ()}, "places"),
        ({"places": ("start", "everywhere")}, "places"),
        ({"seconds": 1.9}, "seconds"),
        ({"seconds": float("inf")}, "seconds"),
        ({"seconds": float("nan")}, "seconds"),
    ],
)
def test_what_clause_5_does_not_allow(given, field):
    with pytest.raises(InvalidLabel) as caught:
        ExplicitLabel(**given)
    assert caught.value.field == field


# --- reports -------------------------------------------------------------------------------------


def report(**seen) -> Report:
    inspection = Inspection(name="a.png", size=123, format="png", medium=Medium.IMAGE, **seen)
    return Report(inspection=inspection, profile="gb45438", ok=False)


def test_a_report_as_json_is_the_public_contract():
    found = FoundLabel(
        carrier="png.text",
        fields={"Label": "1", "ReservedCode1": "x"},
        quirks=("wrapped",),
        home=True,
    )
    signal = Signal(scheme="c2pa", ai=True, generator="g", detail="d")
    mark = FoundMark(kind="text", text="AI生成", box=(1, 2, 3, 4), ratio=0.06, at=(0.0, 2.0))
    shown = report(labels=(found,), signals=(signal,), marks=(mark,)).as_dict()
    assert json.loads(json.dumps(shown)) == shown
    assert {"path", "format", "medium", "size", "ok", "attribution"} <= set(shown)
    assert shown["labels"] == [
        {
            "carrier": "png.text",
            "home": True,
            "fields": {"Label": "1", "ReservedCode1": "x"},
            "quirks": ["wrapped"],
            "security": {"status": "unsupported"},
        }
    ]
    assert shown["signals"] == [{"scheme": "c2pa", "ai": True, "generator": "g", "detail": "d"}]
    assert shown["explicit"][0]["box"] == [1, 2, 3, 4]
    assert shown["explicit"][0]["at"] == [0.0, 2.0]


def test_marks_are_absent_when_nobody_looked():
    assert "explicit" not in report().as_dict()
    assert report(marks=()).as_dict()["explicit"] == []


def test_a_label_without_security_data_says_absent():
    found = FoundLabel(carrier="png.text", fields={"Label": "1", "ReservedCode1": ""})
    (shown,) = report(labels=(found,)).as_dict()["labels"]
    assert shown["security"] == {"status": "absent"}


def test_findings_as_json():
    finding = Finding(
        rule="implicit.missing", kind="fail", level="error", message="m", clause="GB 45438-2025 6.1"
    )
    made = dataclasses.replace(report(), findings=(finding,), attribution=Attribution.POSSIBLE)
    shown = made.as_dict()
    assert shown["attribution"] == "possible"
    assert shown["findings"][0]["rule"] == "implicit.missing"
    assert shown["findings"][0]["clause"] == "GB 45438-2025 6.1"


# --- terminals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("灯塔 a.png", "灯塔 a.png"),
        ("a\x1b[31mb", "a\\u001b[31mb"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\u202egnp.a", "\\u202egnp.a"),
        ("x\x00", "x\\u0000"),
        ("\ud800", "\\ud800"),
    ],
)
def test_nothing_reaches_a_terminal_unseen(text, shown):
    assert printable(text) == shown


@given(st.text())
def test_printable_is_printable(text):
    assert printable(text).isprintable()
    assert len(printable("x" * 9000, 100)) <= 101
