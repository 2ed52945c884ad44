"""Marks in AIFF and AIFF-C: written in the file's own sample format, nothing else moved."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from aigc_label.containers import aiff
from aigc_label.edits import Span, Splice
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.sound import pcm
from aigc_label.explicit.sound.programme import Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.asset import Asset
    from aigc_label.explicit.sound.programme import Addition
    from aigc_label.output import Scratch

_WHOLE = {b"NONE": True, b"twos": True, b"in24": True, b"in32": True, b"sowt": False}
_FLOATS = {b"fl32": 4, b"FL32": 4, b"fl64": 8, b"FL64": 8}
_WIDTHS = {b"in24": 24, b"in32": 32}
_LOWEST_RATE, _HIGHEST_RATE, _MOST_CHANNELS = 1000, 1_000_000, 256
_LARGEST = 0xFFFF_FFFF


def opened(asset: Asset, _scratch: Scratch, *, inside: bool) -> Aiff:
    """The sound of an AIFF file.

    Raises:
        CannotCarry: if it is coded.
        Malformed: if the file is damaged.
    """
    del inside  # every sample is found at once
    return Aiff(asset)


class Aiff(pcm.Stored):
    """See :class:`aigc_label.explicit.sound.programme.Programme`."""

    def __init__(self, asset: Asset) -> None:
        self._form = aiff.walk(asset)
        aiff.require_whole(self._form)
        common, sound = self._form.find(b"COMM"), self._form.find(b"SSND")
        if common is None or sound is None or sound.size < 8:
            raise Malformed("the AIFF file has no whole 'SSND' chunk")
        self._common, self._sound = common, sound
        head = asset.read(common.body, min(common.size, 22))
        is_coded = asset.read(8, 4) == b"AIFC"
        if len(head) < (22 if is_coded else 18):
            raise Malformed("the 'COMM' chunk is cut short", offset=common.start)
        channels, rate = int.from_bytes(head[:2], "big"), _rate(head[8:18])
        bits = int.from_bytes(head[6:8], "big")
        layout = _layout(channels, bits, head[18:22] if is_coded else b"NONE")
        if not 0 < channels <= _MOST_CHANNELS or not _LOWEST_RATE <= rate <= _HIGHEST_RATE:
            raise Malformed(
                f"the 'COMM' chunk tells of {channels} channels at {rate} Hz", offset=common.start
            )
        skipped = int.from_bytes(asset.read(sound.body, 4), "big")
        start = sound.body + 8 + skipped
        there = max(sound.body + sound.size - start, 0) // layout.frame
        length = min(int.from_bytes(head[2:6], "big"), there)
        super().__init__(asset, layout, rate, start, length)

    def inserted(self, additions: Sequence[Addition]) -> Result:
        """The file with sounds put in."""
        splices = list(self._placed(additions))
        added = sum(sound.size for _, sound in additions)
        points = [(at, sound.size) for at, sound in additions]
        if self.length + added > _LARGEST:
            raise CannotCarry("an AIFF file can count no more samples")
        count = Span(self._common.body + 2, self._common.body + 6)
        edits = [
            Splice(count, (self.length + added).to_bytes(4, "big")),
            *aiff.edited(self._sound, splices),
            *self._markers(points),
        ]
        return Result(aiff.plan(self._form, edits).view(self._asset), self._begins(additions))

    def _markers(self, points: Sequence[tuple[int, int]]) -> list[Splice]:
        """The positions in ``MARK``, to which loops and comments refer."""
        chunk = self._form.find(b"MARK")
        if chunk is None:
            return []
        body = bytearray(self._asset.read(chunk.body, chunk.size))
        at = 2
        for _ in range(int.from_bytes(body[:2], "big")):
            if at + 7 > len(body):
                break
            position = int.from_bytes(body[at + 2 : at + 6], "big")
            position += sum(more for place, more in points if place <= position)
            body[at + 2 : at + 6] = min(position, _LARGEST).to_bytes(4, "big")
            at += 7 + body[at + 6] + (body[at + 6] + 1 & 1)
        return [Splice(Span(chunk.body, chunk.body + chunk.size), bytes(body))]


def _layout(channels: int, bits: int, kind: bytes) -> pcm.Layout:
    if kind in _FLOATS:
        width = _FLOATS[kind]
        return pcm.Layout(channels, width, 8 * width, is_float=True, is_big=True)
    if kind == b"raw " and bits == 8:
        return pcm.Layout(channels, 1, 8, is_unsigned=True)
    if kind not in _WHOLE:
        name = kind.decode("latin-1").strip()
        shown = name if name.isprintable() else kind.hex()
        raise CannotCarry(
            f"no mark can be put into {shown} sound; convert the file first: "
            "ffmpeg -i FILE.aifc -c:a pcm_s16be NEW.aiff"
        )
    bits = _WIDTHS.get(kind, bits)
    if not 8 <= bits <= 32:
        raise Malformed(f"the 'COMM' chunk tells of samples of {bits} bits")
    return pcm.Layout(channels, (bits + 7) // 8, bits, is_big=_WHOLE[kind])


def _rate(extended: bytes) -> int:
    """A rate as an 80-bit number of IEEE 754."""
    exponent = int.from_bytes(extended[:2], "big")
    mantissa = int.from_bytes(extended[2:], "big")
    if exponent & 0x8000 or not 16383 <= exponent <= 16383 + 31:
        return 0
    return round(math.ldexp(mantissa, exponent - 16383 - 63))
