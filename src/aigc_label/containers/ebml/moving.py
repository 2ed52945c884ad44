"""What Matroska says by position (RFC 9559), said again where elements have moved.

SeekHeads name top-level elements, Cues name Clusters and blocks in them, Clusters may name
themselves and the size of the one before. All count from where the Segment's content begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers.ebml import segment as matroska
from aigc_label.containers.ebml.elements import CRC, checked, children, encoded
from aigc_label.errors import LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from aigc_label.containers.ebml.elements import Element

CUES = 0x1C53BB6B
_POINT, _TIME, _POSITIONS = 0xBB, 0xB3, 0xB7
_TRACK, _CLUSTER, _RELATIVE, _STATE = 0xF7, 0xF1, 0xF0, 0xEA
_REFERENCE, _REFERENCE_CLUSTER, _REFERENCE_STATE = 0xDB, 0x97, 0xEB
_MOST_POINTS = 2_000_000
_MOST_ROUNDS = 12


class Cue(NamedTuple):
    """Where a frame stands: its Cluster's place in the Segment, and its own in the Cluster.

    Attributes:
        track: number of its track.
        time: in ticks.
        cluster: from where the Segment's content begins.
        relative: from where the Cluster's content begins, ``None`` if not stated.
    """

    track: int
    time: int
    cluster: int
    relative: int | None


def seek_head(data: bytes, starts: Mapping[int, int]) -> bytes:
    """The content of a SeekHead whose entries follow what has moved.

    Args:
        data: its content.
        starts: where top-level elements began, from the Segment's content, and begin now.
    """

    def entry(part: Element) -> bytes:
        return _numbers(data, part, {matroska.SEEK_POSITION: lambda old: starts.get(old, old)})

    return _again(data, {matroska.SEEK: entry})


def cues(data: bytes, starts: Mapping[int, int], moved: Callable[[Cue], Cue | None]) -> bytes:
    """The content of Cues that follow what has moved.

    Args:
        data: their content.
        starts: as for :func:`seek_head`.
        moved: where a frame stands now; ``None``: nowhere.
    """

    def now(old: int) -> int:
        return starts.get(old, old)

    inner = {_REFERENCE_CLUSTER: now, _REFERENCE_STATE: now}

    def point(part: Element) -> bytes:
        time = _first(data, part, _TIME) or 0
        out = []
        left = False
        for child in children(data, part.body, part.end):
            if child.id != _POSITIONS:
                out.append(data[child.start : child.end])
                continue
            track, cluster = (_first(data, child, kind) or 0 for kind in (_TRACK, _CLUSTER))
            new = moved(Cue(track, time, cluster, _first(data, child, _RELATIVE)))
            if new is None:
                continue
            left = True
            there = {_CLUSTER: _always(new.cluster), _STATE: now}
            if new.relative is not None:
                there[_RELATIVE] = _always(new.relative)
            out.append(_numbers(data, child, there, {_REFERENCE: inner}))
        return encoded(_POINT, b"".join(out), part.width) if left else b""

    return _again(data, {_POINT: point}, _MOST_POINTS)


def _always(value: int) -> Callable[[int], int]:
    return lambda _: value


def _again(
    data: bytes, made: Mapping[int, Callable[[Element], bytes]], most: int = 50_000
) -> bytes:
    out = []
    was_checked = False
    for part in children(data, 0, len(data), most):
        if part.id == CRC:
            was_checked = True
        else:
            out.append(made[part.id](part) if part.id in made else data[part.start : part.end])
    body = b"".join(out)
    return checked(body) if was_checked else body


def _numbers(
    data: bytes,
    parent: Element,
    new: Mapping[int, Callable[[int], int]],
    inner: Mapping[int, Mapping[int, Callable[[int], int]]] | None = None,
) -> bytes:
    """An element with other numbers in it, each as wide as it was, or wider if it must be."""
    out = []
    for part in children(data, parent.body, parent.end):
        if part.id in new:
            value = new[part.id](int.from_bytes(data[part.body : part.end]))
            width = max(part.end - part.body, (value.bit_length() + 7) // 8)
            out.append(encoded(part.id, value.to_bytes(width), part.width))
        elif inner and part.id in inner:
            out.append(_numbers(data, part, inner[part.id]))
        else:
            out.append(data[part.start : part.end])
    return encoded(parent.id, b"".join(out), parent.width)


def _first(data: bytes, parent: Element, kind: int) -> int | None:
    for part in children(data, parent.body, parent.end):
        if part.id == kind:
            return int.from_bytes(data[part.body : part.end])
    return None


def placed(
    elements: Sequence[Element],
    lengths: dict[int, int],
    again: Mapping[int, Callable[[Mapping[int, int]], bytes]],
    body: int,
) -> tuple[dict[int, int], dict[int, bytes]]:
    """Where every element begins when some become longer or shorter, and what they are then.

    What names positions may itself grow with them, and so move what it names: it is made again
    until it has the length that was reckoned with.

    Args:
        elements: the top-level elements, in order.
        lengths: new lengths by where an element begins, for those that change.
        again: makes an element from the new places, by where it begins.
        body: where the Segment's content begins.

    Returns:
        New places by old ones, both from the Segment's content; and the elements made.

    Raises:
        LimitExceeded: if that comes to no end.
    """
    lengths = dict(lengths)
    made: dict[int, bytes] = {}
    for _ in range(_MOST_ROUNDS):
        starts = dict(_starts(elements, lengths, body))
        made = {start: make(starts) for start, make in again.items()}
        longer = {start: len(raw) for start, raw in made.items() if lengths.get(start) != len(raw)}
        if not longer:
            return starts, made
        lengths |= longer
    raise LimitExceeded("its index cannot be laid out anew")  # pragma: no cover - numbers only grow


def _starts(
    elements: Sequence[Element], lengths: Mapping[int, int], body: int
) -> Iterator[tuple[int, int]]:
    at = 0
    for element in elements:
        yield element.start - body, at
        at += lengths.get(element.start, element.end - element.start)
