"""Detectors of other packages, installed for real: found, asked, and contained when broken."""

from __future__ import annotations

import sys

import pytest

import aigc_label
from aigc_label import ffmpeg, registry

GOOD = """
from aigc_label.contract import Detector, Unseen
from aigc_label.model import FoundMark

def look(asset):
    said = {said!r}
    if said is None:
        raise Unseen("too faint")
    if said:
        yield FoundMark(kind="voice", text=said, place="start", at=(0.0, 2.0))

DETECTOR = Detector(id="speech", formats=("wav", "bmp"), look=look, is_slow=True)
"""
HEAD = "from aigc_label.contract import Detector\n"
DETECTOR = 'DETECTOR = Detector(id="speech", formats=("wav",), look=look)\n'


@pytest.fixture
def install(tmp_path_factory, monkeypatch):
    """Install a distribution with one module and one entry point."""
    home = tmp_path_factory.mktemp("site")
    monkeypatch.syspath_prepend(home)
    monkeypatch.delitem(sys.modules, "my_speech", raising=False)

    def put(module: str) -> None:
        (home / "my_speech.py").write_text(module)
        info = home / "my_speech-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-speech\nVersion: 1.0\n")
        points = "[aigc_label.detectors]\nspeech = my_speech:DETECTOR\n"
        (info / "entry_points.txt").write_text(points)
        registry._offered.cache_clear()

    yield put
    registry._offered.cache_clear()
    sys.modules.pop("my_speech", None)


@pytest.fixture
def noise(tmp_path):
    source = "anoisesrc=c=pink:a=0.3:d=2"
    ffmpeg.run(["-f", "lavfi", "-i", source, ffmpeg.url(path := tmp_path / "a.wav")])
    return path


def explicit(path):
    report = aigc_label.check(path, only="explicit")
    return report, [f for f in report.findings if f.rule.startswith("explicit.")]


def test_a_voice_that_a_plugin_understands(install, noise):
    install(GOOD.format(said="本内容由人工智能生成"))
    report, findings = explicit(noise)
    (mark,) = report.inspection.marks
    assert (mark.kind, mark.text, findings) == ("voice", "本内容由人工智能生成", [])


def test_what_it_hears_is_judged_by_the_wording_rule(install, noise):
    install(GOOD.format(said="虚拟主播为您播报"))
    assert "explicit.wording" in {found.rule for found in explicit(noise)[1]}


def test_a_plugin_that_hears_no_mark_says_that_there_is_none(install, noise):
    install(GOOD.format(said=""))
    report, (found,) = explicit(noise)
    assert (found.rule, report.inspection.marks) == ("explicit.missing", ())


def test_a_plugin_that_cannot_tell_leaves_it_open(install, noise):
    install(GOOD.format(said=None))
    (found,) = explicit(noise)[1]
    assert (found.rule, found.kind) == ("explicit.open", "open")


def test_it_is_not_asked_where_a_mark_is_found(install, tmp_path):
    install("raise SystemError")
    path = tmp_path / "a.txt"
    path.write_text("AI生成\n\n" + "这是一段文字。" * 20)
    assert explicit(path)[1] == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("1 / 0", "the detector 'speech' cannot be loaded: ZeroDivisionError: division by zero; "),
        ("DETECTOR = 5", "the detector 'speech' is of type int, no Detector; "),
        (HEAD + "look = lambda asset: 1 // 0\n" + DETECTOR, "'speech' is broken: ZeroDivision"),
        (HEAD + "look = lambda asset: [5]\n" + DETECTOR, "it yields int, no FoundMark"),
        (HEAD + "def look(asset):\n    raise ValueError('a\\nb')\n" + DETECTOR, "a b"),
    ],
)
def test_a_broken_plugin_is_one_line_and_no_pass(install, noise, module, line):
    install(module)
    (found,) = explicit(noise)[1]
    assert (found.rule, found.kind) == ("explicit.open", "open")
    assert line in found.message
    assert "\n" not in found.message
