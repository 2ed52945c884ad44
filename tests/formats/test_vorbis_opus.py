"""Ogg Vorbis and Opus, which share all but the name."""

import io
import shutil
import subprocess

import pytest
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis

from aigc_label.asset import open_asset
from aigc_label.carriers import ogg_comments
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed
from aigc_label.formats import opus as opus_format
from aigc_label.formats import vorbis as vorbis_format
from aigc_label.model import ImplicitLabel
from audio_samples import JSON, LABEL, OTHER, decoded, seen, written
from xiph_samples import listed, opus, page

OPUS, VORBIS = opus_format.FORMAT, vorbis_format.FORMAT
LONG = ImplicitLabel(content_producer="某" * 16_000, produce_id="x" * 16_000)
GROWTH = len(listed(f"AIGC={JSON}")) - len(listed())


@pytest.fixture
def files(corpus):
    """Real files by their id."""
    return {f.id: f.data for f in corpus if f.format in ("vorbis", "opus")}


def test_each_claims_its_own(files):
    for name, data in files.items():
        with open_asset(data) as asset:
            claims = (VORBIS.sniff(asset), OPUS.sniff(asset))
        if "/damaged/" not in name:
            assert claims == (name.startswith("vorbis"), name.startswith("opus"))


def test_labels_of_all_links_and_streams_are_read():
    mixed = (
        page(b"OpusHead" + bytes(11), flags=2, serial=1)
        + page(b"Speex   " + bytes(72), flags=2, serial=2)
        + page(b"unknown", flags=2, serial=3)
        + page(b"OpusTags" + listed(f"AIGC={JSON}"), serial=1)
        + page(listed(f"AIGC={OTHER}"), serial=2)
        + page(b"sound", serial=1)
    )
    found = seen(OPUS, opus(f"AIGC={OTHER}", serial=9) + mixed)
    assert [label.carrier for label in found] == ["opus.comment", "opus.comment", "speex.comment"]
    at = len(opus(f"AIGC={OTHER}", serial=9))
    assert found[1].offset > at > found[0].offset
    with pytest.raises(CannotCarry, match="mixed"):
        written(OPUS, mixed)


def test_a_chain_keeps_one_label():
    plain, labelled = opus("A=b", serial=2), opus(f"AIGC={OTHER}", serial=2)
    new = written(OPUS, opus("A=b") + plain)
    assert new.endswith(plain)
    assert [dict(label.fields) for label in seen(OPUS, new)] == [LABEL.fields]
    with pytest.raises(CannotCarry, match="later link"):
        written(OPUS, opus("A=b") + labelled)


def test_padding_pays_and_the_file_keeps_its_length():
    data = opus("A=b", behind=bytes(GROWTH + 3))
    new = written(OPUS, data)
    assert len(new) == len(data)
    assert listed("A=b", f"AIGC={JSON}") + bytes(3) + b"OggS" in new
    assert written(OPUS, new) == new


def test_room_is_left_where_the_comments_must_grow():
    new = written(OPUS, opus("A=b", behind=bytes(9)))
    assert listed("A=b", f"AIGC={JSON}") + bytes(ogg_comments.ROOM) + b"OggS" in new
    less = written(OPUS, opus(f"AIGC={JSON}", "A=b", f"AIGC={OTHER}"))
    assert listed(f"AIGC={JSON}", "A=b") + bytes(4 + 5 + len(OTHER)) + b"OggS" in less


def test_bytes_behind_the_comments_are_kept():
    new = written(OPUS, opus("A=b", behind=b"\x01kept"))
    assert listed("A=b", f"AIGC={JSON}") + b"\x01keptOggS" in new


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (opus("A=b")[:60], "no whole Ogg page"),
        (opus("A=b").replace(b"OpusTags", b"OpusTagz"), "no comment header"),
        (opus("A=b").replace(b"\x03\0\0\0A", b"\x04\0\0\0A"), "longer than their place"),
        (page(b"other", flags=2) + page(b"x"), "known codec"),
        (
            page(b"\x01vorbis" + bytes(23), flags=2)
            + page(b"\x03vorbis" + listed("A=b"))
            + page(b"setup"),
            "lacks its last byte",
        ),
    ],
)
def test_what_is_broken_is_refused(data, words):
    with pytest.raises(Malformed, match=words):
        written(VORBIS if b"vorbis" in data else OPUS, data)


def test_facts_before_the_break_are_kept():
    one = page(b"\x01vorbis" + bytes(23), flags=2)
    data = one + page(b"\x03vorbis" + listed(f"AIGC={JSON}") + b"\x01")
    with open_asset(data) as asset:
        facts = VORBIS.read(asset)
        assert next(facts).home
        with pytest.raises(Malformed):
            next(facts)


def test_huge_comments_are_read_and_not_written(monkeypatch):
    monkeypatch.setattr(ogg_comments, "LARGEST", 1000)
    data = opus(f"AIGC={JSON}", "A=" + "b" * 2000)
    assert len(seen(OPUS, data)) == 1
    with pytest.raises(LimitExceeded, match="comments are over"):
        written(OPUS, data)


@pytest.mark.parametrize("label", [LABEL, LONG], ids=["usual", "another-page"])
@pytest.mark.parametrize(
    ("fmt", "name", "reader"),
    [
        (VORBIS, "vorbis/plain/oggenc.ogg", OggVorbis),
        (VORBIS, "vorbis/plain/many-pages.ogg", OggVorbis),
        (OPUS, "opus/plain/opusenc.opus", OggOpus),
        (OPUS, "opus/plain/rich.opus", OggOpus),
    ],
)
def test_sound_is_the_same(fmt, name, reader, label, files):
    data = files[name]
    new = written(fmt, data, label)
    assert decoded(new, "ogg") == decoded(data, "ogg")
    before, after = reader(io.BytesIO(data)), reader(io.BytesIO(new))
    told = dict(after.tags)
    assert label.fields["ContentProducer"] in told.pop("aigc")[0]
    assert told == dict(before.tags)
    assert after.info.length == before.info.length
    back = written(fmt, new, LABEL)
    (found,) = seen(fmt, back)
    assert dict(found.fields) == LABEL.fields


@pytest.mark.foreign("oggz-validate", "ogginfo", "opusinfo")
@pytest.mark.parametrize("label", [LABEL, LONG], ids=["usual", "another-page"])
@pytest.mark.parametrize("name", ["vorbis/plain/oggenc.ogg", "opus/plain/opusenc.opus"])
def test_strict_programs_agree(name, label, files, tmp_path):
    codec = name.partition("/")[0]
    path = tmp_path / "new.ogg"
    path.write_bytes(written(VORBIS if codec == "vorbis" else OPUS, files[name], label))
    info = "ogginfo" if codec == "vorbis" else "opusinfo"
    for program in ("oggz-validate", info):
        done = subprocess.run([shutil.which(program), path], capture_output=True, check=False)
        assert done.returncode == 0, done
        assert b"WARNING" not in done.stdout + done.stderr


def test_a_large_file_is_neither_read_nor_held(tmp_path):
    path = tmp_path / "large.opus"
    last = page(b"x", number=9, flags=4)
    with path.open("wb") as file:
        file.write(opus(f"AIGC={JSON}", pages=20))
        file.truncate(3 << 30)
        file.seek(3 << 30)
        file.write(last)
    with open_asset(path) as asset:
        (found,) = OPUS.read(asset)
        assert found.home
        OPUS.plan(asset, LABEL)
        assert asset.bytes_read < 100_000
