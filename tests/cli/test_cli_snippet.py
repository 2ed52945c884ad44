"""``snippet``: what an application shows, on standard output or in a file."""

from __future__ import annotations

import os

import pytest

from aigc_label import snippet

HINT = "aigc-label: note: English alone does not bear the words that clause 5.6 b asks for"


def test_the_badge_unless_another_kind_is_asked_for(cli):
    done = cli("snippet")
    assert (done.code, done.out, done.err) == (0, snippet("badge"), "")


@pytest.mark.parametrize(
    ("argv", "options"),
    [
        (["--kind", "inline", "--lang", "both"], {"kind": "inline", "lang": "both"}),
        (["--kind", "text", "--text", "由AI合成"], {"kind": "text", "text": "由AI合成"}),
        (["--kind", "terms", "--lang", "en"], {"kind": "terms", "lang": "en"}),
        (["--kind", "state"], {"kind": "state"}),
        (["--state", "suspected"], {"kind": "badge", "state": "suspected"}),
    ],
)
def test_it_prints_what_python_gives(cli, argv, options):
    done = cli("snippet", *argv)
    assert (done.code, done.out, done.err) == (0, snippet(**options), "")


def test_english_alone_is_noted(cli):
    done = cli("snippet", "--kind", "text", "--lang", "en")
    assert (done.code, done.out) == (0, "AI-generated content\n")
    assert done.err.startswith(HINT)


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--kind", "bagde"], "did you mean 'badge'?"),
        (["--state", "likely"], "one of confirmed, possible, suspected"),
        (["--text", "智能创作"], "must hold 人工智能 or AI, and 生成 or 合成"),
        (["--kind", "state", "--text", "AI生成"], "give text or state, not both"),
        (["badge"], "unexpected 'badge'"),
        (["--json"], "no option --json"),
    ],
)
def test_mistakes(cli, argv, told):
    done = cli("snippet", *argv)
    assert (done.code, done.out) == (2, "")
    assert told in done.err


def test_the_help(cli):
    done = cli("snippet", "--help")
    assert done.code == 0
    assert "  terms    a section for the user agreement" in done.out


class TestFiles:
    def test_a_file_and_its_folder(self, cli, tmp_path):
        done = cli("snippet", "--lang", "both", "-o", "new/badge.html")
        assert (done.code, done.out, done.err) == (0, "wrote new/badge.html: badge\n", "")
        written = (tmp_path / "new" / "badge.html").read_bytes()
        assert written.decode("utf-8") == snippet("badge", lang="both")
        assert os.listdir(tmp_path / "new") == ["badge.html"]

    def test_an_existing_file_is_overwritten_with_force_only(self, cli, tmp_path):
        (tmp_path / "a.txt").write_text("mine")
        done = cli("snippet", "--kind", "text", "-o", "a.txt")
        assert (done.code, done.out) == (2, "")
        assert "a.txt exists; choose another output, or overwrite it with --force" in done.err
        assert (tmp_path / "a.txt").read_text() == "mine"
        assert cli("snippet", "--kind", "text", "-o", "a.txt", "--force").code == 0
        assert (tmp_path / "a.txt").read_text("utf-8") == snippet("text")

    @pytest.mark.parametrize(
        ("target", "told"),
        [
            ("", "the output has no name; give -o FILE"),
            (".", "is a folder; name a file in it"),
            ("/dev/null", "is no file that a result may replace"),
            ("file/badge.html", "file: is not a folder"),
        ],
    )
    def test_what_is_no_place_for_it(self, cli, tmp_path, target, told):
        (tmp_path / "file").write_text("mine")
        done = cli("snippet", "-o", target)
        assert (done.code, done.out) == (2, "")
        assert told in done.err
