"""Marks in M4A, and in MP4 and MOV of sound alone: AAC or ALAC of their own among the samples.

Sample tables, durations, chapters and gapless values follow; not a byte of the programme's media
changes. New samples stand at the end of the file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_label.containers import bmff
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry
from aigc_label.explicit.sound import decoding, mp4_tree
from aigc_label.explicit.sound.mp4_coding import coding_of
from aigc_label.explicit.sound.mp4_tables import Tables, offsets_of, store_offsets
from aigc_label.explicit.sound.mp4_tree import Node, Runs
from aigc_label.explicit.sound.programme import Result
from aigc_label.output import as_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.asset import Asset
    from aigc_label.audible.rhythm import Samples
    from aigc_label.explicit.sound.programme import Addition, Window
    from aigc_label.output import Scratch

_ADVICE = "copy the file first: ffmpeg -i FILE -map 0:a -c copy NEW.m4a"
_GAPLESS = rb" 00000000 ([0-9A-F]{8}) ([0-9A-F]{8}) ([0-9A-F]{16})"  # iTunSMPB
_NOWHERE = (0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF)  # media times of an edit that shows nothing
_TICKS = 10_000_000  # of a second, in which Nero counts


def opened(asset: Asset, scratch: Scratch, *, inside: bool) -> Mp4:
    """The sound of an M4A file, or of an MP4 or MOV without pictures.

    Raises:
        CannotCarry: if its coding or its tables are of another kind.
        Malformed: if the file is damaged.
    """
    del inside  # every sample is found at once
    return Mp4(asset, scratch)


class Mp4:
    """See :class:`aigc_label.explicit.sound.programme.Programme`."""

    def __init__(self, asset: Asset, scratch: Scratch) -> None:
        self._asset = asset
        self._scratch = scratch
        top = bmff.top_level(asset)
        self._box = bmff.sole_moov(top)
        self._moov = mp4_tree.held(asset, self._box)
        if self._moov.find(b"mvex") or any(box.type == b"moof" for box in top):
            raise CannotCarry(f"no mark can be put into sound in fragments; {_ADVICE}")
        tracks = [t for t in self._moov.all(b"trak") if _handler(t) == b"soun"]
        if len(tracks) != 1:
            raise CannotCarry(f"it has {len(tracks)} tracks of sound, not one; {_ADVICE}")
        self._track = tracks[0]
        stbl = self._track.need(b"mdia", b"minf", b"stbl")
        self._tables = Tables(stbl)
        if not self._tables.sizes:
            raise CannotCarry("it has no sound that a mark could stand beside")
        self._scale = mp4_tree.timescale(self._track.need(b"mdia", b"mdhd"))
        self._movie = mp4_tree.timescale(self._moov.need(b"mvhd"))
        self._coding = coding_of(stbl.need(b"stsd").body)
        self.rate, self.channels = self._coding.rate, self._coding.channels
        self._skipped, shown = self._edit()
        whole = self._tables.duration - self._skipped
        self._trimmed = max(whole - shown, 0) if shown is not None else 0
        self.length = max((whole - self._trimmed) * self.rate // self._scale, 0)

    def _edit(self) -> tuple[int, int | None]:
        """What of the media its edit list leaves out in front, and how much it shows."""
        node = self._track.find(b"edts", b"elst")
        if node is None:
            return 0, None
        entries = [entry for entry in _edits(node) if entry[1] not in _NOWHERE]
        if len(entries) != 1 or entries[0][2] != 1 << 16:
            raise CannotCarry(f"its sound is cut in an edit list; {_ADVICE}")
        duration, start, _ = entries[0]
        return start, duration * self._scale // self._movie if duration else None

    def heard(self, windows: Sequence[Window]) -> list[Samples]:
        """Each window as samples by channels."""
        path = as_file(self._asset, self._scratch("source.m4a"))
        return decoding.windows(path, "mov", windows, rate=self.rate, channels=self.channels)

    def taken(self, count: int) -> int:
        """Whole frames, and mostly one for the encoder's delay."""
        return self._coding.taken(count)

    def inserted(self, additions: Sequence[Addition]) -> Result:
        """The file with sounds put in; see the module."""
        tables, coding = self._tables, self._coding
        delta = coding.frame * self._scale // self.rate
        count = len(tables.sizes)
        mean = sum(tables.sizes) * 8 * self.rate / (count * coding.frame) / 1000
        media: list[bytes] = []
        begins: list[float] = []
        rows: list[tuple[int, int, int]] = []  # sample, frames, when
        lead, trimmed = self._skipped, self._trimmed
        for at, sound in additions:
            frames = coding.encoded(sound, mean)
            place = self._sample(at, count)
            if not place:
                lead = coding.delay * self._scale // self.rate
            elif place == count:
                trimmed = 0
            rows.append((place, len(frames), tables.begin(place)))
            media += frames
        offset = self._asset.size + 8
        added = len(media)
        if rows and rows[-1][0] == count and coding.delay:
            _fill(tables, delta)
        done = 0
        for place, number, _ in rows:
            sizes = [len(frame) for frame in media[done : done + number]]
            tables.insert(place + done, sizes, offset, delta)
            start = tables.begin(place + done) + coding.delay * self._scale // self.rate
            begins.append(max(start - lead, 0) / self._scale)
            offset += sum(sizes)
            done += number
        moved = [(max(when - self._skipped, 0), number * delta) for _, number, when in rows]
        shown = tables.duration - lead - trimmed
        self._retime(lead, shown, moved, added * delta)
        self._gapless(rows, at_end=rows[-1][0] == count)
        plan = self._plan(b"".join(media))
        return Result(plan.view(self._asset), tuple(begins))

    def _sample(self, at: int, count: int) -> int:
        """How many samples of the track stand before a place in the programme."""
        if not at:
            return 0
        if at >= self.length:
            return count
        frame = self._coding.frame
        skipped = self._skipped * self.rate // self._scale
        return min(max(round((at + skipped) / frame), 1), count)

    def _retime(self, lead: int, shown: int, moved: Sequence[tuple[int, int]], added: int) -> None:
        """Durations, the edit list, and the chapters."""
        mp4_tree.lengthened(self._track.need(b"mdia", b"mdhd"), added)
        mdhd = self._track.need(b"mdia", b"mdhd")
        mdhd.put(*mp4_tree.duration_at(mdhd), self._tables.duration)
        before = max(_duration(track) for track in self._moov.all(b"trak"))
        self._tables.store()
        new = -(-shown * self._movie // self._scale)
        node = self._track.find(b"edts", b"elst")
        if node is not None:
            _put_edit(node, lead, new)
            new = sum(duration for duration, _, _ in _edits(node))
        tkhd = self._track.need(b"tkhd")
        tkhd.put(*mp4_tree.duration_at(tkhd), new)
        seconds = [(at / self._scale, more / self._scale) for at, more in moved]
        for track in self._moov.all(b"trak"):
            if track is not self._track:
                _stretch(track, seconds, self._movie)
        after = max(_duration(track) for track in self._moov.all(b"trak"))
        mp4_tree.lengthened(self._moov.need(b"mvhd"), after - before)
        for udta in self._moov.all(b"udta"):
            udta.body = _nero(udta.body, seconds)

    def _gapless(self, rows: Sequence[tuple[int, int, int]], *, at_end: bool) -> None:
        """What iTunes notes of the encoder's delay, padding and the samples between."""
        more = sum(number for _, number, _ in rows) * self._coding.frame
        at_start = not rows[0][0]

        def follow(found: re.Match[bytes]) -> bytes:
            delay, padding, count = (int(number, 16) for number in found.groups())
            total = delay + padding + count + more
            delay = self._coding.delay if at_start else delay
            padding = 0 if at_end else padding
            return b" 00000000 %08X %08X %016X" % (delay, padding, max(total - delay - padding, 0))

        for holder in (self._moov, self._track):
            for node in holder.inner or ():
                if node.type in (b"udta", b"meta"):
                    node.body = re.sub(_GAPLESS, follow, node.body)

    def _plan(self, media: bytes) -> EditPlan:
        """The new header in the place of the old, and the new samples behind all else."""
        stbls = [track.need(b"mdia", b"minf", b"stbl") for track in self._moov.all(b"trak")]
        known = [offsets_of(stbl) for stbl in stbls]
        new = b""
        for _ in range(3):  # wider offsets make the header longer once
            growth = len(self._moov.encoded()) - self._box.size
            for stbl, offsets in zip(stbls, known, strict=True):
                there = [at + (growth if at >= self._box.end else 0) for at in offsets]
                store_offsets(stbl, there)
            new = self._moov.encoded()
            if len(new) - self._box.size == growth:
                break
        end = self._asset.size
        box = (len(media) + 8).to_bytes(4, "big") + b"mdat" + media
        return EditPlan(
            [Splice(Span(self._box.start, self._box.end), new), Splice(Span(end, end), box)]
        )


def _handler(track: Node) -> bytes:
    node = track.find(b"mdia", b"hdlr")
    return node.body[8:12] if node else b""


def _fill(tables: Tables, delta: int) -> None:
    """Let the last sample last as long as all others: it is decoded whole."""
    count, last = tables.times.pairs[-1]
    if count == 1 and last < delta:
        tables.times.pairs[-1] = (1, delta)


def _duration(track: Node) -> int:
    tkhd = track.need(b"tkhd")
    return tkhd.number(*mp4_tree.duration_at(tkhd))


def _edits(node: Node) -> list[tuple[int, int, int]]:
    """Duration in the film's units, beginning in the media's, and speed of each edit."""
    width = 8 if node.number(0, 1) == 1 else 4
    step = 2 * width + 4
    edits = []
    for at in range(8, 8 + step * node.number(4, 4), step):
        duration, start = node.number(at, width), node.number(at + width, width)
        edits.append((duration, start, node.number(at + 2 * width, 4)))
    return edits


def _put_edit(node: Node, lead: int, shown: int) -> None:
    width = 8 if node.number(0, 1) == 1 else 4
    step = 2 * width + 4
    for i, (_, start, _) in enumerate(_edits(node)):
        if start not in _NOWHERE:
            node.put(8 + step * i, width, shown)
            node.put(8 + step * i + width, width, lead)


def _stretch(track: Node, moved: Sequence[tuple[float, float]], movie: int) -> None:
    """Let what a track of chapters or pictures shows at a place last longer there."""
    mdhd = track.need(b"mdia", b"mdhd")
    scale = mp4_tree.timescale(mdhd)
    node = track.need(b"mdia", b"minf", b"stbl", b"stts")
    times = Runs.of(node)
    each = [delta for count, delta in times.pairs for _ in range(min(count, 1 << 16))]
    total = 0
    for at, more in moved:
        passed, ticks = 0, round(more * scale)
        for index, delta in enumerate(each):
            passed += delta
            if passed > round(at * scale) or index == len(each) - 1:
                each[index] += ticks
                total += ticks
                break
    Runs([(1, delta) for delta in each]).store(node)
    mp4_tree.lengthened(mdhd, total)
    grown = round(total * movie / scale)
    mp4_tree.lengthened(track.need(b"tkhd"), grown)
    elst = track.find(b"edts", b"elst")
    if elst is not None and (edits := _edits(elst)):
        width = 8 if elst.number(0, 1) == 1 else 4
        last = max(range(len(edits)), key=lambda i: edits[i][0])
        elst.put(8 + (2 * width + 4) * last, width, edits[last][0] + grown)


def _nero(body: bytes, moved: Sequence[tuple[float, float]]) -> bytes:
    """Chapters in ``chpl``, whose times keep their eight bytes."""
    start = body.find(b"chpl")
    if start < 4:
        return body
    new = bytearray(body)
    count_at = start + 8 + 4 * bool(body[start + 4])
    end = min(start - 4 + int.from_bytes(body[start - 4 : start], "big"), len(body))
    at = count_at + 1
    for _ in range(body[count_at] if count_at < end else 0):
        if at + 9 > end:
            break
        time = int.from_bytes(body[at : at + 8], "big")
        more = sum(count for place, count in moved if time > 0 and place * _TICKS <= time)
        new[at : at + 8] = (time + round(more * _TICKS)).to_bytes(8, "big")
        at += 9 + body[at + 8]
    return bytes(new)
