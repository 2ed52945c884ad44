"""What documents have in common: where words go among blocks, limits, looks."""

from __future__ import annotations

import pytest

from aigc_label import ExplicitLabel, Look
from aigc_label.errors import CannotCarry, ReadBackMismatch
from aigc_label.explicit.words import document_flow, document_looks, document_pages
from aigc_label.explicit.words.document_flow import Block, Placement, placement

LONG = "灯塔每晚发光。" * 20


def blocks(*kinds: str) -> list[Block]:
    """Blocks of ten bytes each."""
    return [
        Block(10 * n, 10 * n + 10, kind.rstrip("!"), LONG, begin=10 * n + 1, finish=10 * n + 9,
              breaks=kind.endswith("!"))
        for n, kind in enumerate(kinds)
    ]  # fmt: skip


def placed(found: list[Block], **options) -> Placement:
    return placement(found, ExplicitLabel(**options), "AI生成", top=7)


def test_a_table_that_begins_a_page_is_no_place_for_words():
    table = blocks("other!")[0]._replace(begin=None, finish=None)
    assert placed([table]).paragraphs == (0,)


def test_nothing_at_all():
    assert placed([], places=("start", "middle", "end")).paragraphs == (7,)
    assert placed([], paragraphs=1, corner_mark=True).paragraphs == (7,)


def test_a_prompt_near_both_edges_marks_the_nearer():
    short = [
        Block(0, 1, "text", "短"),
        Block(1, 2, "text", "AI生成"),
        Block(2, 3, "text", "较长的"),
    ]
    assert placed(short, places=("start",)).done
    assert not placed(short, places=("end",)).done
    assert placed(short[::-1], places=("end",)).done


def test_the_middle_is_not_under_a_title_or_in_a_list():
    found = blocks("text", "title", "item", "item", "text", "text")
    assert placed(found, places=("middle",)).paragraphs == (40,)
    assert placed(blocks("title", "item", "item"), places=("middle",)).standing.notes


def test_a_field_that_does_not_end():
    found = [block._replace(closed=True) for block in blocks("text", "text")]
    assert placed(found, places=("end",)).paragraphs == (20,)


def test_words_that_are_not_found_again():
    with pytest.raises(ReadBackMismatch):
        document_flow.require_done(placed(blocks("text")))


def test_pages():
    assert document_pages.chosen(ExplicitLabel(places=("end", "start")), 3, first=1) == [2, 1]
    assert document_pages.chosen(ExplicitLabel(paragraphs=2), 5) == [0, 1, 3]


@pytest.mark.parametrize("opacity", [0.2, 0.5, 0.9, 1.0])
@pytest.mark.parametrize(
    ("ink", "ground"), [("#ffffff", "#1a1a1a"), ("#777777", "#888888"), ("#ffff00", "#0000ff")]
)
def test_colours_can_be_read_over_white_and_black(opacity, ink, ground):
    found = document_looks.colours(Look(ink=ink, ground=ground, opacity=opacity))
    assert found.opacity >= opacity
    levels = document_looks._levels
    for under in (0.0, 255.0):
        mixed = document_looks._mixed(levels(found.ground), under, found.opacity)
        assert document_looks._contrast(levels(found.ink), mixed) >= 4.5


def test_a_page_that_is_too_small():
    with pytest.raises(CannotCarry, match="do not fit"):
        document_looks.box("AI生成", ExplicitLabel(height=0.5), (100, 1000))
