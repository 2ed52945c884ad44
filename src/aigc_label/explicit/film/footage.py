"""What must be known of a film before words are drawn on it and it is encoded again.

There is no ffprobe in the wheel: codec and colours are matched in what ``ffmpeg -i`` prints,
orientation and clock are read from the boxes.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from aigc_label import ffmpeg
from aigc_label.containers import bmff
from aigc_label.errors import CannotCarry, Malformed
from aigc_label.explicit.film import light
from aigc_label.explicit.film import picture as pictures

if TYPE_CHECKING:
    from pathlib import Path

    from aigc_label.asset import Asset
    from aigc_label.explicit.film.segment import Picture

_RATE = re.compile(r", ([\d.]+) fps")

TURNS = (
    (1, 0, 0, 1), (-1, 0, 0, 1), (1, 0, 0, -1), (-1, 0, 0, -1),
    (0, 1, -1, 0), (0, -1, 1, 0), (0, 1, 1, 0), (0, -1, -1, 0),
)  # fmt: skip
"""The display matrices (a, b, c, d) of films that are turned by right angles or mirrored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Footage:
    """A film with one picture track.

    Attributes:
        streams: ffmpeg's numbers of the streams to keep, in order.
        picture: the one of them that is the picture.
        look: what is known of it: H.264 or H.265.
        turn: the display matrix, one of :data:`TURNS`.
        matrix: its 36 bytes as they stand in the file.
        clock: ticks a second of the track.
        step: ticks of every frame, 0 if they differ.
        rate: frames a second, exact where all frames last the same.
        is_default: whether the track is one to play.
        chapters: whether chapters stand in a text track.
        header_first: whether ``moov`` stands before the media.
    """

    streams: tuple[int, ...]
    picture: int
    look: Picture
    turn: tuple[int, int, int, int]
    matrix: bytes
    clock: int
    step: int
    rate: str
    is_default: bool
    chapters: bool
    header_first: bool


def probe(asset: Asset, path: Path) -> Footage:
    """Look at a film, and refuse it if it could not be drawn on without loss.

    Args:
        asset: the film.
        path: where it stands on the disk.

    Raises:
        CannotCarry: no picture track, or one that must not be encoded again like that.
        Malformed: ffmpeg or the walker cannot read it.
    """
    text = ffmpeg.describe(path, "-f", "mov")
    streams, shown, chapters = _sorted_streams(text)
    if not streams:
        raise Malformed("ffmpeg finds no stream in it")
    if not shown:
        raise CannotCarry("it has no picture track to draw on; ask for the implicit label only")
    if len(shown) > 1:
        raise CannotCarry(
            f"it has {len(shown)} picture tracks, and words on one would leave the others "
            "unmarked; mark them before they are joined"
        )
    picture = shown[0]
    if picture["codec"] not in ("h264", "hevc"):
        raise CannotCarry(
            f"its picture is coded as {picture['codec']}; explicit marks are drawn on H.264 and "
            "H.265 films so far; ask for the implicit label only, or convert it first"
        )
    look = pictures.stated(picture["codec"], picture["rest"], text)
    _refuse_unsafe(look)
    top = bmff.top_level(asset)
    kinds = [box.type for box in top]
    tkhd, mdia = _track(asset, bmff.sole_moov(top), int(picture["id"] or "0", 16))
    matrix = bmff.field(asset, tkhd, _matrix_at(asset, tkhd), 36)
    clock, step = _clock(asset, mdia), _step(asset, mdia)
    told = _RATE.search(picture["rest"])
    rate = f"{clock}/{step}" if step else str(pictures.exact(told[1])) if told else "25"
    return Footage(
        streams=streams,
        picture=int(picture["number"]),
        look=look._replace(rate=Fraction(rate)),
        turn=_turn(matrix),
        matrix=matrix,
        clock=clock,
        step=step,
        rate=rate,
        is_default="(default)" in picture["rest"],
        chapters=chapters,
        header_first=b"mdat" not in kinds or kinds.index(b"moov") < kinds.index(b"mdat"),
    )


def _sorted_streams(text: str) -> tuple[tuple[int, ...], list[re.Match[str]], bool]:
    """The streams to keep, those of them that are pictures, and whether there are chapters.

    Covers come back with the tags; time code and chapter tracks are written anew by ffmpeg.
    """
    keep, shown, chapters = [], [], False
    for stream in sorted(pictures.STREAM.finditer(text), key=lambda s: int(s["number"])):
        kind, codec, rest = stream["kind"], stream["codec"], stream["rest"]
        if "(attached pic)" in rest or "(timed thumbnails)" in rest or "(tmcd /" in rest:
            continue
        if kind == "Data" and "(text /" in rest and "  Chapters:" in text:
            chapters = True
            continue
        if codec == "none":
            raise CannotCarry(
                f"ffmpeg does not know one of its {kind.lower()} tracks ({rest.strip()[:40]}), "
                "which would be lost; ask for the implicit label only"
            )
        keep.append(int(stream["number"]))
        if kind == "Video":
            shown.append(stream)
    return tuple(keep), shown, chapters


