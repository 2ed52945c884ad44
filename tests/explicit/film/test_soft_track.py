"""The words as a subtitle track, as ffmpeg and foreign programs read it; nothing else changes."""

import json
import re
import subprocess

import pytest

from aigc_label import api, ffmpeg
from aigc_label.asset import open_asset
from aigc_label.containers import bmff
from aigc_label.containers.bmff import moving
from aigc_label.contract import Marked
from aigc_label.errors import CannotCarry, Malformed, ReadBackMismatch
from aigc_label.explicit.film import checking, soft_matroska, soft_mp4, soft_track
from aigc_label.explicit_label import ExplicitLabel
from aigc_label.model import FoundMark
from film_samples import AAC, SOUND, SOURCE
from film_samples import H264 as X264
from matroska_samples import OPUS, VP9, film
from mp4_samples import H264, PICTURE
from mp4_samples import film as mp4

SOFT = ExplicitLabel(soft_track=True, seconds=2)
TWICE = ExplicitLabel(soft_track=True, seconds=2, spans=("start", (3, 3.5)))
FILMS = {
    "first.mp4": (*SOURCE, *SOUND, *X264, *AAC, "-movflags", "+faststart"),
    "last.mp4": (*SOURCE, *SOUND, *X264, *AAC),
    "late.mp4": ("-itsoffset", "0.5", *SOURCE, *SOUND, *X264, *AAC, "-fps_mode", "passthrough"),
    "a.mov": (*SOURCE, *SOUND, *X264, *AAC),
    "a.3gp": (*SOURCE, *X264),
    "a.mkv": (*SOURCE, *SOUND, *X264, *AAC),
    "checked.mkv": (*SOURCE, *X264, "-write_crc32", "1", "-cluster_time_limit", "1000"),
    "live.mkv": (*SOURCE, *X264, "-live", "1"),
    "a.webm": (*SOURCE, *SOUND, *VP9, *OPUS),
    "late.webm": ("-itsoffset", "0.5", *SOURCE, *SOUND, *VP9, *OPUS),
}


def marked(name, explicit=SOFT):
    return api.label(film(*FILMS[name], name=name), None, explicit=explicit, name=name)


def seen(raw, tmp_path, *args):
    path = tmp_path / "seen"
    path.write_bytes(raw)
    return ffmpeg.run(["-copyts", "-i", ffmpeg.url(path), *args, "pipe:1"]).decode()


def cues(raw, tmp_path):
    """What ffmpeg decodes, in seconds."""
    text = seen(raw, tmp_path, "-map", "0:s", "-c:s", "srt", "-f", "srt")
    rows = re.findall(r"(\d\d):(\d\d):([\d,]+) --> (\d\d):(\d\d):([\d,]+)\n(.*)", text)
    out = []
    for *times, words in rows:
        h, m, s, *end = (float(value.replace(",", ".")) for value in times)
        last = end[0] * 3600 + end[1] * 60 + end[2]
        out.append((h * 3600 + m * 60 + s, last, re.sub(r"<[^>]*>", "", words)))
    return out


def others(raw, tmp_path):
    args = ("-map", "0:v", "-map", "0:a?", "-c", "copy", "-f", "framemd5")
    return seen(raw, tmp_path, *args)


@pytest.mark.parametrize("name", FILMS)
def test_the_words_are_read_where_they_stand(name, tmp_path):
    found = cues(marked(name, TWICE).data, tmp_path)
    assert [words for *_, words in found] == ["AI生成", "AI生成"]
    begin = 0.5 if name.startswith("late") else 0
    expected = [(begin, begin + 2), (3, 3.5)]
    for (start, end, _), (first, last) in zip(found, expected, strict=True):
        assert abs(start - first) < 0.03
        assert abs(end - last) < 0.03


@pytest.mark.parametrize("name", FILMS)
def test_pictures_and_sound_are_those_of_the_mark_alone(name, tmp_path):
    plain = marked(name, ExplicitLabel(seconds=2)).data
    assert others(marked(name).data, tmp_path) == others(plain, tmp_path)


@pytest.mark.parametrize("name", ["first.mp4", "a.mov", "checked.mkv", "a.webm"])
def test_marking_twice_is_marking_once(name):
    once = marked(name)
    again = api.label(once.data, None, explicit=SOFT, name=name)
    assert not again.changed
    assert again.data == once.data


@pytest.mark.parametrize("name", ["first.mp4", "a.mkv"])
def test_a_film_that_bears_the_mark_gets_the_track_too(name, tmp_path):
    plain = marked(name, ExplicitLabel(seconds=2)).data
    done = api.label(plain, None, explicit=SOFT, name=name)
    assert len(cues(done.data, tmp_path)) == 1
    assert others(done.data, tmp_path) == others(plain, tmp_path)


