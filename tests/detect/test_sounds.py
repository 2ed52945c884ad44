"""Marks in sounds, heard: ours, and rhythms that ffmpeg has made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import aigc_label
from aigc_label import ExplicitLabel, ImplicitLabel, Sound, ffmpeg
from aigc_label.contract import Unseen
from aigc_label.detect.hearing import listening
from aigc_label.errors import Malformed

if TYPE_CHECKING:
    from pathlib import Path

MADE = ImplicitLabel(content_producer="P", produce_id="1")
PROGRAMME = "anoisesrc=c=pink:a=0.3:d={}:r=44100,tremolo=f=4:d=0.7"


def programme(folder: Path, name: str, seconds: float = 6, *options: str) -> Path:
    path = folder / name
    ffmpeg.run(["-f", "lavfi", "-i", PROGRAMME.format(seconds), *options, "-y", ffmpeg.url(path)])
    return path


def rhythm(unit: float, pitch: float) -> str:
    """ffmpeg's own: an expression that is on for 1, 3, 1 and 1 units, off for one between."""
    on = [(0, 1), (2, 5), (6, 7), (8, 9)]
    spans = "+".join(f"between(t,{a * unit:.4f},{b * unit:.4f})" for a, b in on)
    return f"aevalsrc='0.3*sin(2*PI*{pitch}*t)*({spans})':d={10 * unit}:s=44100"


def heard(path: Path):
    report = aigc_label.check(path, only="explicit")
    return report.inspection.marks, {
        found.rule: found.kind for found in report.findings if found.rule.startswith("explicit.")
    }


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.m4a", "a.opus", "a.ogg", "a.aiff"])
@pytest.mark.parametrize("place", ["start", "end"])
def test_the_rhythm_of_this_package_is_heard(tmp_path, name, place):
    source = programme(tmp_path, name)
    aigc_label.label(source, MADE, explicit=ExplicitLabel(places=(place,)), to=source)
    (mark,), findings = heard(source)
    assert (mark.kind, mark.place) == ("rhythm", place)
    assert findings == {}
    assert mark.at[1] - mark.at[0] == pytest.approx(1.08, abs=0.1)


@pytest.mark.parametrize("kind", ["voice-zh", "voice-en"])
def test_a_voice_of_the_package_is_heard(tmp_path, kind):
    source = programme(tmp_path, "a.mp3")
    explicit = ExplicitLabel(sound=Sound(kind=kind))
    aigc_label.label(source, MADE, explicit=explicit, to=source)
    (mark,), _ = heard(source)
    assert (mark.kind, mark.place) == ("voice", "start")
    assert mark.text


@pytest.mark.parametrize(("unit", "pitch"), [(0.07, 600), (0.1, 1200), (0.3, 400), (0.15, 2800)])
def test_a_rhythm_that_somebody_else_has_made(tmp_path, unit, pitch):
    path = tmp_path / "a.mp3"
    ffmpeg.run(
        [
            *("-f", "lavfi", "-i", rhythm(unit, pitch), "-f", "lavfi", "-i", PROGRAMME.format(5)),
            *("-filter_complex", "[0][1]concat=n=2:v=0:a=1", "-b:a", "64k", ffmpeg.url(path)),
        ]
    )
    (mark,), findings = heard(path)
    assert (mark.kind, mark.place, findings) == ("rhythm", "start", {})


@pytest.mark.parametrize(
    "source",
    [
        PROGRAMME.format(8),
        "sine=f=880:d=8",
        "aevalsrc='0.4*sin(2*PI*440*t)*lt(mod(t,0.5),0.25)':d=8",
        "aevalsrc=0:d=4",
    ],
)
def test_in_other_sounds_a_voice_may_say_it(tmp_path, source):
    ffmpeg.run(["-f", "lavfi", "-i", source, ffmpeg.url(path := tmp_path / "a.wav")])
    marks, findings = heard(path)
    assert marks is None
    assert findings == {"explicit.open": "open"}


def test_the_middle_and_the_end_of_a_long_sound(tmp_path):
    source = programme(tmp_path, "a.mp3", 90)
    explicit = ExplicitLabel(places=("middle", "end"))
    aigc_label.label(source, MADE, explicit=explicit, to=source)
    marks, _ = heard(source)
    assert [mark.place for mark in marks] == ["middle", "end"]


def test_a_sound_in_memory(tmp_path):
    source = programme(tmp_path, "a.mp3")
    data = aigc_label.label(source, MADE, explicit=ExplicitLabel()).data
    assert aigc_label.check(data, name="a.mp3").ok


def test_reading_does_not_listen_unless_told_to(tmp_path):
    source = programme(tmp_path, "a.wav", 2)
    assert aigc_label.read(source).marks is None
    explicit = ExplicitLabel(places=("end",))
    aigc_label.label(source, None, explicit=explicit, to=source)
    (mark,) = aigc_label.read(source, look=True).marks
    assert mark.place == "end"


def test_what_is_no_sound(tmp_path):
    path = tmp_path / "a.png"
    ffmpeg.run(["-f", "lavfi", "-i", "color=s=8x8:d=1", "-frames:v", "1", ffmpeg.url(path)])
    with pytest.raises(Unseen):
        list(listening.marks(str(path)))


def test_a_sound_that_cannot_be_decoded(tmp_path):
    path = programme(tmp_path, "a.flac", 1)
    data = bytearray(path.read_bytes())
    start = data.index(b"\xff\xf8")
    data[start:] = bytes(len(data) - start)
    path.write_bytes(data)
    with pytest.raises((Malformed, Unseen)):
        list(listening.marks(str(path)))


@pytest.mark.parametrize(
    ("name", "behind", "skipped", "unknown"),
    [
        ("wav/plain/ffmpeg.wav", b"fmt ", 4, b"\x34\x12"),
        ("avi/plain/ffmpeg.avi", b"strf", 20, b"ZZZZ"),
    ],
)
def test_what_ffmpeg_has_no_decoder_for_is_not_damaged(request, name, behind, skipped, unknown):
    data = bytearray((request.config.rootpath / "fixtures" / name).read_bytes())
    at = data.index(behind) + 4 + skipped
    coding = bytes(data[at : at + len(unknown)])
    while at >= 0:
        data[at : at + len(unknown)] = unknown
        at = data.find(coding) if len(coding) == 4 else -1  # a film names it twice
    report = aigc_label.check(bytes(data), name=name, only="explicit")
    (found,) = (one for one in report.findings if one.rule != "implicit.missing")
    assert (found.rule, found.kind) == ("explicit.open", "open")
    assert "no decoder" in found.message
