"""Smart rendering, seen by ffmpeg: what is not under the words is what it was."""

import struct
from fractions import Fraction

import numpy as np
import pytest

from aigc_label import api, ffmpeg
from aigc_label.asset import open_asset
from aigc_label.containers import bmff
from aigc_label.errors import AssetError, CannotCarry
from aigc_label.explicit.film import codecs, encoder, marking, plate, smart, tables, timing
from aigc_label.explicit.film.segment import Picture
from aigc_label.explicit_label import ExplicitLabel, Look
from aigc_label.formats import mov, mp4
from film_samples import (
    AAC,
    FILMS,
    H264,
    H265,
    SOUND,
    SOURCE,
    TWO,
    X265,
    frames,
    made,
    marked,
    packets,
    read,
)
from mp4_samples import box, film, movie, workshop


@pytest.fixture
def scratch(tmp_path):
    return lambda name: tmp_path / name


@pytest.mark.parametrize("name", FILMS)
def test_what_is_not_under_the_words_is_what_it_was(name, scratch):
    raw = made(name)
    new, found = marked(raw, scratch)
    before, after = frames(raw), frames(new)
    assert [time for time, _ in after] == [time for time, _ in before]
    differ = [n for n, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]]
    assert differ == list(range(len(differ)))
    start = found.at[0]
    assert found.at == (start, start + 2)
    covered = 2 if "uneven" not in name else 2.5
    assert differ[-1] < len(before) * covered / 4 + 3
    with open_asset(raw) as asset, open_asset(new) as other:
        old_track, new_track = tables.pictures(asset)[0], tables.pictures(other)[0]
    assert (old_track.decoded == new_track.decoded).all()
    assert (np.sort(old_track.times) == np.sort(new_track.times)).all()
    if "-c:a" in FILMS[name]:
        assert packets(new, "a") == packets(raw, "a") != []
    with open_asset(new) as asset:
        again = smart.mark(asset, TWO, scratch)
        assert again.asset is asset
        assert again.mark.box == found.box


LONG = (*SOURCE[:-1], SOURCE[-1].replace("duration=4", "duration=12"), *H264)


def plain():
    return film(*LONG, name="long.mp4")


def differing(raw, new):
    pairs = zip(frames(raw), frames(new), strict=True)
    return [n for n, (one, other) in enumerate(pairs) if one != other]


def test_words_in_the_middle_and_at_the_end(scratch):
    explicit = ExplicitLabel(seconds=2, spans=("start", (5.5, 7.5), "end"))
    new, found = marked(plain(), scratch, explicit)
    assert found.at == (0, 2)
    expected = [*range(20), *range(50, 80), *range(100, 120)]
    assert differing(plain(), new) == expected
    x, y, w, h = found.box
    bright = grey(new)[:, y : y + h, x : x + w].max((1, 2)) > 240
    assert bright[:20].all()
    assert bright[55:75].all()
    assert bright[100:].all()


OPEN = {
    "HEVC": (*H265, "-x265-params", X265),
    "MPEG-4": ("-c:v", "mpeg4", "-q:v", "5", "-bf", "2", "-g", "10"),
}


@pytest.mark.parametrize("name", OPEN)
def test_words_between_open_groups(name, scratch):
    raw = film(*LONG[: len(SOURCE)], *OPEN[name], name=f"open {name}.mp4")
    with open_asset(raw) as asset:
        track = tables.pictures(asset)[0]
        keys = np.flatnonzero(track.keys)
        assert any((track.times[n:] < track.times[n]).any() for n in keys)
    explicit = ExplicitLabel(seconds=2, spans=("start", (6, 8)))
    new, _ = marked(raw, scratch, explicit)
    differ = differing(raw, new)
    assert differ[0] == 0
    assert set(range(60, 80)) < set(differ)
    assert not set(range(40, 48)) & set(differ)
    assert differ[-1] < 95


