import contextlib
import io
import struct
import subprocess
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from aigc_label import api, ffmpeg
from aigc_label.asset import open_asset
from aigc_label.containers.ebml import blocks, elements, moving, segment
from aigc_label.containers.ebml.elements import children, encoded
from aigc_label.errors import AigcLabelError
from aigc_label.explicit import matroska as marker
from aigc_label.explicit.drawing import overlay
from aigc_label.explicit.film.matroska_reel import Reel
from aigc_label.explicit.film.matroska_tracks import CROPS, TRACKS
from aigc_label.explicit.film.segment import Start
from aigc_label.explicit_label import ExplicitLabel
from aigc_label.formats import mkv
from aigc_label.model import ImplicitLabel
from matroska_samples import (
    AAC,
    AV1,
    H264,
    H265,
    MPEG2,
    MPEG4,
    OPUS,
    SOUND,
    SOURCE,
    VP8,
    VP9,
    edited,
    film,
    frames,
    hidden,
    plain,
)
from matroska_samples import blocks as every_block

TWO = ExplicitLabel(seconds=2)

FILMS = {
    "VP9.webm": (*SOURCE, *SOUND, *VP9, *OPUS),
    "VP9, 10 bit.webm": (*SOURCE, *VP9, "-pix_fmt", "yuv420p10le"),
    "VP8.webm": (*SOURCE, *VP8),
    "VP8, hidden frames.webm": None,
    "H.264.mkv": (*SOURCE, *SOUND, *H264, *AAC),
    "H.265, open.mkv": (*SOURCE, *SOUND, *H265, *OPUS),
    "AV1.webm": (*SOURCE, *AV1),
    "MPEG-4.mkv": (*SOURCE, *MPEG4),
    "MPEG-2.mkv": (*SOURCE, *MPEG2),
    "uneven times.mkv": (*SOURCE, *H264, "-vf", r"select=not(mod(n\,3))+lt(mod(n\,15)\,7)",
                         "-fps_mode", "passthrough"),
}  # fmt: skip


@pytest.fixture
def scratch(tmp_path):
    return lambda name: tmp_path / name


def saved(raw, tmp_path, name="film.mkv"):
    path = tmp_path / name
    path.write_bytes(raw)
    return path


def marked(raw, scratch, explicit=TWO):
    with open_asset(raw) as asset:
        new, found, notes = marker.MARKER.mark(asset, mkv.MKV, explicit, scratch)
        assert new is not asset
        with new:
            return (
                b"".join(
                    new.read(at, min(1 << 20, new.size - at)) for at in range(0, new.size, 1 << 20)
                ),
                found,
                notes,
            )


def same(raw, scratch, explicit=TWO):
    with open_asset(raw) as asset:
        return marker.MARKER.mark(asset, mkv.MKV, explicit, scratch).asset is asset


def run(*command):
    done = subprocess.run(command, capture_output=True, check=True, stdin=subprocess.DEVNULL)
    assert not done.stderr, done.stderr
    return done.stdout.decode("utf-8", "replace")


def stills(path, *options, size=(192, 108), pixels="gray"):
    """Every frame as displayed, in grey levels."""
    args = (*options, "-i", ffmpeg.url(path), "-map", "0:v:0", "-fps_mode", "passthrough")
    raw = ffmpeg.run([*args, "-pix_fmt", pixels, "-f", "rawvideo", "pipe:1"])
    return np.frombuffer(raw, np.uint8).reshape(-1, size[1], size[0]).astype(float)


def inside(pictures, box):
    x, y, width, height = box
    return pictures[:, y : y + height, x : x + width]


BY_WHEEL = ("AV1.webm", "H.265, open.mkv")
"""Films that are also given to the wheel's ffmpeg, which may be years newer than that on PATH."""


@pytest.mark.parametrize(
    ("which", "name"), [*(("path", n) for n in FILMS), *(("wheel", n) for n in BY_WHEEL)]
)
def test_words_stand_for_their_seconds_and_all_else_is_kept(
    which, name, tmp_path, scratch, monkeypatch
):
    if which == "wheel":
        import imageio_ffmpeg

        monkeypatch.setenv(ffmpeg.VARIABLE, imageio_ffmpeg.get_ffmpeg_exe())
    raw = film(*FILMS[name], name=name.replace(", ", "-")) if FILMS[name] else hidden()
    source = saved(raw, tmp_path)
    new, found, notes = marked(raw, scratch)
    path = saved(new, tmp_path, "new.mkv")
    before, after = frames(source), frames(path)
    assert notes == ()
    assert [time for time, _ in after] == [time for time, _ in before]
    # What is copied is decoded as it was: a third of the film at least.
    behind = next(n for n in range(len(before)) if before[n:] == after[n:])
    assert len(before) / 3 < behind < len(before) * 0.9
    old, now = (inside(stills(p), found.box) for p in (source, path))
    start = before[0][0]
    for (time, _), change in zip(before, abs(old - now).mean(axis=(1, 2)), strict=True):
        assert (change > 20) == (time < start + 2 - 1e-6), (time, change)
    assert found.at == pytest.approx((start, start + 2), abs=0.01)
    old, now = every_block(raw), every_block(new)
    assert [b for b in old if b[0] != 1] == [b for b in now if b[0] != 1]
    assert same(new, scratch)


