"""Marks composed for a ground: measured as a checker would, and found again where they stand."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageFilter
from scenes import file_of, groups, luminance, marked, opened, scene

from aigc_label import preset
from aigc_label.errors import CannotCarry, InvalidLabel
from aigc_label.explicit.drawing import layout, overlay, placing
from aigc_label.explicit.drawing.overlay import compose
from aigc_label.explicit.drawing.standing import standing
from aigc_label.explicit_label import ANCHORS, STYLES, ExplicitLabel, Look

GROUNDS = ("white", "black", "noise", "photo", "stripes", "grey")


def ground(size: tuple[int, int], kind: str) -> Image.Image:
    if kind == "grey":
        return Image.new("RGB", size, (119, 119, 119))
    if kind == "stripes":
        x = np.arange(size[0]) // 7 % 2 * 255
        return Image.fromarray(np.tile(x[None, :, None], (size[1], 1, 3)).astype(np.uint8))
    return scene(*size, kind)


def laid(picture: Image.Image, mark: overlay.Overlay) -> Image.Image:
    picture = picture.convert("RGBA")
    picture.alpha_composite(mark.image, (mark.left, mark.top))
    return picture.convert("RGB")


def label(**look: object) -> ExplicitLabel:
    own = {key: look.pop(key) for key in ("text", "position", "height") if key in look}
    return ExplicitLabel(**own, look=Look(**look))


def contrast_around(shown: Image.Image, mark: overlay.Overlay, ink: str) -> float:
    """The worst twentieth of the pixels next to the letters, against the letters' colour."""
    x, y, width, height = mark.words_box
    by = 4
    area = np.asarray(shown.crop((x - by, y - by, x + width + by, y + height + by)))
    own = float(luminance(np.array([int(ink[i : i + 2], 16) for i in (1, 3, 5)])))
    light = luminance(area)
    ratio = (np.maximum(light, own) + 0.05) / (np.minimum(light, own) + 0.05)
    core, letters = (Image.fromarray((ratio < most).astype(np.uint8) * 255) for most in (1.1, 1.6))
    near = np.asarray(core.filter(ImageFilter.MaxFilter(5))) > 0
    # What touches a letter is smoothed into it and is neither.
    ring = near & ~(np.asarray(letters.filter(ImageFilter.MaxFilter(3))) > 0)
    assert ring.sum() > 100
    worst = np.percentile(light[ring], 95 if own > 0.18 else 5)
    return (max(own, worst) + 0.05) / (min(own, worst) + 0.05)


def ink_of(mark: overlay.Overlay) -> str:
    opaque = np.asarray(mark.image.getchannel("A")) == 255
    colours = np.asarray(mark.image.convert("RGB"))[opaque]
    return "#ffffff" if (colours == 255).all(axis=-1).sum() > 50 else "#1a1a1a"


@pytest.mark.parametrize("kind", GROUNDS)
@pytest.mark.parametrize("opacity", [0.2, 1])
@pytest.mark.parametrize("style", ["plate", "outline", "shadow"])
def test_the_contrast_holds_whatever_the_look_and_the_ground(style, opacity, kind):
    picture = ground((900, 700), kind)
    mark = compose(label(style=style, opacity=opacity), picture.size, picture)
    assert contrast_around(laid(picture, mark), mark, "#ffffff") >= 4.5


@pytest.mark.parametrize("kind", GROUNDS)
@pytest.mark.parametrize("style", ["adaptive", "auto"])
def test_letters_that_turn_light_or_dark_stand_out(style, kind):
    picture = ground((900, 700), kind)
    mark = compose(label(style=style), picture.size, picture)
    shown = laid(picture, mark)
    assert contrast_around(shown, mark, ink_of(mark)) >= (10 if kind in ("white", "black") else 4.5)


@pytest.mark.parametrize("style", STYLES)
def test_without_a_ground_it_holds_on_black_and_on_white(style):
    explicit = label(style=style, opacity=0.3)
    mark = compose(explicit, (900, 700), None)
    for kind in ("white", "black", "stripes"):
        shown = laid(ground((900, 700), kind), mark)
        assert contrast_around(shown, mark, ink_of(mark)) >= 4.5


def test_a_transparent_ground_may_show_anything():
    clear = Image.new("RGBA", (900, 700), (0, 0, 0, 0))
    explicit = label(opacity=0.2)
    assert compose(explicit, clear.size, clear).image == compose(explicit, clear.size, None).image
    black = compose(explicit, clear.size, Image.new("RGB", clear.size)).image
    assert black != compose(explicit, clear.size, None).image


