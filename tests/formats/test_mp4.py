import json
import shutil
import struct
import subprocess

import pytest

from aigc_label import ffmpeg
from aigc_label.asset import open_asset
from aigc_label.containers import bmff
from aigc_label.containers.bmff import moving
from aigc_label.edits import Span, replacements
from aigc_label.errors import Malformed
from aigc_label.formats import mp4
from aigc_label.model import FoundLabel, ImplicitLabel
from mp4_samples import (
    FTYP,
    H264,
    JSON,
    LABEL,
    PICTURE,
    SOUND,
    box,
    edited,
    film,
    frames,
    mdir,
    mdta,
    movie,
    workshop,
)

SUBTITLES = "1\n00:00:00,200 --> 00:00:01,000\nfirst\n\n2\n00:00:01,200 --> 00:00:02,000\nsecond\n"
TAGS = ("-metadata", "title=A title", "-metadata", "artist=Somebody")
FILMS = {
    "last": ("-movflags", "0"),
    "first": ("-movflags", "+faststart"),
    "fragments": ("-movflags", "frag_keyframe+empty_moov+default_base_moof"),
    "fragments, absolute": ("-movflags", "frag_keyframe+empty_moov"),
    "fragments, index": ("-movflags", "frag_keyframe+empty_moov+default_base_moof+global_sidx"),
    "fragments, header full": ("-movflags", "frag_keyframe"),
}


def base():
    """Two sounds, subtitles, chapters, a time code track and tags."""
    srt = workshop("subtitles.srt")
    srt.write_text(SUBTITLES)
    chapters = workshop("chapters.txt")
    chapters.write_text(
        ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2400\ntitle=Two\n"
    )
    inputs = (*PICTURE, *SOUND, *SOUND, "-i", str(srt), "-f", "ffmetadata", "-i", str(chapters))
    maps = ("-map", "0", "-map", "1", "-map", "2", "-map", "3", "-map_chapters", "4")
    codecs = (*H264, "-c:a", "aac", "-b:a", "32k", "-c:s", "mov_text", "-timecode", "01:00:00:00")
    return film(*inputs, *maps, *codecs, *TAGS, name="base.mp4")


@pytest.fixture(scope="module", params=FILMS)
def clip(request):
    base()
    maps = ("-map", "0:v", "-map", "0:a", "-map", "0:s?")
    args = ("-i", "@base.mp4", *maps, "-c", "copy", *FILMS[request.param])
    return film(*args, name=f"{request.param}.mp4")


def write(raw, label=LABEL):
    return edited(raw, mp4.plan(open_asset(raw), label))


def labels(raw):
    return [o for o in mp4.read(open_asset(raw)) if isinstance(o, FoundLabel)]


def test_every_frame_and_sample_decodes_as_before(clip):
    new = write(clip)
    assert dict(labels(new)[0].fields) == LABEL.fields
    before = frames(clip)
    assert before.count(b"\n") > 150
    assert frames(new) == before


@pytest.mark.parametrize("where", ["first", "fragments, absolute"])
def test_forgotten_offsets_would_be_noticed(where, monkeypatch):
    """The fault that no box walker sees: offsets left as they were."""
    base()
    raw = film("-i", "@base.mp4", "-c", "copy", *FILMS[where], name=f"{where}.mp4")
    monkeypatch.setattr(moving, "patched", lambda *_: [])
    new = write(raw)
    assert labels(new)
    try:
        seen = frames(new)
    except Exception:  # noqa: BLE001 - ffmpeg gives up on some, decodes others to grey
        return
    assert seen != frames(raw)


def test_second_write_of_another_length_moves_nothing():
    base()
    raw = film("-i", "@base.mp4", "-c", "copy", "-movflags", "+faststart", name="first.mp4")
    once = write(raw)
    for reserved in ("x" * 300, "", "y" * 800, "z"):
        again = write(once, LABEL.propagated("platform", "7", reserved))
        assert len(again) == len(once)
        assert labels(again)[0].fields["ReservedCode2"] == reserved
        assert again[again.index(b"mdat") :] == once[once.index(b"mdat") :]
        plan = mp4.plan(open_asset(once), LABEL.propagated("platform", "7", reserved))
        assert sum(len(s.data) for s in plan.splices) < 1500
    assert frames(again) == frames(raw)
    far = write(once, LABEL.propagated("platform", "7", "w" * 9000))
    assert frames(far) == frames(raw)


