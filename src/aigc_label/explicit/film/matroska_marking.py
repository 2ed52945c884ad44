"""Words over the start frames of a Matroska or WebM film (GB 45438-2025 clause 5.4).

Only the frames from one starting point of decoding to another are encoded once more, those under
the words among them. The rest of the picture, all other tracks, and all else stay as they are.
"""

from __future__ import annotations

import errno
import io
from bisect import bisect_left
from fractions import Fraction
from typing import TYPE_CHECKING

from PIL import Image

from aigc_label import ffmpeg
from aigc_label.asset import open_asset
from aigc_label.contract import Marked
from aigc_label.errors import AssetError, CannotCarry, ReadBackMismatch
from aigc_label.explicit.film import (
    codecs,
    composing,
    encoder,
    matroska_checking,
    matroska_encoding,
    matroska_writing,
    timing,
)
from aigc_label.explicit.film.codecs import mpeg2, vp8
from aigc_label.explicit.film.matroska_clusters import Frames
from aigc_label.explicit.film.matroska_encoding import Samples, Sides, Work
from aigc_label.explicit.film.matroska_reel import Place, Reel
from aigc_label.explicit.film.picture import described
from aigc_label.explicit.film.plate import Screen
from aigc_label.explicit.film.segment import Showing, Start

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aigc_label.asset import Asset
    from aigc_label.containers.ebml.blocks import Block
    from aigc_label.explicit.drawing.overlay import Overlay
    from aigc_label.explicit.film.codecs import Codec
    from aigc_label.explicit.film.matroska_encoding import Excerpt
    from aigc_label.explicit.film.matroska_reel import Joint, Stretch
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.output import Scratch

_CODECS: dict[str, Codec] = {
    "V_VP8": vp8,
    "V_VP9": codecs.vp9,
    "V_AV1": codecs.av1,
    "V_MPEG4/ISO/AVC": codecs.h264,
    "V_MPEGH/ISO/HEVC": codecs.hevc,
    "V_MPEG4/ISO/ASP": codecs.mpeg4,
    "V_MPEG4/ISO/SP": codecs.mpeg4,
    "V_MPEG2": mpeg2,
    "V_MPEG1": mpeg2,
}
_DOLBY_VISION = ("dovi", "dolby")
_FIRST_FRAMES = 40
_FOREVER = 1 << 62
_WORTH_SAYING = 20  # seconds that are encoded besides those that were asked for


def mark(asset: Asset, explicit: ExplicitLabel, scratch: Scratch) -> Marked:
    """Put the words on the asked place for the asked times.

    Returns the asset unchanged when the same mark stands on the first frame already.

    Raises:
        InvalidLabel: if the font lacks characters of the words.
        CannotCarry: no picture track, or one that cannot be encoded again without loss.
        LimitExceeded, Malformed: if the film is damaged, or larger than any.
        MissingExtra: if there is no ffmpeg.
    """
    reel = Reel(asset)
    codec = _CODECS.get(reel.picture.codec)
    if codec is None:
        raise CannotCarry(
            f"its picture is coded as {reel.picture.codec}; explicit marks are drawn on VP8, VP9, "
            "AV1, H.264, H.265, MPEG-4, MPEG-2 and MPEG-1; ask for the implicit label only, or "
            "convert it first"
        )
    film_played = played(reel)
    showings = timing.showings(explicit, film_played)
    film = _Film(reel, codec, scratch)
    ground = film.ground()
    at = film_played.film_seconds(showings[0])
    words = composing.composed(explicit, film.screen.size, ground, at)
    if words.stands:
        return Marked(asset, words.found)
    result, notes = film.drawn(words.overlay, ground, showings)
    return Marked(open_asset(result, name=asset.name), words.found, notes)


def played(reel: Reel) -> timing.Played:
    """From when to when the picture is shown, in seconds on the clock of the film."""
    tick = reel.picture.tick / 1e9
    start, end = reel.ends()
    return timing.Played(start * tick, end * tick, max(start - reel.times[0], 0) * tick)


