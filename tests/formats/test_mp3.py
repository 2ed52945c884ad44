import io
import json
import subprocess

import pytest
from mutagen.id3 import APIC, GEOB, ID3, TIT2, TXXX
from mutagen.mp3 import MP3

from aigc_label.asset import open_asset
from aigc_label.containers import id3, mpeg_audio
from aigc_label.errors import Malformed
from aigc_label.formats.mp3 import FORMAT
from aigc_label.model import ImplicitLabel, Signal
from audio_samples import (
    C2PA,
    JSON,
    LABEL,
    OTHER,
    decoded,
    encoded,
    mp3,
    noise,
    seen,
    wav,
    written,
)

SOUND = mp3(index=True, seconds=1.0)
PICTURE = b"picture" * 5000
ID3V1 = b"TAG" + b"title".ljust(125, b"\x00")
APE = b"APETAGEX" + bytes.fromhex("d007000020000000000000000000000000000000") + bytes(4)


def tagged(*frames, version=4, sound=SOUND, padding=200):
    tags = ID3()
    for frame in frames:
        tags.add(frame)
    out = io.BytesIO()
    tags.save(out, v2_version=version, padding=lambda _: padding)
    return out.getvalue() + sound


def sniff(data):
    with open_asset(data) as asset:
        return FORMAT.sniff(asset)


def sound_of(data):
    """Everything behind the tags at the beginning."""
    with open_asset(data) as asset:
        return data[id3.behind(asset) :]


@pytest.mark.parametrize(
    "data",
    [
        SOUND,
        mp3(index=False, seconds=1.0),
        mp3("-b:a", "8k", rate=8000, channels=1, seconds=1.0),
        mp3(tag=True, seconds=1.0),
        tagged(TIT2(3, ["t"])),
        tagged(APIC(0, "image/png", 3, "", bytes(40_000))),
        tagged(TIT2(3, ["t"]), sound=bytes(3000) + SOUND),
        tagged(sound=tagged(TIT2(3, ["second"]))),
        encoded("-c:a", "mp2", "mp2", seconds=1.0),
        bytes(100) + SOUND,
    ],
)
def test_claims(data):
    assert sniff(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"ID3",
        b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10),
        tagged(TIT2(3, ["t"]), sound=b""),
        tagged(TIT2(3, ["t"]), sound=encoded("flac", seconds=0.5)),
        tagged(TIT2(3, ["t"]), sound=encoded("adts", seconds=0.5)),
        encoded("adts", seconds=0.5),
        wav(0.5),
        encoded("-c:a", "libmp3lame", "wav", seconds=1.0),
        b"junk" + SOUND,
        b"\xff\xd8\xff\xe0" + bytes(100),
        "AI生成的文字".encode("utf-16") * 60,
        noise(0.5),
        b"ID3\x03\x00\x00\x7f\x7f\x7f\x7f" + SOUND,
    ],
)
def test_does_not_claim(data):
    assert not sniff(data)


def test_new_tag_in_front_of_plain_sound():
    new = written(FORMAT, SOUND)
    assert new.endswith(SOUND)
    (found,) = seen(FORMAT, new)
    assert (found.carrier, found.home, found.quirks) == ("mp3.id3", True, ())
    assert dict(found.fields) == LABEL.fields
    tags = MP3(io.BytesIO(new)).tags
    assert tags.version == (2, 3, 0)
    assert tags["TXXX:AIGC"].text == [JSON]
    assert sniff(new)


@pytest.mark.parametrize("version", [3, 4])
def test_label_goes_into_the_padding_of_a_tag(version):
    data = tagged(
        TIT2(3, ["t"]), APIC(0, "image/png", 3, "", PICTURE), version=version, padding=500
    )
    data = data[: -len(SOUND)] + SOUND + APE + ID3V1
    new = written(FORMAT, data)
    assert len(new) == len(data)
    assert sound_of(new) == SOUND + APE + ID3V1
    tags = MP3(io.BytesIO(new)).tags
    assert tags.version[1] == version
    assert tags["TIT2"].text == ["t"]
    assert tags["APIC:"].data == PICTURE


