"""Words on drawings of lines and shapes (GB 45438-2025 clause 5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.contract import Detector, Unseen
from aigc_label.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.model import FoundMark


def _look(asset: Asset) -> Iterator[FoundMark]:
    from aigc_label.detect.reading import drawing  # noqa: PLC0415 - its grammar is large

    try:
        yield from drawing.marks(asset)
    except AssetError as error:  # no browser shows such a drawing; its label was read all the same
        raise Unseen(error.reason) from None


DETECTOR = Detector(id="vector", formats=("svg",), look=_look)
