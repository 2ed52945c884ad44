"""The height of marks on grounds that hide their edges, and what tells it: places and colours."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from aigc_label import registry
from aigc_label.asset import open_asset
from aigc_label.detect.sight import ink, layout, ocr

FONT = str(Path(__file__).parents[2] / "src/aigc_label/fonts/AIGCLabelSans.otf")
SIZE = (900, 700)


def motley(seed: int, cells: int) -> Image.Image:
    """Soft spots of all colours, about as wide as the letters on them."""
    width, height = SIZE
    random = np.random.default_rng(seed)
    spots = random.integers(0, 256, (cells, cells * width // height + 1, 3), dtype=np.uint8)
    return Image.fromarray(spots).resize(SIZE, Image.Resampling.BICUBIC)


def marked(
    ground: Image.Image, text: str, pixels: int, colour: str, rim: str | None
) -> Image.Image:
    font = ImageFont.truetype(FONT, pixels)
    style = {"stroke_width": pixels // 12, "stroke_fill": rim} if rim else {}
    place = (SIZE[0] * 0.04, SIZE[1] * 0.9)
    ImageDraw.Draw(ground).text(place, text, fill=colour, font=font, anchor="lm", **style)
    return ground


def tallest(text: str, pixels: int) -> int:
    """Rows of the tallest Chinese character as the font draws it, without a rim."""
    font = ImageFont.truetype(FONT, pixels)
    boxes = [font.getmask(one).getbbox() for one in text if one >= "\u4e00"]
    return max(bottom - top for _, top, _, bottom in boxes)


def look(picture: Image.Image):
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    with open_asset(out.getvalue(), name="a.jpg") as asset:
        (detector,) = registry.detectors_for(registry.identify(asset).id)
        return list(detector.look(asset))


@pytest.mark.parametrize(
    ("spots", "pixels", "text", "colour", "rim"),
    [
        ((1, 20), 80, "AI生成", "black", None),
        ((3, 12), 80, "AI生成", "white", None),
        ((5, 30), 48, "AI生成", "white", None),
        ((1, 20), 80, "AI生成", "black", "white"),
        ((4, 30), 80, "由AI合成", "black", "white"),
        ((2, 20), 48, "AI生成", "white", "black"),
        ((4, 20), 40, "AI生成 AI-generated", "white", None),
    ],
)
def test_neither_the_ground_nor_a_rim_counts_as_ink(spots, pixels, text, colour, rim):
    (mark,) = look(marked(motley(*spots), text, pixels, colour, rim))
    assert mark.ratio * min(SIZE) == pytest.approx(tallest(text, pixels), rel=0.08)


def test_where_hardly_any_ink_is_told_from_the_ground_the_size_of_the_type_counts():
    (mark,) = look(marked(motley(5, 12), "AI生成", 80, "white", None))
    assert mark.ratio * min(SIZE) == pytest.approx(tallest("AI生成", 80), rel=0.2)
    assert mark.contrast is None


def test_the_recogniser_says_where_each_character_is():
    crop = Image.new("RGB", (420, 90), "gray")
    font = ImageFont.truetype(FONT, 60)
    ImageDraw.Draw(crop).text((10, 45), "AI 生成内容", fill="white", font=font, anchor="lm")
    text, at = ocr.read(np.asarray(crop))
    assert text.replace(" ", "") == "AI生成内容"
    starts = [10 + font.getlength("AI 生成内容"[:n]) for n in (0, 1, 3, 4, 5, 6)]
    ends = [*starts[1:], starts[-1] + 60]
    assert all(a - 20 <= x <= b + 20 for a, x, b in zip(starts, at, ends, strict=True))
    assert ocr.read(np.full((40, 200, 3), 128, np.uint8)) == ("", ())


def test_distances_tell_the_size_of_the_type():
    line = layout.laid_out("AI生成", (18, 36, 72, 132), 170, 90)
    assert line.em == pytest.approx(60, rel=0.1)
    assert line.usual_height == pytest.approx(54, rel=0.1)
    assert [cell.is_chinese for cell in line.cells] == [False, False, True, True]
    assert [cell.left for cell in line.cells] == [0, 27, 54, 102]
    assert line.cells[-1].right == 170


def test_a_blank_that_was_not_read_does_not():
    close = layout.laid_out("人工智能生成", (30, 90, 150, 210, 270, 330), 360, 90)
    apart = layout.laid_out("人工智能生成", (30, 90, 150, 210, 330, 390), 420, 90)
    assert close.em == apart.em == pytest.approx(60)


def test_letters_alone_are_as_high_as_capitals():
    line = layout.laid_out("AI-generated", tuple(range(20, 380, 30)), 400, 80)
    assert line.usual_height == pytest.approx(0.72 * line.em)


@pytest.mark.parametrize("at", [(), (5.0,), (1.0, 2.0, 3.0)])
def test_without_places_words_fill_the_crop(at):
    line = layout.laid_out("AI生成", at, 300, 90)
    assert len(line.cells) == 4
    assert (line.em, line.doubt) == pytest.approx((87, 0.15), rel=0.1)
    assert layout.laid_out("生", (), 160, 90).em == pytest.approx(100)


def test_places_on_one_another_have_a_size_all_the_same():
    assert layout.laid_out("生成", (7.0, 7.0), 30, 20).em > 0


def test_a_piece_belongs_to_the_character_that_has_most_of_it():
    cells = layout.laid_out("生成", (25, 75), 100, 50).cells
    band = np.zeros((50, 100), bool)
    band[5:45, 8:20] = band[10:48, 26:56] = True  # 生 in two pieces, one beyond its cell
    band[2:40, 60:95] = True
    assert layout.extents(band, cells) == [(5, 48), (2, 40)]
    band[:] = False
    assert layout.extents(band, cells) == [None, None]


def test_characters_that_touch_are_parted():
    cells = layout.laid_out("生成", (25, 75), 100, 50).cells
    band = np.zeros((50, 100), bool)
    band[5:45, 5:50] = band[10:48, 50:96] = True
    assert layout.extents(band, cells) == [(5, 45), (10, 48)]


def test_no_height_is_supposed_beyond_the_box():
    crop = np.zeros((60, 900, 3), np.uint8)
    assert ink.supposed(crop, "AI生成", (100, 300, 500, 700), 50) == 40
    assert ink.measured(crop, "", (), 50) is None
