"""PNG of every depth and APNG: the mark on every frame, all other pixels as they were."""

from __future__ import annotations

import io
import struct
import subprocess
import zlib

import numpy as np
import pytest
from PIL import Image, ImageSequence
from scenes import cut_out, file_of, groups, in_palette, marked, opened, raw_png, scene

from aigc_label import registry
from aigc_label.asset import open_asset
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.drawing import marking, png_rows
from aigc_label.explicit_label import ExplicitLabel

WIDTH, HEIGHT = 300, 240
FFMPEG = {(2, 16): "rgb48le", (6, 16): "rgba64le", (4, 16): "ya16le", (0, 16): "gray16le"}
FFMPEG |= {(2, 8): "rgb24", (6, 8): "rgba", (4, 8): "ya8", (0, 8): "gray"}


def png_of(depth: int, colour: int, *more: bytes, interlaced: int = 0, seed: int = 0) -> bytes:
    """Smooth noise, its rows filtered in all five ways."""
    random = np.random.default_rng(seed)
    header = png_rows.Header(WIDTH, HEIGHT, depth, colour, interlaced)
    parts, size = png_rows._passes(header)
    raw = bytearray(random.integers(0, 8, size, dtype=np.uint8).tobytes())
    for part in parts:
        for row in range(part.height):
            raw[part.at + row * (part.stride + 1)] = random.integers(0, 5)
    data = raw_png(WIDTH, HEIGHT, depth, colour, bytes(raw), *more)
    ihdr = data[16:28] + bytes((interlaced,))
    return data[:16] + ihdr + struct.pack(">I", zlib.crc32(b"IHDR" + ihdr)) + data[33:]


def by_ffmpeg(path, depth: int, colour: int) -> np.ndarray:
    args = ["ffmpeg", "-v", "error", "-i", path, "-fps_mode", "passthrough", "-f", "rawvideo"]
    raw = subprocess.run(
        [*args, "-pix_fmt", FFMPEG[colour, depth], "-"], capture_output=True, check=True
    ).stdout
    kind = "<u2" if depth == 16 else np.uint8
    return np.frombuffer(raw, kind).reshape(-1, HEIGHT, WIDTH, png_rows._CHANNELS[colour])


@pytest.mark.foreign("ffmpeg", "pngcheck")
@pytest.mark.parametrize(
    ("colour", "depth", "interlaced"),
    [(*kind, 0) for kind in FFMPEG] + [(2, 16, 1), (6, 8, 1)],
)
def test_ffmpeg_sees_all_pixels_outside_the_mark_as_before(colour, depth, interlaced, tmp_path):
    source = png_of(depth, colour, interlaced=interlaced)
    data, mark = marked(source)
    (tmp_path / "a.png").write_bytes(source)
    (tmp_path / "b.png").write_bytes(data)
    before, after = (by_ffmpeg(tmp_path / name, depth, colour)[0] for name in ("a.png", "b.png"))
    changed = np.argwhere((before != after).any(axis=-1))
    x, y, width, height = mark.box
    assert (changed.min(axis=0) >= (y - height, x - height)).all()
    assert (changed.max(axis=0) <= (y + 2 * height, x + width + height)).all()
    ink = after[y : y + height, x : x + width, 0] > 0.55 * (2**depth - 1)
    assert max(groups(ink)) == round(mark.ratio * HEIGHT)
    assert data[24:29] == source[24:29]
    checked = subprocess.run(["pngcheck", "-q", tmp_path / "b.png"], check=False)
    assert checked.returncode == 0


@pytest.mark.parametrize("interlaced", [0, 1])
@pytest.mark.parametrize(
    ("colour", "depth"), [(c, d) for c, depths in png_rows._DEPTHS.items() for d in depths]
)
def test_samples_go_in_and_come_out_in_every_form(colour, depth, interlaced):
    header = png_rows.Header(37, 29, depth, colour, interlaced)
    random = np.random.default_rng(3)
    shape = (29, 37, header.channels)
    first = random.integers(0, 2**depth, shape).astype(np.uint16 if depth == 16 else np.uint8)
    rows = png_rows.Rows.of(header, first, 4)
    assert (rows.read((0, 0, 37, 29)) == first).all()
    box = (5, 7, 20, 25)
    new = random.integers(0, 2**depth, (18, 15, header.channels)).astype(first.dtype)
    rows.write(box, new)
    first[7:25, 5:20] = new
    assert (png_rows.Rows(header, rows.packed()).read((0, 0, 37, 29)) == first).all()


