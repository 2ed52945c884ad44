"""The bar of a film that is encoded: percent and time left on a terminal, else nothing."""

from __future__ import annotations

import io
import os
import sys

import pytest
from test_cli_terminal import CONTROL, at_terminal  # noqa: F401 - a fixture

from aigc_label import advance
from aigc_label.cli import main, progress
from mp4_samples import H264, PICTURE, film

ARGS = ("label", "--producer", "P", "--span", "full", "--in-place")


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(progress, "_DELAY", 0)


@pytest.fixture
def clip(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clip.mp4").write_bytes(film(*PICTURE, *H264, name="bar.mp4"))
    return "clip.mp4"


@pytest.mark.usefixtures("at_once")
def test_one_film_has_a_bar_with_percent(at_terminal, clip):  # noqa: F811 - the fixture
    code, out, screen = at_terminal(*ARGS, clip, both=False)
    assert code == 0
    assert out.startswith("labelled clip.mp4")
    assert "encoding" in CONTROL.sub("", screen)
    assert "/1" not in CONTROL.sub("", screen)
    assert advance.listener() is None


@pytest.mark.usefixtures("at_once")
def test_films_one_after_another_have_both_bars(at_terminal, clip, tmp_path):  # noqa: F811 - as above
    (tmp_path / "again.mp4").write_bytes((tmp_path / clip).read_bytes())
    code, _, screen = at_terminal(*ARGS, "-j", "1", clip, "again.mp4", both=False)
    assert code == 0
    plain = CONTROL.sub("", screen)
    assert "encoding" in plain
    assert "1/2" in plain


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("option", ["-q", "--no-progress"])
def test_no_bar_where_none_is_wanted(at_terminal, clip, option):  # noqa: F811 - as above
    _, _, screen = at_terminal(*ARGS, option, clip, both=False)
    assert "encoding" not in screen


@pytest.mark.usefixtures("at_once")
def test_nothing_is_told_where_nobody_watches(clip, capsys):
    assert main([*ARGS, clip]) == 0
    assert "encoding" not in capsys.readouterr().err


class _Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_copy_in_another_process_draws_nothing(monkeypatch, at_once):  # noqa: ARG001 - as above
    monkeypatch.setattr(sys, "stderr", _Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with progress.Bar(1) as bar:
        told = advance.listener()
        monkeypatch.setattr(os, "getpid", lambda: -1)
        told(1, 4)
        bar.out("")
    assert sys.stderr.getvalue() == ""


def test_a_second_part_begins_at_its_own_start(monkeypatch, at_once):  # noqa: ARG001 - as above
    monkeypatch.setattr(sys, "stderr", _Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with progress.Bar(1):
        told = advance.listener()
        told(4, 4)
        told(1, 4)
    assert " 25 %" in CONTROL.sub("", sys.stderr.getvalue())


def test_what_is_over_soon_needs_no_bar(monkeypatch):
    monkeypatch.setattr(sys, "stderr", _Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with progress.Bar(1):
        advance.listener()(1, 4)
    assert sys.stderr.getvalue() == ""
