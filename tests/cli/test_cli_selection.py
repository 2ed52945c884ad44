"""Which files a run takes: the ignore file, their age, and paths from standard input."""

from __future__ import annotations

import io
import json
import os
import sys
import time

import pytest

from aigc_label.cli import selection


@pytest.fixture
def typed(monkeypatch):
    """Put bytes on standard input."""

    def type_(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return type_


@pytest.fixture
def tree(tmp_path, sample):
    """Four pictures below a folder that is not the working directory."""
    data = sample("picture.jpg").read_bytes()
    for name in ("a.jpg", "b.jpg", "drafts/c.jpg", "deep/drafts/d.jpg"):
        path = tmp_path / "media" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "media"


def checked(cli, *argv):
    done = cli("check", "-r", "--no-explicit", "--exit-zero", "--output-format", "json", *argv)
    assert done.code == 0, done.err
    paths = [report["path"] for report in json.loads(done.out)["reports"]]
    return [path.replace("media/", "", 1) for path in paths], done.err


@pytest.mark.usefixtures("tree")
class TestIgnoring:
    @pytest.mark.parametrize(
        ("patterns", "left"),
        [
            ("", ["a.jpg", "b.jpg", "deep/drafts/d.jpg", "drafts/c.jpg"]),
            ("# a remark\n\ndrafts/\n", ["a.jpg", "b.jpg"]),
            ("/media/drafts\n", ["a.jpg", "b.jpg", "deep/drafts/d.jpg"]),
            ("*.jpg\n!b.jpg\n", ["b.jpg"]),
            ("media/**/d.*\n", ["a.jpg", "b.jpg", "drafts/c.jpg"]),
        ],
    )
    def test_patterns_are_those_of_git(self, cli, tmp_path, patterns, left):
        (tmp_path / ".aigc-label-ignore").write_text(patterns)
        found, said = checked(cli, "media")
        assert found == left
        assert ("left out" in said) == (len(left) < 4)

    def test_a_file_that_is_named_is_looked_at(self, cli, tmp_path):
        (tmp_path / ".aigc-label-ignore").write_text("*.jpg\n")
        assert checked(cli, "media/a.jpg")[0] == ["a.jpg"]

    def test_it_can_be_switched_off(self, cli, tmp_path):
        (tmp_path / ".aigc-label-ignore").write_text("*.jpg\n")
        assert len(checked(cli, "--no-ignore", "media")[0]) == 4

    def test_a_folder_that_is_checked_cannot_hide_its_files(self, cli, tree):
        (tree / ".aigc-label-ignore").write_text("*\n")
        assert len(checked(cli, "media")[0]) == 4

    def test_what_stands_outside_its_folder_is_not_its_business(self, cli, tmp_path, monkeypatch):
        (tmp_path / "work").mkdir()
        monkeypatch.chdir(tmp_path / "work")
        (tmp_path / "work" / ".aigc-label-ignore").write_text("*.jpg\n")
        assert len(checked(cli, "../media")[0]) == 4

    def test_one_that_is_no_text_is_told(self, cli, tmp_path):
        (tmp_path / ".aigc-label-ignore").write_bytes(b"\xff\xfe\xff")
        done = cli("check", "-r", "media")
        assert done.code == 2
        assert ".aigc-label-ignore" in done.err

    def test_labelling_obeys_it_too(self, cli, tmp_path, tree):
        (tmp_path / ".aigc-label-ignore").write_text("drafts/\n")
        before = (tree / "drafts/c.jpg").read_bytes()
        done = cli("label", "--producer", "P", "--no-explicit", "-r", "media", "--in-place")
        assert done.code == 0
        assert "left out 2 of" in done.err
        assert (tree / "drafts/c.jpg").read_bytes() == before
        assert (tree / "a.jpg").read_bytes() != before


class TestAge:
    def test_only_what_changed_since(self, cli, tree):
        old = time.time() - 3 * 86_400
        os.utime(tree / "a.jpg", (old, old))
        assert "a.jpg" not in checked(cli, "--since", "2d", "media")[0]
        assert "a.jpg" in checked(cli, "--since", "4d", "media")[0]

    @pytest.mark.parametrize(
        ("text", "seconds"), [("90s", 90), ("5m", 300), ("36h", 129_600), ("2w", 1_209_600)]
    )
    def test_ages(self, text, seconds):
        assert selection.since(text, now=10_000_000) == 10_000_000 - seconds

    def test_dates(self):
        assert selection.since("2026-11-01T08:00:00+00:00") == 1_793_520_000

    @pytest.mark.parametrize("text", ["yesterday", "5", "-3d", "2026-13-01", ""])
    def test_anything_else_is_told(self, cli, text):
        done = cli("check", f"--since={text}", "x.png")
        assert done.code == 2
        assert "neither a date" in done.err


@pytest.mark.usefixtures("tree")
class TestPathsOnStandardInput:
    def test_they_are_taken(self, cli, typed):
        typed(b"media/b.jpg\0media/a.jpg\0")
        assert checked(cli, "--stdin-paths0")[0] == ["b.jpg", "a.jpg"]

    @pytest.mark.parametrize(("given", "argv"), [(b"", []), (b"\0", []), (b"a\0", ["media/a.jpg"])])
    def test_none_or_two_kinds_are_refused(self, cli, typed, given, argv):
        typed(given)
        assert cli("check", "--stdin-paths0", *argv).code == 2


class TestAFileOnStandardInput:
    def test_it_is_told_by_its_bytes(self, cli, typed, sample):
        typed(sample("picture.jpg").read_bytes())
        done = cli("check", "-", "--no-explicit", "--output-format", "json")
        (report,) = json.loads(done.out)["reports"]
        assert done.code == 1
        assert (report["path"], report["format"]) == ("<stdin>", "jpeg")

    def test_text_is_told_by_the_name_given(self, cli, typed):
        typed("AI生成\n\n你好。\n".encode())
        done = cli("check", "-", "--stdin-name", "answer.txt", "--exit-zero")
        assert done.code == 0
        assert "answer.txt" in done.out

    def test_what_is_nothing_fails(self, cli, typed):
        typed(b"")
        assert cli("check", "-").code == 1
