"""How the sound of an MP4 file is coded, and marks coded alike: AAC-LC, HE-AAC, or ALAC."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from aigc_label.containers import adts
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.sound import aac

if TYPE_CHECKING:
    from aigc_label.audible.rhythm import Samples

_SBR, _PS = 5, 29  # audio object types of HE-AAC
_LARGEST_SOUND = 1 << 24
_CODED = 0x40  # object type of MPEG-4 audio in the decoder's configuration


class Coding(Protocol):
    """One way of coding."""

    @property
    def rate(self) -> int:
        """Samples of a channel in a second, as they are heard."""

    @property
    def channels(self) -> int:
        """How many there are."""

    @property
    def frame(self) -> int:
        """Samples of a frame, as they are heard."""

    @property
    def delay(self) -> int:
        """Samples of silence that come out first."""

    def encoded(self, sound: Samples, kbps: float, /) -> list[bytes]:
        """A sound as frames."""

    def taken(self, count: int) -> int:
        """Samples that a sound of ``count`` takes up."""


def coding_of(stsd: bytes) -> Coding:
    """The coding that a sample description tells of.

    Raises:
        CannotCarry: if marks cannot be coded alike.
        Malformed: if it is cut short.
    """
    kind = stsd[12:16]
    if int.from_bytes(stsd[4:8], "big") == 1:
        if kind == b"mp4a" and (at := stsd.find(b"esds")) > 0:
            return _aac(stsd[at + 8 :])
        if kind == b"alac" and (at := stsd.find(b"alac", 16)) > 0:
            return _alac(stsd[at + 8 : at + 32])
    name = kind.decode("latin-1").strip()
    shown = name if name.isprintable() and name else kind.hex()
    raise CannotCarry(
        f"no mark can be put into {shown} sound; convert the file first: "
        "ffmpeg -i FILE -c:a aac NEW.m4a"
    )


class _Aac(NamedTuple):
    core: int
    scale: int
    channels: int

    @property
    def rate(self) -> int:
        return self.core * self.scale

    @property
    def frame(self) -> int:
        return aac.FRAME * self.scale

    @property
    def delay(self) -> int:
        return aac.FRAME * self.scale

    def encoded(self, sound: Samples, kbps: float) -> list[bytes]:
        # What spectral band replication adds is silent where the frames say nothing of it.
        if self.scale > 1:
            from aigc_label.explicit.sound import resampling  # noqa: PLC0415 - hardly ever

            sound = resampling.halved(sound)
        frames = aac.encoded(sound, self.core, self.channels, kbps)
        return [frame[adts.HEADER :] for frame in frames]

    def taken(self, count: int) -> int:
        return aac.taken(-(-count // self.scale)) * self.scale


def _aac(esds: bytes) -> Coding:
    configuration = b""
    at = 0
    while at + 2 <= len(esds):
        tag, at = esds[at], at + 1
        length = 0
        for _ in range(4):
            if at >= len(esds):
                raise Malformed("the AAC configuration is cut short")
            length, more, at = length << 7 | esds[at] & 0x7F, esds[at] & 0x80, at + 1
            if not more:
                break
        if tag == 3 and at + 3 <= len(esds):
            at += 3
        elif tag == 4 and at + 13 <= len(esds):
            if esds[at] != _CODED:
                raise CannotCarry(
                    "no mark can be put into this coding; convert the file first: "
                    "ffmpeg -i FILE -c:a aac NEW.m4a"
                )
            at += 13
        elif tag == 5:
            configuration = esds[at : at + length]
            break
        else:
            at += length
    bits = "".join(f"{byte:08b}" for byte in configuration)
    kind, bits = _taken(bits, 5)
    rate, bits = _rate(bits)
    channels, bits = _taken(bits, 4)
    scale = 1
    if kind in (_SBR, _PS):
        full, bits = _rate(bits)
        kind, bits = _taken(bits, 5)
        scale = full // rate if rate else 1
    short, bits = _taken(bits, 1)
    if kind != adts.LC or short or not 1 <= channels <= 7 or scale not in (1, 2):
        raise CannotCarry(
            f"no mark can be put into AAC of object type {kind}; convert the file first: "
            "ffmpeg -i FILE -c:a aac NEW.m4a"
        )
    return _Aac(rate, scale, 8 if channels == 7 else channels)


def _taken(bits: str, count: int) -> tuple[int, str]:
    if len(bits) < count:
        raise Malformed("the AAC configuration is cut short")
    return int(bits[:count], 2), bits[count:]


def _rate(bits: str) -> tuple[int, str]:
    index, bits = _taken(bits, 4)
    if index == 15:
        return _taken(bits, 24)
    if index >= len(adts.RATES):
        raise Malformed("the AAC configuration names no rate")
    return adts.RATES[index], bits


class _Alac(NamedTuple):
    rate: int
    channels: int
    frame: int
    depth: int
    delay: int = 0

    def encoded(self, sound: Samples, _kbps: float) -> list[bytes]:
        """Frames of samples as they are, which every decoder takes, and which need no encoder."""
        if sound.size * self.channels > _LARGEST_SOUND:
            raise CannotCarry("too high a rate for a mark to be made")
        whole = np.concatenate([sound, np.zeros(-sound.size % self.frame)])
        full = (1 << self.depth - 1) - 1
        values = np.rint(whole * full).astype(np.int64)
        # Element, instance, twelve bits unused, no size, nothing shifted, as they are; and an end.
        begin = f"{self.channels - 1:03b}" + "0000" + "0" * 12 + "0" + "00" + "1"
        head = np.array([int(bit) for bit in begin], np.uint8)
        tail = np.ones(3, np.uint8)
        places = np.arange(self.depth - 1, -1, -1)
        frames = []
        for at in range(0, values.size, self.frame):
            each = np.repeat(values[at : at + self.frame], self.channels)
            bits = (each[:, None] >> places & 1).astype(np.uint8).ravel()
            frames.append(np.packbits(np.concatenate([head, bits, tail])).tobytes())
        return frames

    def taken(self, count: int) -> int:
        return -(-count // self.frame) * self.frame


def _alac(configuration: bytes) -> Coding:
    if len(configuration) < 24:
        raise Malformed("the ALAC configuration is cut short")
    frame = int.from_bytes(configuration[:4], "big")
    depth, channels = configuration[5], configuration[9]
    rate = int.from_bytes(configuration[20:24], "big")
    if depth not in (16, 20, 24, 32) or not 0 < frame <= 1 << 16 or not rate:
        raise Malformed("the ALAC configuration contradicts itself")
    if channels not in (1, 2):
        raise CannotCarry(
            f"no mark can be put into ALAC with {channels} channels; convert the file first: "
            "ffmpeg -i FILE -c:a flac NEW.flac"
        )
    return _Alac(rate, channels, frame, depth)