class _UnfitError(Exception):
    """New frames cannot stand between old ones."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Film:
    """A film being marked."""

    def __init__(self, reel: Reel, codec: Codec, scratch: Scratch) -> None:
        self._reel = reel
        self._codec = codec
        self._scratch = scratch
        self._excerpt = scratch("excerpt.mkv")
        self._decoder = matroska_encoding.decoder(reel, codec)
        self._open(reel)
        picture = described(self._excerpt, "matroska")
        if reel.picture.alpha:
            picture = picture._replace(pixels="yuva420p")
        if any(word in picture.notes.lower() for word in _DOLBY_VISION):
            raise CannotCarry(
                "its picture is Dolby Vision, whose data for each frame would be lost; "
                "ask for the implicit label only"
            )
        if picture.pixels not in encoder.DRAWABLE:
            raise CannotCarry(
                f"its picture has the pixel format {picture.pixels}, which is not encoded again "
                "without loss yet; ask for the implicit label only"
            )
        self._picture = picture
        kept = reel.picture
        seen = picture._replace(size=kept.kept, aspect=kept.aspect)
        self.screen = Screen(seen, kept.turn)

    def _open(self, reel: Reel) -> None:
        """Write an excerpt of the first frames."""
        onward = reel.onward(Place(0, 0))
        frames = [block for _, (_, block) in zip(range(_FIRST_FRAMES), onward, strict=False)]
        matroska_encoding.excerpt(reel, frames, frames, self._excerpt)

    def ground(self, reel: Reel | None = None) -> Image.Image:
        """The first frame as people see it, but not stretched where pixels are no squares.

        Args:
            reel: of which film, if not of the one to be marked.

        Raises:
            CannotCarry: if it cannot be decoded.
        """
        self._open(reel or self._reel)
        options = ["-noautorotate", "-f", "matroska", *self._decoder, "-i"]
        frame = ["-frames:v", "1", "-pix_fmt", "rgb24", "-c:v", "ppm", "-f", "image2pipe", "pipe:1"]
        try:
            raw = ffmpeg.run([*options, ffmpeg.url(self._excerpt), *frame])
            with Image.open(io.BytesIO(raw)) as image:
                stored = image.convert("RGB")
        except (AssetError, OSError) as error:
            if getattr(error, "errno", None) == errno.ENOSPC:
                raise
            reason = error.reason if isinstance(error, AssetError) else "no picture came out"
            raise CannotCarry(
                f"its first frame cannot be decoded ({reason}); repair it first"
            ) from None
        left, top, *_ = self._reel.picture.crop
        width, height = self._reel.picture.kept
        # What was squeezed to be stored and is stretched again has lost what marks are told by.
        plain = self.screen._replace(picture=self.screen.picture._replace(aspect=Fraction(1)))
        return plain.shown(stored.crop((left, top, left + width, top + height)))

    def drawn(
        self, overlay: Overlay, ground: Image.Image, showings: Sequence[Showing]
    ) -> tuple[Path, tuple[str, ...]]:
        """The marked film, and what is to be said of it.

        Args:
            overlay: the mark in the displayed picture.
            ground: the first frame without it.
            showings: when it stands.

        Raises:
            CannotCarry: if it cannot be encoded again without loss.
        """
        plate = self.screen.stored(overlay, self._scratch("plate.png"))
        left, top, *_ = self._reel.picture.crop
        plate = plate._replace(left=plate.left + left & ~1, top=plate.top + top & ~1)
        work = Work(self._reel, self._codec, self._picture, plate)
        look = (overlay, ground)
        stretches = self._stretches(showings)
        try:
            target = self._spliced(work, stretches, showings, look)
        except (_UnfitError, ReadBackMismatch) as error:
            reason = error.reason
        else:
            return target, self._said(stretches, showings)
        everything = [self._reel.stretch(-_FOREVER, _FOREVER, self._start)]
        try:
            target = self._spliced(work, everything, showings, look, alone=True)
        except ReadBackMismatch as error:
            raise CannotCarry(
                f"it does not bear new frames ({reason}; {error.reason}); "
                "ask for the implicit label only"
            ) from None
        return target, (f"the whole picture track was encoded again: {reason}",)

    def _spliced(
        self,
        work: Work,
        stretches: Sequence[Stretch],
        showings: Sequence[Showing],
        look: tuple[Overlay, Image.Image],
        *,
        alone: bool = False,
    ) -> Path:
        """The film with stretches drawn on, looked at once more."""
        made: list[Frames] = []
        config = self._reel.picture.private
        for stretch in stretches:
            target = self._scratch(f"encoded{len(made)}.mkv")
            frames, config = self._made(work, stretch, showings, config, target, alone=alone)
            made.append(frames)
        target = self._scratch("marked.mkv")
        matroska_writing.write(self._reel, made, config, self._scratch("clusters"), target)
        with open_asset(target) as asset:
            marked = Reel(asset)
            matroska_checking.verify(self._reel, marked, made, self._codec, self._excerpt)
            pictures = (one.resize(self.screen.size) for one in (self.ground(marked), look[1]))
            if not matroska_checking.bears(look[0], *pictures):
                raise ReadBackMismatch("the words cannot be seen in what was encoded")
        return target

    def _said(self, stretches: Sequence[Stretch], showings: Sequence[Showing]) -> tuple[str, ...]:
        """What users should know: that much more had to be encoded than they asked for."""
        tick = self._reel.picture.tick / 1e9
        asked = sum(one.end - one.start + one.rise + one.fall for one in showings)
        times = [[block.time for block in one.replaced] for one in stretches]
        done = sum(max(some) - min(some) for some in times) * tick
        if done - asked < _WORTH_SAYING:
            return ()
        said = (
            f"{done:.0f} seconds of the picture were encoded again for {asked:.0f} with the mark, "
            "as decoding can begin at few of its frames"
        )
        return (said,)

    def _stretches(self, showings: Sequence[Showing]) -> list[Stretch]:
        found: list[Stretch] = []
        begins = 0
        for showing in showings:
            first, last = self._ticks(showing)
            stretch = self._reel.stretch(first, last, self._start)
            if found and (found[-1].end is None or stretch.place <= found[-1].end.place):
                found.pop()
                stretch = self._reel.stretch(begins, last, self._start)
            else:
                begins = first
            found.append(stretch)
        return found

    def _ticks(self, showing: Showing) -> tuple[int, int]:
        """From when to when anything is seen of a mark."""
        tick = self._reel.picture.tick / 1e9
        times = (showing.start - showing.rise, showing.end + showing.fall)
        first, last = (round(seconds / tick) for seconds in times)
        return first, last

    def _start(self, block: Block) -> Start:
        return self._codec.start(self._reel.picture.private, self._data(block))

    def _data(self, block: Block) -> bytes:
        return self._reel.asset.read(block.data, block.end - block.data)

    def _made(
        self,
        work: Work,
        stretch: Stretch,
        showings: Sequence[Showing],
        config: bytes,
        target: Path,
        *,
        alone: bool,
    ) -> tuple[Frames, bytes]:
        """New frames for a stretch, and the decoder's private data that serves them too."""
        small = matroska_encoding.excerpt(
            self._reel, stretch.decoded, stretch.replaced, self._excerpt
        )
        beside = [self._data(stretch.blocks[0])]
        if stretch.end is not None:
            beside.append(self._data(stretch.end.block))
        shown = self._within(small, showings)
        sides = Sides(config, beside)
        matroska_encoding.encoded(work, small, shown, sides, target)
        samples = Samples(work, target, small.end - small.first, sides)
        if not alone:
            try:
                samples.fit()
            except CannotCarry as error:
                raise _UnfitError(error.reason) from None
        blocks = small.shown[small.first : small.end]
        behind = None
        if stretch.end is not None and not alone:
            behind = samples.bridge + self._opening(stretch.end, beside[-1])
            behind = None if behind == beside[-1] else behind
        return Frames(stretch, blocks, samples, behind), samples.config

    def _opening(self, joint: Joint, data: bytes) -> bytes:
        """A frame behind new ones, such that nothing before it matters to decoders."""
        if self._codec is codecs.hevc and joint.start is Start.OPEN:
            return codecs.hevc.detached(self._reel.picture.private, data)
        return data

    def _within(self, small: Excerpt, showings: Sequence[Showing]) -> list[Showing]:
        """When the mark stands on the clock of a small film, which ticks once a frame."""
        times = [block.time for block in small.shown]
        tick, step = self._reel.picture.tick / 1e9, small.step / 1e9

        def there(seconds: float) -> float:
            return bisect_left(times, round(seconds / tick)) * step

        out = []
        for showing in showings:
            start, end = there(showing.start), there(showing.end)
            rise = start - there(showing.start - showing.rise)
            fall = there(showing.end + showing.fall) - end
            if end + fall > small.first * step and start - rise < small.end * step:
                out.append(Showing(start, end, rise, fall))
        return out
