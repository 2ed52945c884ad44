"""What the styles of a DOCX say that matters for putting a paragraph among others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_label.carriers import colours

if TYPE_CHECKING:
    from aigc_label.carriers.document_xml import Attributes

_OFF = ("0", "false", "off")
_TITLE = re.compile(r"title|subtitle|heading [1-9]", re.IGNORECASE)
_DEEPEST = 32  # styles based on one another
_TINY = 4  # half points of letters that are a line to the eye
LEAST_SIZE = 21
"""Half points: 10.5, the size of body text in Chinese documents."""
_LARGEST_SIZE = 48  # a poster's body text; the words need not shout with it


def is_on(value: str | None) -> bool:
    """What a toggle says; one without a value is on."""
    return value is None or value.lower() not in _OFF


@dataclass(slots=True)
class Style:
    """One style, as far as it speaks; ``None`` where it is silent."""

    based_on: str = ""
    title: bool | None = None
    listed: bool | None = None
    breaks: bool | None = None
    size: int | None = None
    hidden: bool | None = None
    ink: str | None = None
    filled: bool | None = None


class Styles:
    """Reads ``styles.xml``; empty, it is that of a document without one."""

    def __init__(self) -> None:
        self.styles: dict[str, Style] = {}
        self.usual = ""
        self.default_size = 20
        self._current: Style | None = None
        self._path: list[str] = []

    def _told(self, style: str) -> list[Style]:
        """A style and what it is based on, nearest first."""
        chain: list[Style] = []
        while style in self.styles and len(chain) < _DEEPEST:
            chain.append(self.styles[style])
            style = self.styles[style].based_on
        return chain

    def is_title(self, style: str) -> bool:
        """Whether paragraphs of a style are titles."""
        return next((s.title for s in self._told(style) if s.title is not None), False)

    def is_listed(self, style: str) -> bool:
        """Whether they are items of a list."""
        return next((s.listed for s in self._told(style) if s.listed is not None), False)

    def breaks(self, style: str) -> bool:
        """Whether a page ends before them."""
        return next((s.breaks for s in self._told(style) if s.breaks is not None), False)

    def hides(self, style: str) -> bool:
        """Whether nobody sees paragraphs of a style on white paper."""
        told = self._told(style)
        hidden = next((s.hidden for s in told if s.hidden is not None), False)
        size = next((s.size for s in told if s.size is not None), None)
        ink = next((s.ink for s in told if s.ink is not None), "")
        filled = any(s.filled for s in told)
        lost = not filled and colours.is_lost(colours.colour(ink), colours.WHITE)
        return hidden or lost or (size is not None and size <= _TINY)

    @property
    def size(self) -> int:
        """The size of body text in half points, not below :data:`LEAST_SIZE`."""
        told = (s.size for s in self._told(self.usual) if s.size is not None)
        return min(max(next(told, self.default_size), LEAST_SIZE), _LARGEST_SIZE)

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        """An element begins."""
        del at
        self._path.append(name)
        value = attributes.get("w:val")
        if name == "w:style":
            self._begin(attributes)
        elif self._path[-3:] == ["w:rPrDefault", "w:rPr", "w:sz"]:
            self.default_size = int(value) if value and value.isdecimal() else self.default_size
        elif self._current is not None and len(self._path) <= 5:
            self._tell(self._current, name, value)

    def _begin(self, attributes: Attributes) -> None:
        self._current = Style()
        if attributes.get("w:type") in (None, "paragraph"):
            style = attributes.get("w:styleId") or ""
            self.styles[style] = self._current
            if (attributes.get("w:default") or "0") not in _OFF:
                self.usual = style

    def _tell(self, style: Style, name: str, value: str | None) -> None:
        if name == "w:name" and _TITLE.fullmatch(value or ""):
            style.title = True
        elif name == "w:basedOn":
            style.based_on = value or ""
        elif name == "w:outlineLvl":
            style.title = (value or "9") < "9"
        elif name == "w:numId":
            style.listed = value != "0"
        elif name == "w:pageBreakBefore":
            style.breaks = is_on(value)
        elif name == "w:sz" and value and value.isdecimal():
            style.size = int(value)
        elif name == "w:vanish":
            style.hidden = is_on(value)
        elif name == "w:color":
            style.ink = value or ""
        elif name == "w:shd":
            style.filled = True

    def end(self, name: str, close: int, behind: int) -> None:
        """An element ends."""
        del close, behind
        self._path.pop()
        if name == "w:style":
            self._current = None

    def text(self, text: str) -> None:
        """Styles say nothing in text."""
