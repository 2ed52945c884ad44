"""NAL units of H.264 and HEVC in samples: units behind their lengths, and bits without escapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.errors import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Bits:
    """Reads a raw byte sequence payload bit by bit (H.264 7.2, HEVC 7.2)."""

    __slots__ = ("_left", "_value")

    def __init__(self, payload: bytes) -> None:
        self._value = int.from_bytes(payload)
        self._left = len(payload) * 8

    @property
    def left(self) -> int:
        """Bits not read yet."""
        return self._left

    def take(self, count: int) -> int:
        """The next ``count`` bits as a number.

        Raises:
            Malformed: if there are fewer.
        """
        if count > self._left:
            raise Malformed("a parameter set is cut short")
        self._left -= count
        return self._value >> self._left & (1 << count) - 1

    def golomb(self) -> int:
        """The next Exp-Golomb number, ``ue(v)`` (H.264 9.1)."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise Malformed("a parameter set has a number beyond all bounds")
        return (1 << zeros) - 1 + self.take(zeros)


def golomb(value: int) -> tuple[int, int]:
    """``value`` as ``ue(v)``: the bits as a number, and how many they are."""
    return value + 1, 2 * (value + 1).bit_length() - 1


def unescaped(unit: bytes) -> bytes:
    """A NAL unit's bytes without emulation prevention (H.264 7.4.1)."""
    if b"\0\0\3" not in unit:
        return unit
    out = bytearray()
    zeros = 0
    for byte in unit:
        if zeros >= 2 and byte == 3:
            zeros = 0
            continue
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)


def escaped(payload: bytes) -> bytes:
    """The opposite of :func:`unescaped`."""
    out = bytearray()
    zeros = 0
    for byte in payload:
        if zeros >= 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)


def units(sample: bytes, width: int) -> Iterator[bytes]:
    """The NAL units of a sample whose lengths take ``width`` bytes each.

    Raises:
        Malformed: if a unit reaches over the end.
    """
    at = 0
    while at + width <= len(sample):
        end = at + width + int.from_bytes(sample[at : at + width])
        if end > len(sample):
            raise Malformed("a picture's data is cut short")
        if end > at + width:
            yield sample[at + width : end]
        at = end


def joined(found: Iterable[bytes], width: int) -> bytes:
    """A sample of NAL units, each behind its length of ``width`` bytes.

    Raises:
        Malformed: if one is longer than such a length can say.
    """
    parts: list[bytes] = []
    for unit in found:
        if len(unit) >> 8 * width:
            raise Malformed("a new picture is too large for the film's NAL unit lengths")
        parts += (len(unit).to_bytes(width), unit)
    return b"".join(parts)


def listed(config: bytes, at: int, count: int) -> tuple[list[bytes], int]:
    """``count`` parameter sets behind lengths of two bytes, and where they end.

    Raises:
        Malformed: if the configuration ends before.
    """
    sets = []
    for _ in range(count):
        end = at + 2 + int.from_bytes(config[at : at + 2])
        if at + 2 > len(config) or end > len(config):
            raise Malformed("the decoder configuration is cut short")
        sets.append(config[at + 2 : end])
        at = end
    return sets, at
