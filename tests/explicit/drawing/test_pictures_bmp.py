"""BMP: pixels replaced where they stand, in every depth; what is packed is refused."""

from __future__ import annotations

import struct
import subprocess

import numpy as np
import pytest
from PIL import Image
from scenes import cut_out, file_of, groups, in_palette, marked, opened, scene

from aigc_label import registry
from aigc_label.asset import open_asset
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed
from aigc_label.explicit.drawing import marking
from aigc_label.explicit_label import ExplicitLabel

WIDTH, HEIGHT = 301, 240


def bitmap(bits: int, rows: bytes, *, packing: int = 0, masks=(), table=b"", down=False) -> bytes:
    """A BMP with the header of Windows 95, or with masks that of Windows 98."""
    size = 108 if masks else 40
    height = -HEIGHT if down else HEIGHT
    info = struct.pack("<IiiHHIIiiII", size, WIDTH, height, 1, bits, packing, 0, 2835, 2835, 0, 0)
    if masks:
        info += struct.pack("<IIII", *masks) + bytes(size - 56)
    at = 14 + size + len(table)
    return b"BM" + struct.pack("<IHHI", at + len(rows), 0, 0, at) + info + table + rows


def noise(bits: int) -> bytes:
    stride = (WIDTH * bits + 31) // 32 * 4
    return np.random.default_rng(bits).integers(0, 256, stride * HEIGHT, np.uint8).tobytes()


def greys(count: int) -> bytes:
    return b"".join(bytes((n, n, n, 0)) for n in range(0, 256, 255 // (count - 1)))


CASES = {
    "24": lambda: file_of(scene(WIDTH, HEIGHT), "bmp"),
    "8 grey": lambda: file_of(scene(WIDTH, HEIGHT).convert("L"), "bmp"),
    "8": lambda: file_of(in_palette(WIDTH, HEIGHT, 100), "bmp"),
    "1": lambda: file_of(scene(WIDTH, HEIGHT).convert("1"), "bmp"),
    "4": lambda: bitmap(4, noise(4), table=greys(16)),
    "32": lambda: bitmap(32, noise(32)),
    "32 with opacity": lambda: file_of(scene(WIDTH, HEIGHT).convert("RGBA"), "bmp"),
    "16": lambda: bitmap(16, noise(16)),
    "16 of 565": lambda: bitmap(16, noise(16), packing=3, masks=(0xF800, 0x7E0, 0x1F, 0)),
    "32 of 10": lambda: bitmap(
        32, noise(32), packing=3, masks=(0x3FF00000, 0xFFC00, 0x3FF, 0)
    ),
    "from the top": lambda: bitmap(24, noise(24), down=True),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_only_the_pixels_under_the_mark_change(case):
    source = CASES[case]()
    data, mark = marked(source, "bmp")
    assert len(data) == len(source)
    if case == "32 of 10":  # which Pillow does not read
        assert sum(a != b for a, b in zip(source, data, strict=True)) < 9000
        return
    before, after = (np.asarray(opened(d).convert("RGBA")).astype(int) for d in (source, data))
    x, y, width, height = mark.box
    changed = np.argwhere((before != after).any(axis=-1))
    assert (changed.min(axis=0) >= (y - height, x - height)).all()
    assert (changed.max(axis=0) <= (y + 2 * height, x + width + height)).all()
    area = cut_out(data, mark).mean(axis=2)
    assert max(groups(area > 140)) == pytest.approx(mark.ratio * HEIGHT, abs=1)
    assert np.median(area[area <= 140]) < 40


@pytest.mark.parametrize("case", CASES)
def test_a_marked_file_is_left_as_it_is(case):
    asset = open_asset(marked(CASES[case](), "bmp")[0])
    again, *_ = marking.mark(asset, registry.by_id("bmp"), ExplicitLabel(), None)
    assert again is asset


@pytest.mark.foreign("ffmpeg")
@pytest.mark.parametrize("case", [case for case in CASES if case != "32 of 10"])
def test_ffmpeg_sees_the_same_outside_the_mark(case, tmp_path):
    source = CASES[case]()
    data, mark = marked(source, "bmp")
    seen = []
    for name, content in (("a.bmp", source), ("b.bmp", data)):
        (tmp_path / name).write_bytes(content)
        args = ["ffmpeg", "-v", "error", "-i", tmp_path / name, "-f", "rawvideo"]
        raw = subprocess.run([*args, "-pix_fmt", "rgb24", "-"], capture_output=True, check=True)
        seen.append(np.frombuffer(raw.stdout, np.uint8).reshape(HEIGHT, WIDTH, 3))
    x, y, width, height = mark.box
    different = (seen[0] != seen[1]).any(axis=-1)
    assert different[y : y + height, x : x + width].any()
    different[y - height :, x - height :] = False
    assert not different.any()


@pytest.mark.parametrize(("packing", "said"), [(1, "run lengths"), (4, "JPEG"), (5, "PNG")])
def test_packed_pixels_are_refused(packing, said):
    data = bytearray(bitmap(8, noise(8), table=greys(256)))
    data[30] = packing
    data[34:38] = len(noise(8)).to_bytes(4, "little")
    with pytest.raises(CannotCarry, match=said):
        marked(bytes(data), "bmp")


def test_depths_that_nobody_knows_are_refused():
    with pytest.raises(CannotCarry, match="bits"):
        marked(bitmap(64, noise(64)), "bmp")


def test_a_palette_without_room_is_refused():
    table = b"".join(bytes((n // 3, n // 2, 255, 0)) for n in range(256))
    with pytest.raises(CannotCarry, match="24 bits"):
        marked(bitmap(8, noise(8), table=table), "bmp")


def test_unused_entries_of_a_palette_are_taken():
    rows = bytes(v % 9 for v in noise(8))
    table = b"".join(bytes((n // 3, n // 2, 255, 0)) for n in range(256))
    data, mark = marked(bitmap(8, rows, table=table), "bmp")
    area = cut_out(data, mark)
    assert (np.ptp(area, axis=2) < 40).mean() > 0.9


@pytest.mark.parametrize("masks", [(0xF800, 0, 0x1F, 0)])
def test_masks_must_name_all_colours(masks):
    with pytest.raises(Malformed, match="masks"):
        marked(bitmap(16, noise(16), packing=3, masks=masks), "bmp")


def test_a_palette_must_be_there():
    source = bitmap(8, noise(8))
    with pytest.raises(Malformed, match="palette"):
        marked(source, "bmp")


def test_bombs_are_refused():
    data = bytearray(bitmap(1, b"", table=greys(2)))
    data[18:26] = struct.pack("<ii", 60_000, 60_000)
    with pytest.raises((LimitExceeded, Malformed)):
        marked(bytes(data), "bmp")


def test_the_oldest_header_has_a_palette_of_three_bytes():
    table = bytes(v for n in range(256) for v in (n, n, n))
    head = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, 8)
    at = 14 + 12 + len(table)
    rows = noise(8)
    source = b"BM" + struct.pack("<IHHI", at + len(rows), 0, 0, at) + head + table + rows
    data, mark = marked(source, "bmp")
    area = np.asarray(Image.open(__import__("io").BytesIO(data)).convert("L"))
    x, y, width, height = mark.box
    assert max(groups(area[y : y + height, x : x + width] > 140)) == round(mark.ratio * HEIGHT)
