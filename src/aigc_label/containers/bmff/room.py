"""Free space: changes that fit into it move nothing, and leave the file as long as it was.

So a label that grows or shrinks in a film of a gigabyte is a patch of a few hundred bytes in place.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from aigc_label.containers.bmff import Box, Edit, children, content_end, sole_moov
from aigc_label.containers.bmff.moving import carried_out
from aigc_label.edits import EditPlan, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aigc_label.asset import Asset

_FREE = (b"free", b"skip")
_HOLDS_FREE = (b"moov", b"udta", b"meta")
_HEADER = struct.Struct(">I4s")
_LARGEST = 0xFFFFFFFF


def absorbed(asset: Asset, top: Sequence[Box], edits: Sequence[Edit]) -> EditPlan | None:
    """The plan that carries out ``edits`` at the cost of free space; ``None`` if that is too small.

    Args:
        asset: the file.
        top: its boxes.
        edits: disjoint changes, those that change lengths all within ``moov``.

    Raises:
        Malformed, LimitExceeded: where the boxes break.
    """
    growth = sum(map(_growth, edits))
    if any(_growth(edit) and not edit.inside for edit in edits):
        return None
    if not growth:
        return carried_out(edits, [])
    frees = [free for free in _frees(asset, top, edits) if not _is_hit(free[0], edits)]
    at = next(edit.span.start for edit in edits if _growth(edit))
    for free, inside in sorted(frees, key=lambda found: abs(found[0].start - at)):
        left = free.size - growth
        if left == 0 or _HEADER.size <= left <= _LARGEST:
            edit = _resized(free, left, inside)
            return carried_out([*edits, edit], [])
    if growth > -_HEADER.size:
        return None
    moov = sole_moov(top)
    at = content_end(asset, moov)
    made = Edit(Span(at, at), space(-growth), (moov,))
    return carried_out([*edits, made], [])


def space(size: int) -> bytes:
    """A free box of ``size`` bytes, header included."""
    return _HEADER.pack(size, b"free") + bytes(size - _HEADER.size)


def _growth(edit: Edit) -> int:
    return len(edit.data) - (edit.span.end - edit.span.start)


def _frees(
    asset: Asset, top: Sequence[Box], edits: Iterable[Edit]
) -> Iterator[tuple[Box, tuple[Box, ...]]]:
    """The free boxes beside the changes, beside what is around them and in tags there.

    Each comes with the boxes that it is in.
    """
    holders = {
        box: edit.inside[: depth + 1]
        for edit in edits
        for depth, box in enumerate(edit.inside)
        if box.type in _HOLDS_FREE
    }
    for holder, inside in holders.items():
        for box in children(asset, holder):
            if _is_free(box):
                yield box, inside
            elif box.type == b"meta" and box not in holders:  # taggers leave room in theirs
                for inner in filter(_is_free, children(asset, box)):
                    yield inner, (*inside, box)
    behind = top[top.index(sole_moov(top)) + 1 :]
    if behind and _is_free(behind[0]):
        yield behind[0], ()


def _is_free(box: Box) -> bool:
    return box.type in _FREE and not box.large and not box.open_ended


def _is_hit(free: Box, edits: Iterable[Edit]) -> bool:
    """Whether a change takes a free box away."""
    return any(edit.span.start < free.end and free.start < edit.span.end for edit in edits)


def _resized(free: Box, size: int, inside: tuple[Box, ...]) -> Edit:
    if not size:
        return Edit(Span(free.start, free.end), b"", inside)
    more = max(0, size - free.size)
    less = max(0, free.size - size)
    header = _HEADER.pack(size, free.type)
    return Edit(Span(free.start, free.body + less), header + bytes(more), inside)
