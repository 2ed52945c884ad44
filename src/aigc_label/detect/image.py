"""Words on pictures (GB 45438-2025 clause 5.2), by optical character recognition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import wording
from aigc_label.contract import Detector, Unseen
from aigc_label.errors import LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.model import FoundMark


def _look(asset: Asset) -> Iterator[FoundMark]:
    from aigc_label.detect.sight import ocr  # noqa: PLC0415 - heavy, and an extra

    ocr.require()
    from aigc_label.detect.sight import decoding, looking  # noqa: PLC0415 - as above

    try:
        seen = decoding.decoded(asset)
    except LimitExceeded as error:  # a telephone takes 200 million pixels; the labels were read
        raise Unseen(f"{error.reason}; look at it") from None
    for mark in looking.marks(seen):
        if not wording.denies(mark.text):  # such words tell people the contrary
            yield mark


DETECTOR = Detector(
    id="image",
    formats=("png", "jpeg", "webp", "gif", "tiff", "bmp", "avif", "heif"),
    look=_look,
    is_slow=True,
)
