import struct

import pytest

from aigc_label.asset import open_asset
from aigc_label.containers import bmff
from aigc_label.containers.bmff import Edit, room
from aigc_label.edits import Span, replacements
from mp4_samples import FTYP, box, edited, full, movie

SPARE = box(b"free", bytes(192))


def changed(raw, old, new, *path):
    """The plan that puts ``new`` for ``old`` in the box at ``path``; ``None`` without room."""
    asset = open_asset(raw)
    top = bmff.top_level(asset)
    found, inside = bmff.Box(b"file", 0, 0, asset.size), []
    for kind in path:
        found = bmff.find(bmff.children(asset, found), kind)
        inside.append(found)
    at = raw.index(old, inside[-1].start)
    return room.absorbed(asset, top, [Edit(Span(at, at + len(old)), new, tuple(inside))])


PLACES = {
    "in the tags": lambda tag, space: movie(box(b"udta", full(b"meta", tag, space))),
    "in the tags, before": lambda tag, space: movie(box(b"udta", full(b"meta", space, tag))),
    "beside the tags": lambda tag, space: movie(box(b"udta", full(b"meta", tag), space)),
    "in other tags": lambda tag, space: movie(
        box(b"udta", full(b"meta", tag), full(b"meta", box(b"ilst"), space))
    ),
    "beside udta": lambda tag, space: movie(box(b"udta", full(b"meta", tag)), space),
    "behind moov": lambda tag, space: movie(box(b"udta", full(b"meta", tag)), behind=space),
}


@pytest.mark.parametrize("kind", [b"free", b"skip"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("length", [1, 40, 70, 242, 250])
def test_a_change_takes_from_free_space_and_gives_to_it(length, place, kind):
    """50 bytes become 1 to 250: the file keeps its length, the media its place."""
    space = box(kind, bytes(192))
    raw = PLACES[place](box(b"tagg", b"o" * 50), space)
    plan = changed(raw, b"o" * 50, b"n" * length, b"moov", b"udta", b"meta", b"tagg")
    asset = open_asset(raw)
    assert replacements(plan.view(asset), asset, 600)
    left = box(kind, bytes(192 + 50 - length)) if length < 250 else b""
    new = edited(raw, plan)
    assert len(new) == len(raw)
    assert new == PLACES[place](box(b"tagg", b"n" * length), left)


@pytest.mark.parametrize("length", [243, 249, 251, 9999])
def test_too_small_a_space_is_left_alone(length):
    raw = movie(box(b"udta", full(b"meta", box(b"tagg", b"o" * 50), SPARE)))
    assert changed(raw, b"o" * 50, b"n" * length, b"moov", b"udta", b"meta", b"tagg") is None


def test_the_nearest_space_that_suffices_pays():
    near, far = box(b"free", bytes(12)), box(b"free", bytes(300))
    raw = movie(box(b"udta", full(b"meta", box(b"tagg", b"o" * 50), near), far))
    small = edited(raw, changed(raw, b"o" * 50, b"n" * 60, b"moov", b"udta", b"meta", b"tagg"))
    assert box(b"free", bytes(2)) + far in small
    large = edited(raw, changed(raw, b"o" * 50, b"n" * 90, b"moov", b"udta", b"meta", b"tagg"))
    assert near + box(b"free", bytes(260)) in large


def test_what_becomes_free_without_a_neighbour_becomes_space():
    raw = movie(box(b"udta", box(b"tagg", b"o" * 50)), last=True)
    new = edited(raw, changed(raw, b"o" * 50, b"n" * 20, b"moov", b"udta", b"tagg"))
    assert new.endswith(box(b"tagg", b"n" * 20) + box(b"free", bytes(22)))
    assert len(new) == len(raw)
    assert changed(raw, b"o" * 50, b"n" * 43, b"moov", b"udta", b"tagg") is None


def test_space_that_a_change_takes_away_is_no_space():
    raw = movie(box(b"udta", box(b"tagg", b"o" * 50), SPARE))
    old = b"o" * 50 + SPARE
    assert changed(raw, old, b"n" * 400, b"moov", b"udta", b"tagg") is None


@pytest.mark.parametrize(
    "space",
    [
        struct.pack(">I4sQ", 1, b"free", 200) + bytes(184),  # a size in eight bytes
        box(b"fred", bytes(192)),
    ],
)
def test_other_boxes_are_no_space(space):
    raw = movie(box(b"udta", box(b"tagg", b"o" * 50), space))
    assert changed(raw, b"o" * 50, b"n" * 60, b"moov", b"udta", b"tagg") is None


def test_changes_outside_the_header_are_not_paid_for():
    raw = FTYP + box(b"uuid", bytes(16), b"old") + box(b"moov") + SPARE
    asset = open_asset(raw)
    at = raw.index(b"old")
    edits = [Edit(Span(at, at + 3), b"longer", ())]
    assert room.absorbed(asset, bmff.top_level(asset), edits) is None
