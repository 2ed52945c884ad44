"""AVIF, pictures and image sequences: the label in the XMP of the primary item, as in HEIF.

The text of the guide about AVIF is not known; Tencent Cloud reads AVIF, and its kin HEIF has this
place in TC260-PG-20259A.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.carriers import heif_items
from aigc_label.containers.bmff.brands import kin
from aigc_label.contract import Format
from aigc_label.model import Medium

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.edits import EditPlan
    from aigc_label.model import ImplicitLabel


def sniff(asset: Asset) -> bool:
    """Whether the brands are a picture's, coded by AV1."""
    return kin(asset) == "avif"


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The edits that make ``label`` the only one; no picture is read, and few bytes move.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    from aigc_label.carriers import heif_edits  # noqa: PLC0415 - reading edits nothing

    return heif_edits.plan(asset, label)


FORMAT = Format(
    id="avif",
    medium=Medium.IMAGE,
    extensions=(".avif", ".avifs"),
    media_types=("image/avif", "image/avif-sequence"),
    homes=("avif.xmp",),
    source="as HEIF in TC260-PG-20259A; its text on AVIF is not known (medium confidence)",
    sniff=sniff,
    read=partial(heif_items.read, prefix="avif"),
    plan=plan,
    essence=essences.later("pictures", "heif"),
)
