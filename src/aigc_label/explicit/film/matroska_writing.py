"""A Matroska film with some frames replaced: only Clusters that hold one are made anew.

All other blocks keep their bytes and their order, all frames their times; what names positions
follows. The header changes where its decoder's private data does.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple, Protocol

from aigc_label.asset import open_asset
from aigc_label.containers.ebml import blocks, moving, segment
from aigc_label.containers.ebml.blocks import Block
from aigc_label.containers.ebml.elements import CRC, checked, children, encoded, size_field, void
from aigc_label.errors import CannotCarry, LimitExceeded
from aigc_label.explicit.film import matroska_tracks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from aigc_label.asset import Asset
    from aigc_label.containers.ebml.blocks import Cluster
    from aigc_label.containers.ebml.elements import Element
    from aigc_label.containers.ebml.moving import Cue
    from aigc_label.explicit.film.matroska_reel import Reel, Stretch

_PRIORITY, _CODEC_STATE = 0xFA, 0xA4
_LARGEST_CUES = 64 << 20
_UNSAID = {blocks.REFERENCE, _PRIORITY, _CODEC_STATE}


class Sample(NamedTuple):
    """A new frame.

    Attributes:
        data: its bytes.
        key: whether decoding can begin there.
        additions: its BlockAdditions, ``b""`` if it has none.
    """

    data: bytes
    key: bool
    additions: bytes = b""


class Samples(Protocol):
    """New frames, made as they are asked for."""

    def __len__(self) -> int:
        """How many there are."""

    def __getitem__(self, number: int, /) -> Sample:
        """One of them."""


class Frames(NamedTuple):
    """What replaces a stretch.

    Attributes:
        stretch: which.
        shown: its frames that are shown, in that order; others are left out.
        samples: the new frames, in the same order.
        bridge: bytes to put in front of the first frame that is kept behind them.
    """

    stretch: Stretch
    shown: Sequence[Block]
    samples: Samples
    bridge: bytes = b""


class _New(NamedTuple):
    """What stands in the slot of a frame: a new one, or an old one with something in front."""

    old: Block
    samples: Samples
    number: int
    before: int | None
    bridge: bytes = b""
    kept: bool = False


class _Made(NamedTuple):
    """A Cluster made anew: its bytes in the scratch file, and where things are in its content.

    Attributes:
        start, end: in the scratch file.
        body: where its content begins there.
        moved: where its elements began and begin now, but those of new frames.
        keys: where the blocks of new starting points are, by time.
        lost: the times of other new frames.
    """

    start: int
    end: int
    body: int
    moved: dict[int, int]
    keys: dict[int, int]
    lost: set[int]


def slots(frames: Frames) -> dict[int, _New | None]:
    """What stands in the place of each frame, by where its block begins; ``None`` for nothing."""
    stretch = frames.stretch
    end = stretch.end
    shown = {block.place.start for block in frames.shown}
    out: dict[int, _New | None] = {block.place.start: None for block in stretch.replaced}
    places = [block for block in stretch.replaced if block.place.start in shown]
    times = [None, *(block.time for block in frames.shown)]
    new = [
        _New(block, frames.samples, number, times[number])
        for number, block in enumerate(frames.shown)
    ]
    if end is not None and (end.leading or frames.bridge):
        places = sorted([*places, end.block], key=lambda block: block.place.start)
        new.append(_New(end.block, (), 0, None, frames.bridge, kept=True))
    return out | {place.place.start: one for place, one in zip(places, new, strict=True)}


def write(reel: Reel, frames: Iterable[Frames], private: bytes, work: Path, target: Path) -> None:
    """Write the film with new frames.

    Args:
        reel: the film.
        frames: what replaces which stretches, in order.
        private: what its decoder is set up with.
        work: a path for Clusters on their way.
        target: where to.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    made: dict[int, _Made] = {}
    number = 0
    waiting: dict[int, _New | None] = {}
    with work.open("wb") as file:
        for some in frames:
            waiting |= slots(some)
            # The Cluster of the last frame may hold frames of the next stretch, too.
            while reel.clusters[number].end <= max(waiting):
                _pass(reel, number, waiting, made, file)
                number += 1
        for last in range(number, len(reel.clusters)):
            _pass(reel, last, waiting, made, file)
    with open_asset(work) as clusters, target.open("wb") as file:
        _Film(reel, made, private).write(clusters, file)
    work.unlink()


def _pass(
    reel: Reel, number: int, waiting: dict[int, _New | None], made: dict[int, _Made], file: BinaryIO
) -> None:
    """Make a Cluster anew if it holds a frame that waits to be replaced."""
    place = reel.clusters[number]
    inside = [at for at in waiting if place.start < at < place.end]
    if inside:
        new = {at: waiting.pop(at) for at in inside}
        made[place.start] = _cluster(reel.asset, reel.cluster(number), new, file)