def test_words_fade_beyond_their_seconds(scratch):
    explicit = ExplicitLabel(seconds=2, spans=("start", (6, 8)), fade=1, look=Look(ink="#ffffff"))
    new, found = marked(plain(), scratch, explicit)
    x, y, w, h = found.box
    change = np.abs(grey(new) - grey(plain()))[:, y : y + h, x : x + w].mean((1, 2))
    full = change[:20].mean()
    assert (change[:20] > full * 0.7).all()
    assert change[20] > change[23] > change[26] > change[29]
    assert change[51] < change[55] < change[60]
    assert change[95] < full / 8


def grey(raw, width=192, height=128):
    path = workshop("grey.mp4")
    path.write_bytes(raw)
    args = ("-i", ffmpeg.url(path), "-map", "0:v", "-fps_mode", "passthrough", "-pix_fmt", "gray")
    data = ffmpeg.run([*args, "-f", "rawvideo", "pipe:1"])
    return np.frombuffer(data, np.uint8).reshape(-1, height, width).astype(float)


def test_full_span_of_a_short_film(scratch):
    raw = made("H.264, header last")
    new, found = marked(raw, scratch, ExplicitLabel(spans=("full",)))
    assert found.at == (0, 4)
    assert differing(raw, new) == list(range(40))


@pytest.mark.parametrize("look", [Look(style="auto"), Look(ink="#ffee00", ground="#700000")])
def test_looks(look, scratch):
    raw = made("H.264, header first")
    explicit = ExplicitLabel(seconds=2, position="auto", look=look)
    new, found = marked(raw, scratch, explicit)
    assert found.place in ("top-left", "top-right", "bottom-left", "bottom-right")
    with open_asset(new) as asset:
        assert smart.mark(asset, explicit, scratch).asset is asset


def test_colours_of_the_words_are_those_asked_for(scratch):
    """Whatever matrix the film has, yellow on red comes out yellow on red."""
    tags = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")
    matrix = ("-vf", "scale=out_color_matrix=bt709:out_range=tv,setparams=colorspace=bt709")
    for extra in ((), (*matrix, *tags)):
        raw = film(*SOURCE, *H264, *extra, name=f"matrix{len(extra)}.mp4")
        look = Look(ink="#ffee00", ground="#700000")
        new, found = marked(raw, scratch, ExplicitLabel(seconds=2, height=0.3, look=look))
        path = workshop("colour.mp4")
        path.write_bytes(new)
        args = ("-i", ffmpeg.url(path), "-frames:v", "1", "-pix_fmt", "rgb24", "-f", "rawvideo")
        picture = np.frombuffer(ffmpeg.run([*args, "-"]), np.uint8).reshape(128, 192, 3)
        x, y, w, h = found.box
        seen = picture[y : y + h, x : x + w].reshape(-1, 3).astype(int)
        for colour in ((255, 238, 0), (112, 0, 0)):
            assert np.abs(seen - colour).max(1).min() < 24


TURNS = [(0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0), (-1, 0, 0, 1)]


@pytest.mark.parametrize("turn", TURNS)
def test_turned_and_squeezed(turn, scratch):
    raw = film(*SOURCE, *H264, "-vf", "scale=144:128,setsar=4/3", name="squeezed.mp4")
    a, b, c, d = (number << 16 for number in turn)
    at = raw.index(b"tkhd") + 4 + 40
    raw = raw[:at] + struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30) + raw[at + 36 :]
    explicit = ExplicitLabel(seconds=2, height=0.1)
    new, found = marked(raw, scratch, explicit)
    width, height = (192, 128) if turn[0] else (128, 192)
    x, y, w, h = found.box
    assert (x > width / 2, y > height / 2) == (True, True)
    path = workshop("turned.mp4")
    path.write_bytes(new)
    args = ("-i", ffmpeg.url(path), "-frames:v", "1", "-vf", f"scale={width}:{height}")
    shown = ffmpeg.run([*args, "-pix_fmt", "gray", "-f", "rawvideo", "-"])
    picture = np.frombuffer(shown, np.uint8).reshape(height, width)
    assert picture[y : y + h, x : x + w].max() > 235
    with open_asset(new) as asset:
        assert smart.mark(asset, explicit, scratch).asset is asset