def test_frames_that_are_never_shown(scratch):
    def shown(raw):
        return [bool(data[0] & 0x10) for *_, data in every_block(raw)]

    raw = hidden()
    new, _, _ = marked(raw, scratch)
    assert shown(raw).count(True) == shown(new).count(True) == 40
    assert 0 < shown(new).count(False) < shown(raw).count(False)


def cues(raw):
    """Where the index says that frames stand, and what stands there."""
    out = []
    with open_asset(raw) as asset:
        reel = Reel(asset)
        place = next(e for e in reel.elements if e.id == moving.CUES)
        data = asset.read(place.body, place.end - place.body)
        starts = {e.start - reel.segment.body: n for n, e in enumerate(reel.clusters)}

        def note(cue):
            cluster = reel.cluster(starts[cue.cluster])
            at = cluster.place.body + (cue.relative or 0)
            found = [
                c for c in cluster.children
                if isinstance(c, blocks.Block) and (c.track, c.time) == (cue.track, cue.time)
            ]  # fmt: skip
            assert found, cue
            assert cue.relative is None or found[0].place.start == at
            out.append((cue.track, cue.time, found[0].key))
            return cue

        assert (
            moving.cues(data, {}, note)
            == b"".join(data[c.start : c.end] for c in children(data, 0, len(data)) if c.id != 0xBF)
            or data[:1] == b"\xbf"
        )
    return out


def heads(raw):
    """What the SeekHead names, and what stands there."""
    with open_asset(raw) as asset:
        found = segment.first(asset)
        there = {e.start: e.id for e in segment.walk(asset, found)}
        seeks = [e for e in segment.walk(asset, found) if e.id == segment.SEEK_HEAD]
        return [
            (kind, there.get(found.body + place))
            for seek in seeks
            for kind, place in segment.entries(asset, seek).values()
        ]


@pytest.mark.parametrize("front", [False, True])
def test_the_index_follows(front, scratch):
    args = ("-cues_to_front", "1") if front else ()
    raw = film(*SOURCE, *SOUND, *H264, *AAC, "-cluster_time_limit", "900", *args, name="cues.mkv")
    new, _, _ = marked(raw, scratch)
    assert len(new) != len(raw)
    assert cues(new) == cues(raw)
    assert all(key for *_, key in cues(new))
    assert heads(new)
    assert all(kind == there for kind, there in heads(new))


def test_every_checksum_is_right(scratch):
    raw = film(*SOURCE, *H264, "-write_crc32", "1", "-cluster_time_limit", "900", name="crc.mkv")
    new, _, _ = marked(raw, scratch)
    sums = [kind for kind, right in checksums(new) if right]
    assert sums == [kind for kind, _ in checksums(new)] == [kind for kind, _ in checksums(raw)]
    assert sums.count(segment.CLUSTER) > 3


def checksums(raw):
    with open_asset(raw) as asset:
        for element in segment.walk(asset, segment.first(asset)):
            data = asset.read(element.body, element.end - element.body)
            if data[:2] == b"\xbf\x84":
                yield element.id, zlib.crc32(data[6:]).to_bytes(4, "little") == data[2:6]


@pytest.mark.parametrize("checked", [False, True])
def test_clusters_name_their_places(checked, scratch):
    def hinted(data):
        inner = list(children(data, 0, len(data)))
        data = b"".join(data[c.start : c.end] for c in inner if c.id != elements.CRC)
        time = next(c for c in inner if c.id == blocks.TIMESTAMP)
        long = time.end - time.start
        hints = encoded(blocks.POSITION, bytes(3)) + encoded(blocks.PREVIOUS_SIZE, b"\0")
        data = data[:long] + hints + data[long:]
        return elements.checked(data) if checked else data

    raw = film(*SOURCE, *H264, "-cluster_time_limit", "900", name="hints.mkv")
    new, _, _ = marked(edited(raw, cluster=hinted), scratch)
    with open_asset(new) as asset:
        reel = Reel(asset)
        said = [{e.id: e for e in opening} for opening in reel.openings]
        places = [blocks.number(asset, one[blocks.POSITION]) for one in said]
        assert places == [e.start - reel.segment.body for e in reel.clusters]
        # Nothing was before the first; what is larger than 255 outgrew its room.
        assert [blocks.PREVIOUS_SIZE in one for one in said] == [True] + [False] * (len(said) - 1)
    assert all(right for _, right in checksums(new))


