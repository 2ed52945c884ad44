"""Encoding frames of a Matroska film once more, with words over them, by way of small films."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from aigc_label import ffmpeg
from aigc_label.asset import open_asset
from aigc_label.containers.ebml import blocks
from aigc_label.errors import AssetError, CannotCarry
from aigc_label.explicit.film import encoder, matroska_excerpt
from aigc_label.explicit.film import segment as smart
from aigc_label.explicit.film.matroska_clusters import Sample
from aigc_label.explicit.film.matroska_reel import Reel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aigc_label.containers.ebml.blocks import Block
    from aigc_label.explicit.film.codecs import Codec
    from aigc_label.explicit.film.segment import Picture, Plate, Showing

_SECOND = 1_000_000_000
_RATES = [
    *(Fraction(number * 1000, 1001) for number in (24, 30, 60)),
    *map(Fraction, (24, 25, 30, 50, 60)),
]
"""Those that MPEG-1 and MPEG-2 know (13818-2, table 6-4)."""

_WITH_USUAL_RATES = ("V_MPEG1", "V_MPEG2")
_FAR = 8
_NEAR = Fraction(1, 500)
_AT_ONCE = 128  # frames held in memory
_SLOWEST, _FASTEST = Fraction(1, 10), Fraction(1000)


class Work(NamedTuple):
    """What is the same for all stretches of a film.

    Attributes:
        reel: the film.
        codec: what its picture is coded in.
        picture: what ffmpeg says of it.
        plate: the mark.
    """

    reel: Reel
    codec: Codec
    picture: Picture
    plate: Plate


class Sides(NamedTuple):
    """What stands on both sides of a stretch.

    Attributes:
        config: what the decoder is set up with so far.
        beside: the source's samples at both joints, as :mod:`codecs` has it.
    """

    config: bytes
    beside: Sequence[bytes]


class Excerpt(NamedTuple):
    """A small film, and which frame of it is which of the source's.

    Attributes:
        path: where it stands.
        step: nanoseconds from frame to frame in it.
        rate: frames a second in it.
        shown: the frames that are shown, in that order.
        first: the first of them to replace.
        end: the first behind those.
    """

    path: Path
    step: int
    rate: Fraction
    shown: list[Block]
    first: int
    end: int

    @property
    def keys(self) -> list[int]:
        """The frames to replace that were starting points, counted from the first."""
        return [n for n, block in enumerate(self.shown[self.first : self.end]) if block.key]


def rate(reel: Reel, frames: Sequence[Block]) -> Fraction:
    """Frames a second: as the track says, unless that is far from the times, else the mean.

    The times stay with the container; this is what the encoder reckons with.
    """
    times = sorted(block.time for block in frames)
    span = (times[-1] - times[0]) * reel.picture.tick if times else 0
    said = Fraction(reel.picture.step)
    mean = Fraction(span, len(times) - 1) if span else said or Fraction(_SECOND, 25)
    step = said if mean / _FAR < said < mean * _FAR else mean
    found = min(max(_SECOND / step, _SLOWEST), _FASTEST)
    usual = min(_RATES, key=lambda one: abs(one - found))
    only_usual = reel.picture.codec in _WITH_USUAL_RATES
    if only_usual or abs(usual - found) < found * _NEAR:
        return usual
    return found.limit_denominator(1000)


def excerpt(reel: Reel, frames: Sequence[Block], inside: Sequence[Block], path: Path) -> Excerpt:
    """Write a small film.

    Args:
        reel: the film.
        frames: what it holds, in the order of the file.
        inside: those of them that shall be replaced.
        path: where to.

    Raises:
        CannotCarry: if none of those is shown.
    """
    seen = [(block, _is_shown(reel, block)) for block in frames]
    shown = sorted((block for block, is_shown in seen if is_shown), key=lambda block: block.time)
    mine = {block.place.start for block in inside}
    numbers = [number for number, block in enumerate(shown) if block.place.start in mine]
    if not numbers:
        raise CannotCarry("no frame of its picture is shown where the mark should stand")
    often = rate(reel, shown)
    step = round(_SECOND / often)
    ticks = matroska_excerpt.ranked(seen)
    matroska_excerpt.write(
        reel.asset, reel.picture, list(zip(frames, ticks, strict=True)), step, path
    )
    return Excerpt(path, step, often, shown, numbers[0], numbers[-1] + 1)


def _is_shown(reel: Reel, block: Block) -> bool:
    opening = reel.asset.peek(block.data, 1)
    return matroska_excerpt.is_shown(reel.picture, block.flags, opening)


def decoder(reel: Reel, codec: Codec) -> list[str]:
    """What ffmpeg must be told to see transparency."""
    if not reel.picture.alpha:
        return []
    return ["-c:v", "libvpx" if codec.NAME == "vp8" else "libvpx-vp9"]


def encoded(
    work: Work,
    small: Excerpt,
    showings: Sequence[Showing],
    sides: Sides,
    target: Path,
) -> None:
    """Draw on the frames of a small film and encode them like their source, without B-frames.

    Args:
        work: what is the same for all stretches.
        small: the small film.
        showings: when the mark stands, in seconds on its clock.
        sides: what stands on both sides of them.
        target: where to.

    Raises:
        CannotCarry: ffmpeg cannot decode or encode it.
    """
    ends = [*small.keys, small.end - small.first]
    stretch = smart.Stretch(
        excerpt=small.path,
        container="matroska",
        clock=max(1, round(small.rate)),
        first=small.first,
        end=small.end,
        frames=small.end - small.first,
        rate=small.rate,
        even=True,
        group=max(1, *(b - a for a, b in zip([0, *ends], ends, strict=False))),
    )
    arguments = work.codec.arguments(sides.config, work.picture, stretch, sides.beside)
    target.unlink(missing_ok=True)
    looped = any(showing.rise or showing.fall for showing in showings)
    still = ["-loop", "1", "-framerate", str(stretch.rate)] if looped else []
    base = 1 / stretch.rate
    try:
        ffmpeg.encode(
            [
                # Without -xerror, frames that cannot be decoded would be left out in silence.
                "-xerror", "-copyts", "-noautorotate", "-f", "matroska",
                *decoder(work.reel, work.codec),
                "-i", ffmpeg.url(stretch.excerpt), *still, "-i", ffmpeg.url(work.plate.path),
                "-filter_complex", encoder.graph(work.picture, stretch, work.plate, showings),
                "-map", "[out]", "-fps_mode", "passthrough",
                "-enc_time_base", f"{base.numerator}/{base.denominator}",
                *arguments, *_options(work, stretch, arguments, small.keys),
                "-f", "matroska", ffmpeg.url(target),
            ],
            float(stretch.frames * base),
        )  # fmt: skip
    except AssetError as error:
        raise CannotCarry(
            f"a part of its picture could not be encoded again ({error.reason}); repair or remux "
            "it, or ask for the implicit label only"
        ) from None


def _options(
    work: Work, stretch: smart.Stretch, arguments: Sequence[str], keys: Sequence[int]
) -> list[str]:
    options = [] if "-g" in arguments else ["-g", str(stretch.group)]
    if "-crf" not in arguments and "-qscale:v" not in arguments:
        options += ["-crf", str(encoder.QUALITY)]
    for key, value in work.picture.colours.items():
        options += [f"-{key.replace('range', 'color_range')}", value]
    # Where decoding could begin, it still can: the index of the film says so.
    forced = ",".join(f"{float(key / stretch.rate):.6f}" for key in keys if key)
    if forced and stretch.group > 1:
        options += ["-force_key_frames", forced]
    if "libx265" in arguments:
        options += ["-forced-idr", "1"]
    if "libx264" in arguments or "libx265" in arguments:
        options += ["-udu_sei", "1"]  # what generators say of themselves in the first frame stays
    return options


class Samples:
    """The frames of an encoder's output, made to fit between old ones as they are asked for.

    Attributes:
        config: what serves old frames and new ones as CodecPrivate.
        bridge: what must stand in front of the first frame that is kept behind them.
    """

    def __init__(self, work: Work, path: Path, count: int, sides: Sides) -> None:
        """Look at the output; its frames stand alone until they are made to :meth:`fit`.

        Args:
            work: what is the same for all stretches.
            path: the output.
            count: how many frames there must be.
            sides: as for :func:`encoded`.

        Raises:
            CannotCarry: there are more or fewer, or they are out of order.
        """
        self._work = work
        self._sides = sides
        self._alone = True
        self.asset = open_asset(path)
        made = Reel(self.asset)
        self._found = [block for n in range(len(made.clusters)) for block in made.frames(n)]
        self._private = made.picture.private
        self._kept: tuple[int, list[Sample]] = (-1, [])
        self.config, self.bridge = self._private or sides.config, b""
        if len(self._found) != count:
            raise CannotCarry(
                f"{len(self._found)} frames were decoded where the film has {count}; repair or "
                "remux it, or ask for the implicit label only"
            )
        if any(b.time < a.time for a, b in zip(self._found, self._found[1:], strict=False)):
            raise CannotCarry("the encoder changed the order of the frames")

    def fit(self) -> None:
        """Make them fit between old frames.

        Raises:
            CannotCarry: if they cannot.
        """
        self._alone = False
        first = self._joined(0)
        self.config, self.bridge = first.config, first.bridge

    def __len__(self) -> int:
        """How many there are."""
        return len(self._found)

    def __getitem__(self, number: int) -> Sample:
        """One of them."""
        part = number // _AT_ONCE
        if self._kept[0] != part:
            joined = self._joined(part)
            extras = map(self._additions, self._part(part))
            self._kept = part, list(map(Sample, joined.samples, joined.keys, extras))
        return self._kept[1][number % _AT_ONCE]

    def _part(self, part: int) -> list[Block]:
        return self._found[part * _AT_ONCE : (part + 1) * _AT_ONCE]

    def _joined(self, part: int) -> smart.Joined:
        data = [self.asset.read(block.data, block.end - block.data) for block in self._part(part)]
        if self._alone:
            return smart.Joined(self.config, data, [block.key for block in self._part(part)])
        made = smart.Made(self._private, data)
        return self._work.codec.join(self._sides.config, made, self._sides.beside)

    def _additions(self, block: Block) -> bytes:
        if not self._work.reel.picture.alpha:
            return b""
        found = [part for part in block.others if part.id == blocks.ADDITIONS]
        if not found:
            raise CannotCarry("this ffmpeg cannot encode its transparency; install another")
        return b"".join(self.asset.read(part.start, part.end - part.start) for part in found)
