"""Sample tables that films seldom have, put into a real film."""

import io
import random
import struct

import numpy as np
import pytest

from aigc_label.asset import open_asset
from aigc_label.containers import bmff
from aigc_label.containers.bmff import Edit, moving
from aigc_label.edits import Span
from aigc_label.errors import AssetError, CannotCarry, Malformed, ReadBackMismatch
from aigc_label.explicit.film import checking, codecs, groups, smart, splicing, tables, timing
from aigc_label.explicit.film.codecs import h264, hevc
from aigc_label.explicit.film.excerpt import runs
from aigc_label.explicit.film.regions import Region, regions
from aigc_label.explicit.film.segment import Joined, Showing, Start
from aigc_label.explicit_label import ExplicitLabel
from mp4_samples import box, edited, film, full

SOURCE = ("-f", "lavfi", "-i", "testsrc2=size=128x96:rate=10:duration=4")
SOUND = ("-f", "lavfi", "-i", "sine=duration=4", "-c:a", "aac", "-b:a", "32k")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "10", "-pix_fmt", "yuv420p")
X265 = "log-level=error:bframes=3:keyint=10:min-keyint=10:b-adapt=2:scenecut=0"
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-x265-params", X265)
TWO = ExplicitLabel(seconds=2)
OPENING = Showing(0.0, 1.5)


def plain():
    return film(*SOURCE, *SOUND, *H264, name="tables.mp4")


def opened():
    return film(*SOURCE, *HEVC, "-tag:v", "hvc1", name="open.mp4")


def numbers(kind, *values, version=0):
    return full(kind, struct.pack(f">I{len(values)}I", len(values), *values), version=version)


def changed(raw, kind, data):
    """A film with a box of its picture track's tables replaced or added."""
    with open_asset(raw) as asset:
        track = tables.pictures(asset)[0]
        old = track.boxes.get(kind)
        end = track.inside[-1].end
        span = Span(old.start, old.end) if old else Span(end, end)
        edits = [Edit(span, data, track.inside)]
        return edited(raw, moving.relocated(asset, bmff.top_level(asset), edits, leave=0))


def grafted(raw, codec=h264, showing=OPENING):
    """A film with rubbish for frames, spliced as real ones are."""
    asset = open_asset(raw)
    track = smart._only_track(asset)
    config = tables.configuration(asset, track, codec)
    begin = timing.played(asset, track).start
    shown = Showing(begin + showing.start, begin + showing.end)
    found = regions(asset, track, lambda sample: codec.start(config, sample), [shown])
    random.seed(7)
    grafts = [
        splicing.Graft(
            region,
            Joined(
                config,
                [random.randbytes(random.randrange(1, 900)) for _ in range(region.frames)],
                [not n for n in range(region.frames)],
            ),
            tables.sample(asset, track, region.key) if region.leading else b"",
        )
        for region in found
    ]
    view = splicing.plan(asset, track, codec, config, grafts).view(asset)
    return asset, view, track, tables.pictures(view)[0], grafts


@pytest.mark.parametrize("tail", [b"", box(b"free", bytes(40))])
def test_samples_and_other_tracks_stay_where_tables_say(tail):
    before, after, old, new, (graft,) = grafted(plain() + tail)
    for number, sample in enumerate(graft.joined.samples):
        assert tables.sample(after, new, number) == sample
    for number in range(graft.end, len(old.sizes)):
        assert tables.sample(after, new, number) == tables.sample(before, old, number)
    assert (new.decoded == old.decoded).all()
    assert (np.sort(new.times) == np.sort(old.times)).all()
    ends = [part.end for part in bmff.top_level(before)]
    replaced = np.sort(np.append(old.offsets[: graft.end], ends))
    checking._same_tracks((before, after), old.number, replaced)
    assert np.flatnonzero(new.keys[: graft.end]).tolist() == [0]


def test_open_starting_point_moves_behind_what_leads_it():
    before, after, old, new, (graft,) = grafted(opened(), hevc)
    region = graft.region
    assert region.open
    assert region.leading == 3
    moved = region.key + region.leading
    assert tables.sample(after, new, moved) == tables.sample(before, old, region.key)
    assert new.times[moved] == old.times[region.key]
    assert new.keys[moved]
    assert not new.keys[region.key]
    assert (new.times[: moved + 1][1:] > new.times[:moved]).all()


@pytest.mark.parametrize("version", [0, 1])
def test_groups_of_frames_follow(version):
    with open_asset(opened()) as asset:
        keys = np.flatnonzero(tables.pictures(asset)[0].keys)
    flags = np.zeros(40, np.int64)
    flags[keys[1:]] = 1
    count, rows = runs(flags)
    more = bytes(4) if version else b""
    data = full(b"sbgp", b"rap ", more, struct.pack(">I", count), rows, version=version)
    other = full(b"sbgp", b"roll", more, struct.pack(">III", 1, 2, 0), version=version)
    raw = changed(changed(opened(), b"sbgp", data), b"none", other)
    _, after, _, new, (graft,) = grafted(raw, hevc)
    found = [b for b in bmff.children(after, new.inside[-1]) if b.type == b"sbgp"]
    assert len(found) == 2
    members = np.flatnonzero(groups._read(after, found[0], 40)[1]).tolist()
    moved = graft.region.key + graft.region.leading
    assert members == [moved, *(k for k in keys[1:].tolist() if k > moved)]
    assert after.read(found[1].start, found[1].size) == other