@pytest.mark.parametrize("where", ["first", "last", "fragments"])
def test_an_update_is_a_patch_in_place(where):
    """No byte moves far, so that a film of any size could be patched where it is."""
    base()
    raw = film("-i", "@base.mp4", "-map", "0:v", "-c", "copy", *FILMS[where], name="patched.mp4")
    asset = open_asset(once := write(raw))
    for reserved in ("", "x", "y" * 7, "z" * 900, '"' * 200):
        plan = mp4.plan(asset, LABEL.propagated("another platform", "8", reserved))
        assert replacements(plan.view(asset), asset, 4000)
        assert len(edited(once, plan)) == len(once)
    assert mp4.plan(asset, LABEL.propagated("p", "8", "z" * 2000)).growth() > 0


def test_header_last_is_all_that_changes():
    raw = base()
    new = write(raw)
    header = raw.rindex(b"moov") - 4
    assert new[:header] == raw[:header]


def test_reading_and_planning_touch_the_header_only():
    raw = movie(box(b"udta"), last=True, media=bytes(40 << 20))
    for work in (mp4.read, lambda asset: mp4.plan(asset, LABEL).splices):
        asset = open_asset(raw)
        list(work(asset))
        assert asset.bytes_read < 1 << 16
    first = open_asset(movie(media=bytes(40 << 20)))
    mp4.plan(first, LABEL)
    assert first.bytes_read < 1 << 16


def test_planning_reads_a_file_of_3_gib_in_moments(tmp_path):
    head = FTYP + struct.pack(">I4sQ", 1, b"mdat", 3 << 30)
    path = tmp_path / "sparse.mp4"
    with path.open("wb") as file:
        file.write(head)
        file.seek(len(FTYP) + (3 << 30))
        file.write(movie()[len(FTYP) :].partition(b"\0\0\0\rmdat")[0])
    with open_asset(path) as asset:
        assert list(mp4.read(asset)) == []
        assert mp4.plan(asset, LABEL).growth() > 200
        assert asset.bytes_read < 1 << 16


def test_media_pushed_over_4_gib_decodes_as_before(tmp_path):
    """A hole puts the chunks just below the reach of 32 bits, and the label pushes them over it."""
    raw = film(*PICTURE, *SOUND, *H264, "-movflags", "+faststart", name="before the hole.mp4")
    asset = open_asset(raw)
    top = bmff.top_level(asset)
    moov, mdat = bmff.sole_moov(top), bmff.find(top, b"mdat")
    places = [
        table.first + 4 * index
        for table in moving.tables(asset, top, moving.Shift([]))
        for index in range(table.count)
    ]
    offsets = [int.from_bytes(raw[at : at + 4]) for at in places]
    further = (1 << 32) - 500 - max(offsets)
    start = mdat.start + further
    head = bytearray(raw[: moov.end])
    for at, offset in zip(places, offsets, strict=True):
        head[at : at + 4] = (offset + further).to_bytes(4)
    head += struct.pack(">I4sQ", 1, b"skip", start - moov.end)
    path, new = tmp_path / "far.mp4", tmp_path / "new.mp4"
    sparse(path, head, start, raw[mdat.start : mdat.end])
    with open_asset(path) as far:
        view = mp4.plan(far, LABEL).view(far)
        at = view.size - mdat.size
        sparse(new, view.read(0, 1 << 16), at, view.read(at, mdat.size))
    assert b"co64" in new.open("rb").read(1 << 16)
    digests = [
        ffmpeg.run(["-i", ffmpeg.url(p), "-map", "0", "-f", "framemd5", "-"]) for p in (path, new)
    ]
    assert digests[0] == digests[1]
    assert digests[0].count(b"\n") > 100


def sparse(path, head, at, tail):
    with path.open("wb") as file:
        file.write(head)
        file.seek(at)
        file.write(tail)


# --- which files --------------------------------------------------------------------------------


def ftyp(major, *compatible):
    return box(b"ftyp", major, bytes(4), *compatible)


