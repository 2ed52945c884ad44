"""What tells packages apart that name their own kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.containers import archive
from aigc_label.errors import AssetError

if TYPE_CHECKING:
    from aigc_label.asset import Asset

_FIRST = 1024  # bytes within which a first member of that name ends
_LONGEST = 256
OFFICE = ("[Content_Types].xml", "_rels/", "docProps/", "word/", "xl/", "ppt/")
"""What the names in packages of Office begin with, which name no kind."""


def media_type(asset: Asset) -> str:
    """What the member ``mimetype`` says, ``""`` if there is none. Only storage may fail.

    ODF and EPUB ask for it as the first member, stored; some writers know no better.
    """
    name, content = archive.first(asset.peek(0, _FIRST), "mimetype")
    if name != "mimetype":
        if not name or name.startswith(OFFICE):
            return ""
        try:
            member = archive.directory(asset).find("mimetype")
            content = archive.content(asset, member, _LONGEST) if member else b""
        except AssetError:
            return ""
    return content[:_LONGEST].decode("utf-8-sig", "replace").strip()
