"""A small Matroska film of some frames of the picture track, for ffmpeg to decode; and back.

Its clock ticks once a frame: the times of the source, which may differ by a tick from frame to
frame or come twice, stay out of the encoder's way. Frames come back in the order in which they
are shown, and so find their times again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.containers.ebml import blocks, segment
from aigc_label.containers.ebml.elements import children, encoded
from aigc_label.explicit.film import matroska_tracks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from aigc_label.asset import Asset
    from aigc_label.containers.ebml.blocks import Block
    from aigc_label.explicit.film.matroska_tracks import Picture

_UNKNOWN_SIZE = b"\x01" + b"\xff" * 7
_VERSIONS = ((0x4286, 1), (0x42F7, 1), (0x42F2, 4), (0x42F3, 8))
_DOC_TYPE = (0x4282, b"matroska"), (0x4287, b"\x04"), (0x4285, b"\x02")
_SCALE, _APPLICATIONS = 0x2AD7B1, (0x4D80, 0x5741)
_CLUSTER_TIME, _STEP = 0xE7, 0x23E383
_ASPECT_UNSAID = encoded(0x54B2, b"\x04")  # DisplayUnit: what the frames themselves say counts
_DISPLAY = {0x54B0, 0x54BA, 0x54B2, *matroska_tracks.CROPS, matroska_tracks.PROJECTION}


def is_shown(picture: Picture, flags: int, opening: bytes) -> bool:
    """Whether a block holds a frame to show; VP8's reference frames may be for decoders only.

    Args:
        picture: the picture track.
        flags: of the block.
        opening: the first bytes of the frame.
    """
    if picture.codec != "V_VP8":
        return True
    return not flags & blocks.INVISIBLE and bool(opening[:1] and opening[0] & 0x10)


def write(
    asset: Asset,
    picture: Picture,
    frames: Sequence[tuple[Block, int]],
    step: int,
    target: Path,
) -> None:
    """Write the small film.

    Args:
        asset: where the frames are.
        picture: their track.
        frames: in the order of the file, each with the tick at which it is shown in there.
        step: nanoseconds of a tick.
        target: where to.
    """
    with target.open("wb") as file:
        file.write(_opening(picture, step))
        for block, tick in frames:
            made = _simple if block.place.id == blocks.SIMPLE_BLOCK else _group
            time = encoded(_CLUSTER_TIME, tick.to_bytes(8))
            file.write(encoded(segment.CLUSTER, time + made(asset, block)))


def _opening(picture: Picture, step: int) -> bytes:
    ebml = b"".join(encoded(kind, bytes([value])) for kind, value in _VERSIONS)
    ebml += b"".join(encoded(kind, value) for kind, value in _DOC_TYPE)
    names = b"".join(encoded(kind, b"aigc-label") for kind in _APPLICATIONS)
    info = encoded(_SCALE, step.to_bytes(8)) + names
    entry = b"".join(_track(picture.entry, step))
    return (
        encoded(segment.EBML, ebml)
        + segment.SEGMENT.to_bytes(4)
        + _UNKNOWN_SIZE
        + encoded(matroska_tracks.INFO, info)
        + encoded(matroska_tracks.TRACKS, encoded(matroska_tracks.TRACK_ENTRY, entry))
    )


def _track(entry: bytes, step: int) -> Iterable[bytes]:
    """The track as it is, but for its clock, and shown as it is stored."""
    for part in children(entry, 0, len(entry)):
        if part.id == matroska_tracks.VIDEO:
            inner = (
                entry[p.start : p.end]
                for p in children(entry, part.body, part.end)
                if p.id not in _DISPLAY
            )
            yield encoded(part.id, b"".join([*inner, _ASPECT_UNSAID]))
        elif part.id != _STEP:
            yield entry[part.start : part.end]
    yield encoded(_STEP, step.to_bytes(8))


def _simple(asset: Asset, block: Block) -> bytes:
    data = asset.read(block.data, block.end - block.data)
    return encoded(blocks.SIMPLE_BLOCK, blocks.header(block.track, 0, block.flags) + data)


def _group(asset: Asset, block: Block) -> bytes:
    data = asset.read(block.data, block.end - block.data)
    inner = encoded(blocks.BLOCK, blocks.header(block.track, 0, block.flags) + data)
    for part in block.others:
        if part.id in (blocks.REFERENCE, blocks.ADDITIONS):
            inner += asset.read(part.start, part.end - part.start)
    return encoded(blocks.BLOCK_GROUP, inner)


def ranked(frames: Sequence[tuple[Block, bool]]) -> list[int]:
    """When each frame is shown: how many are shown before it.

    Args:
        frames: in the order of the file, each with whether it is shown.
    """
    shown = sorted((block.time, number) for number, (block, seen) in enumerate(frames) if seen)
    ranks = {number: rank for rank, (_, number) in enumerate(shown)}
    out = []
    coming = len(shown)
    for number in range(len(frames) - 1, -1, -1):  # what is not shown goes with the next that is
        coming = ranks.get(number, coming)
        out.append(min(coming, len(shown)))
    return out[::-1]
