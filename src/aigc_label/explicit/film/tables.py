"""The sample tables of picture tracks (ISO/IEC 14496-12, 8.5 to 8.7), as arrays.

Headers alone are read: a film of an hour has some hundred thousand samples, which numpy holds in
a few megabytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from aigc_label.containers import bmff
from aigc_label.errors import CannotCarry, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.containers.bmff import Box
    from aigc_label.explicit.film.codecs import Codec

Numbers: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.int64]]"
Flags: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]"

MOST_SAMPLES = 8 << 20
"""Frames of one track: a day at ninety frames a second has fewer."""

_PATH = (b"mdia", b"minf", b"stbl")
_ENTRY = 78  # bytes of a VisualSampleEntry before its boxes (8.5.2.2)
_STILLS = (b"jpeg", b"png ")
_KNOWN = (
    b"stsd", b"stts", b"ctts", b"stsc", b"stsz", b"stco", b"co64", b"stss", b"sdtp", b"cslg",
    b"stps", b"sgpd", b"sbgp", b"stdp", b"free", b"skip",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A picture track. All its arrays have an entry for each sample, in the order of decoding.

    Attributes:
        number: of all tracks with tables, counted from 0.
        inside: the boxes around its tables: ``moov``, ``trak``, ``mdia``, ``minf``, ``stbl``.
        boxes: the tables by their type.
        entry: its sample entry.
        clock: ticks a second.
        sizes: bytes of each sample.
        offsets: where each stands in the file.
        chunks: the chunk that each is in, counted from 0.
        decoded: when each is decoded, in ticks from the first.
        times: when each is shown, on the same clock; what of it is played, edit lists say.
        keys: whether decoding can begin at it, as the file has it.
        partial: whether it is one of QuickTime's partial starting points, which are open.
    """

    number: int
    inside: tuple[Box, ...]
    boxes: dict[bytes, Box]
    entry: Box
    clock: int
    sizes: Numbers
    offsets: Numbers
    chunks: Numbers
    decoded: Numbers
    times: Numbers
    keys: Flags
    partial: Flags


def pictures(asset: Asset) -> list[Track]:
    """All tracks with moving pictures; covers and pictures of chapters left out.

    Raises:
        CannotCarry: their tables are of a form that is not followed.
        Malformed: they are damaged.
    """
    found = []
    for number, inside in enumerate(tracks(asset)):
        hdlr = bmff.find(bmff.children(asset, inside[2]), b"hdlr")
        if hdlr is not None and bmff.field(asset, hdlr, 8, 4) == b"vide":
            found.append(track(asset, inside, number))
    return [one for one in found if not _is_still(asset, one)] or found


def _is_still(asset: Asset, track: Track) -> bool:
    """Whether a track holds a cover, or pictures of chapters, which players do not play."""
    if len(track.sizes) <= 1:
        return True
    tkhd = bmff.find(bmff.children(asset, track.inside[1]), b"tkhd")
    is_played = tkhd is None or bool(bmff.full(asset, tkhd)[1] & 1)
    return track.entry.type in _STILLS and not is_played


def tracks(asset: Asset) -> Iterator[tuple[Box, ...]]:
    """The boxes around the tables of each track that has some: ``moov`` first, ``stbl`` last."""
    moov = bmff.sole_moov(bmff.top_level(asset))
    for trak in bmff.children(asset, moov):
        inside: tuple[Box, ...] = (moov, trak)
        for kind in _PATH if trak.type == b"trak" else ():
            box = bmff.find(bmff.children(asset, inside[-1]), kind)
            if box is None:
                break
            inside = (*inside, box)
        if inside[-1].type == _PATH[-1]:
            yield inside


def track(asset: Asset, inside: tuple[Box, ...], number: int) -> Track:
    """A track of any kind, from what :func:`tracks` has of it and its number there.

    Raises:
        CannotCarry, Malformed: as :func:`pictures`.
    """
    boxes = {box.type: box for box in bmff.children(asset, inside[-1])}
    for kind in (b"stsd", b"stts", b"stsc", b"stsz"):
        if kind not in boxes:
            raise CannotCarry(f"its picture track has no {kind.decode()} table")
    sizes = _sizes(asset, boxes[b"stsz"])
    count = len(sizes)
    chunks, offsets = _places(asset, boxes, sizes)
    lengths = _runs(asset, boxes[b"stts"], count, signed=False)
    decoded = np.concatenate([[0], np.cumsum(lengths)[:-1]]) if count else lengths
    times = decoded
    if b"ctts" in boxes:
        times = decoded + _runs(asset, boxes[b"ctts"], count, signed=True)
    keys = np.ones(count, bool)
    if b"stss" in boxes:
        keys[:] = False
        keys[_numbers(asset, boxes[b"stss"], count)] = True
    partial = np.zeros(count, bool)
    if b"stps" in boxes:
        partial[_numbers(asset, boxes[b"stps"], count)] = True
    mdhd = bmff.find(bmff.children(asset, inside[2]), b"mdhd")
    if mdhd is None:
        raise Malformed("the picture track has no media header")
    at = 20 if bmff.full(asset, mdhd)[0] else 12
    entries = list(bmff.boxes(asset, boxes[b"stsd"].body + 8, boxes[b"stsd"].end))
    if len(entries) != 1:
        raise CannotCarry("its picture track changes its description on the way")
    return Track(
        number=number,
        inside=inside,
        boxes=boxes,
        entry=entries[0],
        clock=max(int.from_bytes(bmff.field(asset, mdhd, at, 4)), 1),
        sizes=sizes,
        offsets=offsets,
        chunks=chunks,
        decoded=decoded,
        times=times,
        keys=keys | partial,
        partial=partial,
    )


