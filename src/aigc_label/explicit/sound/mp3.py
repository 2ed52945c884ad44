"""Marks in MP3: encoded by themselves, their frames put between the others, which stay as they are.

Frames of the programme borrow bits from those before them. Marks borrow none; what follows one
inside the programme finds the bits it borrows in silent frames behind the mark.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aigc_label import ffmpeg
from aigc_label.carriers import id3_times
from aigc_label.containers import id3, mpeg_audio, mpeg_index
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.sound import decoding
from aigc_label.explicit.sound.programme import Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_label.asset import Asset
    from aigc_label.audible.rhythm import Samples
    from aigc_label.containers.mpeg_audio import Header
    from aigc_label.containers.mpeg_index import Index
    from aigc_label.explicit.sound.programme import Addition, Window
    from aigc_label.output import Scratch

_ENCODER_DELAY = 576  # of LAME, in samples; decoders add 529 of their own
_LONGEST_FRAME = 1441
_LOOKED_AT = 16 << 10  # some ten frames of the longest
_CUT_FRAMES = 16  # no frame can borrow from further back
_READ = 4 << 20
_SHORT = 16 << 10  # bytes of a file that may hold fewer frames than are told from chance


@dataclass(frozen=True, slots=True)
class _Stream:
    """An MP3 file's sound.

    Attributes:
        start: where the first frame of sound begins, behind tags and index.
        end: where the last ends; ``None`` if that cannot be found.
        header: the first frame's.
        index: the frame before it, if that is an index.
        kbps: the bit rate to encode marks at.
    """

    start: int
    end: int | None
    header: Header
    index: Index | None
    kbps: int


def opened(asset: Asset, _scratch: Scratch, *, inside: bool) -> Mp3:
    """The sound of an MP3 file.

    Raises:
        CannotCarry: if it is MPEG audio of another kind.
        Malformed: if the file is damaged.
    """
    return Mp3(asset, inside=inside)


class Mp3:
    """See :class:`aigc_label.explicit.sound.programme.Programme`."""

    def __init__(self, asset: Asset, *, inside: bool) -> None:
        self._asset = asset
        self._stream = _stream(asset)
        header = self._stream.header
        self.rate, self.channels = header.rate, header.channels
        self._samples = header.samples
        self._table = _scanned(asset, self._stream) if inside else None
        self._count = len(self._table) if self._table else _frame_count(asset, self._stream)
        self.length = self._count * self._samples

    def heard(self, windows: Sequence[Window]) -> list[Samples]:
        """Each window as samples by channels.

        Unless every frame's place is known, windows that touch neither end are only about where
        they should be: loudness needs no more.
        """
        runs = [self._frames_of(window) for window in windows]
        decoded = decoding.stream(b"".join(data for data, _ in runs), "mp3", self.channels)
        pieces = []
        at = 0
        for (first, count), (data, skipped) in zip(windows, runs, strict=True):
            length = len(mpeg_audio.frames(data)) * self._samples
            piece = decoded[at : at + length]
            at += length
            is_end = first and first + count >= self.length and self._table is None
            pieces.append(piece[-count:] if is_end else piece[skipped : skipped + count])
        return pieces

    def _frames_of(self, window: Window) -> tuple[bytes, int]:
        """The frames that hold a window, and the samples in them that are before it."""
        stream = self._stream
        end = self._asset.size if stream.end is None else stream.end
        frame = max(window.first, 0) // self._samples
        wanted = -(-(window.length + window.first % self._samples) // self._samples)
        room = (wanted + 2) * _LONGEST_FRAME
        if self._table is not None:
            last = min(frame + wanted, len(self._table))
            stop = self._table[last] if last < len(self._table) else end
            start = self._table[frame] if frame < len(self._table) else end
            return self._asset.read(start, stop - start), window.first - frame * self._samples
        if window.first and window.first + window.length >= self.length:
            start = max(end - room, stream.start)
            data = self._asset.peek(start, end - start)
            found = _joined(data, stream.header)[-wanted:]
            return data[found[0] :] if found else b"", 0
        share = window.first / max(self.length, 1)
        start = stream.start + int((end - stream.start) * share)
        data = self._asset.peek(start, min(room, end - start))
        found = [*_joined(data, stream.header), len(data)]
        wanted = min(wanted, len(found) - 1)
        return data[found[0] : found[wanted]], 0

    def taken(self, count: int) -> int:
        """Whole frames, one for the encoder's delay, and mostly one with borrowed bits."""
        return -(-(count + _ENCODER_DELAY) // self._samples) * self._samples + self._samples

    def inserted(self, additions: Sequence[Addition]) -> Result:
        """The file with sounds put in; see the module."""
        stream, samples = self._stream, self._samples
        before = after = mpeg_index.Run()
        inner: list[mpeg_index.Inner] = []
        splices: list[Splice] = []
        begins, moved = [], []
        added = 0
        made: dict[bytes, mpeg_index.Run] = {}  # marks inside are all alike
        for at, sound in additions:
            is_end = bool(at) and at >= self.length
            key = sound.tobytes()
            if (run := made.get(key)) is None:
                run = made[key] = _encoded(sound, stream, at_end=is_end)
            if not at:
                before, place, frame = run, stream.start, 0
                splices += _uncut(self._asset, stream)
            elif is_end:
                if stream.end is None or stream.end <= stream.start:
                    raise Malformed("the end of the MPEG audio stream cannot be found")
                after, place, frame = run, stream.end, self._count
            else:
                frame = min(max(round(at / samples), 1), self._count - 1)
                one = self._between(run, frame)
                inner.append(one)
                run, place = one.run, stream.start + one.place
            splices.append(Splice(Span(place, place), run.data))
            delay = 0 if not at or is_end else _ENCODER_DELAY + 529
            begins.append(((frame + added) * samples + delay) / self.rate)
            moved.append(
                (frame * samples * 1000 // self.rate, run.count * samples * 1000 // self.rate)
            )
            added += run.count
        for tag in id3.stacked(self._asset):
            # In front: what a tag grows by comes before frames put in right behind it.
            splices[:0] = id3_times.retimed(self._asset, tag, moved)
        if stream.index is not None:
            new = mpeg_index.reindexed(stream.index, before, after, inner)
            splices.append(Splice(Span(stream.start - len(new), stream.start), new))
        return Result(EditPlan(splices).view(self._asset), tuple(begins))

    def _between(self, run: mpeg_index.Run, frame: int) -> mpeg_index.Inner:
        """A run to be put in before a frame, with the bits that the following borrow."""
        table = self._table or []
        first = max(frame - _CUT_FRAMES, 0)
        near = [*table[first : frame + _CUT_FRAMES + 1]]
        end = near[-1] + _LONGEST_FRAME
        window = self._asset.peek(near[0], end - near[0])
        held = b""
        needed = owed = 0
        for number, place in enumerate(near, first):
            raw = window[place - near[0] :]
            header = mpeg_audio.parse(raw[:4])
            if header is None:
                break
            raw = raw[: header.length]
            if number < frame:
                held = held[-1024:] + raw[header.main_data :]
            else:
                needed = max(needed, mpeg_audio.borrowed(raw, header) - owed)
                owed += len(raw) - header.main_data
        run = _lending(run, held[-needed:] if needed > 0 else b"")
        place = table[frame] - self._stream.start
        check = 0
        for at in range(0, place, _READ):
            data = self._asset.read(self._stream.start + at, min(_READ, place - at))
            check = mpeg_index.checksum(data, check)
        return mpeg_index.Inner(run, frame, place, check)


def _stream(asset: Asset) -> _Stream:
    found = mpeg_audio.first(asset, id3.behind(asset))
    if found is None:
        raise Malformed("no MPEG audio frames follow the ID3 tag")
    at, header = found
    if header.layer != 3 or not header.length:
        kind = f"MPEG audio layer {header.layer}" if header.length else "free-format MPEG audio"
        raise CannotCarry(
            f"no mark can be put into {kind}; convert the file to plain MP3 first: "
            "ffmpeg -i FILE -c:a libmp3lame NEW.mp3"
        )
    index = mpeg_index.index(asset.read(at, header.length), header.main_data)
    if index is not None:
        at += header.length
        following = mpeg_audio.parse(asset.peek(at, 4))
        if following is None or not following.length:
            raise Malformed("no MPEG audio frame follows the index frame", offset=at)
        header = following
    end = mpeg_audio.last_end(asset, header)
    if end is None and asset.size - at < _SHORT:  # too few frames to be told from chance
        found_there = mpeg_audio.frames(asset.peek(at, _SHORT))
        end = at + sum(other.length for _, other in found_there) if found_there else None
    return _Stream(at, end, header, index, _kbps(asset, at, header, index))


def _kbps(asset: Asset, at: int, header: Header, index: Index | None) -> int:
    """The bit rate that is nearest to the stream's mean: the same if that is constant.

    Without an index, players compute times from one frame's bit rate, so it must not change.
    """
    if index is not None and (counts := index.counts) and all(counts):
        mean = counts[1] * 8 * header.rate / (counts[0] * header.samples * 1000)
    else:
        seen = [other.kbps for _, other in mpeg_audio.frames(asset.peek(at, _LOOKED_AT))]
        mean = sum(seen) / len(seen) if seen else header.kbps
    return min(mpeg_audio.kbps_of(header.version), key=lambda kbps: abs(kbps - mean))


def _frame_count(asset: Asset, stream: _Stream) -> int:
    """How many frames there are, by the index or by the bit rate."""
    if stream.index is not None and (counts := stream.index.counts) and counts[0]:
        return counts[0]
    length = stream.header.samples * stream.kbps * 125 / stream.header.rate
    end = asset.size if stream.end is None else stream.end
    return max(round((end - stream.start) / length), 1)


def _scanned(asset: Asset, stream: _Stream) -> list[int]:
    """Where each frame stands.

    Raises:
        CannotCarry: if something else stands between them.
    """
    places: list[int] = []
    lengths: dict[bytes, int] = {}
    end = asset.size if stream.end is None else stream.end
    at, window, start = stream.start, b"", stream.start
    while at < end:
        if at + 4 > start + len(window):
            start, window = at, asset.peek(at, min(_READ, end - at))
        four = window[at - start : at - start + 4]
        length = lengths.get(four)
        if length is None:
            header = mpeg_audio.parse(four)
            if header is None or not header.length or not stream.header.joins(header):
                raise CannotCarry(
                    f"bytes that are no MP3 frame stand between others at byte {at}; "
                    "copy the file first: ffmpeg -i FILE.mp3 -c copy NEW.mp3",
                    offset=at,
                )
            length = lengths[four] = header.length
        if at + length > end:
            break
        places.append(at)
        at += length
    return places


def _joined(data: bytes, header: Header) -> list[int]:
    """Where the frames stand in some bytes cut out of a stream, the first after some junk."""
    at = -1
    best: list[int] = []
    for _ in range(4 * _LONGEST_FRAME):
        at = data.find(b"\xff", at + 1)
        if at < 0:
            break
        found = mpeg_audio.frames(data, at)
        if len(found) > len(best) and all(header.joins(other) for _, other in found):
            best = [place for place, _ in found]
            if len(best) > 8 or best[-1] + 2 * _LONGEST_FRAME > len(data):
                break
    return best


def _encoded(sound: Samples, stream: _Stream, *, at_end: bool = False) -> mpeg_index.Run:
    """A mark as frames that stand for themselves: none borrows bits from another.

    Raises:
        CannotCarry: if the encoder made frames of another kind than the stream's.
    """
    header = stream.header
    one = np.rint(sound * 32767).astype("<i2")
    raw = ("-f", "s16le", "-ar", f"{header.rate}", "-ac", f"{header.channels}", "-i", "pipe:0")
    encoder = ("-c:a", "libmp3lame", "-b:a", f"{stream.kbps}k", "-reservoir", "0")
    bare = ("-write_xing", "0", "-id3v2_version", "0", "-map_metadata", "-1", "-f", "mp3")
    data = ffmpeg.run(
        (*raw, *encoder, *bare, "pipe:1"), input=np.repeat(one, header.channels).tobytes()
    )
    made = mpeg_audio.frames(data)
    if not made or any(
        not (header.joins(other) and header.channels == other.channels)
        or mpeg_audio.borrowed(data[at : at + other.length], other)
        for at, other in made
    ):
        raise CannotCarry(
            f"ffmpeg does not encode MP3 at {header.rate} Hz with {header.channels} channels; "
            "convert the file first: ffmpeg -i FILE -c:a libmp3lame -ar 44100 NEW.mp3"
        )
    spare = _ENCODER_DELAY
    if at_end:
        spare = len(made) * header.samples - _ENCODER_DELAY - sound.size
    return mpeg_index.Run(data, len(made), spare)


def _lending(run: mpeg_index.Run, bits: bytes) -> mpeg_index.Run:
    """A run with silent frames behind it, at whose end some bytes stand to be borrowed."""
    at, header = mpeg_audio.frames(run.data)[-1]
    frame = run.data[at : at + header.length]
    room = header.length - header.main_data
    count = -(-len(bits) // room)
    lent = bits.rjust(count * room, b"\x00")
    silent = mpeg_audio.silenced(frame, header)[: header.main_data]
    more = b"".join(silent + lent[i * room : (i + 1) * room] for i in range(count))
    return mpeg_index.Run(run.data + more, run.count + count, run.spare)


def _uncut(asset: Asset, stream: _Stream) -> Iterator[Splice]:
    """Silence the first frames if they borrow from frames that were cut away.

    No decoder can play them; now they would borrow from the mark and sound as noise.
    """
    window = asset.peek(stream.start, _LOOKED_AT)
    held = 0
    for at, header in mpeg_audio.frames(window)[:_CUT_FRAMES]:
        frame = window[at : at + header.length]
        if mpeg_audio.borrowed(frame, header) <= held:
            return
        span = Span(stream.start + at, stream.start + at + header.length)
        yield Splice(span, mpeg_audio.silenced(frame, header))
        held += header.length - header.main_data
