"""MPEG transport streams: told by their sync bytes, read in one piece, and never written."""

from __future__ import annotations

import pytest

import aigc_label
from aigc_label import registry
from aigc_label.asset import open_asset
from aigc_label.containers import mpegts
from aigc_label.errors import NoPlace, UnknownFormat
from aigc_label.formats.mpegts import FORMAT
from aigc_label.model import ImplicitLabel

LABEL = ImplicitLabel(content_producer="Somebody", produce_id="ts/1")
KLING = bytes.fromhex("91ca60614aee385486142d5f73f4ae2e") + b"kling-ai"


def packet(body=b"", flags=0x10):
    return bytes((0x47, 0x40, 0x11, flags)) + body.ljust(184, b"\xff")


def stream(size, lead, count, body=b""):
    return b"".join(bytes(lead) + packet(body) + bytes(size - lead - 188) for _ in range(count))


@pytest.mark.parametrize(("size", "lead"), [(188, 0), (192, 4), (204, 0)])
@pytest.mark.parametrize("count", [3, 40])
def test_three_shapes_of_packets(size, lead, count):
    data = stream(size, lead, count)
    assert mpegts.stride(data) == (size, lead)
    with open_asset(data) as asset:
        assert registry.identify(asset) is FORMAT


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"G" * 187,
        stream(188, 0, 2),
        stream(188, 0, 2) + packet()[:-1],
        b"\0" + stream(188, 0, 5),
        stream(188, 0, 9) + b"\0" + stream(188, 0, 9),
        packet(flags=0x8F) * 9,
    ],
)
def test_what_is_none(data):
    assert mpegts.stride(data) is None
    assert mpegts.payload(data) == b""
    with open_asset(data) as asset, pytest.raises(UnknownFormat):
        registry.identify(asset)


def test_a_text_full_of_the_sync_byte_is_text():
    with open_asset(b"G" * 400, name="a.txt") as asset:
        assert registry.identify(asset).id == "plaintext"


@pytest.mark.parametrize(("size", "lead"), [(188, 0), (192, 4), (204, 0)])
def test_headers_are_taken_off(size, lead):
    data = stream(size, lead, 3, b"abc")
    assert mpegts.payload(data) == b"abc".ljust(184, b"\xff") * 3


def test_a_message_across_two_packets_is_seen():
    data = packet(bytes(179) + KLING[:5]) + packet(KLING[5:]) + packet()
    with open_asset(data) as asset:
        (signal,) = FORMAT.read(asset)
        assert (signal.generator, signal.ai, signal.carrier) == ("Kling", True, "mpegts.sei")
        assert asset.reads == 1


def test_a_label_is_refused_with_advice():
    with pytest.raises(NoPlace, match=r"ffmpeg -i in\.ts -map 0 -c copy out\.mp4"):
        aigc_label.label(stream(188, 0, 5), LABEL)
    report = aigc_label.check(stream(188, 0, 5), only="implicit")
    (missing,) = [f for f in report.findings if f.rule == "implicit.missing"]
    assert missing.kind == "notApplicable"