@pytest.mark.parametrize(
    "data",
    [
        full(b"sbgp", b"rap ", struct.pack(">III", 1, 41, 1)),
        full(b"sbgp", b"rap ", bytes(4), struct.pack(">III", 1, 2, 1), version=2),
    ],
)
def test_groups_of_unknown_forms_are_refused(data):
    with pytest.raises(CannotCarry, match="groups"):
        grafted(changed(plain(), b"sbgp", data))


def test_partial_starting_points_of_quicktime():
    with open_asset(opened()) as asset:
        keys = (np.flatnonzero(tables.pictures(asset)[0].keys) + 1).tolist()
    raw = changed(opened(), b"stss", numbers(b"stss", keys[0]))
    raw = changed(raw, b"stps", numbers(b"stps", *keys[1:]))
    _, after, _, new, (graft,) = grafted(raw, hevc)
    assert graft.region.key == keys[2] - 1
    partial = (np.flatnonzero(new.partial) + 1).tolist()
    assert partial == [keys[2] + 3, *keys[3:]]
    stss = after.read(new.boxes[b"stss"].body + 4, 8)
    assert stss == struct.pack(">II", 1, 1)


def test_dependences_follow():
    raw = changed(plain(), b"sdtp", full(b"sdtp", bytes(range(40))))
    _, after, _, new, (graft,) = grafted(raw)
    at = new.boxes[b"sdtp"].body + 4
    assert after.read(at, graft.end + 2) == (
        b"\x24" + b"\x14" * (graft.region.frames - 1) + bytes([graft.end, graft.end + 1])
    )


def tampered(kind, offset, data):
    """A film with bytes of a table of its picture track replaced."""
    with open_asset(plain()) as asset:
        at = tables.pictures(asset)[0].boxes[kind].body + offset
    return plain()[:at] + data + plain()[at + len(data) :]


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (lambda: tampered(b"stss", 8, struct.pack(">I", 41)), Malformed),
        (lambda: tampered(b"stss", 4, struct.pack(">I", 1 << 30)), AssetError),
        (lambda: tampered(b"stts", 8, struct.pack(">I", 39)), Malformed),
        (lambda: tampered(b"stts", 8, struct.pack(">I", 41)), CannotCarry),
        (lambda: tampered(b"stsz", 4, struct.pack(">II", 5, 1 << 30)), CannotCarry),
        (lambda: tampered(b"stsz", 4, struct.pack(">I", 1 << 30)), Malformed),
        (lambda: tampered(b"stsc", 8, struct.pack(">I", 2)), Malformed),
        (lambda: tampered(b"stsc", 12, struct.pack(">I", 9)), CannotCarry),
        (lambda: changed(plain(), b"subs", full(b"subs", bytes(4))), CannotCarry),
        (lambda: changed(plain(), b"stsd", full(b"stsd", bytes(4))), CannotCarry),
        (lambda: changed(plain(), b"stts", box(b"free")), CannotCarry),
        (lambda: changed(plain(), b"stss", box(b"free")), CannotCarry),
        (lambda: plain().replace(b"mdhd", b"mdhx"), Malformed),
    ],
)
def test_tables_that_do_not_fit(raw, error):
    with pytest.raises(error):
        grafted(raw())


def test_one_size_for_all_becomes_a_table():
    with open_asset(plain()) as asset:
        track = tables.pictures(asset)[0]
        same = tables._sizes(asset, track.boxes[b"stsz"])
    assert len(same) == 40
    raw = io.BytesIO(full(b"stsz", struct.pack(">II", 7, 3)))
    with open_asset(raw) as asset:
        stsz = next(bmff.boxes(asset, 0, asset.size))
        assert tables._sizes(asset, stsz).tolist() == [7, 7, 7]


def test_tracks_that_share_bytes_are_refused():
    with open_asset(plain()) as asset:
        found = list(tables.tracks(asset))
        sound = next(n for n in range(2) if n != tables.pictures(asset)[0].number)
        boxes = {box.type: box for box in bmff.children(asset, found[sound][-1])}
        at = boxes[b"stco"].body + 8
        first = int(tables.pictures(asset)[0].offsets[3])
    raw = plain()[:at] + struct.pack(">I", first) + plain()[at + 4 :]
    with pytest.raises(CannotCarry, match="share"):
        grafted(raw)
    own = tampered(b"stco", 8, struct.pack(">I", first))
    with pytest.raises(AssetError):
        grafted(own)


def kinds(answers):
    """Answers for the starting points in the order they are asked for."""
    given = iter(answers)
    return lambda _: next(given)


