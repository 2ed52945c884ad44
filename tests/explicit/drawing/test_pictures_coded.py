"""AVIF and HEIF: one still picture coded again within its file; all else in it stays."""

from __future__ import annotations

import functools
import io
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageOps
from scenes import file_of, groups, marked, raw_png, scene

from aigc_label import registry
from aigc_label.asset import open_asset
from aigc_label.containers.bmff import build
from aigc_label.errors import CannotCarry, Malformed, MissingExtra
from aigc_label.explicit.drawing import coded_items, marking
from aigc_label.explicit.drawing.coded_items import Items
from aigc_label.explicit_label import ExplicitLabel

WIDTH, HEIGHT = 320, 240


def smooth() -> Image.Image:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    waves = [
        120 + 110 * np.sin(x / WIDTH * a + y / HEIGHT * b) for a, b in ((5, 2), (1, 6), (4, 4))
    ]
    return Image.fromarray(np.stack(waves, axis=-1).astype(np.uint8))


def see_through() -> Image.Image:
    picture = smooth().convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize((WIDTH, HEIGHT)).point(lambda v: 255 - v))
    return picture


def deep_png() -> bytes:
    samples = np.asarray(smooth()).astype(">u2") * 257
    return raw_png(WIDTH, HEIGHT, 16, 2, b"".join(b"\0" + row.tobytes() for row in samples))


@functools.cache
def by(program: str, picture: str, *options: str) -> bytes:
    """What avifenc or heif-enc makes."""
    import tempfile

    png = {
        "plain": lambda: file_of(smooth()),
        "clear": lambda: file_of(see_through()),
        "deep": deep_png,
    }
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "a.png"), Path(folder, f"a.{program[:4]}")
        source.write_bytes(png[picture]())
        to = [source, "-o", target] if program.startswith("heif") else [source, target]
        subprocess.run([program, *options, *to], check=True, capture_output=True)
        return target.read_bytes()


AVIFS = {
    "plain": ("plain",),
    "turned": ("plain", "--irot", "1"),
    "mirrored": ("plain", "--irot", "3", "--imir", "0"),
    "limited 444": ("plain", "--yuv", "444", "--range", "limited", "--cicp", "9/1/9"),
    "422": ("plain", "--yuv", "422"),
    "clear": ("clear",),
    "grey": ("plain", "--yuv", "400"),
    "grid": ("plain", "--grid", "2x1"),
    "lossless": ("plain", "--lossless"),
    "clap-free tiles": ("plain", "--tilecolslog2", "1"),
}
HEIFS = {
    "plain": ("plain",),
    "clear": ("clear",),
    "ten bits": ("deep", "-b", "10"),
    "twelve bits": ("deep", "-b", "12"),
    "444": ("plain", "-p", "chroma=444"),
    "thumbnail": ("plain", "-t", "64"),
}


def shown(data: bytes, fmt: str) -> np.ndarray:
    if fmt == "heif":
        opened = pillow_heif.open_heif(io.BytesIO(data))
        return np.asarray(opened.to_pillow().convert("RGBA")).astype(int)
    return np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGBA")).astype(
        int
    )


def check(source: bytes, fmt: str) -> bytes:
    data, mark = marked(source, fmt)
    before, after = shown(source, fmt), shown(data, fmt)
    assert before.shape == after.shape
    x, y, width, height = mark.box
    area = after[y - 1 : y + height + 1, x - 1 : x + width + 1]
    assert (area[..., 3] >= 250).all()
    assert max(groups(area[..., :3].mean(axis=-1) > 140)) == pytest.approx(15, abs=1)
    seen = (before[..., 3:] > 20).repeat(4, axis=-1)
    seen[..., 3] = True
    apart = (np.abs(before - after) * seen).max(axis=-1)
    apart[y - 2 * height : y + 2 * height, max(x - 2 * height, 0) : x + width + 2 * height] = 0
    assert apart.mean() < 2.5
    assert np.percentile(apart, 99) <= 12
    asset = open_asset(data)
    again, *_ = marking.mark(asset, registry.by_id(fmt), ExplicitLabel(), None)
    assert again is asset
    assert len(data) < 2 * len(source) + 2000
    return data


