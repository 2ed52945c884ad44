"""Words over films (GB 45438-2025 clause 5.4), by optical character recognition of frames.

A container of films that holds sound alone is listened to, as clause 5.3 asks of sounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.contract import Detector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.model import FoundMark


def _look(asset: Asset) -> Iterator[FoundMark]:
    from aigc_label.detect import spooling  # noqa: PLC0415 - as below
    from aigc_label.detect.sight import frames, ocr  # noqa: PLC0415 - numpy, ffmpeg

    with spooling.on_disk(asset) as path:
        try:
            seen = frames.probe(path)
        except (
            frames.NoPicture
        ):  # no picture: the mark of a sound alone is a sound, whatever holds it
            from aigc_label.detect.hearing import listening  # noqa: PLC0415 - hardly ever

            yield from listening.marks(path)
            return
        ocr.require()
        from aigc_label.detect.sight import film  # noqa: PLC0415 - heavy, and an extra

        yield from film.marks(seen)


DETECTOR = Detector(
    id="video",
    formats=("mp4", "mov", "mkv", "webm", "avi", "flv", "mpegts", "wmv"),
    look=_look,
    is_slow=True,
)