def _refuse_unsafe(look: Picture) -> None:
    if "DOVI" in look.notes:
        raise CannotCarry(
            "its picture is Dolby Vision, whose data for each frame would be lost; "
            "ask for the implicit label only"
        )
    is_high = look.colours.get("color_trc") in light.TRANSFERS or "Mastering" in look.notes
    if is_high and look.codec != "hevc":
        raise CannotCarry(
            "its picture is HDR in H.264, which is not encoded again without loss yet; "
            "ask for the implicit label only"
        )
    if look.fields:
        raise CannotCarry(
            "its picture is interlaced, which is not encoded again without loss yet; "
            "ask for the implicit label only, or deinterlace it first"
        )


def _track(asset: Asset, moov: bmff.Box, number: int) -> tuple[bmff.Box, bmff.Box]:
    """The boxes ``tkhd`` and ``mdia`` of the track of that number.

    Raises:
        CannotCarry: if the movie header turns the picture besides.
        Malformed: if there is no such track.
    """
    _require_upright(asset, moov)
    for trak in bmff.children(asset, moov):
        inner = bmff.children(asset, trak) if trak.type == b"trak" else []
        tkhd, mdia = bmff.find(inner, b"tkhd"), bmff.find(inner, b"mdia")
        if tkhd is not None and mdia is not None:
            at = 20 if bmff.full(asset, tkhd)[0] else 12
            if int.from_bytes(bmff.field(asset, tkhd, at, 4)) == number:
                return tkhd, mdia
    raise Malformed("the track that ffmpeg decodes is not in the header")


def _clock(asset: Asset, mdia: bmff.Box) -> int:
    """Ticks a second of a track."""
    mdhd = bmff.find(bmff.children(asset, mdia), b"mdhd")
    if mdhd is None:
        raise Malformed("the picture track has no media header")
    at = 20 if bmff.full(asset, mdhd)[0] else 12
    return max(int.from_bytes(bmff.field(asset, mdhd, at, 4)), 1)


def _step(asset: Asset, mdia: bmff.Box) -> int:
    """Ticks of every frame of a track; 0 if they differ or stand in fragments."""
    box: bmff.Box | None = mdia
    for kind in (b"minf", b"stbl", b"stts"):
        box = bmff.find(bmff.children(asset, box), kind) if box is not None else None
    if box is None or bmff.field(asset, box, 4, 4) != b"\0\0\0\1":
        return 0
    return int.from_bytes(bmff.field(asset, box, 12, 4))


def matrix_place(asset: Asset, number: int) -> int:
    """The offset of the display matrix of the ``number``-th track, from 0.

    Raises:
        Malformed: if there is no such track.
    """
    moov = bmff.sole_moov(bmff.top_level(asset))
    traks = [box for box in bmff.children(asset, moov) if box.type == b"trak"]
    tkhd = bmff.find(bmff.children(asset, traks[number]), b"tkhd") if number < len(traks) else None
    if tkhd is None:
        raise Malformed("the encoded film lacks a track")
    place = _matrix_at(asset, tkhd)
    bmff.field(asset, tkhd, place, 36)
    return tkhd.body + place


def _matrix_at(asset: Asset, tkhd: bmff.Box) -> int:
    return 52 if bmff.full(asset, tkhd)[0] else 40


def _signs(matrix: bytes) -> tuple[int, int, int, int]:
    """The signs of a, b, c, d in a matrix (a b u, c d v, x y w); all 0 at other angles."""
    a, b, _, c, d = struct.unpack_from(">5i", matrix)
    if abs(a) != abs(d) or abs(b) != abs(c) or bool(a) == bool(b):
        return (0, 0, 0, 0)
    signs = [(n > 0) - (n < 0) for n in (a, b, c, d)]
    return (signs[0], signs[1], signs[2], signs[3])


def _require_upright(asset: Asset, moov: bmff.Box) -> None:
    mvhd = bmff.find(bmff.boxes(asset, moov.body, moov.end), b"mvhd")
    if mvhd is not None:
        at = 48 if bmff.full(asset, mvhd)[0] else 36
        if _signs(bmff.field(asset, mvhd, at, 36)) != TURNS[0]:
            raise CannotCarry("its movie header turns the picture; remux it first")


def turn(asset: Asset, moov: bmff.Box, tkhd: bmff.Box) -> tuple[int, int, int, int]:
    """The display matrix of the picture track with that header as signs, one of :data:`TURNS`.

    Raises:
        CannotCarry: at other angles, or if the movie header turns the picture besides.
    """
    _require_upright(asset, moov)
    return _turn(bmff.field(asset, tkhd, _matrix_at(asset, tkhd), 36))


def _turn(matrix: bytes) -> tuple[int, int, int, int]:
    turn = _signs(matrix)
    if turn not in TURNS:
        raise CannotCarry(
            "its picture is displayed at an angle that is not a right one; "
            "ask for the implicit label only, or turn it first"
        )
    return turn
