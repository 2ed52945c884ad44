"""Marks that depend on the ground, in every format: calm corners are found, and marks again."""

from __future__ import annotations

import io

import numpy as np
import pillow_heif
import pytest
import test_pictures_png as pngs
import test_pictures_tiff as tiffs
from PIL import Image
from scenes import file_of, marked, raw_png

from aigc_label import registry
from aigc_label.asset import open_asset
from aigc_label.explicit.drawing import marking, pages
from aigc_label.explicit_label import ExplicitLabel, Look

WIDTH, HEIGHT = 301, 240


def half_calm() -> Image.Image:
    """Noise but for the corner at the top left."""
    noise = np.random.default_rng(4).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    noise[:90, :150] = (40, 60, 90)
    return Image.fromarray(noise)


def deep(colour: int) -> bytes:
    samples = np.asarray(half_calm().convert({2: "RGB", 4: "LA", 6: "RGBA"}[colour]))
    rows = b"".join(b"\0" + row.tobytes() for row in samples.astype(">u2") * 257)
    return raw_png(WIDTH, HEIGHT, 16, colour, rows)


def moving(fmt: str, **options: object) -> bytes:
    return file_of(
        half_calm(), fmt, save_all=True, append_images=[half_calm()], duration=90, **options
    )


def deep_tiff() -> bytes:
    rows = np.asarray(half_calm()).astype("<u2") * 257
    tags = [
        (256, 4, [WIDTH]), (257, 4, [HEIGHT]), (258, 3, [16] * 3), (259, 3, [1]), (262, 3, [2]),
        (273, 4, [0]), (277, 3, [3]), (278, 4, [HEIGHT]), (279, 4, [rows.nbytes]),
    ]  # fmt: skip
    return tiffs.assembled(tags, [rows.tobytes()])


def white_at_nought() -> bytes:
    rows = 255 - np.asarray(half_calm().convert("L"))
    tags = [
        (256, 4, [WIDTH]), (257, 4, [HEIGHT]), (258, 3, [8]), (259, 3, [1]), (262, 3, [0]),
        (273, 4, [0]), (277, 3, [1]), (278, 4, [HEIGHT]), (279, 4, [rows.size]),
    ]  # fmt: skip
    return tiffs.assembled(tags, [rows.tobytes()])


def heif(mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(half_calm().convert(mode)).save(out, quality=95)
    return out.getvalue()


CASES = {
    "png": lambda: file_of(half_calm(), "png"),
    "png P": lambda: file_of(half_calm().quantize(64), "png"),
    "png L": lambda: file_of(half_calm().convert("L"), "png"),
    "png 16": lambda: deep(2),
    "png 16 LA": lambda: deep(4),
    "png 16 RGBA": lambda: deep(6),
    "png moving": lambda: moving("png"),
    "gif moving": lambda: file_of(
        half_calm().quantize(64), "gif", save_all=True, append_images=[half_calm().quantize(64)]
    ),
    "webp": lambda: file_of(half_calm(), "webp", lossless=True),
    "webp moving": lambda: moving("webp", lossless=True),
    "bmp": lambda: file_of(half_calm(), "bmp"),
    "bmp RGBA": lambda: file_of(half_calm().convert("RGBA"), "bmp"),
    "tiff": lambda: file_of(half_calm(), "tiff", compression="tiff_lzw"),
    "tiff CMYK": lambda: file_of(half_calm().convert("CMYK"), "tiff"),
    "tiff LA": lambda: file_of(half_calm().convert("LA"), "tiff"),
    "tiff P": lambda: file_of(half_calm().quantize(64), "tiff"),
    "tiff 16": deep_tiff,
    "tiff white": white_at_nought,
    "avif": lambda: file_of(half_calm(), "avif", quality=95, speed=10),
    "avif RGBA": lambda: file_of(half_calm().convert("RGBA"), "avif", quality=95, speed=10),
    "avif L": lambda: file_of(half_calm().convert("L"), "avif", quality=95, speed=10),
    "heif": heif,
}  # fmt: skip


@pytest.mark.parametrize(
    ("case", "style"), [*((case, "adaptive") for case in CASES), ("gif moving", "plate")]
)
def test_the_calm_corner_is_found_and_the_mark_is_known_again(case, style):
    fmt = case.split()[0]
    explicit = {"position": "auto", "look": Look(style=style)}
    data, mark = marked(CASES[case](), fmt, **explicit)
    assert mark.place == "top-left"
    asset = open_asset(data)
    again, *_ = marking.mark(asset, registry.by_id(fmt), ExplicitLabel(**explicit), None)
    assert again is asset


@pytest.mark.parametrize("turn", range(1, 9))
def test_the_ground_is_what_is_displayed(turn):
    upright = half_calm().resize((6, 4))
    stored = upright
    for way in {
        1: [], 2: ["FLIP_LEFT_RIGHT"], 3: ["ROTATE_180"], 4: ["FLIP_TOP_BOTTOM"],
        5: ["TRANSPOSE"], 6: ["ROTATE_90"], 7: ["TRANSVERSE"], 8: ["ROTATE_270"],
    }[turn]:  # fmt: skip
        stored = stored.transpose(Image.Transpose[way])
    page = pages.Page(pages.drawn_on(stored), turn)
    ground = page.ground()
    shown = ground if isinstance(ground, Image.Image) else ground.crop((0, 0, *ground.size))
    assert page.shown == upright.size
    assert np.array_equal(np.asarray(shown.convert("RGB")), np.asarray(upright))


def test_png_of_few_greys_with_a_key_has_a_ground():
    data, mark = marked(pngs.png_of(2, 0, b"tRNS\0\1"), position="auto")
    assert mark.place
    assert data[24:26] == b"\x08\x00"
