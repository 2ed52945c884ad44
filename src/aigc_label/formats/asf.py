"""ASF, as WMA and WMV: the label in XMP, as the guides ask for in formats they do not name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aigc_label.carriers import asf_xmp
from aigc_label.containers import asf
from aigc_label.contract import Format
from aigc_label.model import Medium

if TYPE_CHECKING:
    from aigc_label.asset import Asset


def _sniff(asset: Asset, *, pictures: bool) -> bool:
    return asf.is_header(asset.head) and asf.has_pictures(asset) is pictures


WMA = Format(
    id="wma",
    medium=Medium.AUDIO,
    extensions=(".wma",),
    media_types=("audio/x-ms-wma",),
    homes=("wma.xmp",),
    source="TC260-PG-202510A: XMP in other audio formats; an XMP object (XMP specification part 3)",
    sniff=partial(_sniff, pictures=False),
    read=partial(asf_xmp.observe, prefix="wma"),
    plan=asf_xmp.plan,
)
WMV = Format(
    id="wmv",
    medium=Medium.VIDEO,
    extensions=(".wmv", ".asf"),
    media_types=("video/x-ms-wmv", "video/x-ms-asf", "application/vnd.ms-asf"),
    homes=("wmv.xmp",),
    source="TC260-PG-20257A: XMP in other video formats; an XMP object (XMP specification part 3)",
    sniff=partial(_sniff, pictures=True),
    read=partial(asf_xmp.observe, prefix="wmv"),
    plan=asf_xmp.plan,
)
