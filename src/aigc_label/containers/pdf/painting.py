"""What paths and pictures do to the words of a page: clip them, cover them, or be letters.

Only boxes are known (ISO 32000-2 8.5): a clipping path of any shape counts as the box around it, so
that nothing is called hidden that is seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_label.containers.pdf.drawn import Box

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aigc_label.containers.pdf.drawn import Matrix
    from aigc_label.containers.pdf.strings import State

FILLS = frozenset((b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"))
"""The operators that fill a path."""

OPERATORS = frozenset(
    (*FILLS, b"S", b"s", b"n", b"sh", b"W", b"W*", b"m", b"l", b"c", b"v", b"y", b"re", b"h")
)
"""The operators on paths."""

UNPAINTED = {b"sh": b"n", **dict.fromkeys((*FILLS, b"S", b"s"), b"n")}
"""What operators come to where nothing is opaque."""

UNIT = Box(0, 0, 1, 1)
"""What a picture is drawn in."""

_ADDS = frozenset((b"m", b"l", b"c", b"v", b"y", b"re", b"h"))
_MOST_COVERS = 2000
_OPAQUE = 0.95  # of what hides all that is behind it
_POINTS = {b"m": 2, b"l": 2, b"c": 6, b"v": 4, b"y": 4}
_SEEN = 0.5  # of a string's box that has to be left of it
_LETTER = (4.0, 200.0)  # points: from the smallest outline that is a letter to the largest
_INTRICATE = 8  # strokes of an outline, from which it is no bar or box
_ENOUGH = 40  # strokes of such outlines; four characters have more
_CURVED = rb"[\d.\s][clvy]\s"


@dataclass(slots=True)
class Path:
    """The path that is being made.

    Attributes:
        box: around it, in points of the page; ``None`` while it is empty.
        strokes: how many lines and curves it has.
        rectangles: how many rectangles.
        clips: whether it shall clip what follows.
    """

    box: Box | None = None
    strokes: int = 0
    rectangles: int = 0
    clips: bool = False

    def take(self, word: bytes, numbers: Sequence[float], matrix: Matrix) -> bool:
        """Whether an operator adds to the path; then it is added."""
        if word == b"re" and len(numbers) >= 4:
            x, y, across, up = numbers[-4:]
            self.rectangles += 1
            self._reach([(x, y), (x + across, y), (x, y + up), (x + across, y + up)], matrix)
            return True
        count = _POINTS.get(word, 0)
        if not count or len(numbers) < count:
            return False
        given = numbers[-count:]
        self.strokes += word != b"m"
        self._reach(list(zip(given[::2], given[1::2], strict=True)), matrix)
        return True

    def _reach(self, points: Sequence[tuple[float, float]], matrix: Matrix) -> None:
        reached = around(points, matrix)
        self.box = reached if self.box is None else _joined(self.box, reached)

    @property
    def covers(self) -> Box | None:
        """What it covers where it is filled: it is one upright rectangle."""
        return self.box if self.rectangles == 1 and not self.strokes else None

    @property
    def letters(self) -> int:
        """Its strokes, if they may be outlines of letters."""
        if self.box is None or self.strokes < _INTRICATE:
            return 0
        return self.strokes if _LETTER[0] <= self.box.top - self.box.bottom <= _LETTER[1] else 0


def moved(box: Box, matrix: Matrix) -> Box:
    """The box around a box that a matrix moves."""
    left, bottom, right, top = box
    return around(((left, bottom), (right, bottom), (left, top), (right, top)), matrix)


def around(points: Iterable[tuple[float, float]], matrix: Matrix) -> Box:
    """The box around points that a matrix moves."""
    a, b, c, d, e, f = matrix
    moved = [(a * x + c * y + e, b * x + d * y + f) for x, y in points]
    across, up = [x for x, _ in moved], [y for _, y in moved]
    return Box(min(across), min(up), max(across), max(up))


def _joined(one: Box, other: Box) -> Box:
    return Box(
        min(one.left, other.left),
        min(one.bottom, other.bottom),
        max(one.right, other.right),
        max(one.top, other.top),
    )


def within(one: Box, other: Box) -> Box:
    """What two boxes have in common; a box of no size if nothing."""
    left, bottom = max(one.left, other.left), max(one.bottom, other.bottom)
    right, top = min(one.right, other.right), min(one.top, other.top)
    return Box(left, bottom, max(left, right), max(bottom, top))


def shows(box: Box, clip: Box) -> bool:
    """Whether enough of a string is left by what clips it."""
    left = within(box, clip)
    wide, high = box.right - box.left, box.top - box.bottom
    return (
        left.right - left.left >= _SEEN * wide
        and left.top - left.bottom >= _SEEN * high
        and clip.right > clip.left
        and clip.top > clip.bottom
    )


class Canvas:
    """What is painted on a page, and what of its strings that leaves.

    Attributes:
        whole: the page.
        painted: whether anything is painted that is not white.
        boxes: around the strings that were shown, in order.
    """

    def __init__(self, whole: Box) -> None:
        self.whole = whole
        self.painted = False
        self.boxes: list[Box] = []
        self._covers: list[tuple[int, Box]] = []  # what is painted over so many of them
        self._path = Path()
        self._strokes = 0

    def take(self, word: bytes, numbers: Sequence[float], state: State) -> Box:
        """Carry out one of :data:`OPERATORS`; return what clips what follows."""
        path = self._path
        if word in (b"W", b"W*"):
            path.clips = True
        elif not path.take(word, numbers, state.matrix) and word not in _ADDS:
            self._path = Path()
            self.painted = self.painted or (word != b"n" and not state.white)
            if word in FILLS:
                self._strokes += path.letters
                if path.covers is not None:
                    self.cover(path.covers, state)
            if path.clips and path.box is not None:
                return within(state.clip, path.box)
        return state.clip

    def cover(self, box: Box, state: State) -> None:
        """Note that nothing drawn before is seen in a box any more."""
        if self.boxes and state.alpha >= _OPAQUE and len(self._covers) < _MOST_COVERS:
            self._covers.append((len(self.boxes), within(box, state.clip)))

    def is_covered(self, number: int) -> bool:
        """Whether something was painted over a string."""
        box = self.boxes[number]
        return any(
            number < before
            and cover.left <= box.left
            and cover.bottom <= box.bottom
            and cover.right >= box.right
            and cover.top >= box.top
            for before, cover in self._covers
        )

    @property
    def is_lettered(self) -> bool:
        """Whether outlines are filled that may be words."""
        return self._strokes >= _ENOUGH


def is_drawn(content: bytes) -> bool:
    """A cheap look first: whether a content has as many lines and curves as letters have."""
    return len(re.findall(_CURVED, content)) >= _ENOUGH
