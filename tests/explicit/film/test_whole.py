import io
import re
import struct
import subprocess

import numpy as np
import pytest
from PIL import Image

from aigc_label import api, ffmpeg
from aigc_label.asset import open_asset
from aigc_label.containers import bmff
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry, InvalidLabel, Malformed, MissingExtra
from aigc_label.explicit.drawing import overlay, standing
from aigc_label.explicit.film import footage, picture
from aigc_label.explicit.film import whole as video
from aigc_label.explicit_label import ExplicitLabel, Look
from aigc_label.formats import mp4
from aigc_label.model import ImplicitLabel
from mp4_samples import FTYP, PICTURE, box, edited, film, movie, workshop

SOURCE = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10:duration=2.6")
SOUND = ("-f", "lavfi", "-i", "sine=duration=2.6")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-pix_fmt", "yuv420p")
H265 = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "12", "-x265-params", "log-level=error")
AAC = ("-c:a", "aac", "-b:a", "32k")
NTSC = "setparams=range=tv:color_primaries=smpte170m:color_trc=bt709:colorspace=smpte170m"
TWO = ExplicitLabel(seconds=2)

FILMS = {
    "H.264, header last": (*SOURCE, *SOUND, *H264, *AAC),
    "H.264, 10 bit": (*SOURCE, *H264, "-pix_fmt", "yuv420p10le"),
    "H.264, 4:4:4, full range": (*SOURCE, *H264, "-pix_fmt", "yuvj444p"),
    "H.264, other rate and clock": (*SOURCE, "-r", "30000/1001", *H264,
                                    "-video_track_timescale", "90000"),
    "H.264, colours": (*SOURCE, "-vf", NTSC, *H264, "-color_primaries", "smpte170m",
                       "-color_trc", "bt709", "-colorspace", "smpte170m",
                       "-profile:v", "main", "-movflags", "+faststart"),
    "H.264, flat pixels": (*SOURCE, "-vf", "scale=240:180,setsar=4/3", *H264),
    "H.264, fragments": (*SOURCE, *SOUND, *H264, *AAC, "-movflags", "frag_keyframe+empty_moov"),
    "H.265": (*SOURCE, *SOUND, *H265, *AAC, "-pix_fmt", "yuv420p10le", "-tag:v", "hev1"),
    "H.264, uneven times": (*SOURCE, "-vf", r"select=not(mod(n\,3))+lt(n\,5)", *H264,
                            "-fps_mode", "passthrough", "-video_track_timescale", "10000"),
    "H.264, picture late": ("-itsoffset", "0.5", *SOURCE, *SOUND, *H264, *AAC),
}  # fmt: skip


OLDER = ("H.264, picture late", "H.265", "H.264, colours")
"""Films that are also given to the ffmpeg on PATH, which may be years older than the wheel's."""


def use_ffmpeg(which, monkeypatch):
    import imageio_ffmpeg

    wheel = imageio_ffmpeg.get_ffmpeg_exe()
    monkeypatch.setenv(ffmpeg.VARIABLE, wheel)
    if which == "path":
        monkeypatch.delenv(ffmpeg.VARIABLE)
        if ffmpeg.executable() == wheel:
            pytest.skip("no other ffmpeg on PATH")


@pytest.fixture
def scratch(tmp_path):
    return lambda name: tmp_path / name


def saved(raw, tmp_path, name="film.mp4"):
    path = tmp_path / name
    path.write_bytes(raw)
    return path


def marked(path, scratch, explicit=TWO):
    with open_asset(path) as asset:
        new, found = video.mark(asset, mp4.FORMAT, explicit, scratch)
        assert new is not asset
        with new:
            raw = b"".join(
                new.read(at, min(1 << 20, new.size - at)) for at in range(0, new.size, 1 << 20)
            )
    return raw, found


