"""Ogg (RFC 3533): pages, the header packets of streams, links of a chain, and new header pages.

Structure only. Payload is leapt over; what is read does not grow with the file.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from aigc_label.asset import Asset

CAPTURE = b"OggS"

CODECS = {
    # what the first packet begins with: the codec, and how many header packets follow
    b"\x01vorbis": ("vorbis", 2),
    b"OpusHead": ("opus", 1),
    b"\x80theora": ("theora", 2),
    b"\x7fFLAC": ("flac", 1),
    b"Speex   ": ("speex", 1),
}

MOST_HEADER_PAGES = 4096
MOST_LINKS = 128
MOST_RENUMBERED = 1 << 17
"""Pages that a write may have to number anew: half a gigabyte of Vorbis."""

_HEADER = struct.Struct("<4sBBQLLLB")
_NUMBERS = struct.Struct("<LL")
_CONTINUED, _BEGINS, _ENDS = 1, 2, 4
_NOWHERE = (1 << 64) - 1  # the position of a page on which no packet ends
_LARGEST_PAGE = 27 + 255 + 255 * 255
_NEAR = 8 << 10  # most pages end within this
_TRIES = 64  # places that look like the beginning of a page


class Page(NamedTuple):
    """One page: ``granule`` counts samples to its end, ``table`` holds its segments' lengths."""

    start: int
    flags: int
    granule: int
    serial: int
    sequence: int
    table: bytes

    @property
    def body(self) -> int:
        """Where the segments begin."""
        return self.start + 27 + len(self.table)

    @property
    def end(self) -> int:
        """Behind the segments."""
        return self.body + sum(self.table)


@dataclass(slots=True)
class Stream:
    """One logical stream's headers.

    Attributes:
        serial: its number in the file.
        codec: a name of :data:`CODECS`, empty for others.
        wanted: header packets behind the first.
        pages: those that hold them.
        packets: the complete ones, each as its pieces in the file.
        shared: whether other packets follow on the last of the pages.
    """

    serial: int
    codec: str
    wanted: int
    pages: list[Page] = field(default_factory=list)
    packets: list[list[Span]] = field(default_factory=list)
    shared: bool = False
    _open: list[Span] = field(default_factory=list)

    def take(self, page: Page) -> None:
        """Add the next page.

        Raises:
            Malformed: if it does not continue what the last one left open, or the reverse.
        """
        if bool(page.flags & _CONTINUED) != bool(self._open):
            raise Malformed("an Ogg page is missing in the headers", offset=page.start)
        self.pages.append(page)
        start = at = page.body
        for length in page.table:
            if len(self.packets) == self.wanted:
                self.shared = True
                return
            at += length
            if length < 255:
                self.packets.append([*self._open, Span(start, at)])
                self._open = []
                start = at
        if start < at:
            self._open.append(Span(start, at))


class Link(NamedTuple):
    """The streams that begin together, and why their headers could not be read to the end."""

    streams: tuple[Stream, ...]
    end: int
    fault: Malformed | None


def page_at(asset: Asset, at: int) -> Page | None:
    """The page at an offset, ``None`` where none stands or it is cut short."""
    data = asset.peek(at, 27 + 255)
    if len(data) < 27:
        return None
    capture, version, flags, granule, serial, sequence, _, count = _HEADER.unpack_from(data)
    page = Page(at, flags, granule, serial, sequence, data[27 : 27 + count])
    whole = len(page.table) == count and page.end <= asset.size
    return page if capture == CAPTURE and version == 0 and whole else None


def codec(asset: Asset) -> str:
    """The codec of the stream that begins the file, empty if there is none that is known."""
    if asset.head[:4] != CAPTURE or len(asset.head) < 27:
        return ""
    return _known(asset.head[27 + asset.head[26] :][:8])[0]


def _known(first: bytes) -> tuple[str, int]:
    return next((known for magic, known in CODECS.items() if first.startswith(magic)), ("", 0))


