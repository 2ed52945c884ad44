"""JPEGs with gain maps and other pictures behind the first."""

from __future__ import annotations

import io
import struct
import subprocess
from unittest.mock import ANY

import numpy as np
import piexif
import pytest
from PIL import Image
from scenes import file_of, marked, scene

from aigc_label import ImplicitLabel, api, registry
from aigc_label.asset import open_asset
from aigc_label.containers import jpeg
from aigc_label.errors import CannotCarry
from aigc_label.explicit.drawing.jpeg_gain_map import Gain
from aigc_label.explicit_label import ExplicitLabel

SIZE = (320, 240)
CONTAINER = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-'
    b'syntax-ns#"><rdf:Description xmlns:Container="http://ns.google.com/photos/1.0/container/" '
    b'xmlns:Item="http://ns.google.com/photos/1.0/container/item/" '
    b'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"><Container:Directory>'
    b'<rdf:Seq><rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary" '
    b'Item:Mime="image/jpeg"/></rdf:li><rdf:li rdf:parseType="Resource"><Container:Item '
    b'Item:Semantic="GainMap" Item:Mime="image/jpeg" Item:Length="%d"/></rdf:li></rdf:Seq>'
    b"</Container:Directory></rdf:Description></rdf:RDF></x:xmpmeta>"
)
ADOBE = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-'
    b'syntax-ns#"><rdf:Description xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" '
    b'hdrgm:Version="1.0" %s/></rdf:RDF></x:xmpmeta>'
)
ISO = b"urn:iso:std:iso:ts:21496:-1\0"


def xmp(packet: bytes) -> bytes:
    return jpeg.segment(jpeg.APP1, jpeg.XMP + packet)


def with_segment(data: bytes, *segments: bytes) -> bytes:
    at = 20 if data[3] == 0xE0 else 2  # behind JFIF
    return data[:at] + b"".join(segments) + data[at:]


def gain_map(*segments: bytes, size=(80, 60), mode="L") -> bytes:
    picture = scene(*size).convert(mode)
    return with_segment(file_of(picture, "jpeg", quality=85), *segments)


def index(sizes: list[int], offsets: list[int], attributes: list[int]) -> bytes:
    entries = b"".join(
        struct.pack(">LLLHH", kind, size, offset, 0, 0)
        for kind, size, offset in zip(attributes, sizes, offsets, strict=True)
    )
    head = b"MM\0*\0\0\0\x08\0\x03"
    head += struct.pack(">HHL4s", 0xB000, 7, 4, b"0100")
    head += struct.pack(">HHLL", 0xB001, 4, 1, len(sizes))
    head += struct.pack(">HHLL", 0xB002, 7, len(entries), 50) + bytes(4)
    return jpeg.segment(jpeg.APP2, jpeg.MULTI_PICTURE + head + entries)


def with_index(first: bytes, *others: bytes, kinds=(), tail=b"") -> bytes:
    """Pictures with an MPF index, and what else stands behind them."""
    kinds = kinds or (0x030000, *[0] * len(others))
    blank = index([0] * len(kinds), [0] * len(kinds), list(kinds))
    size = len(first) + len(blank)
    at = 20 + 4 + 4  # behind JFIF, the marker, its length and the name
    sizes, offsets = [size], [0]
    for other in others:
        offsets.append(size + sum(sizes[1:]) - at)
        sizes.append(len(other))
    return with_segment(first, index(sizes, offsets, list(kinds))) + b"".join(others) + tail


def primary(*segments: bytes, **options) -> bytes:
    return with_segment(file_of(scene(*SIZE), "jpeg", quality=88, **options), *segments)


def ultra(properties=b'hdrgm:GainMapMin="-1" hdrgm:GainMapMax="3" hdrgm:Gamma="1"', **options):
    second = gain_map(xmp(ADOBE % properties), **options)
    return with_index(primary(xmp(CONTAINER % len(second))), second, tail=b"trailer"), second


