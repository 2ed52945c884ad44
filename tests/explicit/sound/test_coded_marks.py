import functools
import io
import pathlib
import re
import struct
import tempfile

import numpy as np
import pytest
from hearing import BOTH, END, START, begins, ends, marked, run
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis

from aigc_label import ffmpeg
from aigc_label.errors import CannotCarry, Malformed
from audio_samples import wav

INNER = ("start", "middle", "end")


@functools.cache
def coded(name, *options, seconds=3.0, rate=44100, channels=2):
    """A file as ffmpeg writes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, name)
        given = ("-f", "wav", "-i", "pipe:0", *options, ffmpeg.url(path))
        ffmpeg.run(given, input=wav(seconds, rate, channels))
        return path.read_bytes()


@functools.cache
def encoder(program, *options, seconds=3.0, rate=44100, channels=2):
    """A file as a codec's own encoder writes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "a.ogg")
        to = ("-o", path, "-") if program == "oggenc" else ("-", path)
        run(program, "--quiet", *options, *to, given=wav(seconds, rate, channels))
        return path.read_bytes()


def decoded(data, rate=44100, channels=2):
    form = ("-ac", f"{channels}", "-ar", f"{rate}", "-f", "f32le", "pipe:1")
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        file.write(data)
        file.flush()
        raw = ffmpeg.run(("-xerror", "-i", ffmpeg.url(file.name), *form))
    return np.frombuffer(raw, "<f4").reshape(-1, channels)


AAC = ("-c:a", "aac", "-aac_pns", "0", "-b:a", "96k")
# By name: how it is made, samples at the programme's beginning that may differ, and at its end.
KINDS = {
    "m4a": (lambda: coded("a.m4a", *AAC), 2, 1100),
    "m4a-first": (lambda: coded("a.m4a", *AAC, "-movflags", "+faststart", "-ac", "1"), 2, 1100),
    "alac": (lambda: coded("a.m4a", "-c:a", "alac"), 0, 0),
    "alac-24": (lambda: coded("b.m4a", "-c:a", "alac", "-sample_fmt", "s32p"), 0, 0),
    "aac": (lambda: coded("a.aac", *AAC), 2048, 1100),
    "vorbis": (lambda: coded("a.ogg", "-c:a", "libvorbis", "-q:a", "4"), 0, 1100),
    "oggenc": (lambda: encoder("oggenc", "-q", "3.3"), 0, 1100),
    "opus": (lambda: coded("a.opus", "-c:a", "libopus", "-b:a", "64k", rate=48000), 0, 1000),
    "opusenc": (lambda: encoder("opusenc", "--bitrate", "32", rate=48000), 30, 1000),
}


def rate_of(kind):
    return 48000 if "opus" in kind else 44100


@pytest.mark.foreign("oggenc", "opusenc", "oggz-validate")
@pytest.mark.parametrize(
    ("kind", "places"),
    [
        *((kind, START) for kind in ("m4a-first", "alac", "aac", "oggenc", "opus", "opusenc")),
        *((kind, END) for kind in ("m4a", "aac", "vorbis", "opus")),
        *((kind, INNER) for kind in ("alac-24", "vorbis", "opusenc")),
    ],
)
def test_programme_decodes_to_the_same_samples(kind, places):
    make, unsettled, cut = KINDS[kind]
    data, rate = make(), rate_of(kind)
    new, mark = marked(data, places)
    before, after = decoded(data, rate), decoded(new, rate)
    grown = len(after) - len(before)
    assert grown > len(places) * 1.3 * rate
    heard = after.mean(axis=1).astype("f8")
    if places == START:
        assert np.array_equal(after[grown + unsettled :], before[unsettled:])
        assert abs(heard[round(1.13 * rate) : round(1.33 * rate)]).max() < 0.01
    if places == END:
        kept = len(before) - cut
        assert np.array_equal(after[:kept], before[:kept])
    if "start" in places:
        assert begins(heard, rate) == pytest.approx(mark.at[0], abs=0.035)
    if "end" in places:
        assert ends(heard, rate) is not None
        if places == END:
            assert ends(heard, rate) == pytest.approx(mark.at[0], abs=0.035)
    again, same = marked(new, places)
    assert again == new
    assert same.at == pytest.approx(mark.at, abs=0.06)
    if data[:4] == b"OggS":
        _validated(new)


