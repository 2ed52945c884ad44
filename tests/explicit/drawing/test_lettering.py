"""The words as drawn: measured by counting pixels, not by asking the module."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from aigc_label.errors import CannotCarry, InvalidLabel
from aigc_label.explicit.drawing import lettering, typeface
from aigc_label.explicit.drawing import look as looks
from aigc_label.explicit_label import Look

LEVEL_1 = bytes(
    byte for row in range(16, 56) for cell in range(1, 95) for byte in (row + 160, cell + 160)
).decode("gb2312", "ignore")


class Plated(NamedTuple):
    """Words on the usual plate."""

    image: Image.Image
    ink_height: int
    words_box: tuple[int, int, int, int]


def plated(text: str, ink: int, *, max_width: int) -> Plated:
    words = lettering.lettered(text, ink, max_width=max_width)
    room = looks.frame("plate", words)
    if words.mask.width + room.left + room.right > max_width:
        words = lettering.lettered(text, ink, max_width=max_width - room.left - room.right)
    image = looks.dressed(words, room, looks.dresses(Look(), "plate")[0])
    x, y, width, height = words.words_box
    return Plated(image, words.ink_height, (x + room.left, y + room.top, width, height))


def grey(patch: Plated) -> np.ndarray:
    return np.asarray(patch.image.getchannel("G"))


def runs(hits: np.ndarray) -> list[tuple[int, int]]:
    """Where ``hits`` is true: first and one past the last of each run."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], hits, [False])).astype(int)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def letter_heights(patch: Plated) -> list[int]:
    """Ink rows of every group of columns that is separated by an empty one."""
    x, y, width, height = patch.words_box
    ink = grey(patch)[y : y + height, x : x + width] > 140
    rows = [np.flatnonzero(ink[:, a:b].any(axis=1)) for a, b in runs(ink.any(axis=0))]
    return [int(r[-1] - r[0] + 1) for r in rows]


def luminance(level: float) -> float:
    part = level / 255
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


@pytest.mark.parametrize("ink", [7, 12, 13, 14, 17, 20, 23, 31, 44, 62, 65, 130, 241])
def test_characters_and_capitals_have_the_asked_ink(ink):
    patch = plated("AI生成", ink, max_width=10_000)
    capital_a, capital_i, *characters = letter_heights(patch)
    assert min(capital_a, capital_i) >= 5 / 6 * ink
    assert max(characters) >= ink
    assert patch.ink_height == max(characters)
    assert patch.ink_height <= 1.1 * ink + 1.5  # and not much larger than it must be


@pytest.mark.parametrize(
    "text", ["人工智能生成", "由AI合成", "内容由 AI 生成，仅供参考", "AI-Q生成", "AIが生成"]
)
@pytest.mark.parametrize("ink", [12, 31, 96])
def test_no_character_of_other_words_is_taller_than_said(text, ink):
    patch = plated(text, ink, max_width=10_000)
    assert patch.ink_height >= ink
    rows = np.flatnonzero((grey(patch) > 140).any(axis=1))
    assert rows[-1] - rows[0] + 1 >= patch.ink_height


def test_without_chinese_the_tallest_character_counts():
    assert letter_heights(plated("AI", 30, max_width=500)) == [30, 30]


def test_words_stand_out_from_the_plate():
    patch = plated("疑似人工智能合成", 40, max_width=1000)
    levels = grey(patch)
    x, y, width, height = patch.words_box
    around = levels[y - 5 : y + height + 5, x - 8 : x + width + 8]
    plate, ink = np.median(around[around < 100]), np.median(around[around > 140])
    assert (luminance(ink) + 0.05) / (luminance(plate) + 0.05) >= 4.5
    assert ink == 255


def test_the_plate_is_opaque_but_for_its_round_corners():
    patch = plated("AI生成", 40, max_width=1000)
    cover = np.asarray(patch.image.getchannel("A"))
    rows, columns = np.nonzero(cover < 255)
    radius = 15
    near_side = (columns < radius) | (columns >= cover.shape[1] - radius)
    near_edge = (rows < radius) | (rows >= cover.shape[0] - radius)
    assert (near_side & near_edge).all()
    assert cover[0, 0] == 0
    colours = np.asarray(patch.image.convert("RGB"))
    assert (np.ptp(colours, axis=2) == 0).all()


