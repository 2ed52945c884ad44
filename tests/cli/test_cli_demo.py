"""The demonstration: four media, before and after, and a page that stands alone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from aigc_label import check, read
from aigc_label.cli.demo import PRODUCER

NAMES = ("film.mp4", "melody.mp3", "picture.jpg", "poem.md")


@pytest.fixture
def demo(cli, tmp_path):
    return cli("demo"), tmp_path / "aigc-label-demo"


def test_every_sample_fails_before_and_passes_after(demo):
    done, folder = demo
    assert (done.code, done.err) == (0, "")
    for name, line in zip(NAMES, done.out.splitlines()[1:5], strict=True):
        assert line.startswith(f"{name} ")
        assert "failed: implicit.missing" in line
        assert line.endswith("  ok")
        assert not check(folder / "before" / name).ok
        assert check(folder / "after" / name).ok
        (label,) = read(folder / "after" / name).labels
        assert label.fields["ContentProducer"] == PRODUCER
    assert "4 of 4 files pass the check; see aigc-label-demo/report.html" in done.out


def test_the_page_shows_each_file_twice_and_loads_nothing(demo):
    _, folder = demo
    page = (folder / "report.html").read_text("utf-8")
    assert page.count("data:image/jpeg;base64,") == 2
    assert page.count("data:audio/mpeg;base64,") == 2
    assert page.count("data:video/mp4;base64,") == 2
    assert "湖边的清晨" in page
    assert "http" not in page.replace('http-equiv="', "")


@pytest.mark.usefixtures("demo")
def test_again_over_its_own_results_and_in_chinese(cli, tmp_path):
    done = cli("demo", tmp_path / "aigc-label-demo", "--lang", "zh")
    assert done.code == 0
    assert 'lang="zh-CN"' in (tmp_path / "aigc-label-demo" / "report.html").read_text("utf-8")


def test_a_folder_with_other_files_is_left_alone(cli, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("mine")
    done = cli("demo", "mine")
    assert done.code == 2
    assert "mine holds other files" in done.err
    assert os.listdir(tmp_path / "mine") == ["diary.txt"]
    done = cli("demo", "mine/diary.txt")
    assert (done.code, done.err) == (
        2,
        "aigc-label: mine/diary.txt is no folder; give a new or an empty one\n",
    )


def test_what_nobody_could_look_at_is_counted(cli, monkeypatch):
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    assert "4 of 4 files pass the check, 2 not fully looked at; see" in cli("demo").out


def test_without_ffmpeg_it_says_what_to_do(cli, monkeypatch):
    monkeypatch.setenv("AIGC_LABEL_FFMPEG", "/nowhere/ffmpeg")
    done = cli("demo")
    assert done.code == 2
    assert "AIGC_LABEL_FFMPEG names '/nowhere/ffmpeg'" in done.err


@pytest.mark.foreign("exiftool", "ffprobe", "chromium")
def test_foreign_eyes_see_the_labels(demo):
    _, folder = demo

    def said(*argv):
        return subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60).stdout

    for name in ("film.mp4", "melody.mp3", "picture.jpg"):
        assert PRODUCER in said("exiftool", str(folder / "after" / name))
        assert PRODUCER not in said("exiftool", str(folder / "before" / name))
    for name in ("film.mp4", "melody.mp3"):
        assert PRODUCER in said("ffprobe", "-v", "error", "-show_format", folder / "after" / name)
    page = said(
        *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"),
        f"file://{folder / 'report.html'}",
    )
    assert page.count("<video") == page.count("<img") == page.count("<audio") == 2