@pytest.mark.foreign("avifenc", "avifdec")
@pytest.mark.parametrize("case", AVIFS)
def test_avif_bears_the_mark_and_little_else_changes(case, tmp_path):
    source = by("avifenc", AVIFS[case][0], "--min", "4", "--max", "10", "-s", "9", *AVIFS[case][1:])
    data = check(source, "avif")
    (tmp_path / "a.avif").write_bytes(data)
    told = subprocess.run(
        ["avifdec", "--info", tmp_path / "a.avif"], capture_output=True, text=True, check=True
    )
    (tmp_path / "b.avif").write_bytes(source)
    was = subprocess.run(
        ["avifdec", "--info", tmp_path / "b.avif"], capture_output=True, text=True, check=True
    )
    kept = (
        "Resolution",
        "Bit Depth",
        "Format",
        "Alpha",
        "Color Primaries",
        "Transfer",
        "Range",
        "irot",
        "imir",
    )

    def lines(out: str) -> list[str]:
        return [line for line in out.splitlines() if any(word in line for word in kept)]

    assert lines(told.stdout) == lines(was.stdout)


@pytest.mark.foreign("heif-enc", "heif-convert")
@pytest.mark.parametrize("case", HEIFS)
def test_heif_bears_the_mark_and_little_else_changes(case, tmp_path):
    source = by("heif-enc", HEIFS[case][0], "-q", "90", *HEIFS[case][1:])
    data = check(source, "heif")
    (tmp_path / "a.heic").write_bytes(data)
    subprocess.run(
        ["heif-convert", tmp_path / "a.heic", tmp_path / "a.png"], capture_output=True, check=True
    )
    foreign = np.asarray(Image.open(tmp_path / "a.png").convert("RGB")).astype(int)
    assert np.abs(foreign - shown(data, "heif")[..., :3]).mean() < 2
    before, after = (Items(open_asset(d)) for d in (source, data))
    assert before.kinds == after.kinds
    assert before.coded(1).configuration[24:27] == after.coded(1).configuration[24:27]


def grid_of_heifs() -> bytes:
    """Tiles as phones write them, each coded by itself."""
    left = pillow_heif.from_pillow(smooth().crop((0, 0, 192, HEIGHT)))
    right = pillow_heif.from_pillow(
        ImageOps.expand(smooth().crop((192, 0, WIDTH, HEIGHT)), (0, 0, 64, 0), "black")
    )
    parts = []
    for tile in (left, right):
        out = io.BytesIO()
        tile.save(out, quality=90, chroma=420)
        items = Items(open_asset(out.getvalue()))
        coded = items.coded(items.primary)
        ispe = build(b"ispe", struct.pack(">LLL", 0, 192, HEIGHT))
        parts.append((b"hvc1", coded.data, [ispe, coded.configuration]))
    head = out.getvalue()[: int.from_bytes(out.getvalue()[:4])]
    whole = build(b"ispe", struct.pack(">LLL", 0, WIDTH, HEIGHT))
    grid = (b"grid", bytes((0, 0, 0, 1)) + struct.pack(">HH", WIDTH, HEIGHT), [whole])
    return coded_items._file(head, [grid, *parts])


@pytest.mark.foreign("heif-convert")
def test_a_grid_of_tiles_stays_one(tmp_path):
    source = grid_of_heifs()
    data = check(source, "heif")
    after = Items(open_asset(data))
    assert sorted(after.kinds.values()) == [b"grid", b"hvc1", b"hvc1"]
    (tmp_path / "a.heic").write_bytes(data)
    subprocess.run(
        ["heif-convert", tmp_path / "a.heic", tmp_path / "a.png"], capture_output=True, check=True
    )
    foreign = np.asarray(Image.open(tmp_path / "a.png").convert("RGB")).astype(int)
    assert np.abs(foreign - shown(data, "heif")[..., :3]).mean() < 2


@pytest.mark.parametrize("size", [(301, 240), (300, 241), (301, 241)])
def test_odd_sides_are_cut_from_even_ones(size):
    out = io.BytesIO()
    pillow_heif.from_pillow(smooth().resize(size)).save(out, quality=90)
    data, mark = marked(out.getvalue(), "heif")
    after = shown(data, "heif")
    assert after.shape[1::-1] == size
    x, y, width, height = mark.box
    assert max(groups(after[y - 1 : y + height + 1, x : x + width, 0] > 140)) == 15
    assert size[0] - 20 < x + width < size[0] - 8


