"""Every way of coding pixels survives the mark; what cannot is refused, whatever the bytes."""

from __future__ import annotations

import dataclasses
import functools
import struct
import subprocess
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scenes import cut_out, file_of, groups, in_palette, marked, opened, raw_png, scene

from aigc_label import ffmpeg, registry
from aigc_label.asset import open_asset
from aigc_label.errors import AigcLabelError, CannotCarry, LimitExceeded, Malformed
from aigc_label.explicit.drawing import marking as image
from aigc_label.explicit.drawing import pictures
from aigc_label.explicit_label import ExplicitLabel

# --- pixel modes -------------------------------------------------------------------------------


@functools.cache
def grey_png(depth: int, *more: bytes) -> bytes:
    """A greyscale ramp 300 by 240 whose lightest level fills the lower half."""
    width, height = 300, 240
    top = 2**depth - 1
    rows = []
    for y in range(height):
        levels = [top if y > 120 else x * top // (width - 1) for x in range(width)]
        if depth == 16:
            packed = struct.pack(f">{width}H", *levels)
        else:
            bits = "".join(f"{level:0{depth}b}" for level in levels)
            packed = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8))
        rows.append(b"\x00" + packed)
    return raw_png(width, height, depth, 0, b"".join(rows), *more)


def palette_png(*, transparent: bool) -> bytes:
    picture = in_palette(300, 240, 64)
    return (
        file_of(picture, transparency=bytes(range(100, 164))) if transparent else file_of(picture)
    )


def see_through() -> Image.Image:
    picture = scene(300, 240).convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize((300, 240)).point(lambda v: max(v - 60, 0)))
    return picture


LOSSLESS = {
    "png 1": (lambda: grey_png(1), "png"),
    "png L2": (lambda: grey_png(2), "png"),
    "png L4 with key": (lambda: grey_png(4, b"tRNS\x00\x0f"), "png"),
    "png 1 with key": (lambda: grey_png(1, b"tRNS\x00\x01"), "png"),
    "png L": (lambda: grey_png(8), "png"),
    "png L with white key": (lambda: grey_png(8, b"tRNS\x00\xff"), "png"),
    "png L with plate key": (lambda: grey_png(8, b"tRNS\x00\x1a"), "png"),
    "png LA": (lambda: file_of(see_through().convert("LA")), "png"),
    "png P": (lambda: palette_png(transparent=False), "png"),
    "png P with alpha": (lambda: palette_png(transparent=True), "png"),
    "png RGB": (lambda: file_of(scene(300, 240)), "png"),
    "png RGB with white key": (
        lambda: file_of(scene(300, 240, "white"), transparency=(255, 255, 255)),
        "png",
    ),
    "png RGB with red key": (lambda: file_of(scene(300, 240), transparency=(255, 0, 0)), "png"),
    "png RGBA": (lambda: file_of(see_through()), "png"),
    "png 16 grey": (lambda: grey_png(16), "png"),
    "png 16 grey with key": (lambda: grey_png(16, b"tRNS\xff\xff"), "png"),
    "webp RGB": (lambda: file_of(scene(300, 240), "webp", lossless=True), "webp"),
    "webp RGBA": (lambda: file_of(see_through(), "webp", lossless=True, exact=True), "webp"),
}


def values(data: bytes) -> np.ndarray:
    """Colour and opacity of every pixel, 16 bits where there are; PNG's keys read by hand."""
    picture = opened(data)
    if data[1:4] == b"PNG" and picture.mode in ("1", "L", "I;16"):
        depth, at = data[24], data.find(b"tRNS")
        full = 65535 if depth == 16 else 255
        key = int.from_bytes(data[at + 4 : at + 6]) * full // (2**depth - 1) if at > 0 else -1
        wide = picture if picture.mode == "I;16" else picture.convert("L")
        grey = np.asarray(wide).astype(int)
        return np.stack([grey, np.where(grey == key, 0, full)], axis=-1)
    return np.asarray(picture.convert("RGBA")).astype(int)


@pytest.mark.parametrize("case", LOSSLESS)
def test_pixels_outside_the_plate_keep_their_values(case):
    make, fmt = LOSSLESS[case]
    source = make()
    data, mark = marked(source, fmt)
    before, after = values(source), values(data)
    changed = np.argwhere((before != after).any(axis=2))
    (top, left), (bottom, right) = changed.min(axis=0), changed.max(axis=0)
    x, y, width, height = mark.box
    assert x - height <= left < x
    assert y - height <= top < y
    assert x + width < right < x + width + height
    assert y + height < bottom < y + height + height