def test_live_streams(tmp_path, scratch):
    ffmpeg.run([*SOURCE, *VP9, "-f", "webm", "-live", "1", ffmpeg.url(tmp_path / "live.webm")])
    raw = (tmp_path / "live.webm").read_bytes()
    new, _, _ = marked(raw, scratch)
    path = saved(new, tmp_path, "new.webm")
    assert len(frames(path)) == 40
    with open_asset(new) as asset:
        assert segment.first(asset).live == (b"\x18\x53\x80\x67\x01" + b"\xff" * 7 in raw)


@pytest.mark.parametrize(("codec", "decoder"), [(VP9, "libvpx-vp9"), (VP8, "libvpx")])
def test_words_are_as_solid_as_they_look_where_a_film_is_clear(codec, decoder, tmp_path, scratch):
    clear = "color=red@0.0:size=192x108:rate=10:duration=4,format=yuva420p"
    raw = film("-f", "lavfi", "-i", clear, *codec, "-auto-alt-ref", "0", name=f"{decoder}.webm")
    new, found, _ = marked(raw, scratch)
    path = saved(new, tmp_path, "new.webm")
    shown = stills(path, "-c:v", decoder, pixels="rgba", size=(192, 4 * 108))
    alpha = shown.reshape(-1, 108, 192, 4)[..., 3]
    assert inside(alpha, found.box)[:20].mean() > 200
    assert inside(alpha, found.box)[20:].max() < 20
    assert alpha[:, :60].max() < 20
    assert same(new, scratch)


SHOWN = {
    "turned left": (encoded(0x7670, encoded(0x7675, struct.pack(">f", 90))), (108, 192)),
    "turned right": (encoded(0x7670, encoded(0x7675, struct.pack(">d", -90))), (108, 192)),
    "upside down": (encoded(0x7670, encoded(0x7675, struct.pack(">f", 180))), (192, 108)),
}


@pytest.mark.parametrize("name", SHOWN)
def test_words_are_upright_in_turned_films(name, tmp_path, scratch):
    video, size = SHOWN[name]
    raw = edited(plain(), video=video)
    new, found, _ = marked(raw, scratch)
    turn = {"turned left": 1, "turned right": 3, "upside down": 2}[name]
    before, after = (
        np.rot90(stills(saved(data, tmp_path), "-noautorotate")[0], turn) for data in (raw, new)
    )
    assert after.shape == size[::-1]
    assert found.box[0] + found.box[2] < size[0]
    changed = np.argwhere(abs(after - before) > 60)
    (top, left), (bottom, right) = changed.min(0), changed.max(0) + 1
    x, y, width, height = found.box
    assert left - 8 <= x <= x + width <= right + 8
    assert top - 8 <= y <= y + height <= bottom + 8
    plate = Image.fromarray(after[y : y + height, x : x + width].astype(np.uint8))
    drawn = overlay.compose(TWO, size, None).image.convert("L")
    pad = (drawn.width - width) // 2, (drawn.height - height) // 2
    same_place = drawn.crop((*pad, pad[0] + width, pad[1] + height))
    assert ImageStat.Stat(ImageChops.difference(plate, same_place)).mean[0] < 40


def kept(path):
    """The first frame, as large as it is coded: newer versions of ffmpeg crop it, older do not."""
    args = ("-i", ffmpeg.url(path), "-map", "0:v:0", "-frames:v", "1", "-f", "image2pipe")
    with Image.open(io.BytesIO(ffmpeg.run([*args, "-c:v", "pgm", "-pix_fmt", "gray", "-"]))) as one:
        whole = Image.new("L", (192, 108))
        at = (0, 0) if one.size == whole.size else (192 - 30 - one.width, 108 - 12 - one.height)
        whole.paste(one, at)
    return np.asarray(whole).astype(float)


