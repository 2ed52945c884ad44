"""SRT subtitles: cues for all to see and nothing else, so no label; misplaced ones are read.

Told by its name. What reads it is loaded when it is met.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.contract import Format
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.model import FoundLabel


def _sniff(asset: Asset) -> bool:
    if asset.extension not in FORMAT.extensions:
        return False
    from aigc_label.containers import text_bytes  # noqa: PLC0415 - see above

    return text_bytes.looks_textual(asset.head)


def _read(asset: Asset) -> Iterator[FoundLabel]:
    from aigc_label.carriers import subtitle_label  # noqa: PLC0415 - see above

    return subtitle_label.observe(asset, webvtt=False)


FORMAT = Format(
    id="srt",
    medium=Medium.TEXT,
    extensions=(".srt",),
    media_types=("application/x-subrip",),
    homes=(),
    source="no guide names a place, and the format has none",
    by_name=True,
    sniff=_sniff,
    read=_read,
    advice=(
        "ask for the explicit label, a cue that people see; for metadata convert it to WebVTT "
        "(ffmpeg -i a.srt a.vtt), or label the film that it belongs to"
    ),
    essence=essences.later("texts", "whole"),
)