def second_picture(data: bytes) -> bytes:
    """By exiftool, which follows the index."""
    done = subprocess.run(
        ["exiftool", "-b", "-MPImage2", "-"],
        input=data,
        capture_output=True,
        check=True,
        timeout=30,
    )
    return done.stdout


def last_picture(data: bytes) -> bytes:
    return data[data.rindex(b"\xff\xd8\xff") :]


def grey(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("L")).astype(int)


@pytest.mark.foreign
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_gain_map_is_neutral_under_the_mark_and_as_it_was_elsewhere(mode):
    data, second = ultra(mode=mode)
    result, mark = marked(data, "jpeg")
    new = second_picture(result)
    assert result.endswith(new + b"trailer")
    shown, was = grey(new), grey(second)
    x, y, width, height = (side // 4 for side in mark.box)
    assert np.abs(shown[y : y + height, x : x + width] - 64).max() <= 3
    shown[y - 16 :, x - 16 :] = was[y - 16 :, x - 16 :]
    assert (shown == was).all()
    assert b'Item:Length="%d"' % len(new) in result


@pytest.mark.foreign
def test_label_keeps_the_map_where_the_index_says():
    data, _ = ultra()
    label = ImplicitLabel(content_producer="P", produce_id="1")
    written = api.label(data, label, explicit=ExplicitLabel(), name="a.jpg")
    new = second_picture(written.data)
    assert new.endswith(b"\xff\xd9")
    assert written.data.endswith(new + b"trailer")
    again = api.label(written.data, label, explicit=ExplicitLabel(), name="a.jpg")
    assert again.data == written.data


def test_without_an_index_the_pictures_follow_one_another():
    second = gain_map(xmp(ADOBE % b'hdrgm:GainMapMax="2"'))
    data = primary(xmp(CONTAINER % len(second))) + second + b"video"
    result, mark = marked(data, "jpeg")
    assert result.endswith(b"video")
    new = last_picture(result[:-5])
    x, y, width, height = (side // 4 for side in mark.box)
    assert grey(new)[y : y + height, x : x + width].max() <= 3


def iso(flags: int, *numbers: int) -> bytes:
    kinds = {0: ">IIII", 8: ">III"}[flags & 8]
    head = struct.pack(kinds, *numbers[: len(kinds) - 1])
    body = struct.pack(f">{len(numbers) - len(kinds) + 1}i", *numbers[len(kinds) - 1 :])
    return jpeg.segment(jpeg.APP2, ISO + b"\0\0\0\0" + bytes([flags]) + head + body)


@pytest.mark.parametrize(
    ("segment", "neutral"),
    [
        (iso(0, 0, 1, 3, 1, -1, 1, 3, 1, 1, 1, 1, 64, 1, 64), 64),
        (iso(0, 0, 1, 3, 1, -2, 1, 2, 1, 2, 1, 1, 64, 1, 64), 64),
        (iso(8, 10, 0, 30, -10, 30, 10, 1, 1), 64),
        (iso(128, 0, 1, 3, 1, *(-1, 1, 3, 1, 1, 1, 1, 64, 1, 64) * 3), 64),
        (xmp(b"<urn:com:apple:photo:2020:aux:hdrgainmap>"), 0),
        (xmp(ADOBE % b'hdrgm:GainMapMin="0.2" hdrgm:GainMapMax="1"'), 0),
        (xmp(ADOBE % b""), 0),
    ],
)
def test_each_kind_of_map_has_its_neutral_value(segment, neutral):
    second = gain_map(segment)
    result, mark = marked(with_index(primary(), second), "jpeg")
    x, y, width, height = (side // 4 for side in mark.box)
    shown = grey(last_picture(result))
    assert np.abs(shown[y : y + height, x : x + width] - neutral).max() <= 3


def test_values_in_a_sequence_hold_for_each_channel():
    packet = (
        b'<rdf:Description xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/">'
        b"<hdrgm:GainMapMin><rdf:Seq><rdf:li>-1</rdf:li><rdf:li>-1.0</rdf:li><rdf:li>-1</rdf:li>"
        b"</rdf:Seq></hdrgm:GainMapMin><hdrgm:GainMapMax>3</hdrgm:GainMapMax></rdf:Description>"
    )
    second = gain_map(xmp(packet), mode="RGB")
    result, mark = marked(with_index(primary(), second), "jpeg")
    x, y, width, height = (side // 4 for side in mark.box)
    assert np.abs(grey(last_picture(result))[y : y + height, x : x + width] - 64).max() <= 3


@pytest.mark.parametrize(
    ("gain", "neutral"),
    [((0, 1, 1), 0), ((-1, 1, 1), 128), ((-1, 3, 0.5), 128), ((-2, -1, 1), 255), ((1, 1, 1), 0)],
)
def test_the_neutral_value(gain, neutral):
    assert Gain(*gain).neutral == neutral


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (primary(xmp(CONTAINER % 5)), "cannot be found"),
        (primary(xmp(ADOBE % b"")), "cannot be found"),
        (primary(jpeg.segment(jpeg.APP2, ISO + bytes(4))), "cannot be found"),
        (ultra(b'hdrgm:GainMapMin="low"')[0], "readable GainMapMin"),
        (ultra(b'hdrgm:BaseRenditionIsHDR="True"')[0], "darkens"),
        (with_index(primary(), gain_map(iso(4, 0, 1, 3, 1, 0))), "darkens"),
        (with_index(primary(), gain_map(iso(0, 0, 1, 3, 1, 0, 1))), "readable parameters"),
        (with_index(primary(), gain_map(iso(8, 0, 0, 30, 0, 0, 0, 0, 0))), "readable parameters"),
        (with_index(primary(), *[gain_map(xmp(ADOBE % b""))] * 2), "one of several"),
        (with_index(primary(), primary(), kinds=(0x030000, 0x020002)), "several views"),
    ],
)
def test_what_is_unclear_is_refused_with_a_word(data, reason):
    with pytest.raises(CannotCarry, match=reason):
        marked(data, "jpeg")


def test_a_map_that_cannot_be_spliced_is_refused():
    second = gain_map(xmp(ADOBE % b""))
    second = second[: len(second) // 2] + b"\xff\xd9"
    with pytest.raises(CannotCarry, match="cannot be edited"):
        marked(with_index(primary(), second), "jpeg")


@pytest.mark.foreign
def test_what_stands_behind_the_map_is_still_found():
    second, third = gain_map(xmp(ADOBE % b"")), file_of(scene(64, 48), "jpeg")
    result, _ = marked(with_index(primary(), second, third), "jpeg")
    done = subprocess.run(
        ["exiftool", "-b", "-MPImage3", "-"], input=result, capture_output=True, check=True
    )
    assert done.stdout == third
    assert second_picture(result) != second


def test_previews_and_what_only_looks_like_a_picture_stay():
    preview = file_of(scene(64, 48), "jpeg")
    data = with_index(primary(), preview, b"\xff\xd8\xff\xd9", kinds=(0x030000, 0x010001, 0))
    result, _ = marked(data, "jpeg")
    assert result.endswith(preview + b"\xff\xd8\xff\xd9")
    mark = registry.marker_for("jpeg")
    assert mark is not None
    asset = open_asset(result)
    assert mark.mark(asset, registry.by_id("jpeg"), ExplicitLabel(), None) == (asset, ANY, ())


def test_users_hear_what_stays_without_the_words():
    mark = registry.marker_for("jpeg")
    assert mark is not None

    def notes(data: bytes) -> tuple[str, ...]:
        return mark.mark(open_asset(data), registry.by_id("jpeg"), ExplicitLabel(), None).notes

    preview = file_of(scene(64, 48), "jpeg")
    thumbnail = piexif.dump({"0th": {}, "1st": {0x0103: 6}, "thumbnail": preview})
    assert notes(primary()) == notes(ultra()[0]) == ()
    (one,) = notes(primary(jpeg.segment(jpeg.APP1, thumbnail)))
    assert "thumbnail" in one
    (one,) = notes(with_index(primary(), preview, kinds=(0x030000, 0x010001)))
    assert "previews" in one