@pytest.mark.parametrize(
    ("rest", "added"),
    [
        (b"note".ljust(28, b" ") + b"\x00\x07\x11", {"COMM": "note", "TRCK": "7", "TCON": "Rock"}),
        (b"x" * 30 + b"\xff", {"COMM": "x" * 30}),
        (bytes(30) + b"\xff", {}),
    ],
)
def test_what_only_id3v1_says_is_not_hidden_by_the_new_tag(rest, added):
    texts = b"title".ljust(30, b"\x00") + bytes(30) + b"album".ljust(30) + b"2020"
    new = written(FORMAT, SOUND + b"TAG" + texts + rest)
    assert sound_of(new) == SOUND + b"TAG" + texts + rest
    tags = ID3(io.BytesIO(new), load_v1=False)
    said = {frame.FrameID: str(frame) for frame in tags.values() if frame.FrameID != "TXXX"}
    assert said == {"TIT2": "title", "TALB": "album", "TDRC": "2020"} | added


def test_writing_twice_is_writing_once():
    once = written(FORMAT, tagged(TIT2(3, ["t"])))
    assert written(FORMAT, once) == once
    other = ImplicitLabel(content_producer="me", produce_id="2", reserved_code1="x" * 3000)
    longer = written(FORMAT, once, other)
    (found,) = seen(FORMAT, longer)
    assert dict(found.fields) == other.fields
    assert sound_of(longer) == SOUND


def test_copies_in_other_tags_are_taken_out():
    frame = b"TXXX" + id3.syncsafe(len(OTHER) + 6) + b"\x00\x00\x03AIGC\x00" + OTHER.encode()
    size = id3.syncsafe(len(frame))
    last = b"ID3\x04\x00\x10" + size + frame + b"3DI\x04\x00\x10" + size
    data = tagged(TXXX(3, "AIGC", [OTHER]), sound=tagged(TXXX(0, "AIGC", [OTHER]))) + last
    assert [f.home for f in seen(FORMAT, data)] == [True, False, False]
    new = written(FORMAT, data)
    (found,) = seen(FORMAT, new)
    assert dict(found.fields) == LABEL.fields
    assert len(new) == len(data)
    assert written(FORMAT, new) == new


def test_a_tag_at_the_end_alone_is_no_home():
    frame = b"TXXX" + id3.syncsafe(len(OTHER) + 6) + b"\x00\x00\x03AIGC\x00" + OTHER.encode()
    size = id3.syncsafe(len(frame))
    data = SOUND + b"ID3\x04\x00\x10" + size + frame + b"3DI\x04\x00\x10" + size
    (found,) = seen(FORMAT, data)
    assert not found.home
    new = written(FORMAT, data)
    assert [f.home for f in seen(FORMAT, new)] == [True]
    assert new.startswith(b"ID3\x03")


def test_c2pa_is_a_signal():
    data = tagged(GEOB(0, "application/x-c2pa-manifest-store", "c2pa", "store", C2PA))
    (found,) = seen(FORMAT, data)
    assert isinstance(found, Signal)
    assert found.generator == "ElevenLabs"


def test_a_cut_tag_is_malformed():
    data = tagged(TXXX(3, "AIGC", [JSON]))[:100]
    with pytest.raises(Malformed):
        seen(FORMAT, data)
    with pytest.raises(Malformed):
        written(FORMAT, data)


@pytest.mark.parametrize(
    "make",
    [
        lambda: mp3(seconds=1.0),
        lambda: mp3("-q:a", "5", tag=True, seconds=1.0),
        lambda: mp3("-b:a", "32k", index=False, rate=16000, channels=1, seconds=1.0),
    ],
)
def test_samples_stay_the_same(make):
    data = make()
    new = written(FORMAT, data)
    assert decoded(new) == decoded(data)
    assert sound_of(new) == sound_of(data)


