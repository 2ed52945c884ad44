"""Words over Matroska and WebM films (GB 45438-2025 clause 5.4)."""

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
        matroska_marking,
    )

    marked = matroska_marking.mark(asset, explicit, scratch)
    if not explicit.soft_track:
        return marked
    from aigc_label.explicit.film import soft_matroska  # noqa: PLC0415 - only where asked for

    return soft_matroska.added(marked, fmt.id, explicit, scratch)


MARKER = Marker(id="matroska", formats=("mkv", "webm"), mark=_mark)
