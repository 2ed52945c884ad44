"""``show``, ``formats``, ``rules``, ``profiles``: what is there, for people and for programs."""

from __future__ import annotations

import json
import sys

import pytest

from aigc_label import __version__, profile, registry, rules
from aigc_label.cli import terminal

TOOL = {"name": "aigc-label", "version": __version__}


class TestShow:
    def test_every_field_of_a_label(self, cli, sample):
        sample("picture.jpg")
        argv = "label --producer P --produce-id 7 --no-explicit --in-place picture.jpg"
        cli(*argv.split())
        done = cli("show", "picture.jpg")
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith("picture.jpg: jpeg, image, ")
        assert "implicit label in jpeg.xmp at byte " in done.out
        assert "    ContentProducer    P\n" in done.out
        assert "    ProduceID          7\n" in done.out

    def test_as_json(self, cli, sample):
        sample("picture.jpg")
        sample("poem.md")
        whole = json.loads(cli("show", "--json", "picture.jpg", "poem.md").out)
        assert (whole["schema"], whole["tool"]) == (1, TOOL)
        picture, poem = whole["files"]
        assert (picture["format"], picture["labels"]) == ("jpeg", [])
        assert picture["homes"][0] == "jpeg.xmp"
        assert poem["medium"] == "text"
        assert poem["problem"] is None
        assert "findings" not in poem

    def test_deviations_marks_and_origins(self, cli, tmp_path):
        (tmp_path / "a.md").write_text(
            '---\nAIGC:\n  Label: 1\n  ContentProducer: "x\\x1b[31m"\n  ProduceID: "2"\n---\n'
            "本文由AI生成\n\n正文\n",
            encoding="utf-8",
        )
        done = cli("show", "a.md")
        assert done.code == 0
        assert "deviations  " in done.out
        assert "explicit mark: text, " in done.out
        assert "\x1b" not in done.out

    def test_without_anything(self, cli, sample, tmp_path):
        sample("poem.md")
        (tmp_path / "a.txt").write_text("text")
        out = cli("show", "poem.md", "a.txt").out
        assert "no implicit label (its place would be markdown.frontmatter" in out
        assert "no implicit label (the format has no place for one)" in out
        assert "no explicit mark perceived" in out

    def test_marks_that_nobody_could_look_for_are_not_missing(self, cli, sample, monkeypatch):
        sample("picture.jpg")
        monkeypatch.setitem(sys.modules, "rapidocr", None)
        out = cli("show", "picture.jpg").out
        assert "  explicit mark: not looked for; to look for words in pictures: pip install" in out

    def test_a_damaged_file_shows_what_was_read_and_why_it_ended(self, cli, sample, tmp_path):
        data = sample("film.mp4").read_bytes()
        (tmp_path / "film.mp4").write_bytes(data[:3000])
        done = cli("show", "film.mp4", "missing.png")
        assert done.code == 1
        assert "film.mp4: mp4, video, 3000 bytes" in done.out
        assert "no implicit label" not in done.out
        assert "  implicit label: none found before reading stopped" in done.out
        assert "  explicit mark: not looked for; reading stopped" in done.out
        assert "aigc-label: film.mp4: " in done.err
        assert "aigc-label: missing.png: no such file or directory" in done.err
        whole = json.loads(cli("show", "--json", "film.mp4").out)
        assert whole["files"][0]["problem"]


class TestFormats:
    def test_the_table_is_the_registry(self, cli):
        lines = cli("formats").out.splitlines()
        assert lines[0].split()[:3] == ["format", "medium", "names"]
        assert [line.split()[0] for line in lines[1:]] == [f.id for f in registry.formats()]

    def test_as_json(self, cli):
        whole = json.loads(cli("formats", "--json").out)
        listed = {each["id"]: each for each in whole["formats"]}
        assert listed["png"]["homes"][0] == "png.xmp"
        assert listed["png"]["writes_implicit"]
        assert not listed["plaintext"]["writes_implicit"]
        assert listed["srt"]["advice"].startswith("ask for the explicit label")
        assert listed["plaintext"]["perceives_explicit"]