def test_large_tags_and_sound_are_not_read(tmp_path):
    path = tmp_path / "large.mp3"
    data = written(FORMAT, tagged(APIC(0, "image/png", 3, "", b"\x01" * (9 << 20))))
    with path.open("wb") as file:
        file.write(data)
        file.truncate(3 << 30)
    with open_asset(path) as asset:
        assert FORMAT.sniff(asset)
        assert [f.home for f in FORMAT.read(asset)] == [True]
        FORMAT.plan(asset, LABEL)
        assert asset.bytes_read < 50_000
        assert asset.reads < 40


@pytest.mark.foreign
@pytest.mark.parametrize("kind", ["new", "2.3", "2.4", "2.2", "unsynchronised"])
def test_foreign_readers_see_the_label_and_the_rest(tmp_path, kind):
    title = TIT2(1, ["标题"])
    data = {
        "new": SOUND,
        "2.3": tagged(title, version=3),
        "2.4": tagged(title),
        "2.2": b"ID3\x02\x00\x00\x00\x00\x00\x15TT2\x00\x00\x09\x01\xff\xfe\x07\x68\x98\x98\x00\x00"
        + bytes(6)
        + SOUND,
        "unsynchronised": _unsynchronised(TIT2(0, ["title"])),
    }[kind]
    label = ImplicitLabel(content_producer="某某公司", produce_id="任务/1")
    if kind == "unsynchronised":  # ffmpeg miscounts what is unsynchronised, as UTF-16 has to be
        label = LABEL
    path = tmp_path / "labelled.mp3"
    path.write_bytes(written(FORMAT, data, label))
    text = json.dumps(label.fields, ensure_ascii=False, separators=(",", ":"))
    probe = json.loads(_run("ffprobe", "-v", "error", "-show_format", "-of", "json", path))
    assert probe["format"]["tags"]["AIGC"] == text
    assert "AIGC" in (media := _run("mediainfo", "--Output=JSON", path))
    assert json.loads(media)["media"]["track"][0]["extra"]["AIGC"] == text
    (tool,) = json.loads(_run("exiftool", "-j", "-struct", path))
    assert f"(AIGC) {text}" in tool["UserDefinedText"]
    assert MP3(path).tags["TXXX:AIGC"].text == [text]
    if kind != "new":
        shown = "title" if kind == "unsynchronised" else "标题"
        assert probe["format"]["tags"]["title"] == tool["Title"] == shown
    assert "Error" not in tool
    assert "Warning" not in tool


def _unsynchronised(title):
    whole = tagged(title, version=3, sound=b"", padding=0)
    body = id3.parted(whole[10:])
    return b"ID3\x03\x00\x80" + id3.syncsafe(len(body)) + body + SOUND


@pytest.mark.foreign("mp3val")
def test_mp3val_finds_no_fault(tmp_path):
    path = tmp_path / "labelled.mp3"
    path.write_bytes(written(FORMAT, SOUND))
    told = _run("mp3val", path)
    assert "WARNING" not in told
    assert f"{len(mpeg_audio.frames(SOUND))} MPEG frames (MPEG 1 Layer III), +ID3v2" in told


@pytest.mark.foreign("ffmpeg")
def test_packets_stay_the_same(tmp_path):
    old, new = tmp_path / "old.mp3", tmp_path / "new.mp3"
    old.write_bytes(tagged(TIT2(3, ["t"])))
    new.write_bytes(written(FORMAT, old.read_bytes()))
    hashes = {
        _run("ffmpeg", "-v", "error", "-i", p, "-c", "copy", "-f", "md5", "-") for p in (old, new)
    }
    assert len(hashes) == 1


def _run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, check=True)
    return done.stdout.decode()