def test_all_other_chunks_keep_their_bytes():
    chunks = (
        b"gAMA\x00\x00\xb1\x8f", b"sBIT\x0a\x0a\x0a", b"bKGD\0\1\0\2\0\3", b"tEXtTitle\0a",
        b"vpAg\0\0\0\1\0\0\0\1\0",
    )  # fmt: skip
    source = png_of(16, 2, *chunks)
    data, _ = marked(source)
    at = source.index(b"IDAT") - 4
    assert data[:at] == source[:at]
    assert all(chunk in data for chunk in chunks)
    assert data.endswith(source[-12:])


def test_a_second_place_to_begin_and_a_signature_go():
    data, _ = marked(png_of(8, 2, b"iDOT" + bytes(28), b"dSIG" + bytes(8)))
    assert b"iDOT" not in data
    assert b"dSIG" not in data


@pytest.mark.parametrize(("transfer", "white"), [(1, 1.0), (16, 0.58), (18, 0.75), (13, 1.0)])
def test_white_letters_do_not_dazzle_in_high_dynamic_range(transfer, white):
    data, mark = marked(png_of(16, 2, b"cICP" + bytes((9, transfer, 0, 1))))
    x, y, width, height = mark.box
    header = png_rows.header(data[16:29])
    at = data.index(b"IDAT")
    packed = data[at + 4 : at + 4 + int.from_bytes(data[at - 4 : at])]
    region = png_rows.Rows(header, packed).read((x, y, x + width, y + height))
    assert region.max() / 65535 == pytest.approx(white, abs=0.005)


# --- palettes ----------------------------------------------------------------------------------


def indexed(colours: int, bits: int, *, busy: bool = True) -> bytes:
    """Indices that use every colour of a palette, or its first two alone."""
    picture = in_palette(WIDTH, HEIGHT, colours)
    if not busy:
        picture = picture.point(lambda index: index % 2)
    table = (picture.getpalette() or [])[: 3 * colours]
    rng = np.random.default_rng(9)
    table += rng.integers(0, 255, 3 * colours - len(table)).tolist()
    rows = np.asarray(picture)
    weights = np.arange(bits - 1, -1, -1, dtype=np.uint8)
    packed = np.packbits((rows[..., None] >> weights & 1).reshape(HEIGHT, -1), axis=1)
    body = b"".join(b"\x00" + row.tobytes() for row in packed)
    return raw_png(WIDTH, HEIGHT, bits, 3, body, b"PLTE" + bytes(table), b"bKGD\x01")


@pytest.mark.parametrize(
    ("case", "kept"),
    [
        ((16, 8, True), (8, 3)),  # room at the end
        ((256, 8, False), (8, 3)),  # room among entries that nothing uses
        ((2, 1, True), (8, 3)),  # one bit is not enough: eight
        ((16, 4, True), (8, 3)),
        ((256, 8, True), None),  # full
    ],
)
def test_a_palette_takes_the_mark_where_it_has_room(case, kept):
    colours, bits, busy = case
    source = indexed(colours, bits, busy=busy)
    data, mark = marked(source)
    assert tuple(data[24:26]) == kept or kept is None
    before, after = (np.asarray(opened(d).convert("RGBA")).astype(int) for d in (source, data))
    x, y, _, height = mark.box
    changed = np.argwhere((before != after).any(axis=2))
    assert (changed.min(axis=0) >= (y - height, x - height)).all()
    ink = cut_out(data, mark).mean(axis=2) > 140
    assert max(groups(ink)) == round(mark.ratio * HEIGHT)
    asset = open_asset(data)
    again, *_ = marking.mark(asset, registry.by_id("png"), ExplicitLabel(), None)
    assert again is asset


