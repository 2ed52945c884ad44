"""Words on the pages of a PDF (GB 45438-2025 clause 5.1): their text, else what they look like.

Where the first or the last page shows no words that can be read, little but a picture, or outlines
that may be words, both are rendered and looked at as pictures are, which takes the packages of the
extra ``ocr``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.contract import Detector, Unseen
from aigc_label.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.detect.reading.pages import Looked
    from aigc_label.model import FoundMark

_PICTURED = 0.5


def _seen(asset: Asset, *, ends: bool = False) -> list[Looked]:
    from aigc_label.detect.reading import pages  # noqa: PLC0415 - large, as is what it needs

    try:
        return pages.looked_at(asset, ends=ends)
    except AssetError as error:
        raise Unseen(error.reason) from None


def _is_picture(page: Looked) -> bool:
    """Whether what a page shows is not told by its text."""
    return page.wordless or page.pictured >= _PICTURED or page.lettered


def _tells_by_pictures(seen: list[Looked]) -> bool:
    """Whether the first or the last page may say in pictures what their text does not."""
    return bool(seen) and (_is_picture(seen[0]) or _is_picture(seen[-1]))


def _look(asset: Asset) -> Iterator[FoundMark]:
    from aigc_label.detect.reading import pages  # noqa: PLC0415 - as above

    seen = _seen(asset)
    found = list(pages.marks(seen))
    if not found and _tells_by_pictures(seen):
        raise Unseen(
            "the first or the last page has pictures, or words that cannot be read as text"
        )
    yield from found


def _look_at_pictures(asset: Asset) -> Iterator[FoundMark]:
    """The marks on the first or last page as a picture, where text has none and is not all."""
    from aigc_label.detect.reading import pages  # noqa: PLC0415 - as above

    if not _tells_by_pictures(_seen(asset, ends=True)):
        return
    if any(pages.marks(_seen(asset))):
        return
    from aigc_label.detect.sight import ocr  # noqa: PLC0415 - heavy, and an extra

    ocr.require()
    from aigc_label.detect.sight import looking, rendering  # noqa: PLC0415 - as above

    try:
        for page in rendering.ends(asset):
            found = list(looking.marks(page))
            yield from found
            if found:
                return
    except AssetError as error:
        raise Unseen(error.reason) from None


TEXT = Detector(id="pdf-text", formats=("pdf",), look=_look)
PICTURES = Detector(id="pdf-pictures", formats=("pdf",), look=_look_at_pictures, is_slow=True)
