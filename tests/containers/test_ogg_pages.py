import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutagen.ogg import OggPage

from aigc_label.asset import open_asset
from aigc_label.containers import ogg
from aigc_label.edits import EditPlan
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed
from xiph_samples import opus, page

FIRST = page(b"OpusHead" + bytes(11), flags=2)


def linked(data):
    with open_asset(data) as asset:
        return ogg.link_at(asset, 0)


def sequence(data):
    """Number and flags of every page, as mutagen reads them; checksums must be right."""
    file, out = io.BytesIO(data), []
    while file.tell() < len(data):
        start = file.tell()
        one = OggPage(file)
        raw = data[start : file.tell()]
        turned = OggPage(io.BytesIO(raw)).write()
        out.append((one.serial, one.sequence, raw[22:26] == turned[22:26], len(one.packets)))
    return out


def replaced(data, first):
    out = io.BytesIO()
    with open_asset(data) as asset:
        (stream,) = ogg.link_at(asset, 0).streams
        EditPlan(ogg.replaced(asset, stream, first)).apply(asset, out)
    return out.getvalue()


@given(st.binary(max_size=400))
def test_checksums_are_those_of_mutagen(body):
    one = OggPage()
    one.packets = [body]
    raw = one.write()
    assert ogg.checksum(raw[:22] + bytes(4) + raw[26:]) == int.from_bytes(raw[22:26], "little")


def test_packets_across_pages():
    parts = [
        page(bytes(510), table=b"\xff\xff", number=1),
        page(bytes(255) + b"x" * 7, table=b"\xff\x00\x07", number=2, flags=1),
    ]
    link = linked(FIRST + parts[0] + parts[1])
    (stream,) = link.streams
    assert link.fault is None
    assert stream.codec == "opus"
    assert [p.sequence for p in stream.pages] == [1, 2]
    assert stream.shared
    with open_asset(FIRST + b"".join(parts)) as asset:
        assert ogg.packet(asset, stream.packets[0]).read(0, 765) == bytes(765)
        assert ogg.packet(asset, stream.packets[0]).size == 765
    with pytest.raises(CannotCarry, match="ffmpeg -c copy"):
        replaced(FIRST + b"".join(parts), b"new")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no whole Ogg page"),
        (FIRST, "no whole Ogg page"),
        (FIRST + page(b"x")[:-1], "no whole Ogg page"),
        (FIRST + b"OggX" + page(b"x")[4:], "no whole Ogg page"),
        (FIRST + page(b"x", flags=1), "an Ogg page is missing"),
        (FIRST + page(bytes(255), table=b"\xff") + page(b"x"), "an Ogg page is missing"),
        (FIRST + page(b"x", serial=2), "never began"),
        (page(b"x"), "never began"),
    ],
)
def test_headers_that_break_off(data, words):
    fault = linked(data).fault
    with pytest.raises(Malformed, match=words):
        raise fault


def test_headers_without_an_end():
    flood = page(bytes(255), table=b"\xff", flags=1) * (ogg.MOST_HEADER_PAGES + 1)
    link = linked(FIRST + page(bytes(255), table=b"\xff") + flood)
    assert "without an end" in link.fault.reason


def test_codecs():
    for magic, (name, _) in ogg.CODECS.items():
        with open_asset(page(magic + bytes(20), flags=2)) as asset:
            assert ogg.codec(asset) == name
    for data in (b"", b"OggS", page(b"fishead\0", flags=2), b"RIFF" + FIRST[4:]):
        with open_asset(data) as asset:
            assert ogg.codec(asset) == ""


def test_streams_side_by_side():
    two = page(b"\x80theora" + bytes(9), flags=2, serial=2)
    other = page(b"a\x00", table=b"\x01\x01", serial=2)
    link = linked(FIRST + two + page(b"x", number=1) + page(b"y", number=2) + other + page(b"z"))
    assert [(s.codec, len(s.packets)) for s in link.streams] == [("opus", 1), ("theora", 2)]
    assert link.fault is None