def grey(path, *, turned=True, width=320, height=180):
    """Every frame as displayed, in grey levels."""
    turn = () if turned else ("-noautorotate",)
    args = (*turn, "-i", ffmpeg.url(path), "-map", "0:v:0", "-fps_mode", "passthrough")
    raw = ffmpeg.run([*args, "-pix_fmt", "gray", "-f", "rawvideo", "pipe:1"])
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width).astype(float)


def times(path):
    """When each frame is shown, in seconds, from the container."""
    args = ("-copyts", "-i", ffmpeg.url(path), "-map", "0:v:0", "-c", "copy", "-f", "framemd5", "-")
    text = ffmpeg.run(args).decode()
    top, bottom = map(int, text.partition("#tb 0: ")[2].splitlines()[0].split("/"))
    rows = [line.split(",") for line in text.splitlines() if not line.startswith("#")]
    return sorted(int(row[2]) * top / bottom for row in rows)


def facts(path):
    with open_asset(path) as asset:
        seen = footage.probe(asset, path)
    return {name: getattr(seen, name) for name in footage.Footage.__slots__}


@pytest.mark.parametrize(
    ("which", "name"), [*(("wheel", n) for n in FILMS), *(("path", n) for n in OLDER)]
)
def test_words_stand_for_their_seconds_and_all_else_is_kept(
    which, name, tmp_path, scratch, monkeypatch
):
    use_ffmpeg(which, monkeypatch)
    path = saved(film(*FILMS[name], name=f"{name}.mp4".replace(":", "")), tmp_path)
    raw, found = marked(path, scratch)
    new = saved(raw, tmp_path, "new.mp4")
    was = facts(path)
    assert facts(new) == was
    shown = times(path)
    assert times(new) == pytest.approx(shown)
    bearing = sum(t - shown[0] < TWO.seconds for t in shown)
    assert 0 < bearing < len(shown)
    assert shown[bearing] - shown[0] >= 2

    width, height = was["look"].size
    before, after = grey(path, width=width, height=height), grey(new, width=width, height=height)
    x, y, w, h = found.box
    x, w = round(x * width / 320), round(w * width / 320)
    change = np.abs(after - before)
    inside = change[:, y : y + h, x : x + w].mean((1, 2))
    assert inside[:bearing].min() > 20
    assert inside[bearing:].max() < 8
    change[:, y - h : y + 2 * h, x - h : x + w + h] = 0
    assert change.mean((1, 2)).max() < 3

    assert (found.kind, found.text, found.place) == ("text", "AI生成", "bottom-right")
    assert found.at == (0.0, 2)
    assert found.ratio >= 0.06
    assert (x + w, y + h) > (0.8 * width, 0.8 * 180)


def with_matrix(raw, matrix):
    asset = open_asset(raw)
    at = footage.matrix_place(asset, 0)
    a, b, c, d = (n << 16 for n in matrix)
    data = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    return edited(raw, EditPlan([Splice(Span(at, at + 36), data)]))


@pytest.mark.parametrize(
    ("turn", "corner"),
    [
        *zip(
            footage.TURNS, ("bottom-left", "top-right", "bottom-right", "top-left") * 2, strict=True
        ),
    ],
)
def test_words_are_upright_in_turned_films(turn, corner, tmp_path, scratch):
    short = film(*SOURCE, "-t", "0.3", *H264, name="short.mp4")
    path = saved(with_matrix(short, turn), tmp_path)
    raw, found = marked(path, scratch, ExplicitLabel(position=corner))
    new = saved(raw, tmp_path, "new.mp4")
    assert facts(new)["turn"] == turn
    assert found.at == (0.0, pytest.approx(0.3))
    width, height = (facts(new)["turn"][0] and (320, 180)) or (180, 320)
    frame = grey(new, width=width, height=height)[0]
    drawn = overlay.compose(ExplicitLabel(position=corner), (width, height), None)
    expected = np.asarray(drawn.image.convert("L")).astype(float)
    left, top = drawn.left, drawn.top
    assert (left < 20) == corner.endswith("left")
    assert (top < 20) == corner.startswith("top")
    seen = frame[top : top + expected.shape[0], left : left + expected.shape[1]]
    # Even places for chroma may shift it by a pixel; upside down or mirrored it would not fit.
    best = min(
        np.abs(np.roll(seen, (dy, dx), (0, 1)) - expected)[2:-2, 2:-2].mean()
        for dy in (-1, 0, 1)
        for dx in (-1, 0, 1)
    )
    assert best < 12
    assert best < np.abs(seen[:, ::-1] - expected)[2:-2, 2:-2].mean() / 2