@pytest.mark.parametrize("case", LOSSLESS)
def test_the_mark_is_opaque_and_readable_in_every_mode(case):
    make, fmt = LOSSLESS[case]
    data, mark = marked(make(), fmt)
    x, y, width, height = mark.box
    area = values(data)[y - 2 : y + height + 2, x - 2 : x + width + 2]
    full = 65535 if "16" in case else 255
    assert (area[..., -1] == full).all()
    ink = area[..., 0] > 0.55 * full
    assert max(groups(ink)) == round(mark.ratio * 240)
    assert np.median(area[..., 0][ink]) >= 0.85 * full
    assert np.median(area[..., 0][~ink]) <= 0.14 * full


@pytest.mark.parametrize("case", LOSSLESS)
def test_a_marked_file_is_left_as_it_is(case):
    make, fmt = LOSSLESS[case]
    asset = open_asset(marked(make(), fmt)[0])
    again, *_ = image.mark(asset, registry.by_id(fmt), ExplicitLabel(), None)
    assert again is asset


def test_grey_pictures_stay_grey_and_16_bits_stay_16():
    assert marked(grey_png(8))[0][24:26] == b"\x08\x00"
    assert marked(grey_png(16))[0][24:26] == b"\x10\x00"


def test_lossless_webp_stays_lossless_and_lossy_keeps_its_opacity():
    lossless, _ = marked(file_of(see_through(), "webp", lossless=True), "webp")
    assert b"VP8L" in lossless[:64]
    source = file_of(see_through(), "webp", quality=70)
    lossy, mark = marked(source, "webp")
    assert b"VP8L" not in lossy[:64]
    left, right = mark.box[0] - 40, mark.box[0] + mark.box[2] + 40
    before, after = (np.asarray(opened(d).getchannel("A")).copy() for d in (source, lossy))
    before[180:, left:right] = after[180:, left:right] = 0
    assert (before == after).all()


@pytest.mark.parametrize("fmt", ["png", "webp", "jpeg"])
def test_a_foreign_decoder_sees_the_same_picture(fmt, tmp_path):
    data, _ = marked(file_of(scene(320, 240), fmt), fmt)
    path = tmp_path / f"a.{fmt}"
    path.write_bytes(data)
    raw = subprocess.run(
        [
            ffmpeg.executable(),
            "-v",
            "error",
            "-i",
            path,
            "-f",
            "rawvideo",
            "-pix_fmt",
            "rgb24",
            "-",
        ],
        capture_output=True,
        check=True,
    ).stdout
    foreign = np.frombuffer(raw, np.uint8).reshape(240, 320, 3).astype(int)
    ours = np.asarray(opened(data).convert("RGB")).astype(int)
    assert np.abs(foreign - ours).mean() < (0.01 if fmt == "png" else 4)


