"""HEVC (ITU-T H.265, ISO/IEC 23008-2; in boxes 14496-15): where to join, and how to match.

Parameter sets may only change at the start of a coded video sequence: at an IDR or BLA picture, or
at a CRA picture that is made a BLA one by its type, which is what those are for. Its skipped
leading pictures (RASL) are encoded with the stretch before it.

x265 numbers all its parameter sets 0, as most encoders do. The new ones get other ids, so that
both stand in ``hvcC``. A slice names its picture parameter set as ``ue(v)`` near its start: one bit
for 0, nine for 15 to 30. That is a byte more, so everything behind it keeps its alignment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.film.codecs import nal
from aigc_label.explicit.film.segment import Joined, Start

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aigc_label.explicit.film.segment import Made, Picture, Stretch

NAME = "hevc"
ENTRIES: tuple[bytes, ...] = (b"hvc1", b"hev1")
CONFIG = b"hvcC"

_BLA_W_LP, _BLA_N_LP, _IDR_W_RADL, _IDR_N_LP, _CRA = 16, 18, 19, 20, 21
_LAST_IRAP, _LAST_VCL = 23, 31
_VPS, _SPS, _PPS, _PREFIX_SEI = 32, 33, 34, 39
_LONG_PPS = [n for n in range(30, 14, -1) if (n + 1) & 3]  # nine bits, of the last two one a 1
_PROFILES = {1: "main", 2: "main10"}
_LIGHT = {137, 144, 147}  # mastering display, content light level, alternative transfer


class Array(NamedTuple):
    """Parameter sets of one kind in an ``hvcC``."""

    head: int
    units: list[bytes]

    @property
    def kind(self) -> int:
        """nal_unit_type."""
        return self.head & 63


class Sets(NamedTuple):
    """An ``hvcC``, taken apart: its fixed part, and the arrays."""

    fixed: bytes
    arrays: list[Array]

    @property
    def profile(self) -> int:
        """general_profile_idc."""
        return self.fixed[1] & 31

    @property
    def level(self) -> int:
        """general_level_idc, thirty times the level."""
        return self.fixed[12]

    @property
    def is_high_tier(self) -> bool:
        """general_tier_flag."""
        return bool(self.fixed[1] & 32)

    @property
    def width(self) -> int:
        """Bytes of a NAL unit's length."""
        return (self.fixed[21] & 3) + 1

    def of(self, kind: int) -> list[bytes]:
        """All units of a type."""
        return [unit for array in self.arrays if array.kind == kind for unit in array.units]


def sets(config: bytes) -> Sets:
    """Take an ``hvcC`` apart (14496-15, 8.3.3.1.2).

    Raises:
        Malformed: if it is cut short.
    """
    if len(config) < 23 or config[0] != 1:
        raise Malformed("the decoder configuration of its HEVC track is damaged")
    arrays: list[Array] = []
    at = 23
    for _ in range(config[22]):
        if at + 3 > len(config):
            raise Malformed("the decoder configuration is cut short")
        units, end = nal.listed(config, at + 3, int.from_bytes(config[at + 1 : at + 3]))
        arrays.append(Array(config[at], units))
        at = end
    return Sets(config[:22], arrays)


def start(config: bytes, sample: bytes) -> Start:
    """Whether decoding can begin at a sample.

    Raises:
        Malformed: if the sample is damaged.
    """
    kind = next((k for k in map(_kind, nal.units(sample, sets(config).width)) if k <= 31), 0)
    if kind in (_IDR_W_RADL, _IDR_N_LP):
        return Start.CLOSED
    return Start.OPEN if _BLA_W_LP <= kind <= _CRA else Start.NONE