def _cluster(
    asset: Asset, cluster: Cluster, waiting: Mapping[int, _New | None], file: BinaryIO
) -> _Made:
    place = cluster.place
    parts, moved, keys, lost = [], dict[int, int](), dict[int, int](), set[int]()
    at = 0
    was_checked = False
    for child in cluster.children:
        element = child.place if isinstance(child, Block) else child
        if element.id == CRC:
            was_checked, at = True, element.end - element.start
            continue
        new = waiting.get(element.start)
        if element.start in waiting and new is None:
            continue
        if new is None:
            raw = asset.read(element.start, element.end - element.start)
        else:
            raw, key = _element(asset, new, cluster.time)
            if key:
                keys[new.old.time] = at
            else:
                lost.add(new.old.time)
        moved[element.start - place.body] = at
        parts.append(raw)
        at += len(raw)
    content = b"".join(parts)
    if was_checked:
        content = checked(content)
    live = asset.read(place.body - place.width, place.width)
    known = int.from_bytes(live) & (1 << 7 * place.width) - 1 != (1 << 7 * place.width) - 1
    size = size_field(len(content), place.width) if known else live
    start = file.tell()
    file.write(segment.CLUSTER.to_bytes(4) + size + content)
    return _Made(start, file.tell(), start + 4 + len(size), moved, keys, lost)


def _element(asset: Asset, new: _New, base: int) -> tuple[bytes, bool]:
    """The block of a frame, and whether decoding can begin there."""
    old = new.old
    offset = old.time - base
    if not blocks.NEAREST <= offset <= blocks.FARTHEST:
        raise CannotCarry("its frames are stored too far from their times; remux it first")
    if new.kept:
        sample = Sample(new.bridge + asset.read(old.data, old.end - old.data), key=True)
    else:
        sample = new.samples[new.number]
    simple = old.place.id == blocks.SIMPLE_BLOCK and not sample.additions
    flags = old.flags if new.kept else blocks.KEY if sample.key and simple else 0
    block = blocks.header(old.track, offset, flags) + sample.data
    if simple:
        return encoded(blocks.SIMPLE_BLOCK, block), sample.key
    unsaid = set() if new.kept else _UNSAID
    if sample.additions:
        unsaid = unsaid | {blocks.ADDITIONS}
    inner = encoded(blocks.BLOCK, block)
    for part in old.others:
        if part.id not in unsaid:
            inner += asset.read(part.start, part.end - part.start)
    inner += sample.additions
    if not sample.key and new.before is not None:
        inner += blocks.signed(blocks.REFERENCE, new.before - old.time)
    return encoded(blocks.BLOCK_GROUP, inner), sample.key


