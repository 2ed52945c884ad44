import pytest

from aigc_label.asset import open_asset
from aigc_label.containers.ebml import elements, placing, segment
from aigc_label.containers.ebml.elements import encoded, fitted, head, size_field, void
from aigc_label.containers.ebml.segment import CLUSTER, SEEK_HEAD, SEGMENT, TAGS
from aigc_label.errors import LimitExceeded, Malformed

HEAD = encoded(segment.EBML, encoded(0x4282, b"matroska"))
UNKNOWN = b"\x01" + b"\xff" * 7


def film(*parts, live=False):
    body = b"".join(parts)
    size = UNKNOWN if live else size_field(len(body), 8)
    return HEAD + SEGMENT.to_bytes(4) + size + body


def kinds(data):
    with open_asset(data) as asset:
        return [found.id for found in segment.walk(asset, segment.first(asset))]


def tags_of(data):
    with open_asset(data) as asset:
        return [asset.read(t.body, t.end - t.body) for t in segment.tags(asset)]


def seek_head(*entries):
    inner = (
        encoded(0x4DBB, encoded(0x53AB, kind.to_bytes(4)) + encoded(0x53AC, place.to_bytes(4)))
        for kind, place in entries
    )
    return encoded(SEEK_HEAD, b"".join(inner))


@pytest.mark.parametrize("length", [2, 3, 127, 128, 129, 300, 20_000])
def test_a_void_has_its_length(length):
    kind, size, long, _ = head(void(length) + bytes(12), 0)
    assert (kind, long + size, len(void(length))) == (elements.VOID, length, length)


@pytest.mark.parametrize("room", range(30, 160))
@pytest.mark.parametrize("width", [1, 3, 8])
def test_what_fits_fills_its_room(room, width):
    body = bytes(24)
    made = fitted(TAGS, body, width, room)
    assert made is not None
    assert len(made) == room
    (first, *rest) = elements.children(made, 0, len(made))
    assert (first.id, made[first.body : first.end]) == (TAGS, body)
    assert [found.id for found in rest] in ([], [elements.VOID])


def test_what_does_not_fit_is_refused():
    assert fitted(TAGS, bytes(24), 1, 28) is None
    assert fitted(TAGS, bytes(24), 8, 29) == encoded(TAGS, bytes(24))


@pytest.mark.parametrize(("size", "taken"), [(0, 1), (126, 1), (127, 2), (16_382, 2), (16_383, 3)])
def test_sizes_take_no_more_than_they_need(size, taken):
    assert len(size_field(size)) == taken
    assert head(b"\xec" + size_field(size), 0)[1] == size


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x08\x81", b"\xec", b"\xec\x00", b"\xec\x40"])
def test_what_is_no_head(data):
    with pytest.raises(Malformed, match="no EBML element at byte 7"):
        head(data, 0, 7)


def test_children_stay_inside():
    with pytest.raises(Malformed, match="reaches beyond"):
        list(elements.children(b"\xec\x85ab", 0, 4))
    with pytest.raises(LimitExceeded):
        list(elements.children(b"\xec\x80" * 50_001, 0, 100_002))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (HEAD, b"matroska"),
        (encoded(segment.EBML, encoded(0x4282, b"webm\0")), b"webm"),
        (encoded(segment.EBML, b""), b"matroska"),
        (encoded(segment.EBML, b"\xec\x85"), None),
        (b"\x1a\x45\xdf\xa3\xff", None),
        (b"RIFF", None),
        (b"", None),
    ],
)
def test_document_types(data, kind):
    assert segment.doc_type(data) == kind


def test_a_live_stream():
    block = encoded(0xA3, b"x" * 30)
    live = CLUSTER.to_bytes(4) + UNKNOWN + block + void(9) + block
    whole = film(live, live, encoded(TAGS, b"one"), live, encoded(TAGS, b"two"), live=True)
    assert kinds(whole) == [CLUSTER, CLUSTER, TAGS, CLUSTER, TAGS]
    assert kinds(whole + film(live)) == [CLUSTER, CLUSTER, TAGS, CLUSTER, TAGS]
    assert tags_of(whole) == [b"one", b"two"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (HEAD, "no EBML element"),
        (void(9) * 20, "no Segment"),
        (film(TAGS.to_bytes(4) + UNKNOWN), "has no size"),
        (film(CLUSTER.to_bytes(4) + UNKNOWN + b"\xa0\xff"), "has no size"),
        (film(b"\xec\x89"), "is cut short"),
        (film(void(9), void(9))[:-9], "the Segment is longer"),
    ],
)
def test_broken_structure(data, words):
    with pytest.raises(Malformed, match=words):
        kinds(data)


@pytest.mark.parametrize("live", [True, False])
def test_elements_are_bounded(live, monkeypatch):
    monkeypatch.setattr(segment, "MOST_ELEMENTS", 50)
    many = void(2) * 60
    with pytest.raises(LimitExceeded):
        kinds(film(CLUSTER.to_bytes(4) + UNKNOWN + many if live else many))


def test_kept_elements_are_bounded(monkeypatch):
    monkeypatch.setattr(placing, "_MOST_KEPT", 50)
    with open_asset(film(void(2) * 60)) as asset, pytest.raises(LimitExceeded):
        placing.survey(asset)


def clusters(count):
    return encoded(CLUSTER, bytes(20_000)) * count


def with_seek_head(*, place=None, kind=TAGS, count=30):
    media = clusters(count)
    length = len(seek_head((kind, 0)))
    place = length + len(media) if place is None else place
    return film(seek_head((kind, place)), media, encoded(TAGS, b"found"))


def test_a_seek_head_saves_the_walk():
    with open_asset(with_seek_head()) as asset:
        assert [t.id for t in segment.tags(asset)] == [TAGS]
        assert asset.reads <= 5


@pytest.mark.parametrize(
    "data",
    [
        with_seek_head(place=100),
        with_seek_head(place=1 << 31),
        with_seek_head(kind=0x1C53BB6B),
        film(seek_head((TAGS, 0)), clusters(30), encoded(TAGS, b"found")),
        film(encoded(SEEK_HEAD, b"\xec\x89"), clusters(30), encoded(TAGS, b"found")),
        film(encoded(SEEK_HEAD, bytes(2 << 20)), clusters(30), encoded(TAGS, b"found")),
    ],
)
def test_a_seek_head_is_not_trusted(data):
    assert tags_of(data) == [b"found"]


def test_a_seek_head_that_names_only_what_is_in_front():
    front = encoded(TAGS, b"front")
    length = len(seek_head((TAGS, 0)))
    data = film(seek_head((TAGS, length)), front, clusters(3), encoded(TAGS, b"behind"))
    assert tags_of(data) == [b"front", b"behind"]