def test_what_moves_is_strengthened_for_any_ground_but_chosen_by_its_own():
    picture = ground((900, 700), "white")
    still = compose(label(style="adaptive"), picture.size, picture)
    moving = compose(label(style="adaptive"), picture.size, picture, still=False)
    dark = [np.asarray(m.image.convert("RGB").resize((1, 1), 0)).max() for m in (still, moving)]
    assert dark[0] == dark[1]
    covers = [np.asarray(m.image.getchannel("A")).mean() for m in (still, moving)]
    assert covers[1] > covers[0]
    shown = laid(ground((900, 700), "black"), moving)
    assert contrast_around(shown, moving, "#1a1a1a") >= 4.5


def test_auto_goes_from_bare_words_to_a_plate_as_the_ground_gets_busier():
    covers = []
    for kind in ("white", "photo", "noise"):
        picture = ground((900, 700), kind)
        mark = compose(label(style="auto"), picture.size, picture)
        covers.append(mark)
    plate = compose(label(), (900, 700), None)
    assert covers[0].image != plate.image
    assert covers[2].image == plate.image
    assert compose(label(style="auto"), (900, 700), None).image == plate.image


# --- places --------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["plate", "outline", "shadow"])
@pytest.mark.parametrize("anchor", ANCHORS)
def test_nine_anchors(anchor, style):
    mark = compose(label(style=style, position=anchor, margin=0.03), (1000, 800), None)
    assert mark.place == anchor
    x, y, width, height = mark.words_box
    across, down = placing.shares(anchor)
    spaces = (x, 1000 - x - width), (y, 800 - y - height)
    for share, (before, after) in zip((across, down), spaces, strict=True):
        near = before if share == 0 else after
        if share == 0.5:
            assert abs(before - after) <= 3
        else:
            assert 24 <= near < 100
            assert near == min(before, after)


@pytest.mark.parametrize("style", STYLES)
def test_a_mark_lies_within_the_picture_even_at_its_edge(style):
    for at in ("top-left", "bottom-right", (0.0, 1.0), (1, 0)):
        mark = compose(label(style=style, position=at, margin=0), (300, 200), scene(300, 200))
        assert mark.left >= 0
        assert mark.top >= 0
        assert mark.left + mark.image.width <= 300
        assert mark.top + mark.image.height <= 200
        x, y, width, height = mark.words_box
        assert x >= mark.left
        assert y >= mark.top
        assert x + width <= 300
        assert y + height <= 200


def test_a_free_position_is_the_middle_of_the_mark():
    mark = compose(label(position=(0.4, 0.7)), (1000, 800), None)
    assert mark.place == ""
    assert abs(mark.left + mark.image.width / 2 - 400) <= 1
    assert abs(mark.top + mark.image.height / 2 - 560) <= 1


@pytest.mark.parametrize("corner", placing.CORNERS)
@pytest.mark.parametrize("size", [(800, 600), (400, 300), (200, 150)])
def test_auto_finds_the_calm_corner_in_a_ground_of_any_size(corner, size):
    picture = ground((800, 600), "noise")
    down, across = corner.split("-")
    at = (0 if across == "left" else 500, 0 if down == "top" else 450)
    picture.paste((90, 120, 160), (*at, at[0] + 300, at[1] + 150))
    small = picture.resize(size, Image.Resampling.BOX)
    assert compose(label(position="auto"), (800, 600), small).place == corner


@pytest.mark.parametrize("kind", ["white", "noise", "stripes"])
def test_auto_stays_at_the_bottom_right_where_all_corners_are_alike(kind):
    picture = ground((800, 600), kind)
    assert compose(label(position="auto"), picture.size, picture).place == "bottom-right"
    assert compose(label(position="auto"), picture.size, None).place == "bottom-right"


# --- small pictures ------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["plate", "outline", "adaptive"])
@pytest.mark.parametrize(
    "size", [(48, 48), (63, 40), (40, 63), (20, 400), (400, 20), (50, 1000), (1000, 50), (64, 64)]
)
def test_tiny_and_extreme_pictures_bear_readable_words(size, style):
    picture = scene(*size)
    mark = compose(label(style=style), size, picture)
    assert mark.ink_height >= layout.LEAST_INK
    x, y, width, height = mark.words_box
    assert 0 <= x <= size[0] - width
    assert 0 <= y <= size[1] - height


@pytest.mark.parametrize("size", [(8, 8), (24, 24), (11, 500), (500, 11)])
def test_what_is_too_small_is_refused_with_what_it_would_take(size):
    with pytest.raises(CannotCarry, match=r"too small .* take \d\dx1\d in one line") as caught:
        compose(label(), size, None)
    assert "give shorter words or a larger picture" in str(caught.value)