class _Film:
    """The whole film, once its new Clusters are known."""

    def __init__(self, reel: Reel, made: Mapping[int, _Made], private: bytes) -> None:
        self._reel = reel
        self._made = made
        body = reel.segment.body
        self._body = body
        self._keys: dict[int, list[int]] = {}
        for start in sorted(made):
            for time in made[start].keys:
                self._keys.setdefault(time, []).append(start)
        lengths = {start: one.end - one.start for start, one in made.items()}
        again: dict[int, Callable[[Mapping[int, int]], bytes]] = {}
        for element in reel.elements:
            if element.id in (segment.SEEK_HEAD, moving.CUES):
                again[element.start] = self._follower(element)
        if private != reel.picture.private:
            tracks = self._tracks(private)
            again[reel.tracks.start] = lambda _: tracks
        self._starts, self._others = moving.placed(reel.elements, lengths, again, body)
        self._lengths = lengths | {start: len(raw) for start, raw in self._others.items()}

    def _tracks(self, private: bytes) -> bytes:
        """Tracks with other private data of the picture's decoder."""
        picture, element = self._reel.picture, self._reel.tracks
        parts = []
        for part in children(picture.tracks, 0, len(picture.tracks)):
            raw = picture.tracks[part.start : part.end]
            if part.id == CRC:
                continue
            if part.body == picture.entry_at:
                raw = encoded(part.id, _with_private(picture.entry, private), part.width)
            parts.append(raw)
        body = b"".join(parts)
        body = checked(body) if picture.tracks[:1] == bytes([CRC]) else body
        return encoded(matroska_tracks.TRACKS, body, element.width)

    def _follower(self, element: Element) -> Callable[[Mapping[int, int]], bytes]:
        """What makes a SeekHead or Cues again when places are known."""
        length = element.end - element.body
        if length > _LARGEST_CUES:
            raise LimitExceeded(f"an index of {length} bytes", offset=element.start)
        data = self._reel.asset.read(element.body, length)

        def again(starts: Mapping[int, int]) -> bytes:
            if element.id == segment.SEEK_HEAD:
                body = moving.seek_head(data, starts)
            else:
                body = moving.cues(data, starts, lambda cue: self._moved(cue, starts))
            if body == data:
                return self._reel.asset.read(element.start, element.end - element.start)
            return encoded(element.id, body, element.width)

        return again

    def _moved(self, cue: Cue, starts: Mapping[int, int]) -> Cue | None:
        """Where a frame stands now; ``None`` for one that decoding can no longer begin at."""
        place = cue.cluster + self._body
        made = self._made.get(place)
        relative = cue.relative
        mine = made is not None and cue.track == self._reel.picture.number
        # A starting point may have moved into the slot of another frame.
        later = [start for start in self._keys.get(cue.time, ()) if start >= place]
        if mine and later:
            place = later[0]
            relative = self._made[place].keys[cue.time] if relative is not None else None
        elif mine and any(cue.time in one.lost for one in self._made.values()):
            return None
        elif made is not None and relative is not None:
            relative = made.moved.get(relative, relative)
        at = place - self._body
        return cue._replace(cluster=starts.get(at, at), relative=relative)

    def write(self, clusters: Asset, file: BinaryIO) -> None:
        """Write everything.

        Args:
            clusters: those made anew.
            file: where to.
        """
        asset, found = self._reel.asset, self._reel.segment
        size = sum(self._lengths.get(e.start, e.end - e.start) for e in self._reel.elements)
        asset.copy_to(file, 0, found.body - found.width)
        old = asset.read(found.body - found.width, found.width)
        file.write(old if found.live else size_field(size, found.width))
        before = None
        places = (cluster.start for cluster in self._reel.clusters)
        openings = dict(zip(places, self._reel.openings, strict=True))
        for element in self._reel.elements:
            one = self._made.get(element.start)
            if element.id == segment.CLUSTER:
                source = asset if one is None else clusters
                start, end = (element.start, element.end) if one is None else one[:2]
                hints = self._hints(element, openings[element.start], one, before)
                _patched(
                    source, (start, end), hints, file, element.body if one is None else one.body
                )
                before = end - start
            elif element.start in self._others:
                file.write(self._others[element.start])
            else:
                asset.copy_to(file, element.start, element.end)
        asset.copy_to(file, self._reel.elements[-1].end, asset.size)

    def _hints(
        self,
        cluster: Element,
        opening: Sequence[Element],
        made: _Made | None,
        before: int | None,
    ) -> dict[tuple[int, int], bytes]:
        """What a Cluster says of its own place and of the one before, where that has changed.

        Returns:
            New bytes by start and end, in the source or in the scratch file.
        """
        out = {}
        for part in opening:
            if part.id == blocks.POSITION:
                value = self._starts[cluster.start - self._body]
            elif part.id == blocks.PREVIOUS_SIZE:
                value = before or 0
            else:
                continue
            old = self._reel.asset.read(part.start, part.end - part.start)
            room = part.end - part.body
            # A hint that has outgrown its room goes: it is not needed.
            fits = value.bit_length() <= 8 * room
            new = old[: part.body - part.start] + value.to_bytes(room) if fits else void(len(old))
            if new != old:
                at = part.start
                if made is not None:
                    at = made.body + made.moved[part.start - cluster.body]
                out[at, at + len(old)] = new
        return out


def _patched(
    source: Asset,
    span: tuple[int, int],
    hints: Mapping[tuple[int, int], bytes],
    file: BinaryIO,
    body: int,
) -> None:
    """Copy a Cluster with other hints in it, and make its checksum again if it has one."""
    start, end = span
    if not hints:
        source.copy_to(file, start, end)
        return
    data = bytearray(source.read(start, end - start))
    for (at, to), new in hints.items():
        data[at - start : to - start] = new
    head = body - start
    if data[head : head + 2] == bytes([CRC, 0x84]):
        data[head + 2 : head + 6] = zlib.crc32(data[head + 6 :]).to_bytes(4, "little")
    file.write(data)


def _with_private(entry: bytes, private: bytes) -> bytes:
    """A TrackEntry with other private data of its decoder."""
    new = encoded(matroska_tracks.CODEC_PRIVATE, private)
    parts = list(children(entry, 0, len(entry)))
    if not any(part.id == matroska_tracks.CODEC_PRIVATE for part in parts):
        return entry + new
    return b"".join(
        new if part.id == matroska_tracks.CODEC_PRIVATE else entry[part.start : part.end]
        for part in parts
    )
