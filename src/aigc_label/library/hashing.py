"""All bytes of a file as one number."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_label.asset import Asset

_PIECE = 1 << 20


def hashed(asset: Asset) -> bytes:
    """SHA-256 of all bytes."""
    if asset.size <= len(asset.head):
        return hashlib.sha256(asset.head).digest()
    state = hashlib.sha256()
    for at in range(0, asset.size, _PIECE):
        state.update(asset.read(at, min(_PIECE, asset.size - at)))
    return state.digest()
