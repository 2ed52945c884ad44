"""M4A sound (AAC, ALAC) and audio books: the label as key ``AIGC`` in ``moov/udta/meta``.

The guide is TC260-PG-202510A Annex E. iTunes tags, cover and chapters stand beside it, untouched.
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


def sniff(asset: Asset) -> bool:
    """Whether the brand is one of those for sound alone."""
    return kin(asset) == "m4a"


FORMAT = Format(
    id="m4a",
    medium=Medium.AUDIO,
    extensions=(".m4a", ".m4b", ".m4p", ".m4r", ".f4a", ".f4b"),
    media_types=("audio/mp4", "audio/x-m4a"),
    homes=("m4a.keys",),
    source="TC260-PG-202510A Annex E",
    sniff=sniff,
    read=partial(mp4_metadata.read, prefix="m4a"),
    plan=mp4_metadata.plan,
    graft=mp4_metadata.graft,
    essence=essences.later("films", "mp4"),
)
