"""Which formats hold content credentials, and what c2pa calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.containers.bmff import MOST_BOXES, boxes
from aigc_label.errors import AssetError

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.contract import Format

NAMES = {
    "avi": "avi",
    "avif": "avif",
    "docx": "docx",
    "epub": "epub",
    "flac": "flac",
    "gif": "gif",
    "heif": "heic",
    "jpeg": "jpg",
    "jxl": "jxl",
    "m4a": "m4a",
    "mov": "mov",
    "mp3": "mp3",
    "mp4": "mp4",
    "odp": "odp",
    "ods": "ods",
    "odt": "odt",
    "pdf": "pdf",
    "png": "png",
    "pptx": "pptx",
    "svg": "svg",
    "tiff": "tif",
    "wav": "wav",
    "webp": "webp",
    "xlsx": "xlsx",
}
"""By id of the format: c2pa's name for it. Credentials of all others stand beside the file."""

ANY = "application/octet-stream"
"""What c2pa calls a file that it hashes as it is, for credentials that stand beside it."""

ARCHIVES = frozenset(("docx", "epub", "odp", "ods", "odt", "pptx", "xlsx"))
"""Formats that c2pa signs only where every part is stored uncompressed."""

_FILMS = frozenset(("m4a", "mov", "mp4"))
_WORTH_A_TREE = 128 << 20
_LEAF = 4096  # KiB; a gigabyte then takes 8 kB of hashes


def tree(asset: Asset, fmt: Format) -> dict[str, object]:
    """The settings by which c2pa hashes a long film piece by piece.

    Hashed at a stroke, a film of 1 GB takes 0.5 GB of memory in signing and in validating; by
    pieces of 4 MiB it takes 60 MB. Only where one box holds all samples: the trees of several are
    signed, and then do not validate (c2pa-rs 0.91.3). And only where it pays, as implementations
    differ about where in the box the first piece begins.
    """
    if fmt.id not in _FILMS or asset.size < _WORTH_A_TREE:
        return {}
    try:
        media = sum(box.type == b"mdat" for box in boxes(asset, 0, asset.size, most=MOST_BOXES))
    except AssetError:
        return {}
    if media != 1:
        return {}
    return {"merkle_tree_chunk_size_in_kb": _LEAF, "merkle_tree_max_proofs": 0}