@pytest.mark.parametrize("fmt", ["avif", "heif"])
def test_metadata_stays_byte_for_byte(fmt):
    exif = Image.Exif()
    exif[0x010E] = "a scene"
    options = {"exif": exif.tobytes(), "icc_profile": b"p" * 300}
    if fmt == "avif":
        source = file_of(smooth(), "avif", xmp=b"<x:xmpmeta/>", speed=10, **options)
    else:
        out = io.BytesIO()
        pillow_heif.from_pillow(smooth()).save(out, xmp=b"<x:xmpmeta/>", exif=options["exif"])
        source = out.getvalue()
    data, _ = marked(source, fmt)
    before, after = (Items(open_asset(d)) for d in (source, data))
    others = [n for n, kind in before.kinds.items() if kind in (b"Exif", b"mime")]
    assert len(others) == 2
    assert [before.data(n) for n in others] == [after.data(n) for n in others]
    assert (b"p" * 300 in data) == (fmt == "avif")


DEEP = {
    "ten bits": ("deep", "-d", "10"),
    "twelve bits 420": ("deep", "-d", "12", "--yuv", "420"),
    "PQ": ("deep", "-d", "10", "--cicp", "9/16/9"),
    "limited": ("deep", "-d", "10", "--range", "limited", "--cicp", "1/13/1", "--yuv", "422"),
    "grey": ("deep", "-d", "10", "--yuv", "400"),
}


@pytest.mark.foreign("avifenc", "avifdec")
@pytest.mark.parametrize("case", DEEP)
def test_deep_avif_stays_deep(case, tmp_path):
    source = by("avifenc", *DEEP[case][:1], "-s", "9", "--min", "2", "--max", "6", *DEEP[case][1:])
    data, mark = marked(source, "avif")
    told, pixels = [], []
    for name, content in (("a", source), ("b", data)):
        (tmp_path / f"{name}.avif").write_bytes(content)
        command = ["avifdec", "--info", tmp_path / f"{name}.avif"]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        kept = (
            "Resolution",
            "Bit Depth",
            "Format",
            "Color Primaries",
            "Transfer",
            "Matrix",
            "Range",
        )
        told.append([line for line in out.splitlines() if any(word in line for word in kept)])
        png = tmp_path / f"{name}.png"
        subprocess.run(
            ["avifdec", "-d", "16", tmp_path / f"{name}.avif", png], check=True, capture_output=True
        )
        raw = subprocess.run(
            ["ffmpeg", "-v", "error", "-i", png, "-f", "rawvideo", "-pix_fmt", "rgb48le", "-"],
            capture_output=True, check=True,
        ).stdout  # fmt: skip
        pixels.append(np.frombuffer(raw, "<u2").reshape(HEIGHT, WIDTH, 3).astype(int))
    assert told[0] == told[1]
    x, y, width, height = mark.box
    apart = np.abs(pixels[0] - pixels[1]).max(axis=-1)
    ink = pixels[1][y : y + height, x : x + width, 1]
    white = 0.58 if case == "PQ" else 1.0
    assert ink.max() / 65535 == pytest.approx(white, abs=0.03)
    assert max(groups(ink > 0.55 * white * 65535)) == pytest.approx(15, abs=1)
    apart[y - 2 * height :, x - 2 * height :] = 0
    assert apart.mean() < 0.006 * 65535


@pytest.mark.foreign("avifenc")
@pytest.mark.parametrize(
    ("options", "said"),
    [(("--cicp", "1/13/0", "--yuv", "444"), "matrix"), (("--grid", "2x1"), "tiles")],
)
def test_what_ffmpeg_could_not_make_again_is_refused(options, said):
    with pytest.raises(CannotCarry, match=said):
        marked(by("avifenc", "deep", "-d", "10", "-s", "10", *options), "avif")


def test_image_sequences_are_refused():
    frames = {"save_all": True, "append_images": [scene(64, 64)], "speed": 10}
    with pytest.raises(CannotCarry, match="sequence"):
        marked(file_of(scene(64, 64, "noise"), "avif", **frames), "avif")


def test_several_pictures_are_refused():
    out = io.BytesIO()
    both = pillow_heif.from_pillow(scene(200, 200))
    both.add_from_pillow(scene(220, 200))
    both.save(out)
    with pytest.raises(CannotCarry, match="several"):
        marked(out.getvalue(), "heif")


@functools.cache
def avif() -> bytes:
    return file_of(see_through(), "avif", speed=10)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha",
            b"urn:apple:photo:2020:aux:hdrgainmap000000000",
            "gain map",
        ),
        (b"auxl", b"prem", "several"),
        (b"av01", b"iovl", "put together"),
        (b"pixi", b"clap", "cut"),
    ],
)
def test_what_would_look_otherwise_is_refused(old, new, said):
    assert old in avif()
    with pytest.raises((CannotCarry, Malformed), match=said):
        marked(avif().replace(old, new[: len(old)].ljust(len(old), b"0")), "avif")


