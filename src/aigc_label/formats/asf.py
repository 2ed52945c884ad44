"""ASF, as WMA and WMV: the label in XMP, as the guides ask for in formats they do not name.

What reads ASF is loaded when a file begins like it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.contract import Format
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.edits import EditPlan
    from aigc_label.model import ImplicitLabel, Observation

_BEGINNING = b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"


def _sniff(asset: Asset, *, pictures: bool) -> bool:
    if not asset.head.startswith(_BEGINNING):
        return False
    from aigc_label.containers import asf  # noqa: PLC0415 - see above

    return asf.is_header(asset.head) and asf.has_pictures(asset) is pictures


def _read(asset: Asset, *, prefix: str) -> Iterator[Observation]:
    from aigc_label.carriers import asf_xmp  # noqa: PLC0415 - see above

    return asf_xmp.observe(asset, prefix=prefix)


def _plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    from aigc_label.carriers import asf_xmp  # noqa: PLC0415 - see above

    return asf_xmp.plan(asset, label)


WMA = Format(
    id="wma",
    medium=Medium.AUDIO,
    extensions=(".wma",),
    media_types=("audio/x-ms-wma",),
    homes=("wma.xmp",),
    source="TC260-PG-202510A: XMP in other audio formats; an XMP object (XMP specification part 3)",
    sniff=partial(_sniff, pictures=False),
    read=partial(_read, prefix="wma"),
    plan=_plan,
    essence=essences.later("films", "asf"),
)
WMV = Format(
    id="wmv",
    medium=Medium.VIDEO,
    extensions=(".wmv", ".asf"),
    media_types=("video/x-ms-wmv", "video/x-ms-asf", "application/vnd.ms-asf"),
    homes=("wmv.xmp",),
    source="TC260-PG-20257A: XMP in other video formats; an XMP object (XMP specification part 3)",
    sniff=partial(_sniff, pictures=True),
    read=partial(_read, prefix="wmv"),
    plan=_plan,
    essence=essences.later("films", "asf"),
)
