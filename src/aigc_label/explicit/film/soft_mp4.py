"""The words as a track of timed text in MP4 and MOV (3GPP TS 26.245, ``tx3g``).

A ``trak`` behind the others and an ``mdat`` behind everything: no other track changes, its chunk
offsets follow where the header grows.
"""

from __future__ import annotations

import contextlib
import struct
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers import bmff
from aigc_label.containers.bmff import Edit, build, moving
from aigc_label.edits import Span
from aigc_label.errors import AssetError, CannotCarry, Malformed, ReadBackMismatch
from aigc_label.explicit.film import checking, soft_track, tables, timing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_label.asset import Asset
    from aigc_label.containers.bmff import Box
    from aigc_label.contract import Marked
    from aigc_label.edits import EditPlan
    from aigc_label.explicit.film.soft_track import Cue
    from aigc_label.explicit.film.tables import Track
    from aigc_label.explicit_label import ExplicitLabel

_CLOCK = 1000  # ticks a second
_UNIT = 1 << 16  # 1 in 16.16
_MATRIX = struct.pack(">9i", _UNIT, 0, 0, 0, _UNIT, 0, 0, 0, 1 << 30)
_SHOWN = 3  # tkhd: enabled, and in the movie
_LAST_ID = 0xFFFFFFFF
_WIDE = 0xF0000000  # bytes of a film from which offsets may need more than 32 bits
_SELF = build(b"dinf", build(b"dref", struct.pack(">II", 0, 1), build(b"url ", b"\0\0\0\1")))
_MIDDLE, _BOTTOM = 1, -1  # justification
_FONT = 1
_MOST = 1000
"""Samples of a track that may be one of ours; there are as many spans as a user gives."""

_LONGEST = 2 + 0xFFFF  # bytes of a sample


class _Sample(NamedTuple):
    """Text, and how many ticks it stands."""

    ticks: int
    text: str


def added(marked: Marked, explicit: ExplicitLabel) -> Marked:
    """The marked film with the words as a track too; as it is where it has such a track.

    Raises:
        CannotCarry: the film is in fragments, or no track can be added to it.
        Malformed: it is damaged.
        ReadBackMismatch: what came out is not what should.
    """
    asset = marked.asset
    top = bmff.top_level(asset)
    moov = bmff.sole_moov(top)
    if bmff.find(bmff.children(asset, moov), b"mvex"):
        raise CannotCarry("it is in fragments, to which no subtitle track is added; remux it first")
    picture = next(iter(tables.pictures(asset)), None)
    if picture is None:
        raise CannotCarry("it has no picture track that words could go with")
    film = timing.played(asset, picture)
    cues = soft_track.cues(explicit, film)
    end = round((film.end - film.start + film.late) * 1000)
    samples = list(_samples(cues, explicit.text, end))
    if any(found == samples for found in _found(asset)):
        return marked
    plan = _plan(asset, top, samples, picture.inside[1])
    new = plan.view(asset)
    checking.verify_others(asset, new)
    if not any(found == samples for found in _found(new)):
        raise ReadBackMismatch("the subtitle track cannot be read back")
    return marked._replace(asset=new)


def _samples(cues: Sequence[Cue], text: str, end: int) -> Iterator[_Sample]:
    """The words, and nothing around them: samples follow one another, and the last one stays."""
    at = 0
    for cue in cues:
        if cue.start > at:
            yield _Sample(cue.start - at, "")
        yield _Sample(cue.end - cue.start, text)
        at = cue.end
    if end > at:
        yield _Sample(end - at, "")


def _found(asset: Asset) -> Iterator[list[_Sample]]:
    """What tracks of timed text hold, those with few samples."""
    for number, inside in enumerate(tables.tracks(asset)):
        stsd = bmff.find(bmff.children(asset, inside[-1]), b"stsd")
        if stsd is None or asset.peek(stsd.body + 12, 4) != b"tx3g":
            continue
        with contextlib.suppress(AssetError):  # a damaged one is not ours
            track = tables.track(asset, inside, number)
            few = 0 < len(track.sizes) <= _MOST and int(track.sizes.max()) <= _LONGEST
            if few and track.clock == _CLOCK:
                yield _read(asset, track)


