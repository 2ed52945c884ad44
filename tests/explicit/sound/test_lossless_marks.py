import functools
import io
import pathlib
import struct
import tempfile

import numpy as np
import pytest
from hearing import BOTH, END, START, begins, ends, length, marked, run
from mutagen.aiff import AIFF
from mutagen.flac import FLAC

from aigc_label import ffmpeg
from aigc_label.asset import open_asset
from aigc_label.containers import aiff as aiff_container
from aigc_label.containers import flac_frames
from aigc_label.errors import CannotCarry, Malformed
from audio_samples import encoded, wav

ALL = ("start", "middle", "end")
SILENT = 0.3


@functools.cache
def flac(*options, seconds=2.0, rate=44100, channels=2):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "a.flac")
        run("flac", "-s", "-o", path, *options, "-", given=wav(seconds, rate, channels))
        return path.read_bytes()


def ffmpeg_flac(*options, seconds=2.0):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "a.flac")
        ffmpeg.run(("-f", "wav", "-i", "pipe:0", *options, ffmpeg.url(path)), input=wav(seconds))
        return path.read_bytes()


def numbers(data, kind):
    """Samples as they are, by ffmpeg."""
    form = ("-c:a", "pcm_s32le", "-f", "s32le", "pipe:1")
    raw = ffmpeg.run(("-xerror", "-f", kind, "-i", "pipe:0", *form), input=data)
    return np.frombuffer(raw, "<i4")


def whole_in(before, after):
    """Whether all samples of one are in the other, in order, in at most two pieces."""
    size = before.size
    if any(np.array_equal(after[at : at + size], before) for at in (0, after.size - size)):
        return True
    same = after[:size] == before
    first = size if same.all() else int(np.argmin(same))
    ends_alike = after[after.size - size :] == before
    last = int(np.argmin(ends_alike[::-1]))
    return first + last >= size


FLACS = {
    "cd": lambda: flac("-5"),
    "mono": lambda: flac("-8", "-b", "1152", rate=8000, channels=1),
    "24": lambda: ffmpeg_flac("-sample_fmt", "s32", "-ac", "1", "-ar", "48000"),
    "5.1": lambda: ffmpeg_flac("-ac", "6", seconds=1.0),
    "5.1-24": lambda: ffmpeg_flac("-ac", "6", "-sample_fmt", "s32", "-ar", "96000"),
    "no-length": lambda: encoded("-c:a", "flac", "flac"),  # to a pipe
}


@pytest.mark.foreign("flac", "ffmpeg")
@pytest.mark.parametrize(
    ("kind", "places"),
    [
        *(("cd", places) for places in (START, END, ("middle",), ALL)),
        ("mono", ALL),
        ("24", END),
        ("5.1", START),
        ("5.1-24", ALL),  # in frames that ffmpeg finds no way among
        ("no-length", END),
    ],
)
def test_flac_keeps_every_sample(kind, places, tmp_path):
    data = FLACS[kind]()
    new, mark = marked(data, places)
    path = tmp_path / "a.flac"
    path.write_bytes(new)
    before, after = numbers(data, "flac"), numbers(new, "flac")
    if len(places) == 1:
        assert whole_in(before, after)
    assert after.size > before.size
    strict = () if kind == "no-length" else ("-w",)
    run("flac", "-t", "-s", *strict, path)  # every frame's checksums, and that of all samples
    info = FLAC(io.BytesIO(new)).info
    assert kind == "no-length" or info.total_samples * info.channels == after.size
    heard = after[:: info.channels] / 2**31
    if "start" in places:
        assert begins(heard, info.sample_rate) == pytest.approx(0, abs=0.01)
    if "end" in places:
        assert ends(heard, info.sample_rate) is not None
    again, same = marked(new, places)
    assert again == new
    assert same.at == pytest.approx(mark.at, abs=0.02)


