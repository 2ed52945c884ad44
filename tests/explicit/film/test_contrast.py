"""What a mark on a film says of its contrast: that on the worst ground, as films move."""

import pytest

from aigc_label import api
from aigc_label.explicit_label import ExplicitLabel, Look
from film_samples import H264, SOURCE
from matroska_samples import film


@pytest.mark.parametrize(
    ("name", "span"),
    [("a.mp4", "start"), ("a.mp4", "full"), ("a.mkv", "start"), ("a.flv", "start")],
)
def test_the_contrast_is_said(name, span):
    explicit = ExplicitLabel(seconds=2, spans=(span,), look=Look(style="shadow"))
    raw = film(*SOURCE, *H264, name=name)
    assert 4.5 <= api.label(raw, None, explicit=explicit, name=name).mark.contrast <= 21


def test_a_plate_of_ones_own_colours_has_theirs():
    look = Look(style="plate", ink="#ffffff", ground="#000000", opacity=1.0)
    raw = film(*SOURCE, *H264, name="a.mp4")
    done = api.label(raw, None, explicit=ExplicitLabel(seconds=2, look=look), name="a.mp4")
    assert done.mark.contrast == 21
