"""What ffmpeg says of a picture track, matched in its text: there is no ffprobe in the wheel."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from aigc_label import ffmpeg
from aigc_label.errors import CannotCarry
from aigc_label.explicit.film.segment import Picture

if TYPE_CHECKING:
    from pathlib import Path

STREAM = re.compile(
    r"^\s*Stream #0:(?P<number>\d+)(?:\[(?P<id>0x[0-9a-f]+)\])?(?:\((?P<language>[^)]*)\))?"
    r": (?P<kind>\w+): (?P<codec>\w+)(?P<rest>.*)$",
    re.MULTILINE,
)
"""A stream in what ``ffmpeg -i`` prints."""

_FORM = re.compile(
    r"^(?: \(lib\w+\))?(?: \((?P<profile>(?:(?! / 0x)[^)])*)\))?"
    r"(?: \((?P<tag>[^()]*?) / 0x[0-9A-F]+\))?"
    r", (?P<pixels>\w+)(?:\((?P<signal>[^()]*(?:\([^()]*\))?)\))?"
    r", (?P<width>\d+)x(?P<height>\d+)"
)
_ASPECT = re.compile(r"\bSAR (\d+):(\d+)")
_RATE = re.compile(r", ([\d.]+) tbr")
_COLOURS = re.compile(r"[a-z0-9-]+(?:/[a-z0-9-]+){0,2}")
_SQUARE = Fraction(1)
_FIELDS = {  # the order of display counts; ffmpeg names that of coding first
    "top first": "tff",
    "bottom first": "bff",
    "top coded first (swapped)": "bff",
    "bottom coded first (swapped)": "tff",
}
_SIDE = re.compile(r"DOVI|[Dd]olby [Vv]ision|[Mm]astering [Dd]isplay|[Ss]tereo 3D|[Ss]pherical")


def stated(codec: str, rest: str, text: str) -> Picture:
    """What ffmpeg says of a picture stream.

    Args:
        codec: ffmpeg's name.
        rest: what it prints behind that.
        text: all that it prints of the film; of side data it says below.

    Raises:
        CannotCarry: ffmpeg does not know the coding.
    """
    found = _FORM.match(rest)
    if found is None:
        raise CannotCarry("ffmpeg does not know how its picture is coded")
    signal = found["signal"] or ""
    aspects = _ASPECT.findall(rest)  # the container's, which counts, comes last
    rate = _RATE.search(rest)
    return Picture(
        codec=codec,
        profile=found["profile"] or "",
        tag=found["tag"] or "",
        pixels=found["pixels"],
        colours=colours(signal),
        size=(int(found["width"]), int(found["height"])),
        aspect=Fraction(*map(int, aspects[-1])) if aspects and "0" not in aspects[-1] else _SQUARE,
        fields=next((v for k, v in _FIELDS.items() if k in signal), ""),
        notes=" ".join(_SIDE.findall(text)),
        rate=exact(rate[1]) if rate else Fraction(0),
    )


def described(path: Path, container: str) -> Picture:
    """What is known of the only track of a small film.

    Args:
        path: the film.
        container: ffmpeg's name of its format.

    Raises:
        CannotCarry: ffmpeg does not know the coding.
        MissingExtra: there is no ffmpeg.
    """
    text = ffmpeg.describe(path, "-f", container)
    stream = next((found for found in STREAM.finditer(text) if found["kind"] == "Video"), None)
    if stream is None:
        raise CannotCarry("ffmpeg does not know how its picture is coded")
    return stated(stream["codec"], stream["rest"], text)


def exact(text: str) -> Fraction:
    """The rate that ffmpeg prints with two decimals, exactly: 29.97 is 30000/1001."""
    rate = Fraction(text)
    ntsc = Fraction(round(rate * 1001 / 1000) * 1000, 1001)
    return ntsc if rate.denominator > 1 and abs(ntsc - rate) < Fraction(1, 100) else rate


def colours(signal: str) -> dict[str, str]:
    """What ``ffmpeg -i`` prints as ``tv, bt709`` or ``tv, bt2020nc/bt2020/smpte2084``."""
    found = {}
    for part in signal.split(", "):
        if part in ("tv", "pc"):
            found["range"] = part
        elif _COLOURS.fullmatch(part) and part not in ("progressive", "gbr"):
            names = part.split("/") if "/" in part else [part] * 3
            keys = ("colorspace", "color_primaries", "color_trc")
            found |= {k: n for k, n in zip(keys, names, strict=False) if n != "unknown"}
    return found