@pytest.mark.parametrize(("kind", "codec"), [("mp4", "mov_text"), ("mkv", "srt")])
def test_tracks_chapters_and_covers_of_the_source_stay(kind, codec, tmp_path):
    told, words = tmp_path / "told.txt", tmp_path / "words.srt"
    told.write_text(
        ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/10\nSTART=0\nEND=20\ntitle=One\n"
        "[CHAPTER]\nTIMEBASE=1/10\nSTART=20\nEND=40\ntitle=Two\n"
    )
    words.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    source = tmp_path / f"source.{kind}"
    inputs = [*SOURCE, *SOUND, "-i", str(words), "-i", str(told)]
    maps = ["-map", "0", "-map", "1", "-map", "2", "-map_metadata", "3"]
    ffmpeg.run([*inputs, *maps, *X264, *AAC, "-c:s", codec, str(source)])
    done = api.label(source, None, explicit=SOFT).data
    path = tmp_path / f"done.{kind}"
    path.write_bytes(done)
    text = ffmpeg.describe(path)
    assert text.count(": Subtitle:") == 2
    assert "title           : Two" in text
    args = ("-map", "0:s:0", "-c:s", "srt", "-f", "srt")
    assert "Hello" in seen(done, tmp_path, *args)
    args = ("-map", "0:s:1", "-c:s", "srt", "-f", "srt")
    assert "AI生成" in seen(done, tmp_path, *args)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("AI生成", ("zho", "chi")),
        ("AI-generated", ("eng", "eng")),
        ("AIで生成", ("jpn", "jpn")),
        ("AI 생성", ("kor", "kor")),
        ("Généré par IA", ("und", "und")),
    ],
)
def test_the_language_follows_the_script(text, codes):
    assert soft_track.language(text) == codes


@pytest.mark.parametrize("name", ["soft.avi", "soft.flv", "soft.ts", "soft.wmv"])
def test_other_containers_refuse_it(name):
    raw = mp4(*PICTURE, "-t", "0.2", *(() if name.endswith("wmv") else H264), name=name)
    with pytest.raises(CannotCarry, match="no subtitle track of text"):
        api.label(raw, None, explicit=SOFT, name=name)


def test_fragments_come_out_whole_and_with_the_track(tmp_path):
    args = (*SOURCE, *X264, "-movflags", "+frag_keyframe+empty_moov")
    raw = film(*args, name="fragments.mp4")
    done = api.label(raw, None, explicit=SOFT, name="fragments.mp4")
    assert len(cues(done.data, tmp_path)) == 1


def test_a_long_film_has_wide_offsets(monkeypatch, tmp_path):
    monkeypatch.setattr(soft_mp4, "_WIDE", 0)
    found = cues(marked("last.mp4").data, tmp_path)
    assert [words for *_, words in found] == ["AI生成"]


def test_media_to_the_end_of_the_file_takes_the_words_in(tmp_path):
    raw = bytearray(marked("first.mp4", ExplicitLabel(seconds=2)).data)
    with open_asset(bytes(raw)) as asset:
        last = bmff.top_level(asset)[-1]
    assert last.type == b"mdat"
    raw[last.start : last.start + 4] = bytes(4)
    done = api.label(bytes(raw), None, explicit=SOFT, name="open.mp4")
    assert len(cues(done.data, tmp_path)) == 1


def test_the_number_of_a_track_is_free():
    raw = bytearray(marked("last.mp4", ExplicitLabel(seconds=2)).data)
    at = raw.rindex(b"mvhd") + 4 + 96
    assert raw[at : at + 4] == b"\0\0\0\3"
    for following, expected in ((b"\xff" * 4, b"\xff" * 4), (b"\0\0\0\1", b"\0\0\0\4")):
        raw[at : at + 4] = following
        done = api.label(bytes(raw), None, explicit=SOFT, name="full.mp4").data
        where = done.rindex(b"mvhd") + 4 + 96
        assert done[where : where + 4] == expected
        place = done.rindex(b"tkhd") + 4 + 20
        assert done[place : place + 4] == b"\0\0\0\3"


def test_a_lost_place_is_noticed():
    raw = marked("first.mp4", ExplicitLabel(seconds=2)).data
    with open_asset(raw) as asset:
        top = bmff.top_level(asset)
        new = moving.relocated(asset, top, []).view(asset)
        with pytest.raises(checking.ReadBackMismatch, match="other tracks"):
            checking.verify_others(asset, new)


def test_the_check_does_not_take_it_for_words_in_the_picture(tmp_path):
    path = tmp_path / "soft.mp4"
    words = tmp_path / "words.srt"
    words.write_text("1\n00:00:00,000 --> 00:00:03,000\nAI生成\n")
    args = ["-i", str(words), "-map", "0", "-map", "1", "-c:s", "mov_text"]
    ffmpeg.run([*SOURCE, *args, *X264, str(path)])
    report = api.check(path)
    assert not report.inspection.marks


