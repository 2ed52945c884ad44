"""Words on the slides of a PPTX: a text box over what is there (5.1; size by 5.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_label.carriers import document_xml, ooxml_package
from aigc_label.containers import archive
from aigc_label.errors import CannotCarry
from aigc_label.explicit.words import (
    document_flow,
    document_looks,
    document_pages,
    ooxml_parts,
    ooxml_shapes,
)
from aigc_label.explicit.words.document_flow import CORNER, Standing
from aigc_label.explicit.words.document_looks import EMU

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.carriers.document_xml import Attributes, Part
    from aigc_label.carriers.ooxml_relations import Package
    from aigc_label.explicit.words.document_flow import Change
    from aigc_label.explicit_label import ExplicitLabel

_USUAL = (9_144_000, 6_858_000)
_HIDDEN = re.compile(rb"""<(?:[\w.-]+:)?sld\s[^>]*?\bshow\s*=\s*["'](?:0|false)["']""")
_GLANCE = 8192  # bytes of a slide in which its first tag ends
_MOST_NUMBER = 2**31 - 2  # of a shape


class _Presentation:
    """Reads ``presentation.xml``: the slides' relationships in order, and their size."""

    def __init__(self) -> None:
        self.slides: list[str] = []
        self.size = _USUAL
        self._depth = 0

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        del at
        self._depth += 1
        if name == "p:sldId" and self._depth == 3:
            self.slides.append(attributes.get("r:id") or "")
        elif name == "p:sldSz":
            sides = (attributes.get("cx") or "", attributes.get("cy") or "")
            if all(side.isdecimal() and 0 < int(side) < 10**9 for side in sides):
                self.size = int(sides[0]), int(sides[1])

    def end(self, name: str, close: int, behind: int) -> None:
        del name, close, behind
        self._depth -= 1

    def text(self, text: str) -> None:
        """Nothing is said in text."""


def change(asset: Asset, explicit: ExplicitLabel) -> Change:
    """The slides that change so that the words stand where they are asked for.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    package = ooxml_parts.opened(asset)
    main = package.load(package.main)
    told = _Presentation()
    document_xml.walk(main.data, told, main.name)
    slides = _shown(package, told)
    words = CORNER if explicit.corner_mark else document_flow.words_of(explicit)
    page = (told.size[0] / EMU, told.size[1] / EMU)
    contents: dict[str, bytes] = {}
    said = ""
    for index in document_pages.chosen(explicit, len(slides)):
        part = package.load(slides[index])
        new, standing = _marked(part, explicit, words, page, strict=package.strict)
        contents |= new
        said = said or standing
    return contents, Standing(said, explicit.places[0])


def _shown(package: Package, told: _Presentation) -> list[str]:
    """The parts of the slides that a show shows; of all if it shows none."""
    relations = package.relations(package.main)
    found: dict[str, bool] = {}  # each part once, and whether it is shown
    for number in told.slides:
        relation = relations.get(number)
        member = relation and ooxml_package.find(package.directory, relation.part)
        if relation is None or member is None or relation.part in found:
            continue
        begun = archive.beginning(package.asset, member, _GLANCE)
        found[relation.part] = _HIDDEN.search(begun) is None
    if not found:
        raise CannotCarry("there is no slide to mark; label the metadata alone (--no-explicit)")
    return [part for part, shown in found.items() if shown] or list(found)


def _marked(
    part: Part, explicit: ExplicitLabel, words: str, page: tuple[float, float], *, strict: bool
) -> tuple[dict[str, bytes], str]:
    """The slide with the words, nothing if a prompt stands on it; and the words as they stand."""
    shapes = ooxml_shapes.Shapes("p:spTree")
    document_xml.walk(part.data, shapes, part.name)
    if explicit.corner_mark and shapes.corner():
        return {}, CORNER
    for said, _ in shapes.said:
        if not explicit.corner_mark and document_flow.is_mark(said, words):
            return {}, said
    if shapes.tree is None or shapes.highest >= _MOST_NUMBER:
        raise CannotCarry(f"{part.name} has no shapes; save the document again, then mark it")
    look = ooxml_shapes.Look(
        colours=document_looks.colours(explicit.look),
        bold=explicit.look.weight == "bold",
        raised=explicit.corner_mark,
    )
    names = document_xml.prefixes(part.data, shapes.root or 0, "p a", strict=strict)
    box = document_looks.box(words, explicit, page)
    new = ooxml_shapes.shape(
        "p", names, shapes.highest + 1, words=words, box=box, look=look
    ).encode()
    if shapes.tail is not None:
        return part.edited([(shapes.tail, shapes.tail, new)]), words
    return part.edited([document_xml.within(part.data, *shapes.tree, new)]), words
