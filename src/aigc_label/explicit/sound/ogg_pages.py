"""Pages of one Ogg stream, taken apart where packets are put in, and numbered anew behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers import ogg
from aigc_label.edits import Span, Splice
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_label.asset import Asset

MOST_PAGES = 1 << 19

_CONTINUED, _ENDS = 1, 4
_NOWHERE = (1 << 64) - 1
_FULL = 200  # segments of a page made here
_ADVICE = "copy the file first: ffmpeg -i FILE -map 0:a -c copy NEW.ogg"


class Packed(NamedTuple):
    """Packets to be put in.

    Attributes:
        packets: their bytes.
        before: the position of the last sample before them.
        granules: the position of the last sample of each.
    """

    packets: Sequence[bytes]
    before: int
    granules: Sequence[int]


class Sound(NamedTuple):
    """The sound of an Ogg file with one stream.

    Attributes:
        stream: its headers.
        headers: the header packets' bytes.
        pages: those with sound.
        ended: how many packets have ended before each of them, and how many there are in all.
    """

    stream: ogg.Stream
    headers: tuple[bytes, ...]
    pages: tuple[ogg.Page, ...]
    ended: tuple[int, ...]


def sound_of(asset: Asset) -> Sound:
    """All pages of a file.

    Raises:
        CannotCarry: if it holds more than one stream, or sound on the headers' pages.
        Malformed: if a page is missing or cut short.
        LimitExceeded: after :data:`MOST_PAGES`.
    """
    link = ogg.link_at(asset, 0)
    if link.fault is not None:
        raise link.fault
    if len(link.streams) != 1:
        raise CannotCarry(f"the Ogg file holds {len(link.streams)} streams, not one; {_ADVICE}")
    stream = link.streams[0]
    if not stream.packets:
        raise Malformed("the headers of the Ogg stream are not whole")
    if stream.shared:
        raise CannotCarry(f"sound begins on a page of the Ogg headers; {_ADVICE}")
    start = stream.pages[-1].end
    pages: list[ogg.Page] = []
    ended = [0]
    open_packet = False
    while start < asset.size:
        page = ogg.page_at(asset, start)
        if page is None:
            raise Malformed("cut short: no whole Ogg page here", offset=start)
        if page.serial != stream.serial:
            raise CannotCarry(f"the Ogg file is a chain of several streams; {_ADVICE}")
        if bool(page.flags & _CONTINUED) != open_packet:
            raise Malformed("an Ogg page is missing", offset=start)
        pages.append(page)
        ended.append(ended[-1] + sum(length < 255 for length in page.table))
        open_packet = bool(page.table) and page.table[-1] == 255
        if len(pages) > MOST_PAGES:
            raise LimitExceeded(f"more than {MOST_PAGES} Ogg pages", offset=start)
        start = page.end
    if not ended[-1]:
        raise CannotCarry("the Ogg file has no sound that a mark could stand beside")
    first = ogg.page_at(asset, 0)
    identity = asset.read(first.body, first.end - first.body) if first else b""
    others = (
        b"".join(asset.read(s.start, s.end - s.start) for s in packet) for packet in stream.packets
    )
    return Sound(stream, (identity, *others), tuple(pages), tuple(ended))


def heads(asset: Asset, pages: Sequence[ogg.Page], count: int) -> list[bytes]:
    """The first bytes of each packet that ends on some pages; of one begun before them, none."""
    found: list[bytes] = []
    begun = b""
    for page in pages:
        data = asset.read(page.body, page.end - page.body)
        at = 0
        fresh = not page.flags & _CONTINUED
        for length in page.table:
            if fresh:
                begun, fresh = data[at : at + count], False
            at += length
            if length < 255:
                found.append(begun)
                begun, fresh = b"", True
    return found


def with_packets(
    asset: Asset,
    sound: Sound,
    rows: Sequence[tuple[int, Packed]],
    shifts: Sequence[int],
    last: int | None,
) -> list[Splice]:
    """The splices that put packets in, and let all behind them follow.

    Args:
        asset: the file.
        sound: its pages.
        rows: before which packet what is put in; in order.
        shifts: by how many samples the positions behind each row move, all rows before it included.
        last: the position of the last packet's end, if packets stand behind it now.
    """
    splices: list[Splice] = []
    serial = sound.stream.serial
    number = shift = row = 0  # pages added, samples added
    for index, page in enumerate(sound.pages):
        data: bytes | None = None
        flags, granule, table = page.flags, page.granule, page.table
        first, where = sound.ended[index], page.start
        ends_here = page is sound.pages[-1]
        while row < len(rows) and rows[row][0] < sound.ended[index + 1]:
            place, packed = rows[row]
            left = place - first
            if left:
                cut = _segments(table, left)
                data = asset.read(page.body, page.end - page.body) if data is None else data
                size = sum(table[:cut])
                raw = data[:size]
                numbers = (flags & ~_ENDS, packed.before, serial, page.sequence + number)
                made = ogg.encoded(table[:cut], raw, numbers)
                splices.append(Splice(Span(where, where), made))
                number += 1
                data, table, flags = data[size:], table[cut:], flags & ~_CONTINUED
                first += left
            new = _pages(packed, serial, page.sequence + number, ends=False)
            splices.append(Splice(Span(where, where), b"".join(new)))
            number += len(new)
            shift = shifts[row]
            row += 1
        if ends_here and row < len(rows):
            flags &= ~_ENDS
            granule = granule if last is None else last
        moved = granule if granule == _NOWHERE else granule + shift
        sequence = page.sequence + number & 0xFFFF_FFFF
        if data is not None:
            made = ogg.encoded(table, data, (flags, moved, serial, sequence))
            splices.append(Splice(Span(page.start, page.end), made))
        elif (flags, moved, sequence) != (page.flags, page.granule, page.sequence):
            body = asset.read(page.body, page.end - page.body)
            head = ogg.encoded(table, body, (flags, moved, serial, sequence))[5:26]
            splices.append(Splice(Span(page.start + 5, page.start + 26), head))
    for _, packed in rows[row:]:
        page = sound.pages[-1]
        new = _pages(packed, serial, page.sequence + number + 1, ends=True)
        splices.append(Splice(Span(page.end, page.end), b"".join(new)))
    return splices


def _segments(table: bytes, packets: int) -> int:
    """How many segments the first packets of a page take."""
    for index, length in enumerate(table):
        packets -= length < 255
        if not packets:
            return index + 1
    raise Malformed("an Ogg page holds fewer packets than it should")


def _pages(packed: Packed, serial: int, sequence: int, *, ends: bool) -> list[bytes]:
    """Whole packets on pages of their own."""
    pages: list[bytes] = []
    table, data = b"", []
    for number, (packet, granule) in enumerate(zip(packed.packets, packed.granules, strict=True)):
        table += ogg.laced(packet)
        data.append(packet)
        following = packed.packets[number + 1 : number + 2]
        if not following or len(table) + len(following[0]) // 255 + 1 > _FULL:
            flags = _ENDS if ends and not following else 0
            number_of = sequence + len(pages)
            pages.append(ogg.encoded(table, b"".join(data), (flags, granule, serial, number_of)))
            table, data = b"", []
    return pages


def packets_of(data: bytes) -> list[bytes]:
    """All packets of an encoder's output: one stream, from its first page on."""
    packets: list[bytes] = []
    at, part = 0, b""
    while at + 27 <= len(data):
        count = data[at + 26]
        table = data[at + 27 : at + 27 + count]
        at += 27 + count
        for length in table:
            part += data[at : at + length]
            at += length
            if length < 255:
                packets.append(part)
                part = b""
    return packets