def _read(asset: Asset, track: Track) -> list[_Sample]:
    ends = [*track.decoded.tolist(), _media_ticks(asset, track.inside[2])]
    data = (tables.sample(asset, track, n) for n in range(len(track.sizes)))
    return [
        _Sample(after - before, raw[2 : 2 + int.from_bytes(raw[:2])].decode("utf-8", "replace"))
        for (before, after), raw in zip(pairwise(ends), data, strict=True)
    ]


def _media_ticks(asset: Asset, mdia: Box) -> int:
    mdhd = bmff.find(bmff.children(asset, mdia), b"mdhd")
    if mdhd is None:
        return 0
    wide = bmff.full(asset, mdhd)[0]
    return int.from_bytes(bmff.field(asset, mdhd, 24 if wide else 16, 8 if wide else 4))


def _plan(asset: Asset, top: Sequence[Box], samples: Sequence[_Sample], picture: Box) -> EditPlan:
    """The edits that add a track.

    Args:
        asset: the film.
        top: its boxes.
        samples: of the track.
        picture: the ``trak`` of the picture.
    """
    moov = bmff.sole_moov(top)
    if moov.open_ended:
        raise CannotCarry("its header does not say where it ends; remux it first")
    media = [_stored(sample.text) for sample in samples]
    # What runs to the end of the file takes bytes behind it as its own, and nothing refers there.
    payload = b"".join(media)
    data = payload if top[-1].open_ended else build(b"mdat", payload)
    number, counted = _number(asset, moov)
    where = bmff.content_end(asset, moov)
    film = _Film(
        number,
        timing.movie_clock(asset, moov),
        _size(asset, picture),
        quicktime=asset.peek(4, 8) == b"ftypqt  ",
        wide=asset.size > _WIDE,
    )

    def edits(offset: int) -> list[Edit]:
        trak = _trak(film, samples, media, offset)
        return [
            counted,
            Edit(Span(where, where), trak, (moov,)),
            Edit(Span(asset.size, asset.size), data, ()),
        ]

    tentative = moving.relocated(asset, top, edits(0))
    end = asset.size + tentative.growth()
    return moving.relocated(asset, top, edits(end - len(payload)))


def _stored(text: str) -> bytes:
    """A sample: the text behind its length (TS 26.245, 5.17)."""
    raw = text.encode()
    return len(raw).to_bytes(2) + raw


def _number(asset: Asset, moov: Box) -> tuple[int, Edit]:
    """A number that no track has, and the edit of the header that counts them."""
    inner = bmff.children(asset, moov)
    mvhd = bmff.find(inner, b"mvhd")
    if mvhd is None:
        raise Malformed("it has no movie header")
    taken = {0}
    for trak in inner:
        tkhd = bmff.find(bmff.children(asset, trak), b"tkhd") if trak.type == b"trak" else None
        if tkhd is not None:
            at = 20 if bmff.full(asset, tkhd)[0] else 12
            taken.add(int.from_bytes(bmff.field(asset, tkhd, at, 4)))
    at = 108 if bmff.full(asset, mvhd)[0] else 96
    following = int.from_bytes(bmff.field(asset, mvhd, at, 4))
    number = following
    if number in taken or number == _LAST_ID:
        number = next(n for n in range(1, len(taken) + 2) if n not in taken)
    following = following if following == _LAST_ID else max(following, number + 1)
    span = Span(mvhd.body + at, mvhd.body + at + 4)
    return number, Edit(span, following.to_bytes(4), ())


