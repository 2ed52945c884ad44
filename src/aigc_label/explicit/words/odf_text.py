"""Words in an ODT: a paragraph of its own, or a raised AI at the end of one (5.1).

Only ``content.xml`` changes; the words' styles are automatic ones of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from aigc_label.carriers import document_xml
from aigc_label.carriers.odf_speech import Speech
from aigc_label.containers.xmlspans import Tag, escaped
from aigc_label.errors import CannotCarry
from aigc_label.explicit.words import document_flow, document_looks, odf_package
from aigc_label.explicit.words.document_flow import CORNER, Block
from aigc_label.explicit.words.odf_package import points

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.carriers.document_xml import Attributes, Edit, Part
    from aigc_label.carriers.odf_styles import Styles
    from aigc_label.explicit.words.document_flow import Change, Placement
    from aigc_label.explicit_label import ExplicitLabel

_PARAGRAPHS = ("text:p", "text:h")
_OTHERS = frozenset(
    {
        "text:list", "text:numbered-paragraph", "table:table", "text:section",
        "text:table-of-content", "text:illustration-index", "text:table-index",
        "text:object-index", "text:user-index", "text:alphabetical-index", "text:bibliography",
    }
)  # fmt: skip
_LEAST, _MOST = 10.5, 24.0  # points of the words


class _Body:
    """Reads ``content.xml``: the blocks directly in the text."""

    def __init__(self, part: Part, styles: Styles) -> None:
        self.blocks: list[Block] = []
        self.span: tuple[int, int, int] | None = None
        self._data = part.data
        self._styles = styles
        self._path: list[str] = []
        self._starts: list[int] = []
        self._speech = Speech(styles)
        self._style: str | None = None

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        """An element begins."""
        self._path.append(name)
        self._starts.append(at)
        if len(self._path) == 4 and self._path[2] == "office:text":
            self._speech = Speech(self._styles)
            self._style = attributes.get("text:style-name")
        elif len(self._path) > 4:
            self._speech.start(name, attributes)

    def text(self, text: str) -> None:
        """Characters."""
        if len(self._path) >= 4:
            self._speech.text(text)

    def end(self, name: str, close: int, behind: int) -> None:
        """An element ends."""
        self._path.pop()
        at = self._starts.pop()
        if len(self._path) > 3:
            self._speech.end(name)
            if name in _PARAGRAPHS:
                self._speech.text(" ")
        elif name == "office:text" and len(self._path) == 2:
            self.span = at, close, behind
        elif self._path[2:] == ["office:text"] and (name in _PARAGRAPHS or name in _OTHERS):
            self._end_block(name, at, close, behind)

    def _end_block(self, name: str, at: int, close: int, behind: int) -> None:
        said = self._speech.said()
        paragraph = name in _PARAGRAPHS
        kind: Literal["text", "title", "other"] = "other"
        if paragraph:
            kind = "title" if name == "text:h" or self._styles.is_title(self._style) else "text"
        whole = paragraph and close < behind
        self.blocks.append(
            Block(
                start=at,
                end=behind,
                kind=kind,
                text=said,
                solid=self._speech.solid or not paragraph,
                corner=self._speech.corner,
                begin=Tag(self._data, at).end if whole and not self.blocks else None,
                finish=close if whole else None,
                breaks=paragraph and self._styles.breaks(self._style),
            )
        )


def change(asset: Asset, explicit: ExplicitLabel) -> Change:
    """The parts that change so that the words stand where they are asked for.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
        ReadBackMismatch: the words would not be found again.
    """
    package = odf_package.opened(asset)
    part = package.content
    words = document_flow.words_of(explicit)
    body, placed = _read(part, package.styles, explicit, words)
    if placed.done:
        return {}, placed.standing
    contents = part.edited(_edits(part, body, placed, package.styles, explicit))
    document_flow.require_done(_read(part.after(contents), package.styles, explicit, words)[1])
    return contents, placed.standing


def _read(
    part: Part, styles: Styles, explicit: ExplicitLabel, words: str
) -> tuple[_Body, Placement]:
    document_xml.walk(part.data, styles, part.name)
    body = _Body(part, styles)
    document_xml.walk(part.data, body, part.name)
    if body.span is None:
        raise CannotCarry(f"{part.name} has no text; save the document again, then mark it")
    return body, document_flow.placement(body.blocks, explicit, words, top=body.span[1])


def _edits(
    part: Part, body: _Body, placed: Placement, styles: Styles, explicit: ExplicitLabel
) -> list[Edit]:
    names = document_xml.prefixes(part.data, styles.root or 0, "office text style fo")
    style = styles.free("paragraph", "text")
    words = CORNER if explicit.corner_mark else document_flow.words_of(explicit)
    t, xmlns = names["text"], names["xmlns_text"]
    run = f'<{t}span{xmlns} {t}style-name="{style}">{escaped(words)}</{t}span>'
    own = f' {t}style-name="{style}"'
    paragraph = f"<{t}p{xmlns}{own}>{run if explicit.corner_mark else escaped(words)}</{t}p>"
    edits: list[Edit] = []
    for at in placed.paragraphs:
        if body.span is not None and body.span[1] == body.span[2]:  # <office:text/>
            edits.append(document_xml.within(part.data, *body.span, paragraph.encode()))
        else:
            edits.append((at, at, paragraph.encode()))
    opening = f"{run}<{t}line-break{xmlns}/>".encode()
    edits += [(at, at, opening) for at in placed.openings]
    edits += [(at, at, run.encode()) for at in placed.corners]
    new = _styles(style, names, styles, explicit)
    return [odf_package.with_styles(part, styles, names, new), *edits]


def _styles(style: str, names: dict[str, str], styles: Styles, explicit: ExplicitLabel) -> str:
    """Two styles of one name: that of the paragraph and that of the words within another."""
    s, f = names["style"], names["fo"]
    xmlns = names["xmlns_style"] + names["xmlns_fo"]
    side = document_looks.side(explicit.position)
    align = {"left": "start", "right": "end"}.get(side, side)
    letters = (
        f'{f}language="en" {f}country="US" {s}language-asian="zh" {s}country-asian="CN" '
        f"{s}font-family-asian=\"'{document_looks.FONT}'\""
    )
    room = "0cm" if explicit.corner_mark else "0.2cm"  # borders stand outside the text
    plain = f'{f}margin-left="{room}" {f}margin-right="{room}" {f}text-indent="0cm"'
    if explicit.corner_mark:
        letters += f' {s}text-position="super 66%"'
        shown, ground = letters, ""
    else:
        size = f"{_size(styles):g}pt"
        weight = explicit.look.weight.replace("regular", "normal")
        shown = (
            f'{letters} {f}color="#{document_looks.INK}" {f}font-size="{size}" '
            f'{s}font-size-asian="{size}" {f}font-weight="{weight}" '
            f'{s}font-weight-asian="{weight}" {f}font-style="normal"'
        )
        ground = f' {f}background-color="#{document_looks.PLATE}"'
        plain += f"{ground}{_border(names, align)}"
    parent = f' {s}parent-style-name="Standard"'
    parent = parent if ("paragraph", "Standard") in styles.styles else ""
    own = f'<{s}style{xmlns} {s}name="{style}" {s}family='
    return (
        f'{own}"paragraph"{parent}><{s}paragraph-properties {f}text-align="{align}" {plain} '
        f'{f}margin-top="0.2cm" {f}margin-bottom="0.2cm" {f}break-before="auto"/>'
        f"<{s}text-properties {'' if explicit.corner_mark else shown}/></{s}style>"
        f'{own}"text"><{s}text-properties {shown}{ground}/></{s}style>'
    )


def _border(names: dict[str, str], align: str) -> str:
    """A bar on the words' side, and padding."""
    f = names["fo"]
    told = f' {f}padding="0.12cm"'
    for edge, side in (("left", "start"), ("right", "end")):
        bar = f"3pt solid #{document_looks.BAR}" if side == align else "none"
        told += f' {f}border-{edge}="{bar}"'
    return f'{told} {f}border-top="none" {f}border-bottom="none"'


def _size(styles: Styles) -> float:
    """The size of body text in points, not below that of Chinese documents."""
    told = styles.told("paragraph", "Standard", "fo:font-size")
    told = told or styles.told("paragraph", "", "fo:font-size")
    return min(max(points(told) or 12.0, _LEAST), _MOST)
