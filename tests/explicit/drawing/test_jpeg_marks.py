"""Whole marks on JPEGs: turned pictures, grounds that are looked at, damage, all ways to code."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageOps
from scenes import file_of, marked, scene

from aigc_label import registry
from aigc_label.asset import open_asset
from aigc_label.explicit.drawing import marking
from aigc_label.explicit.drawing.jpeg_planes import brightness, inks
from aigc_label.explicit_label import ExplicitLabel, Look


@pytest.mark.parametrize("turn", range(1, 9))
def test_words_stand_upright_whatever_the_orientation(turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    source = file_of(scene(330, 220), "jpeg", quality=90, exif=exif)
    data, mark = marked(source, "jpeg", height=0.1)
    before, after = (
        np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(one))).convert("L")).astype(int)
        for one in (source, data)
    )
    x, y, width, height = mark.box
    assert after.shape == (220, 330) if turn < 5 else (330, 220)
    words = after[y : y + height, x : x + width]
    assert (words > 200).mean() > 0.1  # white letters
    assert (words < 60).mean() > 0.3  # on a dark plate
    rows = (words > 128).sum(axis=1)
    assert rows[: height // 10].max() < rows.max()  # heads of letters are narrower than bodies
    away = np.abs(before - after)
    away[y - 40 : y + height + 40, x - 40 : x + width + 40] = 0
    assert away.max() == 0


def test_a_mark_that_looks_at_its_ground_finds_it_and_stands():
    source = file_of(scene(640, 480), "jpeg", quality=90)
    options = {"position": "auto", "look": Look(style="auto")}
    data, mark = marked(source, "jpeg", **options)
    assert data != source
    again, same = marked(data, "jpeg", **options)
    assert again == data
    assert same.place == mark.place


def test_what_libjpeg_warns_of_is_encoded_anew_with_a_word():
    data = bytearray(file_of(scene(330, 220), "jpeg", quality=90))
    scan = data.index(b"\xff\xda") + 14
    del data[scan + 300 : scan + 340]
    done = marking.mark(open_asset(bytes(data)), registry.by_id("jpeg"), ExplicitLabel(), None)
    (note,) = done.notes
    assert "encoded anew" in note
    assert "orrupt" in note
    out = io.BytesIO()
    done.asset.copy_to(out, 0, done.asset.size)
    assert Image.open(out).size == (330, 220)


@pytest.mark.parametrize("colours", ["grey", "rgb", "ycc", "cmyk", "ycck"])
@pytest.mark.parametrize("level", [0, 90, 255])
def test_greys_are_as_bright_in_every_coding(colours, level):
    mark = Image.new("RGBA", (2, 2), (level, level, level, 255))
    seen = brightness(inks(mark, colours), colours)
    assert abs(seen.getpixel((0, 0)) - level) <= 2
