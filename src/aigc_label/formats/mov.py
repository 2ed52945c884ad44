"""QuickTime film: the label as key ``AIGC`` in ``moov/udta/meta``, as the guide has it for MOV."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.carriers import mp4_metadata
from aigc_label.containers.bmff.brands import kin
from aigc_label.contract import Format
from aigc_label.model import Medium

if TYPE_CHECKING:
    from aigc_label.asset import Asset


def sniff(asset: Asset) -> bool:
    """Whether the brand is QuickTime's; without any, whether the header has QuickTime's marks."""
    return kin(asset) == "mov"


FORMAT = Format(
    id="mov",
    medium=Medium.VIDEO,
    extensions=(".mov", ".qt"),
    media_types=("video/quicktime",),
    homes=("mov.keys",),
    source="TC260-PG-20257A 6.1.1",
    sniff=sniff,
    read=partial(mp4_metadata.read, prefix="mov"),
    plan=mp4_metadata.plan,
    graft=mp4_metadata.graft,
    essence=essences.later("films", "mp4"),
)
