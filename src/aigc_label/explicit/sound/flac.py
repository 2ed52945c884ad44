"""Marks in FLAC: frames of their own, written without an encoder, and all others numbered anew.

Every sample of the programme stays in the frame it was in, but for an end mark, which takes the
last, shorter frame into its own: only the last frame of a stream may be short.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from aigc_label import ffmpeg
from aigc_label.carriers import vorbis_times
from aigc_label.containers import flac, flac_frames, id3
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.sound import decoding
from aigc_label.explicit.sound.programme import Result, Window
from aigc_label.output import as_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aigc_label.asset import Asset
    from aigc_label.audible.rhythm import Samples
    from aigc_label.containers.flac import Block
    from aigc_label.containers.flac_frames import Place
    from aigc_label.explicit.sound.programme import Addition

    Numbers = NDArray[np.int64]
    from aigc_label.output import Scratch

_SEEKTABLE, _CUESHEET = 3, 5
_NOWHERE = (1 << 64) - 1  # a seek point that stands for none
_MOST_SAMPLES = (1 << 36) - 1
_FINDABLE = 32 << 10  # bytes of a frame
_LARGEST_SOUND = 1 << 24  # samples of all channels
_UNSUMMED = (
    "the checksum over all samples (MD5) is left out: it cannot be computed here for this depth"
)
_SUMMED = {8: "pcm_s8", 16: "pcm_s16le", 24: "pcm_s24le", 32: "pcm_s32le"}


def opened(asset: Asset, scratch: Scratch, *, inside: bool) -> Flac:
    """The sound of a FLAC file.

    Raises:
        Malformed: if the file is damaged.
    """
    del inside  # every frame is found anyway
    return Flac(asset, scratch)


class Flac:
    """See :class:`aigc_label.explicit.sound.programme.Programme`."""

    def __init__(self, asset: Asset, scratch: Scratch) -> None:
        self._asset = asset
        self._scratch = scratch
        self._blocks = list(flac.blocks(asset, id3.behind(asset)))
        info = asset.read(self._blocks[0].body, 34)
        packed = int.from_bytes(info[10:18], "big")
        self._info = info
        self._block = int.from_bytes(info[2:4], "big")
        self._depth = (packed >> 36 & 31) + 1
        self.rate = packed >> 44
        self.channels = (packed >> 41 & 7) + 1
        self.length = packed & _MOST_SAMPLES
        if not self.rate or self._block < 16:
            raise Malformed("the FLAC stream information contradicts itself")
        if not self.length:
            self.length = sum(place.header.block for place in self._places())

    def _places(self) -> list[Place]:
        return flac_frames.places(self._asset, self._blocks[-1].end, self._asset.size)

    @cached_property
    def _seeks(self) -> bool:
        """Whether ffmpeg finds places in it: not among frames as large as surround's marks."""
        largest = int.from_bytes(self._info[7:10], "big")
        return (largest or max(place.end - place.start for place in self._places())) < _FINDABLE

    def heard(self, windows: Sequence[Window]) -> list[Samples]:
        """Each window as samples by channels."""
        path = as_file(self._asset, self._scratch("source.flac"))
        return decoding.windows(
            path, "flac", windows, rate=self.rate, channels=self.channels, seeks=self._seeks
        )

    def taken(self, count: int) -> int:
        """Whole blocks."""
        return -(-count // self._block) * self._block

    def inserted(self, additions: Sequence[Addition]) -> Result:
        """The file with sounds put in; see the module."""
        places = self._places()
        if sum(place.header.block for place in places) != self.length:
            raise Malformed("frames are missing, or the FLAC stream does not know its length")
        starts = np.cumsum([0, *(place.header.block for place in places)])
        rows: list[tuple[int, list[bytes], int]] = []  # before which frame, what, samples
        begins, added = [], 0
        kept = len(places)
        for at, sound in additions:
            if at >= self.length and at:
                frame, tail = len(places), np.zeros((0, self.channels), np.int64)
                if places[-1].header.block != self._block:
                    frame = kept = len(places) - 1
                    tail = self._numbers(int(starts[frame]))
                made = self._written(sound, places[0], _place(rows, starts, frame), tail)
                begins.append((self.length + added) / self.rate)
                more = sound.size
            else:
                frame = int(abs(starts[:-1] - at).argmin())
                fill = np.zeros(self.taken(sound.size) - sound.size)
                sound = np.concatenate([sound, fill])  # noqa: PLW2901 - as long as its blocks
                made = self._written(sound, places[0], _place(rows, starts, frame), None)
                begins.append((int(starts[frame]) + added) / self.rate)
                more = sound.size
            rows.append((frame, made, more))
            added += more
        plan = self._plan(places, starts, rows, kept)
        return Result(plan.view(self._asset), tuple(begins), self._notes())

    def _notes(self) -> tuple[str, ...]:
        if any(self._info[18:]) and self._depth not in _SUMMED:
            return (_UNSUMMED,)
        return ()

    def _numbers(self, first: int) -> Numbers:
        """The samples from one on as they are written."""
        path = as_file(self._asset, self._scratch("source.flac"))
        near = max(first - self.rate, 0)
        seek = ("-ss", f"{near / self.rate:.9f}") if near and self._seeks else ()
        given = ("-f", "flac", *seek, "-i", ffmpeg.url(path))
        raw = ffmpeg.run((*given, "-f", "s32le", "-c:a", "pcm_s32le", "pipe:1"))
        numbers = np.frombuffer(raw, "<i4").reshape(-1, self.channels).astype(np.int64)
        wanted = self.length - first
        if len(numbers) < wanted:
            raise Malformed("cut short: ffmpeg does not decode the last FLAC frame")
        return numbers[len(numbers) - wanted :] >> (32 - self._depth)

    def _written(
        self,
        sound: Samples,
        first: Place,
        where: tuple[int, int],
        tail: Numbers | None,
    ) -> list[bytes]:
        """A sound, and samples before it, as frames."""
        if sound.size * self.channels > _LARGEST_SOUND:
            raise CannotCarry("too many channels at too high a rate for a mark to be made")
        full = (1 << self._depth - 1) - 1
        values = np.repeat(np.rint(sound * full).astype(np.int64)[:, None], self.channels, axis=1)
        if tail is not None:
            values = np.concatenate([tail, values])
        frames_before, samples_before = where
        like = first.header
        made: list[bytes] = []
        for at in range(0, len(values), self._block):
            number = samples_before + at if like.is_variable else frames_before + len(made)
            piece = values[at : at + self._block]
            made.append(flac_frames.written(like, number, self._depth, list(piece.T)))
        return made

    def _plan(
        self,
        places: list[Place],
        starts: Numbers,
        rows: list[tuple[int, list[bytes], int]],
        kept: int,
    ) -> EditPlan:
        splices: list[Splice] = []
        moved: list[int] = []  # by how many bytes each frame
        growth = frames = samples = 0
        row = 0
        variable = places[0].header.is_variable
        sizes = [len(frame) for _, made, _ in rows for frame in made]
        for number, place in enumerate(places):
            while row < len(rows) and rows[row][0] == number and number < kept:
                data = b"".join(rows[row][1])
                splices.append(Splice(Span(place.start, place.start), data))
                growth += len(data)
                frames += len(rows[row][1])
                samples += rows[row][2]
                row += 1
            if number >= kept:
                splices.append(Splice(Span(place.start, place.end), b""))
                break
            moved.append(growth)
            if frames:
                more = samples if variable else frames
                new, check = flac_frames.renumbered(self._asset, place, place.header.number + more)
                head = Span(place.start, place.start + place.header.length)
                splices += (Splice(head, new), Splice(Span(place.end - 2, place.end), check))
                growth += len(new) - place.header.length
            sizes.append(place.end - place.start)
        for _, made, more in rows[row:]:
            end = places[-1].end
            splices.append(Splice(Span(end, end), b"".join(made)))
            samples += more
        points = [(int(starts[frame]), more) for frame, _, more in rows]
        splices += self._metadata(places, moved, points, samples)
        info = bytearray(self._info)
        if any(info[4:10]):
            info[4:7] = min(sizes).to_bytes(3, "big")
            info[7:10] = max(*sizes, int.from_bytes(info[7:10], "big")).to_bytes(3, "big")
        packed = int.from_bytes(info[10:18], "big")
        if packed & _MOST_SAMPLES:
            info[10:18] = (packed + samples).to_bytes(8, "big")
        body = self._blocks[0].body
        if any(info[18:]):
            info[18:] = bytes(16)
            if self._depth in _SUMMED:
                draft = EditPlan([*splices, Splice(Span(body, body + 34), bytes(info))])
                info[18:] = self._summed(draft.view(self._asset))
        return EditPlan([*splices, Splice(Span(body, body + 34), bytes(info))])

    def _summed(self, marked: Asset) -> bytes:
        """The MD5 of all samples, for which they have to be decoded."""
        path = self._scratch("marked.flac")
        with path.open("wb") as file:
            marked.copy_to(file, 0, marked.size)
        to = ("-c:a", _SUMMED[self._depth], "-f", "md5", "pipe:1")
        told = ffmpeg.run(("-xerror", "-f", "flac", "-i", ffmpeg.url(path), "-map", "0:a:0", *to))
        path.unlink()
        return bytes.fromhex(told.decode("ascii").strip().removeprefix("MD5="))

    def _metadata(
        self,
        places: Sequence[Place],
        moved: Sequence[int],
        points: Sequence[tuple[int, int]],
        samples: int,
    ) -> list[Splice]:
        """What the metadata tells of samples and bytes."""
        splices: list[Splice] = []
        changes: list[tuple[Block, list[Splice]]] = []
        milliseconds = [(at * 1000 // self.rate, n * 1000 // self.rate) for at, n in points]
        for block in self._blocks:
            if block.kind == flac.VORBIS_COMMENT:
                inner = vorbis_times.retimed(self._asset, block.body, block.end, milliseconds)
                if inner:
                    changes.append((block, inner))
                continue
            if block.kind not in (_SEEKTABLE, _CUESHEET):
                continue
            body = self._asset.read(block.body, block.length)
            if block.kind == _SEEKTABLE:
                first = places[0].start
                shifts = dict(zip((p.start - first for p in places), moved, strict=False))
                new = _seek_points(body, shifts, points)
            else:
                new = _cues(body, points, samples)
            splices.append(Splice(Span(block.body, block.end), new))
        return [*splices, *flac.edited(self._blocks, changes)]


def _place(
    rows: Sequence[tuple[int, list[bytes], int]], starts: Numbers, frame: int
) -> tuple[int, int]:
    """How many frames and samples stand before a frame, with what has been put in."""
    frames = frame + sum(len(made) for _, made, _ in rows)
    return frames, int(starts[frame]) + sum(more for _, _, more in rows)


def _after(sample: int, points: Sequence[tuple[int, int]]) -> int:
    return sample + sum(more for at, more in points if at <= sample)


def _seek_points(body: bytes, shifts: dict[int, int], points: Sequence[tuple[int, int]]) -> bytes:
    """The seek table; a point at no frame, or at one that is gone, is left empty at the end."""
    kept = []
    for at in range(0, len(body) - 17, 18):
        sample = int.from_bytes(body[at : at + 8], "big")
        offset = int.from_bytes(body[at + 8 : at + 16], "big")
        if sample != _NOWHERE and offset in shifts:
            place = _after(sample, points).to_bytes(8, "big")
            moved = (offset + shifts[offset]).to_bytes(8, "big")
            kept.append(place + moved + body[at + 16 : at + 18])
    empty = (_NOWHERE.to_bytes(8, "big") + bytes(10)) * (len(body) // 18 - len(kept))
    return (b"".join(kept) + empty).ljust(len(body), b"\x00")


def _cues(body: bytes, points: Sequence[tuple[int, int]], samples: int) -> bytes:
    """The cue sheet; with sectors of other lengths than a CD's, it is none of a CD any more."""
    new = bytearray(body)
    if len(new) < 396:
        return body
    new[136] &= 0x7F
    at = 396
    for _ in range(new[395]):
        if at + 36 > len(new):
            break
        offset = int.from_bytes(new[at : at + 8], "big")
        is_out = new[at + 8] in (170, 255)
        after = offset + samples if is_out else _after(offset, points)
        new[at : at + 8] = min(after, _NOWHERE).to_bytes(8, "big")
        at += 36 + 12 * new[at + 35]
    return bytes(new)
