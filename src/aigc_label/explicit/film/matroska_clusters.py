"""Clusters of a Matroska film in which frames are replaced.

All other blocks keep their bytes and their order, all frames their times.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple, Protocol

from aigc_label.containers.ebml import blocks, segment
from aigc_label.containers.ebml.blocks import Block
from aigc_label.containers.ebml.elements import CRC, checked, encoded, size_field
from aigc_label.errors import CannotCarry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import BinaryIO

    from aigc_label.asset import Asset
    from aigc_label.containers.ebml.blocks import Cluster
    from aigc_label.containers.ebml.elements import Element
    from aigc_label.explicit.film.matroska_reel import Reel, Stretch

_PRIORITY, _CODEC_STATE = 0xFA, 0xA4
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
        behind: the first frame that is kept behind them, if its bytes must change.
    """

    stretch: Stretch
    shown: Sequence[Block]
    samples: Samples
    behind: bytes | None = None


class _New(NamedTuple):
    """What stands in the slot of a frame: a new one, or an old one that is kept."""

    old: Block
    samples: Samples
    number: int
    before: int | None
    kept: bytes | None = None


class Made(NamedTuple):
    """A Cluster made anew: its bytes in the scratch file, and where things are in its content.

    Attributes:
        start, end: in the scratch file.
        body: where its content begins there.
        moved: where its elements began and begin now, but those of new frames.
        frames: where the blocks of new frames are, by time.
        lost: the times of those of them at which decoding could begin and no longer can.
    """

    start: int
    end: int
    body: int
    moved: dict[int, int]
    frames: dict[int, int]
    lost: set[int]


def _slots(frames: Frames) -> dict[int, _New | None]:
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
    if end is not None and (end.leading or frames.behind):
        places = sorted([*places, end.block], key=lambda block: block.place.start)
        new.append(_New(end.block, (), 0, None, frames.behind or b""))
    return out | {place.place.start: one for place, one in zip(places, new, strict=True)}


def made(reel: Reel, frames: Iterable[Frames], file: BinaryIO) -> dict[int, Made]:
    """Make all Clusters anew that hold a frame to replace.

    Args:
        reel: the film.
        frames: what replaces which stretches, in order.
        file: where to.

    Returns:
        Those Clusters, by where they begin in the film.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    out: dict[int, Made] = {}
    number = 0
    waiting: dict[int, _New | None] = {}
    for some in frames:
        waiting |= _slots(some)
        # The Cluster of the last frame may hold frames of the next stretch, too.
        while reel.clusters[number].end <= max(waiting):
            _pass(reel, number, waiting, out, file)
            number += 1
    for last in range(number, len(reel.clusters)):
        _pass(reel, last, waiting, out, file)
    return out


def _pass(
    reel: Reel, number: int, waiting: dict[int, _New | None], out: dict[int, Made], file: BinaryIO
) -> None:
    """Make a Cluster anew if it holds a frame that waits to be replaced."""
    place = reel.clusters[number]
    inside = [at for at in waiting if place.start < at < place.end]
    if inside:
        new = {at: waiting.pop(at) for at in inside}
        out[place.start] = _cluster(reel.asset, reel.cluster(number), new, file)


def _cluster(
    asset: Asset, cluster: Cluster, waiting: Mapping[int, _New | None], file: BinaryIO
) -> Made:
    place = cluster.place
    parts, moved, frames, lost = [], dict[int, int](), dict[int, int](), set[int]()
    elements, at = _content(cluster)
    was_checked = at > 0
    for element in elements:
        new = waiting.get(element.start)
        if element.start in waiting and new is None:
            continue
        if new is None:
            raw = asset.read(element.start, element.end - element.start)
        else:
            raw, key = _element(asset, new, cluster.time)
            frames[new.old.time] = at
            if new.old.key and not key:
                lost.add(new.old.time)
        moved[element.start - place.body] = at
        parts.append(raw)
        at += len(raw)
    start, end, body = _written(asset, place, b"".join(parts), file, was_checked=was_checked)
    return Made(start, end, body, moved, frames, lost)


def extended(
    asset: Asset, cluster: Cluster, before: Mapping[int, Sequence[bytes]], file: BinaryIO
) -> Made:
    """Make a Cluster anew that has blocks more.

    Args:
        asset: the film.
        cluster: as it is.
        before: elements to insert, by where the one begins that they stand before, or where the
            Cluster ends.
        file: where to.
    """
    place = cluster.place
    parts, moved = [], dict[int, int]()
    elements, at = _content(cluster)
    was_checked = at > 0
    for element in elements:
        new = b"".join(before.get(element.start, ()))
        at += len(new)
        moved[element.start - place.body] = at
        raw = asset.read(element.start, element.end - element.start)
        parts += [new, raw]
        at += len(raw)
    parts += before.get(place.end, ())
    start, end, body = _written(asset, place, b"".join(parts), file, was_checked=was_checked)
    return Made(start, end, body, moved, {}, set())


def _content(cluster: Cluster) -> tuple[list[Element], int]:
    """What stands in a Cluster, and how long the checksum in front of it is, 0 if there is none."""
    places = [child.place if isinstance(child, Block) else child for child in cluster.children]
    length = sum(place.end - place.start for place in places if place.id == CRC)
    return [place for place in places if place.id != CRC], length


def _written(
    asset: Asset, place: Element, content: bytes, file: BinaryIO, *, was_checked: bool
) -> tuple[int, int, int]:
    """Write a Cluster in place of another; where it begins and ends, and its content begins."""
    if was_checked:
        content = checked(content)
    live = asset.read(place.body - place.width, place.width)
    known = int.from_bytes(live) & (1 << 7 * place.width) - 1 != (1 << 7 * place.width) - 1
    size = size_field(len(content), place.width) if known else live
    start = file.tell()
    file.write(segment.CLUSTER.to_bytes(4) + size + content)
    return start, file.tell(), start + 4 + len(size)


def _element(asset: Asset, new: _New, base: int) -> tuple[bytes, bool]:
    """The block of a frame, and whether decoding can begin there."""
    old = new.old
    offset = old.time - base
    if not blocks.NEAREST <= offset <= blocks.FARTHEST:
        raise CannotCarry("its frames are stored too far from their times; remux it first")
    if new.kept is not None:
        sample = Sample(new.kept or asset.read(old.data, old.end - old.data), key=True)
    else:
        sample = new.samples[new.number]
    simple = old.place.id == blocks.SIMPLE_BLOCK and not sample.additions
    flags = old.flags if new.kept is not None else blocks.KEY if sample.key and simple else 0
    block = blocks.header(old.track, offset, flags) + sample.data
    if simple:
        return encoded(blocks.SIMPLE_BLOCK, block), sample.key
    unsaid = _UNSAID if new.kept is None else set()
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


def patched(
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
