"""WMA and WMV: objects and attributes, XMP behind the data, and a header that keeps its place."""

from __future__ import annotations

import io
import struct

import pytest

from aigc_label import registry
from aigc_label.asset import open_asset
from aigc_label.carriers import asf_xmp, record, xmp
from aigc_label.containers import asf
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed
from aigc_label.formats.asf import WMA, WMV
from aigc_label.model import ImplicitLabel

LABEL = ImplicitLabel(content_producer="Somebody", produce_id="asf/灯塔/1")
OTHER = ImplicitLabel(content_producer="Somebody", produce_id="asf/2")
DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")
INDEX = bytes.fromhex("90080033b1e5cf1189f400a0c90349cb")
VIDEO = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")
SOUND = bytes.fromhex("409e69f84d5bcf11a8fd00805f5c442b")


def part(kind, body):
    return kind + struct.pack("<Q", len(body) + 24) + body


def properties(size=0, flags=0):
    return part(
        asf.FILE_PROPERTIES, bytes(16) + struct.pack("<Q", size) + bytes(40) + bytes([flags] * 16)
    )


def stream(kind=SOUND):
    return part(asf.STREAM_PROPERTIES, kind + bytes(38))


def extended(*pairs, kind=0):
    body = struct.pack("<H", len(pairs))
    for name, value in pairs:
        key = (name + "\0").encode("utf-16-le")
        data = value if isinstance(value, bytes) else (value + "\0").encode("utf-16-le")
        body += struct.pack("<H", len(key)) + key + struct.pack("<HH", kind, len(data)) + data
    return part(asf.EXTENDED, body)


def library(*pairs, kind=0, which=asf.LIBRARY):
    body = struct.pack("<H", len(pairs))
    for name, value in pairs:
        key = (name + "\0").encode("utf-16-le")
        data = value if isinstance(value, bytes) else (value + "\0").encode("utf-16-le")
        body += struct.pack("<4HI", 0, 0, len(key), kind, len(data)) + key + data
    return part(which, body)


def extension(*inner):
    body = b"".join(inner)
    return part(asf.EXTENSION, bytes(18) + struct.pack("<I", len(body)) + body)


def description(*fields):
    texts = [text.encode("utf-16-le") for text in fields]
    return part(asf.DESCRIPTION, struct.pack("<5H", *map(len, texts)) + b"".join(texts))


def made(*parts, tail=b"", flags=0):
    """A file of sound with these objects in its header."""
    parts = (properties(flags=flags), stream(), *parts)
    inner = b"".join(parts)
    head = asf.HEADER + struct.pack("<QI", 30 + len(inner), len(parts)) + b"\1\2" + inner
    data = head + part(DATA, b"packets" * 30) + tail
    return data[:70] + struct.pack("<Q", len(data)) + data[78:]


def seen(data, fmt=WMA):
    with open_asset(data) as asset:
        return [(found.carrier, found.home, found.fields["ProduceID"]) for found in fmt.read(asset)]


def written(data, label=LABEL):
    out = io.BytesIO()
    with open_asset(data) as asset:
        WMA.plan(asset, label).apply(asset, out)
    return out.getvalue()


HOME = [("wma.xmp", True, LABEL.produce_id)]


def walked(data):
    """Names of all objects, with the header's own number of them; sizes must fit."""
    with open_asset(data) as asset:
        inside = [one.id for one in asf.parts(asset)]
        _, further = asf.behind_data(asset)
        return int.from_bytes(data[24:28], "little"), inside, [one.id for one in further]


@pytest.mark.parametrize(
    ("streams", "want"),
    [
        ((stream(),), "wma"),
        ((stream(), stream(VIDEO)), "wmv"),
        ((extension(stream(VIDEO)),), "wmv"),
        ((b"\xff" * 24, stream(VIDEO)), "wma"),
    ],
)
def test_pictures_make_the_difference(streams, want):
    with open_asset(made(*streams)) as asset:
        assert [fmt.id for fmt in registry.formats() if fmt.sniff(asset)] == [want]


@pytest.mark.parametrize("data", [b"", asf.HEADER, made()[:28] + b"\1\3" + made()[30:]])
def test_what_is_none(data):
    with open_asset(data) as asset:
        assert not WMA.sniff(asset)
        assert not WMV.sniff(asset)


def test_the_label_stands_in_xmp_behind_the_data():
    index = part(INDEX, bytes(32))
    data = made(extended(("Year", "2026")), tail=index)
    result = written(data)
    assert seen(result) == HOME
    assert walked(result) == (3, walked(data)[1], [asf.XMP, INDEX])
    size = struct.pack("<Q", len(result))
    grown = len(result) - len(data)
    at = len(data) - len(index)
    assert result[:at] == data[:70] + size + data[78:at]
    assert result[at + grown :] == index
    assert written(result) == result


def test_an_update_fits_into_its_place():
    with open_asset(written(made())) as asset:
        (splice,) = WMA.plan(asset, OTHER).splices
    assert len(splice.data) == splice.span.end - splice.span.start


def test_a_full_packet_grows_and_leaves_room():
    packet = xmp.updated(None, OTHER).rstrip()
    tight = made(tail=part(asf.XMP, packet))
    long = ImplicitLabel(content_producer="S", produce_id="x" * 3000)
    result = written(tight, long)
    assert [found[2] for found in seen(result)] == ["x" * 3000]
    assert struct.unpack_from("<Q", result, 70) == (len(result),)
    with open_asset(result) as asset:
        assert WMA.plan(asset, OTHER).growth() == 0


def test_a_live_recording_keeps_what_it_says_about_its_size():
    data = made(flags=1)
    assert written(data)[70:78] == data[70:78]


