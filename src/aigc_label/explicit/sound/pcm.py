"""Samples as containers write them, and as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aigc_label.errors import CannotCarry

if TYPE_CHECKING:
    from aigc_label.audible.rhythm import Samples

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