def _validated(data):
    with tempfile.NamedTemporaryFile(suffix=".ogg") as file:
        file.write(data)
        file.flush()
        run("oggz-validate", file.name)


@pytest.mark.foreign("mediainfo", "ffprobe")
@pytest.mark.parametrize("kind", ["m4a", "vorbis", "opus"])
def test_lengths_are_told_alike(kind, tmp_path):
    path = tmp_path / f"a.{'m4a' if kind in ('m4a', 'alac') else 'ogg'}"
    data = KINDS[kind][0]()
    path.write_bytes(marked(data, BOTH)[0])
    seconds = len(decoded(path.read_bytes(), rate_of(kind))) / rate_of(kind)
    told = run("ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path)
    assert float(told.stdout) == pytest.approx(seconds, abs=0.05)
    told = run("mediainfo", "--Inform=General;%Duration%", path)
    assert float(told.stdout) / 1000 == pytest.approx(seconds, abs=0.05)
    reader = {"vorbis": OggVorbis, "opus": OggOpus}.get(kind, MP4)
    assert reader(io.BytesIO(path.read_bytes())).info.length == pytest.approx(seconds, abs=0.05)


@pytest.mark.parametrize("kind", ["m4a", "opus"])
def test_repetitions_inside(kind):
    rate = rate_of(kind)
    make = {
        "m4a": lambda: coded("c.m4a", *AAC, seconds=16.0, channels=1, rate=16000),
        "opus": lambda: coded("c.opus", "-b:a", "24k", seconds=16.0, channels=1, rate=16000),
    }[kind]
    data = make()
    new, mark = marked(data, START, every=0.1)
    from aigc_label.audible import rhythm

    found = rhythm.found(decoded(new, rate, 1)[:, 0].astype("f8"), rate)
    assert len(found) == 3
    assert [
        b - a for a, b in zip([a for a, _ in found], [a for a, _ in found][1:], strict=False)
    ] == pytest.approx([7.4, 7.7], abs=2.3)  # the calmest moment within two seconds
    assert mark.place == "start"
    assert marked(new, START, every=0.1)[0] == new


def test_chapters_and_gapless_values_of_m4a_follow(tmp_path):
    meta, path = tmp_path / "meta.txt", tmp_path / "a.m4b"
    meta.write_text(
        ";FFMETADATA1\ntitle=t\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=one\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=3000\ntitle=two\n"
    )
    source = ("-f", "wav", "-i", "pipe:0", "-f", "ffmetadata", "-i", ffmpeg.url(meta))
    to = ("-map", "0", "-map_metadata", "1", "-map_chapters", "1", *AAC, "-f", "ipod")
    ffmpeg.run((*source, *to, ffmpeg.url(path)), input=wav(3.0))
    tags = MP4(path)
    tags["----:com.apple.iTunes:iTunSMPB"] = (
        b" 00000000 00000400 000001CC 0000000000020534" + b" 00000000" * 8
    )
    tags.save()
    old = path.read_bytes()
    new, _ = marked(old, BOTH)
    path.write_bytes(new)
    told = ffmpeg.describe(path)
    times = [tuple(map(float, t)) for t in re.findall(r"start (\d+\.\d+), end (\d+\.\d+)", told)]
    more = 61 * 1024 / 44100
    assert times[0] == pytest.approx((0, 1 + more), abs=0.03)
    assert times[1][0] == pytest.approx(1 + more, abs=0.03)
    after = MP4(path)
    assert after["\xa9nam"] == ["t"]
    gapless = bytes(after["----:com.apple.iTunes:iTunSMPB"][0])
    delay, padding, count = (int(n, 16) for n in gapless.split()[1:4])
    assert (delay, padding) == (1024, 0)
    assert delay + padding + count == 0x400 + 0x1CC + 0x20534 + 2 * 61 * 1024
    chpl = new.index(b"chpl")
    assert new[chpl:].startswith(b"chpl\x01\0\0\0")
    first = chpl + 13
    second = first + 9 + new[first + 8]
    assert struct.unpack_from(">Q", new, first) == (0,)
    assert struct.unpack_from(">Q", new, second)[0] / 1e7 == pytest.approx(1 + more, abs=0.03)


def test_comments_of_ogg_follow():
    tags = ("-metadata", "CHAPTER001=00:00:01.500", "-metadata", "title=kept")
    data = coded("t.ogg", "-c:a", "libvorbis", *tags)
    after = OggVorbis(io.BytesIO(marked(data)[0]))
    grown = len(decoded(marked(data)[0])) - len(decoded(data))
    seconds = 1.5 + grown / 44100
    assert after["title"] == ["kept"]
    clock = after["chapter001"][0].split(":")
    assert float(clock[-1]) == pytest.approx(seconds, abs=0.03)


def test_opus_with_gain_and_more_to_skip():
    data = bytearray(coded("a.opus", "-c:a", "libopus", "-b:a", "64k", rate=48000))
    head = data.index(b"OpusHead")
    data[head + 10 : head + 12] = struct.pack("<H", 3840)
    data[head + 16 : head + 18] = struct.pack("<h", -6 * 256)
    from aigc_label.containers import ogg

    page = bytes(data[: head + 19])
    data[22:26] = struct.pack("<L", ogg.checksum(page[:22] + bytes(4) + page[26:]))
    new, mark = marked(bytes(data))
    heard = decoded(new, 48000).mean(axis=1).astype("f8")
    assert begins(heard, 48000) == pytest.approx(0, abs=0.01)
    assert mark.at[0] == 0
    plain, _ = marked(coded("a.opus", "-c:a", "libopus", "-b:a", "64k", rate=48000))
    usual = decoded(plain, 48000).mean(axis=1)
    assert abs(heard[:48000]).max() * 2 == pytest.approx(abs(usual[:48000]).max(), rel=0.1)


def chain():
    one = coded("a.opus", "-c:a", "libopus", "-b:a", "64k", rate=48000)
    other = coded("s.opus", "-c:a", "libopus", "-serial_offset", "7", seconds=1.0, rate=48000)
    return one + other


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: coded("a.m4a", *AAC, "-movflags", "+frag_keyframe+empty_moov"), "in fragments"),
        (lambda: coded("d.m4a", "-c:a", "alac", "-ac", "6"), "ALAC with 6 channels"),
        (lambda: coded("e.m4a", "-c:a", "ac3", "-f", "ipod"), "ac-3 sound;"),
        (chain, "chain of several"),
    ],
)
def test_what_cannot_be_spliced_is_refused(make, words):
    with pytest.raises(CannotCarry, match=words):
        marked(make())


