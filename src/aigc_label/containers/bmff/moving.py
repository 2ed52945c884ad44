"""What must follow when boxes change their size: the boxes around them, and file offsets.

Samples are found by absolute offsets (``stco``, ``co64``, ``tfhd``, ``tfra``, ``saio``), so bytes
added before the media are either taken from a ``free`` box behind ``moov`` or added to each of
those offsets. Media is never read; tables are read one at a time.
"""

from __future__ import annotations

import struct
import sys
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from aigc_label.containers.bmff import (
    Edit,
    boxes,
    build,
    children,
    field,
    find,
    full,
    sole_moov,
)
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry, LimitExceeded, Malformed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aigc_label.asset import Asset
    from aigc_label.containers.bmff import Box

LARGEST_TABLES = 32 << 20
"""Bytes of offset tables that are rewritten for one file; a chunk takes four or eight."""

PADDING = 1024
"""Size of the ``free`` box left behind a ``moov`` that had to push the media back."""

_SLICE = 1 << 16  # entries of a table handled in one go, so that memory stays bounded
_LARGEST = {4: 0xFFFFFFFF, 8: 0xFFFFFFFFFFFFFFFF}
_FREE = (b"free", b"skip")
# Boxes whose place in the file nobody refers to.
_LOOSE = (*_FREE, b"moov", b"wide", b"uuid", b"udta")


class Shift:
    """How far the bytes of a file move, by where they stood."""

    __slots__ = ("points", "totals")

    def __init__(self, edits: Iterable[Edit]) -> None:
        steps = sorted((e.span.end, _growth(e)) for e in edits if _growth(e))
        self.points = [at for at, _ in steps]
        self.totals = [0, *accumulate(growth for _, growth in steps)]

    def at(self, offset: int) -> int:
        """By how much what stood at ``offset`` moves; what is inserted there goes before it."""
        return self.totals[bisect_right(self.points, offset)]

    def one_for(self, first: int, last: int) -> int | None:
        """The shift of all of a range, ``None`` if it is not the same."""
        same = bisect_right(self.points, first) == bisect_right(self.points, last)
        return self.at(first) if same else None


def _growth(edit: Edit) -> int:
    return len(edit.data) - (edit.span.end - edit.span.start)


@dataclass(frozen=True, slots=True)
class Table:
    """Absolute offsets at equal steps in a box.

    Attributes:
        first: where the first offset stands.
        count: how many there are.
        width: 4 or 8 bytes each.
        step: bytes from one to the next.
        inside: for a chunk table that may be widened: the boxes around it, itself last.
    """

    first: int
    count: int
    width: int
    step: int
    inside: tuple[Box, ...] = ()


def relocated(
    asset: Asset, top: Sequence[Box], edits: Sequence[Edit], *, leave: int = PADDING
) -> EditPlan:
    """The plan that carries out ``edits`` and everything that follows from them.

    Args:
        asset: the file.
        top: its boxes, from :func:`top_level`.
        edits: disjoint changes, none of them within the headers of the boxes in ``inside``.
        leave: free bytes left behind ``moov`` where the media has to move.

    Raises:
        Malformed: a table is damaged.
        LimitExceeded: the tables to patch exceed :data:`LARGEST_TABLES`.
        CannotCarry: something refers to file offsets in a way that cannot be patched.
    """
    moov = sole_moov(top)
    wide: dict[Table, Edit] = {}
    while True:
        # Widening a table moves the media further, which may make another table overflow.
        changes = [*edits, *wide.values()]
        changes += _room(top, moov, Shift(changes), leave)
        shift = Shift(changes)
        # Media may also move within its box, where a sample of it has another length.
        solid = (box for box in top if box.type not in _LOOSE)
        if all(shift.one_for(box.start, box.end - 1) == 0 for box in solid):
            return carried_out(changes, [])
        _check_items(asset, top, moov)
        found = list(tables(asset, top, shift))
        if sum(table.count * table.step for table in found) > LARGEST_TABLES:
            raise LimitExceeded(
                f"more than {LARGEST_TABLES >> 20} MiB of chunk offsets would have to be moved"
            )
        over = [t for t in found if t not in wide and overflows(asset, t, shift)]
        if not over:
            break
        wide |= {table: _widened(asset, table, None) for table in over}
    wide = {table: _widened(asset, table, shift) for table in wide}
    patches = [s for table in found if table not in wide for s in patched(asset, table, shift)]
    return carried_out([*edits, *wide.values(), *changes[len(edits) + len(wide) :]], patches)


