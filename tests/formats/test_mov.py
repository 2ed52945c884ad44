import json
import shutil
import struct
import subprocess
import zlib

import pytest

from aigc_label import registry
from aigc_label.asset import open_asset
from aigc_label.containers import bmff
from aigc_label.containers.bmff import Edit, moving
from aigc_label.edits import Span, replacements
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.formats import mov
from aigc_label.model import FoundLabel
from mp4_samples import (
    H264,
    JSON,
    LABEL,
    PICTURE,
    SOUND,
    box,
    data,
    edited,
    film,
    frames,
    full,
    hdlr,
    ilst,
    keys,
    mdir,
    mdta,
    movie,
    track,
    workshop,
)

FORMAT = mov.FORMAT
CLEAN = ("-map_metadata", "-1", "-fflags", "+bitexact")
SOUNDS = (*SOUND, *SOUND, "-map", "0", "-map", "1", "-map", "2", "-c:a", "pcm_s16le")
FILMS = {
    "first": (*SOUNDS, *H264, "-movflags", "+faststart"),
    "last, time code": (*SOUNDS, *H264, "-timecode", "01:00:00:00"),
    "fragments": (*SOUND, *H264, "-c:a", "aac", "-movflags", "+frag_keyframe+empty_moov"),
    "hint tracks, first": (*SOUND, *H264, "-c:a", "aac", "-movflags", "+rtphint+faststart"),
    "pictures one by one": (
        *SOUND,
        "-c:v",
        "mjpeg",
        "-c:a",
        "pcm_s16be",
        "-movflags",
        "+faststart",
    ),
}


def write(raw, label=LABEL):
    return edited(raw, FORMAT.plan(open_asset(raw), label))


def labels(raw):
    return [o for o in FORMAT.read(open_asset(raw)) if isinstance(o, FoundLabel)]


def with_metadata(raw, *inside):
    """The film with other boxes of metadata at the end of its header; its offsets follow."""
    asset = open_asset(raw)
    top = bmff.top_level(asset)
    moov = bmff.sole_moov(top)
    edits = [
        Edit(Span(b.start, b.end), b"", (moov,))
        for b in bmff.children(asset, moov)
        if b.type in (b"udta", b"meta")
    ]
    edits.append(Edit(Span(moov.end, moov.end), b"".join(inside), (moov,)))
    return edited(raw, moving.relocated(asset, top, edits))


def text(kind, value):
    value = value.encode()
    return box(kind, struct.pack(">HH", len(value), 0x55C4), value)


def apple(*names):
    """Keys in QuickTime's form, as phones write them straight under moov."""
    return box(b"meta", hdlr(b"mdta"), keys(*names), ilst(*(name[-5:] for name in names)))


@pytest.fixture(params=FILMS)
def clip(request):
    name = f"{request.param}.mov"
    return film(*PICTURE, *FILMS[request.param], *CLEAN, name=name)


def test_every_frame_sample_and_packet_is_as_before(clip):
    assert registry.identify(open_asset(clip, name="x")).id == "mov"
    new = write(clip)
    assert dict(labels(new)[0].fields) == LABEL.fields
    assert labels(new)[0].carrier == "mov.keys"
    before = frames(clip)
    assert before.count(b"\n") > 60
    assert frames(new) == before


def test_an_update_is_a_patch_in_place(clip):
    once = write(clip)
    asset = open_asset(once)
    plan = FORMAT.plan(asset, LABEL.propagated("platform", "7", "r" * 700))
    assert replacements(plan.view(asset), asset, 2000)
    new = edited(once, plan)
    assert len(new) == len(once)
    assert frames(new) == frames(clip)


def test_a_patch_of_a_film_of_3_gib(tmp_path):
    """The header stands first: nothing behind it is read, and nothing moves."""
    head = write(movie(media=b""))[:-8]
    path = tmp_path / "sparse.mov"
    with path.open("wb") as file:
        file.write(head + struct.pack(">I4sQ", 1, b"mdat", 3 << 30))
        file.truncate(len(head) + (3 << 30))
    with open_asset(path) as asset:
        plan = FORMAT.plan(asset, LABEL.propagated("platform", "7", "r"))
        assert sum(len(s.data) for s in plan.splices) < 500
        assert plan.growth() == 0
        assert max(s.span.end for s in plan.splices) < len(head)
        assert asset.bytes_read < 1 << 16


# --- what stands beside the label ----------------------------------------------------------------