def link_at(asset: Asset, start: int) -> Link:
    """The headers of the streams that begin together at an offset. Never raises ``Malformed``."""
    streams: dict[int, Stream] = {}
    at = start
    try:
        for _ in range(MOST_HEADER_PAGES):
            page = page_at(asset, at)
            if page is None:
                raise Malformed("cut short: no whole Ogg page here", offset=at)
            if page.flags & _BEGINS and not any(s.pages for s in streams.values()):
                name, wanted = _known(asset.read(page.body, min(8, page.end - page.body)))
                streams[page.serial] = Stream(page.serial, name, wanted)
            elif streams and all(len(s.packets) >= s.wanted for s in streams.values()):
                return Link(tuple(streams.values()), at, None)
            else:
                _give(streams, page)
            at = page.end
            if at == asset.size and all(len(s.packets) >= s.wanted for s in streams.values()):
                return Link(tuple(streams.values()), at, None)
        raise Malformed("the Ogg headers are without an end", offset=at)
    except Malformed as fault:
        return Link(tuple(streams.values()), at, fault)


def _give(streams: dict[int, Stream], page: Page) -> None:
    stream = streams.get(page.serial)
    if stream is None:
        raise Malformed("an Ogg page of a stream that never began", offset=page.start)
    if len(stream.packets) < stream.wanted:
        stream.take(page)


def links(asset: Asset) -> Iterator[Link]:
    """Yield the links of a chain, one behind the other; mostly there is one.

    The next is found by bisection, as its stream has another number than all in this one.

    Raises:
        LimitExceeded: after :data:`MOST_LINKS`.
    """
    last: Page | None = None
    start = 0
    for _ in range(MOST_LINKS):
        link = link_at(asset, start)
        yield link
        if link.fault is not None:
            return
        serials = {stream.serial for stream in link.streams}
        last = last or _last_page(asset, link.end)
        if last is None or last.serial in serials:
            return
        found = _next_link(asset, serials, link.end, last)
        if found is None:
            return
        start = found
    raise LimitExceeded(f"more than {MOST_LINKS} links in an Ogg chain", offset=start)


def _last_page(asset: Asset, least: int) -> Page | None:
    for length in (_NEAR, _LARGEST_PAGE + 27):
        start = max(asset.size - length, least)
        data = asset.peek(start, asset.size - start)
        at = data.rfind(CAPTURE)
        for _ in range(_TRIES):
            if at >= 0 and (page := page_at(asset, start + at)) is not None:
                return page
            at = data.rfind(CAPTURE, 0, max(at, 0))
    return None


def _next_link(asset: Asset, serials: Collection[int], low: int, last: Page) -> int | None:
    """Where the first page stands that is of none of these streams, at or before ``last``."""
    high = last.start
    while high - low > _LARGEST_PAGE:
        middle = (low + high) // 2
        page = _page_behind(asset, middle, high)
        if page is None:
            high = middle
        elif page.serial in serials:
            low = page.end
        else:
            high = page.start
    for _ in range(MOST_HEADER_PAGES):
        page = page_at(asset, low)
        if page is None:
            return None
        if page.serial not in serials:
            return page.start
        low = page.end
    return None


def _page_behind(asset: Asset, start: int, limit: int) -> Page | None:
    """The first page at or behind an offset that another page follows."""
    for length in (_NEAR, _LARGEST_PAGE):
        data = asset.peek(start, min(length, limit - start))
        at = data.find(CAPTURE)
        for _ in range(_TRIES):
            page = page_at(asset, start + at) if at >= 0 else None
            if page is not None and asset.peek(page.end, 4) == CAPTURE:
                return page
            at = data.find(CAPTURE, at + 1) if at >= 0 else at
    return None


def packet(asset: Asset, pieces: Sequence[Span]) -> Asset:
    """A packet as an asset of its own, read where it stands."""
    starts = [0, *(piece.end for piece in pieces)]
    ends = [*(piece.start for piece in pieces), asset.size]
    gaps = (Span(start, end) for start, end in zip(starts, ends, strict=True))
    return EditPlan(Splice(gap, b"") for gap in gaps).view(asset)


