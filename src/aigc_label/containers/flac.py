"""FLAC (RFC 9639): the metadata blocks in front of the frames, found by seeking over them.

Structure only. Edits of blocks are paid for by the padding block where it suffices, so that the
file keeps its length and no frame moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_label.asset import Asset

SIGNATURE = b"fLaC"
STREAMINFO, PADDING, VORBIS_COMMENT = 0, 1, 4

ROOM = 1024
"""Bytes of padding left where a write has to move the frames, so that the next need not."""

MOST_BLOCKS = 4096

_LAST, _KIND = 0x80, 0x7F
_FORBIDDEN = 0x7F  # looks like the sync code of a frame
_LARGEST = 0xFF_FFFF  # three bytes


class Block(NamedTuple):
    """One metadata block. ``start`` is the offset of its header, ``length`` that of its body."""

    kind: int
    start: int
    length: int
    last: bool

    @property
    def body(self) -> int:
        """Where the content begins."""
        return self.start + 4

    @property
    def end(self) -> int:
        """Behind the content."""
        return self.start + 4 + self.length


def blocks(asset: Asset, start: int) -> Iterator[Block]:
    """Yield the metadata blocks of the stream whose signature stands at ``start``.

    Raises:
        Malformed: where the structure breaks; the blocks before that have been yielded.
        LimitExceeded: after :data:`MOST_BLOCKS`.
    """
    at = start + len(SIGNATURE)
    for number in range(MOST_BLOCKS):
        header = asset.peek(at, 4)
        if len(header) < 4:
            raise Malformed("cut short: the FLAC metadata has no last block", offset=at)
        kind, length = header[0] & _KIND, int.from_bytes(header[1:], "big")
        if kind == _FORBIDDEN or (number == 0 and (kind, length) != (STREAMINFO, 34)):
            raise Malformed(f"no FLAC metadata block at byte {at}", offset=at)
        block = Block(kind, at, length, bool(header[0] & _LAST))
        if block.end > asset.size:
            raise Malformed(
                f"cut short: the FLAC metadata block at byte {at} goes beyond the end of the file",
                offset=at,
            )
        yield block
        if block.last:
            return
        at = block.end
    raise LimitExceeded(f"more than {MOST_BLOCKS} FLAC metadata blocks", offset=at)


def edited(found: Sequence[Block], changes: Sequence[tuple[Block, list[Splice]]]) -> list[Splice]:
    """The splices of changed blocks, completed by lengths and by padding.

    Args:
        found: all blocks.
        changes: blocks, and the splices within the body of each.

    Raises:
        CannotCarry: if a block would pass 16 MiB.
    """
    splices: list[Splice] = []
    growth = 0
    for block, inner in changes:
        grown = EditPlan(inner).growth()
        if grown:
            splices.append(_resized(block, block.length + grown))
        splices += inner
        growth += grown
    return splices + _paid(found, growth)


def inserted(found: Sequence[Block], kind: int, body: bytes) -> list[Splice]:
    """The splices that put a new block behind the first, where Ogg too wants the comments.

    Raises:
        CannotCarry: if it would pass 16 MiB.
    """
    at = found[0].end
    new = bytes((kind,)) + _size(len(body)) + body
    return [Splice(Span(at, at), new), *_paid(found, len(new))]


def _size(length: int) -> bytes:
    if length > _LARGEST:
        raise CannotCarry("the FLAC metadata block is full (16 MiB)")
    return length.to_bytes(3, "big")


def _resized(block: Block, length: int) -> Splice:
    return Splice(Span(block.start + 1, block.start + 4), _size(length))


def _paid(found: Sequence[Block], growth: int) -> list[Splice]:
    """The splices of padding that make up for growth, if it can; or else leave some room."""
    if not growth:
        return []
    spare = max((b for b in found if b.kind == PADDING), key=lambda b: b.length, default=None)
    if spare is None:
        return _padding_behind(found[-1], ROOM if growth > 0 else -growth - 4)
    left = min(spare.length - growth if growth <= spare.length else ROOM, _LARGEST)
    kept = min(left, spare.length)
    change = Splice(Span(spare.body + kept, spare.end), bytes(left - kept))
    return [_resized(spare, left), change]


def _padding_behind(last: Block, length: int) -> list[Splice]:
    """A new last block of that many zeros; none for a handful of bytes that were freed."""
    if length < 0:
        return []
    new = bytes((_LAST | PADDING,)) + _size(length) + bytes(length)
    flag = Splice(Span(last.start, last.start + 1), bytes((last.kind,)))
    return [flag, Splice(Span(last.end, last.end), new)]
