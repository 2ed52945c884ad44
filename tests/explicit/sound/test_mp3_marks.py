import io
import json
import struct

import numpy as np
import pytest
from hearing import BOTH, END, START, begins, ends, marked, run
from mutagen.id3 import ID3, TIT2, TLEN
from mutagen.mp3 import MP3

from aigc_label import ffmpeg
from aigc_label.asset import open_asset
from aigc_label.containers import id3, mpeg_audio, mpeg_index
from aigc_label.errors import AssetError, CannotCarry, Malformed
from aigc_label.formats import mp3 as mp3_format
from audio_samples import decoded, encoded, mp3, written


def samples(data):
    return np.frombuffer(decoded(data, "mp3"), "<f4")


def stream(data):
    """The index and the first frame of sound."""
    with open_asset(data) as asset:
        at, header = mpeg_audio.first(asset, id3.behind(asset))
        index = mpeg_index.index(asset.read(at, header.length), header.main_data)
        at += header.length if index else 0
        return index, at, header


def short(*options, **sound):
    return mp3(*options, seconds=1.2, **sound)


MP3_KINDS = {
    "cbr": lambda: short("-b:a", "128k"),
    "cbr-320": lambda: short("-b:a", "320k", rate=32000),
    "vbr": lambda: short("-q:a", "3"),
    "abr": lambda: short("-abr", "1", "-b:a", "150k", rate=48000),
    "mono": lambda: short("-b:a", "64k", channels=1),
    "separate": lambda: short("-joint_stereo", "0", "-b:a", "192k"),
    "no-index": lambda: short("-b:a", "96k", index=False),
    "vbr-no-index": lambda: short("-q:a", "5", index=False),
    "mpeg-2": lambda: short("-b:a", "56k", rate=22050),
    "mpeg-2-mono": lambda: short("-b:a", "32k", rate=16000, channels=1, index=False),
    "mpeg-2.5": lambda: short("-b:a", "24k", rate=11025, channels=1),
    "mpeg-2.5-low": lambda: short("-b:a", "8k", rate=8000, channels=1, index=False),
}


@pytest.mark.parametrize("kind", ["cbr-320", "vbr", "no-index", "mpeg-2", "mpeg-2.5-low"])
def test_mp3_programme_decodes_to_the_same_samples(kind):
    data = MP3_KINDS[kind]()
    new, mark = marked(data)
    index, at, header = stream(data)
    new_index, new_at, new_header = stream(new)
    assert new[new_at:].endswith(data[at:])  # not one bit of the programme
    assert (
        (new_header.kbps, new_header.channels) == (header.kbps, header.channels)
        or "vbr" in kind
        or kind == "abr"
    )
    before, after = samples(data), samples(new)
    grown = after.size - before.size
    count = len(mpeg_audio.frames(new[new_at : len(new) - len(data[at:])]))
    assert grown == count * header.samples * header.channels
    assert np.array_equal(after[grown:], before)
    if index is not None:
        assert new_index.counts == (index.counts[0] + count, len(new))
        assert MP3(io.BytesIO(new)).info.length == pytest.approx(
            MP3(io.BytesIO(data)).info.length + count * header.samples / header.rate, abs=0.06
        )
    heard = after[: grown : header.channels].astype("f8")
    assert begins(heard, header.rate) is not None
    assert 0.09 < abs(heard).max() < 0.6
    # The programme's own encoder delay, which is trimmed when it comes first, is heard here.
    assert abs(heard[-round(0.28 * header.rate) : -1300]).max() < 0.002
    assert mark.at == (0.0, 1.08)
    again, same = marked(new)
    assert again == new
    assert same.at == pytest.approx(mark.at, abs=0.16)


@pytest.mark.parametrize(
    ("kind", "places"), [("cbr", END), ("vbr", BOTH), ("no-index", END), ("mpeg-2.5", BOTH)]
)
def test_mp3_at_the_end(kind, places):
    tail = b"TAG" + bytes(125)
    data = MP3_KINDS[kind]() + tail
    new, mark = marked(data, places)
    _, at, header = stream(data)
    assert data[at : -len(tail)] in new
    assert new.endswith(tail)
    after = samples(new)[:: header.channels].astype("f8")
    begin = ends(after, header.rate)
    assert begin is not None
    assert (begins(after, header.rate) is not None) == ("start" in places)
    if places == END:
        assert mark.place == "end"
        assert mark.at == pytest.approx((begin, begin + 1.08), abs=0.2)
    again, same = marked(new, places)
    assert again == new
    assert same.at == pytest.approx(mark.at, abs=0.3)
    if kind == "cbr":
        made, rest = stream(new)[0], new[stream(new)[1] : -len(tail)]
        assert made.counts == (len(mpeg_audio.frames(rest)), len(new) - len(tail))


