"""Words on the slides of an ODP: a text box over what is there (5.1; size by 5.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aigc_label.carriers import document_xml
from aigc_label.carriers.odf_speech import Speech
from aigc_label.errors import CannotCarry
from aigc_label.explicit.words import (
    document_flow,
    document_looks,
    document_pages,
    odf_boxes,
    odf_package,
)
from aigc_label.explicit.words.document_flow import CORNER, Standing
from aigc_label.explicit.words.odf_package import points

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.carriers.document_xml import Attributes, Edit
    from aigc_label.carriers.odf_styles import Styles
    from aigc_label.explicit.words.document_flow import Change
    from aigc_label.explicit_label import ExplicitLabel

_USUAL = (793.7, 595.3)  # points of a slide of 28 by 21 cm
_BEHIND_SHAPES = ("presentation:notes", "presentation:animations")


@dataclass(slots=True)
class _Slide:
    """One slide: its style and master page, what it says, and where a shape belongs."""

    style: str | None
    master: str | None
    at: int
    close: int = 0
    behind: int = 0
    put: int | None = None
    highest: int | None = None
    said: list[tuple[str, bool]] = field(default_factory=list)


class _Slides:
    """Reads ``content.xml``: the slides."""

    def __init__(self, styles: Styles) -> None:
        self.found: list[_Slide] = []
        self._styles = styles
        self._path: list[str] = []
        self._notes = 0
        self._speech: Speech | None = None

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        """An element begins."""
        self._path.append(name)
        if name == "draw:page" and len(self._path) == 4:
            master = attributes.get("draw:master-page-name")
            self.found.append(_Slide(attributes.get("draw:style-name"), master, at))
        elif len(self._path) > 4 and self._path[3] == "draw:page":
            self._begin(self.found[-1], name, attributes, at)

    def _begin(self, slide: _Slide, name: str, attributes: Attributes, at: int) -> None:
        last = name in _BEHIND_SHAPES or name.startswith("anim:")
        if len(self._path) == 5 and last and slide.put is None:
            slide.put = at
        self._notes += name == "presentation:notes"
        height = attributes.get("draw:z-index") or ""
        if height.isdecimal() and len(height) < 9:
            slide.highest = max(slide.highest or 0, int(height))
        if self._notes:
            return
        if self._speech is not None:
            self._speech.start(name, attributes)
        elif name == "text:p" and "office:annotation" not in self._path:
            self._speech = Speech(self._styles)

    def text(self, text: str) -> None:
        """Characters."""
        if self._speech is not None:
            self._speech.text(text)

    def end(self, name: str, close: int, behind: int) -> None:
        """An element ends."""
        self._path.pop()
        if name == "draw:page" and len(self._path) == 3:
            self.found[-1].close, self.found[-1].behind = close, behind
        self._notes -= name == "presentation:notes"
        if self._speech is None:
            return
        if name != "text:p" or self._speech.inner:
            self._speech.end(name)
            return
        said = self._speech.said().strip()
        if said or self._speech.corner:
            self.found[-1].said.append((said, self._speech.corner))
        self._speech = None


def change(asset: Asset, explicit: ExplicitLabel) -> Change:
    """The parts that change so that the words stand where they are asked for.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    package = odf_package.opened(asset)
    part, styles = package.content, package.styles
    document_xml.walk(part.data, styles, part.name)
    slides = _Slides(styles)
    document_xml.walk(part.data, slides, part.name)
    shown = [slide for slide in slides.found if not _hidden(slide, styles)] or slides.found
    if not shown:
        raise CannotCarry("there is no slide to mark; label the metadata alone (--no-explicit)")
    words = CORNER if explicit.corner_mark else document_flow.words_of(explicit)
    names = document_xml.prefixes(part.data, styles.root or 0, odf_boxes.NAMES)
    box = document_looks.box(words, explicit, _size(shown[0], styles))
    look = odf_boxes.Look(
        style=styles.free("graphic", "paragraph", "text"),
        colours=document_looks.colours(explicit.look),
        bold=explicit.look.weight == "bold",
        raised=explicit.corner_mark,
    )
    edits: list[Edit] = []
    said = ""
    for index in document_pages.chosen(explicit, len(shown)):
        slide = shown[index]
        standing = _standing(slide, words, corner=explicit.corner_mark)
        said = said or standing or words
        if standing is None:
            over = "" if slide.highest is None else f' {names["draw"]}z-index="{slide.highest + 1}"'
            new = odf_boxes.frame(names, words, box, look, extra=over).encode()
            if slide.put is not None:
                edits.append((slide.put, slide.put, new))
            else:
                span = slide.at, slide.close, slide.behind
                edits.append(document_xml.within(part.data, *span, new))
    if edits:
        new_styles = odf_boxes.styles(names, box, look)
        edits.append(odf_package.with_styles(part, styles, names, new_styles))
    return part.edited(edits), Standing(said, explicit.places[0])


def _hidden(slide: _Slide, styles: Styles) -> bool:
    told = styles.told("drawing-page", slide.style, "presentation:visibility")
    return told == "hidden"


def _size(slide: _Slide, styles: Styles) -> tuple[float, float]:
    """Width and height of a slide in points, by its master page's layout."""
    master = styles.styles.get(("master-page", slide.master or ""))
    layout = styles.styles.get(("page-layout", master.master)) if master else None
    told = layout.told if layout else {}
    width, height = (points(told.get(f"fo:page-{side}")) for side in ("width", "height"))
    return (width, height) if width and height and width > 0 and height > 0 else _USUAL


def _standing(slide: _Slide, words: str, *, corner: bool) -> str | None:
    """The words that stand on a slide already."""
    for said, raised in slide.said:
        if corner and raised:
            return CORNER
        if not corner and document_flow.is_mark(said, words):
            return said
    return None
