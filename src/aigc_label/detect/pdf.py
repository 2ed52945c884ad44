"""Words on the pages of a PDF (GB 45438-2025 clause 5.1): their text, else what they look like.

Where the first page shows no words that can be read, or little but a picture, it is rendered and
looked at as a picture is, which takes the packages of the extra ``ocr``.
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


def _seen(asset: Asset, *, first: bool = False) -> list[Looked]:
    from aigc_label.detect.reading import pages  # noqa: PLC0415 - large, as is what it needs

    try:
        return pages.looked_at(asset, first=first)
    except AssetError as error:
        raise Unseen(error.reason) from None


def _look(asset: Asset) -> Iterator[FoundMark]:
    from aigc_label.detect.reading import pages  # noqa: PLC0415 - as above

    yield from pages.marks(_seen(asset))


def _look_at_pictures(asset: Asset) -> Iterator[FoundMark]:
    """The marks on the first page as a picture, if its text has none and is not all there is."""
    from aigc_label.detect.reading import pages  # noqa: PLC0415 - as above

    first = next(iter(_seen(asset, first=True)), None)
    if first is None or not (first.wordless or first.pictured >= _PICTURED):
        return
    if any(pages.marks(_seen(asset))):
        return
    from aigc_label.detect.sight import ocr  # noqa: PLC0415 - heavy, and an extra

    ocr.require()
    from aigc_label.detect.sight import looking, rendering  # noqa: PLC0415 - as above

    yield from looking.marks(rendering.first_page(asset))


TEXT = Detector(id="pdf-text", formats=("pdf",), look=_look)
PICTURES = Detector(id="pdf-pictures", formats=("pdf",), look=_look_at_pictures, is_slow=True)
