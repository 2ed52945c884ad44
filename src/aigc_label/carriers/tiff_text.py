"""The label in the text tags of a TIFF file, where it does not belong.

A TIFF file is an EXIF block with a picture in it, too large to be handed around as one. Each text
is put into a block of its own instead, and :mod:`aigc_label.carriers.exif` reads that.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from aigc_label.carriers import exif

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.model import Observation

USER_COMMENT = 0x9286
TAGS = frozenset(
    (0x010D, 0x010E, 0x010F, 0x0110, 0x0131, 0x013B, 0x8298, 0x9C9B, 0x9C9C, 0x9C9E, 0x9C9F)
)
"""Document name, description, maker, model, software, artist, copyright, and Windows' own four."""

LARGEST = 256 << 10
"""Bytes of a text that is looked at. Microscopes write megabytes of XML, which hold no label."""

_EXIF = 0x8769
_BYTE, _ASCII, _LONG, _UNDEFINED = 1, 2, 4, 7


def observe(
    tag: int, kind: int, value: bytes, *, carrier: str, offset: int | None
) -> Iterator[Observation]:
    """Yield the label or a vendor's trace in the value of one text tag. Never raises."""
    block, _ = _block(tag, kind, value)
    yield from exif.observe(block, carrier=carrier, home=False, offset=offset)


def blanked(tag: int, kind: int, value: bytes) -> bytes | None:
    """The value with its label overwritten by spaces, same size; ``None`` if it holds none."""
    block, start = _block(tag, kind, value)
    new = exif.blanked(block)
    return new[start : start + len(value)] if new else None


def _block(tag: int, kind: int, value: bytes) -> tuple[bytes, int]:
    """An EXIF block of one text, and where that stands in it."""
    value = value.ljust(5, b"\x00")  # or it would have to stand within its entry
    kind = kind if kind in (_BYTE, _ASCII, _UNDEFINED) else _ASCII
    head = b"MM\x00*" + struct.pack(">L", 8)
    if tag == USER_COMMENT:
        head += struct.pack(">HHHLLL", 1, _EXIF, _LONG, 1, 26, 0)
    start = len(head) + 18
    return head + struct.pack(">HHHLLL", 1, tag, kind, len(value), start, 0) + value, start
