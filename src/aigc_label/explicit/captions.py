"""Words as cues of subtitles (GB 45438-2025 clause 5.1; beside a film also 5.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.contract import Marker

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.contract import Format, Marked
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.output import Scratch


def _mark(asset: Asset, fmt: Format, explicit: ExplicitLabel, scratch: Scratch) -> Marked:
    from aigc_label.explicit.words import subtitles  # noqa: PLC0415 - only where they are marked

    return subtitles.mark(asset, fmt, explicit, scratch)


MARKER = Marker(id="captions", formats=("srt", "vtt"), mark=_mark)
