"""What ffmpeg says of all streams of a film, matched in its text; and which films are refused."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from aigc_label import ffmpeg
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.film import picture as pictures

if TYPE_CHECKING:
    from pathlib import Path

    from aigc_label.explicit.film.segment import Picture

_RATE = re.compile(r", ([\d.]+)(k?) (?:fps|tbr)")
_PROGRAM = re.compile(r"^  Program \d+", re.MULTILINE)
_HIGH_RANGE = ("smpte2084", "arib-std-b67")
_SIDE = re.compile(r"DOVI|[Mm]astering [Dd]isplay|[Ss]tereo 3D|[Ss]pherical")


class Stream(NamedTuple):
    """One stream.

    Attributes:
        number: ffmpeg's.
        id: the container's, e.g. ``"0x100"``; mostly empty.
        language: three letters, or empty.
        kind: ``"Video"``, ``"Audio"``, ``"Subtitle"``, ``"Data"``, ...
        codec: ffmpeg's name.
        rest: what else ffmpeg prints.
    """

    number: int
    id: str
    language: str
    kind: str
    codec: str
    rest: str


class Survey(NamedTuple):
    """A film as ffmpeg sees it.

    Attributes:
        streams: those to keep; covers are not among them.
        shown: the one that is the picture.
        picture: what is known of it.
        text: all that ffmpeg prints.
        path: the film.
    """

    streams: tuple[Stream, ...]
    shown: Stream
    picture: Picture
    text: str
    path: Path


def survey(path: Path, container: str) -> Survey:
    """Look at a film, and refuse it if it could not be drawn on without loss.

    Args:
        path: the film.
        container: ffmpeg's name of its format.

    Raises:
        CannotCarry: no picture stream, or one that must not be encoded again.
        Malformed: ffmpeg finds no stream in it.
        MissingExtra: there is no ffmpeg.
    """
    text = ffmpeg.describe(path, "-f", container)
    streams = [
        Stream(int(m[1]), *(m[n] or "" for n in range(2, 7)))
        for m in pictures.STREAM.finditer(text)
    ]
    streams = sorted(dict.fromkeys(s for s in streams if "(attached pic)" not in s.rest))
    if not streams:
        raise Malformed("ffmpeg finds no stream in it")
    for stream in streams:
        if stream.codec in ("none", "unknown", "bin_data"):
            raise CannotCarry(
                f"ffmpeg does not know one of its {stream.kind.lower()} streams, which would be "
                "lost; ask for the implicit label only"
            )
    programs = _PROGRAM.findall(text)
    if len(programs) > 1:
        raise CannotCarry(f"it has {len(programs)} programs; take them apart, then mark each")
    shown = [stream for stream in streams if stream.kind == "Video"]
    if not shown:
        raise CannotCarry("it has no picture stream to draw on; ask for the implicit label only")
    if len(shown) > 1:
        raise CannotCarry(
            f"it has {len(shown)} picture streams, and words on one would leave the others "
            "unmarked; mark them before they are joined"
        )
    return Survey(tuple(streams), shown[0], _picture(shown[0], text), text, path)


def _picture(stream: Stream, text: str) -> Picture:
    look = pictures.stated(stream.codec, stream.rest, text)
    side = _SIDE.search(text)
    is_high = look.colours.get("color_trc") in _HIGH_RANGE
    if is_high or side:
        what = side[0] if side and not is_high else "HDR"
        raise CannotCarry(
            f"its picture is {what}, which is not encoded again without loss in this container; "
            "put it into MP4 or Matroska first"
        )
    if look.fields:
        raise CannotCarry(
            "its picture is interlaced, which is not encoded again without loss in this "
            "container; put it into Matroska first, or deinterlace it"
        )
    return look._replace(rate=_rate(stream.rest))


def _rate(text: str) -> Fraction:
    """Frames a second; 25 where nothing is said, or thousands, which count ticks."""
    found = _RATE.search(text)
    return Fraction(25) if found is None or found[2] else pictures.exact(found[1]) or Fraction(25)