@pytest.mark.parametrize("tail", [b"", b"OggS\x07" + bytes(40)], ids=["", "junk"])
@pytest.mark.parametrize("sizes", [(2, 2, 2), (400, 2, 300), (2, 900, 3), (700, 700, 700)])
def test_links_are_found_by_bisection(sizes, tail):
    parts = [opus("A=b", serial=n, pages=size, size=999) for n, size in enumerate(sizes)]
    with open_asset(b"".join(parts) + tail) as asset:
        found = list(ogg.links(asset))
        assert [link.streams[0].serial for link in found] == [0, 1, 2]
        assert all(link.fault is None for link in found)


def test_bisection_reads_little():
    parts = [opus("A=b", serial=n, pages=9000, size=999) for n in range(2)]
    with open_asset(b"".join(parts)) as asset:
        assert len(list(ogg.links(asset))) == 2
        assert asset.bytes_read < asset.size / 20


def test_bisection_ends_in_a_hole():
    """No page can be told from what lies between: the chain is not followed, and nothing fails."""
    parts = opus("A=b"), bytes(400_000), opus("A=b", serial=2)
    with open_asset(b"".join(parts)) as asset:
        assert len(list(ogg.links(asset))) == 1
    fakes = opus("A=b") + b"OggS" * 100_000 + opus("A=b", serial=2)
    with open_asset(fakes) as asset:
        assert len(list(ogg.links(asset))) == 1


def test_too_many_links():
    parts = (opus("A=b", serial=n) for n in range(ogg.MOST_LINKS + 1))
    with open_asset(b"".join(parts)) as asset, pytest.raises(LimitExceeded):
        list(ogg.links(asset))


@pytest.mark.parametrize("size", [0, 1, 254, 255, 256, 510, 9999, 255 * 255 - 1])
def test_headers_that_fit_leave_all_other_pages(size):
    data = opus("A=b", pages=3)
    new = replaced(data, b"n" * size)
    at = len(FIRST)
    (stream,) = linked(new).streams
    assert new.startswith(FIRST)
    assert new.endswith(data[linked(data).end :])
    assert stream.packets[0][0].end - stream.packets[0][0].start == size
    with open_asset(new) as asset:
        made = ogg.page_at(asset, at)
        assert made.end == linked(new).end
    assert sequence(new[at : made.end]) == [(1, 1, True, 1)]


def test_pages_are_shared_out_evenly():
    first = page(bytes(765), table=b"\xff" * 3, number=1)
    middle = page(bytes(765), table=b"\xff" * 3, number=2, flags=1)
    data = FIRST + first + middle + page(b"end", number=3, flags=1) + page(b"sound", number=4)
    new = replaced(data, bytes(255 * 5))
    (stream,) = linked(new).streams
    assert [p.table for p in stream.pages] == [b"\xff\xff", b"\xff\xff", b"\xff\x00"]
    assert [p.flags for p in stream.pages] == [0, 1, 1]
    positions = [new[p.start + 6 : p.start + 14] for p in stream.pages]
    assert positions == [b"\xff" * 8, b"\xff" * 8, bytes(8)]
    assert new.endswith(page(b"sound", number=4))


@pytest.mark.parametrize("size", [255 * 255, 400_000])
def test_more_pages_number_the_others_anew(size):
    chained = opus("A=b", pages=3) + opus("C=d", serial=2)
    new = replaced(chained, b"n" * size)
    numbers = sequence(new)
    ours = [number for serial, number, _, _ in numbers if serial == 1]
    assert ours == list(range(len(ours)))
    assert len(ours) == 4 + -(-(size // 255 + 1) // 255)
    assert all(right for serial, number, right, _ in numbers if serial == 1 and number)
    assert new.endswith(opus("C=d", serial=2))


def test_fewer_pages_too():
    first = page(bytes(255), table=b"\xff", number=1)
    data = FIRST + first + page(b"end", number=2, flags=1) + page(b"sound", number=3, flags=4)
    new = replaced(data + b"junk", b"n")
    assert [number for _, number, _, _ in sequence(new[:-4])] == [0, 1, 2]


def test_what_cannot_be_numbered_anew(monkeypatch):
    data = opus("A=b", pages=3)
    with pytest.raises(Malformed, match="no whole Ogg page"):
        replaced(data[:-1], bytes(70_000))
    monkeypatch.setattr(ogg, "MOST_RENUMBERED", 2)
    with pytest.raises(CannotCarry, match="numbered anew"):
        replaced(data, bytes(70_000))
