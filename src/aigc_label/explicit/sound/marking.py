"""The audible mark of GB 45438-2025 clause 5.3: the rhythm before or behind the programme.

Nothing of the programme is encoded anew. In WAV files the rhythm is written in the file's own
sample format; in MP3 files it is encoded by itself, and its frames are put between the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_label.carriers import id3 as tags
from aigc_label.containers import id3, mpeg_audio, mpeg_index, riff, wave_chunks
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit import ffmpeg
from aigc_label.explicit.sound import rhythm
from aigc_label.model import FoundMark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_label.asset import Asset
    from aigc_label.containers.mpeg_audio import Header
    from aigc_label.containers.mpeg_index import Index
    from aigc_label.containers.riff import Form
    from aigc_label.containers.wave_chunks import SampleFormat
    from aigc_label.contract import Format
    from aigc_label.explicit.sound.rhythm import Samples
    from aigc_label.explicit_label import ExplicitLabel, Place
    from aigc_label.output import Scratch

_LARGEST_SOUND = 64 << 20
_ENCODER_DELAY = 576  # of LAME, in samples; decoders add 529 of their own
_HEARD_SOUND = 16 << 20  # of WAV: seconds of any usual file
_HEARD_MP3 = 256 << 10  # 6.5 s at the highest bit rate
_LOOKED_AT = 16 << 10  # some ten frames of the longest
_CUT_FRAMES = 16  # no frame can borrow from further back


def mark(
    asset: Asset, fmt: Format, label: ExplicitLabel, _scratch: Scratch
) -> tuple[Asset, FoundMark]:
    """Put the rhythm where ``label.places`` says, unless it is there already.

    Args:
        asset: a WAV or MP3 file.
        fmt: its format.
        label: only ``places`` is looked at: the rhythm has no words.

    Returns:
        A view of the asset with the rhythm, or the asset itself if it already has it; and the
        first of the marks asked for.

    Raises:
        CannotCarry: if the sound's encoding does not let it be put in without loss.
        Malformed: if the file is damaged.
        MissingExtra: if an MP3 file is given and there is no ffmpeg.
    """
    plan, begins = (_into_wav if fmt.id == "wav" else _into_mp3)(asset, label.places)
    place: Place = "start" if "start" in begins else "end"
    first, last = begins[place], begins[place] + rhythm.SECONDS
    return plan.view(asset), FoundMark(
        kind="rhythm", place=place, at=(round(first, 3), round(last, 3))
    )


def _heard(opening: Samples, rate: int) -> tuple[float | None, float]:
    """Where the rhythm begins, if it is there already, and how loud it should be."""
    first = rhythm.begins(opening, rate)
    programme = 0 if first is None else round((first + rhythm.SECONDS) * rate)
    return first, rhythm.level(opening[programme:])


# --- WAV ----------------------------------------------------------------------------------------


def _into_wav(asset: Asset, places: Sequence[Place]) -> tuple[EditPlan, dict[Place, float]]:
    """The edits to a WAV file, and the second at which each mark begins in the result."""
    form = riff.walk(asset)
    riff.require_whole(form)
    fmt, data = form.find(b"fmt "), form.find(b"data")
    if fmt is None or data is None:
        raise CannotCarry("the WAV file has no plain data chunk to put the rhythm into")
    how = wave_chunks.sample_format(asset.peek(fmt.body, min(fmt.size, 64)))
    count = data.size // how.frame
    heard = min(count, round(rhythm.LISTENED * how.rate), _HEARD_SOUND // how.frame)
    opening = _samples(asset.read(data.body, heard * how.frame), how)
    first, amplitude = _heard(opening, how.rate)
    begins: dict[Place, float] = {}
    splices: list[Splice] = []
    added = shift = 0
    if "start" in places:
        begins["start"] = first or 0.0
        if first is None:
            sound = _written(rhythm.sound(how.rate, amplitude), how)
            splices.append(Splice(Span(data.body, data.body), sound))
            added = shift = len(sound) // how.frame
    if "end" in places:
        end = data.body + count * how.frame
        ending = _samples(asset.read(end - heard * how.frame, heard * how.frame), how)
        last = rhythm.ends(ending, how.rate)
        if last is None:
            sound = _written(rhythm.sound(how.rate, amplitude, at_end=True), how)
            splices.append(Splice(Span(end, end), sound))
            added += len(sound) // how.frame
            begins["end"] = (count + added) / how.rate - rhythm.SECONDS
        else:
            begins["end"] = (count - heard + added) / how.rate + last
    if added:
        splices += riff.resized(form, data, data.size + added * how.frame)
        splices += _moved(asset, form, shift, added)
    return riff.plan(form, splices), begins


def _moved(asset: Asset, form: Form, shift: int, added: int) -> Iterator[Splice]:
    """What other chunks tell of samples, after ``shift`` frames in front and ``added`` in all."""
    for chunk in form.chunks:
        if chunk.id not in (b"fact", *wave_chunks.POSITIONED):
            continue
        body = asset.read(chunk.body, chunk.size)
        if chunk.id == b"fact":
            new = wave_chunks.counted(body, added)
        else:
            new = wave_chunks.shifted(chunk.id, body, shift)
        yield Splice(Span(chunk.body, chunk.body + chunk.size), new)
    if form.ds64 is not None and any(total := asset.read(form.ds64 + 16, 8)):
        frames = int.from_bytes(total, "little") + added
        yield Splice(Span(form.ds64 + 16, form.ds64 + 24), frames.to_bytes(8, "little"))


def _samples(data: bytes, how: SampleFormat) -> Samples:
    """The first channel, full scale being 1."""
    np = rhythm.numpy()
    raw = np.frombuffer(data, np.uint8).reshape(-1, how.channels, how.width)[:, 0]
    if how.kind == wave_chunks.FLOAT:
        with np.errstate(invalid="ignore"):  # a damaged file may hold signalling NaNs
            values = np.ascontiguousarray(raw).view(f"<f{how.width}")[:, 0].astype(np.float64)
        return np.clip(np.nan_to_num(values), -1, 1)  # type: ignore[no-any-return] # numpy is Any
    if how.width == 1:
        return (raw[:, 0].astype(np.float64) - 128) / 128  # type: ignore[no-any-return]
    whole = np.zeros((len(raw), 4), np.uint8)
    whole[:, 4 - how.width :] = raw
    return whole.view("<i4")[:, 0] / float(1 << 31)  # type: ignore[no-any-return]


def _written(sound: Samples, how: SampleFormat) -> bytes:
    """The sound in the file's own sample format, the same in every channel."""
    np = rhythm.numpy()
    if sound.size * how.frame > _LARGEST_SOUND:
        raise CannotCarry("too many channels at too high a rate for the rhythm to be made")
    if how.kind == wave_chunks.FLOAT:
        values = sound.astype(f"<f{how.width}").view(np.uint8)
    elif how.width == 1:
        values = np.rint(sound * 127 + 128).astype(np.uint8)
    else:
        full = (1 << how.bits - 1) - 1
        whole = np.rint(sound * full).astype(np.int64) << (32 - how.bits)
        values = whole.astype("<i4").view(np.uint8).reshape(-1, 4)[:, 4 - how.width :]
    values = values.reshape(sound.size, 1, how.width)
    return np.repeat(values, how.channels, axis=1).tobytes()  # type: ignore[no-any-return]


