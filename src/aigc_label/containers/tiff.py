"""TIFF 6.0 and BigTIFF, either byte order: the directories of pages and their entries.

Structure only. Nothing is read but directories and the values that are asked for. Everything in a
TIFF is found by its offset in the file, so a write leaves every byte where it is: what grows goes
to the end.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.edits import Span, Splice
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from aigc_label.asset import Asset

UNDEFINED = 7
MOST_PAGES = 1 << 16
MOST_ENTRIES = 1 << 20
"""Entries of all directories of one file that are looked at."""

_USUAL = 64  # entries fetched along with their number, in one read
_CLASSIC_SIZE = (1 << 32) - 1
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_SIZES |= {16: 8, 17: 8, 18: 8, 129: 1}
_COMPRESSION, _PHOTOMETRIC, _PARTS = 0x0103, 0x0106, 0x014A
_SENSOR_TAGS = (0x828D, 0x828E, 0x9216, 0xC612, 0xC634)  # filter pattern, TIFF/EP, DNG, Sony
_SENSOR_VALUES = {_COMPRESSION: (32767, 34316, 34713, 65000, 65535), _PHOTOMETRIC: (32803, 34892)}
_SENSOR_WANTED = (*_SENSOR_TAGS, _COMPRESSION, _PHOTOMETRIC, _PARTS)


class Flavour:
    """Byte order and width of numbers.

    Attributes:
        order: as :mod:`struct` writes it.
        big: whether it is BigTIFF, whose offsets have 64 bits.
        first: where the header holds the offset of the first directory.
        offset, number, entry: how offsets, numbers of entries, and entries are packed.
    """

    __slots__ = ("big", "entry", "first", "number", "offset", "order")

    def __init__(self, order: str, *, big: bool) -> None:
        self.order = order
        self.big = big
        self.first = 8 if big else 4
        self.offset = struct.Struct(order + ("Q" if big else "L"))
        self.number = struct.Struct(order + ("Q" if big else "H"))
        self.entry = struct.Struct(order + ("HHQ8s" if big else "HHL4s"))


_FLAVOURS = {
    b"II*\x00": Flavour("<", big=False),
    b"MM\x00*": Flavour(">", big=False),
    b"II+\x00\x08\x00\x00\x00": Flavour("<", big=True),
    b"MM\x00+\x00\x08\x00\x00": Flavour(">", big=True),
}


class Entry(NamedTuple):
    """One entry of a directory.

    Attributes:
        tag: what it says.
        kind: the type of its values.
        at: offset of the entry itself.
        start: offset of its values, which stand in the entry if they are small.
        size: bytes of its values; 0 if the type is unknown.
    """

    tag: int
    kind: int
    at: int
    start: int
    size: int

    @property
    def span(self) -> Span:
        """The bytes of its values."""
        return Span(self.start, self.start + self.size)


class Directory(NamedTuple):
    """An image file directory.

    Attributes:
        kind: how its numbers are written.
        at: its offset.
        entries: those of its entries that were wanted.
        end: offset of the offset of the next one.
        length: number of all its entries.
    """

    kind: Flavour
    at: int
    entries: tuple[Entry, ...]
    end: int
    length: int

    def find(self, tag: int) -> Entry | None:
        """The first entry of that tag."""
        return next((entry for entry in self.entries if entry.tag == tag), None)


def flavour(asset: Asset) -> Flavour | None:
    """What kind of TIFF the header says it is; ``None`` if none."""
    return _FLAVOURS.get(asset.head[:4]) or _FLAVOURS.get(asset.head[:8])


def holds_sensor_data(asset: Asset) -> bool:
    """Whether it is a camera's own format, built on TIFF: DNG, CR2, NEF, ARW, PEF, IIQ, ..."""
    if asset.head[8:10] == b"CR" or asset.head[8:12] == b"IIII":
        return True
    page = next(pages(asset, _SENSOR_WANTED))
    parts = page.find(_PARTS)
    if _is_sensors(asset, page):
        return True
    if parts is None or (at := number(asset, page.kind, parts)) == 0:
        return False
    return _is_sensors(asset, directory(asset, page.kind, at, _SENSOR_WANTED))


def _is_sensors(asset: Asset, page: Directory) -> bool:
    return any(
        entry.tag in _SENSOR_TAGS
        or number(asset, page.kind, entry) in _SENSOR_VALUES.get(entry.tag, ())
        for entry in page.entries
    )


def number(asset: Asset, kind: Flavour, entry: Entry) -> int:
    """The first value of an entry of type SHORT, LONG or an offset; 0 for other types."""
    code = {3: "H", 4: "L", 13: "L", 16: "Q", 18: "Q"}.get(entry.kind)
    if code is None or entry.size < struct.calcsize("<" + code):
        return 0
    data = asset.read(entry.start, struct.calcsize("<" + code))
    return int(struct.unpack(kind.order + code, data)[0])


