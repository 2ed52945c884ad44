"""Marks in Ogg: packets of their own in front of, between or behind those there are.

What a codec has to tell of its packets is in :mod:`opus` and :mod:`vorbis`; the positions of all
that follows, and the pages, are brought up to date here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from aigc_label.carriers import vorbis_times
from aigc_label.containers import ogg
from aigc_label.edits import EditPlan
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.sound import decoding, ogg_pages
from aigc_label.explicit.sound.ogg_pages import Packed
from aigc_label.explicit.sound.programme import Result
from aigc_label.output import as_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.asset import Asset
    from aigc_label.audible.rhythm import Samples
    from aigc_label.explicit.sound.ogg_pages import Sound
    from aigc_label.explicit.sound.programme import Addition, Window
    from aigc_label.output import Scratch

_NOWHERE = (1 << 64) - 1
_NEAR = 4  # pages before one that hold the beginnings of all packets on it
LAYOUTS = ("mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1")
"""What the channels are by their number; in marks they are all alike, so order is nothing."""


class Coded(NamedTuple):
    """A mark as packets.

    Attributes:
        packets: their bytes.
        delay: samples of silence that come out before the sound.
    """

    packets: Sequence[bytes]
    delay: int


class Codec(Protocol):
    """What a codec tells of its packets.

    Attributes:
        rate: samples of a channel in a second.
        channels: how many there are.
        skipped: samples at the beginning that are not played.
    """

    rate: int
    channels: int
    skipped: int

    def block(self, head: bytes) -> int:
        """How large a packet's block is, by its first bytes."""

    def lasts(self, before: int | None, block: int) -> int:
        """How many samples come out with a block behind another, or first of all."""

    def encoded(self, sound: Samples, kbps: float, following: bytes) -> Coded:
        """A sound as packets.

        Args:
            sound: one channel.
            kbps: the programme's bit rate.
            following: how the programme's first packet begins, where it follows.
        """

    def taken(self, count: int) -> int:
        """Samples that a sound of ``count`` takes up."""