def test_all_other_tracks_and_tags_are_what_they_were(scratch):
    """Two sounds, subtitles of two bytes a sample, chapters, time code: all boxes but offsets."""
    words, chapters = workshop("words.srt"), workshop("chapters.txt")
    words.write_text("1\n00:00:00,200 --> 00:00:01,000\nwords\n")
    chapters.write_text(
        ";FFMETADATA1\ntitle=T\n[CHAPTER]\nTIMEBASE=1/10\nSTART=0\nEND=20\ntitle=One\n"
    )
    inputs = (*SOURCE, *SOUND, *SOUND, "-i", str(words), "-i", str(chapters))
    maps = ("-map", "0", "-map", "1", "-map", "2", "-map", "3", "-map_metadata", "4")
    more = ("-map_chapters", "4", "-timecode", "01:00:00:00", "-metadata:s:a:1", "language=fra")
    raw = film(*inputs, *maps, *more, *H264, *AAC, "-c:s", "mov_text", name="rich.mp4")
    new, _ = marked(raw, scratch)
    for kind in ("a:0", "a:1", "s:0"):
        assert packets(new, kind) == packets(raw, kind) != []
    with open_asset(raw) as one, open_asset(new) as other:
        assert others(one) == others(other) != []


def others(asset):
    """All boxes of the header but the tables of the picture track and chunk offsets."""
    moov = bmff.sole_moov(bmff.top_level(asset))
    boxes, found = bmff.children(asset, moov), []
    while boxes:
        part = boxes.pop()
        if part.type in (b"trak", b"mdia", b"minf", b"stbl", b"udta"):
            boxes += bmff.children(asset, part)
        elif part.type != b"stco":
            found.append(asset.read(part.start, part.size))
    mine = (b"stsd", b"stsz", b"ctts", b"stss")
    picture = tables.pictures(asset)[0].boxes
    changed = [asset.read(picture[kind].start, picture[kind].size) for kind in mine]
    return [data for data in found if data not in changed]


REFUSED = {
    "fragments": ((*SOURCE, *H264, "-movflags", "frag_keyframe+empty_moov"), TWO, "fragments"),
    "two pictures": (
        (*SOURCE, *SOURCE, "-map", "0", "-map", "1", *H264), TWO, "2 picture tracks"
    ),
    "sound alone": ((*SOUND, *AAC), TWO, "no picture track"),
    "behind the end": (
        (*SOURCE, *H264), ExplicitLabel(spans=("start", (60, 62))), "ends before the span"
    ),
    "12 bit": ((*SOURCE, *H265, "-x265-params", X265, "-pix_fmt", "yuv420p12le"), TWO, "yuv420p12"),
    "motion jpeg": ((*SOURCE, "-c:v", "mjpeg", "-pix_fmt", "yuvj420p"), TWO, "decoded by itself"),
    "no way out": (
        ("-f", "lavfi", "-i", "testsrc2=size=64x64:rate=2:duration=60", *H264, "-g", "999"),
        TWO, "within 20 seconds",
    ),
    "too small": ((*SOURCE, *H264, "-vf", "scale=16:16"), TWO, "too small"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_say_why(name, scratch):
    args, explicit, reason = REFUSED[name]
    raw = film(*args, name=f"{name}.mp4")
    with open_asset(raw) as asset, pytest.raises(CannotCarry, match=reason):
        smart.mark(asset, explicit, scratch)


def test_what_cannot_be_joined_is_encoded_whole_and_the_reason_said(tmp_path, scratch):
    args, _, reason = REFUSED["fragments"]
    path = tmp_path / "film.mp4"
    path.write_bytes(film(*args, name="fragments.mp4"))
    with open_asset(path) as asset:
        new = marking.mark(asset, mp4.FORMAT, ExplicitLabel(seconds=2, fade=0.5), scratch)
        assert new.asset is not asset
        assert reason in new.notes[0]
        raw = read(new.asset)
        new.asset.close()
    assert len(frames(raw)) == 40
    path.write_bytes(raw)


def test_whole_way_of_a_quicktime_film():
    raw = film(*FILMS["H.264, header first"], name="film.mov")
    written = api.label(raw, None, explicit=TWO)
    assert written.format == mov.FORMAT.id
    assert written.notes == ()
    assert differing(raw, written.data) == list(range(20))
    again = api.label(written.data, None, explicit=TWO)
    assert again.data == written.data


def elst(*rows):
    return box(b"edts", box(b"elst", struct.pack(">II", 0, len(rows)), *rows))


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([struct.pack(">IiI", 500, 0, 1 << 16)] * 2, "pieces"),
        ([struct.pack(">IiI", 500, 0, 1 << 15)], "speed"),
        ([struct.pack(">IiI", 500, 90_000_000, 1 << 16)], "none of its frames"),
        ([struct.pack(">IiI", 500, -1, 1 << 16)], "pieces"),
    ],
)
def test_odd_edit_lists(rows, reason):
    raw = film(*SOURCE, *H264, "-bf", "0", "-use_editlist", "0", name="no edits.mp4")
    at = raw.index(b"mdia") - 4
    asset = open_asset(raw)
    with asset:
        track = tables.pictures(asset)[0]
        assert timing.played(asset, track) == timing.Played(0, 4, 0)
    new = bytearray(raw[:at] + elst(*rows) + raw[at:])
    more = len(new) - len(raw)
    for kind in (b"moov", b"trak"):
        place = raw.index(kind) - 4
        new[place : place + 4] = struct.pack(">I", int.from_bytes(raw[place : place + 4]) + more)
    with open_asset(bytes(new)) as asset, pytest.raises(CannotCarry, match=reason):
        timing.played(asset, tables.pictures(asset)[0])


