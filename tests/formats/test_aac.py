"""ADTS: told from MPEG audio, also behind a tag, and labelled in a tag in front."""

from __future__ import annotations

import io

import pytest

from aigc_label import registry
from aigc_label.asset import open_asset
from aigc_label.containers import adts, id3
from aigc_label.formats.aac import FORMAT
from aigc_label.model import ImplicitLabel

LABEL = ImplicitLabel(content_producer="Somebody", produce_id="aac/灯塔/1")
OTHER = ImplicitLabel(content_producer="Somebody", produce_id="aac/2")


def frame(length=40, *, checked=False, rate=7, channels=1):
    size = (channels & 3) << 6 | length >> 11
    tail = bytes((size, length >> 3 & 0xFF, (length & 7) << 5 | 0x1F, 0xFC))
    head = bytes((0xFF, 0xF0 if checked else 0xF1, 0x40 | rate << 2 | channels >> 2))
    return (head + tail).ljust(length, b"\x11")


def tag(size=60):
    return b"ID3\3\0\0" + id3.syncsafe(size) + bytes(size)


def written(data, label=LABEL):
    out = io.BytesIO()
    with open_asset(data) as asset:
        FORMAT.plan(asset, label).apply(asset, out)
    return out.getvalue()


def seen(data):
    with open_asset(data) as asset:
        return [
            (found.carrier, found.home, found.fields["ProduceID"]) for found in FORMAT.read(asset)
        ]


@pytest.mark.parametrize(
    "data",
    [
        frame() * 3,
        frame() * 2,
        frame(8191) * 2 + frame(8),
        frame(checked=True) * 3,
        frame(channels=1) + frame(channels=2) + frame(channels=6),
        tag() + frame() * 3,
        tag() + tag(5) + frame() * 3,
        tag(70_000) + frame() * 3,
        frame() * 3 + b"TAG" + bytes(125),
    ],
)
def test_streams(data):
    with open_asset(data) as asset:
        assert [fmt.id for fmt in registry.formats() if fmt.sniff(asset)] == ["aac"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        frame(),
        frame()[:-1],
        frame() + frame(rate=8) + frame(),
        frame(7) * 3,
        frame(9, checked=True) * 3,
        frame(rate=13) * 3,
        b"\0" + frame() * 3,
        tag(),
        tag()[:-1] + frame() * 3,
        b"\xff\xfb\x90\0" * 300,
    ],
)
def test_what_is_no_stream(data):
    with open_asset(data) as asset:
        assert not FORMAT.sniff(asset)


def test_frames_of_mpeg_audio_inside_a_stream_behind_a_tag_make_it_no_mp3():
    mp3 = (b"\xff\xfb\x90\0" + bytes(413)) * 4
    body = frame(2000)[:100] + mp3
    stream = frame(len(body))[:7] + body[7:]
    data = tag() + stream + frame() * 3
    with open_asset(data) as asset:
        assert adts.begins(asset, 70)
        assert [fmt.id for fmt in registry.formats() if fmt.sniff(asset)] == ["aac"]


def test_a_new_tag_stands_in_front_of_the_stream():
    stream = frame() * 5
    made = written(stream)
    assert made.startswith(b"ID3\3")
    assert made.endswith(stream)
    assert seen(made) == [("aac.id3", False, LABEL.produce_id)]
    assert written(made) == made


def test_a_second_label_goes_from_a_second_tag():
    first, second = (written(frame() * 5, label)[:-200] for label in (OTHER, OTHER))
    data = first + second + frame() * 5
    assert seen(data) == [("aac.id3", False, "aac/2"), ("aac.id3.other", False, "aac/2")]
    made = written(data)
    assert seen(made) == [("aac.id3", False, LABEL.produce_id)]
    assert b"aac/2" not in made
    assert made.endswith(frame() * 5)


def test_an_update_patches_the_tag_in_place():
    made = written(frame() * 5)
    with open_asset(made) as asset:
        plan = FORMAT.plan(asset, OTHER)
        assert plan.growth() == 0
        assert max(splice.span.end for splice in plan.splices) <= id3.behind(asset)
