"""PNG (and APNG): chunks, text chunks, and moving ancillary chunks to a re-encoding.

Structure only: what a chunk says about labels is the format's business.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_FIRST = (b"IHDR", b"CgBI")  # the second: Apple's own, in front of it
XMP_KEYWORD = b"XML:com.adobe.xmp"
TEXT_KINDS = (b"tEXt", b"zTXt", b"iTXt")

MOST_CHUNKS = 1 << 16
"""Chunks visited in one file; runs of image data are leapt over and hardly count."""

LARGEST_TEXT = 8 << 20
"""Bytes of one text after inflation; XMP packets and workflows stay far below."""

MOST_UNPACKED = 32 << 20
"""Bytes that all compressed texts of a file may unpack to in one reading."""

_HEADER = struct.Struct(">L4s")
_DATA = (b"IDAT", b"fdAT")
# Chunks that describe the pixels or their encoding: a re-encoding brings its own.
_ENCODERS_OWN = frozenset(
    (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT", b"iDOT", b"dSIG")
)
_TIED_TO_DEPTH = (b"bKGD", b"sBIT")
_TIED_TO_PALETTE = (b"bKGD", b"sBIT", b"hIST")
_TIED_TO_COLOUR = (b"iCCP",)


class Chunk(NamedTuple):
    """One chunk. ``start`` is the offset of its length field."""

    kind: bytes
    start: int
    length: int

    @property
    def span(self) -> Span:
        """All of its bytes, with length, type and CRC."""
        return Span(self.start, self.start + 12 + self.length)


class Text(NamedTuple):
    """A text chunk, decoded as far as bytes.

    Attributes:
        kind: ``tEXt``, ``zTXt`` or ``iTXt``.
        keyword: Latin-1, at most 79 bytes by the standard.
        value: the text, inflated; Latin-1 by the standard unless in ``iTXt``.
        middle: language and translated keyword with their NULs, ``iTXt`` only.
        deflated: whether it was compressed.
    """

    kind: bytes
    keyword: bytes
    value: bytes
    middle: bytes
    deflated: bool

    def chunk(self, value: bytes) -> bytes:
        """The same chunk with another text."""
        data = zlib.compress(value) if self.deflated else value
        if self.kind == b"zTXt":
            data = b"\x00" + data
        elif self.kind == b"iTXt":
            data = bytes((self.deflated, 0)) + self.middle + data
        return chunk(self.kind, self.keyword + b"\x00" + data)


class Budget:
    """What is left of :data:`MOST_UNPACKED` in one reading of a file."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MOST_UNPACKED

    def spend(self, count: int, chunk: Chunk) -> None:
        """Take ``count`` bytes that a chunk unpacked to.

        Raises:
            LimitExceeded: if that was too much.
        """
        self.left -= count
        if self.left < 0:
            raise LimitExceeded(
                f"its compressed texts unpack to more than {MOST_UNPACKED >> 20} MiB",
                offset=chunk.start,
            )


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk as bytes, with its CRC."""
    return (
        _HEADER.pack(len(data), kind) + data + struct.pack(">L", zlib.crc32(data, zlib.crc32(kind)))
    )


def xmp_chunk(packet: bytes) -> bytes:
    """An XMP packet in the chunk that the XMP specification names, not compressed."""
    return chunk(b"iTXt", XMP_KEYWORD + b"\x00\x00\x00\x00\x00" + packet)


def chunks(asset: Asset) -> Iterator[Chunk]:
    """Yield the chunks up to ``IEND``; of a run of equally long data chunks not all.

    Image data chunks must stand together (PNG 5.6), so a run is leapt over when a chunk with the
    same header stands where the run would still be going on. What follows ``IEND`` is not read.

    Raises:
        Malformed: where the structure breaks; the chunks before that have been yielded.
        LimitExceeded: after :data:`MOST_CHUNKS`.
    """
    head, size = asset.head, asset.size
    unpack, near = _HEADER.unpack_from, len(asset.head) - 8
    at = len(SIGNATURE)
    before: tuple[int, bytes] | None = None
    for _ in range(MOST_CHUNKS):
        if at <= near:
            header = unpack(head, at)
        elif at + 8 <= size:
            header = unpack(asset.read(at, 8))
        else:
            raise Malformed(f"cut short: the PNG ends at byte {size} without IEND", offset=at)
        length, kind = header
        after = at + 12 + length
        if after > size or not kind.isalpha():
            raise _broken(kind, at, size)
        if before is None and kind not in _FIRST:
            raise Malformed(f"it begins with {kind.decode()} instead of IHDR", offset=at)
        yield Chunk(kind, at, length)
        if kind == b"IEND":
            return
        if header == before and kind in _DATA:
            after = _leap(asset, header, after)
        before = header
        at = after
    raise LimitExceeded(f"more than {MOST_CHUNKS} chunks", offset=at)


def _leap(asset: Asset, header: tuple[int, bytes], at: int) -> int:
    """The end of the last chunk found that still has this header, from ``at`` on."""
    step = header[0] + 12
    run = (asset.size - at) // step - 1
    for _ in range(4):
        if run < 1:
            break
        place = at + run * step
        if _HEADER.unpack(asset.read(place, 8)) == header:
            return place + step
        run //= 2
    return at


def _broken(kind: bytes, at: int, size: int) -> Malformed:
    if not kind.isalpha():
        return Malformed(f"no chunk where one should be, at byte {at}", offset=at)
    return Malformed(
        f"cut short: chunk {kind.decode('ascii', 'replace')} at byte {at} goes beyond the end "
        f"of the file at byte {size}",
        offset=at,
    )


def data(asset: Asset, chunk: Chunk, most: int | None = None) -> bytes:
    """The chunk's data, or its first ``most`` bytes."""
    length = chunk.length if most is None else min(chunk.length, most)
    return asset.read(chunk.start + 8, length)


