"""TIFF of many kinds: strips and tiles under the mark change, all else keeps its bytes."""

from __future__ import annotations

import functools
import io
import struct
import subprocess

import numpy as np
import pytest
from PIL import Image, ImageSequence
from scenes import cut_out, file_of, groups, marked, opened, scene

from aigc_label import registry
from aigc_label.asset import open_asset
from aigc_label.containers import tiff
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed
from aigc_label.explicit.drawing import marking
from aigc_label.explicit_label import ExplicitLabel

WIDTH, HEIGHT = 301, 240


@functools.cache
def ground(mode: str) -> Image.Image:
    picture = scene(WIDTH, HEIGHT)
    return picture.quantize(60) if mode == "P" else picture.convert(mode)


def plain(mode: str = "RGB", **options: object) -> bytes:
    return file_of(ground(mode), "tiff", **options)


def deep(depth: int, samples: int, order: str = "<") -> bytes:
    """16 bits a channel, of noise, in strips of 40 rows; what Pillow does not write."""
    random = np.random.default_rng(samples)
    rows = random.integers(0, 2**depth, (HEIGHT, WIDTH, samples)).astype(f"{order}u2")
    photometric = {1: 1, 2: 1, 3: 2, 4: 2}[samples]
    strips = [rows[y : y + 40].tobytes() for y in range(0, HEIGHT, 40)]
    extra = [(338, 3, [2])] if samples in (2, 4) else []
    tags = [
        (256, 4, [WIDTH]), (257, 4, [HEIGHT]), (258, 3, [16] * samples), (259, 3, [1]),
        (262, 3, [photometric]), (273, 4, [0] * len(strips)), (277, 3, [samples]),
        (278, 4, [40]), (279, 4, [len(s) for s in strips]), *extra,
    ]  # fmt: skip
    return assembled(tags, strips, order)


def assembled(tags, strips, order: str = "<") -> bytes:
    codes = {1: "B", 3: "H", 4: "L", 11: "f"}
    at = 8 + 2 + 12 * len(tags) + 4
    values, out = b"", []
    sizes = {t: len(v) * struct.calcsize("=" + codes[k]) for t, k, v in tags}
    body = at + sum(size + size % 2 for size in sizes.values() if size > 4)
    for tag, kind, given in tags:
        content = given
        if tag == 273:
            content = [body + sum(map(len, strips[:n])) for n in range(len(strips))]
        data = struct.pack(f"{order}{len(content)}{codes[kind]}", *content)
        if len(data) > 4:
            place = struct.pack(order + "L", at + len(values))
            values += data + b"\0" * (len(data) % 2)
            data = place
        out.append(struct.pack(order + "HHL", tag, kind, len(content)) + data.ljust(4, b"\0"))
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "L", 8)
    return (
        head
        + struct.pack(order + "H", len(tags))
        + b"".join(out)
        + bytes(4)
        + values
        + b"".join(strips)
    )


def by_tiffcp(data: bytes, tmp_path, *options: str) -> bytes:
    (tmp_path / "in.tif").write_bytes(data)
    subprocess.run(["tiffcp", *options, tmp_path / "in.tif", tmp_path / "out.tif"], check=True)
    return (tmp_path / "out.tif").read_bytes()


def pages_of(data: bytes) -> list[np.ndarray]:
    with Image.open(io.BytesIO(data)) as picture:
        return [
            np.asarray(page.convert("RGBA")).astype(int) for page in ImageSequence.Iterator(picture)
        ]


def check(source: bytes) -> bytes:
    data, mark = marked(source, "tiff")
    x, y, width, height = mark.box
    for before, after in zip(pages_of(source), pages_of(data), strict=True):
        apart = np.abs(before - after).max(axis=-1)
        area = after[y - 2 : y + height + 2, x - 2 : x + width + 2, :3].mean(axis=-1)
        assert max(groups(area > 140)) == pytest.approx(mark.ratio * HEIGHT, abs=1)
        assert np.median(area[area <= 140]) < 60
        assert apart[y : y + height, x : x + width].mean() > 15
        apart[y - height : y + 2 * height, x - height : x + width + height] = 0
        assert apart.max() == 0
    with Image.open(io.BytesIO(source)) as old, Image.open(io.BytesIO(data)) as new:
        moved = {273, 279, 320, 324, 325}
        assert {t: v for t, v in old.tag_v2.items() if t not in moved} == {
            t: v for t, v in new.tag_v2.items() if t not in moved
        }
    asset = open_asset(data)
    again, *_ = marking.mark(asset, registry.by_id("tiff"), ExplicitLabel(), None)
    assert again is asset
    return data


