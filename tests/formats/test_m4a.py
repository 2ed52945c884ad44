import json
import shutil
import struct
import subprocess

import pytest
from mutagen.mp4 import MP4, MP4Cover, MP4FreeForm

from aigc_label import registry
from aigc_label.asset import open_asset
from aigc_label.edits import replacements
from aigc_label.formats import m4a
from aigc_label.model import FoundLabel
from mp4_samples import JSON, LABEL, PICTURE, SOUND, box, edited, film, frames, workshop

FORMAT = m4a.FORMAT
GAPLESS = b" 00000000 00000840 000001C0 000000000001A5E0" + b" 00000000" * 8
CLEAN = ("-map_metadata", "-1", "-fflags", "+bitexact")
CODECS = {
    "AAC, last": ("-c:a", "aac", "-b:a", "32k"),
    "AAC, first": ("-c:a", "aac", "-b:a", "32k", "-movflags", "+faststart"),
    "ALAC, first": ("-c:a", "alac", "-movflags", "+faststart"),
}


def write(raw, label=LABEL):
    return edited(raw, FORMAT.plan(open_asset(raw), label))


def labels(raw):
    return [o for o in FORMAT.read(open_asset(raw)) if isinstance(o, FoundLabel)]


def fill(path):
    """Tags as music shops write them."""
    file = MP4(path)
    if file.tags is None:
        file.add_tags()
    file.tags["\xa9nam"], file.tags["\xa9ART"] = ["A title"], ["Somebody"]
    file.tags["trkn"], file.tags["cpil"], file.tags["tmpo"] = [(3, 12)], True, [120]
    cover = film(*PICTURE, "-frames:v", "1", name="cover.png")
    file.tags["covr"] = [MP4Cover(cover, MP4Cover.FORMAT_PNG)]
    file.tags["----:com.apple.iTunes:iTunSMPB"] = [MP4FreeForm(GAPLESS)]
    file.tags["----:com.example:mood"] = [MP4FreeForm(b"calm")]
    file.save()


@pytest.fixture(params=CODECS)
def song(request, tmp_path):
    path = tmp_path / "song.m4a"
    path.write_bytes(film(*SOUND, *CODECS[request.param], *CLEAN, name=f"{request.param}.m4a"))
    return path


@pytest.fixture
def tagged(song):
    fill(song)
    return song


def seen_by_mutagen(path):
    file = MP4(path)
    length = (file.info.length, file.info.codec, file.info.sample_rate)
    return dict(file.tags), length, [(c.start, c.title) for c in file.chapters or ()]


def test_every_sample_is_as_before(song):
    raw = song.read_bytes()
    assert registry.identify(open_asset(raw, name="x")).id == "m4a"
    new = write(raw)
    [found] = labels(new)
    assert (found.carrier, found.home, dict(found.fields)) == ("m4a.keys", True, LABEL.fields)
    assert frames(new) == frames(raw)


def test_mutagen_sees_all_tags(tagged):
    before, raw = seen_by_mutagen(tagged), tagged.read_bytes()
    tagged.write_bytes(write(raw))
    assert seen_by_mutagen(tagged) == before
    assert frames(tagged.read_bytes()) == frames(raw)


def test_the_label_survives_what_mutagen_does_later(song):
    """Tags are added to a labelled song that had none, then changed."""
    other = song.with_name("other.m4a")
    shutil.copy(song, other)
    fill(other)
    song.write_bytes(write(song.read_bytes()))
    fill(song)
    assert dict(labels(song.read_bytes())[0].fields) == LABEL.fields
    file = MP4(song)
    file.tags["\xa9cmt"] = ["c" * 5000]
    file.save()
    assert len(labels(song.read_bytes())) == 1
    song.write_bytes(write(song.read_bytes(), LABEL.propagated("platform", "7")))
    assert labels(song.read_bytes())[0].fields["ContentPropagator"] == "platform"
    assert MP4(song).tags["\xa9ART"] == ["Somebody"]
    assert frames(song.read_bytes()) == frames(other.read_bytes())


def test_an_update_is_a_patch_in_place(tagged):
    asset = open_asset(once := write(tagged.read_bytes()))
    for reserved in ("x", "y" * 200, ""):
        plan = FORMAT.plan(asset, LABEL.propagated("platform", "7", reserved))
        assert replacements(plan.view(asset), asset, 2000)
        assert labels(edited(once, plan))[0].fields["ReservedCode2"] == reserved