def carried_out(changes: Iterable[Edit], patches: list[Splice]) -> EditPlan:
    """The plan of ``changes`` and ``patches``, with the sizes of the boxes around the changes."""
    growth: dict[Box, int] = {}
    for edit in changes:
        patches.append(Splice(edit.span, edit.data))
        for box in edit.inside:
            growth[box] = growth.get(box, 0) + _growth(edit)
    for box, more in growth.items():
        if more and not box.open_ended:
            patches.append(_resized(box, box.size + more))
    return EditPlan(patches)


def _resized(box: Box, size: int) -> Splice:
    if box.large:
        return Splice(Span(box.start + 8, box.start + 16), struct.pack(">Q", size))
    if size > _LARGEST[4]:
        raise LimitExceeded(f"box {box.name!r} would exceed 4 GiB", offset=box.start)
    return Splice(Span(box.start, box.start + 4), struct.pack(">I", size))


def _room(top: Sequence[Box], moov: Box, shift: Shift, leave: int) -> list[Edit]:
    """The change of the free space behind ``moov`` that keeps the media where it is.

    If that space does not suffice, the media moves once and leaves room for later changes.
    """
    pushed = shift.at(moov.end)
    behind = top[top.index(moov) + 1 :]
    if not pushed or all(box.type in _LOOSE for box in behind):
        return []
    free = behind[0] if behind[0].type in _FREE and not behind[0].large else None
    old = free.size if free else 0
    new = old - pushed
    if new < 0 or 0 < new < 8:
        new = leave
    if new == old:
        return []
    header = struct.pack(">I4s", new, b"free") if new else b""
    if new > old:
        return [Edit(Span(moov.end, moov.end + min(old, 8)), header + bytes(new - max(old, 8)), ())]
    return [Edit(Span(moov.end, moov.end + old - new + len(header)), header, ())]


def tables(asset: Asset, top: Iterable[Box], shift: Shift) -> Iterator[Table]:
    """Everything in the file that holds absolute offsets, but for those of ``meta`` items."""
    for box in top:
        if box.type == b"moov":
            yield from _movie_tables(asset, box)
        elif box.type == b"moof":
            yield from _fragment_tables(asset, box)
        elif box.type == b"mfra":
            yield from _random_access_tables(asset, box)
        elif box.type == b"sidx":
            _check_index(asset, box, shift)


def _movie_tables(asset: Asset, moov: Box) -> Iterator[Table]:
    for trak in boxes(asset, moov.body, moov.end):
        if trak.type != b"trak":
            continue
        path: tuple[Box, ...] = (moov, trak)
        inner = children(asset, trak)
        for kind in (b"mdia", b"minf", b"stbl"):
            if kind == b"stbl" and (dinf := find(inner, b"dinf")):
                _check_references(asset, dinf)
            parent = find(inner, kind)
            if parent is None:
                break
            path = (*path, parent)
            inner = children(asset, parent)
        else:
            for box in inner:
                if box.type in (b"stco", b"co64"):
                    yield _counted(asset, box, 0, 4 if box.type == b"stco" else 8, (*path, box))
                elif box.type == b"saio":
                    version, flags = full(asset, box)
                    yield _counted(asset, box, 8 * (flags & 1), 8 if version else 4)


def _fragment_tables(asset: Asset, moof: Box) -> Iterator[Table]:
    for traf in boxes(asset, moof.body, moof.end):
        if traf.type != b"traf":
            continue
        tfhd = find(boxes(asset, traf.body, traf.end), b"tfhd")
        if tfhd and full(asset, tfhd)[1] & 1:  # base-data-offset-present
            yield _within(tfhd, Table(tfhd.body + 8, 1, 8, 8))


def _random_access_tables(asset: Asset, mfra: Box) -> Iterator[Table]:
    for box in boxes(asset, mfra.body, mfra.end):
        if box.type == b"tfra":
            version, _ = full(asset, box)
            lengths, count = struct.unpack(">II", field(asset, box, 8, 8))
            numbers = sum((lengths >> place & 3) + 1 for place in (0, 2, 4))
            width = 8 if version else 4
            table = Table(box.body + 16 + width, count, width, 2 * width + numbers)
            yield _within(box, table)


def _counted(asset: Asset, box: Box, skip: int, width: int, inside: tuple[Box, ...] = ()) -> Table:
    (count,) = struct.unpack(">I", field(asset, box, 4 + skip, 4))
    return _within(box, Table(box.body + skip + 8, count, width, width, inside))


def _within(box: Box, table: Table) -> Table:
    if table.count and table.first + (table.count - 1) * table.step + table.width > box.end:
        raise Malformed(
            f"box {box.name!r} says {table.count} entries, more than it has room for",
            offset=box.start,
        )
    return table