CASES = {
    f"{mode} {packing}": (mode, {"compression": packing})
    for mode in ("RGB", "L")
    for packing in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "lzma", "zstd")
}
CASES |= {
    "RGBA": ("RGBA", {"compression": "tiff_lzw"}),
    "CMYK": ("CMYK", {}),
    "LA": ("LA", {}),
    "P": ("P", {}),
    "P lzw": ("P", {"compression": "tiff_lzw"}),
    "1": ("1", {}),
    "1 group4": ("1", {"compression": "group4"}),
    "1 group3": ("1", {"compression": "group3"}),
    "1 ccitt": ("1", {"compression": "tiff_ccitt"}),
    "large": ("RGB", {"big_tiff": True, "compression": "tiff_lzw"}),
    "described": ("RGB", {"dpi": (300, 300), "description": "a scene", "icc_profile": b"x" * 200}),
    "predicted": ("RGB", {"compression": "tiff_lzw", "tiffinfo": {317: 2}}),
}


@pytest.mark.parametrize("case", CASES)
def test_only_the_pixels_under_the_mark_change(case):
    mode, options = CASES[case]
    check(plain(mode, **options))


@pytest.mark.foreign("tiffcp", "tiffinfo")
@pytest.mark.parametrize(
    "options",
    [
        ["-c", "lzw:2", "-t", "-w", "64", "-l", "48"],
        ["-c", "zip:2", "-r", "16"],
        ["-c", "none", "-t", "-w", "64", "-l", "64"],
        ["-c", "packbits", "-r", "7", "-B"],
        ["-c", "lzw", "-8"],
    ],
)
def test_what_libtiff_wrote_libtiff_reads(options, tmp_path):
    source = by_tiffcp(plain(), tmp_path, *options)
    data = check(source)
    (tmp_path / "b.tif").write_bytes(data)
    told = subprocess.run(
        ["tiffinfo", "-d", tmp_path / "b.tif"], capture_output=True, text=True, check=True
    )
    assert told.stderr == ""


@pytest.mark.foreign("tiffcp", "tiffinfo")
@pytest.mark.parametrize(
    "options", [["-c", "g3:2d"], ["-c", "g4", "-f", "lsb2msb"], ["-c", "g3:1d:fill"]]
)
def test_facsimiles_of_every_kind(options, tmp_path):
    source = by_tiffcp(plain("1", compression="group4"), tmp_path, *options)
    data = check(source)
    (tmp_path / "b.tif").write_bytes(data)
    told = subprocess.run(
        ["tiffinfo", "-d", tmp_path / "b.tif"], capture_output=True, text=True, check=True
    )
    assert told.stderr == ""


@pytest.mark.foreign("ffmpeg")
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(("samples", "kind"), [(1, "gray16le"), (3, "rgb48le"), (4, "rgba64le")])
def test_sixteen_bits_stay_sixteen_bits(samples, kind, order, tmp_path):
    source = deep(16, samples, order)
    data, mark = marked(source, "tiff")
    assert len(data) == len(source)
    seen = []
    for name, content in (("a.tif", source), ("b.tif", data)):
        (tmp_path / name).write_bytes(content)
        args = ["ffmpeg", "-v", "error", "-i", tmp_path / name, "-f", "rawvideo"]
        raw = subprocess.run([*args, "-pix_fmt", kind, "-"], capture_output=True, check=True).stdout
        seen.append(np.frombuffer(raw, "<u2").reshape(HEIGHT, WIDTH, samples))
    x, y, width, height = mark.box
    ink = seen[1][y : y + height, x : x + width, 0] > 36_000
    assert max(groups(ink)) == round(mark.ratio * HEIGHT)
    different = (seen[0] != seen[1]).any(axis=-1)
    different[y - height :, x - height :] = False
    assert not different.any()


@pytest.mark.foreign("tiffcp", "ffmpeg")
def test_sixteen_bits_packed_and_predicted(tmp_path):
    source = by_tiffcp(deep(16, 3), tmp_path, "-c", "lzw:2", "-r", "32")
    data, mark = marked(source, "tiff")
    seen = [by_tiffcp(d, tmp_path, "-c", "none", "-r", str(HEIGHT)) for d in (source, data)]
    pixels = []
    for raw in seen:
        page = next(tiff.pages(open_asset(raw), (273,)))
        at = tiff.number(open_asset(raw), page.kind, page.entries[0])
        pixels.append(np.frombuffer(raw, "<u2", HEIGHT * WIDTH * 3, at).reshape(HEIGHT, WIDTH, 3))
    x, y, width, height = mark.box
    different = (pixels[0] != pixels[1]).any(axis=-1)
    assert different[y : y + height, x : x + width].any()
    different[y - height :, x - height :] = False
    assert not different.any()


