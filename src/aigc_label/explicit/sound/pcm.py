"""Samples as containers write them, and as numbers."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aigc_label.edits import Span, Splice
from aigc_label.errors import CannotCarry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_label.asset import Asset
    from aigc_label.audible.rhythm import Samples
    from aigc_label.explicit.sound.programme import Addition, Window

_LARGEST_SOUND = 64 << 20


class Layout(NamedTuple):
    """How samples are written.

    Attributes:
        channels: interleaved in this number.
        width: bytes of one sample.
        bits: how many of its bits are used, the highest ones.
        is_float: IEEE 754.
        is_unsigned: whether silence is half of all values.
        is_big: most significant byte first.
    """

    channels: int
    width: int
    bits: int
    is_float: bool = False
    is_unsigned: bool = False
    is_big: bool = False

    @property
    def frame(self) -> int:
        """Bytes of one sample of all channels."""
        return self.channels * self.width


class Stored:
    """A programme whose samples stand in the file as they are, one behind the other.

    See :class:`aigc_label.explicit.sound.programme.Programme`; containers add how they are put in.

    Args:
        asset: the file.
        layout: how they are written.
        rate: samples of a channel in a second.
        start: where the first stands.
        length: samples of a channel.
    """

    def __init__(self, asset: Asset, layout: Layout, rate: int, start: int, length: int) -> None:
        self._asset = asset
        self._layout = layout
        self._start = start
        self.rate, self.channels, self.length = rate, layout.channels, length

    def heard(self, windows: Sequence[Window]) -> list[Samples]:
        """Each window as samples by channels."""
        frame = self._layout.frame
        pieces = []
        for first, count in windows:
            there = max(min(count, self.length - first), 0)
            data = self._asset.read(self._start + first * frame, there * frame)
            pieces.append(floats(data, self._layout))
        return pieces

    def taken(self, count: int) -> int:
        """Samples take up what they are."""
        return count

    def _placed(self, additions: Sequence[Addition]) -> Iterator[Splice]:
        for at, sound in additions:
            place = self._start + at * self._layout.frame
            yield Splice(Span(place, place), written(sound, self._layout))

    def _begins(self, additions: Sequence[Addition]) -> tuple[float, ...]:
        before = accumulate((sound.size for _, sound in additions), initial=0)
        return tuple((at + n) / self.rate for (at, _), n in zip(additions, before, strict=False))


def floats(data: bytes, how: Layout) -> Samples:
    """Written samples as an array by channels, full scale being 1."""
    raw = np.frombuffer(data[: len(data) // how.frame * how.frame], np.uint8)
    raw = raw.reshape(-1, how.channels, how.width)
    if how.is_big:
        raw = raw[:, :, ::-1]
    if how.is_float:
        with np.errstate(invalid="ignore"):  # a damaged file may hold signalling NaNs
            values = np.ascontiguousarray(raw).view(f"<f{how.width}")[:, :, 0].astype(np.float64)
        limited: Samples = np.clip(np.nan_to_num(values), -1, 1)
        return limited
    whole = np.zeros((*raw.shape[:2], 4), np.uint8)
    whole[:, :, 4 - how.width :] = raw
    if how.is_unsigned:
        whole[:, :, 3] ^= 0x80
    numbers: Samples = whole.view("<i4")[:, :, 0] / float(1 << 31)
    return numbers


def written(sound: Samples, how: Layout) -> bytes:
    """One channel as written samples, the same in every channel.

    Raises:
        CannotCarry: if that is more than memory should hold.
    """
    if sound.size * how.frame > _LARGEST_SOUND:
        raise CannotCarry("too many channels at too high a rate for a mark to be made")
    if how.is_float:
        values = sound.astype(f"<f{how.width}").view(np.uint8).reshape(-1, how.width)
    else:
        full = (1 << how.bits - 1) - 1
        whole = np.rint(sound * full).astype(np.int64) << (32 - how.bits)
        values = whole.astype("<i4").view(np.uint8).reshape(-1, 4)[:, 4 - how.width :].copy()
        if how.is_unsigned:
            values[:, -1] ^= 0x80
    if how.is_big:
        values = values[:, ::-1]
    each = values.reshape(sound.size, 1, how.width)
    repeated: bytes = np.repeat(each, how.channels, axis=1).tobytes()
    return repeated
