from __future__ import annotations

import io
import struct
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from aigc_label.asset import open_asset
from aigc_label.containers import jpeg
from aigc_label.errors import AssetError, CannotCarry, LimitExceeded, Malformed

SOS = jpeg.segment(jpeg.SOS, b"\x01\x01\x00\x00\x3f\x00")
EOI = b"\xff\xd9"
SCAN = b"\x12\xff\x00\x34\xff\xd0\x56" * 20
NOISE = Image.effect_noise((96, 64), 80)


def file(*segments: bytes, scan: bytes = SCAN, end: bytes = EOI) -> bytes:
    return b"".join([b"\xff\xd8", *segments, SOS, scan, end])


def saved(image: Image.Image, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, "jpeg", **options)
    return out.getvalue()


def edited(plan, data: bytes) -> bytes:
    out = io.BytesIO()
    plan.apply(open_asset(data), out)
    return out.getvalue()


def walk(data: bytes) -> list[tuple[int, bytes]]:
    asset = open_asset(data)
    return [(s.marker, jpeg.payload(asset, s)) for s in jpeg.segments(asset)]


def grafted(source: bytes, encoded: bytes) -> bytes:
    return edited(jpeg.grafted(open_asset(source), open_asset(encoded)), encoded)


def test_segments_up_to_the_scan():
    data = file(jpeg.segment(0xE0, b"JFIF\x00"), jpeg.segment(0xFE, b"hi"), jpeg.segment(0xDB, b""))
    assert walk(data)[:3] == [(0xE0, b"JFIF\x00"), (0xFE, b"hi"), (0xDB, b"")]
    assert walk(data)[3][0] == jpeg.SOS
    first = next(iter(jpeg.segments(open_asset(data))))
    assert data[first.span.start : first.span.end] == jpeg.segment(0xE0, b"JFIF\x00")


@pytest.mark.parametrize(
    "between",
    [b"\xff", b"\xff\xff\xff", b"\xff\xd0\xff\x01", b"stray bytes", b"\xff\x00\x00", b"x\xff"],
    ids=["fill", "fills", "standalone", "stray", "stuffed", "stray-and-fill"],
)
def test_what_decoders_skip_is_skipped(between):
    comment = jpeg.segment(0xFE, b"hi")
    assert [m for m, _ in walk(file(comment, between, comment))] == [0xFE, 0xFE, jpeg.SOS]


def test_segments_beyond_the_head_are_read():
    big = jpeg.segment(0xEF, bytes(60000))
    assert [m for m, _ in walk(file(big, big, jpeg.segment(0xFE, b"hi")))] == [
        0xEF,
        0xEF,
        0xFE,
        0xDA,
    ]


@pytest.mark.parametrize(
    ("data", "error", "reason"),
    [
        (b"\xff\xd8\xff", Malformed, "cut short"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", Malformed, "before its picture"),
        (b"\xff\xd8\xff\xe0\x00\x01JFIF", Malformed, "impossible length"),
        (b"\xff\xd8" + EOI + b"....", Malformed, "ends before a picture"),
        (b"\xff\xd8" + bytes(9000), Malformed, "no marker"),
        (b"\xff\xd8" + bytes(90), Malformed, "before its picture"),
        (file(jpeg.segment(0xFE, b"") * 4097), LimitExceeded, "4096 segments"),
    ],
)
def test_where_the_structure_breaks(data, error, reason):
    with pytest.raises(error, match=reason):
        walk(data)


def test_a_payload_has_a_limit():
    assert len(jpeg.segment(0xE1, bytes(65533))) == 65537
    with pytest.raises(CannotCarry, match="65533 bytes"):
        jpeg.segment(0xE1, bytes(65534))


@pytest.mark.parametrize(
    "end",
    [
        EOI,
        EOI + b"\x00\x00\n",
        EOI + b"a trailer of text" * 1000,
        EOI + bytes(10_000),
        EOI + b"\xff\x00\x1c\xff\xe1" * 1000,
    ],
    ids=["plain", "padding", "text", "zeros", "binary"],
)
def test_a_picture_that_ends_or_may_well_do(end):
    asset = open_asset(file(end=end))
    jpeg.require_end(asset, list(jpeg.segments(asset))[-1])


@pytest.mark.parametrize("length", [0, 2, 20, 3000, 30_000])
def test_a_picture_that_breaks_off(length):
    asset = open_asset(file(scan=(SCAN * 300)[:length], end=b""))
    with pytest.raises(Malformed, match="within its picture"):
        jpeg.require_end(asset, list(jpeg.segments(asset))[-1])
    assert asset.bytes_read <= 16_384 + 4096


def test_the_end_of_a_progressive_picture_is_found():
    data = saved(NOISE, progressive=True, restart_marker_blocks=2)
    asset = open_asset(data + b"trailer \xff\xd9")
    assert jpeg.end_of_picture(asset, list(jpeg.segments(asset))[-1]) == len(data)


def test_the_end_is_found_across_windows(monkeypatch):
    monkeypatch.setattr(jpeg, "_WINDOW", 7)
    data = saved(NOISE, restart_marker_blocks=1)
    for more in (b"", b"x", b"\xff\xd9"):
        asset = open_asset(data + more)
        assert jpeg.end_of_picture(asset, list(jpeg.segments(asset))[-1]) == len(data)


@pytest.mark.parametrize(
    ("end", "error"), [(b"", Malformed), (SOS * 5000, LimitExceeded), (b"\xff\xda\x00", Malformed)]
)
def test_a_picture_without_an_end(end, error):
    asset = open_asset(file(end=end))
    with pytest.raises(error):
        jpeg.end_of_picture(asset, list(jpeg.segments(asset))[-1])


def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exif() -> bytes:
    made = Image.Exif()
    made[0x010F] = "Canon"
    made[0x0112] = 6
    return made.tobytes()


def rich(**options) -> bytes:
    """A JPEG with metadata of every usual kind, in the usual order."""
    data = saved(
        NOISE.convert("RGB"),
        exif=exif(),
        icc_profile=profile(),
        comment=b"hello",
        dpi=(300, 300),
        **options,
    )
    extra = jpeg.segment(jpeg.APP13, b"Photoshop 3.0\x00") + jpeg.segment(0xE5, b"vendor")
    return data[:2] + extra + data[2:]


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"subsampling": 0}, {"quality": 30}]
)
def test_a_graft_brings_the_metadata_and_leaves_the_pixels(options):
    source = rich()
    encoded = saved(NOISE.convert("RGB").rotate(180), comment=b"the encoder's", **options)
    new = grafted(source, encoded)
    metadata = [s for s in walk(source) if 0xE0 <= s[0] <= 0xEF or s[0] == 0xFE]
    assert [s for s in walk(new) if 0xE0 <= s[0] <= 0xEF or s[0] == 0xFE] == metadata
    with Image.open(io.BytesIO(new)) as a, Image.open(io.BytesIO(encoded)) as b:
        assert a.tobytes() == b.tobytes()
        assert a.info["icc_profile"] == profile()
        assert a.getexif()[0x010F] == "Canon"
        assert a.info["comment"] == b"hello"


