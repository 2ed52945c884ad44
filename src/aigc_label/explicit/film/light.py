"""What an HDR film in HEVC says of its light, and how x265 is told to say it again.

The messages stand in the first frame or before it (ITU-T H.265 D.2.28, D.2.35, D.2.38). Those that
change from frame to frame (HDR10+, Dolby Vision) are not written again: such films are refused.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from aigc_label import ffmpeg
from aigc_label.errors import AssetError, CannotCarry
from aigc_label.explicit.film.codecs import hevc, nal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aigc_label.explicit.film.laying import Reel

TRANSFERS = ("smpte2084", "arib-std-b67")
"""The transfer curves of HDR: PQ and HLG."""

_MASTERING, _LEVELS, _TRANSFER, _REGISTERED = 137, 144, 147, 4
_PREFIX_SEI = 39
_DOLBY_VISION = 62  # NAL unit type of its data for each frame
_SAMSUNG = b"\xb5\x00\x3c"  # United States, and who defined HDR10+ (SMPTE ST 2094-40)
_START = b"\0\0\1"


def said(reel: Reel) -> dict[int, bytes]:
    """The messages of light in the first frame, by type.

    Raises:
        CannotCarry: they change from frame to frame, or cannot be read.
    """
    one = ["-map", f"0:{reel.stream}", "-c", "copy", "-frames:v", "1"]
    raw = ["-bsf:v", "hevc_mp4toannexb", "-f", "hevc", "pipe:1"]
    try:
        stream = ffmpeg.run([*reel.opened, *one, *raw])
    except AssetError as error:
        raise CannotCarry(f"its first frame cannot be read ({error.reason})") from None
    found: dict[int, bytes] = {}
    for part in stream.split(_START)[1:]:
        unit = part.rstrip(b"\0")
        if len(unit) < 3:
            continue
        kind = unit[0] >> 1 & 63
        if kind == _DOLBY_VISION:
            raise CannotCarry("its picture has Dolby Vision metadata for each frame")
        if kind == _PREFIX_SEI:
            for message, payload in hevc.messages(nal.unescaped(unit)[2:]):
                if message == _REGISTERED and payload.startswith(_SAMSUNG):
                    raise CannotCarry(
                        "its picture has HDR10+ metadata for each frame, which would be lost; "
                        "ask for the implicit label only"
                    )
                if message in (_MASTERING, _LEVELS, _TRANSFER):
                    found[message] = payload
    return found


def params(found: Mapping[int, bytes]) -> list[str]:
    """x265's parameters that make it say the same.

    Raises:
        CannotCarry: a message is cut short.
    """
    told = []
    try:
        if _MASTERING in found:
            *points, most, least = struct.unpack_from(">8H2I", found[_MASTERING])
            pairs = zip(("G", "B", "R", "WP"), points[::2], points[1::2], strict=True)
            said = "".join(f"{name}({x},{y})" for name, x, y in pairs)
            told.append(f"master-display={said}L({most},{least})")
        if _LEVELS in found:
            told.append("max-cll={},{}".format(*struct.unpack_from(">2H", found[_LEVELS])))
    except struct.error:
        raise CannotCarry("what its picture says of its light is cut short") from None
    if found.get(_TRANSFER):
        told.append(f"atc-sei={found[_TRANSFER][0]}")
    if _MASTERING in found or _LEVELS in found:
        told.append("hdr10=1")
    return told


def verify(before: Mapping[int, bytes], made: Reel) -> None:
    """Look whether an encoded film says the same of its light.

    Raises:
        CannotCarry: if it does not.
    """
    if said(made) != before:
        raise CannotCarry(
            "what its picture says of its light would be lost; ask for the implicit label only"
        )