def arguments(
    config: bytes, picture: Picture, stretch: Stretch, beside: Iterable[bytes] = ()
) -> list[str]:
    """What ffmpeg must be told to encode like the source; as :func:`h264.arguments`.

    Raises:
        CannotCarry: its profile is not one that x265 writes alike, or its frames are fields.
    """
    del beside
    known = sets(config)
    profile = _PROFILES.get(known.profile)
    if profile is None and known.profile != 4:  # 4: the format range extensions, told by pixels
        raise CannotCarry(f"its HEVC profile ({picture.profile or known.profile}) is a rare one")
    if picture.fields:
        raise CannotCarry("its HEVC picture is interlaced")
    params = [
        "log-level=error", "bframes=0", "open-gop=0", "info=0", "repeat-headers=0",
        f"fps={stretch.rate}", f"keyint={stretch.group}", f"min-keyint={min(stretch.group, 5)}",
        f"level-idc={known.level / 30:g}", "hrd=0",
        f"high-tier={int(known.is_high_tier)}",
    ]  # fmt: skip
    named = ["-profile:v", profile] if profile else []
    return [
        "-c:v", "libx265", "-preset", "fast", *named, "-tag:v", "hvc1",
        "-x265-params", ":".join(params),
    ]  # fmt: skip


def join(config: bytes, made: Made, beside: Iterable[bytes] = ()) -> Joined:
    """Give the new frames' parameter sets other ids, and a place beside the old ones.

    What the source says of its light in the first of ``beside`` that says it, the new starting
    points say as well.

    Raises:
        CannotCarry: if no ids are left, or the encoder did what it never does.
        Malformed: if either is damaged.
    """
    old, new = sets(config), sets(made.config)
    carried = [list(nal.units(sample, old.width)) for sample in beside]
    repeated = [u for units in carried for u in units if _VPS <= _kind(u) <= _PPS]
    ids = _free(old, repeated)
    ours = {kind: [_renamed(unit, ids) for unit in new.of(kind)] for kind in (_VPS, _SPS, _PPS)}
    if any(len(units) != 1 for units in ours.values()):
        raise CannotCarry("the encoder made several parameter sets of a kind")
    light = next(filter(None, map(_light, carried)), [])
    # As in H.264: sets that a later sample repeats must not push ours out.
    opening = [unit for units in ours.values() for unit in units] if repeated else []
    samples, keys = [], []
    for sample in made.samples:
        found = [_renamed(unit, ids) for unit in nal.units(sample, new.width)]
        key = start(made.config, sample) is not Start.NONE
        if key:
            found = [*opening, *([] if _light(found) else light), *found]
        keys.append(key)
        samples.append(nal.joined(found, old.width))
    arrays = [Array(a.head, a.units + ours.pop(a.kind, [])) for a in old.arrays]
    arrays += [Array(0x80 | kind, units) for kind, units in ours.items()]
    return Joined(_built(old.fixed, arrays), samples, keys)


def detached(config: bytes, sample: bytes) -> bytes:
    """A CRA picture as a BLA picture without leading pictures: it starts a sequence by itself.

    This lets decoders show what they still hold back: behind an end of sequence, a CRA picture
    would say to discard it (H.265 C.5.2.2).

    Raises:
        Malformed: if the sample is damaged.
    """
    width = sets(config).width
    made = []
    for unit in nal.units(sample, width):
        is_cra = _kind(unit) == _CRA
        made.append(bytes([unit[0] & 0x81 | _BLA_N_LP << 1]) + unit[1:] if is_cra else unit)
    return nal.joined(made, width)


class _Ids(NamedTuple):
    """The ids of the new parameter sets, all unknown to the source."""

    video: int
    sequence: int
    picture: int


def _free(old: Sets, repeated: Iterable[bytes]) -> _Ids:
    units = [*repeated, *(unit for array in old.arrays for unit in array.units)]
    chosen = []
    for kind, able in ((_VPS, range(15, 0, -1)), (_SPS, range(15, 0, -1)), (_PPS, _LONG_PPS)):
        taken = {_id(unit) for unit in units if _kind(unit) == kind}
        number = next((n for n in able if n not in taken), None)
        if number is None:
            raise CannotCarry("its parameter sets take all ids")
        chosen.append(number)
    return _Ids(*chosen)


def _kind(unit: bytes) -> int:
    """nal_unit_type."""
    return unit[0] >> 1 & 63


def _id(unit: bytes) -> int:
    """The id of a parameter set."""
    bits = nal.Bits(nal.unescaped(unit[:256])[2:])
    kind = _kind(unit)
    if kind == _VPS:
        return bits.take(4)
    if kind == _SPS:
        _skip_to_sps_id(bits)
    return bits.golomb()