@pytest.mark.parametrize("turn", [(1, 0, 0, 1), (0, 1, -1, 0)])
def test_height_counts_in_square_pixels(turn, tmp_path, scratch):
    args = (*SOURCE, "-t", "0.2", "-vf", "scale=160:180,setsar=2", *H264)
    path = saved(with_matrix(film(*args, name="flat.mp4"), turn), tmp_path)
    _, found = marked(path, scratch, ExplicitLabel(height=0.1))
    shown = facts(path)["look"].size, facts(path)["look"].aspect
    assert shown == ((160, 180), 2)
    assert 0.1 <= found.ratio < 0.12
    assert found.box[2] / found.box[3] == pytest.approx(3, abs=0.6)
    assert found.box[0] + found.box[2] < (320 if turn[0] else 180)


EVERY = {
    "start, middle and end": ExplicitLabel(
        seconds=2, spans=("start", "middle", "end"), position="top-left"
    ),
    "full": ExplicitLabel(spans=("full",), look=Look(style="outline", weight="bold")),
    "pairs that fade": ExplicitLabel(
        spans=((0, 2), (4, 5)), fade=0.5, position=(0.5, 0.5), look=Look(icon="spark")
    ),
    "auto": ExplicitLabel(
        seconds=2, fade=0.4, position="auto", look=Look(style="auto", ink="#ffee00")
    ),
}


@pytest.mark.foreign
@pytest.mark.parametrize("name", EVERY)
def test_every_span_and_look(name, tmp_path, scratch):
    explicit = EVERY[name]
    long = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10:duration=8")
    path = saved(film(*long, *SOUND, *H264, *AAC, name="long.mp4"), tmp_path)
    raw, found = marked(path, scratch, explicit)
    new = saved(raw, tmp_path, "new.mp4")
    x, y, w, h = found.box
    inside = np.abs(grey(new) - grey(path))[:, y : y + h, x : x + w].mean((1, 2))
    assert len(inside) == 80
    full = {
        "start, middle and end": [*range(20), *range(30, 50), *range(60, 80)],
        "full": range(80),
        "pairs that fade": [*range(20), *range(40, 50)],
        "auto": range(20),
    }[name]
    fading = {
        "pairs that fade": [*range(20, 25), *range(35, 40), *range(50, 55)],
        "auto": range(20, 24),
    }.get(name, ())
    bare = sorted(set(range(80)) - set(full) - set(fading))
    assert inside[list(full)].min() > 20
    assert not bare or inside[bare].max() < 8
    if fading:
        assert inside[21] > inside[23]
        assert 8 < inside[22] < inside[19]
    with Image.open(io.BytesIO(first_frame(raw))) as picture:
        stands = standing.standing(explicit, (320, 180), picture.convert("RGB"))
    assert stands is not None
    assert stands.words_box == found.box
    assert mp4_frames(new) == 80


def mp4_frames(path):
    """The number of frames that ffprobe decodes."""
    args = ["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v:0"]
    args += ["-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", str(path)]
    return int(subprocess.run(args, capture_output=True, check=True).stdout)


