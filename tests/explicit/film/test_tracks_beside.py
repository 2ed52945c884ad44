"""Films with pictures that are not played, and containers of films that hold sound alone."""

import struct

import pytest

from aigc_label import api, ffmpeg
from aigc_label.asset import open_asset
from aigc_label.errors import CannotCarry
from aigc_label.explicit.film import tables
from aigc_label.explicit_label import ExplicitLabel
from film_samples import AAC, H264, SOUND, SOURCE
from matroska_samples import film

TWO = ExplicitLabel(seconds=2)
COVER = ("-f", "lavfi", "-i", "testsrc=size=64x64:rate=10:duration=0.1")


def with_second(*second, name):
    maps = ("-map", "0", "-map", "1")
    still = ("-bf:v:1", "0", "-c:v:1", "mjpeg", "-pix_fmt:v:1", "yuvj420p")
    return film(*SOURCE, *second, *maps, *H264, *still, name=name)


def packets(raw, stream, tmp_path):
    path = tmp_path / "seen.mp4"
    path.write_bytes(raw)
    args = ("-map", f"0:{stream}", "-c", "copy", "-f", "framemd5", "pipe:1")
    return ffmpeg.run(["-i", ffmpeg.url(path), *args])


def test_a_cover_in_a_track_of_its_own_stays(tmp_path):
    raw = with_second(*COVER, name="cover.mp4")
    with open_asset(raw) as asset:
        assert len(list(tables.tracks(asset))) == 2
    done = api.label(raw, None, explicit=ExplicitLabel(seconds=2, soft_track=True), name="a.mp4")
    assert not done.notes
    assert packets(done.data, "v:1", tmp_path) == packets(raw, "v:1", tmp_path)


def as_chapters(raw):
    """The second track as one of pictures that stand for chapters: JPEG, and not enabled."""
    raw = bytearray(raw)
    at = raw.rindex(b"mp4v")
    raw[at : at + 4] = b"jpeg"
    at = raw.rindex(b"tkhd") + 4
    raw[at : at + 4] = struct.pack(">I", 2)
    return bytes(raw)


def test_pictures_of_chapters_are_not_drawn_on():
    long = ("-f", "lavfi", "-i", "testsrc=size=64x64:rate=1:duration=4")
    raw = with_second(*long, name="chapters.mp4")
    with pytest.raises(CannotCarry, match="2 picture tracks"):
        api.label(raw, None, explicit=TWO, name="a.mp4")
    assert api.label(as_chapters(raw), None, explicit=TWO, name="a.mp4").changed


def test_a_film_of_one_frame_is_a_film():
    raw = film(*SOURCE, "-frames:v", "1", *H264, name="one.mp4")
    with open_asset(raw) as asset:
        assert len(tables.pictures(asset)) == 1


@pytest.mark.parametrize("name", ["sound.mp4", "sound.mov"])
def test_sound_alone_gets_a_sound(name):
    raw = film(*SOUND, *AAC, "-brand", "mp42", name=name)
    done = api.label(raw, None, explicit=ExplicitLabel(soft_track=True), name=name)
    assert done.mark.kind == "rhythm"
    assert done.changed


@pytest.mark.parametrize(
    ("codec", "ending"), [("libopus", "opus"), ("flac", "flac"), ("pcm_s16le", "wav")]
)
def test_sound_alone_in_matroska_says_what_to_do(codec, ending):
    raw = film(*SOUND, "-c:a", codec, name="sound.mka")
    with pytest.raises(CannotCarry, match=rf"-map 0:a -c copy NEW\.{ending}"):
        api.label(raw, None, explicit=TWO, name="sound.mka")


def test_words_alone_in_matroska_have_nothing_to_draw_on(tmp_path):
    words = tmp_path / "words.srt"
    words.write_text("1\n00:00:00,000 --> 00:00:03,000\nHello\n")
    raw = film("-i", str(words), name="words.mkv")
    with pytest.raises(CannotCarry, match="no picture track to draw on; ask"):
        api.label(raw, None, explicit=TWO, name="words.mkv")
