"""Words laid over every frame that they shall stand on, while a whole picture stream is encoded.

One pass, whatever the container: what :mod:`whole` and :mod:`recoding` have in common. Times are
seconds on the clock that ffmpeg reads with the source's own options.
"""

from __future__ import annotations

import errno
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image

from aigc_label import ffmpeg
from aigc_label.errors import AssetError, CannotCarry
from aigc_label.explicit.film import composing, encoder, timing
from aigc_label.explicit.film import plate as plates

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aigc_label.explicit.film.plate import Screen
    from aigc_label.explicit.film.segment import Plate, Showing
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.model import FoundMark
    from aigc_label.output import Scratch

_TICK = Fraction(1, 1_000_000)
_UNKNOWN = -(1 << 62)
_LATE = 0.0005  # seconds that a time may stand before a frame's because both are rounded


class Reel(NamedTuple):
    """A film as ffmpeg opens it.

    Attributes:
        path: where it stands.
        options: ffmpeg's for the input, e.g. ``("-f", "mov")``.
        stream: ffmpeg's number of the picture stream.
    """

    path: Path
    options: tuple[str, ...]
    stream: int

    @property
    def opened(self) -> tuple[str, ...]:
        """The arguments that open it; pixels come as they are stored."""
        # Without -xerror, frames that cannot be decoded would be left out in silence. Without
        # -copyts, times would depend on which of the streams are read.
        return ("-xerror", "-copyts", *self.options, "-noautorotate", "-i", ffmpeg.url(self.path))


class Laid(NamedTuple):
    """A mark ready to be laid over a film.

    Attributes:
        plate: the mark in stored pixels.
        showings: when it stands.
        found: what people will see of it.
        before: by how many grey levels it would change the first frame, in all and in a part.
        stands: whether it is there already.
        packets: the film's picture, as its container has it.
        start: when its first frame is shown.
    """

    plate: Plate
    showings: tuple[Showing, ...]
    found: FoundMark
    before: tuple[float, int]
    stands: bool
    packets: Packets
    start: float


def laid(reel: Reel, screen: Screen, explicit: ExplicitLabel, scratch: Scratch) -> Laid:
    """Compose the mark for a film.

    Raises:
        InvalidLabel: as :func:`overlays.compose`.
        CannotCarry: the words do not fit, the film ends before a span, or cannot be decoded.
    """
    frame, start = first_frame(reel, scratch("first.ppm"))
    parts = packets(reel)
    film = timing.Played(start, max(parts.end, start))
    showings = timing.showings(explicit, film)
    ground = screen.shown(frame)
    mark = composing.composed(explicit, screen.size, ground, film.film_seconds(showings[0]))
    plate = screen.stored(mark.overlay, scratch("plate.png"))
    before = plates.difference(frame, plate)
    # What shall stand to the end stands to the end, however long the last frame is.
    open_ended = [s if s.end < film.end else s._replace(end=s.end + 3600) for s in showings]
    is_there = mark.stands or before[1] <= composing.SAME
    return Laid(plate, tuple(open_ended), mark.found, before, is_there, parts, start)


def encode(told: Sequence[str], target: Path, over: Laid) -> None:
    """Encode the film with the words, for as long as that takes.

    Args:
        told: ffmpeg's arguments up to the output.
        target: the output.
        over: what is laid over which packets.

    Raises:
        CannotCarry: if ffmpeg fails.
    """
    try:
        ffmpeg.encode([*told, ffmpeg.url(target)], over.packets.end - over.start)
    except AssetError as error:
        raise CannotCarry(
            f"the film could not be encoded again ({error.reason}); repair or remux it, or ask "
            "for the implicit label only"
        ) from None


def require_seen(made: Reel, laid_over: Laid, scratch: Scratch) -> None:
    """Look whether the words stand on the first frame of what was encoded.

    Raises:
        CannotCarry: if they do not.
    """
    frame, _ = first_frame(made, scratch("first.ppm"))
    composing.require_seen(laid_over.before, plates.difference(frame, laid_over.plate))


def first_frame(reel: Reel, target: Path) -> tuple[Image.Image, float]:
    """The first frame that is shown, as it is stored, in RGB; and when.

    Args:
        reel: the film.
        target: a new file, which is removed.

    Raises:
        CannotCarry: if it cannot be decoded.
        OSError: there is no room for it.
    """
    one = ("-map", f"0:{reel.stream}", "-frames:v", "1", "-fps_mode", "passthrough")
    told = [
        *reel.opened, *one, "-pix_fmt", "rgb24", "-c:v", "ppm", "-f", "image2pipe",
        ffmpeg.url(target), *one, "-c:v", "rawvideo", "-enc_time_base",
        f"{_TICK.numerator}/{_TICK.denominator}", "-f", "framecrc", "pipe:1",
    ]  # fmt: skip
    try:
        rows = _rows(ffmpeg.run(told)).rows
        with Image.open(target) as still:
            return still.convert("RGB"), rows[0][1]
    except (AssetError, OSError, IndexError) as error:
        if getattr(error, "errno", None) == errno.ENOSPC:
            raise
        raise CannotCarry("its first frame cannot be decoded; repair it first") from None
    finally:
        target.unlink(missing_ok=True)


