from __future__ import annotations

import io
import struct
import subprocess
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from aigc_label.asset import open_asset
from aigc_label.containers import png
from aigc_label.errors import AssetError, LimitExceeded, Malformed

CHROMATICITIES = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)  # sRGB, times 100,000
IHDR = png.chunk(b"IHDR", bytes.fromhex("00000040000000400802000000"))
IEND = png.chunk(b"IEND", b"")


def file(*chunks: bytes, header: bytes = IHDR, end: bytes = IEND) -> bytes:
    return b"".join([png.SIGNATURE, header, *chunks, end])


def kinds(data: bytes) -> list[bytes]:
    return [c.kind for c in png.chunks(open_asset(data))]


def edited(plan, data: bytes) -> bytes:
    out = io.BytesIO()
    plan.apply(open_asset(data), out)
    return out.getvalue()


def parts(data: bytes) -> list[tuple[bytes, bytes]]:
    """Kinds and data of all chunks, by a walk of its own."""
    found, at = [], 8
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        found.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def saved(image: Image.Image, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, "png", **options)
    return out.getvalue()


def test_chunks_up_to_the_end_and_no_further():
    data = file(png.chunk(b"IDAT", b"x"), png.chunk(b"tEXt", b"a\x00b")) + b"trailing"
    found = list(png.chunks(open_asset(data)))
    assert [c.kind for c in found] == [b"IHDR", b"IDAT", b"tEXt", b"IEND"]
    assert data[found[2].span.start : found[2].span.end] == png.chunk(b"tEXt", b"a\x00b")


@pytest.mark.parametrize("size", [1, 100, 8192, 65536])
@pytest.mark.parametrize("count", [1, 2, 3, 128, 500])
@pytest.mark.parametrize("tail", [0, 1, 40])
def test_a_run_is_leapt_over_and_what_follows_is_not(size, count, tail):
    run = png.chunk(b"IDAT", bytes(size)) * count + png.chunk(b"IDAT", bytes(size // 2))
    after = [png.chunk(b"tEXt", b"k%d\x00" % i + bytes(size)) for i in range(tail)]
    asset = open_asset(file(png.chunk(b"tEXt", b"a\x00"), run, *after))
    found = list(png.chunks(asset))
    assert [c.kind for c in found if c.kind != b"IDAT"] == [
        b"IHDR",
        *[b"tEXt"] * (tail + 1),
        b"IEND",
    ]
    assert asset.reads <= 1 + 60 + 2 * tail
    data_chunks = [c for c in found if c.kind == b"IDAT"]
    assert data_chunks[-1].span.end == [c for c in found if c.kind != b"IDAT"][2].start


def test_frames_of_an_animation_are_not_confused():
    frame = png.chunk(b"fcTL", bytes(26)) + png.chunk(b"fdAT", bytes(9)) * 3
    assert kinds(file(png.chunk(b"IDAT", bytes(9)), *[frame] * 5)).count(b"fcTL") == 5


@pytest.mark.parametrize(
    ("data", "reason", "before"),
    [
        (file(end=b""), "cut short", 1),
        (file(png.chunk(b"tEXt", b"a\x00b"), end=b"")[:-1], "chunk tEXt at byte 33", 1),
        (file(png.chunk(b"tEXt", b"a\x00b"), end=b"\x00\x00"), "without IEND", 2),
        (file(b"\x00\x00\x00\x00\x01\x02\x03\x04xxxx"), "no chunk", 1),
        (file(b"\xff\xff\xff\xffIDAT"), "chunk IDAT at byte 33", 1),
        (png.SIGNATURE, "cut short", 0),
    ],
    ids=["no-end", "short-chunk", "half-header", "no-letters", "huge", "signature-only"],
)
def test_where_the_structure_breaks(data, reason, before):
    found = []
    with pytest.raises(Malformed, match=reason):
        found.extend(png.chunks(open_asset(data)))  # keeps what came before the error
    assert len(found) == before


def test_chunks_are_counted():
    with pytest.raises(LimitExceeded, match="more than 65536 chunks"):
        kinds(file(png.chunk(b"tIME", b"") * (png.MOST_CHUNKS + 1)))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ((b"tEXt", b"Title\x00a"), (b"Title", b"a", b"", False)),
        ((b"zTXt", b"Title\x00\x00" + zlib.compress(b"a")), (b"Title", b"a", b"", True)),
        (
            (b"iTXt", b"T\x00\x00\x00zh\x00\xe6\x00a\x00b"),
            (b"T", b"a\x00b", b"zh\x00\xe6\x00", False),
        ),
        (
            (b"iTXt", b"T\x00\x01\x00\x00\x00" + zlib.compress(b"a")),
            (b"T", b"a", b"\x00\x00", True),
        ),
    ],
)
def test_texts_are_decoded_and_made_again(body, expected):
    asset = open_asset(file(png.chunk(*body)))
    chunk = list(png.chunks(asset))[1]
    text = png.text(asset, chunk)
    assert text == (body[0], *expected)
    assert png.keyword(asset, chunk) == expected[0]
    again = png.text(
        open_asset(file(text.chunk(b"new"))), chunk._replace(length=len(text.chunk(b"new")) - 12)
    )
    assert again == text._replace(value=b"new")


