import functools
import io
import zlib

import pytest

from aigc_label.asset import open_asset
from aigc_label.carriers import matroska_tags
from aigc_label.containers.ebml import elements, segment
from aigc_label.containers.ebml.elements import VOID, encoded, size_field, void
from aigc_label.containers.ebml.segment import CLUSTER, SEEK_HEAD, SEGMENT, TAGS
from aigc_label.errors import CannotCarry, LimitExceeded
from aigc_label.formats.mkv import MKV, WEBM
from aigc_label.model import ImplicitLabel

LABEL = ImplicitLabel(content_producer="001191440300708461136T1XGW3", produce_id="task-1")
JSON = (
    '{"Label":"1","ContentProducer":"001191440300708461136T1XGW3","ProduceID":"task-1",'
    '"ReservedCode1":"","ContentPropagator":"001191440300708461136T1XGW3",'
    '"PropagateID":"task-1","ReservedCode2":""}'
)
LONG = ImplicitLabel(content_producer="somebody", produce_id="p" * 900)
HEAD = encoded(segment.EBML, encoded(0x4282, b"matroska"))
INFO = encoded(0x1549A966, encoded(0x7BA9, b"title"))
CUES = encoded(0x1C53BB6B, b"")
MEDIA = encoded(CLUSTER, b"\xe7\x81\x00" + encoded(0xA3, bytes(400)))


def simple(name, value, *inner):
    return encoded(
        0x67C8, encoded(0x45A3, name) + encoded(0x4487, value.encode()) + b"".join(inner)
    )


def tag(*parts, targets=b""):
    return encoded(0x7373, encoded(0x63C0, targets) + b"".join(parts))


def film(*parts, width=8, live=False):
    body = b"".join(parts)
    size = b"\x01" + b"\xff" * 7 if live else size_field(len(body), width)
    return HEAD + SEGMENT.to_bytes(4) + size + body


