"""New samples in place of old ones: the tables and the media follow, nothing else changes.

Each new sample stands where the old one of its number stood, so chunks keep their numbers of
samples and stay interleaved with sound. They grow or shrink, and all chunk offsets follow, as when
a label is written. The old samples are gone: what stood under the words cannot be had back.
"""

from __future__ import annotations

import itertools
import struct
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aigc_label.containers import bmff
from aigc_label.containers.bmff import Edit, build, moving
from aigc_label.edits import EditPlan, Span
from aigc_label.errors import CannotCarry
from aigc_label.explicit.film import groups, tables
from aigc_label.explicit.film.excerpt import runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_label.asset import Asset
    from aigc_label.containers.bmff import Box
    from aigc_label.explicit.film.codecs import Codec
    from aigc_label.explicit.film.regions import Region
    from aigc_label.explicit.film.segment import Joined
    from aigc_label.explicit.film.tables import Flags, Numbers, Track

_KEY, _OTHER = 0x24, 0x14  # sdtp: depends on none or some, others depend on it (8.6.4)


class Graft(NamedTuple):
    """New samples and the region that they are for.

    Attributes:
        region: what is replaced.
        joined: by what.
        behind: the starting point behind the region, where it is not left where and as it is.
    """

    region: Region
    joined: Joined
    behind: bytes = b""

    @property
    def data(self) -> list[bytes]:
        """What stands in the samples from the region's first on, as far as something changes."""
        return [*self.joined.samples, *([self.behind] if self.behind else [])]

    @property
    def end(self) -> int:
        """The first sample that is as it was."""
        return self.region.key + self.region.leading + bool(self.behind)


def plan(
    asset: Asset, track: Track, codec: Codec, config: bytes, grafts: Sequence[Graft]
) -> EditPlan:
    """The edits that put new samples in place of old ones.

    Args:
        asset: the film.
        track: its picture track.
        codec: of that track.
        config: the decoder configuration that serves all samples.
        grafts: in order and apart.

    Raises:
        CannotCarry: the film keeps its samples in a way that cannot be followed.
        LimitExceeded: a box would outgrow its size field.
    """
    top = bmff.top_level(asset)
    edits: list[Edit] = []
    times, keys, partial = track.times.copy(), track.keys.copy(), track.partial.copy()
    sizes = track.sizes.copy()
    sync = b"stss" in track.boxes
    for graft in grafts:
        data = graft.data
        first = graft.region.first
        end = first + len(data)
        if not sync and not all(graft.joined.keys):
            raise CannotCarry("all its frames can be decoded by themselves, and the new ones not")
        sizes[first:end] = [len(piece) for piece in data]
        shown, starts = retimed(track, graft)
        times[first : first + len(shown)] = shown
        keys[first : first + len(starts)] = starts
        groups.put(partial, graft.region, np.zeros(graft.region.frames, bool))
        edits += _media(track, top, first, data)
        edits += _dependences(asset, track, graft)
    edits += _configured(asset, track, codec, config)
    edits += _sized(track, sizes, grafts)
    stbl = track.inside
    if b"ctts" in track.boxes:
        count, rows = runs(times - track.decoded)
        version = int((times < track.decoded).any())
        box = track.boxes[b"ctts"]
        version = max(version, bmff.full(asset, box)[0])
        made = build(b"ctts", struct.pack(">II", version << 24, count), rows)
        edits.append(Edit(Span(box.start, box.end), made, stbl))
    elif (times != track.times).any():
        raise CannotCarry("its frames would be shown at other times")
    if sync:
        box = track.boxes[b"stss"]
        edits.append(Edit(Span(box.start, box.end), _listed(b"stss", keys & ~partial), stbl))
    if b"stps" in track.boxes:
        box = track.boxes[b"stps"]
        edits.append(Edit(Span(box.start, box.end), _listed(b"stps", partial), stbl))
    edits += groups.regrouped(asset, track, [graft.region for graft in grafts])
    _require_own(asset, track, edits)
    return moving.relocated(asset, top, edits, leave=0)


