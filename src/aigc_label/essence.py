"""The digest of a file's essence: of the content itself, whatever stands in its metadata.

Two files with the same essence show or play the same, although one bears a label and the other
does not. The selection of bytes is ours: the guide's own (TC260-PG-202511A, annex A.2) is not
published in a form that could be reproduced.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.contract import Format

_PIECE = 1 << 20


def digest(asset: Asset, fmt: Format, algorithm: str = "sha256") -> bytes | None:
    """Hash the essence of an asset; ``None`` where the format does not tell it from the rest.

    Args:
        asset: the file.
        fmt: its format.
        algorithm: a name that :func:`hashlib.new` knows.

    Raises:
        Malformed: the structure breaks before the essence's end.
        OSError: unwrapped.
    """
    if fmt.essence is None:
        return None
    state = hashlib.new(algorithm)
    for span in fmt.essence(asset):
        at = span.start
        while at < span.end:
            count = min(_PIECE, span.end - at)
            state.update(asset.read(at, count))
            at += count
    return state.digest()
