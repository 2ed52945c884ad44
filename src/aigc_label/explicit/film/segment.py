"""What the parts of smart rendering hand to one another, whatever the container.

A *stretch* is a run of frames, whole groups of pictures, that is decoded, drawn on and encoded
once more. All around it is copied. Its frames are as many after as before, and keep their times.
"""

from __future__ import annotations

from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


class Start(Enum):
    """What a sample is to a decoder that has seen nothing before it."""

    NONE = "none"
    """It, or something behind it that is shown after it, cannot be decoded."""

    OPEN = "open"
    """Decoding can begin; but pictures that follow it and are shown before it need earlier ones."""

    CLOSED = "closed"
    """Nothing from here on depends on anything before it."""


class Picture(NamedTuple):
    """What ffmpeg says of a picture track.

    Attributes:
        codec: ffmpeg's name, e.g. ``"h264"``.
        profile: as ffmpeg names it, ``""`` if unknown.
        tag: four-character code of the sample entry, ``""`` if unknown.
        pixels: ffmpeg's pixel format.
        colours: ``range``, ``colorspace``, ``color_primaries``, ``color_trc`` as far as stated.
        size: width and height as stored, in pixels.
        aspect: width over height of one stored pixel.
        fields: ``"tff"`` or ``"bff"`` where a frame is two fields, else ``""``.
        notes: words that ffmpeg prints of side data, e.g. of Dolby Vision; for refusals.
        rate: frames a second as the stream says or its times let guess; 0 if unknown.
    """

    codec: str
    profile: str
    tag: str
    pixels: str
    colours: dict[str, str]
    size: tuple[int, int]
    aspect: Fraction
    fields: str
    notes: str = ""
    rate: Fraction = Fraction(0)


class Stretch(NamedTuple):
    """Frames to encode once more, in a small film of the picture track alone.

    Attributes:
        excerpt: the small film; it may hold more at both ends than is encoded.
        container: ffmpeg's name of its format, ``"mov"`` or ``"matroska"``.
        clock: ticks a second of the time stamps that ffmpeg reads from it.
        first: time of the first frame to encode, in ticks as they stand in the excerpt.
        end: time of the first frame behind the last one.
        frames: how many that are.
        rate: frames a second, the mean where they differ.
        even: whether all frames last the same.
        group: the most frames from one starting point to the next; 1 where each is one.
    """

    excerpt: Path
    container: str
    clock: int
    first: int
    end: int
    frames: int
    rate: Fraction
    even: bool
    group: int


class Showing(NamedTuple):
    """When words stand, in seconds on the excerpt's clock: at full strength, and fading around.

    Attributes:
        start: they are there in full from here.
        end: up to, not including, here.
        rise: seconds before ``start`` in which they appear.
        fall: seconds from ``end`` in which they vanish.
    """

    start: float
    end: float
    rise: float = 0.0
    fall: float = 0.0


class Plate(NamedTuple):
    """A mark as it is drawn on stored pixels.

    Attributes:
        path: an RGBA picture, its colours already in the transfer curve of the film.
        left: stored pixels from the left, even.
        top: stored pixels from the top, even.
    """

    path: Path
    left: int
    top: int


class Made(NamedTuple):
    """What an encoder made of a stretch.

    Attributes:
        config: the decoder configuration (body of ``avcC``, ``hvcC``, ``av1C``; else ``b""``).
        samples: the frames, in the order in which they are shown, which is that of decoding.
    """

    config: bytes
    samples: list[bytes]


class Joined(NamedTuple):
    """A stretch ready to stand among the samples of its source.

    Attributes:
        config: the configuration that serves old samples and new ones; the old one if it does.
        samples: the new samples, as many as there were frames.
        keys: for each of them whether decoding can begin there.
        bridge: bytes to put in front of the first copied sample behind them, mostly none.
    """

    config: bytes
    samples: list[bytes]
    keys: list[bool]
    bridge: bytes = b""