class TestRules:
    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_the_list(self, cli, lang):
        out = cli("rules", "--lang", lang).out
        for rule in rules.all_rules():
            assert rule.id in out
            assert rule.title.in_(lang) in out
        assert ("《标识办法》第六条" in out) == (lang == "zh")

    def test_a_page(self, cli):
        out = cli("rules", "implicit.missing", "file.empty").out
        assert out.startswith("# implicit.missing: ")
        assert "\n# file.empty: " in out
        assert "**To mend:**" in out

    def test_as_json(self, cli):
        whole = json.loads(cli("rules", "--json").out)
        assert [each["id"] for each in whole["rules"]] == [rule.id for rule in rules.all_rules()]
        (one,) = json.loads(cli("rules", "--json", "file.empty").out)["rules"]
        assert one["level"] == "error"


class TestProfiles:
    def test_the_list(self, cli):
        lines = cli("profiles").out.splitlines()
        assert [line.split()[0] for line in lines[1:]] == list(profile.names())

    def test_one(self, cli):
        out = cli("profiles", "gb45438").out
        assert out.startswith("# gb45438: ")
        assert "A file fails from level error on (gb45438)." in out
        assert "implicit.missing " in out

    def test_as_json(self, cli):
        (one,) = json.loads(cli("profiles", "--json", "gb45438").out)["profiles"]
        assert one["rules"]["implicit.missing"] == "error"

    def test_ones_own_without_a_description(self, cli, tmp_path):
        (tmp_path / "p.toml").write_text('id = "p"\n[rules]\n"file.empty" = "note"')
        lines = cli("profiles", "show", "./p.toml").out.splitlines()
        assert "A file fails from level error on." in lines
        rows = {line.split()[0]: line.split()[1:] for line in lines if "." in line.split(" ")[0]}
        assert rows["file.empty"] == ["note", "practice", "p:", "file.empty"]
        assert rows["file.limit"] == ["off", "practice", "not", "named"]

    def test_where_each_value_comes_from(self, cli, tmp_path):
        (tmp_path / "base.toml").write_text(
            'id = "base"\nextends = "gb45438-platform"\npropagator = "Desk"\n'
            '[homes]\nepub = true\n[rules]\n"implicit.charset" = "error"\n'
        )
        (tmp_path / "ours.toml").write_text(
            'extends = "base.toml"\nfail_on = "warning"\n[rules]\n"explicit.*" = "note"\n'
        )
        out = cli("profiles", "show", "./ours.toml").out
        assert "A file fails from level warning on (ours)." in out
        assert "Outgoing labels bear the elements of Desk (base)." in out
        assert "in epub, a label in ours is its home (base)" in out
        assert "in *, a label in ours is noted (gb45438)" in out
        rows = {line.split()[0]: " ".join(line.split()[1:]) for line in out.splitlines() if line}
        assert rows["implicit.charset"] == "error shall base: implicit.charset"
        assert rows["explicit.missing"] == "note shall ours: explicit.*"
        assert rows["file.empty"] == "error practice gb45438: file.* its own"
        stale = "gb45438-platform: implicit.propagator-stale"
        assert rows["implicit.propagator-stale"] == f"warning shall {stale} its own"
        (one,) = json.loads(cli("profiles", "show", "--json", "./ours.toml").out)["profiles"]
        assert (one["propagator"], one["origins"]["fail_on"]) == ("Desk", "ours")
        assert one["homes"] == {"*": False, "epub": True}

    def test_a_format_that_is_none_is_refused_with_the_nearest(self, cli, tmp_path):
        (tmp_path / "p.toml").write_text('extends = "gb45438"\n[homes]\nepb = true\n')
        done = cli("profiles", "show", "./p.toml")
        assert done.code == 2
        assert "no format is called 'epb'; did you mean 'epub'?" in done.err


def test_columns_align_under_chinese():
    assert terminal.table(("a", "b"), [("图片", "x"), ("abc", "y\x1b")]) == (
        "a     b\n图片  x\nabc   y\\u001b\n"
    )


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LC_ALL": "C", "LANG": "zh_CN"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "ZH_TW"}, "zh"),
    ],
)
def test_the_language_is_the_locales(environment, lang):
    assert terminal.language(environment) == lang
