"""AAC as an ADTS stream: the label in an ID3v2 tag in front, which is our choice.

The guide's rule for further audio formats is XMP (TC260-PG-202510A), and ADTS has no place for it.
Players step over an ID3v2 tag: HTTP Live Streaming begins every such stream with one (RFC 8216,
3.4), and encoders put titles there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.carriers import id3 as slot
from aigc_label.containers import adts, id3
from aigc_label.contract import Format
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.model import Observation

_PLACE = "aac.id3"


def _sniff(asset: Asset) -> bool:
    at = id3.behind(asset)
    return (at > 0 or asset.head[:1] == b"\xff") and adts.begins(asset, at)


def _read(asset: Asset) -> Iterator[Observation]:
    """Yield what stands in the ID3v2 tags; players show the first, if it is at the beginning."""
    for number, tag in enumerate(id3.stacked(asset)):
        ours = number == 0 and tag.start == 0 and tag.version > 2
        carrier = _PLACE if ours else f"{_PLACE}.other"
        yield from slot.observe(asset, tag, carrier=carrier, home=False)


FORMAT = Format(
    id="aac",
    medium=Medium.AUDIO,
    extensions=(".aac", ".adts"),
    media_types=("audio/aac", "audio/aacp", "audio/x-aac"),
    homes=(),
    places=(_PLACE,),
    source="ours; no guide names a place for ADTS: an ID3v2 tag in front, TXXX frame AIGC",
    sniff=_sniff,
    read=_read,
    plan=slot.plan,
    essence=essences.later("sounds", "frames"),
)
