import io

import pytest
from mutagen.flac import FLAC
from mutagen.id3 import ID3, TIT2, TXXX

from aigc_label.asset import open_asset
from aigc_label.containers import flac as container
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed
from aigc_label.formats.flac import FORMAT
from aigc_label.model import ImplicitLabel
from audio_samples import JSON, LABEL, OTHER, decoded, encoded, seen, written
from xiph_samples import INFO, block, flac, listed


def tag(*frames):
    tags = ID3()
    for frame in frames:
        tags.add(frame)
    out = io.BytesIO()
    tags.save(out, padding=lambda _: 10)
    return out.getvalue()


OWN = listed(f"AIGC={JSON}")
GROWTH = len(OWN) - len(listed())


@pytest.mark.parametrize("front", [b"", tag(TIT2(3, ["t"])), tag(TIT2(3, ["t"])) * 2])
def test_claims(front):
    with open_asset(front + flac()) as asset:
        assert FORMAT.sniff(asset)


@pytest.mark.parametrize("data", [b"", b"fLa", b"OggS", tag(TIT2(3, ["t"])) + b"\xff\xfb" * 9])
def test_does_not_claim(data):
    with open_asset(data) as asset:
        assert not FORMAT.sniff(asset)


def test_comments_pictures_and_tags_are_looked_at():
    data = tag(TXXX(3, "AIGC", [OTHER])) + flac((6, b"AIGC" + JSON.encode()), (4, OWN), (1, b""))
    other, own = seen(FORMAT, data)
    assert (other.carrier, other.home) == ("flac.id3", False)
    assert (own.carrier, own.home, dict(own.fields)) == ("flac.vorbis", True, LABEL.fields)
    assert data[own.offset + 4 :].startswith(b"AIGC=")


def test_padding_pays_and_the_file_keeps_its_length():
    data = flac((4, listed("A=b")), (3, b"seek"), (1, bytes(GROWTH)), (2, b"app"))
    new = written(FORMAT, data)
    assert new == flac((4, listed("A=b", f"AIGC={JSON}")), (3, b"seek"), (1, b""), (2, b"app"))
    assert len(new) == len(data)
    assert written(FORMAT, new) == new


def test_the_largest_padding_pays():
    data = flac((1, bytes(9)), (1, bytes(GROWTH + 5)), (4, listed("A=b")), (1, bytes(7)))
    own = listed("A=b", f"AIGC={JSON}")
    assert written(FORMAT, data) == flac((1, bytes(9)), (1, bytes(5)), (4, own), (1, bytes(7)))


def test_room_is_left_where_the_frames_must_move():
    room = (1, bytes(container.ROOM))
    own = (4, listed("A=b", f"AIGC={JSON}"))
    assert written(FORMAT, flac((4, listed("A=b")), (1, bytes(9)))) == flac(own, room)
    assert written(FORMAT, flac((4, listed("A=b")))) == flac(own, room)
    assert written(FORMAT, flac((4, listed("A=b")), (2, b"app"))) == flac(own, (2, b"app"), room)


def test_comments_are_made_behind_the_stream_information():
    own, room = (4, listed(f"AIGC={JSON}", vendor=b"aigc-label")), (1, bytes(container.ROOM))
    assert written(FORMAT, flac()) == flac(own, room)
    paid = flac((3, b"seek"), (1, bytes(len(own[1]) + 4)))
    assert written(FORMAT, paid) == flac(own, (3, b"seek"), (1, b""))


def test_what_is_freed_becomes_padding():
    long = (4, listed(f"AIGC={OTHER}", "A=b", f"AIGC={JSON}"))
    new = written(FORMAT, flac(long))
    own = (4, listed(f"AIGC={JSON}", "A=b"))
    freed = len(long[1]) - len(own[1])
    assert new == flac(own, (1, bytes(freed - 4)))
    assert written(FORMAT, flac(long, (1, b"123"))) == flac(own, (1, b"123" + bytes(freed)))
    spaced = flac((4, listed(f"AIGC={JSON}  ")))
    assert written(FORMAT, spaced) == flac((4, OWN))  # two bytes hold no block


def test_copies_elsewhere_are_taken_out():
    front = tag(TIT2(3, ["t"]), TXXX(3, "AIGC", [OTHER]))
    data = front + flac((4, listed("A=b")), (4, listed(f"AIGC={OTHER}", "C=d")), (1, bytes(900)))
    new = written(FORMAT, data)
    (found,) = seen(FORMAT, new)
    assert (found.carrier, dict(found.fields)) == ("flac.vorbis", LABEL.fields)
    assert len(new) == len(data)
    tags = ID3(io.BytesIO(new))
    assert list(tags) == ["TIT2"]
    with open_asset(new) as asset:
        kinds = [b.kind for b in container.blocks(asset, len(front))]
    assert kinds == [0, 4, 4, 1]
    assert listed("C=d") in new


def test_a_full_block_is_refused():
    cover = b"METADATA_BLOCK_PICTURE=" + bytes((1 << 24) - 120)
    with pytest.raises(CannotCarry, match="16 MiB"):
        written(FORMAT, flac((4, listed(cover)), (1, bytes(900))))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (flac((4, OWN))[:60], "beyond the end"),
        (flac((4, OWN), (1, b""))[: 42 + 4 + len(OWN) + 2], "no last block"),
        (b"fLaC" + block(0, INFO) + b"\xff\xf8\xc9\x08", "no FLAC metadata block"),
        (b"fLaC" + block(4, OWN, last=True), "no FLAC metadata block"),
        (flac((4, OWN[:-1])), "longer than their place"),
    ],
)
def test_broken_structure(data, words):
    with pytest.raises(Malformed, match=words):
        seen(FORMAT, data)
    with pytest.raises(Malformed, match=words):
        written(FORMAT, data)


def test_endless_blocks():
    with pytest.raises(LimitExceeded):
        seen(FORMAT, flac(*[(1, b"")] * (container.MOST_BLOCKS + 1)))


def test_reads_do_not_grow_with_the_file(tmp_path):
    path = tmp_path / "large.flac"
    cover = (6, bytes(9 << 20))
    with path.open("wb") as file:
        file.write(flac(cover, (4, OWN), (1, bytes(5000))))
        file.truncate(2 << 30)
    with open_asset(path) as asset:
        (found,) = FORMAT.read(asset)
        assert found.home
        label = ImplicitLabel(content_producer="x", produce_id="y")
        plan = FORMAT.plan(asset, label)
        assert plan.growth() == 0
        assert asset.bytes_read < 20_000


def test_sound_is_the_same_and_mutagen_reads_it():
    data = encoded("flac", seconds=0.3)
    label = ImplicitLabel(content_producer="某某公司", produce_id="任务/1")
    new = written(FORMAT, data, label)
    assert decoded(new, "flac") == decoded(data, "flac")
    assert len(new) == len(data)  # ffmpeg leaves 8 KiB of padding
    (found,) = seen(FORMAT, new)
    assert dict(found.fields) == label.fields
    assert "某某公司" in FLAC(io.BytesIO(new)).tags["aigc"][0]
