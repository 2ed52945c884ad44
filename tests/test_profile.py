"""Profiles: data, validated, and never empty."""

from __future__ import annotations

import os
import pickle
from dataclasses import replace

import pytest

from aigc_label import profile, rules
from aigc_label.errors import InvalidProfile
from aigc_label.model import Finding, FoundLabel, Inspection, Medium


def written(tmp_path, text, name="ours.toml"):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def finding(level, kind="fail"):
    return Finding(rule="x", kind=kind, level=level, message="", clause="")


@pytest.mark.parametrize("name", profile.names())
def test_a_built_in_profile_is_sound(name):
    loaded = rules.validated(profile.load(name))
    assert loaded.id == name
    assert loaded.title
    assert loaded.description
    assert profile.load(name) is loaded


def test_the_default_has_every_rule_on_but_a_platforms():
    loaded = profile.load()
    assert loaded.id == "gb45438"
    off = {rule.id for rule in rules.all_rules() if loaded.setting(rule.id) != "on"}
    assert off == {"implicit.propagator-stale"}


def test_a_loaded_profile_comes_back_as_it_is():
    loaded = profile.load()
    assert profile.load(loaded) is loaded


def test_ones_own_profile(tmp_path):
    path = written(
        tmp_path,
        'id = "ours"\ntitle = "Ours"\ndescription = "For us."\nfail_on = "warning"\n'
        '[rules]\n"*" = "off"\n"implicit.*" = "on"\n"implicit.charset" = "note"\n',
    )
    ours = rules.validated(profile.load(path))
    assert (ours.id, ours.title, ours.description) == ("ours", "Ours", "For us.")
    assert (ours.fail_on, ours.path) == ("warning", path)
    assert ours.setting("implicit.missing") == "on"
    assert ours.setting("implicit.charset") == "note"
    assert ours.setting("explicit.missing") is None
    assert profile.load(path) is ours


def test_a_profile_that_was_edited_is_read_again(tmp_path):
    path = written(tmp_path, '[rules]\n"file.*" = "on"\n')
    before = profile.load(path)
    written(tmp_path, '[rules]\n"file.*" = "note"\n')
    os.utime(path, ns=(1, 1))
    assert profile.load(path) != before


def test_a_path_object_and_a_byte_order_mark_are_fine(tmp_path):
    file = tmp_path / "ours.toml"
    file.write_bytes(b'\xef\xbb\xbf[rules]\n"file.*" = "on"\n')
    loaded = profile.load(file)
    assert (loaded.id, loaded.title, loaded.fail_on) == ("ours", "ours", "error")


def test_a_profile_extends_another(tmp_path):
    written(
        tmp_path, 'extends = "gb45438"\nfail_on = "note"\n[rules]\n"file.*" = "off"\n', "a.toml"
    )
    path = written(tmp_path, 'extends = "a.toml"\n[rules]\n"file.empty" = "error"\n', "b.toml")
    loaded = rules.validated(profile.load(path))
    assert loaded.id == "b"
    assert loaded.fail_on == "note"
    assert loaded.setting("file.limit") is None
    assert loaded.setting("file.empty") == "error"
    assert loaded.setting("implicit.missing") == "on"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "names no rule"),
        ('title = "x"\n[rules]\n', "names no rule"),
        ("[rules", "is not TOML"),
        ("\xff[rules]", "is not TOML"),
        ('[rule]\n"file.*" = "on"', "no such key: 'rule'; did you mean 'rules'?"),
        ('colour = "red"', "no such key: 'colour'; there are id, title"),
        ('rules = "all"', "rules must be a table"),
        ('[rules]\n"file.*" = "of"', "did you mean 'off'?"),
        ('[rules]\n"file.*" = true', "in quotes"),
        ('[rules]\nfile.empty = "on"', "in quotes"),
        ('propagtor = "x"', "did you mean 'propagator'?"),
        ('propagator = 5\n[rules]\n"file.*" = "on"', "propagator must be text"),
        ('fail_on = "fatal"\n[rules]\n"file.*" = "on"', "fail_on must be"),
        ('id = 5\n[rules]\n"file.*" = "on"', "id must be text"),
        ('extends = "gb45439"', "did you mean 'gb45438'?"),
        ('extends = "./none.toml"', "which does not exist"),
        ('extends = "ours.toml"\n[rules]\n"file.*" = "on"', "without end"),
        ('[rules]\n"implicit.mising" = "on"', "did you mean 'implicit.missing'?"),
        ('[rules]\n"exlicit.*" = "on"', "did you mean 'explicit.*'?"),
        ('[rules]\n"zzz" = "on"', "see `aigc-label rules`"),
        ('[rules]\n"file.*" = "on"\n[homes]\nepb = true', "called 'epb'; did you mean 'epub'?"),
        ('[rules]\n"file.*" = "on"\n[homes]\nzzz = true', "see `aigc-label formats`"),
        ('[rules]\n"file.*" = "off"', "asks about no rule at all"),
    ],
)
def test_a_mistake_is_refused_with_the_remedy(tmp_path, text, told):
    path = tmp_path / "ours.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InvalidProfile, match=r"(?s).*") as caught:
        rules.validated(profile.load(str(path)))
    assert told in str(caught.value)
    assert "ours" in str(caught.value) or "gb45439" in str(caught.value)
    assert caught.value.path


