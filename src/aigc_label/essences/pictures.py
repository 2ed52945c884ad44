"""The essence of pictures: coded pixels, and the tables without which they mean nothing."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from aigc_label.edits import Span
from aigc_label.errors import LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.containers.tiff import Directory

_PNG = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT")
_WEBP = (b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF")
_STRIPS, _TILES = (273, 279), (324, 325)  # offsets and byte counts
_LARGEST_TABLE = 16 << 20
_NUMBERS = {3: "H", 4: "L", 13: "L", 16: "Q", 18: "Q"}


def jpeg(asset: Asset) -> Iterator[Span]:
    """Tables and scans of the first picture; no application's segments, no comments."""
    from aigc_label.containers import jpeg as container  # noqa: PLC0415 - as the package says

    start = end = 0
    for segment in container.segments(asset):
        if container.is_metadata(segment):
            continue
        if segment.start != end:
            if end:
                yield Span(start, end)
            start = segment.start
        end = segment.end
    for between in container.between_scans(asset, segment):
        if container.is_metadata(between) or between.marker == container.EOI:
            yield Span(start, between.start)
            start = between.end


def png(asset: Asset) -> Iterator[Span]:
    """What the chunks of pixels, palette and animation hold."""
    from aigc_label.containers import png as container  # noqa: PLC0415 - as the package says

    for chunk in container.chunks(asset):
        if chunk.kind in _PNG:
            yield Span(chunk.start + 8, chunk.start + 8 + chunk.length)


def webp(asset: Asset) -> Iterator[Span]:
    """What the chunks of pixels, transparency and animation hold."""
    from aigc_label.containers import riff  # noqa: PLC0415 - as the package says

    for chunk in riff.walk(asset).chunks:
        if chunk.id in _WEBP:
            yield Span(chunk.body, chunk.body + chunk.size)


def gif(asset: Asset) -> Iterator[Span]:
    """Screen, palette and pictures with their timing; no comments, no applications' extensions."""
    from aigc_label.containers import gif as container  # noqa: PLC0415 - as the package says

    start = 6  # behind the version, which a label raises
    for block in container.blocks(asset):
        if start:
            yield Span(start, block.start)
            start = 0
        if block.kind in (container.IMAGE, container.PLAIN_TEXT, container.CONTROL):
            yield block.span


def tiff(asset: Asset) -> Iterator[Span]:
    """The strips and tiles of all pages.

    Raises:
        Malformed: where the structure breaks, or a page's tables contradict one another.
        LimitExceeded: if a table is larger than any.
    """
    from aigc_label.containers import tiff as container  # noqa: PLC0415 - as the package says

    for page in container.pages(asset, (*_STRIPS, *_TILES)):
        for places, sizes in (_STRIPS, _TILES):
            starts, counts = _numbers(asset, page, places), _numbers(asset, page, sizes)
            if len(starts) != len(counts):
                raise Malformed("a page's strips have not as many places as sizes", offset=page.at)
            for start, count in zip(starts, counts, strict=True):
                if start + count > asset.size:
                    raise Malformed("cut short: a strip ends behind the file", offset=start)
                yield Span(start, start + count)


def _numbers(asset: Asset, page: Directory, tag: int) -> tuple[int, ...]:
    entry = page.find(tag)
    if entry is None:
        return ()
    code = _NUMBERS.get(entry.kind)
    if code is None:
        raise Malformed(f"tag {tag} holds no numbers", offset=entry.at)
    if entry.size > _LARGEST_TABLE:
        raise LimitExceeded(f"a table of {entry.size} bytes of strips", offset=entry.at)
    data = asset.read(entry.start, entry.size)
    return struct.unpack(
        f"{page.kind.order}{entry.size // struct.calcsize('<' + code)}{code}", data
    )


def heif(asset: Asset) -> Iterator[Span]:
    """The items that are no metadata, by their number; of a bare image sequence, all its media.

    Where a sequence has a still picture, that stands for it: metadata may lie between its frames.
    """
    from aigc_label.containers import bmff  # noqa: PLC0415 - as the package says
    from aigc_label.containers.bmff import items  # noqa: PLC0415 - as the package says

    top = list(bmff.boxes(asset, 0, asset.size))
    pictures = 0
    metas = (box for box in top if box.type == b"meta")
    for held_by in (held for meta in metas for held in items.holders(asset, meta)):
        metadata = {item.id for item in items.entries(held_by) if item.type in (b"Exif", b"mime")}
        _, places = items.locations(held_by)
        for place in sorted(places, key=lambda found: found.id):
            if place.id not in metadata:
                yield from items.spans(held_by, place) or ()
                pictures += 1
    if not pictures:
        yield from (Span(box.body, box.end) for box in top if box.type == b"mdat")


def jxl(asset: Asset) -> Iterator[Span]:
    """The codestream, bare or in its boxes, and what rebuilds a JPEG from it."""
    from aigc_label.containers.bmff import jxl as container  # noqa: PLC0415 - as the package says

    if container.is_bare(asset):
        yield Span(0, asset.size)
        return
    for box in container.boxes(asset):
        if box.type in (b"jxlc", b"jxlp", b"jbrd"):
            yield Span(box.body, box.end)
