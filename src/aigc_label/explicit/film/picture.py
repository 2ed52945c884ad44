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

_STREAM = re.compile(r"^\s*Stream #0:0.*?: Video: (\w+)(.*)$", re.MULTILINE)
_FORM = re.compile(
    r"^(?: \(lib\w+\))?(?: \((?P<profile>[^)]*)\))?(?: \((?P<tag>\S{4}) / 0x[0-9A-F]+\))?"
    r", (?P<pixels>\w+)(?:\((?P<signal>[^()]*(?:\([^()]*\))?)\))?"
    r", (?P<width>\d+)x(?P<height>\d+)"
)
_ASPECT = re.compile(r"\bSAR (\d+):(\d+)")
_RATE = re.compile(r", ([\d.]+) tbr")
_COLOURS = re.compile(r"[a-z0-9-]+(?:/[a-z0-9-]+){0,2}")
_FIELDS = {  # the order of display counts; ffmpeg names that of coding first
    "top first": "tff",
    "bottom first": "bff",
    "top coded first (swapped)": "bff",
    "bottom coded first (swapped)": "tff",
}
_SIDE = re.compile(r"DOVI|[Dd]olby [Vv]ision|[Mm]astering [Dd]isplay|[Ss]tereo 3D|[Ss]pherical")


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
    stream = _STREAM.search(text)
    form = _FORM.match(stream[2]) if stream else None
    if stream is None or form is None:
        raise CannotCarry("ffmpeg does not know how its picture is coded")
    signal = form["signal"] or ""
    aspects = _ASPECT.findall(stream[2])  # the container's, which counts, comes last
    aspect = Fraction(*map(int, aspects[-1])) if aspects and "0" not in aspects[-1] else Fraction(1)
    return Picture(
        codec=stream[1],
        profile=form["profile"] or "",
        tag=form["tag"] or "",
        pixels=form["pixels"],
        colours=colours(signal),
        size=(int(form["width"]), int(form["height"])),
        aspect=aspect,
        fields=next((v for k, v in _FIELDS.items() if k in signal), ""),
        notes=" ".join(_SIDE.findall(text)),
        rate=_rate(stream[2]),
    )


def _rate(text: str) -> Fraction:
    """The rate that ffmpeg prints with two decimals, exactly: 29.97 is 30000/1001."""
    found = _RATE.search(text)
    if found is None:
        return Fraction(0)
    rate = Fraction(found[1])
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
