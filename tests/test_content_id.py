"""Numbers of contents are random UUIDs as the standard library knows them."""

from __future__ import annotations

import uuid

from aigc_label import content_id


def test_they_are_random_uuids():
    made = {content_id.new() for _ in range(500)}
    assert len(made) == 500
    for number in made:
        known = uuid.UUID(number)
        assert str(known) == number
        assert (known.version, known.variant) == (4, uuid.RFC_4122)