def test_every_page_bears_a_mark_in_its_own_size():
    sheets = [scene(400, 300), scene(240, 330).convert("L"), scene(320, 200).convert("CMYK")]
    source = file_of(
        sheets[0], "tiff", save_all=True, append_images=sheets[1:], compression="tiff_lzw"
    )
    data, _ = marked(source, "tiff")
    for before, after in zip(pages_of(source), pages_of(data), strict=True):
        short = min(before.shape[:2])
        different = np.abs(before - after).max(axis=-1) > 3
        rows, columns = (np.flatnonzero(different.any(axis=a)) for a in (1, 0))
        assert rows[0] > before.shape[0] - 0.2 * short
        assert columns[0] > before.shape[1] - 0.5 * short
        ink = after[rows[0] : rows[-1], columns[0] + 4 : columns[-1] - 4, :3].mean(axis=-1) > 140
        assert max(groups(ink)) >= 0.06 * short


def test_thumbnails_and_masks_are_left_alone():
    small = scene(100, 80)
    source = bytearray(
        file_of(scene(400, 300), "tiff", save_all=True, append_images=[small], tiffinfo={254: 0})
    )
    second = list(tiff.pages(open_asset(bytes(source)), (254,)))[1]
    source[second.entries[0].start] = 1
    data, _ = marked(bytes(source), "tiff")
    before, after = pages_of(bytes(source))[1], pages_of(data)[1]
    assert (before == after).all()


@pytest.mark.parametrize("orientation", [3, 6])
def test_the_words_stand_upright_on_a_turned_page(orientation):
    data, mark = marked(plain("RGB", tiffinfo={274: orientation}), "tiff")
    assert max(groups(cut_out(data, mark).mean(axis=2) > 140)) == round(mark.ratio * HEIGHT)


def test_premultiplied_opacity_and_white_at_nought():
    rows = bytes(np.tile(np.arange(WIDTH, dtype=np.uint8) // 3, HEIGHT))
    common = [(256, 4, [WIDTH]), (257, 4, [HEIGHT]), (259, 3, [1])]
    last = [(277, 3, [1]), (278, 4, [HEIGHT]), (279, 4, [len(rows)])]
    white = assembled(
        [*common[:2], (258, 3, [8]), common[2], (262, 3, [0]), (273, 4, [0]), *last], [rows]
    )
    check(white)
    quads = np.tile(np.array([40, 60, 20, 128], np.uint8), WIDTH * HEIGHT).tobytes()
    last = [(277, 3, [4]), (278, 4, [HEIGHT]), (279, 4, [len(quads)]), (338, 3, [1])]
    tags = [*common[:2], (258, 3, [8] * 4), common[2], (262, 3, [2]), (273, 4, [0]), *last]
    data, mark = marked(assembled(tags, [quads]), "tiff")
    x, y, width, height = mark.box
    stored = np.frombuffer(data, np.uint8, len(quads), len(data) - len(quads))
    area = stored.reshape(HEIGHT, WIDTH, 4)[y : y + height, x : x + width]
    assert (area[..., 3] == 255).all()
    assert area[..., 0].max() == 255
    assert (stored.reshape(HEIGHT, WIDTH, 4)[0, 0] == (40, 60, 20, 128)).all()


def test_lists_of_short_numbers_grow():
    """Strips whose places fit 16 bits, until they move behind the end of a larger file."""
    rows = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH), np.uint8)
    import zlib

    strips = [zlib.compress(rows[y : y + 40].tobytes()) for y in range(0, HEIGHT, 40)]
    tags = [
        (256, 4, [WIDTH]), (257, 4, [HEIGHT]), (258, 3, [8]), (259, 3, [8]), (262, 3, [1]),
        (273, 4, [0] * 6), (277, 3, [1]), (278, 4, [40]), (279, 3, [len(s) for s in strips]),
    ]  # fmt: skip
    source = assembled(tags, strips)
    at = source.index(struct.pack("<HHL", 273, 4, 6))
    places = struct.unpack("<6L", source[struct.unpack("<L", source[at + 8 : at + 12])[0] :][:24])
    if max(places) < 65536:
        start = struct.unpack("<L", source[at + 8 : at + 12])[0]
        source = (
            source[: at + 2] + struct.pack("<HLL", 3, 6, start) + source[at + 12 : start]
            + struct.pack("<6H", *places) + source[start + 12 :]
        )  # fmt: skip
    check(source)


# --- what is refused ---------------------------------------------------------------------------


