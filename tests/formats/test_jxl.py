"""JPEG XL: the XMP box, what is compressed, and JPEGs that can be had back."""

from __future__ import annotations

import io
import struct
import subprocess
import sys

import brotli
import pytest

import aigc_label
from aigc_label import ImplicitLabel, registry
from aigc_label.asset import open_asset
from aigc_label.containers.bmff import jxl
from aigc_label.errors import AssetError, LimitExceeded, Malformed

LABEL = ImplicitLabel(content_producer="Example Studio", produce_id="shot/1")
PLATFORM = {"propagator": "example-platform", "propagate_id": "post/2025#77"}
FIRST = jxl.SIGNATURE + b"\0\0\0\x14ftypjxl \0\0\0\0jxl "


@pytest.fixture(scope="module")
def files(corpus):
    return {f.id.removeprefix("jxl/"): f for f in corpus if f.format == "jxl"}


def box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", len(data) + 8, kind) + data


def around(*boxes: bytes) -> bytes:
    return FIRST + b"".join(boxes) + box(b"jxlc", b"\xff\x0a" + bytes(20))


def kinds(data: bytes) -> list[bytes]:
    with open_asset(data) as asset:
        return [found.type for found in jxl.boxes(asset)]


def spans(data: bytes, label: ImplicitLabel) -> list[tuple[int, int]]:
    """How many bytes each splice takes out and puts in."""
    with open_asset(data) as asset:
        plan = registry.by_id("jxl").plan(asset, label)
        return [(s.span.end - s.span.start, len(s.data)) for s in plan.splices]


def test_a_bare_codestream_is_put_into_boxes(files):
    data = files["plain/codestream.jxl"].data
    made = aigc_label.label(data, LABEL).data
    assert kinds(made) == [b"JXL ", b"ftyp", b"jxlc", b"xml "]
    assert made.startswith(FIRST + struct.pack(">I", len(data) + 8) + b"jxlc" + data)


def hollow(path, head: bytes, size: int):
    with path.open("wb") as file:
        file.write(head)
        file.truncate(size)
    return path


def test_a_long_codestream_gets_a_long_size(tmp_path):
    with open_asset(hollow(tmp_path / "long.jxl", jxl.CODESTREAM, 5 << 30)) as asset:
        (front, behind) = jxl.wrapped(asset, b"box")
    assert front.data.endswith(struct.pack(">I4sQ", 1, b"jxlc", (5 << 30) + 16))
    assert (behind.span.start, behind.data) == (5 << 30, b"box")


def test_the_label_stands_behind_the_picture(files):
    plain = kinds(aigc_label.label(files["plain/lossless.jxl"].data, LABEL).data)
    assert plain == [b"JXL ", b"ftyp", b"jxlc", b"xml "]


def test_a_picture_that_runs_to_the_end_is_told_its_size(tmp_path):
    picture = b"\xff\x0a" + bytes(20)
    made = aigc_label.label(FIRST + b"\0\0\0\0jxlc" + picture, LABEL).data
    assert made.startswith(FIRST + box(b"jxlc", picture) + made[62:66] + b"xml ")
    path = hollow(tmp_path / "long.jxl", FIRST + b"\0\0\0\0jxlc\xff\x0a", 5 << 30)
    with open_asset(path) as asset:
        (splice,) = jxl.appended(list(jxl.boxes(asset)), b"box")
    assert splice.span.start == len(FIRST)


def test_xml_of_another_kind_is_left_alone():
    other = box(b"xml ", b"<notes>about AIGC</notes>")
    made = aigc_label.label(around(other), LABEL).data
    assert other in made
    assert kinds(made).count(b"xml ") == 2


def test_a_platforms_fields_fit_into_the_room():
    made = aigc_label.label(around(), LABEL).data
    later = LABEL.propagated(PLATFORM["propagator"], PLATFORM["propagate_id"], "r" * 300)
    ((taken, put),) = spans(made, later)
    assert taken == put


def test_the_place_is_ours_and_said_so(files):
    fmt = registry.by_id("jxl")
    assert (fmt.homes, fmt.places) == ((), ("jxl.xmp",))
    report = aigc_label.check(files["labelled/exiftool.jxl"].path, only="implicit")
    assert [label.home for label in report.inspection.labels] == [False]


# --- Brotli -------------------------------------------------------------------------------------


def test_an_update_of_a_compressed_packet_leaves_it_plain(files):
    made = aigc_label.propagate(files["variants/xmp-attribute.jxl"].path, **PLATFORM).data
    assert kinds(made) == [b"JXL ", b"ftyp", b"xml ", b"jxlc"]  # where it was


@pytest.mark.parametrize("name", ["plain/transcoded", "silent/xmp-prose", "signals/c2pa-packed"])
def test_without_brotli_compressed_metadata_is_never_passed(files, name, monkeypatch):
    monkeypatch.setitem(sys.modules, "brotli", None)
    file = files[f"{name}.jxl"]
    with pytest.raises(AssetError, match=r"could not be looked into.*pip install brotli"):
        aigc_label.read(file.path)
    with pytest.raises(AssetError, match="pip install brotli"):
        aigc_label.label(file.path, LABEL)
    report = aigc_label.check(file.path, only="implicit")
    assert not report.ok
    assert {f.rule: f.kind for f in report.findings}["implicit.missing"] == "open"