def test_mark_that_stands_is_left(tmp_path, scratch):
    raw, found = marked(saved(film(*SOURCE, *H264, name="plain.mp4"), tmp_path), scratch)
    with open_asset(raw) as asset:
        assert video.mark(asset, mp4.FORMAT, TWO, scratch) == (asset, found)
    path = saved(raw, tmp_path, "again.mp4")
    for other in (ExplicitLabel(text="AI合成"), ExplicitLabel(position="top-left")):
        assert marked(path, scratch, other)[0] != raw


def test_bytes_and_streams(scratch):
    raw = film(*SOURCE, "-t", "0.3", *H264, name="short.mp4")
    new, found = marked(raw, scratch)
    assert marked(io.BytesIO(raw), scratch) == (new, found)


def packets(path, kind):
    args = ("-i", ffmpeg.url(path), "-map", kind, "-c", "copy", "-f", "framemd5", "-")
    return [line for line in ffmpeg.run(args).splitlines() if not line.startswith(b"#")]


def test_other_tracks_and_tags_are_kept(tmp_path, scratch):
    from mutagen.mp4 import MP4, MP4Cover

    workshop("s.srt").write_text("1\n00:00:00,200 --> 00:00:01,000\nwords\n")
    workshop("c.txt").write_text(
        ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/10\nSTART=0\nEND=10\ntitle=One\n"
        "[CHAPTER]\nTIMEBASE=1/10\nSTART=10\nEND=26\ntitle=Two\n"
    )
    inputs = (*SOUND, *SOURCE, *SOUND, "-i", str(workshop("s.srt")), "-i", str(workshop("c.txt")))
    maps = ("-map", "0", "-map", "1", "-map", "2", "-map", "3", "-map_chapters", "4")
    tags = (
        "-metadata:s:a:1",
        "language=fra",
        "-metadata:s:v",
        "language=zho",
        "-timecode",
        "01:00:00:00",
    )
    raw = film(*inputs, *maps, *H264, *AAC, "-c:s", "mov_text", *tags, name="rich.mp4")
    path = saved(raw, tmp_path)
    itunes = MP4(path)
    itunes["\xa9nam"] = ["A title"]
    cover = film(*PICTURE, "-frames:v", "1", name="cover.png")
    itunes["covr"] = [MP4Cover(cover, MP4Cover.FORMAT_PNG)]
    itunes.save()
    raw, _ = marked(path, scratch)
    new = saved(raw, tmp_path, "new.mp4")

    assert dict(MP4(new).tags) == dict(MP4(path).tags)
    assert [c.title for c in MP4(new).chapters] == [c.title for c in MP4(path).chapters]
    for kind in ("0:a:0", "0:a:1", "0:s"):
        assert packets(new, kind) == packets(path, kind) != []
    streams = [picture.STREAM.findall(ffmpeg.describe(p)) for p in (path, new)]
    kept = [[(s[0], s[3], s[4]) for s in found] for found in streams]
    assert kept[0] == kept[1]
    text = ffmpeg.describe(new)
    for words in ("(zho)", "(fra)", "title           : Two"):
        assert words in text
    codes = [set(re.findall(r"timecode *: (.*)", ffmpeg.describe(p))) for p in (path, new)]
    assert codes[0] == codes[1] != set()


def test_header_stays_where_it_was(tmp_path, scratch):
    for flag in ("+faststart", "0"):
        raw = film(*SOURCE, "-t", "0.2", *H264, "-movflags", flag, name=f"head{flag}.mp4")
        new, _ = marked(saved(raw, tmp_path), scratch)
        assert (new.index(b"moov") < new.index(b"mdat")) == (flag == "+faststart")


def turned_by_header(raw):
    asset = open_asset(raw)
    moov = bmff.sole_moov(bmff.top_level(asset))
    mvhd = bmff.find(bmff.children(asset, moov), b"mvhd")
    data = struct.pack(">5i", 0, 1 << 16, 0, -1 << 16, 0)
    return edited(raw, EditPlan([Splice(Span(mvhd.body + 36, mvhd.body + 56), data)]))