def pages(asset: Asset, wanted: Collection[int]) -> Iterator[Directory]:
    """Yield the directories of the pages, each with those of its entries that are wanted.

    Raises:
        Malformed: where the structure breaks or goes round in circles; the pages before that
            have been yielded.
        LimitExceeded: after :data:`MOST_PAGES` or :data:`MOST_ENTRIES`.
    """
    kind = flavour(asset)
    if kind is None:
        raise Malformed("no TIFF header", offset=0)
    (at,) = kind.offset.unpack(asset.read(kind.first, kind.offset.size))
    if at == 0:
        raise Malformed("the TIFF has no page", offset=kind.first)
    seen: set[int] = set()
    entries = 0
    while at:
        if at in seen:
            raise Malformed(f"the pages go round in circles at byte {at}", offset=at)
        seen.add(at)
        page = directory(asset, kind, at, wanted)
        yield page
        entries += page.length
        if len(seen) >= MOST_PAGES or entries > MOST_ENTRIES:
            raise LimitExceeded(f"more than {len(seen)} pages or {entries} entries", offset=at)
        (at,) = kind.offset.unpack(asset.read(page.end, kind.offset.size))


def directory(asset: Asset, kind: Flavour, at: int, wanted: Collection[int]) -> Directory:
    """The directory at an offset, with those of its entries that are wanted.

    Raises:
        Malformed: if it goes beyond the end of the file.
        LimitExceeded: if it has more than :data:`MOST_ENTRIES`.
    """
    width, step = kind.number.size, kind.entry.size
    table = asset.peek(at, width + _USUAL * step)
    if at < kind.first or len(table) < width:
        raise Malformed(
            f"cut short: a directory at byte {at} of a file of {asset.size} bytes", offset=at
        )
    (count,) = kind.number.unpack_from(table)
    if count > MOST_ENTRIES:
        raise LimitExceeded(f"a directory of {count} entries at byte {at}", offset=at)
    end = at + width + count * step
    if count > _USUAL or len(table) < end - at:
        table = asset.read(at, end - at)
    found = []
    inline = kind.offset.size
    place = at + width
    for tag, type_, values, raw in kind.entry.iter_unpack(table[width : end - at]):
        if tag in wanted:
            size = values * _SIZES.get(type_, 0)
            start = place + step - inline if size <= inline else kind.offset.unpack(raw)[0]
            found.append(Entry(tag, type_, place, start, size))
        place += step
    return Directory(kind, at, tuple(found), end, count)


def value(asset: Asset, entry: Entry, most: int) -> bytes:
    """An entry's values, or their first ``most`` bytes.

    Raises:
        Malformed: if they go beyond the end of the file.
    """
    return asset.read(entry.start, min(entry.size, most))


def with_value(asset: Asset, page: Directory, tag: int, data: bytes) -> Iterator[Splice]:
    """Give the first page an entry of type UNDEFINED, and let the value stand at the end.

    An entry of that tag is pointed there; a new one takes a copy of the directory, at the end of
    the file too. What both leave behind stays, unused.

    Raises:
        CannotCarry: if the file outgrows its offsets, or the directory is full.
        Malformed: if a value of the page lies beyond the end, where the file is to grow.
    """
    kind = page.kind
    _require_all_values(asset, page)
    start = asset.size + asset.size % 2
    entry = page.find(tag)
    at = start + len(data) + len(data) % 2
    size = at + page.end - page.at + kind.entry.size + kind.offset.size
    if not kind.big and size > _CLASSIC_SIZE:
        raise CannotCarry(
            "the TIFF is too near to 4 GiB, where its offsets end; convert it to BigTIFF, "
            "then label again",
            offset=asset.size,
        )
    record = kind.entry.pack(tag, UNDEFINED, len(data), kind.offset.pack(start))
    new = bytes(start - asset.size) + data
    if entry:
        yield Splice(Span(entry.at, entry.at + len(record)), record)
    else:
        yield Splice(Span(kind.first, kind.first + kind.offset.size), kind.offset.pack(at))
        new += bytes(at - start - len(data)) + _with_entry(asset, page, record)
    yield Splice(Span(asset.size, asset.size), new)


def _require_all_values(asset: Asset, page: Directory) -> None:
    kind = page.kind
    table = asset.read(page.at + kind.number.size, page.length * kind.entry.size)
    for tag, type_, values, raw in kind.entry.iter_unpack(table):
        size = values * _SIZES.get(type_, 0)
        if size > kind.offset.size and kind.offset.unpack(raw)[0] + size > asset.size:
            raise Malformed(
                f"damaged: the value of tag {tag} lies beyond the end of the file, and would be "
                "another one if the file grew; save it anew with another program, then label again",
                offset=page.at,
            )


def _with_entry(asset: Asset, page: Directory, record: bytes) -> bytes:
    """The directory with one more entry, in the order of tags."""
    kind = page.kind
    width, step = kind.number.size, kind.entry.size
    if not kind.big and page.length >= 0xFFFF:
        raise CannotCarry("the first page has 65535 entries, and a TIFF can hold no more; drop one")
    table = asset.read(page.at + width, page.length * step)
    rows = [table[at : at + step] for at in range(0, len(table), step)]
    tag_of = struct.Struct(kind.order + "H").unpack_from
    tag = tag_of(record)
    place = next((n for n, row in enumerate(rows) if tag_of(row) > tag), len(rows))
    rows.insert(place, record)
    after = asset.read(page.end, kind.offset.size)
    return kind.number.pack(len(rows)) + b"".join(rows) + after
