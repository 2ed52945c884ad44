"""The frames of a Matroska film: Clusters by time, and stretches that can be replaced.

A stretch begins at a frame that decoding can begin at, and ends before another one: nothing that
is kept refers to a frame inside.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers.ebml import blocks, segment
from aigc_label.containers.ebml.elements import CRC
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.film import matroska_tracks
from aigc_label.explicit.film.segment import Start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aigc_label.asset import Asset
    from aigc_label.containers.ebml.blocks import Block, Cluster
    from aigc_label.containers.ebml.elements import Element
    from aigc_label.containers.ebml.segment import Segment
    from aigc_label.explicit.film.matroska_tracks import Picture

_AROUND = 40
"""Frames looked at on both sides of one for others that are shown out of order; codecs allow 16."""


class Place(NamedTuple):
    """One frame: the number of its Cluster, and its own among the picture's blocks in there."""

    cluster: int
    block: int


class Joint(NamedTuple):
    """A frame that decoding can begin at.

    Attributes:
        place: where it stands.
        block: itself.
        start: what it is to a decoder.
        leading: frames right behind it that are shown before it.
    """

    place: Place
    block: Block
    start: Start
    leading: tuple[Block, ...] = ()

    @property
    def time(self) -> int:
        """When the first of them is shown, in ticks."""
        return min(block.time for block in (self.block, *self.leading))


class Stretch(NamedTuple):
    """Frames to replace, in the order of the file.

    Attributes:
        place: the first of them.
        before: frames to decode first, as the first ones to replace refer to them.
        blocks: the frames.
        end: what follows and is kept; ``None`` where they reach to the end of the film. Frames
            that stand behind it and are shown before it are replaced too.
    """

    place: Place
    before: tuple[Block, ...]
    blocks: tuple[Block, ...]
    end: Joint | None

    @property
    def replaced(self) -> tuple[Block, ...]:
        """All frames to replace, in the order of the file."""
        return self.blocks + (self.end.leading if self.end else ())

    @property
    def decoded(self) -> tuple[Block, ...]:
        """All frames that a decoder must see, in the order of the file."""
        behind = (self.end.block, *self.end.leading) if self.end and self.end.leading else ()
        return (*self.before, *self.blocks, *behind)