def test_what_is_not_compressed_is_read_without_brotli(monkeypatch):
    monkeypatch.setitem(sys.modules, "brotli", None)
    data = around(box(b"brob", b"Exif" + b"?" * 9))
    data += aigc_label.label(around(), LABEL).data[len(FIRST) :]
    seen = aigc_label.check(data).inspection
    assert [label.fields["ProduceID"] for label in seen.labels] == ["shot/1"]
    assert "Brotli" in seen.problem.reason


@pytest.mark.parametrize(
    ("packed", "kind"),
    [
        (brotli.compress(bytes(64 << 20)), LimitExceeded),
        (brotli.compress(b"<x/>" * 900)[:-3], Malformed),
        (b"\xff" * 40, Malformed),
        (b"", Malformed),
    ],
)
def test_bad_compression_is_named(packed, kind):
    data = around(box(b"brob", b"xml " + packed))
    with pytest.raises(kind):
        aigc_label.read(data)


def test_a_packed_box_without_a_type_is_malformed():
    with pytest.raises(Malformed, match="brob"):
        aigc_label.read(around(box(b"brob", b"xm")))


def test_a_huge_packet_is_refused(tmp_path):
    path = tmp_path / "huge.jxl"
    with path.open("wb") as file:
        file.write(FIRST + struct.pack(">I4s", 9 << 20, b"xml "))
        file.truncate(len(FIRST) + (9 << 20))
        file.seek(0, io.SEEK_END)
        file.write(box(b"jxlc", b"\xff\x0a" + bytes(20)))
    with pytest.raises(LimitExceeded, match="metadata"):
        aigc_label.read(path)


# --- JPEGs that can be had back -----------------------------------------------------------------


def jpeg_of(data: bytes, folder) -> bytes:
    """What djxl makes of it; it must be the very JPEG, not a new one of its pixels."""
    source, target = folder / "in.jxl", folder / "out.jpg"
    source.write_bytes(data)
    done = subprocess.run(["djxl", source, target], capture_output=True, check=False)
    assert b"Reconstructed to JPEG" in done.stdout + done.stderr
    return target.read_bytes()


@pytest.mark.foreign("djxl")
def test_a_jpeg_can_still_be_had_back(files, tmp_path):
    data = files["plain/transcoded.jxl"].data
    made = aigc_label.label(data, LABEL).data
    assert jpeg_of(made, tmp_path) == jpeg_of(data, tmp_path)
    again = aigc_label.propagate(made, **PLATFORM).data
    assert jpeg_of(again, tmp_path) == jpeg_of(data, tmp_path)


@pytest.mark.foreign("djxl")
def test_a_label_that_came_with_a_jpeg_is_updated_where_its_size_can_stay(files, tmp_path):
    made = aigc_label.propagate(files["labelled/transcoded.jxl"].path, **PLATFORM).data
    (label,) = aigc_label.read(jpeg_of(made, tmp_path)).labels
    assert label.fields["ContentPropagator"] == "example-platform"
    assert kinds(made).count(b"xml ") == 1


@pytest.mark.foreign("djxl")
def test_and_moves_to_a_box_of_its_own_where_it_cannot(files, tmp_path):
    made = aigc_label.propagate(files["variants/transcoded.jxl"].path, **PLATFORM).data
    (label,) = aigc_label.read(made).labels
    assert label.fields["PropagateID"] == "post/2025#77"
    assert kinds(made).count(b"xml ") == 2
    assert aigc_label.read(jpeg_of(made, tmp_path)).labels == ()


# --- structure ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        FIRST,
        FIRST + box(b"xml ", b"<x/>"),
        FIRST + box(b"jxlp", b"\0\0\0\0\xff\x0a"),
        FIRST + box(b"jxlp", b"\0\0\0\0\xff\x0a") + box(b"jxlp", b""),
    ],
)
def test_a_codestream_without_an_end_is_cut_short(data):
    with pytest.raises(Malformed, match="cut short"):
        aigc_label.read(data)


def test_parts_end_with_the_one_that_says_so():
    data = FIRST + box(b"jxlp", b"\0\0\0\0\xff\x0a") + box(b"jxlp", b"\x80\0\0\1data")
    assert kinds(data) == [b"JXL ", b"ftyp", b"jxlp", b"jxlp"]


@pytest.mark.parametrize("data", [b"\xff\x0a", b"\xff\x0a123456789", jxl.SIGNATURE[:-1]])
def test_what_is_too_short_is_not_claimed(data):
    with open_asset(data) as asset:
        assert not jxl.sniff(asset)


def test_many_bombs_are_no_worse_than_one():
    bomb = box(b"brob", b"xml " + brotli.compress(bytes(7 << 20)))
    with pytest.raises(LimitExceeded, match="8 MiB"):
        aigc_label.read(around(bomb, bomb, *[bomb] * 500))


def test_a_packet_that_grew_gets_room_too(files):
    made = aigc_label.label(files["plain/open-ended.jxl"].data, LABEL).data
    ((taken, put),) = spans(made, LABEL.propagated("p", "q" * 900))
    assert taken == put


def test_no_more_boxes_are_looked_into_than_pictures_have():
    assert aigc_label.read(around(*[box(b"xml ", b"<x/>")] * 16)).labels == ()
    with pytest.raises(LimitExceeded, match="more than 16 boxes"):
        aigc_label.read(around(*[box(b"xml ", b"<x/>")] * 17))
