"""Items in a ``meta`` box (ISO/IEC 14496-12, 8.11), of which HEIF and AVIF pictures are made.

``iinf`` says what there is, ``iloc`` where its bytes are, ``iref`` what belongs to what. Each is
fetched once and walked in memory; :mod:`aigc_label.containers.bmff.item_edits` changes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers.bmff import Box, boxes, children, find, held
from aigc_label.edits import Span
from aigc_label.errors import LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from aigc_label.asset import Asset

MOST_ITEMS = 1 << 15
"""Items of one ``meta`` box: the tiles of a gigapixel picture are fewer."""

MOST_EXTENTS = 1 << 16
"""Pieces of all items together."""

LARGEST_TABLE = 4 << 20
"""Bytes of ``iinf``, ``iloc`` or ``iref``."""

FILE, IDAT = 0, 1
"""Construction methods: offsets count from the start of the file, or within ``idat``."""


class Item(NamedTuple):
    """An entry of ``iinf``.

    Attributes:
        id: what the other tables call it.
        type: four characters; ``mime`` for those of the oldest versions that name a media type.
        media_type: of a ``mime`` item, lower case, without parameters.
        encoding: how a ``mime`` item is compressed; empty if it is not.
        protected: whether it is encrypted.
        box: the entry itself.
        bare: where the entry could end if it said nothing of an encoding.
    """

    id: int
    type: bytes
    media_type: str
    encoding: str
    protected: bool
    box: Box
    bare: int


class Extent(NamedTuple):
    """A piece of an item.

    Attributes:
        offset: where, from the base of its :class:`Location`.
        length: in bytes.
        part: ``extent_index``, which matters to items made of other items only.
    """

    offset: int
    length: int
    part: int = 0


class Location(NamedTuple):
    """An entry of ``iloc``.

    Attributes:
        id: of the item.
        method: how it is constructed; the low four bits count, the others are reserved.
        reference: 0 for this file, else a number in ``dref``.
        base: what the extents' offsets are added to.
        extents: the pieces, in order.
    """

    id: int
    method: int
    reference: int
    base: int
    extents: tuple[Extent, ...]

    @property
    def in_file(self) -> bool:
        """Whether the offsets are those of this file."""
        return self.method & 15 == FILE and not self.reference


class Layout(NamedTuple):
    """The form of ``iloc``: its version and the bytes that each number takes, 0, 4 or 8."""

    version: int = 0
    offset: int = 4
    length: int = 4
    base: int = 0
    part: int = 0
    tail: bytes = b""


class Holder(NamedTuple):
    """A ``meta`` box that holds items.

    Attributes:
        meta: the box.
        inside: the boxes around it and itself.
        parts: the boxes in it.
        asset: the file, with the box in memory where it is small.
    """

    meta: Box
    inside: tuple[Box, ...]
    parts: tuple[Box, ...]
    asset: Asset

    def part(self, kind: bytes) -> Box | None:
        """The first box of a type in it."""
        return find(self.parts, kind)

    def table(self, kind: bytes) -> bytes:
        """The body of that box; empty if there is none.

        Raises:
            LimitExceeded: it is larger than :data:`LARGEST_TABLE`.
            Malformed: it has no room for its version.
        """
        box = self.part(kind)
        if box is None:
            return b""
        if box.size > LARGEST_TABLE:
            raise LimitExceeded(
                f"a table of {box.size} bytes in {box.name!r} is over the "
                f"{LARGEST_TABLE >> 20} MiB limit",
                offset=box.start,
            )
        if box.end - box.body < 4:
            raise Malformed(f"box {box.name!r} is cut short", offset=box.start)
        return self.asset.read(box.body, box.end - box.body)


def holder(asset: Asset, meta: Box, around: tuple[Box, ...] = ()) -> Holder | None:
    """The items of a ``meta`` box; ``None`` if it holds something else."""
    near = held(asset, meta)
    parts = tuple(children(near, meta))
    if find(parts, b"iinf") is None and find(parts, b"iloc") is None:
        return None
    return Holder(meta, (*around, meta), parts, near)


def holders(asset: Asset, box: Box) -> Iterator[Holder]:
    """What holds items at or in a box at the top of the file: ``meta``, or ``moov`` with tracks."""
    if box.type == b"meta":
        yield from filter(None, [holder(asset, box)])
    elif box.type == b"moov":
        for child in boxes(asset, box.body, box.end):
            if child.type == b"meta":
                yield from filter(None, [holder(asset, child, (box,))])
            elif child.type == b"trak":
                meta = find(boxes(asset, child.body, child.end), b"meta")
                if meta is not None:
                    yield from filter(None, [holder(asset, meta, (box, child))])


class _Numbers:
    """Reads one number after another from a table."""

    __slots__ = ("at", "data", "name")

    def __init__(self, data: bytes, name: str) -> None:
        self.data = data
        self.name = name
        self.at = 4  # behind version and flags

    def next(self, width: int) -> int:
        end = self.at + width
        if end > len(self.data):
            raise Malformed(f"box {self.name!r} says more entries than it has room for")
        value = int.from_bytes(self.data[self.at : end])
        self.at = end
        return value

    def skip(self, width: int) -> None:
        self.at += width


def entries(held_by: Holder) -> list[Item]:
    """The items there are.

    Raises:
        Malformed: an entry is cut short.
        LimitExceeded: there are more than :data:`MOST_ITEMS`.
    """
    iinf = held_by.part(b"iinf")
    if iinf is None:
        return []
    data = held_by.table(b"iinf")
    at = 8 if data[0] else 6
    found = []
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4])
        if size < 16 or at + size > len(data):
            raise Malformed("an entry of 'iinf' is cut short", offset=iinf.body + at)
        if data[at + 4 : at + 8] == b"infe":
            start = iinf.body + at
            box = Box(b"infe", start, start + 8, start + size)
            found.append(_entry(data[at + 8 : at + size], box))
        if len(found) > MOST_ITEMS:
            raise LimitExceeded(f"more than {MOST_ITEMS} items", offset=iinf.start)
        at += size
    return found


def _entry(body: bytes, box: Box) -> Item:
    version = body[0]
    wide = 4 if version == 3 else 2
    number = int.from_bytes(body[4 : 4 + wide])
    protected = body[4 + wide : 6 + wide] != b"\0\0"
    at = 6 + wide
    kind = b"mime"
    if version >= 2:
        kind = body[at : at + 4]
        at += 4
    if kind != b"mime":
        return Item(number, kind, "", "", protected, box, box.end)
    named, media_type, encoding, *_ = [*body[at:].split(b"\0"), b"", b""]
    bare = min(box.body + at + len(named) + len(media_type) + 2, box.end)
    essence = media_type.decode("latin-1").partition(";")[0].strip().lower()
    coding = encoding.decode("latin-1").strip().lower()
    return Item(number, kind, essence, coding, protected, box, bare)


def primary(held_by: Holder) -> int | None:
    """The id of the item that the file is about."""
    data = held_by.table(b"pitm")
    return int.from_bytes(data[4 : 8 if data[0] else 6]) if len(data) >= 6 else None


def locations(
    held_by: Holder, wanted: Collection[int] | None = None
) -> tuple[Layout, list[Location]]:
    """Where items are; all of them, or the ``wanted`` ones.

    Raises:
        Malformed: the table is damaged.
        LimitExceeded: it is longer than any.
    """
    data = held_by.table(b"iloc")
    if not data:
        return Layout(), []
    version = data[0]
    if version > 2:
        raise Malformed(f"box 'iloc' is of version {version}, which is not known")
    numbers = _Numbers(data, "iloc")
    sizes = numbers.next(2)
    widths = [sizes >> place & 15 for place in (12, 8, 4, 0)]
    if not version:
        widths[3] = 0
    if any(width not in (0, 4, 8) for width in widths):
        raise Malformed("box 'iloc' counts in bytes of a kind that there is not")
    offset, length, base, part = widths
    wide = 4 if version == 2 else 2
    count = numbers.next(wide)
    if count > MOST_ITEMS:
        raise LimitExceeded(f"more than {MOST_ITEMS} items")
    found = []
    left = MOST_EXTENTS
    for _ in range(count):
        number = numbers.next(wide)
        method = numbers.next(2) if version else FILE
        reference, start, pieces = numbers.next(2), numbers.next(base), numbers.next(2)
        left -= pieces
        if left < 0:
            raise LimitExceeded(f"items in more than {MOST_EXTENTS} pieces")
        if wanted is not None and number not in wanted:
            numbers.skip(pieces * (offset + length + part))
            continue
        extents = []
        for _ in range(pieces):
            index = numbers.next(part)
            extents.append(Extent(numbers.next(offset), numbers.next(length), index))
        found.append(Location(number, method, reference, start, tuple(extents)))
    return Layout(version, offset, length, base, part, data[numbers.at :]), found


def descriptions(held_by: Holder) -> dict[int, set[int]]:
    """What describes what (``cdsc``): the id of metadata -> the ids of what it is about.

    Raises:
        Malformed: the table is damaged.
    """
    data = held_by.table(b"iref")
    if b"cdsc" not in data:
        return {}
    wide = 4 if data[0] else 2
    numbers = _Numbers(data, "iref")
    found: dict[int, set[int]] = {}
    while numbers.at + 8 <= len(data):
        end = numbers.at + numbers.next(4)
        if end < numbers.at + 4:
            raise Malformed("an entry of 'iref' has no room for its own header")
        if numbers.next(4) == int.from_bytes(b"cdsc"):
            source, count = numbers.next(wide), numbers.next(2)
            found.setdefault(source, set()).update(numbers.next(wide) for _ in range(count))
        numbers.at = end
    return found


def spans(held_by: Holder, location: Location) -> tuple[Span, ...] | None:
    """Where in the file an item's bytes stand; ``None`` if they are not there as they are.

    Raises:
        Malformed: they reach over the end of ``idat``.
    """
    start, end = 0, held_by.asset.size
    if location.method & 15 == IDAT:
        idat = held_by.part(b"idat")
        if idat is None:
            return None
        start, end = idat.body, idat.end
    elif not location.in_file:
        return None
    found = []
    for extent in location.extents:
        first = start + location.base + extent.offset
        if first + extent.length > end:
            raise Malformed(
                f"cut short: item {location.id} ends behind the bytes it stands in", offset=first
            )
        if extent.length:
            found.append(Span(first, first + extent.length))
    return tuple(found)


def content(asset: Asset, places: Iterable[Span], most: int) -> bytes:
    """The bytes of an item, at most ``most`` of them."""
    parts = []
    for span in places:
        length = min(span.end - span.start, most)
        parts.append(asset.read(span.start, length))
        most -= length
    return b"".join(parts)
