"""The picture track of a Matroska or WebM film: what it is coded in and how it is displayed."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from aigc_label.containers.ebml.elements import children
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.containers.ebml.elements import Element

LARGEST = 16 << 20
"""Bytes of Info or Tracks looked at; codecs with large private data have some 100 KB."""

INFO, TRACKS = 0x1549A966, 0x1654AE6B
TRACK_ENTRY, CODEC_PRIVATE, CODEC_ID = 0xAE, 0x63A2, 0x86
VIDEO, PROJECTION, ALPHA = 0xE0, 0x7670, 0x53C0
CROPS = (0x54CC, 0x54BB, 0x54DD, 0x54AA)
"""Pixels cut from the left, the top, the right and the bottom."""

_SCALE = 0x2AD7B1
_NUMBER, _TYPE, _STEP, _NAME = 0xD7, 0x83, 0x23E383, 0x258688
_ENCODINGS, _OPERATION = 0x6D80, 0xE2
_WIDTH, _HEIGHT, _SHOWN_WIDTH, _SHOWN_HEIGHT, _UNIT = 0xB0, 0xBA, 0x54B0, 0x54BA, 0x54B2
_STEREO, _INTERLACED, _FIELDS = 0x53B8, 0x9A, 0x9D
_KIND, _YAW, _PITCH, _ROLL = 0x7671, 0x7673, 0x7674, 0x7675
_PICTURE = 1
_SOUNDS = {
    ".opus": b"A_OPUS",
    ".ogg": b"A_VORBIS",
    ".m4a": b"A_AAC",
    ".mp3": b"A_MPEG/L3",
    ".flac": b"A_FLAC",
    ".wav": b"A_PCM/INT/LIT",
}
"""What files of sound alone are called, by the beginning of their codings' ids."""
_TURNS = {0: (1, 0, 0, 1), 90: (0, -1, 1, 0), 180: (-1, 0, 0, -1), 270: (0, 1, -1, 0)}
"""Display matrices (a, b, c, d) by degrees against the clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The picture track.

    Attributes:
        entry: the content of its TrackEntry.
        entry_at: where that begins in ``tracks``.
        tracks: the content of Tracks.
        info: the content of Info.
        tick: nanoseconds of a tick.
        number: what its blocks name.
        codec: Matroska's id of its codec.
        private: what its decoder is set up with, ``b""`` if nothing.
        size: width and height as coded, in pixels.
        crop: pixels cut from the left, the top, the right and the bottom.
        aspect: width over height of one stored pixel as displayed.
        turn: the display matrix (a, b, c, d): what is stored at (x, y) is displayed at
            (ax + cy, bx + dy), from the side that makes it positive.
        step: nanoseconds from frame to frame, 0 if not stated.
        alpha: whether its blocks bear transparency in addition.
    """

    entry: bytes
    entry_at: int
    tracks: bytes
    info: bytes
    tick: int
    number: int
    codec: str
    private: bytes
    size: tuple[int, int]
    crop: tuple[int, int, int, int]
    aspect: Fraction
    turn: tuple[int, int, int, int]
    step: int
    alpha: bool

    @property
    def kept(self) -> tuple[int, int]:
        """Width and height in stored pixels of what of the coded picture is displayed."""
        left, top, right, bottom = self.crop
        return self.size[0] - left - right, self.size[1] - top - bottom


def picture(asset: Asset, info: Element, tracks: Element) -> Picture:
    """Look at the tracks of a film, and refuse what words cannot be drawn on.

    Raises:
        CannotCarry: there is no picture track, more than one, or one that must not be drawn on.
        LimitExceeded, Malformed: the header is broken, or larger than any.
    """
    head, data = _content(asset, info), _content(asset, tracks)
    pictures = []
    for entry in children(data, 0, len(data)):
        if entry.id != TRACK_ENTRY:
            continue
        facts = _facts(data, entry)
        if _number(facts, _TYPE) == _PICTURE:
            pictures.append((entry, facts))
    if not pictures:
        raise CannotCarry(_no_picture(data))
    if len(pictures) > 1:
        raise CannotCarry(
            f"it has {len(pictures)} picture tracks, and words on one would leave the others "
            "unmarked; mark them before they are joined"
        )
    entry, facts = pictures[0]
    if VIDEO not in facts:
        raise Malformed("the picture track does not say how large its picture is")
    inner = _parts(facts[VIDEO])
    _refuse_unsafe(facts, inner)
    size = (_number(inner, _WIDTH), _number(inner, _HEIGHT))
    crop = _crop(inner)
    kept = (size[0] - crop[0] - crop[2], size[1] - crop[1] - crop[3])
    if min(kept) < 1:
        raise Malformed(f"the picture track has no picture left of {size[0]}x{size[1]} pixels")
    return Picture(
        entry=data[entry.body : entry.end],
        entry_at=entry.body,
        tracks=data,
        info=head,
        tick=_number(_parts(head), _SCALE, 1_000_000) or 1_000_000,
        number=_number(facts, _NUMBER),
        codec=facts.get(CODEC_ID, b"").rstrip(b"\0").decode("ascii", "replace"),
        private=facts.get(CODEC_PRIVATE, b""),
        size=size,
        crop=crop,
        aspect=_aspect(inner, kept),
        turn=_turn(inner),
        step=_number(facts, _STEP),
        alpha=bool(_number(inner, ALPHA)),
    )