def test_starting_points_that_are_none():
    with open_asset(plain()) as asset:
        track = tables.pictures(asset)[0]
        showing = Showing(1.8, 2.0)
        none, closed = Start.NONE, Start.CLOSED
        answers = [none, closed, none, closed]  # two before the words, two behind
        (found,) = regions(asset, track, kinds(answers), [showing])
        assert (found.first, found.decoded, found.key) == (10, 0, 30)
        (found,) = regions(asset, track, kinds([closed, none, none]), [showing])
        assert (found.first, found.key) == (10, 40)
        with pytest.raises(CannotCarry, match="before the words"):
            regions(asset, track, kinds([none, none]), [showing])


def test_first_frames_that_were_cut_off():
    raw = opened()
    with open_asset(raw) as asset:
        track = tables.pictures(asset)[0]
        times = track.times.copy()
        times[0] = times[3] + 1
        odd = tables.Track(**{**{n: getattr(track, n) for n in track.__slots__}, "times": times})
        with pytest.raises(CannotCarry, match="cut off"):
            regions(asset, odd, lambda _: Start.OPEN, [Showing(0.5, 0.7)])


@pytest.mark.parametrize("what", ["sizes", "offsets", "times", "decoded"])
def test_differences_are_found(what, monkeypatch, tmp_path):
    before, after, *_, grafts = grafted(plain())
    honest = tables.pictures

    def lying(asset):
        (track,) = honest(asset)
        values = {name: getattr(track, name) for name in track.__slots__}
        if asset is after:
            values[what] = values[what].copy()
            values[what][-1] += 3
        return [tables.Track(**values)]

    monkeypatch.setattr(tables, "pictures", lying)
    with pytest.raises(ReadBackMismatch):
        checking.verify(before, after, grafts, tmp_path / "part.mp4")


def test_rubbish_for_frames_is_found(tmp_path):
    before, after, *_, grafts = grafted(plain())
    with pytest.raises(ReadBackMismatch, match="decoded"):
        checking.verify(before, after, grafts, tmp_path / "part.mp4")


def test_damaged_films_raise_errors_of_ours():
    random.seed(11)
    raw = plain()
    start = raw.index(b"moov")
    for _ in range(120):
        new = bytearray(raw)
        for _ in range(random.choice((1, 2, 4))):
            at = random.randrange(start, len(raw) - 4)
            new[at : at + 4] = random.choice((b"\xff" * 4, bytes(4), random.randbytes(4)))
        try:
            *_, track, _ = grafted(bytes(new))
        except AssetError:
            continue
        assert len(track.sizes) == 40


def test_region_that_reaches_the_end():
    region = Region(first=0, decoded=0, key=40, leading=0, open=False, showings=())
    assert (region.frames, region.end) == (40, 40)
    assert codecs.by_entry(b"avc1") is h264


def test_regions_that_touch_are_one():
    with open_asset(plain()) as asset:
        track = tables.pictures(asset)[0]
        shown = [Showing(0.3, 0.5), Showing(0.7, 0.9), Showing(1.5, 1.6), Showing(3.5, 3.6)]
        found = regions(asset, track, lambda _: Start.CLOSED, shown)
        assert [(r.first, r.key, len(r.showings)) for r in found] == [(0, 20, 3), (30, 40, 1)]


def test_starting_points_too_far_away():
    raw = film(
        "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=2:duration=70", *H264[:4], "-g", "999",
        "-force_key_frames", "50", name="far.mp4",
    )  # fmt: skip
    with open_asset(raw) as asset:
        track = tables.pictures(asset)[0]
        for showing, reason in (
            (Showing(40.0, 41.0), "before the words"),
            (Showing(2.0, 4.0), "behind the words"),
        ):
            with pytest.raises(CannotCarry, match=reason):
                regions(asset, track, lambda _: Start.CLOSED, [showing])


def test_samples_outside_the_media_box_are_refused():
    raw = plain()
    at = raw.index(b"mdat")
    with pytest.raises(CannotCarry, match="media box"):
        grafted(raw[:at] + b"free" + raw[at + 4 :])


def test_films_of_starting_points_alone_stay_so():
    raw = film(*SOURCE, *H264, "-g", "1", "-bf", "0", name="keys.mp4")
    with open_asset(raw) as asset:
        assert b"stss" not in tables.pictures(asset)[0].boxes
    with pytest.raises(CannotCarry, match="decoded by themselves"):
        grafted(raw)


def test_large_offsets():
    with open_asset(plain()) as asset:
        track = tables.pictures(asset)[0]
        starts = tables.chunk_starts(asset, track.boxes)
        size = track.boxes[b"stco"]
    wide = full(b"co64", struct.pack(f">I{len(starts)}Q", len(starts), *starts.tolist()))
    raw = changed(plain(), b"stco", wide)
    assert size.end - size.start < len(wide)
    before, after, old, new, (graft,) = grafted(raw)
    assert b"co64" in new.boxes
    for number in range(graft.end, len(old.sizes)):
        assert tables.sample(after, new, number) == tables.sample(before, old, number)