def _check_references(asset: Asset, dinf: Box) -> None:
    """Refuse tracks whose samples stand in another file: their offsets are not this file's."""
    dref = find(boxes(asset, dinf.body, dinf.end), b"dref")
    if dref is None:
        return
    for entry in boxes(asset, dref.body + 8, dref.end):
        if not full(asset, entry)[1] & 1 and entry.end - entry.body > 5:
            raise CannotCarry("its media stands in another file; make it self-contained first")


def _check_items(asset: Asset, top: Iterable[Box], moov: Box) -> None:
    """Refuse ``meta`` items that are found by file offsets; video files hardly have any."""
    within = list(boxes(asset, moov.body, moov.end))
    for box in within[:]:
        if box.type in (b"trak", b"udta"):
            within += children(asset, box)
    for box in (*top, *within):
        if box.type == b"meta" and find(children(asset, box), b"iloc"):
            raise CannotCarry(
                "it holds items at fixed file offsets (iloc), which cannot be moved; "
                "remux it with the header last"
            )


def _check_index(asset: Asset, sidx: Box, shift: Shift) -> None:
    """Refuse to insert between a segment index and what it counts distances to."""
    version, _ = full(asset, sidx)
    at = 20 if version else 16
    (first,) = struct.unpack(">Q" if version else ">I", field(asset, sidx, at, at - 12))
    at += at - 12
    (count,) = struct.unpack(">2xH", field(asset, sidx, at, 4))
    sizes = struct.unpack(f">{3 * count}I", field(asset, sidx, at + 4, 12 * count))[::3]
    last = sidx.end + first + sum(size & 0x7FFFFFFF for size in sizes)
    if shift.one_for(sidx.end - 1, max(sidx.end, last) - 1) is None:
        raise CannotCarry(
            "its segment index (sidx) stands before the header, and would no longer fit; "
            "remux it first"
        )


def _slices(asset: Asset, table: Table) -> Iterator[tuple[int, bytes, array[int]]]:
    """Position, bytes and offsets of a table, piece by piece."""
    for index in range(0, table.count, _SLICE):
        count = min(_SLICE, table.count - index)
        at = table.first + index * table.step
        raw = asset.read(at, (count - 1) * table.step + table.width)
        if table.step == table.width:
            values = array("I" if table.width == 4 else "Q", raw)
            if sys.byteorder == "little":
                values.byteswap()
        else:
            each = range(0, len(raw), table.step)
            values = array("Q", (int.from_bytes(raw[i : i + table.width]) for i in each))
        yield at, raw, values


def overflows(asset: Asset, table: Table, shift: Shift) -> bool:
    """Whether a chunk table must become ``co64``.

    Raises:
        CannotCarry: if an offset outgrows its field in a table that has no wider form.
    """
    # The order of places is kept, so the last place before is the last one after.
    last = max((max(values) for _, _, values in _slices(asset, table)), default=0)
    if last + shift.at(last) <= _LARGEST[table.width]:
        return False
    if table.width == 8 or not table.inside:
        raise CannotCarry("an offset in it would outgrow its field; remux it first")
    return True


def _moved(values: array[int], shift: Shift) -> list[int]:
    by = shift.one_for(min(values), max(values))
    if by is not None:
        return [value + by for value in values]
    return [value + shift.at(value) for value in values]


def patched(asset: Asset, table: Table, shift: Shift) -> Iterator[Splice]:
    """Yield the changes to a table whose offsets keep their width."""
    for at, raw, values in _slices(asset, table):
        if shift.one_for(min(values), max(values)) == 0:
            continue
        moved = _moved(values, shift)
        if table.step == table.width:
            data = struct.pack(f">{len(moved)}{values.typecode}", *moved)
        else:
            patched = bytearray(raw)
            for index, value in enumerate(moved):
                place = index * table.step
                patched[place : place + table.width] = value.to_bytes(table.width)
            data = bytes(patched)
        yield Splice(Span(at, at + len(data)), data)


def _widened(asset: Asset, table: Table, shift: Shift | None) -> Edit:
    """A ``stco`` as ``co64``; without ``shift``, zeros that show how large it becomes."""
    stco = table.inside[-1]
    parts = [bytes(4), struct.pack(">I", table.count)]
    if shift is None:
        parts.append(bytes(8 * table.count))
    else:
        for _, _, values in _slices(asset, table):
            parts.append(struct.pack(f">{len(values)}Q", *_moved(values, shift)))
    return Edit(Span(stco.start, stco.end), build(b"co64", *parts), table.inside[:-1])
