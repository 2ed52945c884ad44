"""MPEG transport streams: no place for metadata, so a film is put into another container first.

The guide's rule for further video formats is XMP (TC260-PG-20257A), which no reader looks for here.
What reads packets is loaded when a file may be made of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.contract import Format
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.model import Observation


def _sniff(asset: Asset) -> bool:
    if b"G" not in (asset.head[:1], asset.head[4:5]):
        return False
    from aigc_label.containers import mpegts  # noqa: PLC0415 - see above

    return mpegts.stride(asset.peek(0, mpegts.LOOK)) is not None


def _read(asset: Asset) -> Iterator[Observation]:
    """Yield what the first frame states."""
    from aigc_label.carriers import traces  # noqa: PLC0415 - see above
    from aigc_label.containers import mpegts  # noqa: PLC0415 - see above

    beginning = mpegts.payload(asset.peek(0, mpegts.LOOK))
    if (signal := traces.sei(beginning, carrier="mpegts.sei")) is not None:
        yield signal


FORMAT = Format(
    id="mpegts",
    medium=Medium.VIDEO,
    extensions=(".ts", ".m2ts", ".mts", ".m2t"),
    media_types=("video/mp2t",),
    homes=(),
    source="TC260-PG-20257A asks for XMP in other video formats; this one has no place for it",
    sniff=_sniff,
    read=_read,
    advice=(
        "put the film into a container that has one, which is quick and without loss, for example "
        "`ffmpeg -i in.ts -map 0 -c copy out.mp4` (or out.mkv), and label that"
    ),
    essence=essences.later("texts", "whole"),
)
