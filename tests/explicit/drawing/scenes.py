"""Pictures to mark, and the marked ones measured: shared by the tests of explicit marks."""

from __future__ import annotations

import io
import struct
import zlib
from functools import lru_cache

import numpy as np
from PIL import Image, ImageOps

from aigc_label import registry
from aigc_label.asset import open_asset
from aigc_label.explicit.drawing import marking as image
from aigc_label.explicit_label import ExplicitLabel


def scene(width: int, height: int, kind: str = "photo") -> Image.Image:
    """A picture of one's own, to be drawn on; made once for all tests."""
    return _scene(width, height, kind).copy()


def in_palette(width: int, height: int, colours: int) -> Image.Image:
    """A scene in as many colours."""
    return _in_palette(width, height, colours).copy()


@lru_cache(maxsize=16)
def _in_palette(width: int, height: int, colours: int) -> Image.Image:
    return scene(width, height).quantize(colours)


@lru_cache(maxsize=16)
def _scene(width: int, height: int, kind: str) -> Image.Image:
    random = np.random.default_rng(width * 7919 + height)
    y, x = np.mgrid[0:height, 0:width]
    if kind == "noise":
        return Image.fromarray(random.integers(0, 256, (height, width, 3), dtype=np.uint8))
    if kind in ("white", "black"):
        return Image.new("RGB", (width, height), kind)
    waves = [
        120 + 110 * np.sin(x / width * a + y / height * b) for a, b in ((5, 2), (1, 6), (4, 4))
    ]
    noisy = np.stack(waves, axis=-1) + random.normal(0, 5, (height, width, 3))
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def file_of(picture: Image.Image, fmt: str = "png", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, fmt.upper(), **options)
    return out.getvalue()


def marked(data: bytes, fmt: str = "png", **explicit: object):
    source = open_asset(data, name="a")
    asset, mark, _ = image.mark(source, registry.by_id(fmt), ExplicitLabel(**explicit), None)
    out = io.BytesIO()
    asset.copy_to(out, 0, asset.size)
    return out.getvalue(), mark


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def luminance(rgb: np.ndarray) -> np.ndarray:
    part = rgb.astype(float) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


def groups(ink: np.ndarray) -> list[int]:
    """Rows of ink in every group of columns that empty columns set apart."""
    columns = np.concatenate(([False], ink.any(axis=0), [False])).astype(int)
    edges = np.flatnonzero(np.diff(columns))
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [int(np.ptp(np.flatnonzero(ink[:, a:b].any(axis=1)))) + 1 for a, b in pairs]


def cut_out(data: bytes, mark, by: int = 2) -> np.ndarray:
    """The words' box of the picture as displayed, and ``by`` pixels of plate around it."""
    x, y, width, height = mark.box
    shown = ImageOps.exif_transpose(opened(data)).convert("RGB")
    return np.asarray(shown.crop((x - by, y - by, x + width + by, y + height + by)))


def raw_png(width: int, height: int, depth: int, colour: int, rows: bytes, *more: bytes) -> bytes:
    """A PNG from rows of samples, each row with its filter byte."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    extra = b"".join(chunk(item[:4], item[4:]) for item in more)
    body = chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + extra + body