class Packets(NamedTuple):
    """What a stream is made of, as its container has it.

    Attributes:
        tick: seconds of the container's clock.
        rows: when each is decoded and shown, and how long, in seconds; one that does not say when
            it is shown has the time of its decoding for it.
        stated: when those are shown that say it, in order.
    """

    tick: Fraction
    rows: list[tuple[float, float, float]]
    stated: list[float]

    @property
    def end(self) -> float:
        """When the last one ends."""
        return max((shown + length for _, shown, length in self.rows), default=0.0)


def packets(reel: Reel) -> Packets:
    """The packets of the picture stream, which are not decoded.

    Raises:
        CannotCarry: if they cannot be read to the end.
    """
    told = [*reel.opened, "-map", f"0:{reel.stream}", "-c", "copy", "-f", "framecrc", "pipe:1"]
    try:
        return _rows(ffmpeg.run(told, timeout=None))
    except AssetError as error:
        raise CannotCarry(f"its frames cannot be counted ({error.reason}); repair it") from None


def _rows(text: bytes) -> Packets:
    """What ffmpeg's muxer framecrc lists of one stream."""
    tick, rows, stated = _TICK, [], []
    for line in text.decode("ascii", "replace").splitlines():
        if line.startswith("#tb 0:"):
            tick = Fraction(line.partition(": ")[2].strip())
        elif line[:1] != "#":
            _, decoded, shown, length, *_ = map(str.strip, line.split(","))
            is_stated = int(shown) > _UNKNOWN
            at = float(int(shown if is_stated else decoded) * tick)
            rows.append((float(int(decoded) * tick), at, float(int(length) * tick)))
            stated += [at] * is_stated
    return Packets(tick, rows, sorted(stated))


def graph(reel: Reel, screen: Screen, laid_over: Laid, rate: Fraction) -> tuple[str, list[str]]:
    """The filters that draw, ending in ``[out]``, and the arguments of the second input.

    Args:
        reel: the film, ffmpeg's first input.
        screen: its pixels.
        laid_over: what to draw.
        rate: frames a second, for the steps of fading.
    """
    picture, plate, showings = screen.picture, laid_over.plate, laid_over.showings
    drawn_in, _ = encoder.DRAWABLE[picture.pixels]
    said = [f"{key}={value}" for key, value in picture.colours.items()]
    colours = f"setparams={':'.join(said)}," if said else ""
    place = f"x={plate.left}:y={plate.top}:format={drawn_in}"
    parts = [f"[0:{reel.stream}]{colours}null[v0]"]
    if any(showing.rise or showing.fall for showing in showings):
        copies = "".join(f"[p{number}]" for number in range(len(showings)))
        parts.append(f"[1:v]{encoder.plate_colours(picture)},split={len(showings)}{copies}")
        for number, showing in enumerate(showings):
            parts.append(f"[p{number}]{_fading(showing, rate)}[q{number}]")
            parts.append(
                f"[v{number}][q{number}]overlay={place}:shortest=0:eof_action=repeat"
                f":enable='{_enabled([showing])}'[v{number + 1}]"
            )
        last = len(showings)
    else:
        parts.append(f"[1:v]{encoder.plate_colours(picture)},{_clocked(showings[0].start)}[p0]")
        parts.append(f"[v0][p0]overlay={place}:enable='{_enabled(showings)}'[v1]")
        last = 1
    parts.append(f"[v{last}]{colours}format={picture.pixels}[out]")
    return ";".join(parts), ["-i", ffmpeg.url(plate.path)]


def _fading(showing: Showing, rate: Fraction) -> str:
    """The plate again and again from the moment it appears to the one from which it stays."""
    start, end = showing.start - showing.rise, showing.end + showing.fall
    steps = int((end - start if showing.fall else showing.rise) * rate) + 2
    chain = [f"loop=loop={steps}:size=1:start=0,settb=1/1000000,setpts=N/({float(rate):.9f}*TB)"]
    # Fades are told times from 0 on, as they do not understand negative ones.
    if showing.rise:
        chain.append(f"fade=in:st=0:d={showing.rise:.6f}:alpha=1")
    if showing.fall:
        chain.append(f"fade=out:st={showing.end - start:.6f}:d={showing.fall:.6f}:alpha=1")
    return ",".join([*chain, _clocked(start)])


def _clocked(start: float) -> str:
    """The plate not before it stands: older ffmpeg asks at its time whether it stands, too."""
    return f"settb=1/1000000,setpts=PTS+{start - _LATE / 2:.6f}/TB"


def _enabled(showings: Sequence[Showing]) -> str:
    return "+".join(
        f"gte(t,{s.start - s.rise - _LATE:.6f})*lt(t,{s.end + s.fall - _LATE:.6f})"
        for s in showings
    )