# --- MP3 ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Stream:
    """An MP3 file's sound.

    Attributes:
        start: where the first frame of sound begins, behind tags and index.
        header: that frame's.
        index: the frame before it, if that is an index.
        kbps: the bit rate to encode the rhythm at.
    """

    start: int
    header: Header
    index: Index | None
    kbps: int


def _into_mp3(asset: Asset, places: Sequence[Place]) -> tuple[EditPlan, dict[Place, float]]:
    """The edits to an MP3 file, and the second at which each mark begins in the result."""
    stream = _stream(asset)
    header = stream.header
    opening = _decoded(asset.peek(stream.start, _HEARD_MP3))
    first, amplitude = _heard(opening, header.rate)
    begins: dict[Place, float] = {}
    before = after = mpeg_index.Run()
    splices: list[Splice] = []
    if "start" in places:
        begins["start"] = 0.0
        if first is None:
            before = _encoded(rhythm.sound(header.rate, amplitude), stream)
            splices.append(Splice(Span(stream.start, stream.start), before.data))
            splices += _uncut(asset, stream)
    if "end" in places:
        end = mpeg_audio.last_end(asset, header)
        if end is None or end <= stream.start:
            raise Malformed("the end of the MPEG audio stream cannot be found")
        size = min(end - stream.start, _HEARD_MP3)
        ending = _decoded(asset.read(end - size, size))
        last = rhythm.ends(ending, header.rate)
        if last is None:
            sound = rhythm.sound(header.rate, amplitude, at_end=True)
            after = _encoded(sound, stream, at_end=True)
            splices.append(Splice(Span(end, end), after.data))
        played = (_frame_count(stream, end) + before.count) * header.samples
        begins["end"] = played / header.rate + (
            rhythm.SILENCE if last is None else last - ending.size / header.rate
        )
    if splices:
        added = (before.count + after.count) * header.samples * 1000 // header.rate
        for tag in id3.stacked(asset):
            # In front: what a tag grows by comes before frames put in right behind it.
            splices[:0] = tags.lengthened(asset, tag, added)
    if splices and stream.index is not None:
        new = mpeg_index.reindexed(stream.index, before, after)
        splices.append(Splice(Span(stream.start - len(new), stream.start), new))
    return EditPlan(splices), begins


