"""MP4 video and its kin M4V, 3GP and 3G2: the label as key ``AIGC`` in ``moov/udta/meta``.

The guide is TC260-PG-20257A 6.1.1. A file whose header stands first keeps it there. Media is
copied, never read.
"""

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

plan, graft = mp4_metadata.plan, mp4_metadata.graft
read = partial(mp4_metadata.read, prefix="mp4")


def sniff(asset: Asset) -> bool:
    """Whether the brands are MP4's; without any, whether a header without QuickTime's marks."""
    return kin(asset) == "mp4"


FORMAT = Format(
    id="mp4",
    medium=Medium.VIDEO,
    extensions=(".mp4", ".m4v", ".3gp", ".3g2", ".f4v"),
    media_types=("video/mp4", "video/3gpp", "video/3gpp2"),
    homes=("mp4.keys",),
    source="TC260-PG-20257A 6.1.1",
    sniff=sniff,
    read=read,
    plan=plan,
    graft=graft,
    essence=essences.later("films", "mp4"),
)