def test_a_profile_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(InvalidProfile, match="did you mean 'gb45438'") as caught:
        profile.load("gb4543")
    assert caught.value.path == "gb4543"
    with pytest.raises(InvalidProfile, match=r"there is gb45438.*\./zzz\.toml"):
        profile.load("zzz")
    with pytest.raises(InvalidProfile, match="no profile file"):
        profile.load(str(tmp_path / "none.toml"))
    with pytest.raises(InvalidProfile, match="no profile file"):
        profile.load(tmp_path)


def test_a_huge_profile_is_refused(tmp_path):
    path = written(tmp_path, "#" * ((1 << 20) + 1))
    with pytest.raises(InvalidProfile, match="too many"):
        profile.load(path)


def test_an_empty_profile_cannot_even_be_built():
    with pytest.raises(InvalidProfile, match="names no rule"):
        profile.Profile(id="x", title="x", rules={})


def test_the_longest_pattern_counts():
    chosen = profile.Profile(
        id="x",
        title="x",
        rules={
            "*": "note",
            "implicit.*": None,
            "implicit.key-*": "error",
            "*.limit": "error",
            "file.*": "note",
        },
    )
    assert chosen.setting("file.empty") == "note"
    assert chosen.setting("implicit.missing") is None
    assert chosen.setting("implicit.key-missing") == "error"
    assert chosen.setting("file.limit") == "error"


@pytest.mark.parametrize(
    ("fail_on", "fails"),
    [
        ("error", ["error"]),
        ("warning", ["error", "warning"]),
        ("note", ["error", "warning", "note"]),
    ],
)
def test_a_file_fails_from_the_level_on(fail_on, fails):
    chosen = replace(profile.load(), fail_on=fail_on)
    levels = ["error", "warning", "note"]
    assert [level for level in levels if chosen.fails(finding(level))] == fails
    assert not chosen.fails(finding("none", "open"))


def test_a_profile_replaces_the_level_of_a_rule_and_turns_rules_off():
    chosen = profile.Profile(
        id="x", title="x", rules={"implicit.*": "on", "implicit.missing": "note"}
    )
    bare = Inspection(
        name="a", size=9, format="png", medium=Medium.IMAGE, homes=("png.xmp",), marks=()
    )
    (found,) = rules.judge(rules.Case(inspection=bare), chosen)
    assert (found.rule, found.level) == ("implicit.missing", "note")


def test_a_profiles_level_replaces_that_of_a_hit():
    chosen = profile.Profile(id="x", title="x", rules={"implicit.charset": "note"})
    label = FoundLabel(carrier="png.xmp", fields={"Label": "\x00"}, home=True)
    seen = Inspection(name="a", size=9, format="png", homes=("png.xmp",), labels=(label,))
    assert [f.level for f in rules.judge(rules.Case(inspection=seen), chosen)] == ["note"]


def test_a_profile_crosses_processes():
    loaded = profile.load()
    copy = pickle.loads(pickle.dumps(loaded))  # noqa: S301 - our own bytes
    assert copy == loaded
    assert hash(copy) == hash(loaded)
    with pytest.raises(TypeError):
        copy.rules["file.*"] = None
