"""Looking at a spliced Matroska film before it is handed over: what was kept is what it was.

Clusters that were made anew are compared block by block; the others were copied. Pictures are
decoded over each joint, of the result and of the source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PIL import ImageChops, ImageStat

from aigc_label.containers.ebml.blocks import Block
from aigc_label.errors import ReadBackMismatch
from aigc_label.explicit.film import checking, matroska_encoding
from aigc_label.explicit.film.segment import Start

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from PIL import Image

    from aigc_label.asset import Asset
    from aigc_label.containers.ebml.blocks import Cluster
    from aigc_label.explicit.drawing.overlay import Overlay
    from aigc_label.explicit.film.codecs import Codec
    from aigc_label.explicit.film.matroska_clusters import Frames
    from aigc_label.explicit.film.matroska_reel import Reel

_AROUND = 24
"""Frames that are decoded behind a joint; a fault in what decoders keep shows in the first ones."""

_BLUR = 20  # levels, in the mean, by which coding and stretching change a mark at most
_MOST_BEFORE = 250
"""New frames that are decoded before it."""


def verify(
    source: Reel,
    marked: Reel,
    frames: Sequence[Frames],
    codec: Codec,
    part: Path,
) -> None:
    """Compare a spliced film with its source.

    Args:
        source: as it was.
        marked: with new frames.
        frames: what was replaced.
        codec: what the picture is coded in.
        part: for a temporary file.

    Raises:
        ReadBackMismatch: if they differ where they must not.
    """
    if [e.id for e in source.elements] != [e.id for e in marked.elements]:
        raise ReadBackMismatch("the marked film has lost elements")
    shown = {block.place.start for one in frames for block in one.shown}
    replaced = {b.place.start for one in frames for b in one.stretch.replaced}
    for one in frames:
        new = _same_blocks(source, marked, one, replaced - shown)
        before = _before(marked, one, codec)
        _same_behind(source, marked, _Seam(one, before, new, replaced), part)


class _Seam(NamedTuple):
    """New frames and their blocks, those to decode before them, and where any were replaced."""

    frames: Frames
    before: list[Block]
    new: list[Block]
    replaced: set[int]


def _same_blocks(source: Reel, marked: Reel, frames: Frames, gone: set[int]) -> list[Block]:
    """Compare all blocks of the Clusters with new frames, but for those of frames never shown.

    Returns:
        The blocks of the new frames, in the order of the file.
    """
    last = max(block.place.start for block in frames.stretch.replaced)
    track = source.picture.number
    found: list[Block] = []
    for number in range(frames.stretch.place.cluster, len(source.clusters)):
        if source.clusters[number].start > last:
            break
        old, new = source.cluster(number), marked.cluster(number)
        if list(_others(source.asset, old, track)) != list(_others(marked.asset, new, track)):
            raise ReadBackMismatch("the marked film has lost blocks of other tracks")
        times = sorted(b.time for b in source.frames(number) if b.place.start not in gone)
        if old.time != new.time or times != sorted(b.time for b in marked.frames(number)):
            raise ReadBackMismatch("the marked film has other times than it should")
        found += marked.frames(number)
    times_of_new = {block.time for block in frames.shown}
    return [block for block in found if block.time in times_of_new]


def _others(asset: Asset, cluster: Cluster, track: int) -> Iterator[tuple[int, int, bytes]]:
    for child in cluster.children:
        if isinstance(child, Block) and child.track != track:
            place = child.place
            yield child.track, child.time, asset.read(place.start, place.end - place.start)


def _before(marked: Reel, frames: Frames, codec: Codec) -> list[Block]:
    """The frames before new ones from a starting point on: decoders come to a joint with those."""
    first = min(block.time for block in frames.shown)
    found: list[Block] = []
    for _, block in marked.backward(frames.stretch.place):
        if block.time >= first:
            continue
        found.append(block)
        data = marked.asset.read(block.data, block.end - block.data) if block.key else b""
        if block.key and codec.start(marked.picture.private, data) is not Start.NONE:
            return [other for other in found[::-1] if other.time >= block.time]
        if len(found) == _MOST_BEFORE:
            break
    return []


def _same_behind(source: Reel, marked: Reel, seam: _Seam, part: Path) -> None:
    """Decode over a joint, and the same frames of the source from their own starting point on."""
    new, end = seam.new, seam.frames.stretch.end
    tail: list[Block] = []
    again: list[Block] = []
    if end is not None:
        leading = {block.place.start for block in end.leading}
        for _, block in source.onward(end.place):
            if block.place.start in leading:
                continue
            if block.place.start in seam.replaced or len(tail) == _AROUND:
                break  # the next stretch begins
            tail.append(block)
        after = {block.time for block in tail}
        place = end.place._replace(block=0)
        following = (b for _, b in marked.onward(place) if b.time in after)
        again = [block for _, block in zip(tail, following, strict=False)]
    run = [*seam.before, *new, *again]
    if len(new) > _MOST_BEFORE:  # the last of them will do
        key = max(n for n, block in enumerate(new) if block.key)
        run = [*new[key:], *again]
    was = _pictures(source, tail, part) if tail else []
    now = _pictures(marked, run, part)
    if was and now[-len(was) :] != was:
        raise ReadBackMismatch("the first frames behind the mark are not decoded as they were")


def _pictures(reel: Reel, frames: Sequence[Block], part: Path) -> list[bytes]:
    """A checksum of each frame in the order of showing.

    Raises:
        ReadBackMismatch: if any cannot be decoded.
    """
    small = matroska_encoding.excerpt(reel, frames, frames, part)
    found = checking.checksums(part, "matroska")
    if len(found) != len(small.shown):
        raise ReadBackMismatch("not all frames at the joints of the marked film are decoded")
    return found


def bears(overlay: Overlay, seen: Image.Image, ground: Image.Image) -> bool:
    """Whether a frame looks rather as it should with a mark than as it did without."""
    mark = overlay.image
    box = (overlay.left, overlay.top, overlay.left + mark.width, overlay.top + mark.height)
    without = ground.convert("RGB").crop(box)
    drawn = without.copy()
    drawn.paste(mark, (0, 0), mark)
    now = seen.convert("RGB").crop(box)
    return _apart(now, drawn) <= max(_apart(now, without) / 2, _BLUR)


def _apart(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures of one size, in levels."""
    means = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return sum(means) / len(means)
