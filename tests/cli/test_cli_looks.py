"""``overlay`` and ``preview``: marks for those who composite, and all looks on one sheet."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from aigc_label import ExplicitLabel, Look, preset


def picture_of(path) -> Image.Image:
    with Image.open(path) as opened:
        return opened.copy()


def test_an_overlay_as_large_as_the_picture(cli, tmp_path):
    done = cli("overlay", "--size", "640x480", "-o", "mark.png")
    assert (done.code, done.out, done.err) == (0, "wrote mark.png: 640x480\n", "")
    mark = picture_of(tmp_path / "mark.png")
    assert (mark.mode, mark.size) == ("RGBA", (640, 480))
    assert mark.getpixel((0, 0)) == (0, 0, 0, 0)
    assert mark.getchannel("A").getbbox()[2:] == (630, 470)


def test_a_cropped_one_tells_where_it_stands(cli, tmp_path):
    assert cli("overlay", "--size", "640x480", "-o", "mark.png").code == 0
    done = cli("overlay", "--size", "640×480", "--crop", "-o", "sub/crop.png")
    facts = json.loads(done.out)
    crop = picture_of(tmp_path / "sub/crop.png")
    assert crop.size == (facts["width"], facts["height"])
    whole = Image.new("RGBA", (640, 480), (0, 0, 0, 0))
    whole.paste(crop, (facts["left"], facts["top"]))
    assert np.array_equal(np.asarray(whole), np.asarray(picture_of(tmp_path / "mark.png")))
    assert facts["place"] == "bottom-right"
    assert facts["ink_height"] >= 0.06 * 480
    x, y, width, height = facts["words_box"]
    assert facts["left"] < x < x + width < 640
    assert facts["top"] < y < y + height < 480


@pytest.mark.parametrize("name", ["picture.jpg", "film.mp4"])
def test_its_size_and_ground_are_those_of_what_it_shall_lie_on(cli, sample, tmp_path, name):
    sample(name)
    done = cli("overlay", "--under", name, "--preset", "cn-discreet", "-o", "mark.png")
    assert done.code == 0
    size = picture_of(tmp_path / "mark.png").size
    assert done.out == f"wrote mark.png: {size[0]}x{size[1]}\n"
    assert min(size) >= 100


def test_options_and_settings_say_how_it_looks(cli, tmp_path):
    (tmp_path / "aigc-label.toml").write_text('ink = "#00ff00"\n', "utf-8")
    assert cli("overlay", "--size", "640x480", "-o", "a.png", "--icon", "spark").code == 0
    colours = {c for _, c in picture_of(tmp_path / "a.png").getcolors(99_999)}
    assert (0, 255, 0, 255) in colours


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--size", "640x480"], "give -o FILE"),
        (["-o", "a.png"], "give --size WxH, or --under FILE"),
        (["--size", "640", "-o", "a.png"], "not a size such as 1920x1080: '640'"),
        (["--size", "0x9", "-o", "a.png"], "two whole numbers of 1 to 65535"),
        (["--size", "20x20", "-o", "a.png"], "too small for these words"),
        (["--under", "poem.md", "-o", "a.png"], "give a picture or a film"),
        (["--size", "640x480", "-o", "poem.md"], "exists; choose another output"),
        (
            ["--size", "640x480", "-o", "a.png", "--icon", "b.png"],
            "the icon 'b.png' cannot be read",
        ),
    ],
)
def test_mistakes_about_overlays(cli, sample, argv, told):
    sample("poem.md")
    done = cli("overlay", *argv)
    assert (done.code, done.out) == (2, "")
    assert told in done.err


@pytest.mark.parametrize(
    ("name", "output"), [("picture.jpg", "s.png"), ("film.mp4", "s.jpg"), ("picture.jpg", "s.webp")]
)
def test_a_sheet_of_all_presets(cli, sample, tmp_path, name, output):
    sample(name)
    done = cli("preview", name, "-o", output)
    count = len(preset.names())
    assert (done.code, done.out) == (0, f"wrote {output}: {count} presets\n")
    sheet = picture_of(tmp_path / output)
    assert sheet.width > 6 * 150
    assert sheet.height > count * 100


def test_a_sheet_of_ones_own_and_its_name(cli, sample, tmp_path):
    sample("picture.jpg")
    (tmp_path / "ours.toml").write_text("position = [0.5, 0.2]\n", "utf-8")
    assert cli("preview", "picture.jpg", "--preset", "cn-bold,./ours.toml").code == 0
    assert cli("preview", "picture.jpg", "--preset", "cn-bold", "-o", "b.png").code == 0
    two, one = picture_of(tmp_path / "picture-looks.png"), picture_of(tmp_path / "b.png")
    assert two.height > 1.8 * one.height
    assert two.width > one.width  # a column more for a position of one's own
    assert cli("preview", "picture.jpg").code == 2  # it exists by now
    assert cli("preview", "picture.jpg", "--force").code == 0


def test_pictures_without_room_are_shown_without_marks(cli, tmp_path):
    Image.new("RGB", (20, 20), "red").save(tmp_path / "a.png")
    assert cli("preview", "a.png", "--preset", "cn-default").code == 0
    assert picture_of(tmp_path / "a-looks.png").height > 250


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        ([], "give one picture or film"),
        (["a.png", "b.png"], "give one picture or film"),
        (["a.png", "-o", "a.gif"], "a.gif is no .png, .jpg or .webp"),
        (["melody.mp3"], "give a picture or a film"),
        (["poem.md"], "give a picture or a film"),
        (["nowhere.png"], "nowhere.png"),
        (["poem.md", "--preset", "cn-blod"], "did you mean 'cn-bold'?"),
    ],
)
def test_mistakes_about_previews(cli, sample, argv, told):
    sample("poem.md")
    sample("melody.mp3")
    done = cli("preview", *argv)
    assert (done.code, done.out) == (2, "")
    assert told in done.err


@pytest.mark.parametrize("verb", ["overlay", "preview"])
def test_the_help(cli, verb):
    done = cli(verb, "--help")
    assert done.code == 0
    assert f"aigc-label {verb} " in done.out


def test_the_defaults_are_those_of_a_label():
    assert preset.load_preset("cn-default") == ExplicitLabel(look=Look())
