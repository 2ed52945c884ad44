"""Presets: those of the package, and one's own."""

from __future__ import annotations

import pytest

from aigc_label import preset
from aigc_label.errors import InvalidLabel, UsageError
from aigc_label.explicit_label import ExplicitLabel


@pytest.fixture
def own(tmp_path):
    def write(text: str, name: str = "ours.toml") -> str:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_the_default_one_is_what_a_plain_label_is():
    assert preset.names()[0] == "cn-default"
    assert preset.load_preset("cn-default") == ExplicitLabel()


@pytest.mark.parametrize("name", preset.names())
def test_those_of_the_package_are_whole(name):
    found = preset.load(name)
    assert found.name == name
    assert found.description.endswith(".")
    assert found.label.spans[0] in ("start", "full")


def test_one_of_ones_own_changes_what_it_names(own):
    path = own(
        'description = "Ours."\ntext = "由AI合成"\nposition = [0.5, 0.9]\nspans = ["full"]\n'
        '[look]\nstyle = "outline"\n[sound]\nkind = "voice-zh"\n'
    )
    found = preset.load(path)
    assert (found.name, found.description) == ("ours", "Ours.")
    assert found.label.text == "由AI合成"
    assert found.label.position == (0.5, 0.9)
    assert found.label.look.style == "outline"
    assert found.label.sound.kind == "voice-zh"
    assert found.label.height == ExplicitLabel().height


def test_it_may_extend_another(own):
    own('text = "由AI合成"\n[look]\nweight = "bold"\n', "base.toml")
    label = preset.load_preset(own('extends = "base.toml"\n[look]\nstyle = "shadow"\n'))
    assert label.text == "由AI合成"
    assert (label.look.weight, label.look.style) == ("bold", "shadow")


def test_an_icon_stands_beside_its_preset(own, tmp_path):
    assert preset.load_preset(own('[look]\nicon = "logo.png"\n')).look.icon == str(
        tmp_path / "logo.png"
    )
    assert preset.load_preset(own('[look]\nicon = "spark"\n')).look.icon == "spark"


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("text = ", UsageError, "is not TOML"),
        ('txt = "AI生成"', UsageError, "no such key: 'txt'; did you mean 'text'"),
        ("[look]\nzzz = 1", UsageError, r"\[look\]: no such key: 'zzz'; there is style"),
        ("look = 3", UsageError, r"\[look\] must be a table"),
        ("description = 3", UsageError, "must be text in quotes"),
        ('extends = "nobody"', UsageError, "no preset 'nobody'"),
        ('extends = "ours.toml"', UsageError, "without end"),
        ('text = "hello"', InvalidLabel, "ours.toml: 'hello' does not meet clause 5"),
        ('[look]\nstyle = "plat"', InvalidLabel, "did you mean 'plate'"),
        ("[sound]\nunit = 9", InvalidLabel, "unit must be 0.06 to 0.4"),
    ],
)
def test_a_mistake_is_told(own, text, kind, words):
    with pytest.raises(kind, match=words):
        preset.load(own(text))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cn-blod", "no preset 'cn-blod'"),
        ("./nowhere.toml", r"there is no preset file \./nowhere"),
        (3, "by its name or its path, not as 3"),
    ],
)
def test_what_is_no_preset(name, words):
    with pytest.raises(UsageError, match=words):
        preset.load(name)