class Ogg:
    """See :class:`aigc_label.explicit.sound.programme.Programme`."""

    def __init__(self, asset: Asset, scratch: Scratch, sound: Sound, codec: Codec) -> None:
        self._asset = asset
        self._scratch = scratch
        self._sound = sound
        self._codec = codec
        self.rate, self.channels = codec.rate, codec.channels
        self._granules = [
            (p.granule, i) for i, p in enumerate(sound.pages) if p.granule != _NOWHERE
        ]
        if not self._granules:
            raise Malformed("the Ogg file does not tell when anything is")
        self._first = ogg_pages.heads(asset, sound.pages[:_NEAR], 2)[0]
        first, number = self._granules[0]
        counted = sum(self._lengths(0, number)[1])
        is_all = number == self._granules[-1][1]  # the end of a last page may be cut off
        self._base = max(first - counted, 0) if is_all else first - counted
        self._begin = max(self._base, 0) + codec.skipped
        self.length = max(self._granules[-1][0] - self._begin, 0)

    def _lengths(self, first: int, last: int) -> tuple[list[int], list[int]]:
        """The blocks of the packets that end on some pages, and how long each lasts."""
        codec, pages = self._codec, self._sound.pages
        near = max(first - _NEAR, 0)
        heads = ogg_pages.heads(self._asset, pages[near : last + 1], 2)
        blocks = [codec.block(head) for head in heads]
        befores = [None, *blocks]
        skipped = self._sound.ended[first] - self._sound.ended[near]
        lasting = [codec.lasts(a, b) for a, b in zip(befores, blocks, strict=False)]
        return blocks[skipped:], lasting[skipped:]

    def heard(self, windows: Sequence[Window]) -> list[Samples]:
        """Each window as samples by channels."""
        path = as_file(self._asset, self._scratch("source.ogg"))
        return decoding.windows(path, "ogg", windows, rate=self.rate, channels=self.channels)

    def taken(self, count: int) -> int:
        """Whole packets."""
        return self._codec.taken(count)

    def inserted(self, additions: Sequence[Addition]) -> Result:
        """The file with sounds put in; see the module."""
        sound, codec = self._sound, self._codec
        size = sound.pages[-1].end - sound.pages[0].start
        kbps = size * 8 / max(self.length / self.rate, 0.1) / 1000
        rows: list[tuple[int, Packed]] = []
        shifts: list[int] = []
        begins: list[float] = []
        moved: list[tuple[int, int]] = []
        shift, last = 0, None
        for at, wanted in additions:
            coded = codec.encoded(wanted, kbps, b"" if at else self._first)
            blocks = [codec.block(packet[:2]) for packet in coded.packets]
            place, position, before, behind = self._place(at)
            if not place:
                shift = max(position, 0) - position
            if behind is None:
                last = position
            start = position + shift
            granules, end = [], start
            for previous, block in zip([before, *blocks], blocks, strict=False):
                end += codec.lasts(previous, block)
                granules.append(end)
            first = start + coded.delay + codec.lasts(before, blocks[0]) * (not coded.delay)
            if behind is None:
                granules[-1] = max(min(end, first + wanted.size), granules[-2])
            else:
                end += codec.lasts(blocks[-1], behind) - codec.lasts(before, behind)
            rows.append((place, Packed(coded.packets, start, granules)))
            begins.append(max(first - self._begin, 0) / self.rate)
            when = max(position - self._begin, 0)
            moved.append((when * 1000 // self.rate, (end - start) * 1000 // self.rate))
            shift += end - start
            shifts.append(shift)
        splices = ogg_pages.with_packets(self._asset, sound, rows, shifts, last)
        marked = EditPlan(splices).view(self._asset)
        return Result(self.retimed(marked, moved).view(marked), tuple(begins))

    def _place(self, at: int) -> tuple[int, int, int | None, int | None]:
        """The packet before which something is put in, what was before it, and the blocks there."""
        pages = self._sound.pages
        ended = self._sound.ended
        if at and at >= self.length:
            number = next((i for g, i in reversed(self._granules) if i < len(pages) - 1), None)
            blocks, position = self._from(number, len(pages) - 1)
            return ended[-1], position + sum(n for _, n in blocks), blocks[-1][0], None
        if not at:
            blocks, _ = self._from(None, self._granules[0][1])
            return 0, self._base, None, blocks[0][0]
        wanted = at + self._begin
        index = next(
            (i for i, (granule, _) in enumerate(self._granules) if granule >= wanted),
            len(self._granules) - 1,
        )
        known = self._granules[index - 1][1] if index else None
        blocks, position = self._from(known, self._granules[index][1])
        first = 0 if known is None else ended[known + 1]
        begun = {number for number, page in zip(ended, pages, strict=False) if page.flags & 1}
        best: tuple[int, int, int, int | None, int | None] | None = None
        before: int | None = None
        for offset, (block, lasts) in enumerate(blocks):
            place = first + offset
            if before is not None and place not in begun:
                option = (abs(position - wanted), place, position, before, block)
                best = min(best, option) if best else option
            before = block
            position += lasts
        if best is None:
            raise CannotCarry("no place between two packets was found inside the programme")
        return best[1:]

    def _from(self, known: int | None, last: int) -> tuple[list[tuple[int, int]], int]:
        """Blocks and lengths of the packets behind a page of known position, and that position."""
        position = self._base if known is None else self._sound.pages[known].granule
        blocks, lasting = self._lengths(0 if known is None else known + 1, last)
        return list(zip(blocks, lasting, strict=True)), position

    def retimed(
        self, marked: Asset, moved: Sequence[tuple[int, int]], *, always: bool = False
    ) -> EditPlan:
        """The edits that give the marked file this one's comments, chapters and lyrics following.

        Args:
            marked: the marked file.
            moved: at which millisecond of the old sound how many were put in.
            always: whether its own comments are others.
        """
        comments = self._sound.stream.packets[0]
        packet = ogg.packet(self._asset, comments)
        start = 7 if packet.read(0, 1) == b"\x03" else 8  # behind \x03vorbis or OpusTags
        edits = vorbis_times.retimed(packet, start, packet.size, moved)
        if not edits and not always:
            return EditPlan()
        view = EditPlan(edits).view(packet)
        stream = ogg.link_at(marked, 0).streams[0]
        return EditPlan(ogg.replaced(marked, stream, view.read(0, view.size)))