@pytest.mark.foreign("pngcheck")
@pytest.mark.parametrize("case", [case for case in LOSSLESS if case.startswith("png")])
def test_pngcheck_finds_nothing_wrong(case, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(marked(LOSSLESS[case][0]())[0])
    result = subprocess.run(["pngcheck", "-v", path], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


# --- JPEG --------------------------------------------------------------------------------------


def jpeg_of(case: str) -> bytes:
    picture = scene(320, 240)
    if case == "grey":
        return file_of(picture.convert("L"), "jpeg", quality=80)
    if case in ("cmyk", "ycck"):
        data = file_of(picture.convert("CMYK"), "jpeg", quality=90)
        at = data.index(b"Adobe") + 11  # the same planes, declared as YCCK
        return data if case == "cmyk" else data[:at] + b"\x02" + data[at + 1 :]
    if case == "stored as rgb":
        return file_of(picture, "jpeg", quality=90, keep_rgb=True)
    if case == "4:4:0":
        frame = ["-f", "lavfi", "-i", "testsrc2=size=320x240", "-frames:v", "1"]
        return ffmpeg.run([*frame, "-pix_fmt", "yuvj440p", "-f", "mjpeg", "-"])
    options: dict[str, object] = {
        "4:4:4": {"subsampling": 0},
        "4:2:2": {"subsampling": 1},
        "4:2:0": {"subsampling": 2},
        "progressive": {"progressive": True},
        "fine": {"quality": 98},
        "coarse": {"quality": 20},
        "three tables": {"qtables": [[t] * 64 for t in (3, 5, 7)]},
    }[case]
    return file_of(picture, "jpeg", **{"quality": 75, **options})


JPEGS = (
    "4:4:4", "4:2:2", "4:2:0", "4:4:0", "progressive", "fine", "coarse", "three tables",
    "grey", "cmyk", "ycck", "stored as rgb",
)  # fmt: skip


@pytest.mark.parametrize("case", JPEGS)
def test_a_jpeg_loses_only_the_codecs_rounding_outside_the_plate(case):
    source = jpeg_of(case)
    data, mark = marked(source, "jpeg")
    before, after = opened(source), opened(data)
    assert after.mode == before.mode
    change = np.abs(np.asarray(before).astype(int) - np.asarray(after))
    x, y, width, height = mark.box
    change[y - 30 : y + height + 30, x - 30 : x + width + 30] = 0
    assert change.mean() < 1
    assert np.percentile(change, 99) <= (6 if case in ("coarse", "4:4:0", "ycck") else 3)


@pytest.mark.parametrize("case", JPEGS)
def test_a_jpegs_mark_is_white_on_dark_in_every_coding(case):
    data, mark = marked(jpeg_of(case), "jpeg")
    area = cut_out(data, mark).mean(axis=2)
    assert np.percentile(area, 95) > 225
    assert 5 < np.percentile(area, 40) < 60


@pytest.mark.parametrize("case", JPEGS)
def test_a_marked_jpeg_is_left_as_it_is(case):
    asset = open_asset(marked(jpeg_of(case), "jpeg")[0])
    again, *_ = image.mark(asset, registry.by_id("jpeg"), ExplicitLabel(), None)
    assert again is asset


@pytest.mark.parametrize("case", [case for case in JPEGS if case not in ("ycck", "4:4:0")])
def test_a_jpeg_keeps_its_tables_sampling_and_order(case):
    source = jpeg_of(case)
    before, after = opened(source), opened(marked(source, "jpeg")[0])
    tables = [[p.quantization[layer[3]] for layer in p.layer] for p in (before, after)]
    assert tables[0] == tables[1]
    assert [layer[1:3] for layer in before.layer] == [layer[1:3] for layer in after.layer]
    assert before.info.get("progressive") == after.info.get("progressive")
    assert before.info.get("adobe_transform") == after.info.get("adobe_transform")


def test_samplings_that_pillow_does_not_write_are_kept():
    source = jpeg_of("4:4:0")
    before, after = opened(source), opened(marked(source, "jpeg")[0])
    assert [layer[1:3] for layer in after.layer] == [layer[1:3] for layer in before.layer]


def test_components_named_rgb_are_taken_as_such():
    source = jpeg_of("stored as rgb")
    at = source.index(b"\xff\xee")
    source = source[:at] + source[at + 2 + int.from_bytes(source[at + 2 : at + 4]) :]
    after = opened(marked(source, "jpeg")[0])
    assert bytes(layer[0] for layer in after.layer) == b"RGB"


def test_cmyk_without_adobes_marker_is_refused():
    source = jpeg_of("cmyk")
    at = source.index(b"\xff\xee")
    with pytest.raises(CannotCarry, match="Adobe"):
        marked(source[:at] + source[at + 16 :], "jpeg")


@pytest.mark.parametrize("quality", [30, 60, 90])
@pytest.mark.parametrize("size", [(210, 200), (640, 480), (1500, 1000)])
def test_a_mark_is_known_again_after_another_jpeg_coding(size, quality):
    data, _ = marked(file_of(scene(*size), "jpeg", quality=92), "jpeg")
    asset = open_asset(file_of(opened(data), "jpeg", quality=quality))
    again, *_ = image.mark(asset, registry.by_id("jpeg"), ExplicitLabel(), None)
    assert again is asset


@pytest.mark.parametrize("other", ["疑似人工智能合成", "疑似人工智能牛成AI生成"])
def test_other_words_are_not_taken_for_the_same(other):
    text = "疑似人工智能生成" if len(other) == 8 else "疑似人工智能生成AI生成"
    asset = open_asset(marked(file_of(scene(640, 480)), text=text)[0])
    again, mark, _ = image.mark(asset, registry.by_id("png"), ExplicitLabel(text=other), None)
    assert again is not asset
    assert mark.text == other


def test_invisible_words_do_not_count():
    data, mark = marked(file_of(scene(400, 300).convert("RGBA")))
    hidden = opened(data)
    hidden.putalpha(0)
    again, _ = marked(file_of(hidden))
    x, y, width, height = mark.box
    assert (values(again)[y : y + height, x : x + width, 3] == 255).all()


# --- what cannot be marked ---------------------------------------------------------------------


@functools.cache
def sound(fmt: str) -> bytes:
    return file_of(scene(120, 100), fmt)


@pytest.mark.parametrize("fmt", ["png", "jpeg", "webp"])
@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.9])
def test_pictures_cut_short_are_malformed(fmt, share):
    data = sound(fmt)
    with pytest.raises(Malformed) as caught:
        marked(data[: max(12, int(len(data) * share))], fmt)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