def test_the_marker_of_the_colours_stays_the_encoders():
    cmyk = NOISE.convert("CMYK")
    source, encoded = saved(cmyk, comment=b"s"), saved(cmyk.rotate(180))
    for before, after in (
        (source, encoded),
        (rich(), encoded),
        (source, saved(NOISE.convert("RGB"))),
    ):
        new = grafted(before, after)
        assert [s for s in walk(new) if s[0] == 0xEE] == [s for s in walk(after) if s[0] == 0xEE]
        with Image.open(io.BytesIO(new)) as a, Image.open(io.BytesIO(after)) as b:
            assert a.tobytes() == b.tobytes()


def test_a_profile_for_other_channels_stays_behind():
    new = grafted(rich(), saved(NOISE))
    with Image.open(io.BytesIO(new)) as image:
        assert "icc_profile" not in image.info
        assert image.info["comment"] == b"hello"


def test_what_was_appended_comes_back():
    movie = b"\x00\x00\x00\x18ftypmp42" + bytes(20_000)
    encoded = saved(NOISE.convert("RGB"))
    assert grafted(rich() + movie, encoded).endswith(EOI + movie)


@pytest.mark.parametrize(
    "source",
    [rich() + saved(NOISE), rich()[:2] + jpeg.segment(jpeg.APP2, b"MPF\x00II*\x00") + rich()[2:]],
    ids=["appended-picture", "multi-picture"],
)
def test_further_pictures_are_not_broken(source):
    with pytest.raises(CannotCarry, match="--no-explicit"):
        grafted(source, saved(NOISE))


def test_a_graft_needs_a_frame_header():
    with pytest.raises(Malformed, match="no frame header"):
        grafted(file(), file())


def test_a_place_for_new_metadata():
    jfif, xif = jpeg.segment(0xE0, b"JFIF\x00"), jpeg.segment(0xE1, b"Exif\x00\x00II*\x00")
    icc, table = jpeg.segment(0xE2, b"ICC_PROFILE\x00"), jpeg.segment(0xDB, b"")
    for before, expected in (
        (jfif + xif, jfif + xif),
        (jfif, jfif),
        (xif + jfif + icc, xif + jfif),
        (jfif + icc + xif + icc, jfif + icc + xif),
        (icc, b""),
        (b"", b""),
    ):
        asset = open_asset(file(before, table, xif))
        found = list(jpeg.segments(asset))
        assert jpeg.place_for_metadata(asset, found) == 2 + len(expected)


def test_boxes_are_put_together():
    head = b"JP\x00\x01" + struct.pack(">L", 1) + b"\x00\x00\x10\x00jumb"
    asset = open_asset(
        file(
            jpeg.segment(0xEB, head + b"abc"),
            jpeg.segment(0xEB, head + b"def"),
            jpeg.segment(0xEB, b"other"),
        )
    )
    found = list(jpeg.segments(asset))
    assert [jpeg.box_part(asset, s, first=i == 0) for i, s in enumerate(found[:3])] == [
        b"\x00\x00\x10\x00jumbabc",
        b"def",
        b"",
    ]


@pytest.mark.foreign("djpeg", "exiftool")
def test_strict_readers_accept_a_graft(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(grafted(rich(), saved(NOISE.convert("RGB"))))
    strict = subprocess.run(["djpeg", "-strict", path], capture_output=True, check=False)
    assert strict.returncode == 0, strict.stderr
    validated = subprocess.run(
        ["exiftool", "-warning", "-error", "-Make", "-Comment", "-s3", path],
        capture_output=True,
        check=True,
    )
    assert validated.stdout.decode().split() == ["Canon", "hello"]


@given(
    st.binary(max_size=60)
    | st.builds(
        lambda at, junk: (data := rich())[: at % len(data)] + junk + data[at % len(data) :],
        st.integers(0, 20_000),
        st.binary(max_size=5),
    )
)
def test_no_bytes_make_the_walk_raise_anything_else(body):
    asset = open_asset(jpeg.SIGNATURE + body)
    try:
        found = list(jpeg.segments(asset))
        jpeg.require_end(asset, found[-1])
        jpeg.grafted(asset, asset)
    except AssetError:
        pass
