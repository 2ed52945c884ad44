import io
import struct
import tracemalloc

import numpy as np
import pytest
from hearing import BOTH, END, START, begins, ends, length, lufs, marked, run
from mutagen.wave import WAVE

from aigc_label import ffmpeg
from aigc_label.asset import open_asset
from aigc_label.containers import riff as container
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.sound import marking
from aigc_label.explicit_label import ExplicitLabel
from aigc_label.formats import wav as wav_format
from audio_samples import DATA, FMT, LABEL, chunk, decoded, encoded, riff, seen, wav, written


def samples(data):
    return np.frombuffer(decoded(data, "wav"), "<f4")


def chunk_of(data, kind):
    with open_asset(data) as asset:
        found = container.walk(asset).find(kind)
        return data[found.body : found.body + found.size]


def converted(codec, tmp_path, *options, source=None):
    path = tmp_path / f"{codec}.wav"
    bare = ("-fflags", "+bitexact", "-c:a", codec)
    ffmpeg.run(
        ["-f", "wav", "-i", "pipe:0", *options, *bare, ffmpeg.url(path)], input=source or wav()
    )
    return path.read_bytes()


@pytest.mark.parametrize(
    ("codec", "options"),
    [
        ("pcm_u8", ("-ac", "1")),
        ("pcm_s16le", ()),
        ("pcm_s16le", ("-ac", "6")),
        ("pcm_s24le", ("-ac", "1")),
        ("pcm_s24le", ("-ar", "96000")),
        ("pcm_s32le", ()),
        ("pcm_f32le", ()),
        ("pcm_f64le", ("-ar", "8000")),
        ("pcm_s16le", ("-rf64", "always")),
    ],
)
@pytest.mark.parametrize("places", [BOTH])
def test_wav_in_its_own_sample_format(codec, options, places, tmp_path):
    data = converted(codec, tmp_path, *options)
    new, mark = marked(data, places)
    old_sound, new_sound = chunk_of(data, b"data"), chunk_of(new, b"data")
    added = (len(new_sound) - len(old_sound)) // len(places)
    first = added if "start" in places else 0
    assert new_sound[first : first + len(old_sound)] == old_sound
    before, after = samples(data), samples(new)
    fmt = chunk_of(data, b"fmt ")
    channels, rate = struct.unpack_from("<HI", fmt, 2)
    frames = after.reshape(-1, channels)
    assert (frames.shape[0] - before.size // channels) == len(places) * length(rate)
    heard = frames[: round(1.38 * rate)] if "start" in places else frames[-round(1.08 * rate) :]
    assert abs(heard - heard[:, :1]).max() == 0  # in all channels alike
    assert 0.099 < abs(heard).max() < 0.501
    whole = frames[:, 0].astype("f8")
    seconds = frames.shape[0] / rate
    if "start" in places:
        assert begins(whole, rate) == pytest.approx(0, abs=0.01)
    if "end" in places:
        assert ends(whole, rate) == pytest.approx(seconds - 1.08, abs=0.01)
    assert mark.kind == "rhythm"
    assert mark.place == places[0]
    begin = 0 if "start" in places else seconds - 1.08
    assert mark.at == pytest.approx((begin, begin + 1.08), abs=0.001)
    again, same = marked(new, places)
    assert again == new
    assert same.at == pytest.approx(mark.at, abs=0.01)


def test_wav_sizes_are_true_for_strict_readers():
    new, _ = marked(wav(2.0), BOTH)
    assert WAVE(io.BytesIO(new)).info.length == pytest.approx(2 + 2 * 1.38, abs=0.001)
    (found,) = seen(wav_format.FORMAT, written(wav_format.FORMAT, new))
    assert dict(found.fields) == LABEL.fields


def test_second_place_is_added_to_the_first():
    once, _ = marked(wav(2.0), START)
    both, _ = marked(once, BOTH)
    at_once, _ = marked(wav(2.0), BOTH)
    assert len(both) == len(at_once)
    levels = [lufs(samples(new)[-2 * round(1.08 * 44100) :], 44100)[0] for new in (both, at_once)]
    assert levels[0] == pytest.approx(levels[1], abs=0.2)


@pytest.mark.parametrize(("factor", "level"), [(1, 0), (0.2, 0), (1, 6), (1, -6)])
def test_level_follows_the_programme(factor, level):
    quiet = (np.frombuffer(wav(2.0)[44:], "<i2") * factor).astype("<i2")
    new, _ = marked(wav(2.0)[:44] + quiet.tobytes(), level=level)
    sound = samples(new).reshape(-1, 2)
    size = length(44100)
    programme, _ = lufs(sound[size:], 44100)
    mark, peak = lufs(sound[: size - round(0.3 * 44100)], 44100)
    assert mark - programme == pytest.approx(level, abs=0.3)
    assert peak <= -1


def test_a_mark_never_clips_nor_vanishes():
    rate = 8000
    for amplitude, expected in ((32000, None), (30, -40)):
        square = np.sign(np.sin(np.arange(2 * rate) / 9)) * amplitude
        new, _ = marked(riff(FMT, chunk(b"data", square.astype("<i2").tobytes())), level=12)
        mark, peak = lufs(samples(new)[: round(1.08 * rate)], rate)
        assert peak == pytest.approx(-1, abs=0.2) if expected is None else peak < -1
        assert expected is None or mark == pytest.approx(expected, abs=0.3)


def test_positions_in_other_chunks_follow():
    cue = struct.pack("<III4sIII", 1, 1, 50, b"data", 0, 0, 50)
    data = (
        riff(
            FMT,
            chunk(b"fact", struct.pack("<I", 100)),
            DATA,
            chunk(b"cue ", cue),
            chunk(b"LIST", b"INFO" + chunk(b"INAM", b"kept")),
        )
        + b"behind"
    )
    shift = length(8000)
    new, _ = marked(data)
    assert chunk_of(new, b"fact") == struct.pack("<I", 100 + shift)
    assert chunk_of(new, b"cue ") == struct.pack(
        "<III4sIII", 1, 1, 50 + shift, b"data", 0, 0, 50 + shift
    )
    assert new.endswith(chunk(b"LIST", b"INFO" + chunk(b"INAM", b"kept")) + b"behind")
    new, _ = marked(data, END)
    assert chunk_of(new, b"fact") == struct.pack("<I", 100 + shift)
    assert chunk_of(new, b"cue ") == cue


def test_sample_count_of_rf64_follows(tmp_path):
    data = converted("pcm_s16le", tmp_path, "-rf64", "always")
    counted = bytearray(data)
    counted[36:44] = struct.pack("<Q", 88_200)
    new, _ = marked(bytes(counted))
    assert struct.unpack_from("<Q", new, 36) == (88_200 + length(44100),)
    assert struct.unpack_from("<QQ", new, 20) == (len(new) - 8, len(chunk_of(new, b"data")))


def test_streamed_wav_is_marked():
    data = encoded("wav", seconds=2.0)
    new, _ = marked(data, BOTH)
    assert samples(new).size // 2 == 2 * 44100 + 2 * length(44100)


def test_empty_sound_gets_a_mark():
    new, mark = marked(riff(FMT, chunk(b"data", b"")))
    assert mark.at == (0.0, 1.08)
    heard = np.frombuffer(chunk_of(new, b"data"), "<i2") / 32768
    assert begins(heard, 8000) == pytest.approx(0, abs=0.01)
    assert lufs(heard[: round(1.08 * 8000)], 8000)[0] == pytest.approx(-23, abs=0.3)  # over silence


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (encoded("-c:a", "pcm_alaw", "wav", seconds=0.1), CannotCarry, "A-law"),
        (encoded("-c:a", "libmp3lame", "wav", seconds=0.5), CannotCarry, "MP3 sound; convert"),
        (riff(FMT, chunk(b"LIST", b"wavl" + DATA)), CannotCarry, "no plain data chunk"),
        (riff(DATA), CannotCarry, "no plain data chunk"),
        (riff(FMT, DATA)[:-20], Malformed, "cut short"),
        (riff(chunk(b"fmt ", bytes(8)), DATA), Malformed, "fmt chunk"),
    ],
)
def test_wav_that_is_refused(data, error, words):
    with pytest.raises(error, match=words):
        marked(data)