@given(st.data())
@pytest.mark.parametrize("fmt", ["png", "jpeg", "webp"])
def test_damage_gives_a_picture_or_one_of_our_errors(fmt, data):
    damaged = bytearray(sound(fmt))
    places = st.integers(12, len(damaged) - 1) | st.integers(12, 60)
    for at in data.draw(st.lists(places, min_size=1, max_size=6)):
        damaged[at] = data.draw(st.integers(0, 255))
    try:
        out, _ = marked(bytes(damaged), fmt)
    except AigcLabelError:
        return
    assert opened(out).size


def test_bombs_are_refused_before_they_unfold():
    png = raw_png(60_000, 60_000, 8, 2, b"")
    jpeg = file_of(Image.new("RGB", (64, 64)), "jpeg")
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg = jpeg[:at] + struct.pack(">HH", 65_000, 65_000) + jpeg[at + 4 :]
    vp8x = b"VP8X" + struct.pack("<II", 10, 0) + b"\xff\xff\x00" * 2
    vp8l = (
        b"VP8L" + struct.pack("<IB", 6, 0x2F) + struct.pack("<I", 16_382 | 16_382 << 14) + b"\0\0"
    )
    for fmt, data in (
        ("png", png),
        ("jpeg", jpeg),
        ("webp", b"RIFF" + struct.pack("<I", 22) + b"WEBP" + vp8x),
        ("webp", b"RIFF" + struct.pack("<I", 18) + b"WEBP" + vp8l),
    ):
        with pytest.raises((LimitExceeded, Malformed)) as caught:
            marked(data, fmt)
        assert fmt == "webp" or caught.type is LimitExceeded


def test_24_megapixels_and_more_are_within_the_limit():
    pictures.bounded(10_000, 10_000)


def test_files_too_large_to_hold_are_refused(monkeypatch):
    monkeypatch.setattr(pictures, "MOST_BYTES", 100)
    with pytest.raises(LimitExceeded, match="over the"):
        marked(sound("png"))


def test_no_memory_is_said_as_such(monkeypatch):
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", full)
    with pytest.raises(LimitExceeded, match="memory"):
        marked(sound("png"))


def test_what_pillow_cannot_encode_is_refused(monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise OSError("encoder error -2\nwhen writing")

    source = open_asset(file_of(scene(300, 240), "webp", lossless=True))
    monkeypatch.setattr(Image.Image, "save", broken)
    with pytest.raises(CannotCarry, match="encoded again: encoder error -2 when writing"):
        image.mark(source, registry.by_id("webp"), ExplicitLabel(), None)


# --- metadata ----------------------------------------------------------------------------------


def test_long_texts_do_not_stand_in_the_way_and_come_back():
    long = b"zTXtworkflow\x00\x00" + zlib.compress(b"node " * 900_000)
    data, _ = marked(raw_png(300, 240, 8, 0, (b"\x00" + b"\x80" * 300) * 240, long))
    assert long in data


def test_a_format_that_would_lose_its_metadata_is_refused():
    source = open_asset(file_of(scene(300, 240), "webp"))
    fmt = dataclasses.replace(registry.by_id("webp"), graft=None)
    with pytest.raises(CannotCarry, match="metadata"):
        image.mark(source, fmt, ExplicitLabel(), None)


@pytest.mark.parametrize("fmt", ["png", "jpeg", "webp"])
def test_profile_and_exif_come_back(fmt):
    from PIL import ImageCms

    exif = Image.Exif()
    exif[0x010E] = "a scene"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    source = file_of(scene(300, 240), fmt, exif=exif, icc_profile=profile)
    after = opened(marked(source, fmt)[0])
    assert after.info["icc_profile"] == profile
    assert after.getexif()[0x010E] == "a scene"
