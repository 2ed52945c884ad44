"""Words on the slides of a PPTX: a text box over what is there (5.1; size by 5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.carriers import document_xml, ooxml_pages
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
    from aigc_label.carriers.document_xml import Part
    from aigc_label.explicit.words.document_flow import Change
    from aigc_label.explicit_label import ExplicitLabel

_MOST_NUMBER = 2**31 - 2  # of a shape


def change(asset: Asset, explicit: ExplicitLabel) -> Change:
    """The slides that change so that the words stand where they are asked for.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    package = ooxml_parts.opened(asset)
    main = package.load(package.main)
    told = ooxml_pages.Presentation()
    document_xml.walk(main.data, told, main.name)
    slides = ooxml_pages.slides(package, told)
    if not slides:
        raise CannotCarry("there is no slide to mark; label the metadata alone (--no-explicit)")
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