def odd(**changes: list[int]) -> bytes:
    names = {
        "format": 339,
        "photometric": 262,
        "planar": 284,
        "bits": 258,
        "packing": 259,
        "fill": 266,
    }
    values = {256: [WIDTH], 257: [HEIGHT], 258: [8] * 3, 259: [1], 262: [2], 273: [0], 277: [3],
              278: [HEIGHT], 279: [WIDTH * HEIGHT * 3]}  # fmt: skip
    values |= {names.get(k, 277): v for k, v in changes.items()}
    kinds = {256: 4, 257: 4, 273: 4, 278: 4, 279: 4}
    tags = [(t, kinds.get(t, 3), v) for t, v in sorted(values.items())]
    return assembled(tags, [bytes(WIDTH * HEIGHT * 3)])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": [3, 3, 3]}, "floating-point"),
        ({"bits": [32, 32, 32]}, "32 bits"),
        ({"bits": [8, 8, 16]}, "mixed bits"),
        ({"bits": [4, 4, 4]}, "channels of 4 bits"),
        ({"planar": [2]}, "plane for each"),
        ({"photometric": [8]}, "photometric interpretation 8"),
        ({"photometric": [5]}, "inks"),
        ({"packing": [7]}, "packed by JPEG"),
        ({"packing": [34712]}, "JPEG 2000"),
        ({"packing": [9999]}, "compression 9999"),
        ({"fill": [2]}, "other way round"),
    ],
)
def test_what_would_be_flattened_is_refused(changes, said):
    with pytest.raises(CannotCarry, match=said):
        marked(odd(**changes), "tiff")


def test_a_palette_without_room_is_refused():
    picture = Image.new("P", (WIDTH, HEIGHT))
    picture.putpalette([v for n in range(256) for v in (255, n // 2, n // 3)])
    picture.putdata([n % 256 for n in range(WIDTH * HEIGHT)])
    with pytest.raises(CannotCarry, match="palette"):
        marked(file_of(picture, "tiff"), "tiff")


@pytest.mark.parametrize("packing", ["tiff_lzw", "tiff_adobe_deflate"])
def test_damaged_strips_are_malformed(packing):
    source = bytearray(plain("RGB", compression=packing))
    page = next(tiff.pages(open_asset(bytes(source)), (273,)))
    (place,) = (e.start for e in page.entries)
    last = struct.unpack(
        "<L", source[place + page.entries[0].size - 4 : place + page.entries[0].size]
    )[0]
    source[last : last + 60] = b"\xff" * 60
    with pytest.raises(Malformed):
        marked(bytes(source), "tiff")


def test_strips_must_be_there():
    data = bytearray(plain())
    at = (
        data.index(struct.pack("<HH", 278, 3))
        if struct.pack("<HH", 278, 3) in data
        else data.index(struct.pack("<HH", 278, 4))
    )
    data[at + 8 : at + 12] = struct.pack("<L", 1)
    with pytest.raises(Malformed, match="missing"):
        marked(bytes(data), "tiff")


def test_bombs_are_refused():
    data = bytearray(plain())
    for tag in (256, 257):
        at = next(
            data.index(struct.pack("<HH", tag, k))
            for k in (3, 4)
            if struct.pack("<HH", tag, k) in data
        )
        data[at + 2 : at + 12] = struct.pack("<HLL", 4, 1, 60_000)
    with pytest.raises(LimitExceeded):
        marked(bytes(data), "tiff")


def test_opened_by_pillow_it_shows_the_mark():
    data, mark = marked(plain(), "tiff")
    assert opened(data).size == (WIDTH, HEIGHT)
    assert mark.ratio >= 0.06


def with_part() -> tuple[bytes, int]:
    """A page that is a part (SubIFDs) of another, and where it is described."""
    sheets = [scene(400, 300), scene(320, 240)]
    source = bytearray(
        file_of(sheets[0], "tiff", save_all=True, append_images=sheets[1:], tiffinfo={330: 0})
    )
    first, second = tiff.pages(open_asset(bytes(source)), (330,))
    at = first.entries[0].at
    source[at + 2 : at + 12] = struct.pack("<HLL", 4, 1, second.at)
    source[first.end : first.end + 4] = bytes(4)
    return bytes(source), second.at


def test_parts_of_a_page_bear_marks_too():
    source, part = with_part()
    data, _ = marked(source, "tiff")
    shown = [file[:4] + struct.pack("<L", part) + file[8:] for file in (source, data)]
    before, after = (pages_of(file)[0] for file in shown)
    assert (before != after).any()
    assert (before[:200] == after[:200]).all()


def test_too_many_pages_are_refused(monkeypatch):
    from aigc_label.explicit.drawing.codecs import tiff as codec

    monkeypatch.setattr(codec, "_MOST_PAGES", 1)
    with pytest.raises(LimitExceeded, match="pages"):
        marked(with_part()[0], "tiff")


def test_a_file_that_outgrows_its_offsets_is_refused(monkeypatch):
    from aigc_label.explicit.drawing.codecs import tiff as codec

    monkeypatch.setattr(codec, "_CLASSIC", 1000)
    with pytest.raises(CannotCarry, match="BigTIFF"):
        marked(plain("RGB", compression="tiff_lzw"), "tiff")


def test_a_file_of_masks_alone_holds_no_picture():
    with pytest.raises(Malformed, match="without a picture"):
        marked(plain("RGB", tiffinfo={254: 4}), "tiff")
