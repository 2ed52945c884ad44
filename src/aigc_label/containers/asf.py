"""ASF, the container of WMA and WMV (Advanced Systems Format, 01.20.06): objects and attributes.

A header object, a data object, then indexes and others. Offsets count from the first packet, so
nothing has to follow when objects behind the data grow. Numbers are little-endian.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.edits import Span, Splice
from aigc_label.errors import LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from aigc_label.asset import Asset

HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
STREAM_PROPERTIES = bytes.fromhex("9107dcb7b7a9cf118ee600c00c205365")
EXTENSION = bytes.fromhex("b503bf5f2ea9cf118ee300c00c205365")
DESCRIPTION = bytes.fromhex("3326b2758e66cf11a6d900aa0062ce6c")
EXTENDED = bytes.fromhex("40a4d0d207e3d21197f000a0c95ea850")
METADATA = bytes.fromhex("eacbf8c5af5b77488467aa8c44fa4cca")
LIBRARY = bytes.fromhex("941c23449894d149a1411d134e457054")
SIGNATURE = bytes.fromhex("fcb3112223bdd211b4b700a0c955fc6e")
XMP = bytes.fromhex("cbcf7abea997e8429c71999491e3afac")
"""XMP specification part 3: an object of its own at the top of the file."""

LISTS = (DESCRIPTION, EXTENDED, METADATA, LIBRARY)
"""Objects that hold attributes."""

TEXT, BYTES = 0, 1
"""Types of attributes that can hold words; the others are numbers."""

MOST_OBJECTS = 64
MOST_ATTRIBUTES = 512

_PADDING = bytes.fromhex("74d40618dfca0945a4ba9aabcb96aae8")
_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")
_PICTURES = (  # kinds of streams: video, and a slide show of JPEG
    bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b"),
    bytes.fromhex("e07d903515e4cf11a91700805f5c442b"),
)
_HEAD = 24  # identifier and size
_NAMES = ("Title", "Author", "Copyright", "Description", "Rating")
_WINDOW = 1024
_LIVE = 1  # a flag of the file's properties


class Object(NamedTuple):
    """One object; offsets are bytes of the file."""

    id: bytes
    start: int
    body: int
    end: int

    @property
    def span(self) -> Span:
        """All of its bytes."""
        return Span(self.start, self.end)


class Attribute(NamedTuple):
    """One attribute; offsets are bytes of the file.

    Attributes:
        name: as it stands.
        kind: :data:`TEXT`, :data:`BYTES` or another.
        span: all of its bytes; in a :data:`DESCRIPTION`, those of its value.
        value: where its value begins.
        length: of its value in bytes.
        place: its number in the list.
    """

    name: str
    kind: int
    span: Span
    value: int
    length: int
    place: int


class _Window:
    """A stretch of the file, so that small pieces do not cost a fetch each."""

    __slots__ = ("asset", "at", "data")

    def __init__(self, asset: Asset) -> None:
        self.asset = asset
        self.at = 0
        self.data = asset.head

    def take(self, at: int, length: int) -> bytes:
        if at + length > self.at + len(self.data) or at < self.at:
            self.data = self.asset.peek(at, max(length, _WINDOW))
            self.at = at
        return self.data[at - self.at : at - self.at + length]

    def number(self, at: int, length: int) -> int:
        return int.from_bytes(self.take(at, length), "little")


def is_header(head: bytes) -> bool:
    """Whether a file begins like this."""
    return head[:16] == HEADER and head[28:30] == b"\x01\x02"


def header(asset: Asset) -> Object:
    """The header object.

    Raises:
        Malformed: if it is longer than the file.
    """
    for first in _objects(_Window(asset), 0, asset.size):
        return first
    raise Malformed("cut short: the ASF header is not whole")


def _objects(window: _Window, start: int, end: int) -> Iterator[Object]:
    for _ in range(MOST_OBJECTS):
        if end - start < _HEAD:
            return
        size = window.number(start + 16, 8)
        if not any(window.take(start, _HEAD)):
            return  # room that a recorder has reserved
        if size < _HEAD or start + size > end:
            raise Malformed(
                f"cut short: the ASF object at byte {start} does not end within its own",
                offset=start,
            )
        yield Object(window.take(start, 16), start, start + _HEAD, start + size)
        start += size
    raise LimitExceeded(f"more than {MOST_OBJECTS} ASF objects in one place", offset=start)


def parts(asset: Asset) -> Iterator[Object]:
    """Yield the objects in the header; those in its extension follow the extension.

    Raises:
        Malformed: where the structure breaks; the objects before that have been yielded.
        LimitExceeded: if there are too many.
    """
    window = _Window(asset)
    for part in _objects(window, 30, header(asset).end):
        yield part
        if part.id == EXTENSION:
            first = part.body + 22
            yield from _objects(window, first, min(first + window.number(first - 4, 4), part.end))


def has_pictures(asset: Asset) -> bool:
    """Whether a stream of pictures is declared; what is damaged ends the search."""
    try:
        return any(
            part.id == STREAM_PROPERTIES and asset.peek(part.body, 16) in _PICTURES
            for part in parts(asset)
        )
    except (Malformed, LimitExceeded):
        return False


def behind_data(asset: Asset) -> tuple[int, Iterator[Object]]:
    """Where the data object ends, and the objects behind it.

    Raises:
        Malformed: if there is no data object, or its size is not known; while iterating, where
            the structure breaks.
    """
    window = _Window(asset)
    start = header(asset).end
    size = window.number(start + 16, 8)
    if window.take(start, 16) != _DATA or size < _HEAD or start + size > asset.size:
        raise Malformed(
            "cut short or a live recording: the ASF data does not end where it should; "
            "copy it with `ffmpeg -i in.wmv -map 0 -c copy out.wmv`",
            offset=start,
        )
    return start + size, _objects(window, start + size, asset.size)


def attributes(asset: Asset, holder: Object) -> Iterator[Attribute]:
    """Yield the attributes in an object of :data:`LISTS`.

    Raises:
        Malformed: where the structure breaks; the attributes before that have been yielded.
        LimitExceeded: if there are too many.
    """
    window = _Window(asset)
    if holder.id == DESCRIPTION:
        at = holder.body + 10
        for place, name in enumerate(_NAMES):
            length = window.number(holder.body + 2 * place, 2)
            yield _within(holder, Attribute(name, TEXT, Span(at, at + length), at, length, place))
            at += length
        return
    at = holder.body + 2
    count = window.number(holder.body, 2)
    if count > MOST_ATTRIBUTES:
        raise LimitExceeded(f"more than {MOST_ATTRIBUTES} attributes", offset=holder.start)
    for place in range(count):
        if holder.id == EXTENDED:
            letters, size = at + 2, window.number(at, 2)
            value = letters + size + 4
            kind, length = window.number(value - 4, 2), window.number(value - 2, 2)
        else:
            letters, size = at + 12, window.number(at + 4, 2)
            value = letters + size
            kind, length = window.number(at + 6, 2), window.number(at + 8, 4)
        text = window.take(letters, size).decode("utf-16-le", "replace").rstrip("\x00")
        span = Span(at, value + length)
        yield _within(holder, Attribute(text, kind, span, value, length, place))
        at = span.end


def _within(holder: Object, attribute: Attribute) -> Attribute:
    if attribute.span.end > holder.end:
        raise Malformed("an ASF attribute is longer than its object", offset=attribute.span.start)
    return attribute


def without(asset: Asset, holder: Object, gone: Collection[Attribute]) -> list[Splice]:
    """The splices that take attributes out of an object; padding behind it keeps all in place.

    Each attribute must be long enough for the head of a padding object.
    """
    freed = sum(one.span.end - one.span.start for one in gone)
    size = holder.end - holder.start - freed
    splices = [Splice(one.span, b"") for one in gone]
    splices.append(_number(holder.start + 16, 8, size))
    if holder.id == DESCRIPTION:
        splices += [_number(holder.body + 2 * one.place, 2, 0) for one in gone]
    else:
        count = int.from_bytes(asset.read(holder.body, 2), "little")
        splices.append(_number(holder.body, 2, count - len(gone)))
    padding = _PADDING + freed.to_bytes(8, "little") + bytes(freed - _HEAD)
    return [*splices, Splice(Span(holder.end, holder.end), padding)]


def counted(asset: Asset, more: int) -> list[Splice]:
    """The splice that corrects the number of objects in the header, not those in its extension."""
    count = int.from_bytes(asset.read(_HEAD, 4), "little")
    return [_number(_HEAD, 4, min(count + more, 0xFFFF_FFFF))] if more else []


def sized(asset: Asset, growth: int) -> list[Splice]:
    """The splice that makes the file's size in its properties right; live ones do not know it."""
    for part in parts(asset):
        if part.id == FILE_PROPERTIES and part.end - part.body >= 68:
            if growth and not asset.read(part.body + 64, 1)[0] & _LIVE:
                return [_number(part.body + 16, 8, asset.size + growth)]
            break
    return []


def xmp_object(packet: bytes) -> bytes:
    """An XMP packet as an object."""
    return XMP + (_HEAD + len(packet)).to_bytes(8, "little") + packet


def _number(at: int, length: int, value: int) -> Splice:
    return Splice(Span(at, at + length), value.to_bytes(length, "little"))
