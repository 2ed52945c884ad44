"""Words over films (GB 45438-2025 clause 5.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.contract import Marked, Marker

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.contract import Format
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.output import Scratch


def _mark(asset: Asset, fmt: Format, explicit: ExplicitLabel, scratch: Scratch) -> Marked:
    from aigc_label.explicit.film import marking  # noqa: PLC0415 - only where something is marked

    marked = marking.mark(asset, fmt, explicit, scratch)
    if not explicit.soft_track or marked.mark.kind != "text":
        return marked
    from aigc_label.explicit.film import soft_mp4  # noqa: PLC0415 - only where it is asked for

    return soft_mp4.added(marked, explicit)


MARKER = Marker(id="video", formats=("mp4", "mov"), mark=_mark)