TAGS = {
    "texts": (box(b"udta", text(b"\xa9nam", "T"), text(b"\xa9xyz", "+1+2/"), bytes(4)),),
    "keys under moov, then texts": (
        apple("com.apple.quicktime.make", "com.apple.quicktime.model"),
        box(b"udta", text(b"\xa9nam", "T"), bytes(4)),
    ),
    "texts, then keys under moov": (
        box(b"udta", text(b"\xa9nam", "T")),
        apple("com.apple.quicktime.make", "com.apple.quicktime.model"),
    ),
    "keys under moov": (apple("com.apple.quicktime.make", "com.apple.quicktime.model"),),
    "iTunes tags": (box(b"udta", mdir((b"\xa9nam", "T"), (b"\xa9ART", "A"))),),
    "keys under moov, then iTunes tags": (
        apple("com.apple.quicktime.make"),
        box(b"udta", mdir((b"\xa9nam", "T"), (b"\xa9ART", "A"))),
    ),
    "all of them": (
        apple("com.apple.quicktime.make"),
        box(b"udta", mdir((b"\xa9nam", "T")), text(b"\xa9mak", "X"), bytes(4)),
    ),
}


def tool(name, *args):
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    done = subprocess.run([name, *args], capture_output=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture(params=TAGS)
def tagged(request, tmp_path):
    """A film with such metadata before and after, as files."""
    base = film(*PICTURE, *H264, "-movflags", "+faststart", *CLEAN, name="plain.mov")
    raw = with_metadata(base, *TAGS[request.param])
    before, after = tmp_path / "before.mov", tmp_path / "after.mov"
    before.write_bytes(raw)
    after.write_bytes(write(raw))
    return before, after


@pytest.mark.foreign
def test_ffprobe_sees_the_label_and_all_else(tagged):
    shown = [
        tool("ffprobe", "-v", "error", "-of", "json", "-show_format", str(path))["format"]["tags"]
        for path in tagged
    ]
    assert shown[1].pop("AIGC") == JSON
    assert shown[0] == shown[1]


@pytest.mark.foreign
def test_exiftool_sees_the_label_and_all_else(tagged):
    groups = ("-Keys:all", "-UserData:all", "-ItemList:all", "-Warning", "-Error")
    shown = [tool("exiftool", "-j", "-G1", "-a", *groups, str(path))[0] for path in tagged]
    assert shown[1].pop("Keys:AIGC") == JSON
    for tags in shown:
        del tags["SourceFile"]
    assert shown[0] == shown[1]
    assert len(shown[0]) > 0


@pytest.mark.foreign
def test_mediainfo_sees_the_label_and_all_else(tagged):
    shown = [tool("mediainfo", "--Output=JSON", str(path))["media"]["track"][0] for path in tagged]
    assert shown[1]["extra"].pop("AIGC") == JSON
    for tags in shown:
        tags["extra"] = tags.get("extra", {})
        for key in ("FileSize", "HeaderSize", "StreamSize", "OverallBitRate", "FooterSize"):
            tags.pop(key, None)
        for key in [k for k in tags if k.startswith("File_") or k in ("@ref", "CompleteName")]:
            del tags[key]
        for key in ("FileExtension_Invalid", "FileName"):
            tags["extra"].pop(key, None)
            tags.pop(key, None)
    assert {k: v for k, v in shown[1].items() if "Size" not in k} == {
        k: v for k, v in shown[0].items() if "Size" not in k
    }


def test_other_boxes_of_metadata_stay_byte_for_byte(tagged):
    before, after = (path.read_bytes() for path in tagged)
    for part in (text(b"\xa9nam", "T"), text(b"\xa9xyz", "+1+2/"), mdir((b"\xa9nam", "T"))):
        assert (part in after) == (part in before)
    assert frames(after) == frames(before)


def test_the_four_zeros_stay_last():
    raw = movie(box(b"udta", text(b"\xa9nam", "T"), bytes(4)))
    new = write(raw)
    asset = open_asset(new)
    udta = bmff.find(bmff.children(asset, bmff.sole_moov(bmff.top_level(asset))), b"udta")
    assert new[udta.end - 4 : udta.end] == bytes(4)
    assert [b.type for b in bmff.children(asset, udta)] == [b"\xa9nam", b"meta"]


def test_a_label_in_quicktimes_form_is_home_and_stays_in_that_form():
    meta = box(b"meta", hdlr(b"mdta"), keys("AIGC", "x"), ilst("{}", "1"))
    raw = movie(box(b"udta", meta, bytes(4)))
    new = write(raw)
    inside = hdlr(b"mdta"), keys("AIGC", "x"), ilst(JSON, "1"), box(b"free", bytes(1016))
    assert box(b"udta", box(b"meta", *inside), bytes(4)) in new


@pytest.mark.foreign
def test_keys_of_exiftool_survive_and_its_label_moves_home(tmp_path):
    path = tmp_path / "film.mov"
    path.write_bytes(film(*PICTURE, *H264, *CLEAN, "-movflags", "+faststart", name="plain.mov"))
    config = tmp_path / "config"
    config.write_text(
        "%Image::ExifTool::UserDefined = ('Image::ExifTool::QuickTime::Keys' => "
        "{ 'AIGC' => { Name => 'AIGC', Writable => 'string' } }); 1;"
    )
    args = (f"-Keys:AIGC={JSON}", "-Keys:Author=Ana", "-UserData:Title=T", str(path))
    subprocess.run(["exiftool", "-config", str(config), "-q", *args], check=True)
    [found] = labels(path.read_bytes())
    assert (found.carrier, found.home) == ("mov.meta", False)
    path.write_bytes(write(path.read_bytes()))
    assert [found.carrier for found in labels(path.read_bytes())] == ["mov.keys"]
    [tags] = tool("exiftool", "-j", "-G1", "-a", str(path))
    assert tags["Keys:AIGC"] == JSON
    assert (tags["Keys:Author"], tags["UserData:Title"]) == ("Ana", "T")
    shown = tool("ffprobe", "-v", "error", "-of", "json", "-show_format", str(path))
    assert shown["format"]["tags"]["AIGC"] == JSON
    # and it can go on writing
    subprocess.run(["exiftool", "-q", "-Keys:Author=Ben", str(path)], check=True)
    [tags] = tool("exiftool", "-j", "-G1", "-a", str(path))
    assert (tags["Keys:AIGC"], tags["Keys:Author"]) == (JSON, "Ben")
    assert frames(path.read_bytes()) == frames(workshop("plain.mov").read_bytes())


# --- which files, and which not ------------------------------------------------------------------


def test_a_film_of_before_there_were_brands():
    raw = film(*PICTURE, *H264, *CLEAN, name="plain.mov")
    size = int.from_bytes(raw[:4])
    asset = open_asset(raw)
    top = bmff.top_level(asset)
    old = edited(raw, moving.relocated(asset, top, [Edit(Span(0, size), b"", ())]))
    assert old[4:8] == b"wide"
    assert registry.identify(open_asset(old, name="x")).id == "mov"
    new = write(old)
    assert registry.identify(open_asset(new, name="x")).id == "mov"
    assert frames(new) == frames(old) == frames(raw)


def compressed(moov):
    packed = struct.pack(">I", len(moov)) + zlib.compress(moov)
    return box(b"moov", box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", packed)))


def test_a_compressed_header_is_read_and_not_written():
    moov = box(b"moov", track(), box(b"udta", mdta(["AIGC"], JSON)))
    raw = box(b"wide") + compressed(moov)
    [found] = labels(raw)
    assert (found.carrier, found.home, dict(found.fields)) == ("mov.keys", True, LABEL.fields)
    assert found.offset == raw.index(b"cmov") - 4
    with pytest.raises(CannotCarry, match="remux"):
        FORMAT.plan(open_asset(raw), LABEL)


def test_compressed_headers_do_not_nest():
    inner = compressed(box(b"moov", box(b"udta", mdta(["AIGC"], JSON))))
    assert labels(box(b"wide") + compressed(inner)) == []
    with pytest.raises(Malformed, match="no moov"):
        labels(box(b"wide") + compressed(box(b"free")))


def test_a_list_of_references_is_refused():
    raw = box(b"wide") + box(b"moov", box(b"rmra", box(b"rmda")))
    assert labels(raw) == []
    with pytest.raises(CannotCarry, match="label those films"):
        FORMAT.plan(open_asset(raw), LABEL)
    assert write(box(b"wide") + box(b"moov", box(b"rmra"), track()))


def test_media_in_other_files_is_not_moved():
    alias = full(b"alis", bytes(40))
    raw = box(b"wide") + box(b"moov", track(full(b"stco", bytes(4)), dref=alias)) + box(b"mdat")
    with pytest.raises(CannotCarry, match="another file"):
        FORMAT.plan(open_asset(raw), LABEL)


def test_cover_art_stays():
    tags = mdir((b"covr", data(bytes(range(256)) * 20, 13)), (b"\xa9nam", "T"))
    assert tags in write(movie(box(b"udta", tags), last=True))