def test_gapless_values_cover_the_marks():
    data = MP3_KINDS["cbr"]()
    new, _ = marked(data, BOTH)
    index, _, _ = stream(new)
    gapless = index.number(index.field(16) + 21, 3)
    assert gapless >> 12 == 576
    assert index.counts[0] * 1152 - (gapless >> 12) - (gapless & 0xFFF) > 0
    # What is left is trimmed to the mark's last sample: nothing but the decay follows the tone.
    heard = samples(new)[::2]
    assert abs(heard[-2000:-600]).max() > 0.05


def test_tags_are_kept_and_playing_time_follows():
    tags = ID3()
    tags.add(TIT2(3, ["t"]))
    tags.add(TLEN(3, ["2000"]))
    out = io.BytesIO()
    tags.save(out, padding=lambda _: 0)
    data = out.getvalue() + MP3_KINDS["cbr"]()
    new, _ = marked(data)
    after = ID3(io.BytesIO(new))
    assert after["TIT2"].text == ["t"]
    assert after["TLEN"].text == [str(2000 + 54 * 1152 * 1000 // 44100)]
    assert np.array_equal(samples(new)[-40_000:], samples(data)[-40_000:])
    tags["TLEN"].text = ["99999"]
    out = io.BytesIO()
    tags.save(out, padding=lambda _: 0)
    data = out.getvalue() + MP3_KINDS["no-index"]()
    new, _ = marked(data)  # the tag grows, right in front of the mark
    with open_asset(new) as asset:
        assert mpeg_audio.first(asset, id3.behind(asset))[0] == id3.behind(asset)
    assert len(samples(new)) > len(samples(data))


def test_mark_and_label_go_together():
    new, _ = marked(MP3_KINDS["cbr"]())
    both = written(mp3_format.FORMAT, new)
    assert both.endswith(new)
    assert marked(both)[0] == both


@pytest.mark.parametrize("kind", ["no-index", "cbr-320", "mpeg-2-mono"])
def test_frames_that_were_cut_from_their_reservoir_are_silenced(kind):
    data = MP3_KINDS[kind]()
    _, start, header = stream(data)
    frames = mpeg_audio.frames(data[start:])
    borrows = [
        i
        for i, (at, h) in enumerate(frames)
        if i > 20 and mpeg_audio.borrowed(data[start + at :], h) > 100
    ]
    cut = data[start + frames[borrows[0]][0] :] if borrows else data[start:]
    new, _ = marked(cut)
    before, after = samples(cut), samples(new)
    grown = after.size - before.size
    settled = 6 * header.samples * header.channels
    assert np.array_equal(after[grown + settled :], before[settled:])
    join = after[grown - 4 * header.samples * header.channels : grown]
    assert abs(join).max() < 0.002
    assert marked(new)[0] == new


def test_uncut_frames_are_not_touched():
    data = MP3_KINDS["no-index"]()
    assert marked(data)[0].endswith(data)


FREE = b"\xff\xfb\x00\x00" + bytes(600)


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (encoded("-c:a", "mp2", "mp2", seconds=1.0), CannotCarry, "layer 2; convert"),
        (FREE * 20, CannotCarry, "free-format"),
        (bytes(2000), Malformed, "no MPEG audio frames"),
    ],
)
def test_mp3_that_is_refused(data, error, words):
    with pytest.raises(error, match=words):
        marked(data, fmt="mp3")


def test_an_index_without_sound_is_refused():
    data = MP3_KINDS["cbr"]()
    _, at, _ = stream(data)
    with pytest.raises(Malformed, match="no MPEG audio frame follows"):
        marked(data[:at])
    with pytest.raises(Malformed, match="no MPEG audio frame follows"):
        marked(data[:at] + b"TAG" + bytes(125))


def test_an_end_that_cannot_be_found_is_refused():
    data = MP3_KINDS["cbr"]()
    with pytest.raises(Malformed, match="end of the MPEG audio stream"):
        marked(data + bytes(200_000), END)


def test_an_encoder_that_makes_other_frames_is_noticed(monkeypatch):
    other = mp3("-b:a", "128k", index=False, rate=48000)
    run = ffmpeg.run

    def fake(args, **options):
        return other if "libmp3lame" in args else run(args, **options)

    data = MP3_KINDS["cbr"]()
    monkeypatch.setattr(ffmpeg, "run", fake)
    with pytest.raises(CannotCarry, match="does not encode MP3 at 44100 Hz"):
        marked(data)


def test_sound_that_ffmpeg_cannot_decode_is_an_asset_error(monkeypatch):
    def broken(*_, **__):
        raise AssetError("ffmpeg: no")

    data = MP3_KINDS["cbr"]()
    monkeypatch.setattr(ffmpeg, "run", broken)
    with pytest.raises(AssetError, match="ffmpeg: no"):
        marked(data)


def test_vbri_index_follows():
    data = MP3_KINDS["cbr"]()
    index, at, _ = stream(data)
    frames = len(mpeg_audio.frames(data[at:]))
    head = b"VBRI" + struct.pack(">HHHII", 1, 0, 75, len(data), frames)
    head += struct.pack(">HHHH", 8, 1, 2, 10) + struct.pack(">8H", *[4180] * 8)
    frame = (b"\xff\xfb\x90\x64" + bytes(32) + head).ljust(len(index.frame), b"\x00")
    new, _ = marked(frame + data[at:])
    made, start, _ = stream(new)
    assert made.is_vbri
    assert made.counts == (frames + 54, len(new))
    assert new[start:].endswith(data[at:])


