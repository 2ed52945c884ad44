"""What the chunks of a WAV file say about its samples, and how they follow when samples move.

``fmt`` after Microsoft (1991) and WAVEFORMATEXTENSIBLE (2001); ``bext`` after EBU Tech 3285.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_label.errors import CannotCarry, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PCM, FLOAT = 1, 3
_EXTENSIBLE = 0xFFFE
_CODECS = {2: "ADPCM", 6: "A-law", 7: "mu-law", 0x11: "IMA ADPCM", 0x50: "MPEG", 0x55: "MP3"}
_SUBFORMAT = bytes.fromhex("000000001000800000aa00389b71")  # of a GUID, behind the codec
_MOST_CHANNELS, _LOWEST_RATE, _HIGHEST_RATE = 256, 1000, 1_000_000


@dataclass(frozen=True, slots=True)
class SampleFormat:
    """How the samples of a ``data`` chunk are written.

    Attributes:
        kind: :data:`PCM` or :data:`FLOAT`.
        channels: interleaved in this number.
        rate: samples of one channel in a second.
        width: bytes of one sample; 1 is unsigned, more are signed, least significant first.
        bits: how many of its bits are used, the highest ones.
    """

    kind: int
    channels: int
    rate: int
    width: int
    bits: int

    @property
    def frame(self) -> int:
        """Bytes of one sample of all channels."""
        return self.channels * self.width


def sample_format(fmt: bytes) -> SampleFormat:
    """The body of ``fmt``, for samples that can be written without an encoder.

    Raises:
        CannotCarry: if it names a codec.
        Malformed: if it is cut short or contradicts itself.
    """
    if len(fmt) < 16:
        raise Malformed("the fmt chunk is cut short")
    tag, channels, rate, _, frame, bits = struct.unpack_from("<HHIIHH", fmt)
    kind = tag
    if tag == _EXTENSIBLE:
        if len(fmt) < 40:
            raise Malformed("the fmt chunk is cut short")
        used, kind = struct.unpack_from("<H", fmt, 18)[0], struct.unpack_from("<H", fmt, 24)[0]
        bits = used or bits
        if fmt[26:40] != _SUBFORMAT:
            kind = tag
    if kind not in (PCM, FLOAT):
        name = _CODECS.get(kind, f"codec 0x{kind:04x}")
        raise CannotCarry(
            f"no mark can be put into {name} sound; convert the file first: "
            "ffmpeg -i FILE.wav -c:a pcm_s16le NEW.wav"
        )
    width = frame // channels if channels else 0
    widths = (1, 2, 3, 4) if kind == PCM else (4, 8)
    if (
        width not in widths
        or width * channels != frame
        or not 8 <= bits <= 8 * width  # a quiet tone in fewer is silence
        or channels > _MOST_CHANNELS
        or not _LOWEST_RATE <= rate <= _HIGHEST_RATE
    ):
        raise Malformed(
            f"the fmt chunk contradicts itself or its bounds: {channels} channels of {bits} bits "
            f"in frames of {frame} bytes at {rate} Hz"
        )
    return SampleFormat(kind, channels, rate, width, bits)


POSITIONED = (b"cue ", b"smpl", b"PEAK", b"bext")
"""Chunks that tell where in the sound something is."""


def shifted(chunk: bytes, body: bytes, added: Sequence[tuple[int, int]]) -> bytes:
    """A chunk's body after frames were put in.

    Positions in ``cue``, ``smpl`` and ``PEAK`` move with their samples. The time of day in
    ``bext``, which is the first sample's, becomes that of what was put before it, so that the
    programme keeps its own.

    Args:
        chunk: one of :data:`POSITIONED`.
        body: as it stands.
        added: before which frame of the old sound how many were put in, each time.
    """
    new = bytearray(body)
    if chunk == b"cue ":
        for at in range(4, len(body) - 23, 24):
            if body[at + 8 : at + 12] == b"data":
                _move(new, at + 4, added)
                _move(new, at + 20, added)
    elif chunk == b"smpl":
        for at in range(36, len(body) - 23, 24):
            if (at - 36) // 24 < int.from_bytes(body[28:32], "little"):
                _move(new, at + 8, added)
                _move(new, at + 12, added)
    elif chunk == b"PEAK":
        for at in range(8, len(body) - 7, 8):
            _move(new, at + 4, added)
    elif chunk == b"bext" and len(body) >= 346:
        reference = int.from_bytes(body[338:346], "little")
        before = sum(count for at, count in added if at == 0)
        if reference >= before:
            new[338:346] = (reference - before).to_bytes(8, "little")
    return bytes(new)


def counted(body: bytes, frames: int) -> bytes:
    """The body of ``fact`` with ``frames`` more frames."""
    new = bytearray(body)
    if len(new) >= 4:
        _move(new, 0, ((0, frames),))
    return bytes(new)


def _move(body: bytearray, at: int, added: Iterable[tuple[int, int]]) -> None:
    value = int.from_bytes(body[at : at + 4], "little")
    value += sum(count for place, count in added if place <= value)
    body[at : at + 4] = min(value, 0xFFFF_FFFF).to_bytes(4, "little")
