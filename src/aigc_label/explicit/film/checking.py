"""Looking at a spliced film before it is handed over: what was copied is what it was.

The tables are compared in full. Pictures are decoded for some seconds around each joint and at the
end, of the source and of the result: the rest is the same bytes behind the same starting points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aigc_label import ffmpeg
from aigc_label.containers import bmff
from aigc_label.errors import AssetError, Malformed, ReadBackMismatch
from aigc_label.explicit.film import excerpt, tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aigc_label.asset import Asset
    from aigc_label.explicit.film.regions import Region
    from aigc_label.explicit.film.splicing import Graft
    from aigc_label.explicit.film.tables import Numbers, Track

_AROUND = 12
"""Frames that are decoded behind a joint; a fault in what decoders keep shows in the first ones."""

_MOST_BEFORE = 250
"""Frames that are decoded before the new ones."""

_GLANCE = 32  # bytes at the places that are looked at
_GLANCES = 64


def verify(source: Asset, marked: Asset, grafts: Sequence[Graft], part: Path) -> None:
    """Compare a spliced film with its source.

    Args:
        source: as it was.
        marked: with new samples in the regions.
        grafts: the new samples, in order and apart.
        part: for a temporary file.

    Raises:
        ReadBackMismatch: if they differ where they must not.
    """
    before, after = tables.pictures(source)[0], tables.pictures(marked)[0]
    if len(before.sizes) != len(after.sizes) or (before.decoded != after.decoded).any():
        raise ReadBackMismatch("the marked film has other frames than it should")
    if (np.sort(before.times) != np.sort(after.times)).any():
        raise ReadBackMismatch("the marked film has other times than it should")
    copied = np.ones(len(before.sizes), bool)
    for graft in grafts:
        copied[graft.region.first : graft.end] = False
    for one, other in ((before.sizes, after.sizes), (before.times, after.times)):
        if (one[copied] != other[copied]).any():
            raise ReadBackMismatch("the marked film has other frames than it should")
    films = (source, marked)
    ends = [box.end for box in bmff.top_level(source)]
    replaced = np.sort(np.append(before.offsets[~copied], ends))
    _same_pieces(films, before.offsets[copied], after.offsets[copied], replaced)
    _same_tracks(films, before.number, replaced)
    nexts = [graft.region.first for graft in grafts[1:]] + [len(before.sizes)]
    for graft, stop in zip(grafts, nexts, strict=True):
        _same_behind(films, (before, after), graft.region, stop, part)


def _same_pieces(
    films: tuple[Asset, Asset], before: Numbers, after: Numbers, replaced: Numbers
) -> None:
    """Glance at what stands at some of these places, the last among them.

    Args:
        films: the source and the marked film.
        before: places in the source.
        after: the same in the marked film.
        replaced: where pieces begin in the source that may be others now, in order, the end of
            the source last; no glance reaches into one.
    """
    source, marked = films
    step = max(len(before) // _GLANCES, 1)
    ends = replaced[np.searchsorted(replaced, before, "right")]
    rows = np.stack([before, after, np.minimum(ends - before, _GLANCE)], axis=1)
    for old, new, length in rows[::-step].tolist():
        if source.peek(old, length) != marked.peek(new, length):
            raise ReadBackMismatch("the marked film has lost its place in a track")


def verify_others(source: Asset, marked: Asset) -> None:
    """Compare all tracks of a film with the same ones where another track follows them.

    Raises:
        ReadBackMismatch: if they differ.
    """
    before, after = _chunks(source), _chunks(marked)
    if len(after) != len(before) + 1:
        raise ReadBackMismatch("the marked film has other tracks than it should")
    ends = np.array([box.end for box in bmff.top_level(source)])
    for old, new in zip(before, after, strict=False):
        if len(old) != len(new):
            raise ReadBackMismatch("the marked film has lost chunks of a track")
        _same_pieces((source, marked), old, new, ends)


def _same_tracks(films: tuple[Asset, Asset], picture: int, replaced: Numbers) -> None:
    """Glance at the chunks of all tracks but that with the number ``picture``."""
    pairs = zip(*map(_chunks, films), strict=True)
    for number, (old, new) in enumerate(pairs):
        if len(old) != len(new):
            raise ReadBackMismatch("the marked film has lost chunks of a track")
        if number != picture:
            _same_pieces(films, old, new, replaced)


def _chunks(asset: Asset) -> list[Numbers]:
    """Where the chunks of each track begin.

    Raises:
        Malformed: if the file ends before one.
    """
    found = [
        tables.chunk_starts(asset, {box.type: box for box in bmff.children(asset, inside[-1])})
        for inside in tables.tracks(asset)
    ]
    if any(len(starts) and int(starts.max()) >= asset.size for starts in found):
        raise Malformed("cut short: the last parts of a track are missing")
    return found


def _same_behind(
    films: tuple[Asset, Asset], tracks: tuple[Track, Track], region: Region, stop: int, part: Path
) -> None:
    """Decode over the joints, and the same frames of the source from their own start on."""
    (source, marked), (before, after) = films, tracks
    stop = min(region.end + _AROUND, stop)
    # As players come to it: from the starting point before the new frames, if that is near.
    first = region.first
    earlier = np.flatnonzero(after.keys[:first])
    if len(earlier) and first - earlier[-1] <= _MOST_BEFORE:
        first = int(earlier[-1])
    new = _pictures(marked, after, first, stop, part)
    led = int((after.times[first:stop] < after.times[first]).sum())
    if len(new) not in (stop - first, stop - first - led):
        raise ReadBackMismatch("not all frames at the joints of the marked film are decoded")
    if region.key < len(before.sizes):
        old = _pictures(source, before, region.key, stop, part)
        wanted = stop - region.key - region.leading
        if len(old) < wanted or old[-wanted:] != new[-wanted:]:
            raise ReadBackMismatch("the first copied frames are not decoded as they were")


def _pictures(asset: Asset, track: Track, first: int, end: int, part: Path) -> list[bytes]:
    """A checksum of each frame that is decoded from some samples, in the order of showing."""
    excerpt.written(asset, track, first, end, part)
    return checksums(part, "mov")


def checksums(part: Path, container: str) -> list[bytes]:
    """A checksum of each frame of a small film, in the order of showing.

    Raises:
        ReadBackMismatch: if one is not decoded.
    """
    args = ["-noautorotate", "-f", container, "-i", ffmpeg.url(part), "-fps_mode", "passthrough"]
    try:
        text = ffmpeg.run(["-xerror", *args, "-f", "framemd5", "pipe:1"])
    except AssetError as error:
        raise ReadBackMismatch(f"the marked film is not decoded ({error.reason})") from None
    rows = (line.split(b",") for line in text.splitlines() if not line.startswith(b"#"))
    return [row[-1].strip() for row in rows]
