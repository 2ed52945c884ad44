"""Whether a document shows pictures and hardly any text: then its marks may be in the pictures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_label.containers import archive

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.containers.archive import Member

FEW = 200
"""Characters of text, below which a document with pictures is one of pictures."""

_TEXTS = re.compile(
    r"(?:word/document|ppt/slides/slide\d+|content)\.xml\Z|.*\.x?html?\Z", re.IGNORECASE
)
_PICTURES = re.compile(  # but for the thumbnail of the document
    r"(?!docProps/|Thumbnails/).*\.(?:png|jpe?g|gif|bmp|tiff?|webp|emf|wmf|svg)\Z", re.IGNORECASE
)
_LEAST = 4096  # bytes of a picture that is more than a bullet
_MOST = 64  # parts of text that are looked through
_LARGEST = 4 << 20
_SAID = rb"<(?:w:t|a:t)(?:\s[^<>]*)?>([^<]+)<"
_TAG = rb"<(?:style|script|title)\b.*?</(?:style|script|title)>|<[^<>]*>"


def is_of_pictures(asset: Asset) -> bool:
    """Whether a packed document has pictures and fewer characters than :data:`FEW`.

    Raises:
        CannotCarry, LimitExceeded, Malformed: it cannot be read.
    """
    members = archive.directory(asset).members
    if not any(_PICTURES.match(one.name) and one.size >= _LEAST for one in members):
        return False
    said = 0
    for member in [one for one in members if _TEXTS.match(one.name)][:_MOST]:
        said += _length(asset, member)
        if said >= FEW:
            return False
    return True


def _length(asset: Asset, member: Member) -> int:
    """The characters that a part says; very many for one that is too large to be looked through."""
    if member.size > _LARGEST:
        return FEW
    data = archive.content(asset, member, _LARGEST)
    pieces = re.findall(_SAID, data)
    if not pieces:
        pieces = [re.sub(_TAG, b" ", data, flags=re.DOTALL)]
    return sum(len("".join(one.decode("utf-8", "replace").split())) for one in pieces)
