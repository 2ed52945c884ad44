"""AV1 (in boxes: the AV1 codec ISO media file format binding): where to join, and how to match.

A shown key frame behind a sequence header starts a coded video sequence. The new frames bring
their own sequence header; the old one stands before the first copied frame, or is put there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.film.segment import Joined, Start

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aigc_label.explicit.film.segment import Made, Picture, Stretch

NAME = "av1"
ENTRIES: tuple[bytes, ...] = (b"av01",)
CONFIG = b"av1C"

QUALITY = 18
"""Constant rate factor of SVT-AV1, 0 to 63: nobody sees a difference to the source."""

_SEQUENCE, _FRAME_HEADER, _FRAME = 1, 3, 6
_FIXED = 4  # bytes of av1C before its sequence header


class Obu(NamedTuple):
    """An open bitstream unit: its type, all its bytes, and where its payload begins in them."""

    kind: int
    data: bytes
    body: int


def units(sample: bytes) -> Iterator[Obu]:
    """The units of a sample (AV1 5.3); the last may lack its size.

    Raises:
        Malformed: if a unit reaches over the end.
    """
    at = 0
    while at < len(sample):
        head = sample[at]
        body = at + 1 + (head >> 2 & 1)
        end = len(sample)
        if head >> 1 & 1:
            size, body = _leb128(sample, body)
            end = body + size
        if end > len(sample):
            raise Malformed("a picture's data is cut short")
        yield Obu(head >> 3 & 15, sample[at:end], body - at)
        at = end


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for count, byte in enumerate(data[at : at + 8]):
        value |= (byte & 127) << 7 * count
        if byte < 128:
            return value, at + count + 1
    raise Malformed("a picture's data is cut short")


def start(config: bytes, sample: bytes) -> Start:
    """Whether decoding can begin at a sample: at a key frame that is shown at once.

    Raises:
        Malformed: if the sample is damaged.
    """
    del config
    for unit in units(sample):
        if unit.kind in (_FRAME_HEADER, _FRAME) and unit.body < len(unit.data):
            # show_existing_frame, two bits of frame_type, show_frame (AV1 5.9.2)
            return Start.CLOSED if unit.data[unit.body] >> 4 == 1 else Start.NONE
    return Start.NONE


def arguments(
    config: bytes, picture: Picture, stretch: Stretch, beside: Iterable[bytes] = ()
) -> list[str]:
    """What ffmpeg must be told to encode like the source.

    Raises:
        CannotCarry: it has chroma in another resolution than SVT-AV1 writes.
    """
    del config, beside
    if not picture.pixels.startswith("yuv420p"):
        raise CannotCarry(f"its AV1 picture has the pixel format {picture.pixels}")
    return [
        "-c:v", "libsvtav1", "-preset", "8", "-crf", str(QUALITY), "-g", str(stretch.group),
    ]  # fmt: skip


def join(config: bytes, made: Made, beside: Iterable[bytes] = ()) -> Joined:
    """Put sequence headers where each sequence begins.

    Args:
        config: the source's ``av1C``.
        made: what the encoder made.
        beside: of the source's samples at both joints, the first behind the stretch last.

    Raises:
        CannotCarry: if the source's own sequence header is nowhere to be found.
        Malformed: if a sample is damaged.
    """
    samples, keys = [], []
    for sample in made.samples:
        key = start(b"", sample) is Start.CLOSED
        bare = key and not _declares(sample)
        samples.append(made.config[_FIXED:] + sample if bare else sample)
        keys.append(key)
    bridge = b""
    behind = list(beside)[-1:]
    if behind and not _declares(behind[0]):
        bridge = config[_FIXED:]
        if not _declares(bridge):
            raise CannotCarry("its sequence header is missing")
    return Joined(config, samples, keys, bridge)


def _declares(sample: bytes) -> bool:
    return any(unit.kind == _SEQUENCE for unit in units(sample))