def _no_picture(tracks: bytes) -> str:
    """What to do with sound alone, which is marked in files of its own coding."""
    kinds = [
        _facts(tracks, entry).get(CODEC_ID, b"")
        for entry in children(tracks, 0, len(tracks))
        if entry.id == TRACK_ENTRY
    ]
    ending = next((e for e, ids in _SOUNDS.items() for k in kinds if k.startswith(ids)), "")
    if not ending:
        return "it has no picture track to draw on; ask for the implicit label only"
    return (
        "it has no picture track to draw on, and sound is not marked in Matroska; take it out "
        f"(ffmpeg -i FILE -map 0:a -c copy NEW{ending}) and label that, or ask for the implicit "
        "label only"
    )


def _content(asset: Asset, element: Element) -> bytes:
    length = element.end - element.body
    if length > LARGEST:
        raise LimitExceeded(f"a header of {length} bytes", offset=element.start)
    return asset.read(element.body, length)


def _facts(data: bytes, entry: Element) -> dict[int, bytes]:
    return {part.id: data[part.body : part.end] for part in children(data, entry.body, entry.end)}


def _parts(data: bytes) -> dict[int, bytes]:
    return {part.id: data[part.body : part.end] for part in children(data, 0, len(data))}


def _number(facts: dict[int, bytes], kind: int, default: int = 0) -> int:
    return int.from_bytes(facts[kind][:8]) if kind in facts else default


def _refuse_unsafe(facts: dict[int, bytes], video: dict[int, bytes]) -> None:
    if _ENCODINGS in facts:
        raise CannotCarry(
            "its picture track is compressed or encrypted once more in the container; remux it "
            "without (mkvmerge --compression -1:none -o new.mkv old.mkv)"
        )
    if _OPERATION in facts:
        raise CannotCarry("its picture is joined of several tracks; mark them before")
    if _number(video, _STEREO):
        raise CannotCarry(
            "its picture is stereoscopic, and words would float at another depth for each eye; "
            "mark it before the views are joined, or ask for the implicit label only"
        )


def _crop(video: dict[int, bytes]) -> tuple[int, int, int, int]:
    left, top, right, bottom = (_number(video, kind) for kind in CROPS)
    return left, top, right, bottom


def _aspect(video: dict[int, bytes], kept: tuple[int, int]) -> Fraction:
    """Width over height of one stored pixel (RFC 9559 section 5.1.4.1.28.10 and on)."""
    unit = _number(video, _UNIT)
    wide = _number(video, _SHOWN_WIDTH, 0 if unit else kept[0])
    high = _number(video, _SHOWN_HEIGHT, 0 if unit else kept[1])
    if not wide or not high:
        return Fraction(1)
    aspect = Fraction(wide * kept[1], high * kept[0])
    # Players show whole pixels: what differs by less than half of one does not differ.
    return Fraction(1) if abs(aspect - 1) * max(kept) < Fraction(1, 2) else aspect


def _turn(video: dict[int, bytes]) -> tuple[int, int, int, int]:
    around = _parts(video.get(PROJECTION, b""))
    yaw, pitch, roll = (_float(around.get(kind, b"")) for kind in (_YAW, _PITCH, _ROLL))
    if _number(around, _KIND):
        raise CannotCarry(
            "its picture is a sphere, on which words at an edge cannot be read; "
            "ask for the implicit label only"
        )
    turned = _TURNS.get(round(roll) % 360) if math.isfinite(roll) else None
    if turned is None or abs(roll - round(roll)) > 0.01 or yaw or pitch:
        raise CannotCarry(
            "its picture is displayed at an angle that is not a right one; "
            "ask for the implicit label only, or turn it first"
        )
    return turned


def _float(raw: bytes) -> float:
    if len(raw) not in (4, 8):
        return 0.0
    (value,) = struct.unpack(">f" if len(raw) == 4 else ">d", raw)
    return float(value)
