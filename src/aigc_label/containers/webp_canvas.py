"""The size and features of a WebP image (RFC 9649), from ``VP8X`` or from the bit stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.errors import Malformed

if TYPE_CHECKING:
    from collections.abc import Sequence

ALPHA = 0x10
PICTURE = ALPHA | 0x02
"""The flags of ``VP8X`` that the picture itself sets: transparency and animation."""

METADATA = {b"ICCP": 0x20, b"EXIF": 0x08, b"XMP ": 0x04}
"""The flags of ``VP8X``, by the chunk that each announces."""

IMAGE = (b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF")
"""The chunks that hold the picture itself."""

BEFORE_XMP = (*IMAGE, b"VP8X", b"ICCP", b"EXIF")
ORDER = {b"ICCP": 0, b"EXIF": 1, b"XMP ": 2}
"""RFC 9649 2.7: the profile stands before the picture, the others behind it, then unknown ones."""


def features(ids: Sequence[bytes], head: bytes) -> tuple[int, bytes]:
    """The flags that ``VP8X`` has or would have, and its six bytes of canvas size.

    Args:
        ids: of the file's chunks.
        head: the first ten bytes of the first one's body.

    Raises:
        Malformed: if the first chunk is no image, or its header is broken or elsewhere; if there
            are two images, of which viewers see the first until a ``VP8X`` stands before them.
    """
    chunk = ids[0]
    if sum(name in (b"VP8 ", b"VP8L") for name in ids) > 1:
        raise Malformed("two images stand in one file", offset=12)
    if b"VP8X" in ids[1:]:
        raise Malformed("the VP8X header does not stand first", offset=12)
    if chunk == b"VP8X" and len(head) >= 10:
        return head[0], head[4:10]
    if chunk == b"VP8 " and head[3:6] == b"\x9d\x01\x2a" and len(head) >= 10:
        sides = [int.from_bytes(head[at : at + 2], "little") & 0x3FFF for at in (6, 8)]
        if all(sides):
            return 0, b"".join((side - 1).to_bytes(3, "little") for side in sides)
    if chunk == b"VP8L" and head[:1] == b"\x2f" and len(head) >= 5:
        bits = int.from_bytes(head[1:5], "little")
        less_one = (bits & 0x3FFF, bits >> 14 & 0x3FFF)
        return ALPHA * (bits >> 28 & 1), b"".join(side.to_bytes(3, "little") for side in less_one)
    raise Malformed("no WebP image stands where the first chunk should be", offset=12)


def extended(flags: int, canvas: bytes) -> bytes:
    """The body of a ``VP8X`` chunk."""
    return bytes((flags, 0, 0, 0)) + canvas
