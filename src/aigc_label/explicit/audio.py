"""A rhythm or a voice in sounds (GB 45438-2025 clause 5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.contract import Marker

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.contract import Format, Marked
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.output import Scratch


def _mark(asset: Asset, fmt: Format, explicit: ExplicitLabel, scratch: Scratch) -> Marked:
    from aigc_label.explicit.sound import marking  # noqa: PLC0415 - only where something is marked

    return marking.mark(asset, fmt, explicit, scratch)


MARKER = Marker(
    id="audio",
    formats=("aac", "aiff", "flac", "m4a", "mp3", "oggflac", "opus", "vorbis", "wav", "wma"),
    mark=_mark,
)