@pytest.mark.parametrize(
    ("head", "claimed"),
    [
        (ftyp(b"isom", b"isom", b"iso2"), True),
        (ftyp(b"mp42"), True),
        (ftyp(b"M4V ", b"mp42"), True),
        (ftyp(b"MSNV", b"MSNV"), True),
        (ftyp(b"hvc1", b"hvc1", b"iso6"), True),
        (ftyp(b"qt  ", b"qt  "), False),
        (ftyp(b"M4A ", b"mp42", b"isom"), False),
        (ftyp(b"heic", b"mif1", b"iso8"), False),
        (ftyp(b"avif", b"mif1", b"iso8"), False),
        (ftyp(b"jxl ", b"jxl "), False),
        (b"\0\0\0\x08ftyp", False),
        (b"\0\0\0\0ftypisom", True),
        (box(b"free") + box(b"mdat") + box(b"moov"), True),
        (box(b"moov"), True),
        (box(b"wide") + box(b"mdat", b"x") * 9 + box(b"moov"), False),
        (box(b"mdat", b"x"), False),
        (struct.pack(">I4s", 99, b"mdat"), False),
        (b"moovmoov", False),
        (b"\x89PNG\r\n\x1a\n", False),
        (b"", False),
    ],
)
def test_claims(head, claimed):
    assert mp4.sniff(open_asset(head)) is claimed


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (FTYP + box(b"mdat", bytes(99)), "no moov"),
        (movie(last=True)[:-20], "cut short"),
        (movie()[:-2], "cut short: box 'mdat'"),
        (movie() + box(b"moov"), "two moov"),
    ],
)
def test_damage_is_named_once_all_facts_are_told(raw, reason):
    told = []
    with pytest.raises(Malformed, match=reason):
        told.extend(mp4.read(open_asset(raw)))
    with pytest.raises(Malformed, match=reason):
        mp4.plan(open_asset(raw), LABEL)


def test_label_of_a_truncated_file_is_still_read():
    facts = mp4.read(open_asset(write(movie())[:-2]))
    assert next(facts).home
    with pytest.raises(Malformed):
        next(facts)


# --- foreign eyes -------------------------------------------------------------------------------


def tool(name, *args):
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    done = subprocess.run([name, *args], capture_output=True, check=True)
    return done.stdout.decode()


@pytest.fixture(scope="module", params=["first", "last", "fragments"])
def tagged(request, tmp_path_factory):
    """A file with iTunes tags and cover from mutagen, then labelled."""
    from mutagen.mp4 import MP4, MP4Cover

    base()
    args = ("-map", "0:v", "-map", "0:a", "-c", "copy", *FILMS[request.param])
    raw = film("-i", "@base.mp4", *args, name=f"tagged {request.param}.mp4")
    path = tmp_path_factory.mktemp("tagged") / "film.mp4"
    path.write_bytes(raw)
    if request.param != "fragments":
        tags = MP4(path)
        tags["\xa9nam"], tags["\xa9ART"] = ["A title"], ["Somebody"]
        cover = film(*PICTURE, "-frames:v", "1", name="cover.png")
        tags["covr"] = [MP4Cover(cover, MP4Cover.FORMAT_PNG)]
        tags.save()
    before = path.read_bytes()
    path.write_bytes(write(before))
    return before, path


def test_mutagen_still_reads_its_tags(tagged):
    from mutagen.mp4 import MP4

    before, path = tagged
    plain = path.with_name("plain.mp4")
    plain.write_bytes(before)
    old, new = MP4(plain), MP4(path)
    assert dict(new.tags) == dict(old.tags)
    assert new.tags["\xa9nam"] == ["A title"]
    assert new.info.length == old.info.length


def test_label_survives_mutagen_and_mutagen_survives_the_label(tagged):
    from mutagen.mp4 import MP4

    path = tagged[1].with_name("again.mp4")
    path.write_bytes(tagged[1].read_bytes())
    tags = MP4(path)
    tags["\xa9cmt"] = ["c" * 5000]
    tags.save()
    raw = path.read_bytes()
    assert dict(labels(raw)[0].fields) == LABEL.fields
    assert frames(raw) == frames(tagged[0])


@pytest.mark.foreign
def test_ffprobe_reads_it(tagged):
    shown = tool("ffprobe", "-v", "error", "-of", "json", "-show_format", str(tagged[1]))
    tags = json.loads(shown)["format"]["tags"]
    assert tags["AIGC"] == JSON
    assert tags["title"] == "A title"


