"""Speex and FLAC in Ogg: what differs from Vorbis and Opus is what stands before the list."""

from __future__ import annotations

import pytest

from aigc_label.asset import open_asset
from aigc_label.carriers import ogg_comments
from aigc_label.containers import ogg
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.formats.oggflac import FORMAT as FLAC
from aigc_label.formats.speex import FORMAT as SPEEX
from audio_samples import JSON, LABEL, OTHER, seen, written
from xiph_samples import listed, page

FIRST = b"\x7fFLAC\1\0\0\2fLaC\0\0\0\x22" + bytes(34)


def speex(*texts):
    first = page(b"Speex   " + bytes(72), flags=2)
    return first + page(listed(*texts), number=1) + page(b"sound", number=2)


def second(data):
    """The second packet of a file."""
    with open_asset(data) as asset:
        packet = ogg.packet(asset, ogg.link_at(asset, 0).streams[0].packets[0])
        return packet.read(0, packet.size)


def flac(*texts, kind=4, behind=b"", claimed=None):
    told = listed(*texts) + behind
    size = len(told) if claimed is None else claimed
    block = bytes([kind]) + size.to_bytes(3) + told
    return page(FIRST, flags=2) + page(block, number=1) + page(b"sound", number=2)


@pytest.mark.parametrize(("fmt", "make"), [(SPEEX, speex), (FLAC, flac)])
def test_one_comment_at_home(fmt, make):
    with open_asset(make("A=b")) as asset:
        assert (SPEEX.sniff(asset), FLAC.sniff(asset)) == (fmt is SPEEX, fmt is FLAC)
    made = written(fmt, make("A=b", f"AIGC={OTHER}", "C=d"))
    (found,) = seen(fmt, made)
    assert (found.carrier, found.home, found.fields) == (f"{fmt.id}.comment", True, LABEL.fields)
    assert made.endswith(page(b"sound", number=2))
    assert written(fmt, made) == made


def test_speex_gets_room():
    assert second(written(SPEEX, speex())) == listed(f"AIGC={JSON}") + bytes(ogg_comments.ROOM)


@pytest.mark.parametrize("kind", [4, 0x84])
@pytest.mark.parametrize("behind", [b"", bytes(3)])
def test_the_block_of_flac_is_as_long_as_its_list(kind, behind):
    wanted = second(flac("A=b", f"AIGC={JSON}", kind=kind, behind=behind))
    for before in (("A=b",), ("A=b", f"AIGC={OTHER}"), ("A=b", f"AIGC={JSON}", f"AIGC={OTHER}")):
        assert second(written(FLAC, flac(*before, kind=kind, behind=behind))) == wanted


@pytest.mark.parametrize("bad", [{"kind": 1}, {"claimed": 3}, {"claimed": 9999}])
def test_another_block_is_no_list(bad):
    with pytest.raises(Malformed, match="no block of comments"):
        seen(FLAC, flac("A=b", **bad))


def test_a_block_over_its_limit_is_refused():
    told = listed("A=" + "x" * ((1 << 24) - 200))
    packet = b"\4" + len(told).to_bytes(3) + told
    table = b"\xff" * 255
    pages = [
        page(packet[at : at + 65025], number=n, flags=n > 1, table=table, position=(1 << 64) - 1)
        for n, at in enumerate(range(0, len(packet) - 65025, 65025), 1)
    ]
    rest = packet[65025 * len(pages) :]
    data = page(FIRST, flags=2) + b"".join(pages) + page(rest, number=len(pages) + 1, flags=1)
    with pytest.raises(CannotCarry, match="16 MiB"):
        written(FLAC, data + page(b"sound", number=len(pages) + 2))