def test_header_without_a_track(scratch):
    with open_asset(movie()) as asset, pytest.raises(CannotCarry, match="no picture track"):
        smart.mark(asset, TWO, scratch)


def test_damaged_pictures_are_not_shortened_in_silence(scratch):
    raw = bytearray(made("H.264, header first"))
    with open_asset(bytes(raw)) as asset:
        track = tables.pictures(asset)[0]
    for number in range(1, 9):
        at = int(track.offsets[number])
        raw[at + 9 : at + 60] = bytes(51)
    with open_asset(bytes(raw)) as asset, pytest.raises(AssetError, match=r"again|decoded"):
        smart.mark(asset, TWO, scratch)


def test_frames_that_cannot_be_decoded_at_all(scratch):
    raw = bytearray(made("H.264, header first"))
    with open_asset(bytes(raw)) as asset:
        track = tables.pictures(asset)[0]
    for number in range(30):
        at, size = int(track.offsets[number]), int(track.sizes[number])
        if not track.keys[number]:
            raw[at : at + size] = bytes(size)
        else:
            raw[at + 5 : at + size] = bytes(size - 5)
    with open_asset(bytes(raw)) as asset, pytest.raises(CannotCarry):
        smart.mark(asset, TWO, scratch)


def test_long_groups_are_told(scratch):
    raw = film(*LONG, "-g", "999", name="one group.mp4")
    with open_asset(raw) as asset:
        (note,) = smart.mark(asset, TWO, scratch).notes
    assert "10 seconds behind the words" in note


def test_dolby_vision_and_other_codings_are_told_apart():
    look = Picture("hevc", "Main 10", "hvc1", "yuv420p10le", {}, (64, 64), Fraction(1), "")
    smart._refuse_unsafe(look, codecs.hevc)
    for other, reason in (
        (look._replace(notes="DOVI"), "Dolby"),
        (look._replace(codec="mjpeg"), "coded as mjpeg"),
        (look._replace(pixels="yuv420p12le"), "yuv420p12le"),
    ):
        with pytest.raises(CannotCarry, match=reason):
            smart._refuse_unsafe(other, codecs.hevc)


