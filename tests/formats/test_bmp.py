"""BMP: what is claimed, what stands outside the picture, and what a writer says."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

import aigc_label
from aigc_label import ExplicitLabel, ImplicitLabel
from aigc_label.asset import open_asset
from aigc_label.containers import bmp
from aigc_label.errors import Malformed, NoPlace

LABEL = ImplicitLabel(content_producer="Somebody", produce_id="1")


def saved(mode="RGB", size=(5, 3)) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, "BMP")
    return out.getvalue()


def headed(header: bytes, pixels: bytes, behind: bytes = b"") -> bytes:
    """A file of a header with its size in front, and pixels."""
    body = struct.pack("<I", len(header) + 4) + header + pixels + behind
    return b"BM" + struct.pack("<IHHI", 14 + len(body), 0, 0, 18 + len(header)) + body


def outside(data: bytes) -> list[tuple[int, int]]:
    with open_asset(data) as asset:
        assert bmp.sniff(asset)
        return [(span.start, span.end) for span in bmp.outside(asset)]


@pytest.mark.parametrize(("mode", "gap"), [("1", 8), ("L", 1024), ("RGB", 0)])
def test_the_gap_is_the_palette_and_nothing_stands_behind(mode, gap):
    data = saved(mode)
    expected = [(54, 54 + gap)] if gap else []
    assert outside(data) == expected
    assert outside(data + b"tail") == [*expected, (len(data), len(data) + 4)]


def test_the_oldest_header_is_understood():
    data = headed(struct.pack("<HHHH", 3, 2, 1, 24), bytes(24), b"tail")
    assert outside(data) == [(len(data) - 4, len(data))]


def test_a_picture_from_top_to_bottom_is_understood():
    data = saved(size=(5, 3))
    turned = data[:22] + struct.pack("<i", -3) + data[26:]
    assert outside(turned + b"x") == [(len(data), len(data) + 1)]


def test_packed_pixels_are_as_long_as_the_header_says():
    header = struct.pack("<iiHHII16x", 4, 4, 1, 8, 1, 10)
    data = headed(header, bytes(10), b"behind")
    assert outside(data)[-1] == (len(data) - 6, len(data))


def test_packed_pixels_of_unknown_length_take_all_that_the_file_says():
    data = headed(struct.pack("<iiHHII16x", 4, 4, 1, 8, 1, 0), bytes(10))
    assert outside(data) == []
    assert outside(data + b"behind") == [(len(data), len(data) + 6)]


def test_a_colour_profile_belongs_to_the_picture():
    header = struct.pack("<iiHHII88xII4x", 1, 1, 1, 24, 0, 4, 124 + 4, 9)
    data = headed(header, bytes(4), b"profile!!" + b"tail")
    assert outside(data) == [(len(data) - 4, len(data))]


@pytest.mark.parametrize("at", [18, 22])
def test_no_pixels_are_malformed(at):
    data = saved()
    with pytest.raises(Malformed, match="a picture"):
        outside(data[:at] + bytes(4) + data[at + 4 :])


def test_a_missing_byte_is_told():
    with pytest.raises(Malformed, match="cut short"):
        outside(saved()[:-1])


@pytest.mark.parametrize("data", [b"BM", b"BM words and more words", saved()[:14] + bytes(40), b""])
def test_words_are_not_claimed(data):
    with open_asset(data) as asset:
        assert not bmp.sniff(asset)


def test_a_header_of_an_unknown_kind_is_malformed():
    with open_asset(b"BM" + bytes(60)) as asset, pytest.raises(Malformed):
        bmp.outside(asset)


def test_a_writer_says_what_to_do_instead():
    """One line that helps."""
    with pytest.raises(NoPlace, match=r"bmp has no place.*convert it to PNG.*ffmpeg"):
        aigc_label.label(saved(), LABEL)
    with pytest.raises(NoPlace, match="PNG"):
        aigc_label.propagate(saved(), "platform", declared=True)


def test_the_explicit_mark_is_drawn_and_the_lack_of_the_other_is_said():
    out = io.BytesIO()
    Image.new("RGB", (200, 160), "teal").save(out, "BMP")
    written = aigc_label.label(out.getvalue(), LABEL, explicit=ExplicitLabel())
    assert written.changed
    assert "no place for an implicit label" in written.notes[0]


def test_a_check_leaves_open_what_nobody_looked_at():
    found = {f.rule: f.kind for f in aigc_label.check(saved()).findings}
    assert found["implicit.missing"] == "notApplicable"
    assert "pass" not in found.values()
