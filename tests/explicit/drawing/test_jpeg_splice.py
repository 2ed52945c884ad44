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
from aigc_label.errors import AigcLabelError, LimitExceeded, Malformed
from aigc_label.explicit.drawing import jpeg_process, jpeg_splice
from aigc_label.explicit.drawing.jpeg_process import NotSpliced
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


@pytest.mark.foreign
def test_ffmpeg_decodes_the_same_planes_outside_the_touched_units():
    data = cjpeg("-sample", "2x2", "-quality", "90", size=(320, 240))

    def planes(jpg: bytes) -> list[np.ndarray]:
        run = ["ffmpeg", "-v", "error", "-i", "-", "-f", "rawvideo", "-pix_fmt", "yuvj420p", "-"]
        done = subprocess.run(run, input=jpg, capture_output=True, check=True, timeout=30)
        raw = np.frombuffer(done.stdout, np.uint8)
        y, u, v = np.split(raw, [320 * 240, 320 * 240 * 5 // 4])
        return [y.reshape(240, 320), u.reshape(120, 160), v.reshape(120, 160)]

    place = (64, 80, 64 + WORDS.width, 80 + WORDS.height)
    for finer, old, new in zip((1, 2, 2), planes(data), planes(spliced(data, 64, 80)), strict=True):
        rows, columns = np.nonzero(old != new)
        left, top, right, bottom = (side / finer for side in place)
        assert left // 8 * 8 <= columns.min()
        assert columns.max() < -(-right // 8) * 8
        assert top // 8 * 8 <= rows.min()
        assert rows.max() < -(-bottom // 8) * 8


def test_a_mark_at_the_very_corner_and_one_as_large_as_the_picture():
    data = pillow(subsampling=2)
    for words, left, top in ((WORDS, SIZE[0] - 125, SIZE[1] - 47), (plate(*SIZE), 0, 0)):
        shown = pixels(spliced(data, left, top, words))
        assert shown[top + words.height - 20, left + words.width - 10].max() < 45
        assert shown[SIZE[1] - 2, left + words.width // 2].max() < 45


def test_comments_between_scans_and_what_stands_behind_the_picture_stay():
    data = pillow(progressive=True)
    second_scan = data.index(b"\xff\xda", data.index(b"\xff\xda") + 2)
    note = jpeg.segment(jpeg.COM, b"in between")
    data = data[:second_scan] + note + data[second_scan:] + b"appended"
    result = spliced(data, 30, 30)
    assert result.count(note) == 1
    assert result.endswith(b"\xff\xd9appended")
    assert (pixels(result)[:15] == pixels(data)[:15]).all()


def test_stray_bytes_between_segments_stay():
    data = pillow()
    tables = data.index(b"\xff\xdb")
    result = spliced(data[:tables] + b"stray" + data[tables:], 30, 30)
    assert b"stray" in result
    assert (pixels(result) == pixels(spliced(data, 30, 30))).all()
    scan = data.index(b"\xff\xda") + 14
    damaged = data[:tables] + b"stray" + data[tables : scan + 300] + b"\xff\xd9"
    with pytest.raises(NotSpliced, match="premature end"):
        spliced(damaged, 30, 30)


def test_a_mark_that_stands_is_recognised():
    data = pillow(quality=60)
    splicing = jpeg_splice.Splicing(open_asset(spliced(data, 30, 30)))
    assert splicing.draw(WORDS, 30, 30, 6) == []
    splicing.close()
    fresh = jpeg_splice.Splicing(open_asset(data))
    assert fresh.draw(WORDS, 30, 30, 6)
    fresh.close()
    tiny = jpeg_splice.Splicing(open_asset(data))
    assert tiny.draw(plate(9, 9), 30, 30, 8)
    tiny.close()


def test_transparent_parts_of_a_mark_touch_nothing():
    data = pillow(quality=90, subsampling=0)
    empty = Image.new("RGBA", (64, 48))
    assert (pixels(spliced(data, 32, 32, empty)) == pixels(data)).all()
    half = empty.copy()
    half.paste((255, 0, 0, 128), (32, 0, 64, 48))
    was, shown = pixels(data), pixels(spliced(data, 32, 32, half))
    assert (was[:, :64] == shown[:, :64]).all()
    expected = (was[32:80, 64:96] + (255, 0, 0)) / 2
    assert np.abs(shown[32:80, 64:96] - expected).mean() < 3


@pytest.mark.parametrize("mode", ["RGB", "CMYK", "L"])
def test_colours_come_out_as_asked(mode):
    colour = (200, 120, 40) if mode != "CMYK" else (200, 200, 200)
    data = pillow(mode, quality=97)
    shown = pixels(spliced(data, 40, 40, Image.new("RGBA", (64, 48), (*colour, 255))))
    if mode == "L":
        colour = (Image.new("RGB", (1, 1), colour).convert("L").getpixel((0, 0)),) * 3
    assert np.abs(shown[50:80, 50:90] - colour).max() <= 8


def framed(data: bytes, at: int, value: int) -> bytes:
    """With another byte in the frame header."""
    start = data.index(b"\xff\xc0") + at
    return data[:start] + bytes([value]) + data[start + 1 :]


def without(data: bytes, marker: bytes) -> bytes:
    start = data.index(marker)
    return data[:start] + data[start + 2 + int.from_bytes(data[start + 2 : start + 4]) :]


def renamed(marker: int) -> bytes:
    return pillow().replace(b"\xff\xc0", bytes((0xFF, marker)))


SCAN = pillow().index(b"\xff\xda")


@pytest.mark.parametrize(
    ("data", "kind", "reason"),
    [
        (framed(pillow(), 4, 12), NotSpliced, "12 bits"),
        (renamed(0xC3), NotSpliced, "lossless"),
        (without(pillow(), b"\xff\xc0"), Malformed, "no frame header"),
        (framed(pillow(), 9, 2), Malformed, "broken frame header"),
        (framed(pillow(), 6, 0), NotSpliced, "unusual"),
        (framed(pillow(), 11, 0x50), NotSpliced, "unusual"),
        (framed(framed(pillow(), 11, 0x31), 14, 0x21), NotSpliced, "parts of pixels"),
        (framed(pillow(), 10, 2), NotSpliced, "unusual"),
        (without(pillow("CMYK"), b"\xff\xee"), NotSpliced, "inverted"),
        (pillow()[:-2], Malformed, "no end of image"),
        (pillow()[: SCAN + 400] + b"\xff\xd9", NotSpliced, "premature end"),
        (pillow()[: SCAN + 5] + b"\x09" + pillow()[SCAN + 6 :], NotSpliced, "libjpeg"),
        (b"\xff\xd8" + pillow(), Malformed, None),
        (
            pillow(progressive=True).replace(b"\xff\xd9", b"\xff\xda\0\x08\1\1\0\1\1\0" * 101)
            + b"\xff\xd9",
            LimitExceeded,
            "scans",
        ),
    ],
)
def test_what_cannot_be_spliced_says_why(data, kind, reason):
    with pytest.raises(kind, match=reason):
        spliced(data, 10, 10)


def test_too_large_pictures_are_refused_before_they_are_read(monkeypatch):
    high = pillow()
    at = high.index(b"\xff\xc0") + 5
    with pytest.raises(LimitExceeded, match="million"):
        spliced(high[:at] + b"\xff\xff\xff\xff" + high[at + 4 :], 0, 0)
    monkeypatch.setattr(jpeg_splice, "MOST_COEFFICIENTS", 1000)
    with pytest.raises(NotSpliced, match="memory"):
        spliced(high, 0, 0)
    monkeypatch.setattr(jpeg_splice, "MOST_BYTES", 1000)
    with pytest.raises(LimitExceeded, match="bytes"):
        spliced(high, 0, 0)


def test_a_large_file_is_read_in_pieces(monkeypatch):
    data = pillow()
    monkeypatch.setattr(jpeg_splice, "LARGEST_READ", 1000)
    assert (pixels(spliced(data, 20, 20)) == pixels(spliced(data, 20, 20))).all()


def test_damaged_files_raise_only_our_errors():
    random = np.random.default_rng(45438)
    sources = [
        pillow(),
        pillow(progressive=True),
        pillow("CMYK"),
        pillow("L", restart_marker_rows=1),
    ]
    spliced_fine = 0
    for number in range(160):
        data = bytearray(sources[number % len(sources)])
        scan = data.index(b"\xff\xda") + 14
        limit = scan if number % 3 else len(data)
        for at in random.integers(2, limit, 1 + number % 4):
            data[at] = random.integers(256)
        if number % 7 == 0:
            del data[random.integers(scan, len(data)) :]
        try:
            result = spliced(bytes(data), 30, 30)
        except AigcLabelError:
            continue
        spliced_fine += 1
        assert result.endswith(b"\xff\xd9")
    assert spliced_fine