@pytest.mark.parametrize(
    "body",
    [
        (b"tEXt", b"no separator"),
        (b"zTXt", b"T\x00\x00not deflate"),
        (b"iTXt", b"T\x00"),
        (b"iTXt", b"T\x00\x00\x00zh"),
        (b"iTXt", b"T\x00\x01\x00\x00\x00not deflate"),
    ],
)
def test_broken_texts_are_none(body):
    asset = open_asset(file(png.chunk(*body)))
    assert png.text(asset, list(png.chunks(asset))[1]) is None


def test_a_bomb_is_refused_or_glanced_at():
    bomb = png.chunk(b"zTXt", b"T\x00\x00" + zlib.compress(bytes(png.LARGEST_TEXT + 1)))
    asset = open_asset(file(bomb))
    chunk = list(png.chunks(asset))[1]
    with pytest.raises(LimitExceeded, match="8 MiB"):
        png.text(asset, chunk)
    assert len(png.text(asset, chunk, 1000).value) == 1000


def test_a_large_text_is_refused():
    asset = open_asset(file(png.chunk(b"tEXt", b"T\x00" + bytes(png.LARGEST_TEXT))))
    with pytest.raises(LimitExceeded, match="8 MiB"):
        png.text(asset, list(png.chunks(asset))[1])


def test_a_crc_is_checked_on_demand():
    good = file(png.chunk(b"tEXt", b"a\x00b"))
    bad = good.replace(b"a\x00b", b"a\x00c")
    assert [
        png.has_right_crc(asset, list(png.chunks(asset))[1])
        for asset in (open_asset(good), open_asset(bad))
    ] == [True, False]


def info_with_everything() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add(b"gAMA", (45455).to_bytes(4, "big"))
    info.add(b"cHRM", struct.pack(">8L", *CHROMATICITIES))
    info.add(b"tIME", bytes.fromhex("07e80a0b0c0d0e"))
    info.add_text("Title", "x")
    info.add_text("Title", "second")
    info.add_itxt("Comment", "说明", lang="zh", zip=True)
    info.add(b"prVt", b"private")
    info.add(b"laTe", b"behind the pixels", after_idat=True)
    return info


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "LA", "1"])
def test_a_graft_brings_back_every_chunk_on_its_side(mode):
    image = Image.radial_gradient("L").resize((64, 64)).convert(mode)
    source = saved(
        image,
        pnginfo=info_with_everything(),
        dpi=(300, 300),
        exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08" + bytes(6),
    )
    encoded = saved(
        image.transpose(Image.Transpose.ROTATE_180), dpi=(72, 72), pnginfo=second_info()
    )
    new = edited(png.grafted(open_asset(source), open_asset(encoded)), encoded)
    old_order = [p for p in parts(source) if p[0] != b"IDAT"]
    new_order = [p for p in parts(new) if p[0] != b"IDAT"]
    assert new_order == old_order
    with Image.open(io.BytesIO(new)) as grafted, Image.open(io.BytesIO(encoded)) as marked:
        assert grafted.tobytes() == marked.tobytes()
        assert grafted.text == Image.open(io.BytesIO(source)).text


