"""A write as data: which bytes of an asset are replaced by which."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.asset import Asset

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aigc_label.asset import Sink


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes from ``start`` up to, not including, ``end``."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"no such span: {self.start} to {self.end}")


class Splice(NamedTuple):
    """Put ``data`` where ``span`` is; an empty span inserts, empty data deletes."""

    span: Span
    data: bytes


class EditPlan:
    """Splices over one asset, in order and disjoint. An empty plan changes nothing.

    Attributes:
        splices: sorted by position. Insertions at one point keep the order they were given in.
    """

    __slots__ = ("splices",)

    def __init__(self, splices: Iterable[Splice] = ()) -> None:
        self.splices = tuple(
            sorted(
                (s for s in splices if s.data or s.span.start != s.span.end),
                key=lambda s: (s.span.start, s.span.end),
            )
        )
        last = 0
        for splice in self.splices:
            if splice.span.start < last:
                raise ValueError(f"splices overlap at byte {splice.span.start}")
            last = splice.span.end

    def __bool__(self) -> bool:
        return bool(self.splices)

    def changes_nothing(self, asset: Asset) -> bool:
        """Whether the splices put what stands there already, those that touch taken together."""
        start = end = 0
        data = b""
        for splice in (*self.splices, Splice(Span(asset.size, asset.size), b"")):
            if splice.span.start > end:
                if end - start != len(data) or asset.read(start, end - start) != data:
                    return False
                start, data = splice.span.start, b""
            end = splice.span.end
            data += splice.data
        return end - start == len(data) and asset.read(start, end - start) == data

    def growth(self) -> int:
        """How many bytes longer the result is."""
        return sum(len(s.data) - (s.span.end - s.span.start) for s in self.splices)

    def apply(self, asset: Asset, sink: Sink) -> None:
        """Write the edited asset to ``sink``; unchanged bytes are copied, not read."""
        at = 0
        for splice in self.splices:
            if splice.span.start > at:
                asset.copy_to(sink, at, splice.span.start)
            if splice.data:
                sink.write(splice.data)
            at = splice.span.end
        if at < asset.size:
            asset.copy_to(sink, at, asset.size)

    def view(self, asset: Asset) -> Asset:
        """The edited asset, to read or plan on, without making it.

        It borrows ``asset``, which must stay open; closing the view closes nothing.
        """
        return _View(asset, self) if self.splices else asset


def replacements(edited: Asset, source: Asset, most: int) -> tuple[Splice, ...] | None:
    """The splices by which one asset differs from another, if next to no bytes move.

    Each is as long as its span, but for a last one that may replace the end of the asset by more
    or fewer bytes. What moves between one that grows and one that makes up for it, or behind the
    last, is taken into one splice.

    Args:
        edited: a view of ``source``.
        source: what it is a view of.
        most: bytes that all splices may have together.

    Returns:
        ``None`` where ``edited`` is no view of ``source``, or more bytes move.
    """
    if not isinstance(edited, _View) or edited.base is not source:
        return None
    splices = edited.plan.splices
    patches: list[Splice] = []
    start: int | None = None
    owed = 0
    for number, (span, data) in enumerate(splices, 1):
        start = span.start if start is None else start
        owed += len(data) - (span.end - span.start)
        if owed and number < len(splices):
            continue
        end = source.size if owed else span.end
        length = end - start + owed
        most -= max(length, end - start)
        if most < 0:
            return None
        patches.append(Splice(Span(start, end), edited.read(start, length)))
        start = None
    return tuple(patches)


class _View(Asset):
    """An asset seen through a plan."""

    __slots__ = ("_pieces", "_starts", "base", "plan")

    def __init__(self, base: Asset, plan: EditPlan) -> None:
        self.base = base
        self.plan = plan
        pieces: list[bytes | range] = []
        at = 0
        for span, data in plan.splices:
            pieces += (range(at, span.start), data)
            at = span.end
        pieces.append(range(at, base.size))
        self._pieces = [piece for piece in pieces if piece]
        *self._starts, size = accumulate(map(len, self._pieces), initial=0)
        super().__init__(self._gather, size, name=base.name)

    def _gather(self, offset: int, length: int) -> bytes:
        return b"".join(
            piece if isinstance(piece, bytes) else self.base.read(piece.start, len(piece))
            for piece in self._within(offset, offset + length)
        )

    def _within(self, start: int, end: int) -> Iterator[bytes | range]:
        """What stands between two offsets: bytes of the plan, and stretches of the base."""
        index = max(bisect_right(self._starts, start) - 1, 0)
        while start < end and index < len(self._pieces):
            before = self._starts[index]
            if piece := self._pieces[index][start - before : end - before]:
                yield piece
                start += len(piece)
            index += 1

    def copy_to(self, sink: Sink, start: int, end: int) -> None:
        """Copy through the plan; what it leaves alone is copied by the asset underneath."""
        for piece in self._within(start, end):
            if isinstance(piece, bytes):
                sink.write(piece)
            else:
                self.base.copy_to(sink, piece.start, piece.stop)
