"""Words over films (GB 45438-2025 clause 5.4), by optical character recognition of frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.contract import Detector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.model import FoundMark


def _look(asset: Asset) -> Iterator[FoundMark]:
    from aigc_label.detect.sight import ocr  # noqa: PLC0415 - heavy, and an extra

    ocr.require()
    from aigc_label.detect import spooling  # noqa: PLC0415 - as above
    from aigc_label.detect.sight import film, frames  # noqa: PLC0415 - as above

    with spooling.on_disk(asset) as path:
        yield from film.marks(frames.probe(path))


DETECTOR = Detector(
    id="video",
    formats=("mp4", "mov", "mkv", "webm", "avi", "flv", "mpegts", "wmv"),
    look=_look,
    is_slow=True,
)
