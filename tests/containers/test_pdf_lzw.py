"""LZW against the packer of libtiff, and what is damaged."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image

from aigc_label.containers.pdf import lzw
from aigc_label.errors import Malformed


def packed(raw: bytes) -> bytes:
    out = io.BytesIO()
    Image.frombytes("L", (len(raw), 1), raw).save(out, "TIFF", compression="tiff_lzw")
    with Image.open(out) as tiff:
        (at,), (size,) = tiff.tag_v2[273], tiff.tag_v2[279]
    return out.getvalue()[at : at + size]


@pytest.mark.parametrize(
    "raw",
    [
        b"a",
        b"a" * 5000,  # codes that name what is being made
        b"abcabcabcabc" * 900,
        random.Random(1).randbytes(30_000),  # the table is cleared several times
    ],
)
def test_what_libtiff_packs(raw):
    assert lzw.unpacked(packed(raw), 1 << 20) == raw
    assert lzw.unpacked(packed(raw), 7) == raw[:7]


def test_codes_that_grow_late():
    """Nine bits each: clear, A, B, the end."""
    bits = "".join(f"{code:09b}" for code in (256, 65, 66, 257))
    data = int(bits.ljust(40, "0"), 2).to_bytes(5)
    assert lzw.unpacked(data, 99, early=False) == b"AB"


def test_a_stream_that_is_damaged_or_has_no_end():
    whole = packed(b"abcabcabc" * 200)
    assert (b"abcabcabc" * 200).startswith(lzw.unpacked(whole[: len(whole) // 2], 9999))
    far = "".join(f"{code:09b}" for code in (256, 65, 400))
    assert lzw.unpacked(int(far.ljust(32, "0"), 2).to_bytes(4), 99) == b"A"
    with pytest.raises(Malformed):
        lzw.unpacked(b"", 99)
    nothing = "".join(f"{code:09b}" for code in (256, 300))
    with pytest.raises(Malformed):
        lzw.unpacked(int(nothing.ljust(24, "0"), 2).to_bytes(3), 99)