def has_right_crc(asset: Asset, chunk: Chunk) -> bool:
    """Whether the CRC is that of the type and data."""
    body = asset.read(chunk.start + 4, chunk.length + 8)
    return zlib.crc32(body[:-4]) == int.from_bytes(body[-4:], "big")


def keyword(asset: Asset, chunk: Chunk) -> bytes:
    """A text chunk's keyword, ``b""`` if it has none of at most 79 bytes."""
    return data(asset, chunk, 80).partition(b"\x00")[0][:79]


def is_xmp(asset: Asset, chunk: Chunk) -> bool:
    """Whether it is a text chunk with XMP's keyword."""
    return chunk.kind in TEXT_KINDS and keyword(asset, chunk) == XMP_KEYWORD


def text(
    asset: Asset, chunk: Chunk, most: int | None = None, budget: Budget | None = None
) -> Text | None:
    """Decode a text chunk; ``None`` if it is broken.

    Args:
        asset: the file.
        chunk: one of :data:`TEXT_KINDS`.
        most: bytes of the text to look at; without it, the whole text or an error.
        budget: of the reading that this is part of, if it is.

    Raises:
        LimitExceeded: if the whole text is over :data:`LARGEST_TEXT`, or the budget is spent.
    """
    if most is None and chunk.length > LARGEST_TEXT:
        raise _over_limit(chunk)
    name, separator, rest = data(asset, chunk, most).partition(b"\x00")
    if not separator:
        return None
    middle = b""
    deflated = chunk.kind == b"zTXt"
    if chunk.kind == b"zTXt":
        rest = rest[1:]
    elif chunk.kind == b"iTXt":
        parts = rest[2:].split(b"\x00", 2)
        if len(parts) != 3:
            return None
        deflated = rest[0] == 1
        middle = parts[0] + b"\x00" + parts[1] + b"\x00"
        rest = parts[2]
    if deflated:
        inflater = zlib.decompressobj()
        try:
            rest = inflater.decompress(rest, most or LARGEST_TEXT)
        except zlib.error:
            return None
        if budget is not None:
            budget.spend(len(rest), chunk)
        if most is None and inflater.unconsumed_tail:
            raise _over_limit(chunk)
    return Text(chunk.kind, name, rest, middle, deflated)


def _over_limit(chunk: Chunk) -> LimitExceeded:
    return LimitExceeded(
        f"the text chunk at byte {chunk.start} holds more than {LARGEST_TEXT >> 20} MiB",
        offset=chunk.start,
    )


def after_header(found: list[Chunk]) -> int:
    """The first offset at which a chunk may be put.

    Raises:
        Malformed: if the header is not where it must be.
    """
    if found[0].kind != b"IHDR" or found[0].length != 13:
        raise Malformed("a PNG begins with IHDR", offset=len(SIGNATURE))
    return found[0].span.end


def grafted(source: Asset, encoded: Asset) -> EditPlan:
    """Edits to ``encoded``, a re-encoding of ``source``, that bring the ancillary chunks back.

    Each goes back to its side of the palette and of the image data, in the source's order; the
    source's version wins over the encoder's. What describes the old pixels (transparency, frames,
    a background or histogram of another palette) stays behind.

    Raises:
        Malformed: if either file is damaged.
    """
    old, new = list(chunks(source)), list(chunks(encoded))
    left = _left_behind(source, old, encoded, new)
    palette = next((c.start for c in old if c.kind == b"PLTE"), None)
    first_data = next((c.start for c in old if c.kind == b"IDAT"), source.size)
    kept = [c for c in old if c.kind not in left]
    early = first_data if palette is None else palette
    start = after_header(new)
    before_data = next((c.start for c in new if c.kind in (b"IDAT", b"fcTL")), start)
    at_end = new[-1].start
    wins = {c.kind for c in kept}
    splices = [Splice(c.span, b"") for c in new if c.kind in wins]
    for c in kept:
        place = start if c.start < early else before_data if c.start < first_data else at_end
        splices.append(Splice(Span(place, place), source.read(c.start, c.length + 12)))
    return EditPlan(splices)


def _left_behind(source: Asset, old: list[Chunk], encoded: Asset, new: list[Chunk]) -> set[bytes]:
    """The kinds of chunk that do not hold for the new pixels."""
    was, now = _pixel_format(source, old), _pixel_format(encoded, new)
    left = set(_ENCODERS_OWN)
    if was != now:
        left.update(_TIED_TO_DEPTH)
    if _palette(source, old) != _palette(encoded, new):
        left.update(_TIED_TO_PALETTE)
    if bool(was[1] & 2) != bool(now[1] & 2):  # grey became colour, or the other way
        left.update(_TIED_TO_COLOUR)
    return left


def _pixel_format(asset: Asset, found: list[Chunk]) -> bytes:
    """Bit depth and colour type."""
    after_header(found)
    return data(asset, found[0])[8:10]


def _palette(asset: Asset, found: list[Chunk]) -> bytes:
    return next((data(asset, c, 768) for c in found if c.kind == b"PLTE"), b"")
