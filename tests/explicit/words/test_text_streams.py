import pytest

from aigc_label import label_events, label_stream
from aigc_label.errors import InvalidLabel
from aigc_label.explicit_label import ExplicitLabel


@pytest.mark.parametrize("stream", [label_stream, label_events])
@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"places": ("start", "middle")}, "places"),
        ({"paragraphs": 3}, "paragraphs"),
        ({"corner_mark": True}, "corner_mark"),
    ],
)
def test_what_only_a_whole_text_has_is_refused_before_the_first_chunk(stream, asked, field):
    with pytest.raises(InvalidLabel) as caught:
        stream(iter(()), ExplicitLabel(**asked))
    assert caught.value.field == field
    assert "when it is whole" in str(caught.value)