@pytest.mark.foreign("flac", "metaflac")
def test_flac_seek_table_cue_sheet_and_chapters_follow(tmp_path):
    path, cues = tmp_path / "a.flac", tmp_path / "a.cue"
    path.write_bytes(flac("-S", "0.25s", seconds=3.0))
    cues.write_text(
        'FILE "a.wav" WAVE\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n'
        "  TRACK 02 AUDIO\n    INDEX 01 00:01:00\n"
    )
    run("metaflac", f"--import-cuesheet-from={cues}", path)
    lyrics = "[00:00.50]one\n[00:01.50]two"
    run("metaflac", "--set-tag=CHAPTER001=00:00:01.000", f"--set-tag=LYRICS={lyrics}", path)
    old = FLAC(path)
    new = FLAC(io.BytesIO(marked(path.read_bytes(), BOTH)[0]))
    shift = 15 * 4096
    assert [p.first_sample for p in new.seektable.seekpoints[:4]] == [
        p.first_sample + shift for p in old.seektable.seekpoints[:4]
    ]
    with open_asset(marked(path.read_bytes(), BOTH)[0]) as asset:
        start = asset.size - len(asset.read(0, asset.size).partition(b"\xff\xf8")[2]) - 2
        places = {p.start - start for p in flac_frames.places(asset, start, asset.size)}
    kept = [p.byte_offset for p in new.seektable.seekpoints if p.first_sample != (1 << 64) - 1]
    assert set(kept) <= places
    assert [t.start_offset for t in new.cuesheet.tracks[:2]] == [shift, 44100 + shift]
    assert new.cuesheet.tracks[-1].start_offset == new.info.total_samples
    assert not new.cuesheet.compact_disc
    assert new["CHAPTER001"] == ["00:00:02.393"]
    assert new["LYRICS"] == ["[00:01.89]one\n[00:02.89]two"]


@pytest.mark.foreign("flac")
def test_flac_without_checksum_stays_without():
    data = bytearray(flac())
    data[26:42] = bytes(16)
    new, _ = marked(bytes(data))
    assert FLAC(io.BytesIO(new)).info.md5_signature == 0


@pytest.mark.foreign("flac")
def test_flac_with_an_id3v1_tag_behind():
    tag = b"TAG" + bytes(125)
    new, _ = marked(flac() + tag, END)
    assert new.endswith(tag)
    run("flac", "-t", "-s", "-", given=new[:-128])


@pytest.mark.foreign("flac")
@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda data: data[:-100], "not whole"),
        (lambda data: data[:8500] + data[30_000:], "not whole|missing"),
        (lambda data: data[: data.index(b"\xff\xf8", 42)], "no FLAC frame"),
        (lambda data: data[:10] + b"\x00\x00" + data[12:18] + bytes(3) + data[21:], None),
    ],
)
def test_damaged_flac_is_refused(harm, words):
    with pytest.raises(Malformed, match=words):
        marked(harm(flac()))


AIFFS = {
    "16": ("-c:a", "pcm_s16be"),
    "24": ("-c:a", "pcm_s24be", "-ac", "1"),
    "32": ("-c:a", "pcm_s32be"),
    "8": ("-c:a", "pcm_s8", "-ac", "1"),
    "sowt": ("-c:a", "pcm_s16le"),
    "float": ("-c:a", "pcm_f32be"),
    "double": ("-c:a", "pcm_f64be", "-ar", "8000"),
}


def aiff(kind, tmp_path, seconds=2.0):
    path = tmp_path / "a.aiff"
    given = ("-y", "-f", "wav", "-i", "pipe:0", *AIFFS[kind], ffmpeg.url(path))
    ffmpeg.run(given, input=wav(seconds))
    return path.read_bytes()


@pytest.mark.foreign("ffmpeg", "sox")
@pytest.mark.parametrize(
    ("kind", "places"), [*((kind, START) for kind in AIFFS), ("16", ("middle",)), ("24", END)]
)
def test_aiff_keeps_every_sample(kind, places, tmp_path):
    data = aiff(kind, tmp_path)
    new, mark = marked(data, places)
    before, after = numbers(data, "aiff"), numbers(new, "aiff")
    assert whole_in(before, after)
    info = AIFF(io.BytesIO(new)).info
    heard = after[:: info.channels] / 2**31
    assert heard.size == round(info.length * info.sample_rate)
    if places == START:
        assert begins(heard, info.sample_rate) == pytest.approx(0, abs=0.01)
        told = run("sox", "-t", "aiff", "-", "-t", "s32", "-", given=new)
        assert (
            kind == "double"
            or abs(np.frombuffer(told.stdout, "<i4")[-before.size :].astype(float) - before).max()
            <= 256
        )
        assert b"WARN" not in told.stderr
    again, same = marked(new, places)
    assert again == new
    assert same.at == pytest.approx(mark.at, abs=0.02)


