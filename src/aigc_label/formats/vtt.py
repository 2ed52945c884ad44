"""WebVTT: the label as a comment below the header, ``NOTE AIGC: {...}``; no guide names a place.

Told by its name; bytes without a name by their signature. What reads it is loaded when it is met.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.contract import Format
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.edits import EditPlan
    from aigc_label.model import FoundLabel, ImplicitLabel


def _sniff(asset: Asset) -> bool:
    if asset.extension not in FORMAT.extensions:
        start = asset.head[:16].removeprefix(b"\xef\xbb\xbf")
        return not asset.extension and (start[:6] == b"WEBVTT" and start[6:7] in b" \t\r\n")
    from aigc_label.containers import text_bytes  # noqa: PLC0415 - see above

    return text_bytes.looks_textual(asset.head)


def _read(asset: Asset) -> Iterator[FoundLabel]:
    from aigc_label.carriers import subtitle_label  # noqa: PLC0415 - see above

    return subtitle_label.observe(asset, webvtt=True)


def _plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    from aigc_label.carriers import subtitle_label  # noqa: PLC0415 - see above

    return subtitle_label.plan(asset, label)


FORMAT = Format(
    id="vtt",
    medium=Medium.TEXT,
    extensions=(".vtt", ".webvtt"),
    media_types=("text/vtt",),
    homes=(),
    places=("vtt.note",),
    source="ours; no guide names a place for WebVTT",
    by_name=True,
    sniff=_sniff,
    read=_read,
    plan=_plan,
)
