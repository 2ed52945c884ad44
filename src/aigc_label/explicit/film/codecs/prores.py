"""Apple ProRes (SMPTE RDD 36): every frame is coded by itself, so only those under words change.

Which profile it is stands in the sample entry, all else in each frame's header. The encoder in
ffmpeg knows no interlaced frames of foreign making and 10 bits at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.errors import CannotCarry
from aigc_label.explicit.film.segment import Joined, Start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.explicit.film.segment import Made, Picture, Stretch

NAME = "prores"
ENTRIES: tuple[bytes, ...] = (b"apco", b"apcs", b"apcn", b"apch", b"ap4h", b"ap4x")
CONFIG = b""
"""There is no box of it."""

DEEP = {
    "yuv444p12le": ("yuv444p10", "yuva444p10le"),
    "yuva444p12le": ("yuv444p10", "yuva444p10le"),
}
"""What frames of 4:4:4:4 are decoded as, and what ffmpeg's overlay filter draws in."""

_BITS = (600, 720, 1050, 1566, 2350, 3525)
"""The least that a macroblock may take, by profile: what small pictures have in each, and twice
that for proxies, in which words would not be clear. Plainer ones take less by themselves."""

_MOST = 8192  # bits, of ffmpeg's encoder
_MORE = 1.25  # than the source's frame took, so that a second coding costs little
_MAGIC = b"icpf"
_FRAME = 28  # bytes of the size, the name and the header up to its matrices
_SHAPE, _RATE, _COLOURS, _ALPHA = 20, 21, slice(22, 25), 25
_INTERLACED = 0x0C
_ALPHA_BITS = {0: 0, 1: 8, 2: 16}


def start(config: bytes, sample: bytes) -> Start:
    """Whether decoding can begin at a sample: at every one."""
    del config
    whole = len(sample) >= _FRAME and sample[4:8] == _MAGIC
    return Start.CLOSED if whole else Start.NONE


def arguments(
    config: bytes, picture: Picture, stretch: Stretch, beside: Sequence[bytes] = ()
) -> list[str]:
    """What ffmpeg must be told to encode like the source.

    Raises:
        CannotCarry: its frames are interlaced, or coded as its profile does not say.
    """
    del config, stretch
    profile = picture.tag.encode("latin-1", "replace")
    if profile not in ENTRIES:
        raise CannotCarry(f"its ProRes profile {picture.tag!r} is not known")
    like = beside[0] if beside else b""
    if len(like) < _FRAME or like[_SHAPE] & _INTERLACED:
        raise CannotCarry("its ProRes picture is interlaced, which is not encoded again alike")
    alpha = _ALPHA_BITS.get(like[_ALPHA] & 15)
    if alpha is None:
        raise CannotCarry("its ProRes picture has an unknown kind of alpha")
    number = ENTRIES.index(profile)
    bits = round(max(_MORE * 8 * len(like) / _blocks(like), _BITS[number]))
    words = ["-c:v", "prores_ks", "-profile:v", str(number), "-bits_per_mb", str(min(bits, _MOST))]
    return [*words, "-alpha_bits", str(alpha)] if alpha else words


def _blocks(sample: bytes) -> int:
    """Macroblocks of a frame."""
    width, height = (int.from_bytes(sample[at : at + 2]) for at in (16, 18))
    return max(-(-width // 16) * -(-height // 16), 1)


def join(config: bytes, made: Made, beside: Sequence[bytes] = ()) -> Joined:
    """Let new frames say of colours, shape and rate what the source's do.

    Raises:
        CannotCarry: if they are of another size, another sampling or another kind of alpha.
    """
    like = beside[0]
    samples = []
    for sample in made.samples:
        if start(b"", sample) is Start.NONE or _kind(sample) != _kind(like):
            raise CannotCarry("the new ProRes frames are of another kind than the source's")
        new = bytearray(sample)
        new[_RATE] = like[_RATE]
        new[_COLOURS] = like[_COLOURS]
        samples.append(bytes(new))
    return Joined(config, samples, [True] * len(samples))


def _kind(sample: bytes) -> tuple[bytes, int, int]:
    """Width and height, sampling and fields, and alpha."""
    return sample[16:20], sample[_SHAPE], sample[_ALPHA] & 15