def test_without_pillow_heif_the_install_line_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    out = io.BytesIO()
    pillow_heif.from_pillow(scene(64, 64)).save(out)
    with pytest.raises(MissingExtra, match=r"aigc-label\[heif\]"):
        marked(out.getvalue(), "heif")


@pytest.mark.parametrize("damage", [b"pitm", b"ipco", b"ispe", b"iloc", b"iprp"])
def test_files_without_their_tables_are_malformed(damage):
    with pytest.raises((Malformed, CannotCarry)):
        marked(avif().replace(damage, b"zzzz"), "avif")


def test_what_decodes_to_other_colours_is_refused(monkeypatch):
    from aigc_label.explicit.drawing import coded_stills

    monkeypatch.setattr(coded_stills, "_MOST_APART", 0.0)
    with pytest.raises(CannotCarry, match="differs"):
        marked(avif(), "avif")


def test_opacity_in_tiles_becomes_opaque_under_the_words():
    source = (Path(__file__).parents[3] / "fixtures/heif/plain/alpha.heic").read_bytes()
    assert Items(open_asset(source)).kinds[4] == b"grid"
    data, mark = marked(source, "heif")
    x, y, width, height = mark.box
    after = shown(data, "heif")
    assert (after[y + 1 : y + height - 1, x + 1 : x + width - 1, 3] >= 250).all()
    assert sorted(Items(open_asset(data)).kinds.values()) == sorted(
        Items(open_asset(source)).kinds.values()
    )


@pytest.mark.foreign("avifenc")
def test_colours_stored_times_their_opacity_are_refused():
    with pytest.raises(CannotCarry, match="times their opacity"):
        marked(by("avifenc", "clear", "--premultiply", "-s", "10"), "avif")


@pytest.mark.foreign("avifenc")
def test_what_ffmpeg_cannot_do_is_refused(monkeypatch):
    from aigc_label.errors import AssetError
    from aigc_label.explicit.drawing import deep_avif

    source = by("avifenc", "deep", "-d", "10", "-s", "10")
    run = deep_avif.ffmpeg.run

    def refusing(arguments, **more):
        if "-c:v" in arguments:
            raise AssetError("unknown encoder")
        return run(arguments, **more)

    monkeypatch.setattr(deep_avif.ffmpeg, "run", refusing)
    with pytest.raises(CannotCarry, match="encoded again: unknown encoder"):
        marked(source, "avif")
    monkeypatch.setattr(deep_avif.ffmpeg, "run", lambda *_, **__: b"")
    with pytest.raises(Malformed, match="another size"):
        marked(source, "avif")


@pytest.mark.foreign("avifenc")
def test_damaged_deep_pictures_are_malformed():
    source = bytearray(by("avifenc", "deep", "-d", "10", "-s", "10"))
    at = source.index(b"mdat") + 8
    source[at : at + 40] = bytes(40)
    with pytest.raises(Malformed, match="cannot be decoded"):
        marked(bytes(source), "avif")


def clap(*numbers: int) -> bytes:
    """A picture whose ``pixi`` became a cut by these numbers."""
    out = io.BytesIO()
    pillow_heif.from_pillow(smooth().resize((301, 240))).save(out, quality=50)
    data = bytearray(out.getvalue())
    at = data.index(b"clap") + 4
    data[at : at + 32] = struct.pack(">LLLLlLlL", *numbers)
    return bytes(data)


@pytest.mark.parametrize(
    ("numbers", "error"),
    [
        ((301, 1, 240, 1, 0, 1, 0, 1), CannotCarry),
        ((301, 0, 240, 1, 0, 1, 0, 1), Malformed),
        ((900, 1, 240, 1, 0, 1, 0, 1), CannotCarry),
        ((300, 1, 240, 1, 0, 1, 0, 0), Malformed),
    ],
)
def test_cuts_between_pixels_or_outside_are_refused(numbers, error):
    with pytest.raises(error):
        marked(clap(*numbers), "heif")


def test_a_cut_in_the_middle_is_obeyed():
    data, mark = marked(clap(280, 1, 200, 1, -3, 1, 2, 1), "heif")
    x, y, width, height = mark.box
    after = shown(data, "heif")
    assert after.shape[:2] == (200, 280)
    assert max(groups(after[y - 1 : y + height + 1, x : x + width, 0] > 140)) >= 12
