"""Words on the sheets of an XLSX: a text box in sight, and a page header for print (5.1).

A sheet has no running text. A row for the words would shift what formulas count, a cell would be
data, and a page header alone is not seen on the screen: so a box floats over the sheet that opens,
beside the cells, and does not print; each printed page says the words in its header. Where a sheet
has headers of its own, they stay as they are, and the box prints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import document_xml, ooxml_pages
from aigc_label.containers.xmlspans import Tag, escaped
from aigc_label.errors import CannotCarry
from aigc_label.explicit.words import (
    document_flow,
    document_looks,
    document_pages,
    document_sheets,
    ooxml_parts,
    ooxml_shapes,
    ooxml_sheet,
)
from aigc_label.explicit.words.document_flow import CORNER, Standing
from aigc_label.explicit.words.document_looks import EMU, Box, Colours
from aigc_label.explicit.words.document_sheets import SIZE

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.carriers.document_xml import Part
    from aigc_label.carriers.ooxml_relations import Package
    from aigc_label.explicit.words.document_flow import Change
    from aigc_label.explicit.words.document_sheets import Spot
    from aigc_label.explicit.words.ooxml_sheet import Sight
    from aigc_label.explicit_label import ExplicitLabel

_TYPE = "application/vnd.openxmlformats-officedocument.drawing+xml"
_DRAWING = "xl/drawings/drawing{}.xml"
_LOOK = Colours(document_looks.INK, document_looks.PLATE, 1.0)


class _Job(NamedTuple):
    """What is the same for all sheets."""

    package: Package
    words: str
    raised: bool
    bold: bool
    prompts: dict[int, str]


def change(asset: Asset, explicit: ExplicitLabel) -> Change:
    """The parts that change so that the words stand where they are asked for.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    package = ooxml_parts.opened(asset)
    main = package.load(package.main)
    told = ooxml_pages.Workbook()
    document_xml.walk(main.data, told, main.name)
    sheets, opens = ooxml_pages.sheets(package, told)
    if not sheets:
        raise CannotCarry("there is no worksheet to mark: charts and macros alone have no cells")
    words = CORNER if explicit.corner_mark else document_flow.words_of(explicit)
    job = _Job(
        package,
        words,
        explicit.corner_mark,
        explicit.look.weight == "bold",
        {} if explicit.corner_mark else _prompts(package, words),
    )
    contents: dict[str, bytes] = {}
    drawings: list[str] = []
    said = ""
    notes: tuple[str, ...] = ()
    for index in document_pages.chosen(explicit, len(sheets), first=opens):
        standing, noted = _mark(job, sheets[index], contents, drawings)
        said, notes = said or standing, notes or noted
    if drawings:
        contents |= ooxml_parts.with_types(package, drawings, _TYPE)
    return contents, Standing(said, explicit.places[0], notes)


def _prompts(package: Package, words: str) -> dict[int, str]:
    """The shared strings that are prompts."""
    name = package.related(package.main, "sharedStrings")
    if name is None:
        return {}
    part = package.load(name)
    if not any(word.encode() in part.data for word in ("生成", "合成", escaped(words))):
        return {}
    strings = ooxml_pages.Strings(lambda said: document_flow.is_mark(said, words))
    document_xml.walk(part.data, strings, part.name)
    return strings.prompts


