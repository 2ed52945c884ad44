import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_label.asset import open_asset
from aigc_label.containers.ebml import blocks, moving
from aigc_label.containers.ebml.elements import Element, checked, children, encoded
from aigc_label.containers.ebml.segment import SEEK, SEEK_HEAD, SEEK_ID, SEEK_POSITION
from aigc_label.errors import LimitExceeded, Malformed

TIME = encoded(blocks.TIMESTAMP, b"\x03\xe8")


def simple(track, offset, flags, data=b"frame"):
    return encoded(blocks.SIMPLE_BLOCK, blocks.header(track, offset, flags) + data)


def group(*inner, track=1, offset=0):
    block = encoded(blocks.BLOCK, blocks.header(track, offset, 0) + b"frame")
    return encoded(blocks.BLOCK_GROUP, block + b"".join(inner))


def looked(*parts):
    raw = encoded(0x1F43B675, b"".join(parts))
    with open_asset(raw) as asset:
        (place,) = children(raw, 0, len(raw))
        return blocks.cluster(asset, place), blocks.opening(asset, place)


@pytest.mark.parametrize("track", [1, 126, 127, 300, 20_000])
@pytest.mark.parametrize("offset", [blocks.NEAREST, -1, 0, 40, blocks.FARTHEST])
def test_blocks_say_their_track_and_time(track, offset):
    found, _ = looked(TIME, simple(track, offset, blocks.KEY))
    (block,) = found.of(track)
    assert (block.time, block.key, block.laced) == (1000 + offset, True, False)
    assert block.end - block.data == len(b"frame")


def test_groups_say_whether_decoding_can_begin():
    reference = blocks.signed(blocks.REFERENCE, -40)
    found, _ = looked(TIME, group(), group(reference, offset=40), simple(2, 0, 0), b"\xec\x80")
    assert [block.key for block in found.of(1)] == [True, False]
    assert [len(block.others) for block in found.of(1)] == [0, 1]
    assert [type(child).__name__ for child in found.children] == [
        "Element", "Block", "Block", "Block", "Element",
    ]  # fmt: skip


def test_what_stands_before_the_first_block():
    position = encoded(blocks.POSITION, b"\x07")
    _, (time, before) = looked(position, TIME, simple(1, 0, 0), encoded(blocks.PREVIOUS_SIZE, b""))
    assert time == 1000
    assert [part.id for part in before] == [blocks.POSITION, blocks.TIMESTAMP]


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ((simple(1, 0, 0), TIME), "no time before its blocks"),
        ((b"\xec\x80",), "no time before its blocks"),
        ((TIME, b"\xa3\x8f\x81"), "reaches beyond its parent"),
        ((TIME, b"\xa3\x82\x81\x00"), "no block at byte"),
        ((TIME, b"\xa3\x80"), "no block at byte"),
        ((TIME, encoded(blocks.BLOCK_GROUP, b"\xec\x80")), "has no Block"),
        ((encoded(blocks.TIMESTAMP, bytes(9)),), "no integer"),
        ((TIME, b"\xa3\xff" + bytes(9)), "reaches beyond its parent"),
    ],
)
def test_what_is_no_cluster(parts, reason):
    with pytest.raises(Malformed, match=reason):
        looked(*parts)


def test_no_cluster_has_so_much(monkeypatch):
    monkeypatch.setattr(blocks, "_MOST_CHILDREN", 3)
    with pytest.raises(LimitExceeded, match="more than 3 elements"):
        looked(TIME, *[simple(1, 0, 0)] * 3)


@given(st.integers(-(1 << 62), 1 << 62))
def test_signed_numbers(value):
    (found,) = children(raw := blocks.signed(blocks.REFERENCE, value), 0, len(raw))
    body = raw[found.body : found.end]
    assert int.from_bytes(body, signed=True) == value
    assert len(body) == 1 or int.from_bytes(body[1:], signed=True) != value


def point(time, *places):
    inner = [
        encoded(
            0xB7,
            encoded(0xF7, bytes([track]))
            + encoded(0xF1, cluster.to_bytes(2))
            + (b"" if relative is None else encoded(0xF0, bytes([relative])))
            + encoded(0xDB, encoded(0x97, cluster.to_bytes(2)))
            + encoded(0xEA, b"\0"),
        )
        for track, cluster, relative in places
    ]
    return encoded(0xBB, encoded(0xB3, time.to_bytes(3)) + b"".join(inner))


@pytest.mark.parametrize("with_sum", [False, True])
def test_cues_follow(with_sum):
    body = point(0, (1, 100, 7), (2, 100, None)) + point(40, (1, 900, 200)) + b"\xec\x80"
    data = checked(body) if with_sum else body
    seen = []

    def moved(cue):
        seen.append(cue)
        if cue.track == 2:
            return cue._replace(cluster=70_000)
        return None if cue.time else cue._replace(cluster=50, relative=300)

    new = moving.cues(data, {100: 70_000}, moved)
    assert [(c.track, c.time, c.cluster, c.relative) for c in seen] == [
        (1, 0, 100, 7), (2, 0, 100, None), (1, 40, 900, 200),
    ]  # fmt: skip
    expected = encoded(
        0xBB,
        encoded(0xB3, bytes(3))
        + encoded(
            0xB7,
            encoded(0xF7, b"\1")
            + encoded(0xF1, b"\0\x32")
            + encoded(0xF0, b"\x01\x2c")
            + encoded(0xDB, encoded(0x97, (70_000).to_bytes(3)))
            + encoded(0xEA, b"\0"),
        )
        + encoded(
            0xB7,
            encoded(0xF7, b"\2")
            + encoded(0xF1, (70_000).to_bytes(3))
            + encoded(0xDB, encoded(0x97, (70_000).to_bytes(3)))
            + encoded(0xEA, b"\0"),
        ),
    )
    expected += b"\xec\x80"
    assert new == (checked(expected) if with_sum else expected)


def seek(place):
    return encoded(
        SEEK, encoded(SEEK_ID, (0x1F43B675).to_bytes(4)) + encoded(SEEK_POSITION, place.to_bytes(1))
    )


def test_an_index_that_grows_moves_what_it_names():
    """A SeekHead of entries of one byte, whose Cluster moves beyond what a byte can say by it."""
    head = encoded(SEEK_HEAD, seek(0xF0) + seek(0xF4))
    gap = 0xF0 - len(head)
    body = 1000
    places = [
        Element(SEEK_HEAD, body, body + 5, body + len(head), 1),
        Element(0xEC, body + len(head), 0, body + len(head) + gap, 1),
        Element(0x1F43B675, body + 0xF0, 0, body + 0xF4, 1),
        Element(0x1F43B675, body + 0xF4, 0, body + 0xF8, 1),
    ]
    inner = head[5:] if head[4] & 0x80 else head[6:]

    def again(starts):
        return encoded(SEEK_HEAD, moving.seek_head(inner, starts))

    grown = {places[1].start: gap + 14}
    starts, made = moving.placed(places, grown, {places[0].start: again}, body)
    assert starts[0xF0] == len(made[body]) + gap + 14
    assert starts[0xF4] == starts[0xF0] + 4
    assert len(made[body]) > len(head)
    assert again(starts) == made[body]
    same, _ = moving.placed(places, {}, {places[0].start: again}, body)
    assert all(old == new for old, new in same.items())
