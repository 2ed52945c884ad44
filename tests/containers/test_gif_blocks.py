"""GIF blocks: every kind, odd sub-blocks, large windows, bounds."""

from __future__ import annotations

import io
import itertools
import time

import pytest
from PIL import Image

from aigc_label.asset import open_asset
from aigc_label.containers import gif
from aigc_label.errors import LimitExceeded, Malformed

HEAD = b"GIF89a\x02\x00\x02\x00\x80\x00\x00" + bytes(6)
PICTURE = b",\x00\x00\x00\x00\x02\x00\x02\x00\x00\x02"
FULL = b"\xff" + b"\xff" * 255
MAGIC = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"


def walked(data):
    with open_asset(data) as asset:
        return list(gif.blocks(asset))


def kinds(data):
    return [block.kind for block in walked(data)]


def saved(**options):
    frames = [Image.effect_noise((160, 90), 80).rotate(9 * n) for n in range(4)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], **options)
    return out.getvalue()


def test_an_animation_is_walked_to_its_trailer():
    data = saved(duration=40, loop=0, comment=b"c" * 700)
    found = walked(data)
    pair = [gif.CONTROL, gif.IMAGE]
    assert [b.kind for b in found if b.kind not in (gif.APPLICATION, gif.COMMENT)] == (
        pair * 4 + [gif.TRAILER]
    )
    assert found[-1].end == len(data)
    assert all(one.end == after.start for one, after in itertools.pairwise(found))
    (loop,) = [b for b in found if b.application]
    assert loop.application == b"NETSCAPE2.0"
    (comment,) = [b for b in found if b.kind == gif.COMMENT]
    with open_asset(data) as asset:
        assert gif.data(asset, comment) == b"c" * 700


@pytest.mark.parametrize("runs", [0, 1, 63, 64, 255, 256, 257, 9000])
@pytest.mark.parametrize("shift", [0, 1, 100, 254])
def test_runs_of_full_sub_blocks_across_windows(runs, shift):
    """Windows end anywhere in a sub-block; data that looks like lengths deceives nobody."""
    pad = b"!\xfe" + (bytes([shift]) + b"\xff" * shift if shift else b"") + b"\x00"
    data = HEAD + pad + PICTURE + FULL * runs + b"\x03abc\x00" + b"!\xfe\x02hi\x00;"
    *_, picture, comment, trailer = walked(data)
    assert data[picture.start : picture.start + 1] == b","
    assert data[comment.start : comment.end] == b"!\xfe\x02hi\x00"
    assert trailer.end == len(data)


def test_payload_is_read_in_few_pieces():
    data = HEAD + PICTURE + FULL * 32_768 + b"\x00;" + bytes(1 << 20)
    with open_asset(data) as asset:
        assert [block.kind for block in gif.blocks(asset)] == [gif.IMAGE, gif.TRAILER]
        assert asset.reads <= 16
        assert asset.bytes_read <= 10 << 20


def test_a_long_animation_is_walked_fast():
    data = HEAD + (PICTURE + FULL * 400 + b"\x50" + bytes(80) + b"\x00") * 300 + b";"
    began = time.process_time()
    assert len(walked(data)) == 301
    assert time.process_time() - began < 1, "30 MB take some 20 ms"


def test_colour_tables_are_stepped_over():
    local = b",\x00\x00\x00\x00\x02\x00\x02\x00\x87" + b";" * 768 + b"\x02\x01\x00\x00"
    assert kinds(b"GIF87a" + HEAD[6:] + local + b";") == [gif.IMAGE, gif.TRAILER]
    assert kinds(b"GIF89a\x02\x00\x02\x00\x00\x00\x00;") == [gif.TRAILER]


@pytest.mark.parametrize("kind", [gif.PLAIN_TEXT, gif.CONTROL, gif.COMMENT, 0x77])
def test_extensions_of_any_kind(kind):
    data = HEAD + bytes((0x21, kind)) + b"\x04abcd\x02ef\x00;"
    assert kinds(data) == [kind, gif.TRAILER]
    with open_asset(data) as asset:
        assert gif.data(asset, walked(data)[0]) == b"abcdef"


def test_an_identifier_of_another_length_names_nothing():
    (block, _) = walked(HEAD + b"!\xff\x05short\x01x\x00;")
    assert block.application == b""


@pytest.mark.parametrize(
    "trailer", [MAGIC, MAGIC[1:]], ids=["magic", "magic without its first byte"]
)
def test_a_packet_stands_as_it_is(trailer):
    packet = "<x:xmpmeta>灯塔</x:xmpmeta>".encode() * 40
    data = HEAD + b"!\xff\x0bXMP DataXMP" + packet + trailer + b"!\xfe\x01!\x00;"
    block, comment, _ = walked(data)
    assert comment.kind == gif.COMMENT
    with open_asset(data) as asset:
        assert gif.packet(asset, block) == packet


@pytest.mark.parametrize("length", range(1, 300, 7))
def test_a_packet_of_any_length_is_stepped_over(length):
    packet = bytes(0x20 + n * 7 % 0xD0 for n in range(length))
    extension = gif.xmp_extension(packet)
    assert extension.endswith(MAGIC)
    block, trailer = walked(HEAD + extension + b";")
    assert (block.application, block.end, trailer.kind) == (gif.XMP, trailer.start, gif.TRAILER)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (HEAD[:9], "cut short"),
        (HEAD, "without its trailer"),
        (HEAD + PICTURE[:4], "cut short"),
        (HEAD + PICTURE + b"\xff\x00;", "cut short"),
        (HEAD + b"!", "cut short"),
        (HEAD + b"!\xff\x0bXMP", "cut short"),
        (HEAD + b"\x00;", "no block where one should be"),
    ],
)
def test_what_is_broken_is_said(data, words):
    with pytest.raises(Malformed, match=words):
        walked(data)


def test_bounds(monkeypatch):
    comments = HEAD + b"!\xfe\x01a\x01b\x00" * 9 + b";"
    monkeypatch.setattr(gif, "MOST_BLOCKS", 9)
    with pytest.raises(LimitExceeded, match="9 blocks"):
        walked(comments)
    monkeypatch.setattr(gif, "MOST_BLOCKS", 99)
    monkeypatch.setattr(gif, "MOST_STEPS", 17)
    with pytest.raises(LimitExceeded, match="17 short sub-blocks"):
        walked(comments)
    monkeypatch.setattr(gif, "MOST_WALKED", 1 << 20)
    with pytest.raises(LimitExceeded, match="1 MiB; make it a film"):
        walked(HEAD + PICTURE + FULL * 9000 + b"\x00;")
    monkeypatch.setattr(gif, "LARGEST_DATA", 100)
    data = HEAD + gif.xmp_extension(b"<" * 200) + b";"
    with open_asset(data) as asset, pytest.raises(LimitExceeded, match="an XMP packet of"):
        gif.packet(asset, walked(data)[0])