def test_room_that_a_tagger_left_is_used(tagged):
    """mutagen leaves free space in its tags: even a first label is a patch then."""
    raw = tagged.read_bytes()
    asset = open_asset(raw)
    plan = FORMAT.plan(asset, LABEL)
    assert plan.growth() == 0
    assert replacements(plan.view(asset), asset, 8000)
    before = seen_by_mutagen(tagged)
    tagged.write_bytes(edited(raw, plan))
    assert seen_by_mutagen(tagged) == before
    assert frames(tagged.read_bytes()) == frames(raw)


def test_a_label_among_the_tags_gives_its_room_back(tagged):
    file = MP4(tagged)
    file.tags["----:com.apple.iTunes:AIGC"] = [MP4FreeForm(JSON.encode())]
    file.save()
    raw = tagged.read_bytes()
    [found] = labels(raw)
    assert (found.carrier, found.home) == ("m4a.freeform", False)
    new = write(raw)
    assert len(new) == len(raw)
    assert [f.carrier for f in labels(new)] == ["m4a.keys"]
    assert new.index(b"mdat") == raw.index(b"mdat")
    tagged.write_bytes(new)
    assert "----:com.apple.iTunes:AIGC" not in MP4(tagged).tags
    assert MP4(tagged).tags["----:com.example:mood"] == [b"calm"]


def book(tmp_path):
    """An audio book: Nero's list of chapters, and a track of texts."""
    chapters = workshop("book.txt")
    chapters.write_text(
        ";FFMETADATA1\ntitle=A book\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2400\ntitle=Two\n"
    )
    inputs = (*SOUND, "-f", "ffmetadata", "-i", str(chapters), "-map", "0", "-map_metadata", "1")
    raw = film(*inputs, "-c:a", "aac", "-f", "ipod", "-movflags", "+faststart", name="book.m4b")
    path = tmp_path / "book.m4b"
    path.write_bytes(raw.replace(b"ftypM4A ", b"ftypM4B ", 1))
    return path


def test_chapters_stay(tmp_path):
    path = book(tmp_path)
    before, raw = seen_by_mutagen(path), path.read_bytes()
    assert [title for _, title in before[2]] == ["One", "Two"]
    assert b"chpl" in raw
    assert raw.count(b"trak") == 2
    path.write_bytes(write(raw))
    assert seen_by_mutagen(path) == before
    assert frames(path.read_bytes()) == frames(raw)


def tool(name, *args):
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    return subprocess.run([name, *args], capture_output=True, check=True).stdout.decode()


@pytest.mark.foreign
def test_programs_see_the_label_and_the_tags(tagged):
    tagged.write_bytes(write(tagged.read_bytes()))
    shown = tool("ffprobe", "-v", "error", "-of", "json", "-show_format", str(tagged))
    tags = json.loads(shown)["format"]["tags"]
    assert (tags["AIGC"], tags["title"], tags["artist"]) == (JSON, "A title", "Somebody")
    [tags] = json.loads(tool("exiftool", "-j", "-G1", "-a", str(tagged)))
    assert (tags["Keys:AIGC"], tags["ItemList:Title"]) == (JSON, "A title")
    assert not {"ExifTool:Error", "ExifTool:Warning"} & set(tags)
    general = json.loads(tool("mediainfo", "--Output=JSON", str(tagged)))["media"]["track"][0]
    assert (general["extra"]["AIGC"], general["Title"]) == (JSON, "A title")
    assert general["Cover"] == "Yes"


@pytest.mark.foreign("ffprobe")
def test_ffprobe_sees_the_chapters(tmp_path):
    path = book(tmp_path)
    command = ("ffprobe", "-v", "error", "-of", "json", "-show_chapters", str(path))
    before = tool(*command)
    assert before.count('"title"') == 2
    path.write_bytes(write(path.read_bytes()))
    assert tool(*command) == before


@pytest.mark.foreign("AtomicParsley")
def test_the_label_survives_atomicparsley(tagged):
    raw = tagged.read_bytes()
    tagged.write_bytes(write(raw))
    assert "A title" in tool("AtomicParsley", str(tagged), "-t")
    target = tagged.with_name("again.m4a")
    tool("AtomicParsley", str(tagged), "--title", "Another", "-o", str(target))
    assert dict(labels(target.read_bytes())[0].fields) == LABEL.fields
    assert MP4(target).tags["\xa9nam"] == ["Another"]
    assert frames(target.read_bytes()) == frames(raw)


@pytest.mark.parametrize("brand", [b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B "])
def test_brands_of_sound(brand):
    raw = box(b"ftyp", brand, struct.pack(">I", 0), b"isom", b"mp42") + box(b"moov")
    assert registry.identify(open_asset(raw, name="x")).id == "m4a"
