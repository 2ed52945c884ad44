"""JPEGs marked by coding anew only the blocks under the mark, held to what other decoders see."""

from __future__ import annotations

import io
import subprocess

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scenes import scene

from aigc_label.asset import open_asset
from aigc_label.containers import jpeg
from aigc_label.explicit.drawing import jpeg_process, jpeg_splice
from aigc_label.explicit.drawing.libjpeg import transcoder


def plate(width: int, height: int) -> Image.Image:
    """A dark plate with round corners and something white on it."""
    image = Image.new("RGBA", (width, height))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, width - 1, height - 1), 8, (26, 26, 26, 255))
    draw.rectangle((width // 4, height // 3, width // 2, height * 2 // 3), (255, 255, 255, 255))
    return image


WORDS = plate(125, 47)
SIZE = (203, 117)  # neither is a multiple of 8 or 16


def cjpeg(*options: str, size=SIZE, kind="photo") -> bytes:
    out = io.BytesIO()
    scene(*size, kind).save(out, "PPM")
    done = subprocess.run(
        ["cjpeg", *options], input=out.getvalue(), capture_output=True, check=True, timeout=30
    )
    return done.stdout


def pillow(mode="RGB", size=SIZE, **options) -> bytes:
    out = io.BytesIO()
    scene(*size).convert(mode).save(out, "JPEG", **options)
    return out.getvalue()


def spliced(data: bytes, left: int, top: int, words=WORDS) -> bytes:
    asset, out = open_asset(data, name="a.jpg"), io.BytesIO()
    jpeg_splice.splice(asset, words, left, top).apply(asset, out)
    return out.getvalue()


def fail(reason: str) -> None:
    raise AssertionError(reason)


LIBRARY = transcoder.Library(jpeg_process.library(), fail)


def coefficients(data: bytes) -> list[np.ndarray]:
    """Rows of blocks, blocks, 64 coefficients, of each component: by libjpeg."""
    blocks = transcoder.Blocks(LIBRARY, data)
    found = []
    for number, component in enumerate(blocks.components):
        width, height = component.width_in_blocks, component.height_in_blocks
        rows = [
            np.frombuffer(
                (transcoder.ctypes.c_short * (64 * width)).from_address(blocks.row(number, row)),
                np.int16,
            ).copy()
            for row in range(height)
        ]
        found.append(np.stack(rows).reshape(height, width, 64))
    blocks.close()
    return found


def segments(data: bytes) -> list[bytes]:
    asset = open_asset(data)
    return [
        asset.read(one.start, one.length + 4)
        for one in jpeg.segments(asset)
        if one.is_application or one.marker == jpeg.COM
    ]


def scans(data: bytes) -> list[bytes]:
    """The frame's kind, the restart interval, and what each scan holds."""
    asset = open_asset(data)
    header = list(jpeg.segments(asset))
    every = [*header, *jpeg.between_scans(asset, header[-1])]
    found = []
    for one in every:
        if one.marker in range(0xC0, 0xCC) and one.marker not in (0xC4, 0xC8):
            found.append(data[one.start : one.span.end])
        if one.marker == 0xDD:
            found.append(data[one.start : one.span.end])
        if one.marker == jpeg.SOS:
            header = jpeg.payload(asset, one)
            found.append(header[1 : 1 + 2 * header[0] : 2] + header[-3:])
    return found


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def decoded_by_djpeg(data: bytes) -> np.ndarray:
    """Without smoothing, as a block's samples must not lean on its neighbours'."""
    done = subprocess.run(
        ["djpeg", "-nosmooth", "-pnm"], input=data, capture_output=True, check=True, timeout=30
    )
    assert done.stderr == b""
    return np.asarray(Image.open(io.BytesIO(done.stdout)).convert("RGB")).astype(int)


def written(folder, name: str, text: str) -> str:
    folder.joinpath(name).write_text(text)
    return str(folder / name)


TABLES = "\n".join(" ".join(str(least + at // 4) for at in range(64)) for least in (3, 9, 20))
KINDS = {
    "grey": lambda _: cjpeg("-grayscale"),
    "444": lambda _: cjpeg("-sample", "1x1", "-quality", "95"),
    "422": lambda _: cjpeg("-sample", "2x1"),
    "440": lambda _: cjpeg("-sample", "1x2"),
    "420": lambda _: cjpeg("-sample", "2x2", "-quality", "90"),
    "411": lambda _: cjpeg("-sample", "4x1"),
    "410": lambda _: cjpeg("-sample", "4x2"),
    "mixed-sampling": lambda _: cjpeg("-sample", "2x2,2x1,1x2"),
    "fine-chroma": lambda _: cjpeg("-sample", "1x1,2x2,2x2"),
    "rgb": lambda _: cjpeg("-rgb"),
    "cmyk": lambda _: pillow("CMYK", quality=90),
    "optimised": lambda _: cjpeg("-optimize"),
    "progressive": lambda _: cjpeg("-progressive"),
    "arithmetic": lambda _: cjpeg("-arithmetic"),
    "arithmetic-progressive": lambda _: cjpeg("-arithmetic", "-progressive"),
    "restarts": lambda _: cjpeg("-restart", "1"),
    "restart-blocks": lambda _: cjpeg("-restart", "5B"),
    "coarse": lambda _: cjpeg("-quality", "5"),
    "16-bit-tables": lambda _: cjpeg("-quality", "1"),
    "finest": lambda _: cjpeg("-quality", "100"),
    "three-tables": lambda folder: cjpeg(
        "-qtables", written(folder, "tables", TABLES), "-qslots", "2,0,1", "-sample", "2x1"
    ),
    "three-scans": lambda folder: cjpeg("-scans", written(folder, "scans", "0;1;2;")),
    "two-scans": lambda folder: cjpeg("-scans", written(folder, "scans", "1 2;0;")),
    "own-progression": lambda folder: cjpeg(
        "-scans",
        written(
            folder,
            "scans",
            "0 1 2: 0-0, 0, 0; 0: 1-63, 0, 1; 0: 1-63, 1, 0; 2: 1-63, 0, 0; 1: 1-63, 0, 0;",
        ),
    ),
    "tiny": lambda _: cjpeg(size=(90, 60)),
    "icc": lambda _: pillow(
        icc_profile=b"profile" * 20_000, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"
    ),
}


@pytest.mark.foreign
@pytest.mark.parametrize("kind", KINDS)
def test_only_blocks_under_the_mark_change(kind, tmp_path):
    data = KINDS[kind](tmp_path)
    words = WORDS if kind != "tiny" else plate(60, 40)
    width, height = Image.open(io.BytesIO(data)).size
    left, top = width - words.width - 5, height - words.height - 3
    result = spliced(data, left, top, words)

    assert segments(result) == segments(data)
    assert scans(result) == scans(data)
    before, after = coefficients(data), coefficients(result)
    most = [max(len(one) for one in before), max(one.shape[1] for one in before)]
    for old, new in zip(before, after, strict=True):
        changed = np.argwhere((old != new).any(axis=2))
        tall, wide = (8 * m / s for m, s in zip(most, old.shape[:2], strict=True))
        if changed.size:
            rows, columns = (changed[:, 0] + 1) * tall, (changed[:, 1] + 1) * wide
            assert rows.min() > top - 8
            assert columns.min() > left - 8
    assert (before[0] != after[0]).any()
    shown, was = pixels(result), pixels(data)
    words_rgb = np.asarray(words.convert("RGB")).astype(int)
    under = shown[top : top + words.height, left : left + words.width]
    error = np.abs(under - words_rgb)[8:-8, 8:-8].mean()
    assert error < (6 if kind not in ("coarse", "16-bit-tables", "tiny") else 60)
    assert was.shape == shown.shape


@pytest.mark.foreign
@pytest.mark.parametrize("kind", ["grey", "444", "420", "411", "progressive", "restarts", "rgb"])
def test_djpeg_sees_identical_pixels_outside_the_touched_units(kind, tmp_path):
    data = KINDS[kind](tmp_path)
    left, top = 20, 33
    was, shown = decoded_by_djpeg(data), decoded_by_djpeg(spliced(data, left, top))
    unit = {"grey": (8, 8), "444": (8, 8), "rgb": (8, 8), "411": (32, 8)}.get(kind, (16, 16))
    rows, columns = np.nonzero((was != shown).any(axis=2))
    assert left // unit[0] * unit[0] <= columns.min()
    assert columns.max() < -(-(left + WORDS.width) // unit[0]) * unit[0]
    assert top // unit[1] * unit[1] <= rows.min()
    assert rows.max() < -(-(top + WORDS.height) // unit[1]) * unit[1]
