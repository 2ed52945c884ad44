"""Where a page draws something, roughly: enough to find a corner that is free (ISO 32000-2 8 to 9).

Widths of letters are guessed, curves are their handles, clipping is not heeded, and a form counts
as nothing: whoever needs a free place gets a likely one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from aigc_label.containers.pdf import operators

if TYPE_CHECKING:
    from collections.abc import Container

Matrix: TypeAlias = tuple[float, float, float, float, float, float]

_MOST_BOXES = 20_000
_REGULAR = rb"[^\x00\t\n\x0c\r ()<>\[\]{}/%]"
TOKEN = (
    rb"%%[^\r\n]*+|(?P<number>[+-]?(?:\d{1,12}\.?\d{0,12}|\.\d{1,12}))(?!%b)"
    rb"|(?P<name>/%b*+)|(?P<word>%b++)|(?P<hex><[0-9A-Fa-f\s]*+>)|(?P<open>\()" % ((_REGULAR,) * 3)
)
IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
_PATHS = {b"m": 2, b"l": 2, b"c": 6, b"v": 4, b"y": 4}
PAINTED = frozenset((b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"S", b"s"))
_SHOWS = frozenset((b"Tj", b"TJ", b"'", b'"'))


class Box(NamedTuple):
    """A rectangle in user space."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box) -> bool:
        """Whether two rectangles have a point in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )


def drawn(content: bytes, images: Container[bytes] = ()) -> list[Box]:
    """The boxes of lines of text, painted paths and images, in the order they are drawn.

    Args:
        content: of a page.
        images: the names, with their solidus, under which the page knows images.
    """
    pen = _Pen(images)
    at, token = 0, re.compile(TOKEN)
    while len(pen.boxes) < _MOST_BOXES and (found := token.search(content, at)) is not None:
        at, kind = found.end(), found.lastgroup
        if kind == "number":
            pen.numbers.append(float(found.group()))
        elif kind == "open":
            at = operators.behind_string(content, at)
            pen.ems += (at - found.end() - 1) / 2
        elif kind == "hex":
            pen.ems += (at - found.start() - 2) / 4
        elif kind == "name":
            pen.name = found.group()
        elif kind == "word":
            if found.group() == b"BI":
                at = operators.behind_picture(content, at)
            pen.take(found.group())
    return pen.boxes


class _Pen:
    """The states that matter to where something is drawn."""

    def __init__(self, images: Container[bytes]) -> None:
        self.boxes: list[Box] = []
        self.numbers: list[float] = []
        self.name = b""
        self.ems = 0.0  # width of the strings before an operator: half an em a byte
        self._images = images
        self._matrix = IDENTITY
        self._saved: list[tuple[Matrix, float]] = []
        self._size = 0.0
        self._leading = 0.0
        self._text = self._line = IDENTITY
        self._path: list[tuple[float, float]] = []

    def take(self, word: bytes) -> None:
        """Carry an operator out."""
        given = self.numbers
        if word in _PATHS and len(given) >= _PATHS[word]:
            points = given[-_PATHS[word] :]
            self._path += zip(points[::2], points[1::2], strict=True)
        elif word == b"re" and len(given) >= 4:
            x, y, width, height = given[-4:]
            self._path += [(x, y), (x + width, y + height)]
        elif word in PAINTED or word == b"n":
            if word != b"n":
                self._draw(self._path, self._matrix)
            self._path = []
        elif word == b"BI" or (word == b"Do" and self.name in self._images):
            self._draw([(0, 0), (1, 1)], self._matrix)
        elif word == b"q":
            self._saved.append((self._matrix, self._size))
        elif word == b"Q" and self._saved:
            self._matrix, self._size = self._saved.pop()
        elif word == b"cm" and len(given) >= 6:
            self._matrix = product(matrix(given), self._matrix)
        else:
            self._write(word, given)
        self.numbers, self.ems = [], 0.0

    def _write(self, word: bytes, given: list[float]) -> None:
        if word == b"BT":
            self._text = self._line = IDENTITY
        elif word == b"Tm" and len(given) >= 6:
            self._text = self._line = matrix(given)
        elif word in (b"Td", b"TD") and len(given) >= 2:
            self._leading = -given[-1] if word == b"TD" else self._leading
            self._next(given[-2], given[-1])
        elif word == b"Tf" and given:
            self._size = given[-1]
        elif word == b"TL" and given:
            self._leading = given[-1]
        elif word == b"T*":
            self._next(0, -self._leading)
        elif word in _SHOWS:
            if word in (b"'", b'"'):
                self._next(0, -self._leading)
            width = self.ems * self._size
            box = [(0.0, -0.2 * self._size), (width, 0.9 * self._size)]
            self._draw(box, product(self._text, self._matrix))
            self._text = product((1, 0, 0, 1, width, 0), self._text)

    def _next(self, across: float, up: float) -> None:
        self._text = self._line = product((1, 0, 0, 1, across, up), self._line)

    def _draw(self, points: list[tuple[float, float]], matrix: Matrix) -> None:
        if not points:
            return
        xs, ys = ([point[axis] for point in points] for axis in (0, 1))
        corners = [(x, y) for x in (min(xs), max(xs)) for y in (min(ys), max(ys))]
        a, b, c, d, e, f = matrix
        xs = [a * x + c * y + e for x, y in corners]
        ys = [b * x + d * y + f for x, y in corners]
        self.boxes.append(Box(min(xs), min(ys), max(xs), max(ys)))


def matrix(given: list[float]) -> Matrix:
    """The last six operands."""
    a, b, c, d, e, f = given[-6:]
    return a, b, c, d, e, f


def product(one: Matrix, other: Matrix) -> Matrix:
    """What one matrix and then the other do."""
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return (
        a * g + b * i, a * h + b * j,
        c * g + d * i, c * h + d * j,
        e * g + f * i + k, e * h + f * j + m,
    )  # fmt: skip
