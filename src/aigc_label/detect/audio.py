"""Rhythms and voices in sounds (GB 45438-2025 clause 5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.contract import Detector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.model import FoundMark


def _look(asset: Asset) -> Iterator[FoundMark]:
    from aigc_label.detect import spooling  # noqa: PLC0415 - as below
    from aigc_label.detect.hearing import listening  # noqa: PLC0415 - numpy, ffmpeg

    with spooling.on_disk(asset) as path:
        yield from listening.marks(path)


DETECTOR = Detector(
    id="audio",
    formats=(
        "wav", "aiff", "flac", "mp3", "aac", "m4a", "opus", "vorbis", "speex", "oggflac", "wma",
    ),
    look=_look,
    is_slow=True,
)  # fmt: skip
