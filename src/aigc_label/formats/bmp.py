"""BMP, read only: no guide names a place in it, and the format has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.containers import bmp
from aigc_label.contract import Format
from aigc_label.model import FoundLabel, Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset


def _read(asset: Asset) -> Iterator[FoundLabel]:
    """Labels that a tool has glued on, outside the picture."""
    for span in bmp.outside(asset):
        data = asset.read(span.start, span.end - span.start)
        if b"AIGC" not in data and b"aigc" not in data:
            continue
        from aigc_label.carriers import glued  # noqa: PLC0415 - next to no file bears any

        for start, _, parsed in glued.find(data):
            yield FoundLabel(
                carrier="bmp.glued",
                fields=parsed.fields,
                quirks=parsed.quirks,
                offset=span.start + start,
            )


FORMAT = Format(
    id="bmp",
    medium=Medium.IMAGE,
    extensions=(".bmp", ".dib"),
    media_types=("image/bmp", "image/x-ms-bmp"),
    homes=(),
    source="no guide names a place for BMP, which has no metadata",
    sniff=bmp.sniff,
    read=_read,
    advice=(
        "convert it to PNG, which has one and loses nothing, for example "
        "`ffmpeg -i in.bmp out.png`, and label that"
    ),
    essence=essences.later("texts", "whole"),
)
