"""The pages of a document: the tree they hang in, and what they inherit (ISO 32000-2 7.7.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers.pdf.lexer import Dictionary, Ref
from aigc_label.errors import Malformed

if TYPE_CHECKING:
    from aigc_label.containers.pdf.document import Document
    from aigc_label.containers.pdf.lexer import Value

INHERITED = (b"Resources", b"MediaBox", b"CropBox", b"Rotate")

_DEEPEST = 48  # nodes above a page
_MOST_KIDS = 2048  # of one node that are looked at one by one
_LETTER = (0.0, 0.0, 612.0, 792.0)  # what viewers take where a page says nothing


class Page(NamedTuple):
    """A page.

    Attributes:
        ref: its object.
        own: its dictionary.
        given: the entries of :data:`INHERITED`, its own or those of the nodes above it.
    """

    ref: Ref
    own: Dictionary
    given: dict[bytes, Value]


class Sheet(NamedTuple):
    """What is shown of a page, in user space, and how it is turned.

    Attributes:
        left, bottom, right, top: of the crop box within the media box.
        turned: degrees clockwise: 0, 90, 180 or 270.
        unit: points in a unit of user space.
    """

    left: float
    bottom: float
    right: float
    top: float
    turned: int
    unit: float

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as displayed, in units of user space."""
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.turned in (90, 270) else (width, height)

    @property
    def matrix(self) -> tuple[float, ...]:
        """From the page as displayed, its origin at the bottom left, to user space."""
        return {
            0: (1, 0, 0, 1, self.left, self.bottom),
            90: (0, 1, -1, 0, self.right, self.bottom),
            180: (-1, 0, 0, -1, self.right, self.top),
            270: (0, -1, 1, 0, self.left, self.top),
        }[self.turned]


def count(document: Document) -> int:
    """How many pages there are.

    Raises:
        Malformed: the tree is damaged.
    """
    return _leaves(document, document.dictionary(document.catalog().get(b"Pages")))


def page(document: Document, index: int) -> Page:
    """A page by its number, from 0.

    Raises:
        Malformed: the tree is damaged.
        LimitExceeded: it is larger than any.
    """
    reached: Value = document.catalog().get(b"Pages")
    given: dict[bytes, Value] = {}
    for _ in range(_DEEPEST):
        node = document.dictionary(reached)
        given |= {key: node[key] for key in INHERITED if key in node}
        if b"Kids" not in node:
            if not isinstance(reached, Ref) or index or not node:
                break
            return Page(reached, node, given)
        reached, index = _towards(document, node, index)
    raise _damaged()


def _towards(document: Document, node: Dictionary, index: int) -> tuple[Value, int]:
    """The child that holds a page, and the page's number in there."""
    kids = document.array(node.get(b"Kids"))
    if len(kids) == _leaves(document, node) and index < len(kids):
        child = document.dictionary(kids[index])
        if _leaves(document, child) == 1:
            return kids[index], 0  # a flat tree: nobody else needs to be looked at
    for kid in kids[:_MOST_KIDS]:
        leaves = _leaves(document, document.dictionary(kid))
        if index < leaves:
            return kid, index
        index -= leaves
    raise _damaged()


def _leaves(document: Document, node: Dictionary) -> int:
    if b"Kids" not in node:
        return 1 if node else 0
    said = document.resolve(node.get(b"Count"))
    if not isinstance(said, int) or said < 0:
        raise _damaged()
    return said


def _damaged() -> Malformed:
    return Malformed("the tree of its pages is damaged")


def sheet(document: Document, found: Page) -> Sheet:
    """What is shown of a page, and how.

    Raises:
        Malformed: nothing of it is.
    """
    media = box(document, found.given.get(b"MediaBox")) or _LETTER
    crop = box(document, found.given.get(b"CropBox")) or media
    left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
    right, top = min(media[2], crop[2]), min(media[3], crop[3])
    if right <= left or top <= bottom:  # viewers show all of it then
        left, bottom, right, top = media
    turned = document.resolve(found.given.get(b"Rotate"))
    turned = turned % 360 if isinstance(turned, int) and turned % 90 == 0 else 0
    unit = document.resolve(found.own.get(b"UserUnit"))
    unit = float(unit) if isinstance(unit, (int, float)) and unit > 0 else 1.0
    if not all(abs(edge) < 1e7 for edge in (left, bottom, right, top)):
        raise Malformed("a page's box is beyond all measure")
    return Sheet(left, bottom, right, top, turned, unit)


def box(document: Document, value: Value) -> tuple[float, float, float, float] | None:
    """A rectangle, its corners put in order; ``None`` if it is none."""
    edges = [document.resolve(edge) for edge in document.array(value)]
    numbers = [float(edge) for edge in edges if isinstance(edge, (int, float))]
    if len(edges) != 4 or len(numbers) != 4:
        return None
    (left, right), (bottom, top) = sorted(numbers[::2]), sorted(numbers[1::2])
    return (left, bottom, right, top) if left < right and bottom < top else None