def replaced(asset: Asset, stream: Stream, first: bytes) -> list[Splice]:
    """The splices that replace the first header packet behind the identification.

    The headers stay on as many pages as they have, if they fit, and no other page is touched.
    Otherwise all later pages of the stream are numbered anew, which reads the file.

    Raises:
        CannotCarry: if other packets stand on the headers' pages, or there are too many pages.
        Malformed: if the stream breaks off where it has to be numbered anew.
    """
    if stream.shared:
        raise CannotCarry(
            "sound begins on a page of the Ogg headers, where it must not; copy the file with "
            "ffmpeg -c copy, then label again"
        )
    others = [b"".join(asset.read(p.start, p.end - p.start) for p in q) for q in stream.packets[1:]]
    old = stream.pages
    end = (old[-1].granule, old[-1].flags & _ENDS)  # at 0, where all is well
    made = _paged([first, *others], stream.serial, old[0].sequence, len(old), end)
    splices = [Splice(Span(old[0].start, old[-1].end), b"".join(made))]
    if len(made) != len(old):
        splices += _renumbered(asset, stream.serial, old[-1].end, len(made) - len(old))
    return splices


def _paged(
    packets: Sequence[bytes], serial: int, sequence: int, count: int, end: tuple[int, int]
) -> list[bytes]:
    """Pages of whole packets: ``count`` of them, or as near to that as can be.

    The last one has the position and the flag of ``end``, as the last one before had.
    """
    data = b"".join(packets)
    table = b"".join(map(laced, packets))
    count = min(max(count, -(-len(table) // 255)), len(table))
    pages = []
    flags = at = 0
    for number in range(count):
        part = table[: -(-len(table) // (count - number))]
        table = table[len(part) :]
        size = sum(part)
        position = _NOWHERE if min(part) == 255 else 0
        if number == count - 1:
            position, flags = end[0], flags | end[1]
        numbers = (flags, position, serial, sequence + number)
        pages.append(encoded(part, data[at : at + size], numbers))
        flags = _CONTINUED if part[-1] == 255 else 0
        at += size
    return pages


def _renumbered(asset: Asset, serial: int, at: int, shift: int) -> Iterator[Splice]:
    """New numbers and checksums for the pages of a stream from an offset on."""
    flags = 0
    for _ in range(MOST_RENUMBERED):
        page = page_at(asset, at)
        if page is None and at < asset.size and not flags & _ENDS:
            raise Malformed("cut short: no whole Ogg page here", offset=at)
        if page is None or page.serial != serial:
            return
        number = page.sequence + shift & 0xFFFF_FFFF
        raw = bytearray(asset.read(at, page.end - at))
        _NUMBERS.pack_into(raw, 18, number, 0)
        yield Splice(Span(at + 18, at + 26), _NUMBERS.pack(number, checksum(bytes(raw))))
        at, flags = page.end, page.flags
    raise CannotCarry(
        "the label needs one more Ogg page, and too many pages would have to be numbered anew; "
        "make room by taking a picture out of the comments"
    )


def laced(packet: bytes) -> bytes:
    """The lengths of the segments of a packet."""
    return b"\xff" * (len(packet) // 255) + bytes((len(packet) % 255,))


def encoded(table: bytes, body: bytes, numbers: tuple[int, int, int, int]) -> bytes:
    """A whole page; ``numbers`` are its flags, its position, its stream's number and its own."""
    flags, granule, serial, sequence = numbers
    head = _HEADER.pack(CAPTURE, 0, flags, granule, serial, sequence & 0xFFFF_FFFF, 0, len(table))
    raw = head + table + body
    return raw[:22] + checksum(raw).to_bytes(4, "little") + raw[26:]


def checksum(page: bytes) -> int:
    """A page's CRC, its own four bytes being zero: that of zlib with every byte and bit turned."""
    turned = _turned()
    register = zlib.crc32(page.translate(turned), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return int.from_bytes(register.to_bytes(4, "little").translate(turned), "big")


@cache
def _turned() -> bytes:
    return bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
