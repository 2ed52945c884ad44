"""Changing lists of an AVI file: in its JUNK if possible; indexes follow what moves.

``idx1`` counts from ``movi``, or in some files from the beginning; OpenDML's ``indx`` and ``ix##``
count from the file's beginning in 64 bits. Media is not read.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers.riff import Chunk, children, encoded, narrow
from aigc_label.containers.riff.film import kind_of
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_label.asset import Asset
    from aigc_label.containers.riff.film import Film

SECTOR = 2048
"""A file grows by whole sectors, to which some writers align media; the rest is JUNK, and room."""

_LOOKED_AT = 64 << 10  # bytes of JUNK: zeros, or somebody's
_MOST_INDEXES = 20_000
_SAMPLE = 16  # entries of idx1 that tell from where it counts
_BLOCK = 64 << 10  # bytes of idx1 that are changed at a time
_LARGEST = 0xFFFF_FFFF
_SUPER = 0  # bIndexType of an index of indexes


def silenced(chunk: Chunk) -> list[Splice]:
    """The chunk as JUNK of the same size: zeros, of which nothing moves."""
    wiped = min(chunk.size, _LOOKED_AT)
    return [
        Splice(Span(chunk.start, chunk.start + 4), b"JUNK"),
        Splice(Span(chunk.body, chunk.body + wiped), bytes(wiped)),
    ]


def shortened(chunk: Chunk, new: bytes) -> list[Splice]:
    """An encoded chunk in the place of a longer one, and JUNK in what is left over."""
    left = chunk.end - chunk.start - len(new)
    if left < 8:
        return [Splice(Span(chunk.start, chunk.end), new)]
    return [Splice(Span(chunk.start, chunk.end), new + encoded(b"JUNK", bytes(left - 8)))]


def placed(asset: Asset, film: Film, home: Chunk | None, new: bytes) -> list[Splice]:
    """A list put where an old one stands, or where there is room, or where players find it.

    JUNK on the same side of the media gives and takes, so that nothing moves if it can be helped.

    Args:
        asset: the file.
        film: the same.
        home: the old list, a chunk of the first RIFF.
        new: the whole chunk.
    """
    spares = [chunk for chunk in film.form.chunks if _is_spare(asset, film, chunk)]
    if home is not None:
        near = [junk for junk in spares if (junk.start < film.movi.start) == _leads(film, home)]
        near.sort(key=lambda junk: (junk.start < home.start, abs(junk.start - home.start)))
        growth = len(new) - (home.end - home.start)
        return _absorbed(growth, home, new, near[0] if near else None)
    for junk in spares:
        if junk.size >= len(new) and film.is_found(junk.start):
            return _absorbed(len(new), _nothing(junk.start), new, junk)
    at = film.behind if film.is_found(film.behind) else film.movi.start
    last = next((chunk for chunk in film.form.chunks if chunk.end == at), film.movi)
    unpadded = last.size & 1 and last.end == last.body + last.size == at
    return _absorbed(len(new) + unpadded, _nothing(at), bytes(unpadded) + new, None)


def _nothing(at: int) -> Chunk:
    return Chunk(b"", at, 0, 0, at)


def _leads(film: Film, chunk: Chunk) -> bool:
    return chunk.start < film.movi.start


def _is_spare(asset: Asset, film: Film, chunk: Chunk) -> bool:
    """Whether the chunk is padding: zeros. Cameras keep their notes in JUNK, too."""
    return (
        chunk.id == b"JUNK"
        and chunk.size % 2 == 0
        and chunk.start > film.hdrl.start
        and not any(asset.peek(chunk.body, min(chunk.size, _LOOKED_AT)))
    )


def _absorbed(growth: int, old: Chunk, new: bytes, junk: Chunk | None) -> list[Splice]:
    """``new`` for ``old``, which is that much shorter, and JUNK that makes up for it."""
    room = junk.size + 8 if junk else 0
    left = room - growth
    while left != 0 and left < 8:
        left += SECTOR
    left -= left % 2  # where a pad byte is missing
    if junk is None:
        padding = encoded(b"JUNK", bytes(left - 8)) if left else b""
        return [Splice(Span(old.start, old.end), new + padding)]
    change = Splice(Span(old.start, old.end), new)
    if left == 0:
        return [change, Splice(Span(junk.start, junk.end), b"")]
    header = b"JUNK" + (left - 8).to_bytes(4, "little")
    taken = max(0, room - left)
    added = bytes(max(0, left - room))
    if old.start <= junk.start:
        return [change, Splice(Span(junk.start, junk.body + taken), header + added)]
    return [
        change,
        Splice(Span(junk.start, junk.body), header),
        Splice(Span(junk.end - taken, junk.end), added),
    ]


def plan(asset: Asset, film: Film, splices: Sequence[Splice]) -> EditPlan:
    """The splices, the sizes and all that points into the file set accordingly.

    Raises:
        CannotCarry: if the first RIFF would pass its 4 GiB.
        Malformed: if indexes overlap.
        LimitExceeded: if there are too many of them.
    """
    edits = EditPlan(splices)
    pointers = _pointers(asset, film, edits)
    every = [*splices, *pointers]
    if edits.growth() and not film.streamed:
        size = narrow(film.size + edits.growth(), film.form.kind)
        every.append(Splice(Span(4, 8), size))
    return EditPlan(every)


class _Shift(NamedTuple):
    """How far bytes move."""

    plan: EditPlan

    def __call__(self, offset: int) -> int:
        return sum(
            len(splice.data) - (splice.span.end - splice.span.start)
            for splice in self.plan.splices
            if splice.span.end <= offset
        )


def _pointers(asset: Asset, film: Film, edits: EditPlan) -> list[Splice]:
    """The splices that make absolute offsets follow the media."""
    shift = _Shift(edits)
    fields: dict[int, bytes] = {}
    if shift(film.movi.start):
        fields |= _old_index(asset, film, shift(film.movi.start))
    if any(shift(part.start) for part in (film.movi, *film.segments[:1])):
        for index in _stream_indexes(asset, film):
            _follow(asset, film, index, shift, fields)
    last = 0
    for at in sorted(fields):
        if at < last:
            raise Malformed("two indexes share bytes; copy the file with ffmpeg first", offset=at)
        last = at + len(fields[at])
    return [Splice(Span(at, at + len(data)), data) for at, data in fields.items()]


def _old_index(asset: Asset, film: Film, distance: int) -> dict[int, bytes]:
    """``idx1`` with other offsets, if it counts from the beginning of the file."""
    index = film.form.find(b"idx1")
    if index is None or not _is_absolute(asset, film, index):
        return {}
    data = asset.read(index.body, index.size - index.size % 16)
    out = []
    for at in range(0, len(data), _BLOCK):
        words = list(struct.unpack(f"<{len(data[at : at + _BLOCK]) // 4}I", data[at : at + _BLOCK]))
        for place in range(2, len(words), 4):
            words[place] += distance if words[place] >= film.movi.start else 0
        if max(words[2::4]) > _LARGEST:
            raise CannotCarry(
                "the index of a film of 4 GiB has no room for larger offsets; copy it to OpenDML "
                "first: ffmpeg -i FILE.avi -map 0 -c copy NEW.avi"
            )
        out.append(struct.pack(f"<{len(words)}I", *words))
    return {index.body: b"".join(out)}


def _is_absolute(asset: Asset, film: Film, index: Chunk) -> bool:
    """Whether chunks are found where the entries say, counted from the file's beginning.

    The standard counts from ``movi``. Where both seem right, as with pictures of one size, an
    index whose offsets all lie behind ``movi`` is absolute.
    """
    data = asset.peek(index.body, min(index.size // 16, _SAMPLE) * 16)
    entries = [(name, at) for name, _, at, _ in struct.iter_unpack("<4sIII", data)]

    def hits(base: int) -> int:
        return sum(
            asset.peek(base + at, 4) == (b"LIST" if name == b"rec " else name)
            for name, at in entries
        )

    absolute, relative = hits(0), hits(film.movi.body)
    if absolute == relative:
        return absolute > 0 and min(at for _, at in entries) > film.movi.start
    return absolute > relative


def _stream_indexes(asset: Asset, film: Film) -> Iterator[Chunk]:
    """The ``indx`` chunk of every stream."""
    for stream in children(asset, film.hdrl):
        if kind_of(asset, stream) == b"strl":
            yield from (part for part in children(asset, stream) if part.id == b"indx")


def _follow(
    asset: Asset, film: Film, index: Chunk, shift: _Shift, fields: dict[int, bytes]
) -> None:
    """Shift the offsets in one ``indx``, and in the indexes that it names."""
    head = asset.peek(index.body, min(index.size, 24))
    if len(head) < 24:
        return
    if head[3] != _SUPER:
        _rebase(asset, index.start, shift, fields)
        return
    count = min(int.from_bytes(head[4:8], "little"), (index.size - 24) // 16)
    if count + len(fields) > _MOST_INDEXES:
        raise LimitExceeded(f"an index of {count} indexes", offset=index.start)
    table = bytearray(asset.read(index.body + 24, 16 * count))
    for place in range(0, len(table), 16):
        at = int.from_bytes(table[place : place + 8], "little")
        moved = at + shift(at)
        table[place : place + 8] = min(moved, (1 << 64) - 1).to_bytes(8, "little")
        if _holds_media(film, at) and b"ix" in asset.peek(at, 4):
            _rebase(asset, at, shift, fields)
    fields[index.body + 24] = bytes(table)


def _holds_media(film: Film, at: int) -> bool:
    return any(part.body <= at and at + 32 <= part.end for part in (film.movi, *film.segments))


def _rebase(asset: Asset, start: int, shift: _Shift, fields: dict[int, bytes]) -> None:
    """Shift the base from which an index of chunks counts, as far as its first chunk moves."""
    head = asset.peek(start + 8, 28)
    if len(head) < 24:
        return
    base = int.from_bytes(head[12:20], "little")
    target = base + int.from_bytes(head[24:28], "little") if any(head[4:8]) else base
    moved = base + shift(target)
    if 0 <= moved < 1 << 64:
        fields[start + 20] = moved.to_bytes(8, "little")