@pytest.mark.foreign
def test_exiftool_reads_it(tagged):
    shown = tool("exiftool", "-j", "-G1", "-a", str(tagged[1]))
    [tags] = json.loads(shown)
    assert tags["Keys:AIGC"] == JSON
    assert tags["ItemList:Title"] == "A title"
    assert not {"ExifTool:Error", "ExifTool:Warning"} & set(tags)


@pytest.mark.foreign
def test_mediainfo_reads_it(tagged):
    shown = json.loads(tool("mediainfo", "--Output=JSON", str(tagged[1])))
    general = shown["media"]["track"][0]
    assert general["extra"]["AIGC"] == JSON
    assert general["Title"] == "A title"


@pytest.mark.foreign
def test_atomicparsley_reads_its_tags(tagged):
    if b"iso5" in tagged[0][:64]:
        pytest.skip("AtomicParsley knows no such brand, labelled or not")
    assert "A title" in tool("AtomicParsley", str(tagged[1]), "-t")


ORDERS = {
    "udta first": (True, True),
    "no udta": (False, True),
    "udta last": (True, False),
    "udta last, other keys only": (True, False),
}


@pytest.mark.foreign
@pytest.mark.parametrize("order", ORDERS)
def test_ffprobe_reads_it_beside_keys_straight_under_moov(order, tmp_path):
    """ffmpeg names all values by the first table of keys, which must therefore hold all names."""
    asset = open_asset(film(*PICTURE, *H264, name="plain.mp4"))
    top = bmff.top_level(asset)
    moov = bmff.sole_moov(top)
    only = "only" in order
    tags = (
        mdta(["maker", "place"], "m", "p")
        if only
        else mdta(["maker", "AIGC", "place"], "m", JSON, "p")
    )
    parts = [box(b"udta", mdir((b"\xa9nam", "T"))), tags]
    with_udta, udta_first = ORDERS[order]
    parts = parts[not with_udta :][:: 1 if udta_first else -1]
    old = [
        bmff.Edit(Span(b.start, b.end), b"", (moov,))
        for b in bmff.children(asset, moov)
        if b.type == b"udta"
    ]
    new = bmff.Edit(Span(moov.end, moov.end), b"".join(parts), (moov,))
    raw = write(edited(asset.read(0, asset.size), moving.relocated(asset, top, [*old, new])))
    path = tmp_path / "film.mp4"
    path.write_bytes(raw)
    shown = tool("ffprobe", "-v", "error", "-of", "json", "-show_format", str(path))
    seen = json.loads(shown)["format"]["tags"]
    assert (seen["AIGC"], seen["maker"], seen["place"]) == (JSON, "m", "p")
    assert seen.get("title") == ("T" if with_udta else None)
    [tags] = json.loads(tool("exiftool", "-j", "-G1", "-a", str(path)))
    assert [key for key, value in tags.items() if value == JSON] == ["Keys:AIGC"]
    other = write(raw, LABEL.propagated("platform", "7", "r"))
    assert len(other) == len(raw)
    assert labels(other)[0].fields["ReservedCode2"] == "r"


@pytest.mark.foreign
def test_labels_of_other_writers_are_read(tmp_path):
    raw = film(
        *PICTURE, *H264, "-metadata", f"AIGC={JSON}", "-movflags", "use_metadata_tags",
        name="by ffmpeg.mp4",
    )  # fmt: skip
    [found] = labels(raw)
    assert (found.carrier, found.home, dict(found.fields)) == ("mp4.keys", True, LABEL.fields)
    path = tmp_path / "film.mp4"
    path.write_bytes(film(*PICTURE, *H264, name="plain.mp4"))
    config = tmp_path / "config"
    config.write_text(
        "%Image::ExifTool::UserDefined = ('Image::ExifTool::QuickTime::Keys' => "
        "{ 'AIGC' => { Name => 'AIGC', Writable => 'string' } }); 1;"
    )
    tool("exiftool", "-config", str(config), f"-Keys:AIGC={JSON}", str(path))
    [found] = labels(path.read_bytes())
    assert (found.carrier, found.home, dict(found.fields)) == ("mp4.meta", False, LABEL.fields)
    new = write(path.read_bytes(), ImplicitLabel(content_producer="me", produce_id="1"))
    assert [f.carrier for f in labels(new)] == ["mp4.keys"]
    assert frames(new) == frames(path.read_bytes())