@pytest.mark.foreign
@pytest.mark.parametrize("name", ["first.mp4", "a.mov"])
def test_mediainfo_sees_the_track(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(marked(name).data)
    told = subprocess.run(
        ["mediainfo", "--Output=JSON", path], capture_output=True, check=True
    ).stdout
    text = [one for one in json.loads(told)["media"]["track"] if one["@type"] == "Text"]
    assert len(text) == 1
    assert (text[0]["CodecID"], text[0]["Language"]) == ("tx3g", "zh")
    assert text[0]["Title"] == soft_track.NAME


@pytest.mark.foreign
@pytest.mark.parametrize("name", ["a.mkv", "checked.mkv", "live.mkv", "a.webm"])
def test_mkvtoolnix_sees_the_track_and_no_fault(name, tmp_path):
    path, again = tmp_path / name, tmp_path / "again.mkv"
    path.write_bytes(marked(name).data)
    told = subprocess.run(["mkvmerge", "-J", path], capture_output=True, check=True).stdout
    about = json.loads(told)
    assert not about["errors"] + about["warnings"]
    track = about["tracks"][-1]
    assert track["type"] == "subtitles"
    assert track["properties"]["language"] == "chi"
    assert track["properties"]["default_track"]
    subprocess.run(["mkvmerge", "-q", "-o", again, path], check=True, capture_output=True)
    if name.endswith("mkv"):
        assert [words for *_, words in cues(again.read_bytes(), tmp_path)] == ["AI生成"]


def test_fragments_that_bear_the_mark_are_refused(tmp_path):
    source, cut = tmp_path / "whole.mp4", tmp_path / "cut.mp4"
    source.write_bytes(marked("last.mp4", ExplicitLabel(seconds=2)).data)
    flags = ("-movflags", "+frag_keyframe+empty_moov")
    ffmpeg.run(["-i", ffmpeg.url(source), "-c", "copy", *flags, ffmpeg.url(cut)])
    with pytest.raises(CannotCarry, match="in fragments"):
        api.label(cut, None, explicit=SOFT)


def test_other_words_get_a_track_of_their_own(tmp_path):
    other = ExplicitLabel(text="AI生成视频", soft_track=True, seconds=2)
    for name in ("first.mp4", "a.mkv"):
        done = api.label(marked(name).data, None, explicit=other, name=name)
        text = ffmpeg.describe(saved(done.data, tmp_path / name))
        assert text.count(": Subtitle:") == 2


def saved(raw, path):
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("place", ["first", "changed"])
def test_a_lost_block_is_noticed(place, monkeypatch):
    raw = marked("checked.mkv", ExplicitLabel(seconds=2)).data
    heads = soft_matroska._heads if place == "first" else soft_matroska._end
    seen = []

    def other(reel, cluster, number):
        seen.append(cluster)
        return [] if len(seen) == 1 else heads(reel, cluster, number)

    monkeypatch.setattr(soft_matroska, heads.__name__, other)
    with pytest.raises(ReadBackMismatch, match="lost its place"):
        api.label(raw, None, explicit=SOFT, name="checked.mkv")


def test_words_that_did_not_come_are_noticed(monkeypatch):
    monkeypatch.setattr(soft_matroska, "_has", lambda *_: False)
    monkeypatch.setattr(soft_mp4, "_found", lambda _: [])
    for name in ("first.mp4", "a.mkv"):
        raw = marked(name, ExplicitLabel(seconds=2)).data
        with pytest.raises(ReadBackMismatch, match="cannot be read back"):
            api.label(raw, None, explicit=SOFT, name=name)


def test_a_damaged_track_of_words_is_not_ours():
    raw = bytearray(marked("last.mp4").data)
    at = raw.rindex(b"stco") + 12
    raw[at : at + 4] = b"\x7f\xff\xff\xff"
    with open_asset(bytes(raw)) as asset:
        assert list(soft_mp4._found(asset)) == []


def test_a_track_that_is_cut_short_is_said():
    raw = bytearray(marked("last.mp4", ExplicitLabel(seconds=2)).data)
    at = raw.rindex(b"stco") + 12
    raw[at : at + 4] = b"\x7f\xff\xff\xff"
    with open_asset(bytes(raw)) as asset, pytest.raises(Malformed, match="cut short"):
        soft_mp4.added(Marked(asset, FoundMark(kind="text")), SOFT)


def test_words_go_with_pictures_only():
    raw = film(*SOUND, *AAC, name="sound.mp4")
    with open_asset(raw) as asset, pytest.raises(CannotCarry, match="no picture track"):
        soft_mp4.added(Marked(asset, FoundMark(kind="text")), SOFT)