@pytest.mark.parametrize("kind", ["vorbis", "opus", "aac"])
def test_streams_that_are_cut_short_are_refused(kind):
    data = KINDS[kind][0]()
    with pytest.raises(Malformed):
        marked(data[:-50])


@pytest.mark.parametrize("places", [START, INNER])
def test_vorbis_with_other_codebooks_is_encoded_anew_and_says_so(places):
    tags = ("-metadata", "title=kept", "-metadata", "CHAPTER001=00:00:01.000")
    data = coded("v.ogg", "-c:a", "vorbis", "-strict", "-2", *tags)
    done = marked(data, places)
    assert "encoded anew" in done.notes[0]
    before, after = decoded(data), decoded(done[0])
    grown = len(after) - len(before)
    assert grown == pytest.approx(len(places) * 1.5 * 44100, rel=0.12)
    if places == START:
        error = after[grown : grown + len(before) - 3000] - before[: len(before) - 3000]
        assert np.sqrt((error**2).mean()) < 0.3 * np.sqrt((before**2).mean())
    heard = after.mean(axis=1).astype("f8")
    assert begins(heard, 44100) == pytest.approx(0, abs=0.01)
    tags = OggVorbis(io.BytesIO(done[0]))
    assert tags["title"] == ["kept"]
    assert tags["chapter001"] == ["00:00:02.380"]
    again = marked(done[0], places)
    assert again[0] == done[0]
    assert again.notes == ()