def test_without_properties_there_is_nothing_to_correct():
    data = asf.HEADER + struct.pack("<QI", 30 + 78, 1) + b"\1\2" + stream() + part(DATA, bytes(30))
    assert seen(written(data)) == HOME
    assert written(data).startswith(data)


WRAPPED, BARE = record.dump_wrapped(OTHER), record.dump(OTHER)
COPIES = {
    "attribute": (extended(("Year", "2026"), ("AIGC", BARE), ("x", "y")), "wma.attribute"),
    "any case": (extended(("aigc", BARE)), "wma.attribute"),
    "bytes": (extended(("AIGC", BARE.encode()), kind=1), "wma.attribute"),
    "comment": (extended(("WM/Lyrics", WRAPPED)), "wma.comment"),
    "description": (description("Ton", WRAPPED, "c", "", ""), "wma.comment"),
    "library": (extension(library(("AIGC", BARE), ("x", "y"))), "wma.attribute"),
    "metadata": (
        extension(library(("x", "y"), ("AIGC", BARE), which=asf.METADATA)),
        "wma.attribute",
    ),
    "not in the extension": (library(("AIGC", BARE)), "wma.attribute"),
}


@pytest.mark.parametrize(("copy", "carrier"), COPIES.values(), ids=COPIES)
def test_a_copy_in_the_header_becomes_padding(copy, carrier):
    data = made(copy, extended(("Kept", "AIGC")), extension(library(("Too", "AIGC"))))
    assert seen(data) == [(carrier, False, "asf/2")]
    result = written(data)
    assert seen(result) == HOME
    assert "asf/2".encode("utf-16-le") not in result
    count, inside, _ = walked(result)
    nested = carrier == "wma.attribute" and copy.startswith(asf.EXTENSION)
    assert count == walked(data)[0] + (not nested)
    assert len(inside) == len(walked(data)[1]) + 1
    header = struct.unpack_from("<Q", data, 16)[0]
    assert result[header:].startswith(data[header:])
    for kept in ("Kept", "Too"):
        assert kept.encode("utf-16-le") in result


def test_two_copies_in_one_list():
    data = made(extended(("AIGC", BARE), ("x", "y"), ("AIGC", BARE)))
    assert [found[0] for found in seen(data)] == ["wma.attribute"] * 2
    assert seen(written(data)) == HOME
    both = made(description(WRAPPED, "b", "c", "d", WRAPPED))
    assert seen(written(both)) == HOME


def test_a_second_packet_keeps_all_but_its_label():
    packet = xmp.updated(None, OTHER).replace(b"</rdf:RDF>", b"<!-- kept --></rdf:RDF>")
    data = made(tail=part(asf.XMP, xmp.updated(None, OTHER)) + part(asf.XMP, packet))
    assert [found[2] for found in seen(data)] == ["asf/2", "asf/2"]
    result = written(data)
    assert seen(result) == HOME
    assert result.count(b"<!-- kept -->") == 1
    plain = xmp.without_label(packet)
    twice = made(tail=part(asf.XMP, packet) + part(asf.XMP, plain))
    assert written(twice).endswith(part(asf.XMP, plain))


def test_numbers_and_pictures_are_not_read():
    data = made(
        extended(("AIGC", BARE.encode()), kind=3), extended(("WM/Picture", BARE.encode()), kind=1)
    )
    assert seen(data) == []


def test_room_behind_the_objects_is_no_damage():
    data = made(tail=part(asf.XMP, xmp.updated(None, LABEL)) + bytes(500))
    assert seen(data) == HOME
    assert seen(made(tail=b"short")) == []


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (made()[:100], "own"),
        (asf.HEADER, "not whole"),
        (made(b"\xff" * 24), "does not end"),
        (made(tail=b"\xff" * 24), "does not end"),
        (made().replace(DATA, INDEX), "live recording"),
        (made()[:-1], "ffmpeg -i in"),
        (made(extended(("a", "b")).replace(b"\0\0\4\0b", b"\0\0\xff\0b")), "longer than its"),
    ],
)
def test_damage_is_told(data, what):
    with open_asset(data) as asset, pytest.raises(Malformed, match=what):
        list(WMA.read(asset))


def test_limits():
    crowd = made(*[part(INDEX, b"")] * 100)
    with open_asset(crowd) as asset, pytest.raises(LimitExceeded, match="64 ASF objects"):
        list(WMA.read(asset))
    with open_asset(crowd) as asset:
        assert WMA.sniff(asset)
    many = part(asf.EXTENDED, b"\xff\xff" + bytes(100))
    with open_asset(made(many)) as asset, pytest.raises(LimitExceeded, match="512 attributes"):
        list(WMA.read(asset))
    large = made(tail=part(asf.XMP, bytes(asf_xmp.LARGEST + 1)))
    with open_asset(large) as asset, pytest.raises(LimitExceeded, match="4 MiB"):
        list(WMA.read(asset))


def test_a_signed_header_is_refused():
    with pytest.raises(CannotCarry, match="signed"):
        written(made(part(asf.SIGNATURE, bytes(20))))


def test_a_label_behind_a_large_picture_is_found_in_few_reads():
    picture = extended(("WM/Picture", bytes(60_000)), kind=1)
    data = made(picture, extended(("AIGC", BARE)), tail=part(asf.XMP, xmp.updated(None, OTHER)))
    with open_asset(data) as asset:
        assert WMA.sniff(asset)
        assert [found.carrier for found in WMA.read(asset)] == ["wma.attribute", "wma.xmp"]
        assert asset.reads <= 12
        assert asset.bytes_read < 30_000
    assert seen(written(data)) == HOME
