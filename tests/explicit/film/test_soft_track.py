"""A subtitle track that is asked for is not left out in silence."""

import pytest

from aigc_label import api
from aigc_label.errors import CannotCarry
from aigc_label.explicit_label import ExplicitLabel
from mp4_samples import H264, PICTURE, film


@pytest.mark.parametrize("name", ["soft.mp4", "soft.mov", "soft.mkv"])
def test_a_subtitle_track_is_refused(name):
    raw = film(*PICTURE, "-t", "0.2", *H264, name=name)
    with pytest.raises(CannotCarry, match="subtitle track"):
        api.label(raw, None, explicit=ExplicitLabel(soft_track=True), name=name)
