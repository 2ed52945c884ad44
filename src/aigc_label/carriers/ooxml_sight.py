"""Which shapes of a slide nobody sees: beyond its border, without ink, or behind another (20.1).

Only shapes that stand on the slide by themselves are judged; of those in groups, and of what has
no place of its own, nothing is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import colours

if TYPE_CHECKING:
    from aigc_label.carriers.colours import Colour
    from aigc_label.carriers.document_xml import Attributes

_SHAPES = ("p:sp", "p:pic", "p:graphicFrame", "p:grpSp", "p:cxnSp")
_WITHIN = 4  # depth of a shape: sld, cSld, spTree, shape
_SEEN = 0.5  # of a shape that has to be on the slide
_FAINT = 5_000  # thousandths of a per cent of opacity
_MOST = 4096
_GROUND = rb"<p:bg\b.*?</p:bg>"
_PLAIN = rb"""<a:srgbClr\s+val\s*=\s*["']([0-9A-Fa-f]{6})["']"""
_PAPER = rb"""<a:schemeClr\s+val\s*=\s*["']bg1["']\s*/>"""
_MAPPED = rb"""<p:clrMap\b[^<>]*\bbg1\s*=\s*["']lt1["']"""
_LIGHT = (
    rb"""<a:lt1>\s*<a:(?:sysClr\b[^<>]*\blastClr|srgbClr\s+val)\s*=\s*["']([0-9A-Fa-f]{6})["']"""
)


class _Box(NamedTuple):
    left: int
    top: int
    right: int
    bottom: int

    def share_within(self, other: _Box) -> float:
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        whole = max((self.right - self.left) * (self.bottom - self.top), 1)
        return max(wide, 0) * max(high, 0) / whole


@dataclass(slots=True)
class _Shape:
    kind: str
    number: str = ""
    at: tuple[int, int] | None = None
    size: tuple[int, int] | None = None
    painted: bool = False
    fill: Colour | None = None
    clear: bool = False
    inks: list[tuple[Colour | None, bool]] = field(default_factory=list)

    @property
    def box(self) -> _Box | None:
        """Where it stands, if it says so."""
        if self.at is None or self.size is None:
            return None
        return _Box(*self.at, self.at[0] + self.size[0], self.at[1] + self.size[1])


class Sight:
    """Reads a slide."""

    def __init__(self) -> None:
        self._shapes: list[_Shape] = []
        self._path: list[str] = []
        self._open: _Shape | None = None

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        """An element begins."""
        del at
        self._path.append(name)
        path = self._path
        if len(path) == _WITHIN and name in _SHAPES and len(self._shapes) < _MOST:
            self._open = _Shape(name, painted=name != "p:sp")
            self._shapes.append(self._open)
        shape = self._open
        if shape is None:
            return
        if name == "p:cNvPr" and len(path) == _WITHIN + 2:
            shape.number = attributes.get("id") or ""
        elif name in ("a:off", "a:ext") and path[_WITHIN:-1] == ["p:spPr", "a:xfrm"]:
            pair = _pair(attributes, ("x", "y") if name == "a:off" else ("cx", "cy"))
            shape.at, shape.size = (pair, shape.size) if name == "a:off" else (shape.at, pair)
        elif path[_WITHIN : _WITHIN + 1] == ["p:spPr"] and len(path) == _WITHIN + 2:
            shape.painted = shape.painted or name in ("a:solidFill", "a:gradFill", "a:blipFill")
        elif path[_WITHIN:-1] == ["p:spPr", "a:solidFill"]:
            shape.fill = _colour(name, attributes)
        elif name == "a:alpha" and path[_WITHIN] == "p:spPr":
            shape.clear = True
        elif name == "a:r":
            shape.inks.append((None, False))
        elif shape.inks and path[-4:-1] == ["a:r", "a:rPr", "a:solidFill"]:
            shape.inks[-1] = (_colour(name, attributes), False)
        elif name == "a:alpha" and shape.inks and path[-4:-2] == ["a:rPr", "a:solidFill"]:
            value = attributes.get("val") or ""
            faint = value.isdecimal() and int(value[:9]) < _FAINT
            shape.inks[-1] = (shape.inks[-1][0], faint)

    def end(self, name: str, close: int, behind: int) -> None:
        """An element ends."""
        del name, close, behind
        self._path.pop()
        if len(self._path) < _WITHIN:
            self._open = None

    def text(self, text: str) -> None:
        """Nothing is told by text."""

    def unseen(self, size: tuple[int, int], ground: Colour | None) -> frozenset[str]:
        """The numbers of the shapes of which nobody sees a word.

        Args:
            size: of the slide.
            ground: its own colour, if it is known.
        """
        slide = _Box(0, 0, *size)
        return frozenset(
            shape.number
            for n, shape in enumerate(self._shapes)
            if (shape.box is not None and shape.box.share_within(slide) < _SEEN)
            or self._is_inkless(n, ground)
            or self._is_covered(n)
        )

    def _is_inkless(self, number: int, ground: Colour | None) -> bool:
        shape = self._shapes[number]
        behind = shape.fill if shape.painted else ground
        if not shape.painted and any(one.painted for one in self._shapes[:number]):
            behind = None  # whatever they paint may be what it stands on
        return bool(shape.inks) and all(
            faint or (not shape.clear and colours.is_lost(ink, behind)) for ink, faint in shape.inks
        )

    def _is_covered(self, number: int) -> bool:
        """Whether a shape of one colour stands over the whole of it."""
        box = self._shapes[number].box
        return box is not None and any(
            one.fill is not None
            and not one.clear
            and one.box is not None
            and box.share_within(one.box) >= 1
            for one in self._shapes[number + 1 :]
        )


def _pair(attributes: Attributes, names: tuple[str, str]) -> tuple[int, int] | None:
    told = [attributes.get(name) or "" for name in names]
    if not all(re.fullmatch(r"-?\d{1,12}", one) for one in told):
        return None
    return int(told[0]), int(told[1])


def _colour(name: str, attributes: Attributes) -> Colour | None:
    return colours.colour(attributes.get("val") or "") if name == "a:srgbClr" else None


def ground(parts: tuple[bytes, ...], theme: bytes) -> Colour | None:
    """The colour of a slide where nothing stands on it, ``None`` if it is none, or unknown.

    Args:
        parts: the slide, its layout and its master.
        theme: the master's theme.
    """
    told = next(filter(None, (re.search(_GROUND, part, re.DOTALL) for part in parts)), None)
    if told is None:
        return colours.WHITE
    if (plain := re.search(_PLAIN, told[0])) is not None:
        return colours.colour(plain[1].decode())
    light = re.search(_LIGHT, theme)
    if re.search(_PAPER, told[0]) and re.search(_MAPPED, parts[-1]) and light is not None:
        return colours.colour(light[1].decode())
    return None
