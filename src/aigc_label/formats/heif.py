"""HEIF and HEIC, pictures and image sequences: the label in the XMP of the primary item."""

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
    """Whether the brands are a picture's, coded by HEVC or anything but AV1."""
    return kin(asset) == "heif"


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The edits that make ``label`` the only one; no picture is read, and few bytes move.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    from aigc_label.carriers import heif_edits  # noqa: PLC0415 - reading edits nothing

    return heif_edits.plan(asset, label)


FORMAT = Format(
    id="heif",
    medium=Medium.IMAGE,
    extensions=(".heic", ".heif", ".hif", ".heics", ".heifs", ".avci"),
    media_types=("image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence"),
    homes=("heif.xmp",),
    source="TC260-PG-20259A: XMP as ISO/IEC 23008-12 places it (mime item application/rdf+xml)",
    sniff=sniff,
    read=partial(heif_items.read, prefix="heif"),
    plan=plan,
    essence=essences.later("pictures", "heif"),
)
