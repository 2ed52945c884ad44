"""Films in AVI, FLV, MPEG-TS and WMV: the whole picture anew, all else as it was."""

from __future__ import annotations

import contextlib
import json
import subprocess

import numpy as np
import pytest
from PIL import Image

from aigc_label import api, ffmpeg
from aigc_label.errors import AssetError, CannotCarry, InvalidLabel
from aigc_label.explicit.drawing import standing
from aigc_label.explicit_label import ExplicitLabel, Look
from aigc_label.model import ImplicitLabel
from mp4_samples import film

SOURCE = ("-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=2.4")
SOUND = ("-f", "lavfi", "-i", "sine=duration=2.4")
TAGS = ("-metadata", "title=A title", "-metadata:s:a:0", "language=fra")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
TWO = ExplicitLabel(seconds=2)
MPEG4 = ("-c:v", "mpeg4", "-q:v", "3", "-vtag", "XVID")

FILMS = {
    "mpeg4.avi": (*MPEG4, "-c:a", "libmp3lame", *TAGS[:2], "-metadata", "comment=words"),
    "h264.avi": (*X264, "-bf", "0", "-c:a", "pcm_s16le"),
    "reordered.avi": (*X264, "-bf", "2", "-vf", "fps=30000/1001", "-c:a", "libmp3lame"),
    "mjpeg.avi": ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-q:v", "3", "-c:a", "pcm_s16le"),
    "h264.flv": (*X264, "-bf", "2", "-c:a", "aac", *TAGS[:2], "-metadata", "mine=yours"),
    "sorenson.flv": ("-c:v", "flv", "-q:v", "3", "-c:a", "libmp3lame", "-ar", "44100",
                     "-flvflags", "add_keyframe_index"),
    "h264.ts": (*X264, "-c:a", "aac", *TAGS[2:], "-metadata", "service_name=A name",
                "-metadata", "service_provider=A provider", "-mpegts_service_id", "77",
                "-mpegts_transport_stream_id", "9", "-mpegts_pmt_start_pid", "0x200",
                "-mpegts_start_pid", "0x300"),
    "mpeg2.ts": ("-c:v", "mpeg2video", "-q:v", "3", "-bf", "2", "-c:a", "mp2"),
    "h264.m2ts": (*X264, "-c:a", "ac3", "-mpegts_m2ts_mode", "1"),
    "mpeg4.ts": ("-c:v", "mpeg4", "-q:v", "3", "-c:a", "aac"),
    "hevc.ts": ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error",
                "-c:a", "aac"),
    "wmv2.wmv": ("-c:v", "wmv2", "-q:v", "3", "-c:a", "wmav2", *TAGS, "-metadata", "WM/X=y"),
}  # fmt: skip


def made(name, tmp_path, *further):
    raw = film("-y", *SOURCE, *SOUND, "-t", "2.4", *FILMS[name], *further, name=name)
    path = tmp_path / name
    path.write_bytes(raw)
    return path


def probed(path):
    """What ffprobe says of a film, frames counted."""
    told = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-show_format"]
    told += ["-show_programs", "-of", "json", str(path)]
    return json.loads(subprocess.run(told, capture_output=True, check=True).stdout)


def packets(path, kind, muxer="framemd5"):
    args = ("-copyts", "-i", ffmpeg.url(path), "-map", kind, "-c", "copy", "-f", muxer, "-")
    lines = ffmpeg.run(args).decode().splitlines()
    # Behind the first six stand notes on the packet, such as how a transport stream cut it.
    return [line.split(",")[:6] for line in lines if line[:1] != "#"]


def grey(path):
    args = ("-i", ffmpeg.url(path), "-map", "0:v", "-fps_mode", "passthrough")
    raw = ffmpeg.run([*args, "-pix_fmt", "gray", "-f", "rawvideo", "pipe:1"])
    return np.frombuffer(raw, np.uint8).reshape(-1, 240, 320).astype(float)


