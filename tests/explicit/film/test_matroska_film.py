import numpy as np
import pytest

from aigc_label.asset import open_asset
from aigc_label.containers.ebml import blocks, moving, segment
from aigc_label.containers.ebml.elements import children
from aigc_label.explicit import ffmpeg
from aigc_label.explicit import matroska as marker
from aigc_label.explicit.film.matroska_reel import Reel
from aigc_label.explicit_label import ExplicitLabel
from aigc_label.formats import mkv
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
    film,
    frames,
)  # fmt: skip
from matroska_samples import blocks as every_block

TWO = ExplicitLabel(seconds=2)

FILMS = {
    "VP9.webm": (*SOURCE, *SOUND, *VP9, *OPUS),
    "VP9, 10 bit.webm": (*SOURCE, *VP9, "-pix_fmt", "yuv420p10le"),
    "VP8.webm": (*SOURCE, *VP8),
    "VP8, hidden frames.webm": (*SOURCE, *VP8, "-deadline", "good", "-auto-alt-ref", "1",
                                "-lag-in-frames", "10", "-arnr-maxframes", "5"),
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
            return new.read(0, new.size), found, notes


def same(raw, scratch, explicit=TWO):
    with open_asset(raw) as asset:
        return marker.MARKER.mark(asset, mkv.MKV, explicit, scratch).asset is asset


def stills(path, *options, size=(192, 108)):
    """Every frame as displayed, in grey levels."""
    args = (*options, "-i", ffmpeg.url(path), "-map", "0:v:0", "-fps_mode", "passthrough")
    raw = ffmpeg.run([*args, "-pix_fmt", "gray", "-f", "rawvideo", "pipe:1"])
    return np.frombuffer(raw, np.uint8).reshape(-1, size[1], size[0]).astype(float)


def inside(pictures, box):
    x, y, width, height = box
    return pictures[:, y : y + height, x : x + width]


@pytest.mark.parametrize("name", FILMS)
def test_words_stand_for_their_seconds_and_all_else_is_kept(name, tmp_path, scratch):
    raw = film(*FILMS[name], name=name.replace(", ", "-"))
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