def test_channels_without_end_are_refused():
    fmt = struct.pack("<HHIIHH", 1, 256, 1_000_000, 0, 1024, 32)
    with pytest.raises(CannotCarry, match="too many channels"):
        marked(riff(chunk(b"fmt ", fmt), DATA))


def test_not_a_number_is_silence():
    fmt = struct.pack("<HHIIHH", 3, 1, 8000, 32000, 4, 32)
    sound = np.full(20_000, np.nan, "<f4").tobytes()
    new, _ = marked(riff(chunk(b"fmt ", fmt), chunk(b"data", sound)))
    assert chunk_of(new, b"data").endswith(sound)


def test_a_large_wav_is_not_read(tmp_path):
    path = tmp_path / "large.wav"
    size = 1 << 30
    with path.open("wb") as file:
        file.write(wav(0.1)[:40] + struct.pack("<I", size))
        file.seek(4)
        file.write(struct.pack("<I", size + 36))
        file.truncate(size + 44)
    with open_asset(path) as asset:
        tracemalloc.start()
        view = marking.mark(asset, wav_format.FORMAT, ExplicitLabel(places=BOTH), None).asset
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert view.size > asset.size
        assert asset.bytes_read < 13 << 20  # a minute of it
        assert peak < 120 << 20


@pytest.mark.foreign("sox", "ffprobe", "mediainfo", "exiftool")
def test_foreign_readers_of_wav_agree(tmp_path):
    path = tmp_path / "new.wav"
    path.write_bytes(written(wav_format.FORMAT, marked(wav(2.0), BOTH)[0]))
    seconds = 2 + 2 * length(44100) / 44100
    told = run("ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path)
    assert float(told.stdout) == pytest.approx(seconds, abs=0.001)
    told = run("mediainfo", "--Inform=Audio;%Duration%", path)
    assert float(told.stdout) == pytest.approx(seconds * 1000, abs=1)
    done = run("sox", path, "-t", "raw", "-")
    assert done.stdout == chunk_of(path.read_bytes(), b"data")
    assert b"WARN" not in done.stderr
