"""Streams as ffmpeg prints them, and results that lack what the source has."""

from __future__ import annotations

from fractions import Fraction

import pytest

from aigc_label import api, ffmpeg, registry
from aigc_label.asset import open_asset
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.film import restoring, streams
from aigc_label.explicit_label import ExplicitLabel
from aigc_label.model import ImplicitLabel
from mp4_samples import film

SOURCE = ("-f", "lavfi", "-i", "testsrc2=size=160x120:rate=10:duration=0.5")
SOUND = ("-f", "lavfi", "-i", "sine=duration=0.5")
HEAD = "Input #0, mpegts, from 'x':\n  Program 3\n"
PICTURE = (
    "  Stream #0:0[0x100]: Video: h264 (High) ([27][0][0][0] / 0x001B), yuv420p(tv, bt709, "
    "progressive), 720x576 [SAR 64:45 DAR 16:9], 29.97 fps, 29.97 tbr, 90k tbn\n"
)


def surveyed(text, monkeypatch, tmp_path):
    monkeypatch.setattr(ffmpeg, "describe", lambda *_: text)
    return streams.survey(tmp_path / "x", "mpegts")


def test_what_is_printed_is_understood(monkeypatch, tmp_path):
    found = surveyed(HEAD + PICTURE, monkeypatch, tmp_path)
    assert found.shown.id == "0x100"
    look = found.picture
    assert (look.profile, look.tag, look.pixels) == ("High", "[27][0][0][0]", "yuv420p")
    assert (look.size, look.aspect) == ((720, 576), Fraction(64, 45))
    assert look.rate == Fraction(30000, 1001)
    assert look.colours["color_primaries"] == "bt709"


def test_codings_without_a_profile(monkeypatch, tmp_path):
    text = "  Stream #0:0: Video: mpeg4 (XVID / 0x44495658), yuv420p, 320x240, 1k fps, 25 tbn\n"
    look = surveyed(text, monkeypatch, tmp_path).picture
    assert (look.profile, look.tag, look.rate) == ("", "XVID", 25)


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        ("nothing", Malformed, "no stream"),
        (PICTURE + "  Stream #0:1: Data: bin_data ([6][0][0][0] / 0x0006)", CannotCarry, "data"),
        ("  Stream #0:0: Video: h264, none", CannotCarry, "how its picture is coded"),
        (PICTURE + "    Side data:\n      Spherical Mapping: equi", CannotCarry, "Spherical"),
    ],
)
def test_refusals(text, error, reason, monkeypatch, tmp_path):
    with pytest.raises(error, match=reason):
        surveyed(text, monkeypatch, tmp_path)


def test_a_label_that_ffmpeg_does_not_read_comes_back():
    raw = film(*SOURCE, "-c:v", "flv", name="long.flv")
    label = ImplicitLabel(content_producer="m", produce_id="1", reserved_code1="x" * 1500)
    bearing = api.label(raw, label, name="long.flv").data
    new = api.label(bearing, None, explicit=ExplicitLabel(), name="long.flv").data
    fields = [dict(one.fields) for one in api.read(new).labels]
    assert fields == [dict(one.fields) for one in api.read(bearing).labels]
    assert len(fields) == 1


def verified(source, result, kind, container, tmp_path):
    paths = [tmp_path / f"source{kind}", tmp_path / f"result{kind}"]
    for path, raw in zip(paths, (source, result), strict=True):
        path.write_bytes(raw)
    with open_asset(paths[0]) as asset:
        found = streams.survey(paths[0], container)
        restoring.verify(asset, registry.identify(asset), found, paths[1], container)


def test_lost_tags_languages_and_labels_are_refused(tmp_path):
    coded = (*SOURCE, "-c:v", "flv")
    plain = film(*coded, name="plain.flv")
    tagged = film(*coded, "-metadata", "title=words", name="tagged.flv")
    verified(plain, tagged, ".flv", "flv", tmp_path)
    with pytest.raises(CannotCarry, match="title=words"):
        verified(tagged, plain, ".flv", "flv", tmp_path)
    label = ImplicitLabel(content_producer="m", produce_id="1", reserved_code1="x" * 1500)
    bearing = api.label(plain, label, name="plain.flv").data
    with pytest.raises(CannotCarry, match="implicit label"):
        verified(bearing, plain, ".flv", "flv", tmp_path)


def test_other_packet_numbers_are_refused(tmp_path):
    coded = (*SOURCE, *SOUND, "-c:v", "mpeg2video", "-c:a", "mp2")
    one, other = (
        film(*coded, "-mpegts_start_pid", pid, name=f"{pid}.ts") for pid in ("0x100", "0x200")
    )
    with pytest.raises(CannotCarry, match="change its name, number"):
        verified(one, other, ".ts", "mpegts", tmp_path)