def _mark(
    job: _Job, name: str, contents: dict[str, bytes], drawings: list[str]
) -> tuple[str, tuple[str, ...]]:
    """Mark one sheet; returns the words as they stand on it, and what users should know."""
    part = job.package.load(name)
    seen = ooxml_sheet.sight(part)
    if (standing := _in_cells(job, seen)) is not None:
        return standing, ()
    tail, root = ooxml_sheet.tail(part)
    relation = job.package.relations(name).get(tail.drawing) if tail.drawing else None
    if tail.drawing and relation is None:
        raise CannotCarry(f"the drawing of {name} is missing; save the document again")
    shapes = ooxml_shapes.Shapes("xdr:wsDr")
    canvas = None
    if relation is not None:
        canvas = job.package.load(relation.part)
        document_xml.walk(canvas.data, shapes, canvas.name)
        found = CORNER if job.raised and shapes.corner() else None
        marks = (said for said, _ in shapes.said if document_flow.is_mark(said, job.words))
        found = found or (None if job.raised else next(marks, None))
        if found is not None:
            return found, ()
    for first, last in shapes.anchors:
        seen.grid.cover(first, last)
    width, height = document_looks.note_box(job.words, SIZE)
    spot = document_sheets.spot(seen.grid, (width, height))
    box = Box(0, 0, width, height, SIZE)
    strict = job.package.strict
    edits = []
    if canvas is not None:
        if shapes.tree is None:
            raise CannotCarry(f"{canvas.name} is no drawing; save the document again")
        names = document_xml.prefixes(canvas.data, shapes.root or 0, "xdr a", strict=strict)
        anchor = _anchor(job, names, shapes.highest + 1, spot, box, prints=tail.headed)
        contents.update(
            canvas.edited([document_xml.within(canvas.data, *shapes.tree, anchor.encode())])
        )
    else:
        drawing = ooxml_parts.free_name(job.package.directory, _DRAWING, contents)
        drawings.append(drawing)
        contents[drawing] = _canvas(job, spot, box, prints=tail.headed)
        number, related = ooxml_parts.with_relation(job.package, name, "drawing", drawing)
        contents.update(related)
        names = document_xml.prefixes(part.data, root, "r", strict=strict)
        link = f'<{_own(part, root)}drawing{names["xmlns_r"]} {names["r"]}id="{number}"/>'
        edits.append((tail.draw_at, tail.draw_at, link.encode()))
    if not tail.headed:
        edits.insert(0, (tail.head_at, tail.head_at, _header(job, _own(part, root))))
    contents.update(part.edited(edits))
    return job.words, (document_sheets.HIDES,) if spot.hides else ()


def _own(part: Part, root: int) -> str:
    """The prefix of a part's own elements, with its colon."""
    prefix, colon, _ = Tag(part.data, root).name.decode().rpartition(":")
    return prefix + colon


def _header(job: _Job, own: str) -> bytes:
    """A header in the right corner of each printed page; ``&`` begins its codes."""
    raised = "&X" if job.raised else ""
    said = escaped(f"&R{raised}{job.words.replace('&', '&&')}")
    return (
        f"<{own}headerFooter><{own}oddHeader>{said}</{own}oddHeader></{own}headerFooter>".encode()
    )


def _canvas(job: _Job, spot: Spot, box: Box, *, prints: bool) -> bytes:
    """A new drawing that holds the box alone."""
    names: dict[str, str] = {}
    declared = ""
    for prefix in ("xdr", "a"):
        uri = document_xml.NAMES[prefix][-1 if job.package.strict else 0]
        names |= {prefix: f"{prefix}:", f"xmlns_{prefix}": ""}
        declared += f' xmlns:{prefix}="{uri}"'
    anchor = _anchor(job, names, 2, spot, box, prints=prints)
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
        f"<xdr:wsDr{declared}>{anchor}</xdr:wsDr>"
    ).encode()


def _anchor(
    job: _Job, names: dict[str, str], number: int, spot: Spot, box: Box, *, prints: bool
) -> str:
    """The box at the corner of its cell; it moves with the cell and keeps its size."""
    x = names["xdr"]
    look = ooxml_shapes.Look(_LOOK, bold=job.bold, raised=job.raised, rim=document_looks.BAR)
    shape = ooxml_shapes.shape("xdr", names, number, words=job.words, box=box, look=look)
    off = round(spot.offset * EMU)
    width, height = round(box.width * EMU), round(box.height * EMU)
    printing = "" if prints else ' fPrintsWithSheet="0"'
    return (
        f"<{x}oneCellAnchor{names['xmlns_xdr']}><{x}from><{x}col>{spot.column}</{x}col>"
        f"<{x}colOff>{off}</{x}colOff><{x}row>{spot.row}</{x}row><{x}rowOff>{off}</{x}rowOff>"
        f'</{x}from><{x}ext cx="{width}" cy="{height}"/>{shape}'
        f"<{x}clientData{printing}/></{x}oneCellAnchor>"
    )


def _in_cells(job: _Job, seen: Sight) -> str | None:
    """A prompt in a cell in sight that has its row to itself; others head columns."""
    if job.raised:
        return None
    for place, cell in seen.grid.cells.items():
        if not seen.grid.alone(place[0]):
            continue
        if place in seen.shared:
            if (said := job.prompts.get(seen.shared[place])) is not None:
                return said
        elif cell.textual and document_flow.is_mark(cell.text, job.words):
            return cell.text.strip()
    return None