def test_words_stand_within_what_is_kept_of_a_picture(tmp_path, scratch):
    crops = b"".join(
        encoded(kind, bytes([n])) for kind, n in zip(CROPS, (9, 4, 30, 12), strict=True)
    )
    raw = edited(plain(), video=crops + encoded(0x54B0, b"\x99") + encoded(0x54BA, b"\x5c"))
    new, found, _ = marked(raw, scratch)
    before, after = (kept(saved(data, tmp_path)) for data in (raw, new))
    rows, columns = np.nonzero(abs(after - before) > 60)
    assert (columns.max(), rows.max()) < (192 - 30, 108 - 12)
    x, y = found.box[:2]
    assert abs(columns.min() - 9 - x) < 10
    assert abs(rows.min() - 4 - y) < 10


def test_pixels_that_are_no_squares(tmp_path, scratch):
    raw = edited(plain(), video=encoded(0x54B0, (384).to_bytes(2)) + encoded(0x54BA, b"\x6c"))
    new, found, _ = marked(raw, scratch)
    before, after = (stills(saved(data, tmp_path))[0] for data in (raw, new))
    columns = np.nonzero(abs(after - before) > 60)[1]
    assert abs(columns.min() * 2 - found.box[0]) < 16


SPANS = {
    "full": (("full",), 0, [(0, 4)]),
    "end": (("start", "end"), 0, [(0, 2), (2, 4)]),
    "pairs": (((0, 2), (2.5, 3)), 0, [(0, 2), (2.5, 3)]),
    "fades": (((0, 2), (3.3, 3.5)), 0.5, [(0, 2), (3.3, 3.5)]),
}


@pytest.mark.parametrize("name", SPANS)
def test_spans(name, tmp_path, scratch):
    spans, fade, solid = SPANS[name]
    explicit = ExplicitLabel(seconds=2, spans=spans, fade=fade)
    raw = film(*SOURCE, *H264, name="spans.mkv")
    new, found, _ = marked(raw, scratch, explicit)
    before, after = (inside(stills(saved(data, tmp_path)), found.box) for data in (raw, new))
    change = abs(after - before).mean(axis=(1, 2))
    full = change[0]
    for number, share in enumerate(change / full):
        time = number / 10
        if any(start <= time < end for start, end in solid):
            assert share > 0.8, time
        elif not any(start - fade <= time < end + fade for start, end in solid):
            assert share < 0.1, time
    if fade:
        assert 0.2 < change[22] / full < 0.95
        assert change[21] > change[22] > change[23]


def test_blocks_in_groups_keep_what_is_said_of_them(tmp_path, scratch):
    def grouped(data):
        out = []
        for child in children(data, 0, len(data)):
            raw = data[child.start : child.end]
            if child.id == blocks.SIMPLE_BLOCK:
                body = data[child.body : child.end]
                inner = encoded(blocks.BLOCK, body[:3] + b"\0" + body[4:]) + encoded(0x9B, b"\x64")
                if not body[3] & blocks.KEY:
                    inner += blocks.signed(blocks.REFERENCE, -100) + encoded(0xFA, b"\x01")
                raw = encoded(blocks.BLOCK_GROUP, inner + encoded(0x75A2, b"\x05"))
            out.append(raw)
        return b"".join(out)

    raw = edited(film(*SOURCE, *H264, name="grouped.mkv"), cluster=grouped)
    new, _, _ = marked(raw, scratch)
    with open_asset(new) as asset:
        reel = Reel(asset)
        found = [block for n in range(len(reel.clusters)) for block in reel.frames(n)]
        assert {block.place.id for block in found} == {blocks.BLOCK_GROUP}
        for block in found:
            said = {part.id for part in block.others}
            assert said >= {0x9B, 0x75A2}
            assert block.key == (blocks.REFERENCE not in said)
    assert sum(block.key for block in found) == 3
    assert frames(saved(new, tmp_path))[30:] == frames(saved(raw, tmp_path))[30:]


def test_tracks_that_are_written_twice_agree(scratch):
    def tracks(raw):
        with open_asset(raw) as asset:
            found = segment.walk(asset, segment.first(asset))
            return [asset.read(e.body, e.end - e.body) for e in found if e.id == TRACKS]

    raw = edited(plain())
    raw += encoded(TRACKS, tracks(raw)[0])
    with open_asset(raw) as asset:
        body = segment.first(asset).body
    raw = raw[: body - 8] + elements.size_field(len(raw) - body, 8) + raw[body:]
    new, _, _ = marked(raw, scratch)
    one, two = tracks(new)
    assert one == two != tracks(raw)[0]


def test_what_could_not_be_joined_is_encoded_whole(tmp_path, scratch):
    woven = (*SOURCE, "-vf", "setfield=tff", "-flags", "+ildct+ilme")
    raw = film(*woven, *H264, "-x264-params", "tff=1:b-pyramid=normal", name="woven.mkv")
    new, _, notes = marked(raw, scratch)
    before, after = frames(saved(raw, tmp_path)), frames(saved(new, tmp_path, "new.mkv"))
    assert [time for time, _ in before] == [time for time, _ in after]
    for note in notes:
        assert note.startswith("the whole picture track was encoded again: ")