class _Film(NamedTuple):
    """What a track must know of its film.

    Attributes:
        number: what the track is called in it.
        clock: ticks a second of its header.
        size: width and height at which the picture is displayed, in 16.16.
        quicktime: whether names are written as QuickTime has them.
        wide: whether offsets may need more than 32 bits.
    """

    number: int
    clock: int
    size: tuple[int, int]
    quicktime: bool
    wide: bool


def _trak(film: _Film, samples: Sequence[_Sample], media: Sequence[bytes], offset: int) -> bytes:
    """The header of the track, whose samples stand one behind the other from ``offset`` on."""
    ticks = sum(sample.ticks for sample in samples)
    width, height = film.size
    language = soft_track.language("".join(sample.text for sample in samples)).terminology
    first, second, third = (ord(letter) - 0x60 for letter in language)
    packed = first << 10 | second << 5 | third  # ISO/IEC 14496-12, 8.4.2
    name = soft_track.NAME.encode()
    title = bytes([len(name)]) + name if film.quicktime else name + b"\0"
    rows = [struct.pack(">II", 1, sample.ticks) for sample in samples]
    place = struct.pack(">Q" if film.wide else ">I", offset)
    stbl = build(
        b"stbl",
        build(b"stsd", struct.pack(">II", 0, 1), _entry(width >> 16, height >> 16)),
        build(b"stts", struct.pack(">II", 0, len(rows)), *rows),
        build(b"stsc", struct.pack(">5I", 0, 1, 1, len(samples), 1)),
        build(
            b"stsz",
            struct.pack(f">3I{len(media)}I", 0, 0, len(media), *map(len, media)),
        ),
        build(b"co64" if film.wide else b"stco", struct.pack(">II", 0, 1), place),
    )
    mdhd = struct.pack(">IQQIQHH", 1 << 24, 0, 0, _CLOCK, ticks, packed, 0)
    kind = b"mhlr" if film.quicktime else bytes(4)
    mdia = build(
        b"mdia",
        build(b"mdhd", mdhd),
        build(b"hdlr", bytes(4), kind, b"sbtl", bytes(12), title),
        build(b"minf", build(b"nmhd", bytes(4)), _SELF, stbl),
    )
    times = struct.pack(">QQIIQQ", 0, 0, film.number, 0, -(-ticks * film.clock // _CLOCK), 0)
    tkhd = struct.pack(">I", 1 << 24 | _SHOWN) + times + struct.pack(">hhhh", 0, 0, 0, 0)
    return build(b"trak", build(b"tkhd", tkhd, _MATRIX, struct.pack(">II", width, height)), mdia)


def _size(asset: Asset, picture: Box) -> tuple[int, int]:
    """Width and height at which the picture is displayed, in 16.16: the text fills it."""
    tkhd = bmff.find(bmff.children(asset, picture), b"tkhd")
    if tkhd is None:
        raise Malformed("its picture track has no header")
    at = 52 if bmff.full(asset, tkhd)[0] else 40
    matrix = struct.unpack(">9i", bmff.field(asset, tkhd, at, 36))
    width, height = struct.unpack(">II", bmff.field(asset, tkhd, at + 36, 8))
    return (width, height) if matrix[0] else (height, width)


def _entry(width: int, height: int) -> bytes:
    """How the text looks where no player's own settings do: white on clear, below the middle."""
    letters = max(1, min(height // 16, 255))
    white, clear = b"\xff\xff\xff\xff", bytes(4)
    box = struct.pack(">4h", 0, 0, min(height, 0x7FFF), min(width, 0x7FFF))
    style = struct.pack(">HHHBB", 0, 0, _FONT, 0, letters) + white
    font = b"Sans-Serif"
    fonts = build(b"ftab", struct.pack(">HHB", 1, _FONT, len(font)), font)
    head = struct.pack(">6xHIbb", 1, 0, _MIDDLE, _BOTTOM)
    return build(b"tx3g", head, clear, box, style, fonts)