def _stream(asset: Asset) -> _Stream:
    found = mpeg_audio.first(asset, id3.behind(asset))
    if found is None:
        raise Malformed("no MPEG audio frames follow the ID3 tag")
    at, header = found
    if header.layer != 3 or not header.length:
        kind = f"MPEG audio layer {header.layer}" if header.length else "free-format MPEG audio"
        raise CannotCarry(
            f"the rhythm cannot be put into {kind}; convert the file to plain MP3 first: "
            "ffmpeg -i FILE -c:a libmp3lame NEW.mp3"
        )
    index = mpeg_index.index(asset.read(at, header.length), header.main_data)
    if index is not None:
        at += header.length
        following = mpeg_audio.parse(asset.peek(at, 4))
        if following is None or not following.length:
            raise Malformed("no MPEG audio frame follows the index frame", offset=at)
        header = following
    return _Stream(at, header, index, _kbps(asset, at, header, index))


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


def _frame_count(stream: _Stream, end: int) -> int:
    """How many frames there are, by the index or by the bit rate."""
    if stream.index is not None and (counts := stream.index.counts) and counts[0]:
        return counts[0]
    length = stream.header.samples * stream.kbps * 125 / stream.header.rate
    return round((end - stream.start) / length)


def _decoded(data: bytes) -> Samples:
    """Some frames as samples of one channel, full scale being 1."""
    form = ("-ac", "1", "-f", "f32le", "pipe:1")
    raw = ffmpeg.run(("-f", "mp3", "-i", "pipe:0", "-t", f"{rhythm.LISTENED}", *form), input=data)
    samples: Samples = rhythm.numpy().frombuffer(raw, "<f4").astype("f8")
    return samples


def _encoded(sound: Samples, stream: _Stream, *, at_end: bool = False) -> mpeg_index.Run:
    """The rhythm as frames that stand for themselves: none borrows bits from another.

    Raises:
        CannotCarry: if the encoder made frames of another kind than the stream's.
    """
    np = rhythm.numpy()
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


def _uncut(asset: Asset, stream: _Stream) -> Iterator[Splice]:
    """Silence the first frames if they borrow from frames that were cut away.

    No decoder can play them; now they would borrow from the rhythm and sound as noise.
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
