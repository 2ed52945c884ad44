"""Words in a DOCX: a paragraph of its own, or a raised AI at the end of one (5.1).

They stand in the body and not in the page header: what is copied out of a document, read aloud,
searched, or converted for the web is its body, and clause 5.1 asks for the start, the end or the
middle of the text. Only ``document.xml`` changes; the paragraph carries its own formatting, so no
style is added that somebody may change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.carriers import document_xml
from aigc_label.carriers.ooxml_styles import Styles
from aigc_label.containers.xmlspans import escaped
from aigc_label.errors import CannotCarry
from aigc_label.explicit.words import document_flow, document_looks, ooxml_parts
from aigc_label.explicit.words.document_flow import CORNER
from aigc_label.explicit.words.ooxml_blocks import Body

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.carriers.document_xml import Edit, Part
    from aigc_label.explicit.words.document_flow import Change, Placement
    from aigc_label.explicit_label import ExplicitLabel

_ROOM = 120
"""Twentieths of a point between the text's edge and the words, for the border."""


def change(asset: Asset, explicit: ExplicitLabel) -> Change:
    """The parts that change so that the words stand where they are asked for.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
        ReadBackMismatch: the words would not be found again.
    """
    package = ooxml_parts.opened(asset)
    styles = Styles()
    if (name := package.related(package.main, "styles")) is not None:
        part = package.load(name)
        document_xml.walk(part.data, styles, part.name)
    part = package.load(package.main)
    words = document_flow.words_of(explicit)
    body, placed = _read(part, styles, explicit, words)
    if placed.done:
        return {}, placed.standing
    edits = _edits(part, body, placed, _Writer(part, body, styles, explicit, strict=package.strict))
    contents = part.edited(edits)
    document_flow.require_done(_read(part.after(contents), styles, explicit, words)[1])
    return contents, placed.standing


def _read(
    part: Part, styles: Styles, explicit: ExplicitLabel, words: str
) -> tuple[Body, Placement]:
    body = Body(part.data, styles)
    document_xml.walk(part.data, body, part.name)
    if body.span is None:
        raise CannotCarry(f"{part.name} has no body; save the document again, then mark it")
    top = body.last if body.last is not None else body.span[1]
    return body, document_flow.placement(body.blocks, explicit, words, top=top)


def _edits(part: Part, body: Body, placed: Placement, write: _Writer) -> list[Edit]:
    edits: list[Edit] = []
    for at in placed.paragraphs:
        if body.span is not None and body.span[1] == body.span[2]:  # <w:body/>
            edits.append(document_xml.within(part.data, *body.span, write.paragraph()))
        else:
            edits.append((at, at, write.paragraph()))
    edits += [(at, at, write.opening()) for at in placed.openings]
    return edits + [(at, at, write.corner()) for at in placed.corners]


class _Writer:
    """Paragraphs and runs in the prefixes of the part."""

    def __init__(
        self, part: Part, body: Body, styles: Styles, explicit: ExplicitLabel, *, strict: bool
    ) -> None:
        names = document_xml.prefixes(part.data, body.root or 0, "w", strict=strict)
        self.w, self.xmlns = names["w"], names["xmlns_w"]
        self.strict = strict
        self.size = styles.size
        self.raised = explicit.corner_mark
        self.bold = explicit.look.weight == "bold"
        self.words = document_flow.words_of(explicit)
        side = document_looks.side(explicit.position)
        self.side = {"left": "start", "right": "end"}.get(side, side) if strict else side

    def paragraph(self) -> bytes:
        """A paragraph of its own, free of what the usual style may say."""
        w = self.w
        spaced = f'<{w}spacing {w}before="120" {w}after="120" {w}line="264" {w}lineRule="auto"/>'
        room = 0 if self.raised else _ROOM  # a border stands outside the text by its space
        near, far = ("start", "end") if self.strict else ("left", "right")
        indent = f'{w}{near}="{room}" {w}{far}="{room}" {w}firstLineChars="0" {w}firstLine="0"'
        band = "" if self.raised else self._band()
        run = self._run(CORNER, self._raised()) if self.raised else self._words("")
        return (
            f'<{w}p{self.xmlns}><{w}pPr><{w}pageBreakBefore {w}val="0"/>{band}'
            f'<{w}bidi {w}val="0"/>{spaced}<{w}ind {indent}/><{w}jc {w}val="{self.side}"/></{w}pPr>'
            f"{run}</{w}p>"
        ).encode()

    def _band(self) -> str:
        """A light ground with a bar on the words' side; the other borders are its padding."""
        w, looks = self.w, document_looks
        borders = ""
        for edge in ("top", "left", "bottom", "right"):
            bar = edge == {"start": "left", "end": "right"}.get(self.side, self.side)
            size, colour = (24, looks.BAR) if bar else (4, looks.PLATE)
            space = 3 if edge in ("top", "bottom") else 5
            told = f'{w}sz="{size}" {w}space="{space}" {w}color="{colour}"'
            borders += f'<{w}{edge} {w}val="single" {told}/>'
        ground = f'<{w}shd {w}val="clear" {w}color="auto" {w}fill="{looks.PLATE}"/>'
        return f"<{w}pBdr>{borders}</{w}pBdr>{ground}"

    def opening(self) -> bytes:
        """The words and a line break, within a paragraph that a page ends before."""
        w = self.w
        ground = f'<{w}shd {w}val="clear" {w}color="auto" {w}fill="{document_looks.PLATE}"/>'
        run = self._run(CORNER, self._raised()) if self.raised else self._words(ground)
        return f"{run}<{w}r{self.xmlns}><{w}br/></{w}r>".encode()

    def corner(self) -> bytes:
        """A raised AI at the end of a paragraph, in the paragraph's own size and colour."""
        return self._run(CORNER, self._raised()).encode()

    def _raised(self) -> str:
        return f'<{self.w}vertAlign {self.w}val="superscript"/>'

    def _words(self, ground: str) -> str:
        w = self.w
        bold = f"<{w}b/><{w}bCs/>" if self.bold else f'<{w}b {w}val="0"/><{w}bCs {w}val="0"/>'
        return self._run(
            self.words,
            f'<{w}color {w}val="{document_looks.INK}"/>'
            f'<{w}sz {w}val="{self.size}"/><{w}szCs {w}val="{self.size}"/>{ground}',
            before=bold + f'<{w}i {w}val="0"/><{w}iCs {w}val="0"/>',
        )

    def _run(self, words: str, look: str, before: str = "") -> str:
        """A run; ``before`` and ``look`` are properties that stand before and behind noProof."""
        w = self.w
        return (
            f"<{w}r{self.xmlns}><{w}rPr>"
            f'<{w}rFonts {w}hint="eastAsia" {w}eastAsia="{document_looks.FONT}"/>{before}'
            f'<{w}noProof/><{w}vanish {w}val="0"/>{look}'
            f'<{w}lang {w}val="en-US" {w}eastAsia="zh-CN"/></{w}rPr>'
            f'<{w}t xml:space="preserve">{escaped(words)}</{w}t></{w}r>'
        )
