"""The essence of films: the coded media as they stand, without indexes and tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.edits import Span
from aigc_label.errors import LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset

_MOST_FRAMES = 1 << 24


def mp4(asset: Asset) -> Iterator[Span]:
    """The bodies of all ``mdat`` boxes of MP4 and its kin."""
    from aigc_label.containers import bmff  # noqa: PLC0415 - as the package says

    for box in bmff.boxes(asset, 0, asset.size, most=bmff.MOST_BOXES):
        if box.type == b"mdat":
            yield Span(box.body, box.end)


def matroska(asset: Asset) -> Iterator[Span]:
    """The frames in all Clusters of the first Segment, MKV's and WebM's, without their times."""
    from aigc_label.containers.ebml import blocks, segment  # noqa: PLC0415 - as the package says

    for element in segment.walk(asset, segment.first(asset)):
        if element.id == segment.CLUSTER:
            for child in blocks.cluster(asset, element).children:
                if isinstance(child, blocks.Block):
                    yield Span(child.data, child.end)


def avi(asset: Asset) -> Iterator[Span]:
    """The chunks of media in all lists of them, also of OpenDML's later segments."""
    from aigc_label.containers import riff  # noqa: PLC0415 - as the package says
    from aigc_label.containers.riff import film  # noqa: PLC0415 - as the package says

    whole = film.survey(asset, riff.walk(asset))
    lists = [whole.movi]
    for part in whole.segments:
        lists += [c for c in riff.children(asset, part) if film.kind_of(asset, c) == b"movi"]
    for movi in lists:
        yield from _media(asset, movi.body + 4, movi.body + movi.size)


def _media(asset: Asset, at: int, end: int) -> Iterator[Span]:
    """Chunks of frames, without OpenDML's indexes (``ix00``), which count bytes, and padding.

    Raises:
        Malformed: if one is cut short.
        LimitExceeded: if there are more than any film has.
    """
    for _ in range(_MOST_FRAMES):
        if at + 8 > end:
            return
        header = asset.read(at, 8)
        if header[:4] == b"LIST":  # frames that are read together; they follow its type
            at += 12
            continue
        body, size = at + 8, int.from_bytes(header[4:], "little")
        if body + size > end:
            raise Malformed("cut short: a frame ends behind the media", offset=at)
        if header[:2] != b"ix" and header[:4] not in (b"JUNK", b"idx1"):
            yield Span(body, body + size)
        at = body + size + size % 2
    raise LimitExceeded(f"more than {_MOST_FRAMES} chunks of media", offset=at)


def flv(asset: Asset) -> Iterator[Span]:
    """The data of all tags of sound and pictures; those that are encrypted count as neither."""
    from aigc_label.containers import flv as container  # noqa: PLC0415 - as the package says

    for tag in container.tags(asset, _MOST_FRAMES):
        if tag.kind in (container.AUDIO, container.VIDEO):
            yield Span(tag.body, tag.end)


def asf(asset: Asset) -> Iterator[Span]:
    """The packets of the data object."""
    from aigc_label.containers import asf as container  # noqa: PLC0415 - as the package says

    start = container.header(asset).end
    end, _ = container.behind_data(asset)
    yield Span(start + 50, end)  # behind the object's own head: its file identifier and counts
