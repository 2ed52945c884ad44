"""Paths that are no files, outputs that must not be replaced, and files that take no label."""

from __future__ import annotations

import os
import stat

import pytest

from aigc_label.cli import main

IMPLICIT = ("label", "--producer", "P", "--no-explicit")


def test_a_pipe_is_not_called_damaged(cli, tmp_path):
    os.mkfifo(tmp_path / "fifo.png")
    done = cli("check", "fifo.png", "--no-explicit")
    assert done.code == 1
    assert "[file.unreadable] the file cannot be read: it is a pipe" in done.out
    assert "damaged" not in done.out
    done = cli(*IMPLICIT, "fifo.png", "--in-place")
    assert done.code == 1
    assert done.err == (
        "aigc-label: fifo.png: it is a pipe, which can be read only once; save what comes out of "
        "it as a file\n"
    )


def test_what_cannot_be_opened_has_no_size(cli):
    done = cli("show", "missing.png")
    assert (done.code, done.out) == (1, "missing.png: not read\n")
    assert done.err.startswith("aigc-label: missing.png: no such file")


@pytest.mark.parametrize("argv", [("-o", "fifo.jpg"), ("--output-dir", "out")])
def test_a_pipe_is_not_replaced_by_a_result(cli, sample, tmp_path, argv):
    """As root, a rename would put a file in the place of /dev/null."""
    sample("picture.jpg", to="in/fifo.jpg")
    sample("picture.jpg", to="in/other.jpg")
    (tmp_path / "out").mkdir()
    pipe = tmp_path / ("fifo.jpg" if argv[0] == "-o" else "out/fifo.jpg")
    os.mkfifo(pipe)
    sources = ["in/fifo.jpg"] if argv[0] == "-o" else ["in/fifo.jpg", "in/other.jpg"]
    done = cli(*IMPLICIT, *sources, *argv, "--force")
    assert done.code == (2 if argv[0] == "-o" else 1)
    assert "no file that a result may replace" in done.err or "is a device, a pipe" in done.err
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert not list(tmp_path.rglob("*.aigc-label-part"))


def test_outputs_that_cannot_be_say_which_and_why(cli, sample, tmp_path):
    sample("picture.jpg")
    (tmp_path / "file").write_text("x")
    assert "the output has no name" in cli(*IMPLICIT, "picture.jpg", "-o", "").err
    done = cli(*IMPLICIT, "picture.jpg", "-o", "file/x.jpg")
    assert (done.code, done.err) == (1, "aigc-label: picture.jpg: file: is not a folder\n")
    done = cli(*IMPLICIT, "picture.jpg", "-o", "/proc/x.jpg")
    assert done.code == 1
    assert "/proc/x.jpg: " in done.err
    assert "part" not in done.err


def test_what_needed_no_change_still_says_where_it_went(cli, sample, tmp_path):
    sample("picture.jpg")
    assert cli(*IMPLICIT, "picture.jpg", "-o", "a.jpg").code == 0
    done = cli(*IMPLICIT, "a.jpg", "-o", "b.jpg")
    assert done.out == "unchanged a.jpg -> b.jpg: it already bears all of it\n"
    assert (tmp_path / "b.jpg").read_bytes() == (tmp_path / "a.jpg").read_bytes()


class TestFormatsWithoutAPlace:
    def test_below_a_folder_they_are_skipped_and_counted(self, cli, sample, tmp_path):
        sample("poem.md", to="in/a.md")
        for name in ("b.txt", "c.txt"):
            (tmp_path / "in" / name).write_text("Some words.\n")
        done = cli(*IMPLICIT, "-r", "in", "--in-place")
        assert done.code == 0
        assert done.err == (
            "aigc-label: 3 files: 1 labelled, 2 skipped (formats without a place for an implicit "
            "label)\n"
        )
        done = cli("propagate", "--propagator", "Q", "-r", "in", "--in-place")
        assert done.code == 0
        assert "2 skipped" in done.err

    def test_nothing_else_below_is_no_success(self, cli, tmp_path):
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "b.txt").write_text("Some words.\n")
        done = cli(*IMPLICIT, "-r", "in", "--in-place")
        assert done.code == 2
        assert "no file to work on below in; 1 skipped (formats without" in done.err

    def test_named_they_fail(self, cli, tmp_path):
        (tmp_path / "b.txt").write_text("Some words.\n")
        done = cli(*IMPLICIT, "b.txt", "--in-place")
        assert done.code == 1
        assert "plaintext has no place for an implicit label" in done.err

    def test_the_same_note_is_told_once_and_counted(self, cli, tmp_path):
        for name in ("a.txt", "b.txt", "c.txt"):
            (tmp_path / name).write_text("Some words.\n")
        done = cli("label", "--producer", "P", "a.txt", "b.txt", "c.txt", "--in-place")
        assert done.code == 0
        note = "plaintext has no place for an implicit label; it bears the explicit one"
        assert done.err.splitlines() == [
            f"aigc-label: a.txt: note: {note}",
            f"aigc-label: the same for 2 more: {note}",
            "aigc-label: 3 files: 3 labelled",
        ]


class TestDataFiles:
    """JSON below a folder is rarely the content that a run is about."""

    def test_label_leaves_them_alone_unless_they_are_named(self, tmp_path, capsys):
        (tmp_path / "in").mkdir()
        data = tmp_path / "in/settings.json"
        data.write_bytes(b'{"a": 1}\n')
        (tmp_path / "in/a.md").write_text("words\n", "utf-8")
        line = ["label", "--producer", "P", "--no-explicit", "--in-place"]
        assert main([*line, "-r", str(tmp_path / "in")]) == 0
        assert "left 1 data file alone" in capsys.readouterr().err
        assert data.read_bytes() == b'{"a": 1}\n'
        assert main([*line, str(data)]) == 0
        assert b"ContentProducer" in data.read_bytes()

    def test_check_tells_of_them_only_when_they_bear_a_label(self, tmp_path, capsys):
        (tmp_path / "settings.json").write_bytes(b'{"a": 1}\n')
        (tmp_path / "a.md").write_text("words\n", "utf-8")
        made = tmp_path / "made.json"
        made.write_bytes(b'{"AIGC": {"Label": "1", "ContentProducer": "P", "ProduceID": "1"}}')
        line = ["check", "--no-explicit", "--exit-zero", "--output-format", "jsonl"]
        assert main([*line, "-r", str(tmp_path)]) == 0
        told = capsys.readouterr()
        assert "made.json" in told.out
        assert "settings.json" not in told.out
        assert "skipped 1 data file without a label" in told.err
        assert main([*line, str(tmp_path / "settings.json")]) == 0
        assert "implicit.missing" in capsys.readouterr().out
