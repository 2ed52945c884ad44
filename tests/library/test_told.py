"""What a batch says where something is odd, and nothing is wrong with a file."""

from __future__ import annotations

import pytest

from aigc_label.errors import UsageError


@pytest.mark.parametrize("given", ["A-1", 7, ["produce_id"], [("produce_id", "A-1")]])
def test_a_callable_that_gives_no_mapping_is_told_in_a_line(labelling, run, given):
    with pytest.raises(UsageError, match=r"^metadata gave .* for 'top\.png'; let it") as caught:
        run(labelling(), metadata=lambda _: given)
    assert "\n" not in str(caught.value)
    assert repr(given) in str(caught.value)


def test_what_a_callable_gives_is_told_with_its_file(labelling, run):
    with pytest.raises(UsageError, match=r"^metadata of 'top\.png': attribution is 1, 2 or 3"):
        run(labelling(), metadata=lambda _: {"attribution": "maybe"})