def second_info() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Title", "the encoder's own")
    return info


def test_a_graft_leaves_behind_what_described_the_old_pixels():
    palette = Image.radial_gradient("L").resize((64, 64)).convert("P")
    info = PngImagePlugin.PngInfo()
    info.add(b"gAMA", (45455).to_bytes(4, "big"))
    source = saved(palette, transparency=3, pnginfo=info)
    stale = [
        png.chunk(b"bKGD", b"\x01"),
        png.chunk(b"hIST", bytes(512)),
        png.chunk(b"sBIT", b"\x08\x08\x08"),
        png.chunk(b"iDOT", bytes(28)),
        png.chunk(b"pHYs", bytes(9)),
    ]
    at = next(c.start for c in png.chunks(open_asset(source)) if c.kind == b"IDAT")
    source = source[:at] + b"".join(stale) + source[at:]
    encoded = saved(palette.convert("RGBA"))
    new = edited(png.grafted(open_asset(source), open_asset(encoded)), encoded)
    assert [kind for kind, _ in parts(new)] == [b"IHDR", b"gAMA", b"pHYs", b"IDAT", b"IEND"]
    same = edited(png.grafted(open_asset(source), open_asset(source)), source)
    assert {b"bKGD", b"hIST", b"sBIT", b"tRNS"} <= {kind for kind, _ in parts(same)}
    assert b"iDOT" in {kind for kind, _ in parts(same)}


def test_a_profile_for_grey_does_not_follow_into_colour():
    profile = png.chunk(b"iCCP", b"grey\x00\x00" + zlib.compress(b"profile"))
    grey = saved(Image.new("L", (8, 8)))
    grey = grey[:33] + profile + grey[33:]
    for mode, expected in (("RGB", 0), ("LA", 1)):
        encoded = saved(Image.new(mode, (8, 8)))
        new = edited(png.grafted(open_asset(grey), open_asset(encoded)), encoded)
        assert [kind for kind, _ in parts(new)].count(b"iCCP") == expected


@pytest.mark.parametrize("header", [png.chunk(b"CgBI", b"abcd"), png.chunk(b"IHDR", b"")])
def test_only_a_png_that_begins_with_its_header_is_grafted(header):
    with pytest.raises(Malformed, match="begins with IHDR"):
        png.grafted(open_asset(file(header=header)), open_asset(file()))


@pytest.mark.foreign("pngcheck")
@pytest.mark.parametrize("mode", ["RGB", "P", "L"])
def test_pngcheck_accepts_a_graft(mode, tmp_path):
    image = Image.radial_gradient("L").resize((64, 64)).convert(mode)
    info = info_with_everything()
    info.chunks = [c for c in info.chunks if c[0] not in (b"laTe", b"prVt")]
    source, encoded = saved(image, pnginfo=info, dpi=(300, 300)), saved(image)
    (tmp_path / "a.png").write_bytes(
        edited(png.grafted(open_asset(source), open_asset(encoded)), encoded)
    )
    done = subprocess.run(["pngcheck", tmp_path / "a.png"], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


@given(
    st.binary(max_size=80)
    | st.builds(lambda a, b: file(png.chunk(b"tEXt", a)) + b, st.binary(), st.binary())
)
def test_no_bytes_make_the_walk_raise_anything_else(body):
    asset = open_asset(png.SIGNATURE + body)
    try:
        for chunk in png.chunks(asset):
            if chunk.kind in png.TEXT_KINDS:
                png.text(asset, chunk)
        png.grafted(asset, asset)
    except AssetError:
        pass


def test_what_all_texts_unpack_to_is_bounded():
    text = png.chunk(b"zTXt", b"T\x00\x00" + zlib.compress(bytes(4 << 20)))
    asset = open_asset(file(text * 9))
    budget = png.Budget()
    found = [each for each in png.chunks(asset) if each.kind == b"zTXt"]
    for each in found[:8]:
        assert png.text(asset, each, budget=budget) is not None
    with pytest.raises(LimitExceeded, match="32 MiB"):
        png.text(asset, found[8], budget=budget)
    assert png.text(asset, found[8]) is not None
