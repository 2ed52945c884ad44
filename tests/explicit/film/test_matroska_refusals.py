"""Films that words cannot be put over, and what is said of them."""

import struct

import pytest

from aigc_label.asset import open_asset
from aigc_label.containers.ebml import blocks, elements, segment
from aigc_label.containers.ebml.elements import children, encoded
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit import matroska as marker
from aigc_label.explicit.film.matroska_reel import Reel
from aigc_label.explicit.film.matroska_tracks import CROPS, TRACKS
from aigc_label.explicit_label import ExplicitLabel
from aigc_label.formats import mkv
from matroska_samples import AAC, H264, MPEG4, SOUND, SOURCE, edited, film, plain

TWO = ExplicitLabel(seconds=2)


@pytest.fixture
def scratch(tmp_path):
    return lambda name: tmp_path / name


def roll(degrees):
    return encoded(0x7670, encoded(0x7675, struct.pack(">f", degrees)))


def lacing(data):
    inner = list(children(data, 0, len(data)))
    raw = bytearray(data)
    for child in inner:
        if child.id == blocks.SIMPLE_BLOCK and raw[child.body] == 0x81:
            raw[child.body + 3] |= 0x02
    return bytes(raw)


REFUSED = {
    "compressed": (lambda: edited(plain(), entry=encoded(0x6D80, b"")), "compressed or encrypted"),
    "joined": (lambda: edited(plain(), entry=encoded(0xE2, b"")), "joined of several tracks"),
    "stereo": (lambda: edited(plain(), video=encoded(0x53B8, b"\x01")), "stereoscopic"),
    "sphere": (
        lambda: edited(plain(), video=encoded(0x7670, encoded(0x7671, b"\x01"))),
        "a sphere",
    ),
    "angle": (lambda: edited(plain(), video=roll(33)), "not a right one"),
    "no angle": (lambda: edited(plain(), video=roll(float("nan"))), "not a right one"),
    "laced": (lambda: edited(plain(), cluster=lacing), "share a block"),
    "two pictures": (
        lambda: film(*SOURCE, *H264, "-map", "0", "-map", "0", name="two.mkv"),
        "2 picture tracks",
    ),
    "sound": (lambda: film(*SOUND, *AAC, name="sound.mka"), "no picture track"),
    "coding": (
        lambda: film(*SOURCE, "-c:v", "mjpeg", name="pictures.mkv"),
        "coded as V_MJPEG",
    ),
    "pixels": (
        lambda: film(*SOURCE, *H264, "-pix_fmt", "yuv444p10le", name="deep.mkv"),
        "pixel format yuv444p10le",
    ),
    "checksum": (lambda: edited(plain(), before=encoded(elements.CRC, bytes(4))), "checksum"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_say_why(name, scratch):
    make, reason = REFUSED[name]
    with open_asset(make()) as asset, pytest.raises(CannotCarry, match=reason):
        marker.MARKER.mark(asset, mkv.MKV, TWO, scratch)


def test_no_frames(scratch):
    raw = edited(plain(), cluster=lambda _: b"\xe7\x81\x00")
    with open_asset(raw) as asset, pytest.raises(CannotCarry, match="has no frames"):
        marker.MARKER.mark(asset, mkv.MKV, TWO, scratch)


@pytest.mark.parametrize("kind", ["header", "picture"])
def test_a_film_without_a_header_is_malformed(kind, scratch):
    raw = plain()
    with open_asset(raw) as asset:
        found = segment.walk(asset, segment.first(asset))
        tracks = next(e for e in found if e.id == TRACKS)
    if kind == "header":
        raw = raw[: tracks.start] + b"\xec".rjust(1) + raw[tracks.start + 4 :]
        raw = raw[: tracks.start] + b"\x1a\x45\xdf\xa0" + plain()[tracks.start + 4 :]
    else:
        raw = edited(raw, video=encoded(CROPS[0], b"\xc0"))
    with open_asset(raw) as asset, pytest.raises(Malformed):
        marker.MARKER.mark(asset, mkv.MKV, TWO, scratch)


def test_damaged_pictures_are_not_shortened_in_silence(scratch):
    raw = bytearray(film(*SOURCE, *MPEG4, name="damaged.mkv"))
    with open_asset(bytes(raw)) as asset:
        reel = Reel(asset)
        block = reel.frames(0)[6]
    raw[block.data : block.end] = b"\xff" * (block.end - block.data)
    with open_asset(bytes(raw)) as asset, pytest.raises(CannotCarry):
        marker.MARKER.mark(asset, mkv.MKV, TWO, scratch)
