"""Boxes of ISO base media files (ISO/IEC 14496-12): MP4 and its kin.

Only headers are read; nothing recurses, so the depth is that of the callers' own paths.
:mod:`aigc_label.containers.bmff.moving` says what follows when a box changes its size,
:mod:`aigc_label.containers.bmff.room` how nothing follows.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.asset import Asset
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aigc_label.edits import Span

MOST_BOXES = 1 << 18
"""Boxes at the top of a file: a film of a day in fragments of a second has fewer."""

MOST_CHILDREN = 512
"""Boxes in one box: tracks, tags and tables of one film stay far below."""

LARGEST_HELD = 1 << 15
"""Size up to which a box of metadata is fetched whole."""

_HEADER = struct.Struct(">I4s")
_TOP = frozenset(
    b"ftyp styp pdin moov moof mfra mdat free skip wide uuid meta udta sidx ssix prft emsg".split()
)


class Box(NamedTuple):
    """One box. Offsets are absolute; what depends on it is at ``body`` up to ``end``.

    Attributes:
        type: the four-character code, as bytes.
        start: offset of its header.
        body: offset behind the header (and behind the user type of a ``uuid`` box).
        end: offset behind it.
        user_type: the sixteen bytes that tell ``uuid`` boxes apart; empty for others.
        open_ended: its size field is 0, "up to the end of the file".
        large: its size is written in eight bytes.
    """

    type: bytes
    start: int
    body: int
    end: int
    user_type: bytes = b""
    open_ended: bool = False
    large: bool = False

    @property
    def size(self) -> int:
        """Bytes from header to end."""
        return self.end - self.start

    @property
    def name(self) -> str:
        """The type for people, without control characters."""
        return "".join(c if c.isprintable() else "?" for c in self.type.decode("latin-1"))


class Edit(NamedTuple):
    """A change inside boxes.

    Attributes:
        span: what is replaced, e.g. a whole box, or nothing at an insertion point.
        data: by what.
        inside: the boxes around ``span``, whose sizes follow.
    """

    span: Span
    data: bytes
    inside: tuple[Box, ...]


def boxes(asset: Asset, start: int, end: int, *, most: int = MOST_CHILDREN) -> Iterator[Box]:
    """Yield the boxes from ``start`` to ``end``, reading headers only.

    What is left over is passed over when it is a terminator (QuickTime ends ``udta`` with four
    zeros, others pad with more), shorter than a header, or appended to a film by something that
    knows no boxes: an ID3v1 tag, a server's error page.

    Raises:
        Malformed: a box that is cut short or reaches over ``end``.
        LimitExceeded: more than ``most`` boxes.
    """
    is_film = False
    for _ in range(most):
        if end - start < 8 or (is_film and _is_appended(asset, start, end)):
            return
        box = _box(asset, start, end)
        if box.type == b"\0\0\0\0" and (box.open_ended or box.size == 0):
            return
        if box.body > box.end:
            raise Malformed(f"box {box.name!r} has no room for its own header", offset=start)
        yield box
        is_film = is_film or box.type == b"moov"
        start = box.end
    raise LimitExceeded(f"more than {most} boxes in a row", offset=start)


def _is_appended(asset: Asset, start: int, end: int) -> bool:
    """Whether what follows the header of a film is no box, as it claims more than is there."""
    size, kind = _HEADER.unpack(asset.read(start, 8))
    return kind not in _TOP and not 8 <= size <= end - start and size not in (0, 1)


def _box(asset: Asset, start: int, end: int) -> Box:
    head = asset.read(start, min(16, end - start))
    size, kind = _HEADER.unpack_from(head)
    body = start + 8
    large = size == 1
    if large:
        if len(head) < 16:
            raise Malformed("a box header is cut short", offset=start)
        size = int.from_bytes(head[8:])
        body += 8
    user_type = b""
    if kind == b"uuid":
        user_type = asset.read(body, min(16, end - body))
        body += 16
    # Only the last box of a file may be open-ended.
    open_ended = size == 0 and end == asset.size
    box = Box(kind, start, body, end if open_ended else start + size, user_type, open_ended, large)
    if box.end > end:
        where = "the file" if end == asset.size else "the box around it"
        raise Malformed(
            f"cut short: box {box.name!r} at byte {start} says {size} bytes, but {where} ends "
            f"after {end - start}",
            offset=start,
        )
    return box


class _Held(Asset):
    """An asset of which one piece is in memory."""

    __slots__ = ("_base", "_piece", "_start")

    def __init__(self, base: Asset, start: int, end: int) -> None:
        self._base = base
        self._start = start
        self._piece = base.read(start, end - start)
        super().__init__(base.read, base.size, name=base.name)

    def read(self, offset: int, length: int) -> bytes:
        at = offset - self._start
        if 0 <= at <= at + length <= len(self._piece):
            return self._piece[at : at + length]
        return self._base.read(offset, length)


def held(asset: Asset, box: Box) -> Asset:
    """The asset with a box in memory, so that a small one full of others takes one fetch."""
    if box.end <= len(asset.head) or box.size > LARGEST_HELD:
        return asset
    return _Held(asset, box.start, box.end)


def children(asset: Asset, box: Box) -> list[Box]:
    """The boxes in a box; those of ``meta`` are found with or without ISO's four bytes.

    ISO made ``meta`` a full box, QuickTime did not. The bytes are 0, which no child's size is.
    """
    iso = box.type == b"meta" and asset.peek(box.body, 4) == b"\0\0\0\0"
    return list(boxes(asset, box.body + (4 if iso else 0), box.end))


def find(within: Iterable[Box], kind: bytes) -> Box | None:
    """The first box of a type."""
    return next((box for box in within if box.type == kind), None)


def content_end(asset: Asset, box: Box) -> int:
    """Where another child can be added: behind the last, before any terminator.

    What runs to the end of the file would swallow it, so it goes in front of that.
    """
    inner = children(asset, box)
    if not inner:
        return box.body
    return inner[-1].start if inner[-1].open_ended else inner[-1].end


def build(kind: bytes, *parts: bytes) -> bytes:
    """A box with a 32-bit size."""
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def top_level(asset: Asset) -> list[Box]:
    """All boxes of the file, held to what every later step relies on.

    Raises:
        Malformed: no ``moov`` or two, or a box reaches over the end of the file.
        CannotCarry: the header is compressed, or refers to films elsewhere.
    """
    found = list(boxes(asset, 0, asset.size, most=MOST_BOXES))
    inner = {box.type for box in children(asset, sole_moov(found))}
    if b"cmov" in inner:
        raise CannotCarry("its header is compressed (cmov); remux it first, e.g. by ffmpeg -c copy")
    if b"rmra" in inner and b"trak" not in inner:
        raise CannotCarry("it only refers to films elsewhere (rmra); label those films instead")
    return found


def sole_moov(top: Iterable[Box]) -> Box:
    """The ``moov`` box.

    Raises:
        Malformed: if there is none or more than one.
    """
    moovs = [box for box in top if box.type == b"moov"]
    if not moovs:
        raise Malformed("no moov box: the recording was not finished, or the file is cut short")
    if len(moovs) > 1:
        raise Malformed(
            "two moov boxes, so players may differ about what it shows; remux it first",
            offset=moovs[1].start,
        )
    return moovs[0]


def full(asset: Asset, box: Box) -> tuple[int, int]:
    """Version and flags of a full box.

    Raises:
        Malformed: if it is too short to be one.
    """
    word = int.from_bytes(field(asset, box, 0, 4))
    return word >> 24, word & 0xFFFFFF


def field(asset: Asset, box: Box, offset: int, length: int) -> bytes:
    """Bytes at an offset behind a box's header.

    Raises:
        Malformed: if the box ends before.
    """
    if box.body + offset + length > box.end:
        raise Malformed(f"box {box.name!r} is cut short", offset=box.start)
    return asset.read(box.body + offset, length)