@pytest.mark.foreign("mpg123", "sox", "mp3val", "ffprobe", "mediainfo")
@pytest.mark.parametrize(
    ("kind", "places"),
    [("cbr", START), ("vbr", BOTH), ("mpeg-2.5", END)],
)
def test_foreign_decoders_agree(tmp_path, kind, places):
    old, new = tmp_path / "old.mp3", tmp_path / "new.mp3"
    old.write_bytes(MP3_KINDS[kind]())
    new.write_bytes(marked(old.read_bytes(), places)[0])
    _, _, header = stream(old.read_bytes())
    told = run("mp3val", new).stdout.decode()
    expected = ("No supported tags", "VBR detected, but no VBR header")
    assert all(
        any(words in line for words in expected) for line in told.splitlines() if "WARNING" in line
    )
    before, after = (np.frombuffer(run("mpg123", "-q", "-s", p).stdout, "<i2") for p in (old, new))
    if places == START:
        grown = after.size - before.size
        # mpg123 sums in another order after an odd number of blocks: at most the last bit differs
        assert abs(after[grown:].astype(int) - before).max() <= 1
    seconds = after.size / header.channels / header.rate
    shown = json.loads(
        run("ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", new).stdout
    )
    assert shown["streams"][0]["codec_name"] == "mp3"
    if "vbr" not in kind or "no-index" not in kind:
        close = 0.05 + 1700 / header.rate  # not everybody trims delay and padding
        assert float(shown["format"]["duration"]) == pytest.approx(seconds, abs=close)
        told = run("mediainfo", "--Inform=Audio;%Duration%", new).stdout.decode()
        assert float(told) / 1000 == pytest.approx(seconds, abs=close)
    done = run("sox", new, "-n", "stat")
    assert b"WARN" not in done.stderr
    done = run(ffmpeg.executable(), "-v", "warning", "-xerror", "-i", new, "-f", "null", "-")
    assert b"rror" not in done.stderr


MIDDLE = ("start", "middle", "end")


@pytest.mark.foreign("mpg123", "mp3val")
@pytest.mark.parametrize("kind", ["cbr", "mpeg-2.5-low"])
def test_marks_inside(kind, tmp_path):
    options = {
        "cbr": ("-b:a", "128k"),
        "cbr-320": ("-b:a", "320k"),
        "vbr": ("-q:a", "4"),
        "no-index": ("-b:a", "64k"),
        "mpeg-2.5-low": ("-b:a", "8k"),
    }[kind]
    low = kind == "mpeg-2.5-low"
    sound = {"rate": 8000 if low else 44100, "channels": 1 if low else 2}
    data = mp3(*options, seconds=6.0, index=kind != "no-index", **sound)
    new, mark = marked(data, ("middle",))
    index, at, header = stream(data)
    new_index, new_at, _ = stream(new)
    before, after = data[at:], new[new_at:]
    place = next(i for i in range(len(before)) if before[i : i + 64] != after[i : i + 64])
    while before[place:] != after[len(after) - len(before) + place :]:
        place -= 1  # frames may begin alike
    assert after[:place] == before[:place]
    old_sound, new_sound = samples(data), samples(new)
    grown = new_sound.size - old_sound.size
    one = header.samples * header.channels
    first = round((mark.at[0] - 0.3) * header.rate) * header.channels - 4 * one
    assert np.array_equal(new_sound[:first], old_sound[:first])
    last = first + grown + 8 * one
    assert np.array_equal(new_sound[last:], old_sound[last - grown :])  # what it borrows is there
    if index is not None:
        frames = len(mpeg_audio.frames(new[new_at:]))
        assert new_index.counts == (frames, len(new))
        lame = new_index.field(16)
        music = mpeg_index._crc(new[new_at:])
        if new_index.frame[lame : lame + 4] == b"LAME":
            assert new_index.number(lame + 32, 2) == music
    path = tmp_path / "a.mp3"
    path.write_bytes(new)
    told = run("mp3val", path).stdout.decode()
    assert "reservoir" not in told
    done = run("mpg123", "-q", "-s", path)
    assert b"error" not in done.stderr.lower()
    again, same = marked(new, ("middle",))
    assert again == new
    assert same.at == pytest.approx(mark.at, abs=0.05)
    both, _ = marked(new, MIDDLE)
    assert len(both) > len(new)
    assert marked(both, MIDDLE)[0] == both


def test_junk_between_frames_is_refused_where_it_matters():
    data = mp3("-b:a", "64k", index=False)
    at = len(data) // 2
    harmed = data[:at] + bytes(900) + data[at:]
    with pytest.raises(CannotCarry, match="no MP3 frame"):
        marked(harmed, ("middle",))
    assert marked(harmed)[0] != harmed