def retimed(track: Track, graft: Graft) -> tuple[Numbers, list[bool]]:
    """When the samples of a region are shown, and which are starting points.

    Those without B-frames are shown in the order they are decoded in. The i-th smallest time of
    showing is never before the i-th time of decoding, whatever the order was.
    """
    region = graft.region
    old = track.times[region.first : region.end]
    if not region.leading:
        return np.sort(old), graft.joined.keys
    at = region.key - region.first
    others = np.sort(np.delete(old, at))
    return np.append(others, old[at]), [*graft.joined.keys, True]


def _listed(kind: bytes, flags: Flags) -> bytes:
    """A table of the samples that are flagged, counted from 1."""
    numbers = np.flatnonzero(flags) + 1
    return build(kind, struct.pack(">II", 0, len(numbers)), _words(numbers))


def _words(values: Numbers) -> bytes:
    return values.astype(">u4").tobytes()


def _media(track: Track, top: Sequence[Box], first: int, data: Sequence[bytes]) -> Iterator[Edit]:
    """The changes to the media, one for each chunk."""
    starts = [box.start for box in top]
    chunks = track.chunks[first : first + len(data)]
    breaks = [0, *(np.flatnonzero(np.diff(chunks)) + 1).tolist(), len(data)]
    for one, other in itertools.pairwise(breaks):
        begin = int(track.offsets[first + one])
        last = first + other - 1
        end = int(track.offsets[last] + track.sizes[last])
        box = top[bisect_right(starts, begin) - 1]
        if box.type != b"mdat" or begin < box.body or end > box.end or begin == end:
            raise CannotCarry("its picture is not kept in its media box")
        yield Edit(Span(begin, end), b"".join(data[one:other]), (box,))


def _dependences(asset: Asset, track: Track, graft: Graft) -> Iterator[Edit]:
    box = track.boxes.get(b"sdtp")
    if box is None:
        return
    region = graft.region
    data = bytes(_KEY if key else _OTHER for key in graft.joined.keys)
    if region.leading:
        data += bmff.field(asset, box, 4 + region.key, 1)
    at = box.body + 4 + region.first
    bmff.field(asset, box, 4 + region.first, len(data))
    yield Edit(Span(at, at + len(data)), data, ())


def _configured(asset: Asset, track: Track, codec: Codec, config: bytes) -> Iterator[Edit]:
    if config == tables.configuration(asset, track, codec):
        return
    box = tables.configuration_box(asset, track, codec)
    if box is None:
        raise CannotCarry("its sample entry has no decoder configuration")
    inside = (*track.inside, track.boxes[b"stsd"], track.entry, box)
    yield Edit(Span(box.body, box.end), config, inside)


def _sized(track: Track, sizes: Numbers, grafts: Sequence[Graft]) -> Iterator[Edit]:
    box = track.boxes[b"stsz"]
    if box.end - box.body < 12 + 4 * len(sizes):  # all samples had one size
        data = build(b"stsz", struct.pack(">III", 0, 0, len(sizes)), _words(sizes))
        yield Edit(Span(box.start, box.end), data, track.inside)
        return
    for graft in grafts:
        first, end = graft.region.first, graft.end
        at = box.body + 12
        data = _words(sizes[first:end])
        yield Edit(Span(at + 4 * first, at + 4 * end), data, ())


def _require_own(asset: Asset, track: Track, edits: Sequence[Edit]) -> None:
    """Refuse films in which anything else lies where samples are replaced."""
    media = [edit.span for edit in edits if edit.inside and edit.inside[0].type == b"mdat"]
    spans = sorted((span.start, span.end) for span in media)
    for (_, end), (start, _) in itertools.pairwise(spans):
        if start < end:
            raise CannotCarry("its frames share their bytes")
    begins = np.array([start for start, _ in spans])
    ends = np.array([end for _, end in spans])
    for number, inside in enumerate(tables.tracks(asset)):
        boxes = {box.type: box for box in bmff.children(asset, inside[-1])}
        places = tables.chunk_starts(asset, boxes)
        # Of the film's own picture track, chunks may begin where a replaced piece does.
        own = number == track.number
        at = np.searchsorted(begins, places, "left" if own else "right") - 1
        if ((at >= 0) & (places < ends[at])).any():
            raise CannotCarry("its tracks share their bytes")
