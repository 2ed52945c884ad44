"""Marks in ADTS streams of AAC: encoded by themselves, their frames put between the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.carriers import id3_times
from aigc_label.containers import adts, id3
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry
from aigc_label.explicit.sound import aac, decoding
from aigc_label.explicit.sound.programme import Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.asset import Asset
    from aigc_label.audible.rhythm import Samples
    from aigc_label.explicit.sound.programme import Addition, Window
    from aigc_label.output import Scratch


def opened(asset: Asset, _scratch: Scratch, *, inside: bool) -> Adts:
    """The sound of an ADTS stream.

    Raises:
        CannotCarry: if it is AAC of another kind.
        Malformed: if the stream is damaged.
    """
    del inside  # every frame is found anyway: only so its length is known
    return Adts(asset)


class Adts:
    """See :class:`aigc_label.explicit.sound.programme.Programme`.

    Samples are those of the frames, half of what is heard with spectral band replication.
    """

    def __init__(self, asset: Asset) -> None:
        self._asset = asset
        start = id3.behind(asset)
        self._places, self._end = adts.places(asset, start)
        first = adts.header(asset.peek(start, adts.HEADER))
        if first is None or first.profile != adts.LC or not first.channels or first.blocks > 1:
            raise CannotCarry(
                "no mark can be put into this kind of AAC; convert the file first: "
                "ffmpeg -i FILE.aac -c:a aac NEW.aac"
            )
        self._first = asset.read(start, adts.HEADER)
        self.rate, self.channels = first.rate, first.channels
        self.length = len(self._places) * aac.FRAME

    def heard(self, windows: Sequence[Window]) -> list[Samples]:
        """Each window as samples by channels."""
        data, counts = [], []
        for first, count in windows:
            frame, last = first // aac.FRAME, -(-(first + count) // aac.FRAME)
            data.append(
                self._asset.read(self._place(frame), self._place(last) - self._place(frame))
            )
            counts.append(max(min(last, len(self._places)) - frame, 0) * aac.FRAME)
        decoded = decoding.stream(b"".join(data), "aac", self.channels, rate=self.rate)
        pieces, at = [], 0
        for (first, count), length in zip(windows, counts, strict=True):
            skipped = first % aac.FRAME
            pieces.append(decoded[at : at + length][skipped : skipped + count])
            at += length
        return pieces

    def _place(self, frame: int) -> int:
        return self._places[frame] if frame < len(self._places) else self._end

    def taken(self, count: int) -> int:
        """Whole frames, and one for the encoder's delay."""
        return aac.taken(count)

    def inserted(self, additions: Sequence[Addition]) -> Result:
        """The file with sounds put in; see the module."""
        begins, moved = [], []
        splices: list[Splice] = []
        added = 0
        seconds = self.length / self.rate
        kbps = (self._end - self._place(0)) * 8 / seconds / 1000 if seconds else 128
        for at, sound in additions:
            frames = aac.encoded(sound, self.rate, self.channels, kbps)
            data = b"".join(adts.alike(self._first, frame) for frame in frames)
            frame = min(round(at / aac.FRAME), len(self._places))
            place = self._place(frame)
            splices.append(Splice(Span(place, place), data))
            begins.append(((frame + 1) * aac.FRAME + added) / self.rate)
            count = len(frames) * aac.FRAME
            moved.append((frame * aac.FRAME * 1000 // self.rate, count * 1000 // self.rate))
            added += count
        for tag in id3.stacked(self._asset):
            # In front: what a tag grows by comes before frames put in right behind it.
            splices[:0] = id3_times.retimed(self._asset, tag, moved)
        return Result(EditPlan(splices).view(self._asset), tuple(begins))
