"""What the styles of an OpenDocument say that matters for putting words among others."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aigc_label.carriers import colours

if TYPE_CHECKING:
    from aigc_label.carriers.document_xml import Attributes

_TINY = 2.0  # points of letters that are a line to the eye
_STRUCK = "style:text-line-through-style"
_DEEPEST = 32  # styles that have one another for a parent
_TITLES = ("Title", "Subtitle", "Heading")
_TOLD = {  # what is kept of a style's properties
    "style:paragraph-properties": ("fo:break-before", "fo:background-color"),
    "style:text-properties": (
        "style:text-position", "text:display", "style:text-line-through-style", "fo:font-size",
        "fo:color", "fo:background-color",
    ),
    "style:table-column-properties": ("style:column-width",),
    "style:table-row-properties": ("style:row-height",),
    "style:table-properties": ("table:display",),
    "style:drawing-page-properties": (
        "presentation:visibility", "presentation:display-footer", "presentation:display-header",
    ),
    "style:page-layout-properties": ("fo:page-width", "fo:page-height"),
}  # fmt: skip


@dataclass(slots=True)
class Style:
    """One style: its parent, the master page that begins with it, and its properties."""

    parent: str = ""
    master: str = ""
    told: dict[str, str] = field(default_factory=dict)


class Styles:
    """Reads the styles of ``styles.xml`` and then those of ``content.xml``, which come first.

    Attributes:
        styles: by family and name; page layouts and master pages under families of these names.
        automatic: start, end tag and end of the list of automatic styles read last.
        body: offset of the body read last.
        root: offset of the first element read last.
    """

    def __init__(self) -> None:
        self.styles: dict[tuple[str, str], Style] = {}
        self.automatic: tuple[int, int, int] | None = None
        self.body: int | None = None
        self.root: int | None = None
        self._current: Style | None = None
        self._starts: list[int] = []

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        """An element begins."""
        if not self._starts:
            self.root, self.automatic, self.body = at, None, None
        self._starts.append(at)
        if name in ("style:style", "style:default-style"):
            self._begin(attributes.get("style:family") or "", attributes)
        elif name in ("style:page-layout", "style:master-page"):
            self._begin(name[6:], attributes)
        elif name == "office:body":
            self.body = at
        elif self._current is not None and name in _TOLD:
            for wanted in _TOLD[name]:
                if (value := attributes.get(wanted)) is not None:
                    self._current.told[wanted] = value

    def _begin(self, family: str, attributes: Attributes) -> None:
        self._current = Style(
            attributes.get("style:parent-style-name") or "",
            attributes.get("style:master-page-name")
            or attributes.get("style:page-layout-name")
            or "",
        )
        self.styles[family, attributes.get("style:name") or ""] = self._current

    def end(self, name: str, close: int, behind: int) -> None:
        """An element ends."""
        at = self._starts.pop()
        if name in ("style:style", "style:default-style", "style:page-layout", "style:master-page"):
            self._current = None
        elif name == "office:automatic-styles":
            self.automatic = at, close, behind

    def text(self, text: str) -> None:
        """Styles say nothing in text."""

    def told(self, family: str, style: str | None, what: str) -> str | None:
        """What a style or one of its parents says, else what the family does."""
        for depth, (_, found) in enumerate(self._chain(family, style or "")):
            if what in found.told and depth < _DEEPEST:
                return found.told[what]
        return None

    def _chain(self, family: str, style: str) -> list[tuple[str, Style]]:
        chain: list[tuple[str, Style]] = []
        while (found := self.styles.get((family, style))) is not None and len(chain) < _DEEPEST:
            chain.append((style, found))
            if not style:
                break
            style = found.parent
        return chain

    def is_title(self, style: str | None) -> bool:
        """Whether paragraphs of a style are titles."""
        return any(name in _TITLES for name, _ in self._chain("paragraph", style or ""))

    def breaks(self, style: str | None) -> bool:
        """Whether a page ends before paragraphs of a style."""
        chain = self._chain("paragraph", style or "")
        if chain and chain[0][1].master:
            return True
        return self.told("paragraph", style, "fo:break-before") in ("page", "column")

    def raises(self, style: str | None) -> bool:
        """Whether a text style raises or lowers letters."""
        position = self.told("text", style, "style:text-position") or ""
        return position.split(" ")[0] not in ("", "0%")

    def hides(self, family: str, style: str | None) -> bool:
        """Whether a style of text or of a paragraph hides it, or strikes it out."""
        size = re.fullmatch(r"(\d*\.?\d+)pt", self.told(family, style, "fo:font-size") or "")
        return (
            self.told(family, style, "text:display") == "none"
            or self.told(family, style, _STRUCK) not in (None, "none")
            or (size is not None and float(size[1]) <= _TINY)
        )

    def whitens(self, family: str, style: str | None) -> bool:
        """Whether it writes white letters on no ground of its own, unseen on paper."""
        ink = colours.colour(self.told(family, style, "fo:color") or "")
        if not colours.is_lost(ink, colours.WHITE):
            return False
        ground = self.told(family, style, "fo:background-color")
        return ground in (None, "transparent")

    def free(self, *families: str) -> str:
        """A name that no style of these families has."""
        numbers = range(1, len(self.styles) + 2)
        return next(
            name
            for n in numbers
            if all((family, name := f"AIGC{n}") not in self.styles for family in families)
        )
