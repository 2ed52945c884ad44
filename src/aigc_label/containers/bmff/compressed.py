"""QuickTime's compressed header: a ``moov`` in a ``cmov`` in a ``moov``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.asset import Asset, open_asset
from aigc_label.containers.bmff import children, field, find
from aigc_label.errors import LimitExceeded, Malformed

if TYPE_CHECKING:
    from aigc_label.containers.bmff import Box

LARGEST = 8 << 20
"""Bytes of a header that are looked at; an hour of film has a few hundred thousand."""


def inflated(asset: Asset, cmov: Box) -> Asset:
    """A file of the header alone, as it was before it was compressed.

    Raises:
        Malformed: it is not compressed as it says, or by a method that nobody documented.
        LimitExceeded: it is larger than :data:`LARGEST`, before or after.
    """
    inner = children(asset, cmov)
    method, packed = find(inner, b"dcom"), find(inner, b"cmvd")
    if method is None or packed is None or field(asset, method, 0, 4) != b"zlib":
        raise Malformed("its compressed header (cmov) cannot be read", offset=cmov.start)
    length = packed.end - packed.body - 4
    if length > LARGEST:
        raise LimitExceeded(f"a compressed header of {length} bytes", offset=cmov.start)
    import zlib  # noqa: PLC0415 - hardly any file needs it

    try:
        data = zlib.decompressobj().decompress(field(asset, packed, 4, length), LARGEST + 1)
    except zlib.error as error:
        raise Malformed(
            "its compressed header (cmov) does not unpack", offset=cmov.start
        ) from error
    if len(data) > LARGEST:
        raise LimitExceeded("its compressed header (cmov) is too large", offset=cmov.start)
    return open_asset(data, name=asset.name)