def marked(path, explicit=TWO):
    target = path.with_name(f"new-{path.name}")
    return target, api.label(path, None, explicit=explicit, to=target)


@pytest.mark.foreign
@pytest.mark.parametrize("name", FILMS)
def test_the_picture_bears_words_and_all_else_stays(name, tmp_path):
    path = made(name, tmp_path)
    new, written = marked(path)
    assert any("whole picture" in note for note in written.notes)
    was, now = probed(path), probed(new)
    for one, other in zip(was["streams"], now["streams"], strict=True):
        for key in ("codec_name", "codec_type", "codec_tag", "id", "width", "height", "pix_fmt",
                    "sample_rate", "nb_read_frames", "r_frame_rate", "field_order",
                    "sample_aspect_ratio"):  # fmt: skip
            assert one.get(key) == other.get(key), key
        assert float(one["start_time"]) == pytest.approx(float(other["start_time"]), abs=0.001)
        tags = [
            {k: v for k, v in s.get("tags", {}).items() if k != "encoder"} for s in (one, other)
        ]
        assert tags[0] == tags[1]
    tags = [
        {k: v for k, v in f["format"].get("tags", {}).items() if k not in ANEW} for f in (was, now)
    ]
    assert tags[0].items() <= tags[1].items()
    programs = [
        [(p["program_num"], p["pmt_pid"], p["tags"]) for p in f["programs"]] for f in (was, now)
    ]
    assert programs[0] == programs[1]
    assert packets(new, "0:a") == packets(path, "0:a") != []

    before, after = grey(path), grey(new)
    x, y, w, h = written.mark.box
    change = np.abs(after - before)
    inside = change[:, y : y + h, x : x + w].mean((1, 2))
    shown = sorted(int(row[2]) for row in packets(new, "0:v"))
    clock = 30000 / 1001 if name == "reordered.avi" else CLOCKS[path.suffix]
    start = 2 if name == "reordered.avi" else shown[0]  # two pictures wait before one is shown
    bearing = sum(at - start < 2 * clock for at in shown)
    assert bearing in (49, 50, 60)
    assert inside[:bearing].min() > 20
    assert inside[bearing:].max() < 8
    change[:bearing, y - 12 : y + h + 12, x - 12 : x + w + 12] = 0
    assert change.mean() < 2.5
    assert written.mark.at == (0.0, 2.0)
    shown = Image.fromarray(after[0].astype(np.uint8)).convert("RGB")
    assert standing.standing(TWO, (320, 240), shown) is not None
    again = api.label(new, None, explicit=TWO, to=tmp_path / f"again-{name}")
    assert not again.notes
    assert (tmp_path / f"again-{name}").read_bytes() == new.read_bytes()


@pytest.mark.parametrize("name", ["mpeg4.avi", "h264.flv", "wmv2.wmv"])
def test_the_implicit_label_is_kept(name, tmp_path):
    label = ImplicitLabel(content_producer="somebody", produce_id="1")
    path = made(name, tmp_path)
    bearing = tmp_path / f"bearing-{name}"
    api.label(path, label, to=bearing)
    new, _ = marked(bearing)
    fields = [dict(one.fields) for one in api.read(new).labels]
    assert fields == [dict(one.fields) for one in api.read(bearing).labels]
    assert len(fields) == 1


@pytest.mark.parametrize(
    ("name", "explicit"),
    [
        ("mpeg4.avi", ExplicitLabel(spans=("full",), look=Look(style="shadow", icon="spark"))),
        ("h264.ts", ExplicitLabel(spans=((0, 2),), fade=0.2, position="auto")),
        ("h264.flv", ExplicitLabel(spans=("start", "end"), seconds=2, look=Look(style="outline"))),
    ],
)
def test_spans_looks_and_fades(name, explicit, tmp_path):
    path = made(name, tmp_path)
    new, written = marked(path, explicit)
    x, y, w, h = written.mark.box
    change = np.abs(grey(new) - grey(path))[:, y : y + h, x : x + w].mean((1, 2))
    assert change[:50].min() > 15
    if explicit.fade:
        assert change[51] > change[53] > 3
        assert change[56:].max() < 8
    else:
        assert change.min() > 15


