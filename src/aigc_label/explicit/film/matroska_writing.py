"""A Matroska film with some frames replaced: only Clusters that hold one are made anew.

All other blocks keep their bytes and their order, all frames their times; what names positions
follows. The header changes where its decoder's private data does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.asset import open_asset
from aigc_label.containers.ebml import blocks, moving, segment
from aigc_label.containers.ebml.elements import CRC, checked, children, encoded, size_field, void
from aigc_label.errors import LimitExceeded
from aigc_label.explicit.film import matroska_clusters, matroska_tracks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from aigc_label.asset import Asset
    from aigc_label.containers.ebml.elements import Element
    from aigc_label.containers.ebml.moving import Cue
    from aigc_label.explicit.film.matroska_clusters import Frames, Made
    from aigc_label.explicit.film.matroska_reel import Reel

_PRIORITY, _CODEC_STATE = 0xFA, 0xA4
_LARGEST_CUES = 64 << 20
_UNSAID = {blocks.REFERENCE, _PRIORITY, _CODEC_STATE}


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
    with work.open("wb") as file:
        made = matroska_clusters.made(reel, frames, file)
    with open_asset(work) as clusters, target.open("wb") as file:
        changed = private != reel.picture.private
        tracks = _tracks(reel, private=private) if changed else None
        _Film(reel, made, tracks).write(clusters, file)
    work.unlink()


def rewritten(
    reel: Reel, made: Mapping[int, Made], entry: bytes, clusters: Asset, file: BinaryIO
) -> None:
    """Write the film with a track more.

    Args:
        reel: the film.
        made: Clusters made anew, by where they begin.
        entry: the TrackEntry.
        clusters: where those Clusters are.
        file: where to.

    Raises:
        LimitExceeded, Malformed: as the reason says.
    """
    _Film(reel, made, _tracks(reel, entry=entry)).write(clusters, file)


class _Film:
    """The whole film, once its new Clusters are known."""

    def __init__(self, reel: Reel, made: Mapping[int, Made], tracks: bytes | None) -> None:
        self._reel = reel
        self._made = made
        body = reel.segment.body
        self._body = body
        self._frames: dict[int, list[int]] = {}
        for start in sorted(made):
            for time in made[start].frames:
                self._frames.setdefault(time, []).append(start)
        lengths = {start: one.end - one.start for start, one in made.items()}
        again: dict[int, Callable[[Mapping[int, int]], bytes]] = {}
        for element in reel.elements:
            if element.id in (segment.SEEK_HEAD, moving.CUES):
                again[element.start] = self._follower(element)
        if tracks is not None:
            again |= dict.fromkeys(self._all_tracks(), lambda _: tracks)
        self._starts, self._others = moving.placed(reel.elements, lengths, again, body)
        self._lengths = lengths | {start: len(raw) for start, raw in self._others.items()}

    def _all_tracks(self) -> Iterator[int]:
        """Where Tracks begin; some writers repeat them."""
        picture = self._reel.picture
        for element in self._reel.elements:
            length = element.end - element.body
            if element.id != matroska_tracks.TRACKS or length != len(picture.tracks):
                continue
            if self._reel.asset.read(element.body, length) == picture.tracks:
                yield element.start

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
        if mine and any(cue.time in one.lost for one in self._made.values()):
            return None
        # A frame may have moved into the slot of another one, even of another Cluster.
        there = sorted(self._frames.get(cue.time, ()), key=lambda start: abs(start - place))
        if mine and there:
            place = there[0]
            relative = self._made[place].frames[cue.time] if relative is not None else None
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
                matroska_clusters.patched(
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
        made: Made | None,
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


def _tracks(reel: Reel, *, private: bytes | None = None, entry: bytes = b"") -> bytes:
    """Tracks with other private data of the picture's decoder, or an entry more."""
    picture = reel.picture
    parts = []
    for part in children(picture.tracks, 0, len(picture.tracks)):
        raw = picture.tracks[part.start : part.end]
        if part.id == CRC:
            continue
        if part.body == picture.entry_at and private is not None:
            raw = encoded(part.id, _with_private(picture.entry, private), part.width)
        parts.append(raw)
    body = b"".join([*parts, entry])
    body = checked(body) if picture.tracks[:1] == bytes([CRC]) else body
    return encoded(matroska_tracks.TRACKS, body, reel.tracks.width)


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
