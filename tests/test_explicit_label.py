"""What an explicit label may be, and what clause 5 forbids."""

from __future__ import annotations

import pytest

from aigc_label.errors import InvalidLabel
from aigc_label.explicit_label import ANCHORS, ExplicitLabel, Look, Sound


@pytest.mark.parametrize("position", [*ANCHORS, "auto", (0, 1), [0.5, 0.25]])
def test_positions(position):
    made = ExplicitLabel(position=position)
    assert made.position == (tuple(position) if isinstance(position, list) else position)


@pytest.mark.parametrize(
    "spans", [("start",), ("full",), ["start", [60, 65.5]], ((0, 2), "end"), ("middle", "start")]
)
def test_spans(spans):
    assert isinstance(ExplicitLabel(spans=spans).spans, tuple)


def test_another_regime_has_its_own_words():
    assert ExplicitLabel(text="AI-generated", regime="eu").text == "AI-generated"


@pytest.mark.parametrize(
    ("kind", "given", "field"),
    [
        (ExplicitLabel, {"text": "AI-generated"}, "text"),
        (ExplicitLabel, {"text": "generated", "regime": "eu"}, "text"),
        (ExplicitLabel, {"regime": "us"}, "regime"),
        (ExplicitLabel, {"position": "topleft"}, "position"),
        (ExplicitLabel, {"position": (0.5, 1.5)}, "position"),
        (ExplicitLabel, {"position": (0.5, float("nan"))}, "position"),
        (ExplicitLabel, {"position": (True, 0)}, "position"),
        (ExplicitLabel, {"position": None}, "position"),
        (ExplicitLabel, {"paragraphs": -1}, "paragraphs"),
        (ExplicitLabel, {"paragraphs": True}, "paragraphs"),
        (ExplicitLabel, {"paragraphs": 1.5}, "paragraphs"),
        (ExplicitLabel, {"corner_mark": 1}, "corner_mark"),
        (ExplicitLabel, {"spans": ()}, "spans"),
        (ExplicitLabel, {"spans": "start"}, "spans"),
        (ExplicitLabel, {"spans": ("end",)}, "spans"),
        (ExplicitLabel, {"spans": ("start", "begin")}, "spans"),
        (ExplicitLabel, {"spans": ((0, 1),)}, "spans"),
        (ExplicitLabel, {"spans": ("start", (5, 4))}, "spans"),
        (ExplicitLabel, {"fade": -1}, "fade"),
        (ExplicitLabel, {"look": "plate"}, "look"),
        (ExplicitLabel, {"sound": None}, "sound"),
        (Look, {"style": "neon"}, "style"),
        (Look, {"weight": "heavy"}, "weight"),
        (Look, {"opacity": 0.1}, "opacity"),
        (Look, {"opacity": float("nan")}, "opacity"),
        (Look, {"margin": 0.5}, "margin"),
        (Look, {"ink": "white"}, "ink"),
        (Look, {"ground": "#12345"}, "ground"),
        (Look, {"icon": None}, "icon"),
        (Sound, {"kind": " "}, "kind"),
        (Sound, {"unit": 1}, "unit"),
        (Sound, {"pitch": 50}, "pitch"),
        (Sound, {"level": 40}, "level"),
        (Sound, {"every": 0.01}, "every"),
        (Sound, {"every": "1"}, "every"),
    ],
)
def test_what_is_refused(kind, given, field):
    with pytest.raises(InvalidLabel) as refused:
        kind(**given)
    assert refused.value.field == field
