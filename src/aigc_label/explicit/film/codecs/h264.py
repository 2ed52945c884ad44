"""H.264 (ITU-T H.264, ISO/IEC 14496-10; in boxes 14496-15): where to join, and how to match.

A decoder may only change its sequence parameter set at an IDR picture, so those are the joints.
The new frames name parameter sets of their own, which stand in ``avcC`` beside the old ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.film.codecs import nal
from aigc_label.explicit.film.segment import Joined, Start

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_label.explicit.film.segment import Made, Picture, Stretch

NAME = "h264"
ENTRIES: tuple[bytes, ...] = (b"avc1", b"avc3")
CONFIG = b"avcC"

_SLICE, _IDR, _SPS, _PPS = 1, 5, 7, 8
_MOST_SPS = 31  # as many ids are there (H.264 7.4.2.1.1), and so many fit in avcC
_LOWEST_LEVEL = 10  # 9 is level 1b, which x264 finds itself
_PROFILES = {
    66: "baseline", 77: "main", 100: "high", 110: "high10", 122: "high422", 244: "high444",
}  # fmt: skip
_MOST_RATE = {
    30: 10_000, 31: 14_000, 32: 20_000, 40: 20_000, 41: 50_000, 42: 50_000, 50: 135_000,
    51: 240_000, 52: 240_000, 60: 240_000, 61: 480_000, 62: 800_000,
}  # fmt: skip
"""kbit/s of the levels (H.264 table A-1). Encoders ignore those of lower ones, and so does this."""


class Sets(NamedTuple):
    """An ``avcC``, taken apart.

    Attributes:
        profile: profile_idc.
        level: level_idc.
        width: bytes of a NAL unit's length.
        sequence: the sequence parameter sets.
        picture: the picture parameter sets.
        rest: what stands behind them.
    """

    profile: int
    level: int
    width: int
    sequence: list[bytes]
    picture: list[bytes]
    rest: bytes


def sets(config: bytes) -> Sets:
    """Take an ``avcC`` apart (14496-15, 5.3.3.1.2).

    Raises:
        Malformed: if it is cut short.
    """
    if len(config) < 7 or config[0] != 1:
        raise Malformed("the decoder configuration of its H.264 track is damaged")
    sequence, at = nal.listed(config, 6, config[5] & 31)
    picture, at = nal.listed(config, at + 1, config[at] if at < len(config) else 0)
    width = (config[4] & 3) + 1
    return Sets(config[1], config[3], width, sequence, picture, config[at:])


def start(config: bytes, sample: bytes) -> Start:
    """Whether decoding can begin at a sample: at an IDR picture only.

    Raises:
        Malformed: if the sample is damaged.
    """
    for unit in nal.units(sample, sets(config).width):
        kind = unit[0] & 31
        if _SLICE <= kind <= _IDR:
            return Start.CLOSED if kind == _IDR else Start.NONE
    return Start.NONE


def arguments(
    config: bytes, picture: Picture, stretch: Stretch, beside: Iterable[bytes] = ()
) -> list[str]:
    """What ffmpeg must be told to encode like the source.

    Args:
        config: the source's ``avcC``.
        picture: what is known of its pictures.
        stretch: what is encoded.
        beside: samples of the source that may hold parameter sets of their own.

    Raises:
        CannotCarry: its profile is not one that x264 writes, or all ids are taken.
    """
    known = sets(config)
    if known.profile not in _PROFILES:
        raise CannotCarry(f"its H.264 profile ({picture.profile or known.profile}) is a rare one")
    level = known.level
    params = [f"sps-id={_free(config, beside)}", f"fps={stretch.rate}", "bframes=0", "open-gop=0"]
    if level >= _LOWEST_LEVEL:
        params.append(f"level={level // 10}.{level % 10}")
    if level in _MOST_RATE:
        params += [f"vbv-maxrate={_MOST_RATE[level]}", f"vbv-bufsize={_MOST_RATE[level]}"]
    if stretch.even:
        params.append("force-cfr=1")
    fields = []
    if picture.fields:
        params.append(f"{picture.fields}=1")
        fields = ["-flags", "+ildct+ilme"]
    return [
        "-c:v", "libx264", "-preset", "fast", "-profile:v", _PROFILES[known.profile], *fields,
        "-bf", "0", "-x264-params", ":".join(params),
    ]  # fmt: skip


def join(config: bytes, made: Made, beside: Iterable[bytes] = ()) -> Joined:
    """Give the new frames' parameter sets a place beside the old ones.

    Args:
        config: the source's ``avcC``.
        made: what the encoder made.
        beside: as for :func:`arguments`.

    Raises:
        CannotCarry: if they could be taken for one another.
        Malformed: if either is damaged.
    """
    old, new = sets(config), sets(made.config)
    for mine, theirs in ((new.sequence, old.sequence), (new.picture, old.picture)):
        if {_id(unit) for unit in mine} & {_id(unit) for unit in theirs}:
            raise CannotCarry("the new parameter sets have the ids of the old ones")
    if len(old.sequence) + len(new.sequence) > _MOST_SPS or len(old.picture) + 1 > 255:
        raise CannotCarry("its decoder configuration has no room for other parameter sets")
    sequence, picture = old.sequence + new.sequence, old.picture + new.picture
    parts = [config[:5], bytes([0xE0 | len(sequence)])]
    parts += (len(unit).to_bytes(2) + unit for unit in sequence)
    parts += [bytes([len(picture)])]
    parts += (len(unit).to_bytes(2) + unit for unit in picture)
    keys = [start(made.config, sample) is Start.CLOSED for sample in made.samples]
    # Where the film repeats its parameter sets in its samples, a set of ours could be lost behind
    # one that came later; then ours are repeated as well.
    repeated = any(_carried(sample, old.width) for sample in beside)
    samples = [
        _fitted(sample, new.width, old.width, made.config if repeated and key else None)
        for sample, key in zip(made.samples, keys, strict=True)
    ]
    return Joined(b"".join([*parts, old.rest]), samples, keys)


def _fitted(sample: bytes, width: int, wanted: int, config: bytes | None) -> bytes:
    if width == wanted and config is None:
        return sample
    found = list(nal.units(sample, width))
    if config is not None:
        own = sets(config)
        found = [*own.sequence, *own.picture, *found]
    return nal.joined(found, wanted)


def _free(config: bytes, beside: Iterable[bytes]) -> int:
    """An id that no parameter set of the source has."""
    known = sets(config)
    units = [*known.sequence, *known.picture]
    for sample in beside:
        units += _carried(sample, known.width)
    taken = {_id(unit) for unit in units}
    for number in range(_MOST_SPS, 0, -1):
        if number not in taken:
            return number
    raise CannotCarry("its parameter sets take all ids")


def _carried(sample: bytes, width: int) -> list[bytes]:
    """The parameter sets in a sample."""
    return [unit for unit in nal.units(sample, width) if unit[0] & 31 in (_SPS, _PPS)]


def _id(unit: bytes) -> int:
    """The id of a parameter set: the first number of either kind, behind the SPS's three bytes."""
    payload = nal.unescaped(unit[:64])
    bits = nal.Bits(payload[4 if unit[0] & 31 == _SPS else 1 :])
    return bits.golomb()