def test_a_full_palette_without_greys_gives_way_to_true_colour():
    table = [v for n in range(256) for v in (255, n // 2, n // 3)]
    picture = Image.new("P", (WIDTH, HEIGHT))
    picture.putpalette(table)
    picture.putdata([n % 256 for n in range(WIDTH * HEIGHT)])
    source = file_of(picture, transparency=bytes((0, 128)))
    data, mark = marked(source)
    assert tuple(data[24:26]) == (8, 6)
    assert b"PLTE" not in data
    area = cut_out(data, mark)
    assert (np.ptp(area, axis=2) < 60).all()
    before, after = (np.asarray(opened(d).convert("RGBA")) for d in (source, data))
    assert (before[:150] == after[:150]).all()


@pytest.mark.parametrize("damage", [b"", b"PLTE", b"PLTE\0", b"PLTE" + bytes(771)])
def test_a_palette_must_be_there(damage):
    more = [damage] if damage else []
    with pytest.raises(Malformed, match="palette"):
        marked(raw_png(WIDTH, HEIGHT, 8, 3, bytes(301 * 240), *more))


@pytest.mark.parametrize(
    ("depth", "colour", "width"), [(4, 2, 300), (8, 1, 300), (16, 3, 300), (8, 2, 0)]
)
def test_headers_that_no_png_can_have_are_malformed(depth, colour, width):
    with pytest.raises(Malformed):
        marked(raw_png(width, HEIGHT, depth, colour, bytes(1000)))


def test_a_picture_without_pixels_is_malformed():
    data = png_of(8, 2)
    at = data.index(b"IDAT") - 4
    with pytest.raises(Malformed, match="pixels"):
        marked(data[:at] + data[-12:])


def test_apples_own_kind_is_refused():
    data = png_of(8, 2)
    chunk = b"\0\0\0\4CgBI\x50\0\x20\2" + struct.pack(">I", zlib.crc32(b"CgBI\x50\0\x20\2"))
    with pytest.raises(CannotCarry, match="Xcode"):
        marked(data[:8] + chunk + data[8:])


# --- APNG --------------------------------------------------------------------------------------


def moving(mode: str, count: int = 4, **options: object) -> bytes:
    """A square that goes over a picture, whose place the mark takes at last."""
    ground = scene(WIDTH, HEIGHT).convert(mode)
    frames = []
    for number in range(count):
        frame = ground.copy()
        frame.paste(Image.new(mode, (40, 30), "red"), (60 * number, 20 + 60 * number))
        frames.append(frame)
    more = {"duration": 70, "loop": 3, **options}
    return file_of(frames[0], "png", save_all=True, append_images=frames[1:], **more)


def frames_of(data: bytes) -> list[np.ndarray]:
    with Image.open(io.BytesIO(data)) as picture:
        return [np.asarray(frame.convert("RGBA")) for frame in ImageSequence.Iterator(picture)]


def timing_of(data: bytes) -> list[tuple[object, ...]]:
    with Image.open(io.BytesIO(data)) as picture:
        seen = []
        for number in range(picture.n_frames):
            picture.seek(number)
            seen.append((picture.info.get("duration"), picture.info.get("loop")))
        return seen


def assert_only_the_mark_changed(source: bytes, data: bytes, mark, tolerance: int = 0) -> None:
    before, after = frames_of(source), frames_of(data)
    assert len(before) == len(after)
    assert timing_of(source) == timing_of(data)
    x, y, width, height = mark.box
    for old, new in zip(before, after, strict=True):
        apart = np.abs(old.astype(int) - new).max(axis=-1)
        ink = new[y : y + height, x : x + width, :3].mean(axis=-1) > 140
        assert max(groups(ink)) == round(mark.ratio * HEIGHT)
        assert apart[y : y + height, x : x + width].mean() > 20
        apart[y - height : y + 2 * height, x - height : x + width + height] = 0
        assert apart.max() <= tolerance


def small_first() -> bytes:
    """The first frame leaves the place of the mark empty."""
    canvas = Image.new("RGBA", (WIDTH, HEIGHT))
    canvas.paste(scene(100, 80), (10, 10))
    second = canvas.copy()
    second.paste(scene(50, 40, "noise"), (20, 20))
    data = file_of(canvas, "png", save_all=True, append_images=[second], duration=70, loop=3)
    at = data.index(b"fcTL") + 4  # crop the first frame to what it shows
    assert struct.unpack(">LL", data[at + 4 : at + 12]) == (WIDTH, HEIGHT)
    return data


MOVING = {
    "RGB": lambda: moving("RGB"),
    "RGBA": lambda: moving("RGBA"),
    "L": lambda: moving("L"),
    "LA": lambda: moving("LA"),
    "cleared": lambda: moving("RGBA", disposal=1),
    "restored": lambda: moving("RGBA", disposal=2),
    "blended": lambda: moving("RGBA", blend=1),
    "blended and cleared": lambda: moving("RGBA", blend=1, disposal=[0, 1, 1, 0]),
    "default image": lambda: moving("RGB", default_image=True),
    "small first frame": small_first,
}


@pytest.mark.parametrize("case", MOVING)
def test_every_frame_of_an_apng_bears_the_mark_and_nothing_else_changes(case):
    source = MOVING[case]()
    data, mark = marked(source)
    assert_only_the_mark_changed(source, data, mark)
    assert data[24:26] == source[24:26]
    asset = open_asset(data)
    again, *_ = marking.mark(asset, registry.by_id("png"), ExplicitLabel(), None)
    assert again is asset


@pytest.mark.foreign("ffmpeg", "pngcheck")
@pytest.mark.parametrize("case", ["RGB", "RGBA", "cleared", "restored", "blended"])
def test_ffmpeg_plays_a_marked_apng_as_before(case, tmp_path):
    source = MOVING[case]()
    data, mark = marked(source)
    (tmp_path / "a.apng").write_bytes(source)
    (tmp_path / "b.apng").write_bytes(data)
    before, after = (by_ffmpeg(tmp_path / n, 8, 2) for n in ("a.apng", "b.apng"))
    assert before.shape == after.shape
    x, y, width, height = mark.box
    different = (before != after).any(axis=-1)
    assert different[:, y : y + height, x : x + width].any(axis=(1, 2)).all()
    different[:, y - height : y + 2 * height, x - height : x + width + height] = False
    assert not different.any()
    assert subprocess.run(["pngcheck", "-q", tmp_path / "b.apng"], check=False).returncode == 0


def test_frames_that_the_mark_does_not_touch_keep_their_bytes():
    source = moving("RGB", 3)
    data, _ = marked(source)
    later = source[source.rindex(b"fcTL") - 4 :]
    assert data.endswith(later)


def assembled(depth: int, colour: int, *more: bytes, frames: int = 3) -> bytes:
    """An APNG of full frames in any coding."""
    stills = [png_of(depth, colour, *more, seed=n) for n in range(frames)]
    at = stills[0].index(b"IDAT") - 4

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    out = stills[0][:at] + chunk(b"acTL", struct.pack(">LL", frames, 0))
    number = 0
    for still in stills:
        out += chunk(b"fcTL", struct.pack(">LLLLLHHBB", number, WIDTH, HEIGHT, 0, 0, 7, 100, 0, 0))
        body = still[at + 8 : -16]
        number += 1
        if out.count(b"fcTL") == 1:
            out += chunk(b"IDAT", body)
            continue
        for piece in (body[:1000], body[1000:]):
            out += chunk(b"fdAT", struct.pack(">L", number) + piece)
            number += 1
    return out + chunk(b"IEND", b"")


@pytest.mark.foreign("ffmpeg", "pngcheck")
@pytest.mark.parametrize(("colour", "depth"), [(2, 16), (6, 16), (0, 16), (4, 16)])
def test_deep_apng_stays_deep(colour, depth, tmp_path):
    source = assembled(depth, colour)
    data, mark = marked(source)
    (tmp_path / "a.apng").write_bytes(source)
    (tmp_path / "b.apng").write_bytes(data)
    before, after = (by_ffmpeg(tmp_path / n, depth, colour) for n in ("a.apng", "b.apng"))
    assert len(before) == len(after) == 3
    x, y, width, height = mark.box
    different = (before != after).any(axis=-1)
    assert different[:, y : y + height, x : x + width].any(axis=(1, 2)).all()
    different[:, y - height : y + 2 * height, x - height : x + width + height] = False
    assert not different.any()
    assert subprocess.run(["pngcheck", "-q", tmp_path / "b.apng"], check=False).returncode == 0


def test_an_apng_of_a_palette_takes_the_mark_or_is_refused():
    table = b"PLTE" + bytes(v for n in range(40) for v in (n * 6, 255 - n * 6, 99))
    data, mark = marked(assembled(8, 3, table))
    for frame in frames_of(data):
        x, y, width, height = mark.box
        ink = frame[y : y + height, x : x + width, :3].mean(axis=-1) > 160
        assert max(groups(ink)) == round(mark.ratio * HEIGHT)
    full = b"PLTE" + bytes(v for n in range(256) for v in (255, n // 2, n // 3))
    with pytest.raises(CannotCarry, match="palette"):
        marked(assembled(8, 3, full))


def test_an_apng_of_few_greys_with_a_key_is_refused():
    with pytest.raises(CannotCarry, match="greys"):
        marked(assembled(2, 0, b"tRNS\0\1"))


def test_an_apng_with_a_key_stays_opaque_under_the_mark():
    data, mark = marked(assembled(8, 2, b"tRNS\0\xff\0\xff\0\xff"))
    x, y, width, height = mark.box
    for frame in frames_of(data):
        assert (frame[y : y + height, x : x + width, 3] == 255).all()


@pytest.mark.parametrize(
    ("kind", "at", "new"),
    [
        (b"fdAT", 0, b"zzTL"),
        (b"fcTL", 8, bytes(4)),
        (b"fcTL", 16, b"\0\0\1\0"),
        (b"IDAT", 4, b"x" * 9),
    ],
)
def test_an_incomplete_apng_is_malformed(kind, at, new):
    data = bytearray(moving("RGB", 2))
    at += data.rindex(kind)
    data[at : at + len(new)] = new
    with pytest.raises(Malformed):
        marked(bytes(data))