ANEW = (
    "encoder",
    "software",
    "datasize",
    "videosize",
    "lastkeyframelocation",
    "lastkeyframetimestamp",
)
CLOCKS = {".avi": 25, ".flv": 1000, ".ts": 90_000, ".m2ts": 90_000, ".wmv": 1000}


def several(name):
    return film(*SOURCE, *SOURCE, "-map", "0", "-map", "1", "-t", "0.2", *X264, name=name)


def clip(name, *args):
    return film(*SOURCE, "-t", "0.3", *args, name=name)


INTERLACED = ("-vf", "format=yuv420p,setfield=tff,interlace", "-flags", "+ildct+ilme")
PQ = "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc,format=yuv420p10le"
PQ_TAGS = ("-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc")
H265 = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error")


@pytest.mark.parametrize(
    ("name", "make", "reason"),
    [
        ("two.ts", several, "2 picture streams"),
        ("i.ts", lambda n: clip(n, *X264, *INTERLACED), "interlaced"),
        ("hdr.ts", lambda n: clip(n, *H265, "-vf", PQ, *PQ_TAGS), "HDR"),
        ("raw.avi", lambda n: clip(n, "-c:v", "rawvideo"), "coded as rawvideo"),
        ("ff.avi", lambda n: clip(n, "-c:v", "ffv1"), "coded as ffv1"),
        ("sound.ts", lambda n: film(*SOUND, "-c:a", "aac", name=n), "no picture stream"),
        ("deep.ts", lambda n: clip(n, *X264, "-pix_fmt", "yuv444p10le"), "pixel format"),
    ],
)
def test_refusals_say_why(name, make, reason):
    with pytest.raises(CannotCarry, match=reason):
        api.label(make(name), None, explicit=TWO, name=name)


def test_a_soft_track_is_refused(tmp_path):
    with pytest.raises(CannotCarry, match="subtitle track"):
        marked(made("mpeg4.avi", tmp_path), ExplicitLabel(soft_track=True))


def test_encrypted_streams_are_refused(tmp_path):
    raw = bytearray(made("h264.ts", tmp_path).read_bytes())
    for at in range(188 * 20, len(raw), 188):
        raw[at + 3] |= 0x80
    with pytest.raises(CannotCarry, match="encrypted"):
        api.label(bytes(raw), None, explicit=TWO, name="film.ts")


def test_packets_with_error_correction_are_refused(tmp_path):
    raw = made("h264.ts", tmp_path).read_bytes()
    wide = b"".join(raw[at : at + 188] + bytes(16) for at in range(0, len(raw), 188))
    with pytest.raises(CannotCarry, match="error correction"):
        api.label(wide, None, explicit=TWO, name="film.ts")


@pytest.mark.parametrize("name", ["mpeg4.avi", "h264.flv", "h264.ts", "wmv2.wmv"])
def test_damaged_films_end_in_a_clear_word(name, tmp_path):
    whole = made(name, tmp_path).read_bytes()
    for cut in (len(whole) // 3, len(whole) - 1000):
        raw = bytearray(whole[:cut])
        raw[cut // 2 : cut // 2 + 400] = bytes(400)
        with contextlib.suppress(AssetError):
            written = api.label(bytes(raw), None, explicit=TWO, name=name)
            assert written.mark is not None


def test_words_beyond_the_font_are_refused(tmp_path):
    with pytest.raises(InvalidLabel):
        marked(made("mpeg4.avi", tmp_path), ExplicitLabel(text="AI生成 \U0001f600"))