def clip(*args, name):
    return film(*SOURCE, "-t", "0.3", *args, name=name)


INTERLACED = ("-vf", "scale=320:192,format=yuv420p,setfield=tff,interlace", "-flags", "+ildct+ilme")
PQ = "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc,format=yuv420p10le"
PQ_TAGS = ("-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: film(*SOUND, *AAC, name="sound.mp4"), "no picture track"),
        (
            lambda: film(*SOURCE, *SOURCE, "-map", "0", "-map", "1", *H264, name="two.mp4"),
            "2 picture tracks",
        ),
        (lambda: clip("-c:v", "mpeg4", name="mpeg4.mp4"), "coded as mpeg4"),
        (lambda: clip(*H264, *INTERLACED, name="interlaced.mp4"), "interlaced"),
        (lambda: clip(*H264, "-vf", PQ, *PQ_TAGS, name="hdr.mp4"), "HDR in H.264"),
        (lambda: clip(*H265, "-pix_fmt", "yuv420p12le", name="12.mp4"), "pixel format yuv420p12"),
        (lambda: with_matrix(clip(*H264, name="s.mp4"), (1, 1, -1, 1)), "not a right one"),
        (lambda: turned_by_header(clip(*H264, name="s.mp4")), "movie header"),
    ],
)
def test_refusals_say_why(make, reason, tmp_path, scratch):
    path = saved(make(), tmp_path)
    with open_asset(path) as asset, pytest.raises(CannotCarry, match=reason):
        video.mark(asset, mp4.FORMAT, TWO, scratch)
    assert [p.name for p in tmp_path.iterdir()] == ["film.mp4"]


def test_words_that_do_not_fit_are_refused(tmp_path, scratch):
    path = saved(clip(*H264, "-vf", "scale=64:36,setsar=1", name="low.mp4"), tmp_path)
    words = ExplicitLabel(text="本视频内容由人工智能生成，请注意甄别，仅供参考")
    with open_asset(path) as asset, pytest.raises(CannotCarry, match="too small"):
        video.mark(asset, mp4.FORMAT, words, scratch)


def test_damaged_picture_is_not_shortened_in_silence(tmp_path, scratch):
    raw = bytearray(film(*SOURCE, *H264, name="plain.mp4"))
    media = raw.index(b"mdat")
    for at in range(media + 30_000, media + 60_000, 97):
        raw[at] ^= 0x5A
    with (
        open_asset(saved(bytes(raw), tmp_path)) as asset,
        pytest.raises(CannotCarry, match=r"could not be encoded again|cannot be decoded"),
    ):
        video.mark(asset, mp4.FORMAT, TWO, scratch)


def test_what_ffmpeg_cannot_read_is_malformed(scratch):
    with open_asset(FTYP + box(b"junk")) as asset, pytest.raises(Malformed, match="no stream"):
        video.mark(asset, mp4.FORMAT, TWO, scratch)


def test_words_beyond_the_font_are_refused(tmp_path, scratch):
    path = saved(clip(*H264, name="s.mp4"), tmp_path)
    with open_asset(path) as asset, pytest.raises(InvalidLabel):
        video.mark(asset, mp4.FORMAT, ExplicitLabel(text="AI生成 \U0001f600"), scratch)


def test_missing_ffmpeg_says_so(tmp_path, scratch, monkeypatch):
    path = saved(clip(*H264, name="s.mp4"), tmp_path)
    monkeypatch.setenv(ffmpeg.VARIABLE, str(tmp_path / "none"))
    with open_asset(path) as asset, pytest.raises(MissingExtra):
        video.mark(asset, mp4.FORMAT, TWO, scratch)


def test_format_without_graft_is_refused(scratch):
    from dataclasses import replace

    with open_asset(movie()) as asset, pytest.raises(CannotCarry, match="metadata"):
        video.mark(asset, replace(mp4.FORMAT, graft=None), TWO, scratch)


