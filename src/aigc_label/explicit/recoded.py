"""Words over films in AVI, FLV, MPEG-TS and WMV (GB 45438-2025 clause 5.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.contract import Marked, Marker

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.contract import Format
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.output import Scratch


def _mark(asset: Asset, fmt: Format, explicit: ExplicitLabel, scratch: Scratch) -> Marked:
    from aigc_label.explicit.film import (  # noqa: PLC0415 - only where something is marked
        recoding,
        soft_track,
    )

    soft_track.refuse(explicit, fmt.id)
    return recoding.mark(asset, fmt, explicit, scratch)


MARKER = Marker(id="recoded", formats=("avi", "flv", "mpegts", "wmv"), mark=_mark)
"""No frame of these is replaced alone: the whole picture is encoded again."""