@pytest.mark.parametrize("level", [0, 255])
def test_drawn_twice_is_drawn_once(level):
    patch = plated("AI生成", 30, max_width=1000)
    once = Image.new("RGB", patch.image.size, (level,) * 3)
    once.paste(patch.image, (0, 0), patch.image)
    twice = once.copy()
    twice.paste(patch.image, (0, 0), patch.image)
    change = np.abs(np.asarray(once).astype(int) - np.asarray(twice))
    assert change.mean() < 0.3


@pytest.mark.parametrize("ink", [12, 16, 25, 60, 200])
@pytest.mark.parametrize("text", ["AI生成", "人工智能合成"])
def test_the_words_stand_in_the_middle_of_the_plate(text, ink):
    patch = plated(text, ink, max_width=10_000)
    x, y, width, height = patch.words_box
    right, bottom = patch.image.width - x - width, patch.image.height - y - height
    assert abs(x - right) <= 1
    assert abs(y - bottom) <= 1 + ink // 30
    assert y < x < ink


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("内容由AI生成", 10_000, ["内容由AI生成"]),
        ("内容由AI生成", 260, ["内容由", "AI生成"]),
        ("内容由AI生成，仅供参考", 500, ["内容由AI生成，", "仅供参考"]),
        ("疑似人工智能生成", 280, ["疑似", "人工智能", "生成"]),
        ("本图由 Diffusion AI 合成", 390, ["本图由", "Diffusion", "AI 合成"]),
        ("（AI生成）请注意甄别", 300, ["（AI生成）", "请注意甄别"]),
    ],
)
def test_long_words_go_on_lines_that_a_reader_would_break(text, width, lines):
    type_, _ = lettering.fitting_type(text, 48)
    assert lettering.broken(text, type_, width) == lines
    mask = lettering.lettered(text, 48, max_width=width).mask
    assert mask.width <= width
    assert len(runs((np.asarray(mask) > 140).any(axis=1))) >= len(lines)


@pytest.mark.parametrize("width", range(60, 400, 7))
def test_never_wider_than_allowed(width):
    try:
        patch = plated("内容由AI生成，仅供参考", 24, max_width=width)
    except CannotCarry:
        assert width < 130
    else:
        assert patch.image.width <= width
        x, _, words, _ = patch.words_box
        assert x >= 8
        assert x + words + 8 <= patch.image.width


@pytest.mark.parametrize("text", ["AI生成", "AI生成" * 4000])
def test_words_that_do_not_fit_are_refused(text):
    with pytest.raises(CannotCarry, match=r"does not fit into \d+ pixels") as caught:
        plated(text, 20, max_width=40)
    assert len(str(caught.value)) < 250


def test_the_font_has_what_it_should():
    assert len(LEVEL_1) == 3755
    typeface.require_characters(LEVEL_1)
    typeface.require_characters("".join(map(chr, range(0x20, 0x7F))))
    typeface.require_characters(
        "，。：；！？（）「」《》【】·…—ＡＩ０９éüßñçøåÆ€內圖視頻인공지능생성ひらカナ"
    )


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("AI生成🙂", "🙂 (U+1F642)"),
        ("AI生成\u200d", "U+200D"),
        ("ذكاء AI生成", "ذ (U+0630)"),
        ("AI\n生成", "U+000A"),
        ("AI生成龘", "龘 (U+9F98)"),
    ],
)
def test_characters_that_the_font_lacks_are_named(text, named):
    with pytest.raises(InvalidLabel) as caught:
        plated(text, 20, max_width=1000)
    assert caught.value.field == "text"
    assert named in str(caught.value)


@pytest.mark.parametrize("text", ["", "  ", "一", "—"])
def test_words_without_a_height_are_refused(text):
    with pytest.raises(InvalidLabel) as caught:
        plated(text, 20, max_width=1000)
    assert caught.value.field == "text"


def test_a_lettering_is_a_value():
    words = lettering.lettered("AI生成", 20, max_width=1000)
    assert words.mask.mode == "L"
    assert words is lettering.lettered(" AI生成 ", 20, max_width=1000)
    with pytest.raises(dataclasses.FrozenInstanceError):
        words.ink_height = 1
