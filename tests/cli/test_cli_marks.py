"""The options of explicit marks, from the command line and from the settings file."""

from __future__ import annotations

import json

import pytest

from aigc_label.cli import config, marks, parsing
from aigc_label.errors import UsageError
from aigc_label.explicit_label import ExplicitLabel, Look, Sound


def label_of(*argv: str, **settings: object) -> ExplicitLabel:
    parser = parsing.Parser("label", "")
    marks.add_options(parser)
    return marks.chosen(parser.parse(argv), config.Settings(None, settings))


def test_nothing_asked_for_is_the_default():
    assert label_of() == ExplicitLabel()


def test_every_option_reaches_the_label():
    made = label_of(
        *("--text", "由AI合成", "--position", "0.5,90%", "--height", "7%", "--style", "outline"),
        *("--weight", "bold", "--opacity", "0.8", "--margin", "3%", "--icon", "spark"),
        *("--ink", "#ffee00", "--ground", "#000000", "--places", "start,end"),
        *("--paragraphs", "3", "--corner-mark", "--seconds", "4", "--span", "start,60-65.5"),
        *("--fade", "0.5", "--soft-track", "--sound", "voice-en", "--unit", "0.1"),
        *("--pitch", "1000", "--level", "-3", "--every", "10"),
    )
    assert made == ExplicitLabel(
        text="由AI合成",
        position=(0.5, 0.9),
        height=0.07,
        look=Look(
            style="outline",
            weight="bold",
            opacity=0.8,
            margin=0.03,
            icon="spark",
            ink="#ffee00",
            ground="#000000",
        ),
        places=("start", "end"),
        paragraphs=3,
        corner_mark=True,
        seconds=4,
        spans=("start", (60, 65.5)),
        fade=0.5,
        soft_track=True,
        sound=Sound(kind="voice-en", unit=0.1, pitch=1000, level=-3, every=10),
    )


def test_an_option_beats_the_settings_and_both_the_preset(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(
        'text = "人工智能生成"\nheight = 0.1\n[look]\nstyle = "shadow"\nicon = "spark"\n'
    )
    made = label_of("--height", "0.08", preset=str(own), style="outline", height=0.2)
    assert (made.text, made.height) == ("人工智能生成", 0.08)
    assert made.look == Look(style="outline", icon="spark")


def test_settings_of_every_kind():
    made = label_of(
        **{"span": ["full"], "position": [0.5, 0.5], "corner-mark": True, "sound": "voice-zh"}
    )
    assert made.spans == ("full",)
    assert made.position == (0.5, 0.5)
    assert made.corner_mark
    assert made.sound.kind == "voice-zh"


def test_the_settings_file_knows_every_option():
    assert set(marks.KEYS) <= set(config.KEYS)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--position", "1,2,3"], "not a position such as 0.5,0.9"),
        (["--position", "a,b"], "not a position such as 0.5,0.9"),
        (["--span", "start,6-x"], "not a span such as start or 60-65"),
        (["--paragraphs", "-1"], "not a whole number"),
        (["--pitch", "high"], "not a number"),
        (["--preset", "cn-blod"], "no preset 'cn-blod'"),
        (["--style", "neon"], "no such style"),
    ],
)
def test_a_mistake_is_told(cli, sample, argv, words):
    path = sample("picture.jpg")
    before = path.read_bytes()
    done = cli("label", "--producer", "P", *argv, "picture.jpg", "--in-place")
    assert done.code == 2
    assert words in done.err
    assert path.read_bytes() == before


class TestPresets:
    def test_the_list(self, cli):
        done = cli("presets")
        assert done.code == 0
        assert done.out.splitlines()[0].split() == ["preset", "words", "what", "it", "is", "for"]
        assert "cn-default" in done.out

    def test_one_of_them(self, cli):
        done = cli("presets", "cn-default")
        assert done.out.startswith("# cn-default: ")
        assert "look.style" in done.out

    def test_as_json(self, cli):
        done = cli("presets", "--json", "cn-default")
        (found,) = json.loads(done.out)["presets"]
        assert found["id"] == "cn-default"
        assert found["look"]["style"] == "plate"

    def test_help(self, cli):
        assert "--json" in cli("presets", "--help").out

    def test_a_mistake(self, cli, tmp_path):
        (tmp_path / "own.toml").write_text("height = 1\n")
        done = cli("presets", str(tmp_path / "own.toml"))
        assert done.code == 2
        assert "outside 0.05 to 0.5" in done.err


def test_a_position_that_is_no_pair_in_the_settings(tmp_path):
    (tmp_path / "aigc-label.toml").write_text("position = [1]\n")
    with pytest.raises(UsageError, match="position must be an anchor"):
        config.load(tmp_path)