@pytest.mark.parametrize("text", ["AI生成" * 4000, "AI" + "生成" * 20])
def test_words_that_are_too_long_are_refused_without_being_drawn(text):
    with pytest.raises(CannotCarry, match="give shorter words or less height"):
        compose(label(text=text, height=0.4), (6000, 4000), None)


def test_narrow_pictures_have_their_words_in_lines_on_the_side_of_the_edge():
    text = "AI生成 · AI-generated"
    left = compose(label(text=text, position="left", style="outline"), (110, 900), None)
    right = compose(label(text=text, position="right", style="outline"), (110, 900), None)
    first = [
        np.flatnonzero(np.asarray(m.image.convert("L").point([0] * 200 + [1] * 56))[:12].any(0))
        for m in (left, right)
    ]
    assert first[0][0] < 5
    assert right.image.width - first[1][-1] < 8
    assert left.words_box[3] > 2 * left.ink_height


# --- height --------------------------------------------------------------------------------------


@pytest.mark.parametrize("height", [0.05, 0.055, 0.06, 0.1])
@pytest.mark.parametrize("short", [400, 777, 1080])
def test_characters_have_the_asked_height_and_capitals_five_per_cent(height, short):
    mark = compose(label(height=height), (short * 4 // 3, short), None)
    x, y, width, tall = (
        a - b for a, b in zip(mark.words_box, (mark.left, mark.top, 0, 0), strict=True)
    )
    ink = np.asarray(mark.image.convert("L").crop((x, y, x + width, y + tall))) >= 140
    capital_a, capital_i, *characters = groups(ink)
    assert min(capital_a, capital_i) >= 0.05 * short
    assert height * short <= max(characters) <= 1.03 * height * short + 1
    assert mark.ink_height == max(characters)


def test_bold_words_are_bolder_and_as_high():
    plain, bold = (compose(label(weight=w), (1600, 1200), None) for w in ("regular", "bold"))
    assert bold.ink_height == pytest.approx(plain.ink_height, abs=1)
    inks = [(np.asarray(m.image.convert("L")) > 140).mean() for m in (plain, bold)]
    assert inks[1] > 1.15 * inks[0]


# --- icons and colours ---------------------------------------------------------------------------


def test_the_spark_stands_before_the_words_as_high_as_they_are():
    bare, mark = (compose(label(icon=i), (1600, 1200), None) for i in ("", "spark"))
    assert mark.words_box[2:] == bare.words_box[2:]
    assert mark.image.width > bare.image.width + 0.9 * mark.ink_height
    ink = np.asarray(mark.image.convert("L").crop((0, 0, mark.words_box[0] - mark.left, 999))) > 110
    rows = np.flatnonzero(ink.any(axis=1))
    assert np.ptp(rows) + 1 == pytest.approx(mark.ink_height, abs=5)  # its tips are thin


@pytest.fixture
def icon(tmp_path):
    def write(picture: Image.Image, name: str = "icon.png") -> str:
        path = tmp_path / name
        picture.save(path)
        return str(path)

    return write


def test_an_icon_of_ones_own_keeps_its_colours(icon):
    disc = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    disc.paste((230, 20, 30, 255), (8, 8, 56, 56))
    mark = compose(label(icon=icon(disc)), (1600, 1200), None)
    x = mark.words_box[0] - mark.left
    pixels = np.asarray(mark.image.convert("RGB").crop((0, 0, x, mark.image.height)))
    red = (pixels == (230, 20, 30)).all(axis=-1)
    assert red.sum() == pytest.approx(mark.ink_height**2, rel=0.1)  # its empty border is cut off
    outline = compose(label(icon=icon(disc), style="outline"), (1600, 1200), None)
    assert (np.asarray(outline.image.convert("RGB")) == (230, 20, 30)).all(axis=-1).sum() > 2000


@pytest.mark.parametrize(
    ("picture", "told"),
    [
        (Image.new("RGB", (9, 9)), "has no transparency"),
        (Image.new("RGBA", (9, 9)), "is transparent throughout"),
        (Image.new("RGBA", (5000, 1), (1, 1, 1, 9)), "is larger than 4096 pixels"),
        (Image.new("LA", (90, 9), (1, 9)), "more than 4 times as wide"),
    ],
)
def test_icons_that_cannot_be_used_are_refused(icon, picture, told):
    with pytest.raises(InvalidLabel, match=told) as caught:
        compose(label(icon=icon(picture)), (400, 300), None)
    assert caught.value.field == "icon"


@pytest.mark.parametrize("path", ["nowhere.png", "a\0b", "/"])
def test_icons_that_cannot_be_read_are_refused(path):
    with pytest.raises(InvalidLabel, match=r"cannot be read .* give spark"):
        compose(label(icon=path), (400, 300), None)


def test_bytes_that_are_no_picture_are_no_icon(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    with pytest.raises(InvalidLabel, match="cannot be read"):
        compose(label(icon=str(path)), (400, 300), None)


def test_colours_that_nobody_can_tell_apart_are_refused():
    with pytest.raises(InvalidLabel, match=r"contrast of 1\.6:1") as caught:
        compose(label(ink="#ffffff", ground="#cccccc"), (400, 300), None)
    assert caught.value.field == "ink"


def test_other_colours_are_drawn():
    mark = compose(label(ink="#102040", ground="#ffe080"), (400, 300), None)
    colours = {c for _, c in mark.image.convert("RGB").getcolors(99_999)}
    assert {(16, 32, 64), (255, 224, 128)} <= colours


# --- marking twice -------------------------------------------------------------------------------

LOOKS = {
    **{style: {"style": style} for style in STYLES},
    "faint plate": {"opacity": 0.4},
    "faint shadow": {"style": "shadow", "opacity": 0.3},
    "faint adaptive": {"style": "adaptive", "opacity": 0.5, "icon": "spark"},
    "auto in auto": {"style": "auto", "position": "auto"},
    "plate in auto": {"position": "auto"},
    "bold outline": {"style": "outline", "weight": "bold", "opacity": 0.7},
}


@pytest.mark.parametrize("kind", GROUNDS)
@pytest.mark.parametrize("look", LOOKS)
def test_a_mark_is_found_where_it_stands_and_not_where_it_does_not(look, kind):
    explicit = label(**LOOKS[look])
    picture = ground((640, 480), kind)
    assert standing(explicit, picture.size, picture) is None
    mark = compose(explicit, picture.size, picture)
    shown = laid(picture, mark)
    found = standing(explicit, shown.size, shown)
    assert found is not None
    assert found.words_box == mark.words_box
    coarse = io.BytesIO()
    shown.save(coarse, "JPEG", quality=70)
    again = standing(explicit, shown.size, Image.open(coarse).convert("RGB"))
    assert again is not None
    assert again.words_box == mark.words_box


@pytest.mark.parametrize("style", STYLES)
def test_other_words_are_another_mark(style):
    picture = ground((640, 480), "photo")
    shown = laid(picture, compose(label(style=style), picture.size, picture))
    assert standing(label(style=style, text="AI合成"), shown.size, shown) is None
    assert standing(label(style=style, height=0.08), shown.size, shown) is None


def test_a_mark_is_found_in_a_smaller_view():
    picture = ground((1600, 1200), "photo")
    explicit = label(style="shadow")
    shown = laid(picture, compose(explicit, picture.size, picture))
    half = shown.reduce(2)
    assert standing(explicit, shown.size, half) is not None
    assert standing(explicit, shown.size, picture.reduce(2)) is None
    assert standing(explicit, shown.size, shown.reduce(12)) is None  # nobody could tell


def test_on_transparent_ground_too():
    picture = Image.new("RGBA", (640, 480), (0, 0, 0, 0))
    explicit = label(style="shadow")
    assert standing(explicit, picture.size, picture) is None
    mark = compose(explicit, picture.size, picture)
    picture.alpha_composite(mark.image, (mark.left, mark.top))
    assert standing(explicit, picture.size, picture) is not None


@pytest.mark.parametrize("name", preset.names())
@pytest.mark.parametrize(("fmt", "options"), [("png", {}), ("jpeg", {"quality": 85})])
def test_files_are_marked_once_with_every_preset(name, fmt, options):
    from dataclasses import fields

    explicit = preset.load_preset(name)
    values = {f.name: getattr(explicit, f.name) for f in fields(explicit)}
    once, mark = marked(file_of(scene(640, 480), fmt, **options), fmt, **values)
    twice, again = marked(once, fmt, **values)
    assert twice == once
    assert again == mark
    assert opened(once).size == (640, 480)


def test_which_looks_need_a_ground():
    assert not overlay.looks_at_ground(label())
    assert not overlay.looks_at_ground(label(style="outline"))
    for look in ({"opacity": 0.9}, {"style": "shadow"}, {"position": "auto"}, {"style": "auto"}):
        assert overlay.looks_at_ground(label(**look))
