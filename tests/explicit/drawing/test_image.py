"""Marked pictures, measured as a checker would: threshold, count rows, compare pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps
from scenes import cut_out, file_of, groups, luminance, marked, opened, scene

from aigc_label.errors import CannotCarry, InvalidLabel
from aigc_label.explicit.drawing import layout, pictures

CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right")


@pytest.mark.parametrize("kind", ["photo", "noise", "white", "black"])
@pytest.mark.parametrize(
    ("fmt", "options"),
    [("png", {}), ("jpeg", {"quality": 75}), ("jpeg", {"quality": 40}), ("webp", {"quality": 80})],
)
@pytest.mark.parametrize("size", [(640, 480), (333, 1000), (1111, 257), (210, 200)])
def test_heights_and_contrast_hold_on_any_background(kind, fmt, options, size):
    data, mark = marked(file_of(scene(*size, kind), fmt, **options), fmt)
    area = cut_out(data, mark)
    light = luminance(area)
    ink = area.mean(axis=2) > 140
    assert (np.median(light[ink]) + 0.05) / (np.median(light[~ink]) + 0.05) >= 4.5
    assert light[~ink].mean() < light[ink].mean() / 4.5
    capital_a, capital_i, *characters = groups(ink)
    short = min(size)
    assert min(capital_a, capital_i) >= 0.05 * short
    assert max(characters) >= 0.06 * short
    assert mark.ratio >= 0.06
    assert mark.ratio == pytest.approx(max(characters) / short, abs=1.01 / short)


@pytest.mark.parametrize("height", [0.05, 0.08, 0.15])
@pytest.mark.parametrize("corner", CORNERS)
def test_the_words_stand_on_the_asked_corner_in_the_asked_height(corner, height):
    data, mark = marked(file_of(scene(500, 400)), position=corner, height=height)
    assert (mark.kind, mark.text, mark.place) == ("text", "AI生成", corner)
    x, y, width, high = mark.box
    down, across = corner.split("-")
    aside = x if across == "left" else 500 - x - width
    above = y if down == "top" else 400 - y - high
    assert 0 < above < aside < 1.2 * mark.ratio * 400
    characters = groups(cut_out(data, mark).mean(axis=2) > 140)
    assert max(characters) / 400 >= height


def test_small_pictures_get_readable_words():
    _, mark = marked(file_of(scene(200, 100)))
    assert mark.ratio * 100 >= layout.LEAST_INK


@pytest.mark.parametrize("size", [(16, 16), (1, 1), (12, 4000), (4000, 12), (24, 24)])
def test_pictures_too_small_for_words_are_refused(size):
    with pytest.raises(CannotCarry, match=r"does not fit|too small"):
        marked(file_of(Image.new("RGB", size)))


def test_a_narrow_picture_takes_the_words_in_lines():
    data, mark = marked(file_of(scene(120, 600)), text="内容由AI生成，仅供参考")
    assert mark.box[3] > 20
    assert mark.box[0] > 0
    assert mark.box[0] + mark.box[2] < 120
    assert len(groups((cut_out(data, mark).mean(axis=2) > 140).T)) >= 2


def test_unknown_characters_are_refused():
    with pytest.raises(InvalidLabel, match=r"U\+1F642"):
        marked(file_of(scene(400, 300)), text="AI生成🙂")


# --- orientation -------------------------------------------------------------------------------

STORED = {
    1: [], 2: ["FLIP_LEFT_RIGHT"], 3: ["ROTATE_180"], 4: ["FLIP_TOP_BOTTOM"], 5: ["TRANSPOSE"],
    6: ["ROTATE_90"], 7: ["TRANSVERSE"], 8: ["ROTATE_270"],
}  # fmt: skip


def turned(upright: Image.Image, orientation: int) -> tuple[Image.Image, Image.Exif]:
    for way in STORED[orientation]:
        upright = upright.transpose(Image.Transpose[way])
    exif = Image.Exif()
    exif[0x0112] = orientation
    return upright, exif


@pytest.mark.parametrize("corner", CORNERS)
@pytest.mark.parametrize("orientation", STORED)
def test_turned_pictures_show_what_upright_ones_do(orientation, corner):
    upright = scene(330, 240)
    stored, exif = turned(upright, orientation)
    data, mark = marked(file_of(stored, exif=exif), position=corner)
    expected, upright_mark = marked(file_of(upright), position=corner)
    assert opened(data).size == stored.size
    assert opened(data).getexif()[0x0112] == orientation
    assert mark == upright_mark
    shown = ImageOps.exif_transpose(opened(data))
    assert np.array_equal(np.asarray(shown), np.asarray(opened(expected)))


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("fmt", ["jpeg", "webp"])
def test_turned_photographs_bear_upright_words(orientation, fmt):
    stored, exif = turned(scene(330, 240), orientation)
    data, mark = marked(file_of(stored, fmt, exif=exif, quality=85), fmt)
    area = cut_out(data, mark).mean(axis=2)
    assert len(groups(area > 140)) >= 4  # A, I and two characters side by side
    assert mark.ratio * 240 >= max(groups(area > 140)) - 1


@pytest.mark.parametrize(
    "block",
    [
        b"", b"Exif\0\0", b"Exif\0\0MM\0*", b"II*\0\xff\xff\xff\xff", b"junk" * 9,
        b"MM\0*\0\0\0\x08\xff\xff" + b"\0" * 30,
        b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x09\0\0",
        b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x07\0\0\0\x01\0\x06\0\0",
    ],
)  # fmt: skip
def test_senseless_orientation_means_upright(block):
    assert pictures.orientation(block) == 1


@given(st.binary(max_size=80))
def test_orientation_is_total(block):
    assert 1 <= pictures.orientation(b"Exif\0\0" + block) <= 8
    assert 1 <= pictures.orientation(b"II*\0\x08\0\0\0" + block) <= 8


@pytest.mark.parametrize("short", range(206, 420, 4))
def test_coarse_coding_takes_no_height_away(short):
    data, mark = marked(file_of(scene(short + 40, short, "noise"), "jpeg", quality=35), "jpeg")
    capital_a, capital_i, *characters = groups(cut_out(data, mark).mean(axis=2) > 140)
    assert min(capital_a, capital_i) >= 0.05 * short
    assert max(characters) >= 0.06 * short