def _skip_to_sps_id(bits: nal.Bits) -> None:
    """Pass over profile, tier and level (H.265 7.3.3)."""
    bits.take(4)
    layers = bits.take(3)
    bits.take(1 + 96)
    flags = [(bits.take(1), bits.take(1)) for _ in range(layers)]
    bits.take(2 * (8 - layers) if layers else 0)
    for profile, level in flags:
        bits.take(88 * profile + 8 * level)


def _renamed(unit: bytes, ids: _Ids) -> bytes:
    """A unit of the encoder with our ids in place of its zeros; what has none comes unchanged.

    Raises:
        CannotCarry: if it does not begin as x265's do.
    """
    kind = _kind(unit)
    if kind <= _LAST_VCL:
        # The first byte holds one flag, for IRAP pictures two, and then the bit for id 0. What is
        # put in has ones at both its ends of bytes, so no escape comes to be or goes.
        ahead = 2 if _BLA_W_LP <= kind <= _LAST_IRAP else 1
        behind = 7 - ahead
        first = unit[2]
        if not first >> behind & 1:
            raise CannotCarry("the encoder numbers its parameter sets in another way")
        value, _ = nal.golomb(ids.picture)
        new = first >> behind + 1 << 9 | value
        new = new << behind | first & (1 << behind) - 1
        return unit[:2] + new.to_bytes(2) + unit[3:]
    if kind not in (_VPS, _SPS, _PPS):
        return unit
    payload = nal.unescaped(unit)[2:]
    if kind == _SPS:
        return _renamed_sps(unit, payload, ids)
    bits = nal.Bits(payload)
    if kind == _VPS:
        bits.take(4)
        numbers = [(ids.video, 4)]
    else:
        if bits.golomb() or bits.golomb():
            raise CannotCarry("the encoder numbers its parameter sets in another way")
        numbers = [nal.golomb(ids.picture), nal.golomb(ids.sequence)]
    return unit[:2] + nal.escaped(_spelled(numbers, bits))


def _renamed_sps(unit: bytes, payload: bytes, ids: _Ids) -> bytes:
    bits = nal.Bits(payload)
    _skip_to_sps_id(bits)
    before = nal.Bits(payload)
    before.take(4)
    profile = before.left - bits.left
    between = (before.take(profile), profile)
    if bits.golomb():
        raise CannotCarry("the encoder numbers its parameter sets in another way")
    numbers = [(ids.video, 4), between, nal.golomb(ids.sequence)]
    return unit[:2] + nal.escaped(_spelled(numbers, bits))


def _spelled(numbers: Iterable[tuple[int, int]], rest: nal.Bits) -> bytes:
    """Numbers of so many bits each, then what is left to read, up to its last one bit."""
    value = length = 0
    left = rest.left
    for number, bits in (*numbers, (rest.take(left), left)):
        value, length = value << bits | number, length + bits
    zeros = (value & -value).bit_length() - 1  # behind the bit that stops the payload
    value, length = value >> zeros, length - zeros
    pad = -length % 8
    return (value << pad).to_bytes((length + pad) // 8)


def _light(units: Iterable[bytes]) -> list[bytes]:
    """The messages that describe the light of a film's pictures once for all (HDR10)."""
    found = []
    for unit in units:
        kinds = set()
        if _kind(unit) == _PREFIX_SEI:
            kinds = {kind for kind, _ in messages(nal.unescaped(unit)[2:])}
        if kinds and kinds <= _LIGHT:
            found.append(unit)
    return found


def messages(payload: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and payload of each message of supplemental information (H.265 7.3.5).

    Args:
        payload: of the unit, without its header and escapes.
    """
    at = 0
    while at + 2 < len(payload):
        numbers = []
        for _ in range(2):
            number = 0
            while at < len(payload) and payload[at] == 255:
                number, at = number + 255, at + 1
            numbers.append(number + (payload[at] if at < len(payload) else 0))
            at += 1
        yield numbers[0], payload[at : at + numbers[1]]
        at += numbers[1]


def _built(fixed: bytes, arrays: Iterable[Array]) -> bytes:
    arrays = list(arrays)
    parts = [fixed, bytes([len(arrays)])]
    for array in arrays:
        parts += (bytes([array.head]), len(array.units).to_bytes(2))
        parts += (len(unit).to_bytes(2) + unit for unit in array.units)
    return b"".join(parts)
