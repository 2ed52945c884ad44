"""Words over films: which, where, from when to when; films made by ffmpeg from drawn plates."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

import aigc_label
from aigc_label import ffmpeg, registry
from aigc_label.asset import open_asset
from aigc_label.contract import Unseen
from aigc_label.detect.sight import frames
from aigc_label.errors import Malformed

FONT = Path(__file__).parents[2] / "src/aigc_label/fonts/AIGCLabelSans.otf"
RATE = 25


def plate(folder: Path, size: tuple[int, int], text: str = "AI生成", ratio: float = 0.08) -> Path:
    """A transparent picture with words on a plate in the upper left corner."""
    font = ImageFont.truetype(str(FONT), round(ratio * min(size) / 0.92))
    picture = Image.new("RGBA", size)
    draw = ImageDraw.Draw(picture)
    box = draw.textbbox((24, 22), text, font=font)
    draw.rounded_rectangle((box[0] - 8, box[1] - 8, box[2] + 8, box[3] + 8), 6, (20, 20, 20, 255))
    draw.text((24, 22), text, fill="white", font=font)
    picture.save(path := folder / "plate.png")
    return path


def film(folder: Path, shown: str, *options: str, seconds: float = 4, name="film.mp4") -> Path:
    """A moving test picture with the plate where ``shown``, an expression of ``t``, is true."""
    size = (480, 360)
    words = plate(folder, size)
    ffmpeg.run(
        [
            *("-f", "lavfi", "-i", f"testsrc2=s=480x360:r={RATE}", "-i", ffmpeg.url(words)),
            *("-filter_complex", f"[0][1]overlay=enable='{shown}'", "-t", str(seconds)),
            *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", *options),
            *("-y", ffmpeg.url(folder / name)),
        ]
    )
    return folder / name


def look(path: Path):
    with open_asset(path) as asset:
        (detector,) = registry.detectors_for(registry.identify(asset).id)
        return list(detector.look(asset))


@pytest.mark.parametrize(("until", "lasts"), [(1.2, 1.2), (2.0, 2.0), (3.4, 3.4)])
def test_how_long_words_stand(tmp_path, until, lasts):
    (mark,) = look(film(tmp_path, f"lt(t,{until})"))
    assert mark.text == "AI生成"
    assert mark.place == "top-left"
    assert mark.ratio == pytest.approx(0.08, rel=0.1)
    assert mark.at[0] == 0
    assert mark.at[1] == pytest.approx(lasts, abs=2 / RATE)


def test_words_throughout(tmp_path):
    (mark,) = look(film(tmp_path, "1"))
    assert mark.at == (0, pytest.approx(4, abs=0.2))


def test_words_that_come_later(tmp_path):
    (mark,) = look(film(tmp_path, "between(t,0.8,3.2)"))
    assert mark.at == (pytest.approx(0.8, abs=0.1), pytest.approx(3.2, abs=0.1))
    report = aigc_label.check(tmp_path / "film.mp4", only="explicit")
    assert "explicit.position" in {found.rule for found in report.findings}


def test_words_that_fade_away(tmp_path):
    words = plate(tmp_path, (480, 360))
    graph = "[1]format=rgba,fade=out:st=2:d=1:alpha=1[w];[0][w]overlay"
    ffmpeg.run(
        [
            *("-f", "lavfi", "-i", f"testsrc2=s=480x360:r={RATE}", "-loop", "1", "-i"),
            *(ffmpeg.url(words), "-filter_complex", graph, "-t", "4", "-c:v", "libx264"),
            *("-preset", "ultrafast", "-pix_fmt", "yuv420p", "-y", ffmpeg.url(tmp_path / "f.mp4")),
        ]
    )
    (mark,) = look(tmp_path / "f.mp4")
    assert 2.0 <= mark.at[1] <= 3.0


def test_words_of_the_middle_of_a_longer_film_are_no_start(tmp_path):
    path = film(tmp_path, "gt(t,7)", seconds=10)
    (mark,) = look(path)
    assert mark.at[0] >= 6
    rules = {found.rule for found in aigc_label.check(path, only="explicit").findings}
    assert "explicit.position" in rules


@pytest.mark.parametrize("name", ["film.mov", "film.mkv", "film.avi", "film.flv", "film.ts"])
def test_other_containers(tmp_path, name):
    (mark,) = look(film(tmp_path, "1", seconds=2.5, name=name))
    assert mark.at[0] == 0
    assert mark.at[1] == pytest.approx(2.5, abs=0.2)


def test_a_turned_film_is_seen_as_displayed(tmp_path):
    data = bytearray(film(tmp_path, "1", seconds=2.2).read_bytes())
    at = data.index(b"tkhd") + 4 + 40  # the display matrix
    data[at : at + 36] = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    turned = tmp_path / "turned.mp4"
    turned.write_bytes(data)
    film_ = frames.probe(turned)
    assert film_.shown == (360, 480)
    frame = next(frames.played(film_, 0, 0.1))
    assert frame.pixels.shape == (480, 360, 3)


def test_a_film_in_memory(tmp_path):
    data = film(tmp_path, "lt(t,2.4)").read_bytes()
    report = aigc_label.check(data, name="a.mp4", only="explicit")
    assert [f.rule for f in report.findings if f.rule.startswith("explicit.")] == []


def test_words_too_short_are_an_error(tmp_path):
    report = aigc_label.check(film(tmp_path, "lt(t,1.5)"), only="explicit")
    rules = [f.rule for f in report.findings if f.rule.startswith("explicit.")]
    assert rules == ["explicit.duration"]


def test_words_throughout_a_longer_film(tmp_path):
    (mark,) = look(film(tmp_path, "1", seconds=8))
    assert mark.at == (0, pytest.approx(8, abs=0.1))
    assert mark.extent == pytest.approx(8, abs=0.1)


def test_words_of_the_last_second_alone_are_found_and_come_too_late(tmp_path):
    report = aigc_label.check(film(tmp_path, "gt(t,8.9)", seconds=10), only="explicit")
    assert [mark.text for mark in report.inspection.marks] == ["AI生成"]
    assert "explicit.position" in {found.rule for found in report.findings}


@pytest.mark.parametrize("seconds", [0.6, 1.4, 2.0])
def test_words_over_the_whole_of_a_short_film(tmp_path, seconds):
    report = aigc_label.check(film(tmp_path, "1", seconds=seconds), only="explicit")
    (mark,) = report.inspection.marks
    assert mark.at == (0, pytest.approx(seconds, abs=1 / RATE))
    assert mark.extent == pytest.approx(seconds, abs=0.05)
    told = [(f.rule, f.kind) for f in report.findings if f.rule.startswith("explicit.")]
    assert told == ([("explicit.duration", "informational")] if seconds < 2 else [])
    assert report.ok is True


def test_words_over_a_part_of_a_short_film_are_too_short(tmp_path):
    report = aigc_label.check(film(tmp_path, "lt(t,1)", seconds=1.6), only="explicit")
    assert [f.rule for f in report.findings if f.level == "error"] == ["explicit.duration"]


def test_one_picture_that_stands(tmp_path):
    words = plate(tmp_path, (480, 360), ratio=0.1)
    ffmpeg.run(
        [
            *("-f", "lavfi", "-i", "color=gray:s=480x360:r=1/5:d=5", "-i", ffmpeg.url(words)),
            *("-filter_complex", "[0][1]overlay", "-frames:v", "1", "-c:v", "libx264"),
            *("-pix_fmt", "yuv420p", "-y", ffmpeg.url(path := tmp_path / "still.mp4")),
        ]
    )
    (mark,) = look(path)
    assert mark.at == (0, pytest.approx(5, abs=0.1))


def test_no_words(tmp_path):
    assert look(film(tmp_path, "0")) == []


def test_a_file_without_a_picture(tmp_path):
    ffmpeg.run(["-f", "lavfi", "-i", "sine=d=1", "-y", ffmpeg.url(path := tmp_path / "a.mp4")])
    with pytest.raises(Unseen, match="no picture"):
        frames.probe(path)
    report = aigc_label.check(path, only="explicit")
    (found,) = (f for f in report.findings if f.rule.startswith("explicit."))
    assert (found.rule, found.kind) == ("explicit.open", "open")
    assert "no rhythm is heard" in found.message  # a sound alone is listened to


def test_the_sound_mark_of_a_file_without_a_picture(tmp_path):
    path, out = tmp_path / "a.mp4", tmp_path / "b.mp4"
    ffmpeg.run(["-f", "lavfi", "-i", "anoisesrc=d=4:a=0.1:c=pink", "-y", ffmpeg.url(path)])
    implicit = aigc_label.ImplicitLabel(content_producer="x", produce_id="1")
    aigc_label.label(path, implicit, explicit=aigc_label.ExplicitLabel(), to=out)
    report = aigc_label.check(out)
    assert report.ok, report.findings
    assert [mark.kind for mark in report.inspection.marks] == ["rhythm"]


def test_a_film_cut_short(tmp_path):
    path = film(tmp_path, "1", "-movflags", "+faststart")
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises((Malformed, Unseen)):
        list(frames.played(frames.probe(path), 0, 1))