def entry(kind, place):
    found = place.to_bytes((place.bit_length() + 7) // 8 or 1)
    return encoded(0x4DBB, encoded(0x53AB, kind.to_bytes(4)) + encoded(0x53AC, found))


def crc(body):
    return encoded(0xBF, zlib.crc32(body).to_bytes(4, "little")) + body


def written(data, label=LABEL):
    with open_asset(data) as asset:
        out = io.BytesIO()
        MKV.plan(asset, label).apply(asset, out)
    made = out.getvalue()
    (found,) = seen(made)
    assert (dict(found.fields), found.carrier, found.home) == (label.fields, "mkv.tags", True)
    assert sound(made)[CLUSTER] == sound(data).get(CLUSTER, [])
    return made


def seen(data):
    with open_asset(data) as asset:
        return list(MKV.read(asset))


def sound(data):
    """Where elements of each kind stand in the Segment; what SeekHeads name is there, and sums."""
    out = {CLUSTER: []}
    with open_asset(data) as asset:
        found = segment.first(asset)
        for one in segment.walk(asset, found):
            out.setdefault(one.id, []).append(one.start - found.body)
            body = data[one.body : one.end]
            if body[:2] == b"\xbf\x84":
                assert body[2:6] == zlib.crc32(body[6:]).to_bytes(4, "little")
            if one.id == SEEK_HEAD:
                for kind, place in segment.entries(asset, one).values():
                    at = found.body + place
                    assert int.from_bytes(data[at : at + 4]) == kind
    return out


def named_tags(data):
    with open_asset(data) as asset:
        found = segment.first(asset)
        heads = [one for one in segment.walk(asset, found) if one.id == SEEK_HEAD]
        every = [e for one in heads for e in segment.entries(asset, one).values()]
    return [place for kind, place in every if kind == TAGS]


def test_claims_by_document_type():
    web = encoded(segment.EBML, encoded(0x4282, b"webm"))
    for data, claims in ((film(), (True, False)), (web, (False, True)), (b"RIFF", (False, False))):
        with open_asset(data) as asset:
            assert (MKV.sniff(asset), WEBM.sniff(asset)) == claims


def test_an_empty_segment_gets_tags():
    assert written(film()).endswith(encoded(TAGS, tag(simple(b"AIGC", JSON))))


@pytest.mark.parametrize("parts", [(INFO, MEDIA), (INFO, MEDIA, CUES, MEDIA)])
@pytest.mark.parametrize("live", [True, False])
def test_without_seek_head_and_void_the_label_is_last(parts, live):
    data = film(*parts, live=live)
    made = written(data)
    tags = encoded(TAGS, tag(simple(b"AIGC", JSON)))
    assert made == film(*parts, tags, live=live)
    assert written(made) == made


def test_a_narrow_size_grows():
    data = film(INFO, encoded(CLUSTER, bytes(60)), width=1)
    assert written(data) == film(
        *(INFO, encoded(CLUSTER, bytes(60)), encoded(TAGS, tag(simple(b"AIGC", JSON)))), width=2
    )


def test_a_void_in_front_is_taken_where_no_seek_head_names_the_end():
    data = film(INFO, void(700), MEDIA)
    made = written(data)
    assert len(made) == len(data)
    assert sound(made)[TAGS] == [len(INFO)]
    assert sound(made)[VOID]
    longer = written(made, LONG)
    assert len(longer) > len(data)
    assert sound(longer)[TAGS][0] > sound(data)[CLUSTER][0]


def test_the_seek_head_names_the_end():
    seek = encoded(SEEK_HEAD, crc(entry(0x1549A966, 200)))
    gap = void(200 - len(seek))
    data = film(seek, gap, INFO, MEDIA)
    made = written(data)
    assert named_tags(made) == sound(made)[TAGS] == [len(data) - len(film())]
    again = written(made, LONG)
    assert named_tags(again) == sound(again)[TAGS]
    assert written(written(again), LONG) == again


def test_old_tags_become_a_void_and_their_entry_moves():
    other = tag(simple(b"ARTIST", "Ana"))
    tags = encoded(TAGS, crc(other))
    seek = encoded(SEEK_HEAD, entry(TAGS, 100))
    data = film(seek, void(100 - len(seek)), tags, INFO, MEDIA, CUES)
    made = written(data)
    assert named_tags(made) == sound(made)[TAGS] == [len(data) - len(film())]
    assert simple(b"ARTIST", "Ana") in made
    assert sound(made)[0x1549A966] == sound(data)[0x1549A966]
    assert made.count(b"Ana") == 1


def test_a_seek_head_without_room_names_no_more():
    tags = encoded(TAGS, tag(simple(b"ARTIST", "Ana")))
    seek = encoded(SEEK_HEAD, entry(TAGS, 19))
    assert len(seek) == 19
    data = film(seek, tags, MEDIA)
    made = written(data)
    assert named_tags(made) == []
    assert sound(made)[TAGS] == [len(data) - len(film())]
    roomy = written(film(seek, tags, void(260), MEDIA))
    assert named_tags(roomy) == sound(roomy)[TAGS] == [19]


def test_tags_with_a_void_behind_them_stay():
    tags = encoded(TAGS, crc(tag(simple(b"ARTIST", "Ana"))))
    data = film(INFO, tags, void(200), void(200), MEDIA, CUES)
    made = written(data)
    assert len(made) == len(data)
    assert sound(made)[TAGS] == [len(INFO)]


def test_tags_behind_the_clusters_move_to_a_void_that_players_look_at():
    data = film(INFO, void(500), MEDIA, encoded(TAGS, tag(simple(b"ARTIST", "Ana"))))
    made = written(data)
    assert sound(made)[TAGS] == [len(INFO)]
    assert len(made) == len(data)


@pytest.mark.parametrize(
    "first",
    [
        tag(simple(b"AIGC", "{" + JSON[1:])),
        tag(simple(b"COMMENT", '{"AIGC":' + JSON + "}"), simple(b"TITLE", "x")),
        tag(simple(b"AIGC", JSON), targets=encoded(0x63C5, b"\1")),
        tag(simple(b"TITLE", "x", simple(b"AIGC", JSON))),
        tag(simple(b"AIGC", JSON, simple(b"URL", "y"))),
        tag(simple(b"AIGC", JSON), targets=encoded(0x68CA, b"\x32") + encoded(0x63CA, b"MOVIE")),
    ],
)
def test_labels_elsewhere_give_way(first):
    kept = tag(simple(b"ARTIST", "Ana"), targets=encoded(0x63C5, b"\1"))
    data = film(
        encoded(TAGS, void(5) + first), MEDIA, encoded(TAGS, crc(tag(simple(b"AIGC", JSON))))
    )
    assert len(seen(data)) == 2
    made = written(film(encoded(TAGS, void(5) + first + kept), MEDIA, encoded(TAGS, kept)))
    assert made.count(b"ContentProducer") == 1
    assert made.count(b"Ana") == 2
    for text in (b"URL", b"TITLE"):
        assert (text in made) == (text in first)
    twice = written(data)
    assert twice.count(b"ContentProducer") == 1


def test_emptied_tags_leave_no_entry():
    alone = encoded(TAGS, tag(simple(b"AIGC", "{" + JSON[1:])))
    seek = encoded(SEEK_HEAD, entry(TAGS, 60) + entry(TAGS, 60 + len(alone)))
    data = film(seek, void(60 - len(seek)), alone, alone, MEDIA)
    made = written(data)
    assert len(seen(data)) == 2
    assert named_tags(made) == sound(made)[TAGS] == [60]


def test_a_label_replaces_one_at_its_place():
    data = film(encoded(TAGS, tag(simple(b"a", "1"), simple(b"AIGC", JSON), simple(b"b", "2"))))
    assert written(data) == data
    data = film(encoded(TAGS, tag(simple(b"a", "1"), targets=b"") + tag(simple(b"b", "2"))))
    both = tag(simple(b"a", "1"), simple(b"AIGC", JSON)) + tag(simple(b"b", "2"))
    assert written(data) == film(encoded(TAGS, both))


@pytest.mark.parametrize(
    ("parts", "carrier", "home", "quirks"),
    [
        (tag(simple(b"AIGC", JSON)), "mkv.tags", True, ()),
        (tag(simple(b"Aigc", JSON + "\0")), "mkv.tags", True, ("lower-case-key",)),
        (tag(simple(b"AIGC", JSON), targets=encoded(0x63C5, b"\0")), "mkv.tags", True, ()),
        (tag(simple(b"AIGC", JSON), targets=encoded(0x68CA, b"\x32")), "mkv.tags", True, ()),
        (tag(simple(b"AIGC", JSON), targets=encoded(0x68CA, b"\x46")), "mkv.targeted", False, ()),
        (tag(simple(b"AIGC", JSON), targets=encoded(0x63C4, b"\7")), "mkv.targeted", False, ()),
        (encoded(0x7373, simple(b"AIGC", JSON)), "mkv.tags", True, ()),
        (tag(simple(b"SYNOPSIS", JSON)), "mkv.comment", False, ()),
        (tag(simple(b"x", "", simple(b"AIGC", JSON))), "mkv.nested", False, ()),
    ],
)
def test_places(parts, carrier, home, quirks):
    data = film(INFO, encoded(TAGS, parts), MEDIA)
    (found,) = seen(data)
    assert (found.carrier, found.home, found.quirks) == (carrier, home, quirks)
    assert data[found.offset :].startswith((b"\x67\xc8",))


def test_the_trace_of_kling_in_the_first_frame():
    kling = bytes.fromhex("91ca60614aee385486142d5f73f4ae2e")
    (signal,) = seen(film(INFO, encoded(CLUSTER, encoded(0xA3, b"frame" + kling))))
    assert (signal.generator, signal.ai, signal.carrier) == ("Kling", True, "mkv.sei")


def test_what_is_no_label_is_passed_over():
    quiet = tag(
        simple(b"AIGC", "none"), simple(b"COMMENT", "AIGC, ProduceID"), encoded(0x67C8, b"")
    )
    assert seen(film(encoded(TAGS, void(9) + quiet), MEDIA)) == []


def test_depth_is_bounded():
    deep = functools.reduce(lambda inner, _: simple(b"a", "b", inner), range(12), b"")
    data = film(encoded(TAGS, tag(deep)))
    with pytest.raises(LimitExceeded, match="deeper"):
        seen(data)


def test_tags_are_bounded(monkeypatch):
    monkeypatch.setattr(matroska_tags, "LARGEST", 300)
    with pytest.raises(LimitExceeded, match="tags of"):
        seen(film(encoded(TAGS, bytes(400))))
    with open_asset(film()) as asset, pytest.raises(CannotCarry, match="over 300"):
        MKV.plan(asset, LONG)


def test_a_sum_of_the_segment_refuses_a_write():
    with (
        open_asset(film(crc(INFO + MEDIA))) as asset,
        pytest.raises(CannotCarry, match="remux"),
    ):
        MKV.plan(asset, LABEL)
    assert elements.checked(INFO) == crc(INFO)