def test_aiff_markers_follow(tmp_path):
    data = aiff("16", tmp_path)
    body = struct.pack(">HHIB", 2, 1, 0, 0) + b"\0" + struct.pack(">HIB", 2, 50_000, 2) + b"ab\0"
    with open_asset(data) as asset:
        form = aiff_container.walk(asset)
        added = aiff_container.encoded(b"MARK", body)
        from aigc_label.edits import EditPlan

        out = io.BytesIO()
        EditPlan(
            aiff_container.plan(form, [aiff_container.appended(form, added, [])]).splices
        ).apply(asset, out)
    new, _ = marked(out.getvalue())
    with open_asset(new) as asset:
        chunk = aiff_container.walk(asset).find(b"MARK")
        found = asset.read(chunk.body, chunk.size)
    shift = (new.index(b"\0\0\0") and len(new) - len(out.getvalue())) // 4
    assert struct.unpack_from(">I", found, 4) == (shift,)
    assert struct.unpack_from(">I", found, 12) == (50_000 + shift,)


def test_coded_aiff_is_refused(tmp_path):
    path = tmp_path / "a.aifc"
    given = ("-f", "wav", "-i", "pipe:0", "-c:a", "pcm_mulaw", "-f", "aiff", ffmpeg.url(path))
    ffmpeg.run(given, input=wav(0.2))
    with pytest.raises(CannotCarry, match="ulaw sound; convert"):
        marked(path.read_bytes())
    broken = bytearray(aiff("16", tmp_path, 0.2))
    at = broken.index(b"COMM") + 8
    broken[at + 8 : at + 18] = bytes(10)
    with pytest.raises(Malformed, match="2 channels at 0 Hz"):
        marked(bytes(broken))
    broken[at + 6 : at + 8] = b"\0\x04"
    with pytest.raises(Malformed, match="4 bits"):
        marked(bytes(broken))


def aiff_by_hand(common, sound, *more, kind=b"AIFF"):
    body = kind + b"".join(
        aiff_container.encoded(name, data)
        for name, data in ((b"COMM", common), *more, (b"SSND", sound))
    )
    return b"FORM" + struct.pack(">I", len(body)) + body


RATE_8000 = b"\x40\x0b\xfa" + bytes(7)


def common(frames=1000, bits=8, kind=b"", channels=1):
    return struct.pack(">HIH", channels, frames, bits) + RATE_8000 + kind


def test_aiff_of_unsigned_bytes_and_cut_markers():
    marks = (b"MARK", struct.pack(">HHIB", 9, 1, 500, 0) + b"\0cut")
    data = aiff_by_hand(common(kind=b"raw \0\0"), bytes(8) + b"\x80" * 1000, marks, kind=b"AIFC")
    new, _ = marked(data)
    grown = length(8000)
    assert b"\x80" * 1000 in new
    assert struct.pack(">HHIB", 9, 1, 500 + grown, 0) + b"\0cut" in new
    assert marked(new)[0] == new


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (aiff_by_hand(common(), bytes(4)), "no whole 'SSND'"),
        (aiff_by_hand(common()[:12], bytes(1008)), "'COMM' chunk is cut short"),
        (aiff_by_hand(common(channels=0), bytes(1008)), "0 channels"),
    ],
)
def test_aiff_that_contradicts_itself(data, words):
    with pytest.raises(Malformed, match=words):
        marked(data, fmt="aiff")


@pytest.mark.foreign("flac")
def test_flac_of_a_depth_without_checksum_says_so():
    raw = bytes((0xFF, 0xF8, 0x50, 0x04, 0))  # one channel of 12 bits
    like = flac_frames.header(raw + bytes((flac_frames._crc8(raw),)))
    sound = (np.sin(np.arange(8000) / 9) * 500).astype(int)
    frames = [
        flac_frames.written(like, i, 12, [sound[at : at + 1024]])
        for i, at in enumerate(range(0, 8000, 1024))
    ]
    packed = (8000 << 44 | 0 << 41 | 11 << 36 | 8000).to_bytes(8, "big")
    info = struct.pack(">HH", 1024, 1024) + bytes(6) + packed + b"\1" * 16
    data = b"fLaC\x80\0\0\x22" + info + b"".join(frames)
    done = marked(data, BOTH)
    assert "checksum" in done.notes[0]
    run("flac", "-t", "-s", "-", given=done[0])
    before, after = numbers(data, "flac"), numbers(done[0], "flac")
    assert any(
        np.array_equal(after[at : at + 8000], before) for at in range(0, after.size - 7999, 1024)
    )
    assert marked(done[0], BOTH)[0] == done[0]


@pytest.mark.foreign("flac")
def test_flac_that_contradicts_itself():
    data = bytearray(flac())
    data[18:20] = b"\0\0"
    data[20] &= 0x0F
    with pytest.raises(Malformed, match="contradicts itself"):
        marked(bytes(data))