@pytest.mark.parametrize(
    ("signal", "colours"),
    [
        ("tv, bt709, progressive", ("tv", "bt709", "bt709", "bt709")),
        ("tv, bt2020nc/bt2020/smpte2084, progressive", ("tv", "bt2020nc", "bt2020", "smpte2084")),
        ("pc, bt709/unknown/iec61966-2-1", ("pc", "bt709", None, "iec61966-2-1")),
        ("progressive", (None,) * 4),
        ("", (None,) * 4),
    ],
)
def test_colours_as_ffmpeg_prints_them(signal, colours):
    found = picture.colours(signal)
    keys = ("range", "colorspace", "color_primaries", "color_trc")
    assert tuple(found.get(key) for key in keys) == colours


COVER = "  Stream #0:1[0x0]: Video: png, rgb24(pc), 9x9, 90k tbr (attached pic)"
CODE = "  Stream #0:2[0x3](eng): Data: none (tmcd / 0x64636D74), 0 kb/s"
TEXT = "  Stream #0:3[0x5](eng): Data: bin_data (text / 0x74786574), 0 kb/s"
MADE = "  Stream #0:0[0x1](und): Video: h264 (High) (avc1 / 0x31637661), yuv420p, 16x16, 25 fps"
ODD = "  Stream #0:4[0x6](und): Data: none (mebx / 0x7862656D), 0 kb/s"


def test_streams_that_come_back_by_themselves_are_not_copied():
    text = f"  Chapters:\n{CODE}\n{COVER}\n{MADE}\n{TEXT}"
    streams, pictures, chapters = footage._sorted_streams(text)
    assert (streams, [p[1] for p in pictures], chapters) == ((0,), ["0"], True)
    assert footage._sorted_streams(f"{MADE}\n{TEXT}")[::2] == ((0, 3), False)


def test_tracks_that_ffmpeg_would_lose_are_named():
    with pytest.raises(CannotCarry, match="mebx"):
        footage._sorted_streams(f"{MADE}\n{ODD}")


@pytest.mark.parametrize(
    "inside",
    [
        b"",
        box(b"trak", box(b"tkhd", bytes(84))),
        box(b"trak", box(b"tkhd", bytes(84)), box(b"mdia")),
    ],
)
def test_header_without_the_track_is_malformed(inside):
    raw = box(b"moov", inside)
    asset = open_asset(raw)
    moov = bmff.top_level(asset)[0]
    with pytest.raises(Malformed):
        footage._track(asset, moov, 7)
    if b"mdia" in inside:
        _, mdia = footage._track(asset, moov, 0)
        with pytest.raises(Malformed, match="media header"):
            footage._clock(asset, mdia)
        assert footage._step(asset, mdia) == 0
    else:
        with pytest.raises(Malformed):
            footage.matrix_place(asset, 1)


def test_whole_way_from_bytes_to_bytes():
    raw = film(*SOURCE, *H264, name="plain.mp4")
    label = ImplicitLabel(content_producer="somebody", produce_id="1")
    written = api.label(raw, label, explicit=TWO)
    again = api.label(written.data, label, explicit=TWO)
    assert again.data == written.data
    found = list(mp4.read(open_asset(written.data)))
    assert [f.carrier for f in found] == ["mp4.keys"]
    assert written.mark is not None
    with Image.open(io.BytesIO(first_frame(written.data))) as picture:
        x, y, w, h = written.mark.box
        assert picture.convert("L").crop((x, y, x + w, y + h)).getextrema()[1] > 230


def first_frame(raw):
    path = workshop("first frame.mp4")
    path.write_bytes(raw)
    args = ("-i", ffmpeg.url(path), "-frames:v", "1", "-f", "image2pipe", "-c:v", "png", "pipe:1")
    return ffmpeg.run(args)