def test_words_over_most_of_a_long_film_are_for_the_other_path():
    raw = film(
        "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=2:duration=90", *H264, name="90.mp4"
    )  # fmt: skip
    explicit = ExplicitLabel(spans=("full",))
    with open_asset(raw) as asset, pytest.raises(CannotCarry, match="most of it"):
        smart.mark(asset, explicit, lambda _: pytest.fail("nothing is cut"))


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_words_in_hdr_films_are_as_bright_as_paper(transfer):
    signal = float(plate._coded(np.array(1.0), transfer))
    assert signal == pytest.approx({"smpte2084": 0.58, "arib-std-b67": 0.75}[transfer], abs=0.01)
    levels = np.array([0.0, 0.05, 0.3, 1.0])
    seen = plate._seen(plate._coded(levels, transfer), transfer)
    assert seen[3] == pytest.approx(1, abs=0.01)
    assert seen[0] == pytest.approx(0, abs=0.01)
    assert (np.diff(seen) > 0).all()


@pytest.mark.parametrize(
    ("spans", "fade", "expected"),
    [
        (("start",), 0, [(1, 3)]),
        (("start", "middle", "end"), 0, [(1, 3), (5, 7), (9, 11)]),
        (("full",), 0, [(1, 11)]),
        ((((0, 2)), (1.5, 4)), 0, [(1, 5)]),
        (("start", (2.5, 4.0)), 0.4, [(1, 5)]),
        (("start", (8, 99)), 0, [(1, 3), (9, 11)]),
    ],
)
def test_spans_in_seconds(spans, fade, expected):
    explicit = ExplicitLabel(seconds=2, spans=spans, fade=fade)
    found = timing.showings(explicit, timing.Played(1.0, 11.0))
    assert [(s.start, s.end) for s in found] == expected
    assert found[0].rise == 0
    assert found[-1].fall == (fade if expected[-1][1] < 11 else 0)


def test_late_films_count_from_their_own_start():
    film = timing.Played(0.5, 10.5, 2.0)
    (first, second) = timing.showings(ExplicitLabel(spans=("start", (6, 8)), seconds=2), film)
    assert (first.start, first.end) == (0.5, 2.5)
    assert (second.start, second.end) == (4.5, 6.5)
    assert film.film_seconds(second) == (6, 8)


def test_film_without_a_movie_header():
    raw = made("H.264, header first").replace(b"mvhd", b"mvhx")
    with open_asset(raw) as asset, pytest.raises(CannotCarry, match="movie header"):
        timing.played(asset, tables.pictures(asset)[0])


def test_too_much_for_the_memory(scratch, monkeypatch, tmp_path):
    monkeypatch.setattr(encoder, "LARGEST_MADE", 100)
    with open_asset(plain()) as asset, pytest.raises(CannotCarry, match="MiB"):
        smart.mark(asset, TWO, scratch)
    assert not (tmp_path / "made.mp4").exists()


def test_as_many_frames_come_out_as_went_in(scratch, monkeypatch):
    whole = smart._stretch

    def longer(*args):
        found = whole(*args)
        return found._replace(frames=found.frames + 1)

    monkeypatch.setattr(smart, "_stretch", longer)
    with open_asset(plain()) as asset, pytest.raises(CannotCarry, match="frames came out"):
        smart.mark(asset, TWO, scratch)


def test_words_that_are_not_there_are_missed(scratch, monkeypatch):
    honest = smart.timing.showings

    def never(explicit, film):
        return [s._replace(end=s.start) for s in honest(explicit, film)]

    monkeypatch.setattr(smart.timing, "showings", never)
    with open_asset(plain()) as asset, pytest.raises(CannotCarry, match="cannot be seen"):
        smart.mark(asset, TWO, scratch)


def test_picture_without_frames_or_of_another_coding(scratch):
    raw = plain().replace(b"avc1\0\0\0\0", b"prod\0\0\0\0")
    with open_asset(raw) as asset, pytest.raises(CannotCarry, match="'prod'"):
        smart.mark(asset, TWO, scratch)