def _rows(asset: Asset, box: Box, skip: int, columns: int) -> Numbers:
    """The entries of a table of 32-bit numbers behind their count at ``skip``.

    Raises:
        Malformed: if it has no room for as many as it says.
        CannotCarry: if they are too many.
    """
    count = int.from_bytes(bmff.field(asset, box, skip, 4))
    if count > MOST_SAMPLES:
        raise CannotCarry("its picture track has too many frames")
    raw = bmff.field(asset, box, skip + 4, 4 * columns * count)
    return np.frombuffer(raw, ">u4").astype(np.int64).reshape(count, columns)


def _numbers(asset: Asset, box: Box, count: int) -> Numbers:
    """A table of samples, counted from 0."""
    numbers = _rows(asset, box, 4, 1)[:, 0] - 1
    if len(numbers) and not 0 <= numbers.min() <= numbers.max() < count:
        raise Malformed("its table of starting points names samples that are not there")
    return numbers


def _sizes(asset: Asset, stsz: Box) -> Numbers:
    same = int.from_bytes(bmff.field(asset, stsz, 4, 4))
    if not same:
        return _rows(asset, stsz, 8, 1)[:, 0]
    count = int.from_bytes(bmff.field(asset, stsz, 8, 4))
    if count > MOST_SAMPLES:
        raise CannotCarry("its picture track has too many frames")
    return np.full(count, same, np.int64)


def _runs(asset: Asset, box: Box, count: int, *, signed: bool) -> Numbers:
    """A table of runs, one value for each sample.

    Encoders write negative offsets in version 0 as well, so all are read as signed.
    """
    rows = _rows(asset, box, 4, 2)
    if int(rows[:, 0].sum()) < count:
        raise Malformed(f"its table {box.name!r} has fewer entries than there are frames")
    if int(rows[:, 0].max(initial=0)) > count or int(rows[:, 0].sum()) > count:
        raise CannotCarry(f"its table {box.name!r} has more entries than there are frames")
    values = rows[:, 1]
    if signed:
        values = values.astype(np.uint32).astype(np.int32).astype(np.int64)
    return np.repeat(values, rows[:, 0])


def _places(asset: Asset, boxes: dict[bytes, Box], sizes: Numbers) -> tuple[Numbers, Numbers]:
    """The chunk of each sample, and where it stands."""
    starts = chunk_starts(asset, boxes)
    rows = _rows(asset, boxes[b"stsc"], 4, 3)
    firsts = rows[:, 0] - 1
    if not len(sizes):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    if not len(rows) or firsts[0] != 0 or (np.diff(firsts) <= 0).any() or firsts[-1] >= len(starts):
        raise Malformed("its table of chunks is damaged")
    if (rows[:, 2] != rows[0, 2]).any():
        raise CannotCarry("its picture track changes its description on the way")
    counts = np.repeat(rows[:, 1], np.diff(np.append(firsts, len(starts))))
    if int(counts.max()) > len(sizes) or int(counts.sum()) != len(sizes):
        raise CannotCarry("its chunks hold another number of frames than its tables")
    chunks = np.repeat(np.arange(len(starts)), counts)
    ends = np.cumsum(sizes)
    before = (ends - sizes)[np.cumsum(counts) - counts]
    offsets = starts[chunks] + ends - sizes - before[chunks]
    if int((offsets + sizes).max()) > asset.size:
        raise Malformed("cut short: its last frames are missing")
    return chunks, offsets


def chunk_starts(asset: Asset, boxes: dict[bytes, Box]) -> Numbers:
    """Where the chunks of a track begin."""
    if b"co64" in boxes:
        rows = _rows_wide(asset, boxes[b"co64"])
        return rows[:, 0] << 32 | rows[:, 1]
    if b"stco" not in boxes:
        raise CannotCarry("its picture track has no table of chunks")
    return _rows(asset, boxes[b"stco"], 4, 1)[:, 0]


def _rows_wide(asset: Asset, co64: Box) -> Numbers:
    return _rows(asset, co64, 4, 2)


def sample(asset: Asset, track: Track, number: int) -> bytes:
    """The bytes of a sample, by its number in the order of decoding, from 0."""
    return asset.read(int(track.offsets[number]), int(track.sizes[number]))


def configuration(asset: Asset, track: Track, codec: Codec) -> bytes:
    """The decoder configuration of a track, as :mod:`codecs` has it; ``b""`` if there is none.

    Raises:
        Malformed: if its descriptors are damaged.
    """
    box = configuration_box(asset, track, codec)
    if box is None:
        return b""
    body = asset.read(box.body, box.end - box.body)
    return specific(body) if box.type == b"esds" else body


def configuration_box(asset: Asset, track: Track, codec: Codec) -> Box | None:
    """The box of a track's decoder configuration."""
    inner = bmff.boxes(asset, track.entry.body + _ENTRY, track.entry.end)
    return bmff.find(inner, codec.CONFIG)


def specific(esds: bytes) -> bytes:
    """The decoder specific information in the body of an ``esds`` (14496-1, 7.2.6).

    Raises:
        Malformed: if a descriptor is cut short.
    """
    at, end = 4, len(esds)
    skipped = {3: 3, 4: 13}  # bytes of a descriptor before those in it
    while at < end:
        tag, size, body = esds[at], 0, at + 1
        for _ in range(4):
            if body >= end:
                raise Malformed("the decoder configuration is cut short")
            size = size << 7 | esds[body] & 127
            body += 1
            if esds[body - 1] < 128:
                break
        if tag == 5:
            return esds[body : body + size]
        at = body + skipped.get(tag, size)
    return b""


def unfollowed(track: Track) -> str | None:
    """A table of the track that would not fit new samples, by its name."""
    return next((box.name for kind, box in track.boxes.items() if kind not in _KNOWN), None)
