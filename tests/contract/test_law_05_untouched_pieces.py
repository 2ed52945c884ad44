"""L5 by other eyes: every piece of a file but the label's own is the same after a write.

The walkers, in ``eyes/``, are small and independent of the package.
"""

from __future__ import annotations

import pytest
from eyes import eyes_of
from eyes.mp4 import pointed_at


def test_all_other_pieces_are_the_same(writable_plain_file, written):
    walk = eyes_of(writable_plain_file.format).pieces
    before = walk(writable_plain_file.data)
    assert before
    assert walk(written(writable_plain_file)) == before


@pytest.mark.parametrize("name", ["moov-first", "fragmented", "co64-first", "two-tracks"])
def test_the_offset_walker_finds_tables(name, corpus):
    """The test above says something only where there is something to point at."""
    film = next(file for file in corpus if file.id == f"mp4/plain/{name}.mp4")
    assert len(pointed_at(film.data)) >= (2 if name == "fragmented" else 1)


def test_a_newline_style_is_kept(writable_plain_file, written):
    if writable_plain_file.format == "markdown" and b"\r\n" in writable_plain_file.data:
        after = written(writable_plain_file)
        assert after.count(b"\n") == after.count(b"\r\n")
