"""What a person at a terminal sees: a bar while work takes a while, tables, colours."""

from __future__ import annotations

import io
import os
import pty
import re
import threading

import pytest

from aigc_label.cli import main

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


class Screen:
    """A pseudo-terminal, and everything that was written to it."""

    def __init__(self):
        self.ours, self.theirs = pty.openpty()
        self._parts = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        while True:
            try:
                part = os.read(self.ours, 65536)
            except OSError:
                return
            if not part:
                return
            self._parts.append(part)

    def text(self):
        os.close(self.theirs)
        self._reader.join(20)
        os.close(self.ours)
        return b"".join(self._parts).decode()


@pytest.fixture
def at_terminal(monkeypatch):
    """Run with standard error, and standard output if asked, on a terminal."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("NO_COLOR", raising=False)

    def run(*argv, both):
        screen = Screen()
        with (
            os.fdopen(os.dup(screen.theirs), "w", encoding="utf-8") as terminal,
            io.TextIOWrapper(io.BytesIO(), encoding="utf-8") as file,
            monkeypatch.context() as patch,
        ):
            patch.setattr("sys.stderr", terminal)
            patch.setattr("sys.stdout", terminal if both else file)
            code = main(list(argv))
            file.flush()
            out = file.buffer.getvalue().decode()
        return code, out, screen.text()

    return run


@pytest.fixture
def waiting(plugin, tmp_path):  # noqa: ARG001 - installs it
    """Four files of 0.3 seconds each, and one that is over at once."""
    for name in "abcd":
        (tmp_path / f"{name}.trial").write_bytes(b"WAIT")
    (tmp_path / "z.png").touch()
    return [f"{name}.trial" for name in "abcd"] + ["z.png"]


def test_results_on_standard_output_are_not_torn_by_the_bar(at_terminal, waiting):
    code, out, screen = at_terminal("check", "--lang", "en", "-j", "1", *waiting, both=False)
    assert code == 1
    assert "/5" in CONTROL.sub("", screen)
    assert "\x1b" not in out
    assert [line.split()[0] for line in out.splitlines()[:4]] == waiting[:4]


def test_on_one_terminal_results_stand_above_the_bar(at_terminal, waiting):
    code, _, screen = at_terminal("check", "--lang", "en", "-j", "1", *waiting, both=True)
    assert code == 1
    lines = [line.strip() for line in CONTROL.sub("\n", screen).splitlines()]
    for name in waiting:
        assert sum(line.startswith(f"{name}  ") for line in lines) == 1
    assert "/5" in screen


def test_failures_stand_above_the_bar_too(at_terminal, waiting):
    argv = ("label", "--producer", "P", "--no-explicit", "-n", "-j", "1")
    code, _, screen = at_terminal(*argv, *waiting, both=True)
    assert code == 1
    lines = [line.strip() for line in CONTROL.sub("\n", screen).splitlines()]
    assert (
        sum("a.trial has no place" in line or "trial has no place" in line for line in lines) == 4
    )
    assert sum("z.png: the file is empty" in line for line in lines) == 1


@pytest.mark.parametrize("option", ["--no-progress", "-q"])
def test_no_bar_where_none_is_wanted(at_terminal, waiting, option):
    _, _, screen = at_terminal("check", "-j", "1", option, *waiting, both=False)
    assert "/5" not in screen
    assert "\x1b" not in screen


def test_what_is_over_at_once_needs_no_bar(at_terminal, sample):
    sample("picture.jpg", to="a.jpg")
    sample("picture.jpg", to="b.jpg")
    _, out, screen = at_terminal("check", "--no-explicit", "a.jpg", "b.jpg", both=False)
    assert screen == ""
    assert out.startswith("a.jpg")


def test_tables_are_drawn_and_colours_used_on_a_terminal_only(at_terminal, sample, monkeypatch):
    sample("picture.jpg")
    _, _, drawn = at_terminal("formats", both=True)
    assert "─" in drawn
    _, plain, _ = at_terminal("formats", both=False)
    assert "─" not in plain
    _, _, coloured = at_terminal("check", "picture.jpg", both=True)
    assert "\x1b[" in coloured
    monkeypatch.setenv("NO_COLOR", "1")
    _, _, bare = at_terminal("check", "picture.jpg", both=True)
    assert "\x1b" not in bare