class Reel:
    """A film's elements, and its Clusters one by one as they are asked for.

    Attributes:
        asset: the film.
        segment: its first Segment.
        elements: the top-level elements in order.
        clusters: those of them that are Clusters.
        times: of the Clusters, in ticks.
        openings: what stands before the first block of each Cluster.
        picture: the picture track.
    """

    def __init__(self, asset: Asset) -> None:
        """Walk the whole Segment, but into no Cluster.

        Raises:
            CannotCarry: there is nothing to draw on, or a checksum over the whole Segment.
            LimitExceeded, Malformed: where the structure breaks.
        """
        self.asset = asset
        self.segment: Segment = segment.first(asset)
        self.elements = tuple(segment.walk(asset, self.segment))
        self.clusters = tuple(e for e in self.elements if e.id == segment.CLUSTER)
        if self.elements and self.elements[0].id == CRC:
            raise CannotCarry(
                "a checksum covers the whole Segment, and would have to be made from every byte "
                "of it; remux the file (mkvmerge -o new.mkv old.mkv), then mark it again"
            )
        info, tracks = (
            next((e for e in self.elements if e.id == kind), None)
            for kind in (matroska_tracks.INFO, matroska_tracks.TRACKS)
        )
        if info is None or tracks is None:
            raise Malformed("the film has no header that describes it and its tracks")
        self.tracks: Element = tracks
        self.picture: Picture = matroska_tracks.picture(asset, info, tracks)
        looked = [blocks.opening(asset, place) for place in self.clusters]
        self.times = [time for time, _ in looked]
        self.openings = [before for _, before in looked]
        self._seen: dict[int, Cluster] = {}
        self._frames: dict[int, tuple[Block, ...]] = {}

    def cluster(self, number: int) -> Cluster:
        """All that is in a Cluster."""
        if number not in self._seen:
            self._seen[number] = blocks.cluster(self.asset, self.clusters[number])
        return self._seen[number]

    def frames(self, number: int) -> tuple[Block, ...]:
        """The picture's blocks in a Cluster."""
        if number not in self._frames:
            found = tuple(self.cluster(number).of(self.picture.number))
            if any(block.laced for block in found):
                raise CannotCarry(
                    "several frames of its picture share a block, which leaves their times open; "
                    "remux the file (mkvmerge -o new.mkv old.mkv), then mark it again"
                )
            self._frames[number] = found
        return self._frames[number]

    def onward(self, place: Place) -> Iterator[tuple[Place, Block]]:
        """The frames from a place on."""
        first = place.block
        for number in range(place.cluster, len(self.clusters)):
            for at, block in enumerate(self.frames(number)[first:], first):
                yield Place(number, at), block
            first = 0

    def backward(self, place: Place) -> Iterator[tuple[Place, Block]]:
        """The frames before a place, the nearest first."""
        last: int | None = place.block
        for number in range(place.cluster, -1, -1):
            found = self.frames(number)[:last]
            for at in range(len(found) - 1, -1, -1):
                yield Place(number, at), found[at]
            last = None

    def ends(self) -> tuple[int, int]:
        """When the first frame is shown, and when the last one is over, in ticks.

        Raises:
            CannotCarry: if there is no frame.
        """
        start = _some(self.onward(Place(0, 0)))
        if not start:
            raise CannotCarry("its picture track has no frames; ask for the implicit label only")
        last = _some(self.backward(Place(len(self.clusters) - 1, 1 << 60)))
        step = self.picture.step // self.picture.tick
        return min(b.time for _, b in start), max(b.time for _, b in last) + max(step, 1)

    def stretch(self, first: int, last: int, start: Callable[[Block], Start]) -> Stretch:
        """The fewest frames that can be replaced and hold all that is shown between two times.

        Args:
            first: ticks.
            last: ticks, the first that need not be in it.
            start: what a frame that is marked as key is to a decoder, from its bytes.
        """
        opens = self._joint_before(first, start)
        kept: list[Block] = []
        for place, block in self.onward(opens.place):
            if block.time >= last and place > opens.place:
                end = self._joint(place, block, start)
                if end is not None and end.time >= last:
                    return Stretch(opens.place, self._before(opens, start), tuple(kept), end)
            kept.append(block)
        return Stretch(opens.place, self._before(opens, start), tuple(kept), None)

    def _joint_before(self, time: int, start: Callable[[Block], Start]) -> Joint:
        behind = bisect_right(self.times, time)
        for place, block in self.backward(Place(min(behind, len(self.clusters) - 1), 1 << 60)):
            if block.time <= time:
                found = self._joint(place, block, start)
                if found is not None and found.time <= time:
                    return found
        return Joint(*next(self.onward(Place(0, 0))), Start.CLOSED)

    def _before(self, opens: Joint, start: Callable[[Block], Start]) -> tuple[Block, ...]:
        """What a decoder must see before the frames that are shown before a joint."""
        if not opens.leading:
            return ()
        before: list[Block] = []
        for place, block in self.backward(opens.place):
            before.append(block)
            if block.key and self._joint(place, block, start) is not None:
                break
        return tuple(before[::-1])

    def _joint(self, place: Place, block: Block, start: Callable[[Block], Start]) -> Joint | None:
        """A frame as a joint, if all before it in the file is shown before what is behind it."""
        kind = start(block) if block.key else Start.NONE
        if kind is Start.NONE:
            return None
        behind = [other for _, other in _some(self.onward(place._replace(block=place.block + 1)))]
        count = next((n for n, other in enumerate(behind) if other.time >= block.time), len(behind))
        joint = Joint(place, block, kind, tuple(behind[:count]))
        later = all(other.time >= block.time for other in behind[count:])
        earlier = all(other.time <= joint.time for _, other in _some(self.backward(place)))
        return joint if later and earlier else None


def _some(found: Iterator[tuple[Place, Block]]) -> list[tuple[Place, Block]]:
    return [pair for pair, _ in zip(found, range(_AROUND), strict=False)]