def test_few_starting_points_are_told(scratch):
    source = ("-f", "lavfi", "-i", "testsrc2=size=192x108:rate=2:duration=30")
    raw = film(*source, *H264, "-g", "1000", name="far.mkv")
    _, _, notes = marked(raw, scratch)
    assert len(notes) == 1
    assert "30 seconds of the picture were encoded again for 2 " in notes[0].replace("29", "30")


def test_the_whole_way():
    label = ImplicitLabel(content_producer="001191440300708461136T1XGW3", produce_id="task-1")
    written = api.label(plain(), label, explicit=TWO)
    assert written.mark is not None
    assert written.carrier == "mkv.tags"
    (found,) = api.read(written.data).labels
    assert found.fields["ProduceID"] == "task-1"
    assert not api.label(written.data, label, explicit=TWO).changed


@given(st.integers(0, 2000), st.binary(min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_damage_gives_a_value_or_a_reason(at, data):
    raw = bytearray(film(*SOURCE, *VP9, name="damage.webm"))
    raw[at : at + len(data)] = data
    with open_asset(bytes(raw)) as asset, contextlib.suppress(AigcLabelError):
        reel = Reel(asset)
        start, end = reel.ends()
        assert start < end
        reel.stretch(start, end, lambda block: Start.CLOSED if block.key else Start.NONE)


@pytest.mark.parametrize("codec", [H265, MPEG2], ids=["H.265", "MPEG-2"])
def test_open_starting_points_on_both_sides(codec, tmp_path, scratch):
    raw = film(*SOURCE[:3], SOURCE[3].replace("=4", "=7"), *codec, name="both.mkv")
    explicit = ExplicitLabel(seconds=2, spans=("start", (5.0, 5.3)))
    new, _, notes = marked(raw, scratch, explicit)
    before, after = frames(saved(raw, tmp_path)), frames(saved(new, tmp_path, "new.mkv"))
    assert notes == ()
    assert [time for time, _ in before] == [time for time, _ in after]
    kept = [time for (time, old), (_, now) in zip(before, after, strict=True) if old == now]
    assert min(kept) < 3.4
    assert max(kept) > 6.5


@pytest.mark.foreign("mkvinfo", "mkvmerge", "ffprobe", "mediainfo")
@pytest.mark.parametrize("name", ["H.265, open.mkv", "VP9.webm"])
def test_foreign_readers_find_nothing_wrong(name, tmp_path, scratch):
    raw = film(*FILMS[name], name=name.replace(", ", "-"))
    new = saved(marked(raw, scratch)[0], tmp_path, "new.mkv")
    old = saved(raw, tmp_path)
    assert "rror" not in run("mkvinfo", "-v", "-v", str(new))
    assert "arning" not in run("mkvmerge", "-o", str(tmp_path / "again.mkv"), str(new))
    facts = ("-show_entries", "stream=codec_name,profile,width,height,duration:packet=pts,flags")
    probe = ("ffprobe", "-v", "error", *facts, "-of", "csv")
    assert sorted(run(*probe, str(new)).split()) == sorted(run(*probe, str(old)).split())
    what = ("mediainfo", "--Output=Video;%FrameCount% %Duration% %Width%x%Height%")
    assert run(*what, str(new)) == run(*what, str(old))


@pytest.mark.foreign("mkvmerge")
def test_an_index_of_every_block_follows(tmp_path, scratch):
    every = ("--cues", "0:all", "--cues", "1:all")
    run("mkvmerge", "-q", "-o", str(tmp_path / "all.mkv"), *every, str(saved(plain(), tmp_path)))
    raw = (tmp_path / "all.mkv").read_bytes()
    new, _, _ = marked(raw, scratch)
    assert len(cues(raw)) > 60
    assert [cue[:2] for cue in cues(new)] == [cue[:2] for cue in cues(raw)]


def test_what_generators_say_in_the_first_frame_stays(scratch):
    kling = "h264_metadata=sei_user_data=91ca6061-4aee-3854-8614-2d5f73f4ae2e+x"
    raw = film(*SOURCE, *H264, "-bsf:v", kling, name="kling.mkv")
    new, _, _ = marked(raw, scratch)
    for data in (raw, new):
        with open_asset(data) as asset:
            (signal,) = mkv.MKV.read(asset)
            assert signal.scheme == "vendor"
