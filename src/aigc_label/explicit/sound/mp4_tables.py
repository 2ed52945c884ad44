"""The sample tables of one track of an MP4 file, and what follows when samples are put in."""

from __future__ import annotations

import struct
from array import array
from itertools import accumulate
from typing import TYPE_CHECKING

from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.sound.mp4_tree import Node, Runs

if TYPE_CHECKING:
    from collections.abc import Sequence

_FULL = bytes(4)  # version and flags


class Tables:
    """The samples of a track: how long, how large, and in which chunks.

    Raises:
        CannotCarry: if they are written in a form that is not understood here.
        Malformed: if the tables contradict one another.
    """

    def __init__(self, stbl: Node) -> None:
        for kind in (b"stz2", b"ctts", b"stss", b"saiz", b"saio", b"senc", b"subs"):
            if stbl.find(kind) is not None:
                raise CannotCarry(
                    f"its sound has a table ({kind.decode()}) that cannot follow; copy the file "
                    "first: ffmpeg -i FILE -c copy NEW.m4a"
                )
        self._stbl = stbl
        self.times = Runs.of(stbl.need(b"stts"))
        sizes = stbl.need(b"stsz")
        constant, count = sizes.number(4, 4), sizes.number(8, 4)
        if constant:
            if count > 1 << 24:
                raise Malformed("an MP4 sample table without bounds")
            self.sizes = array("I", [constant]) * count
        else:
            self.sizes = _numbers(sizes.body[12 : 12 + 4 * count], 4)
        if len(self.sizes) != count or self.times.total() != count:
            raise Malformed("the MP4 sample tables contradict one another")
        wide = stbl.find(b"stco") is None
        chunks = stbl.need(b"co64" if wide else b"stco")
        width = 8 if wide else 4
        self.offsets = list(_numbers(chunks.body[8 : 8 + width * chunks.number(4, 4)], width))
        self.counts, self.kinds = self._chunks()

    def _chunks(self) -> tuple[list[int], list[int]]:
        """How many samples each chunk holds, and which description they have."""
        node = self._stbl.need(b"stsc")
        entries = [
            tuple(node.number(8 + 12 * i + 4 * j, 4) for j in range(3))
            for i in range(node.number(4, 4))
        ]
        counts: list[int] = []
        kinds: list[int] = []
        for (first, each, kind), following in zip(
            entries, [*(entry[0] for entry in entries[1:]), len(self.offsets) + 1], strict=True
        ):
            if first != len(counts) + 1 or not first <= following <= len(self.offsets) + 1:
                raise Malformed("the MP4 chunk table contradicts itself")
            counts += [each] * (following - first)
            kinds += [kind] * (following - first)
        if sum(counts) != len(self.sizes):
            raise Malformed("the MP4 sample tables contradict one another")
        return counts, kinds

    @property
    def duration(self) -> int:
        """All samples' durations, in units of the track."""
        return sum(count * delta for count, delta in self.times.pairs)

    def begin(self, sample: int) -> int:
        """When a sample begins, in units of the track."""
        at = 0
        for count, delta in self.times.pairs:
            if sample <= count:
                return at + sample * delta
            at += count * delta
            sample -= count
        return at

    def insert(self, place: int, sizes: Sequence[int], offset: int, delta: int) -> None:
        """Put samples in, which stand together somewhere else.

        Args:
            place: how many samples stand before them.
            sizes: of each in bytes.
            offset: where the first stands.
            delta: how long each lasts, in units of the track.
        """
        ends = list(accumulate(self.counts))
        chunk = next((i for i, end in enumerate(ends) if end > place), len(ends))
        inside = place - (ends[chunk - 1] if chunk else 0) if chunk < len(ends) else 0
        if inside:  # the chunk is parted
            first = place - inside
            self.offsets.insert(chunk + 1, self.offsets[chunk] + sum(self.sizes[first:place]))
            self.counts[chunk : chunk + 1] = [inside, self.counts[chunk] - inside]
            self.kinds.insert(chunk, self.kinds[chunk])
            chunk += 1
        kind = self.kinds[min(chunk, len(self.kinds) - 1)] if self.kinds else 1
        self.offsets.insert(chunk, offset)
        self.counts.insert(chunk, len(sizes))
        self.kinds.insert(chunk, kind)
        self.sizes[place:place] = array("I", sizes)
        self.times.insert(place, len(sizes), delta)
        for node in self._stbl.all(b"sbgp"):
            at = 8 if node.number(0, 1) == 0 else 12
            groups = Runs.of(node, at)
            groups.insert(place, len(sizes))
            groups.store(node, at)
        if (flags := self._stbl.find(b"sdtp")) is not None:
            flags.body = flags.body[: 4 + place] + bytes(len(sizes)) + flags.body[4 + place :]

    def store(self) -> None:
        """Write the tables into their boxes."""
        self.times.store(self._stbl.need(b"stts"))
        sizes = self._stbl.need(b"stsz")
        sizes.body = _FULL + struct.pack(">II", 0, len(self.sizes)) + _written(self.sizes)
        entries = [
            (number, count, kind)
            for number, (count, kind) in enumerate(zip(self.counts, self.kinds, strict=True), 1)
            if number == 1 or (count, kind) != (self.counts[number - 2], self.kinds[number - 2])
        ]
        flat = [number for entry in entries for number in entry]
        self._stbl.need(b"stsc").body = _FULL + struct.pack(f">I{len(flat)}I", len(entries), *flat)
        store_offsets(self._stbl, self.offsets)


def offsets_of(stbl: Node) -> list[int]:
    """Where the chunks of a track stand."""
    for kind, width in ((b"stco", 4), (b"co64", 8)):
        if (node := stbl.find(kind)) is not None:
            return list(_numbers(node.body[8 : 8 + width * node.number(4, 4)], width))
    raise Malformed("no 'stco' box where one belongs")


def store_offsets(stbl: Node, offsets: Sequence[int]) -> None:
    """Write where the chunks of a track stand, in eight bytes each if one needs them."""
    wide = stbl.find(b"stco") is None
    node = stbl.need(b"co64" if wide else b"stco")
    if not wide and max(offsets, default=0) > 0xFFFF_FFFF:
        node.type = b"co64"
        wide = True
    form = "Q" if wide else "I"
    node.body = _FULL + struct.pack(f">I{len(offsets)}{form}", len(offsets), *offsets)


def _numbers(data: bytes, width: int) -> array[int]:
    form = "I" if width == 4 else "Q"
    count = len(data) // width
    return array(form, struct.unpack(f">{count}{form}", data[: count * width]))


def _written(values: array[int]) -> bytes:
    return struct.pack(f">{len(values)}I", *values)
