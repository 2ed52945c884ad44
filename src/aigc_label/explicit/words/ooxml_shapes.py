"""A text box of DrawingML, the same on slides and sheets (ECMA-376 part 1, 19.3 and 20.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_label import wording
from aigc_label.containers.xmlspans import escaped
from aigc_label.explicit.words import document_looks
from aigc_label.explicit.words.document_looks import EMU
from aigc_label.explicit.words.document_sheets import COLUMN, ROW

if TYPE_CHECKING:
    from aigc_label.carriers.document_xml import Attributes
    from aigc_label.explicit.words.document_looks import Box, Colours

NAME = "AIGC label"
"""What the shape is called in lists of objects."""

RAISED = 30_000
"""Thousandths of a percent by which a corner mark is raised."""

_SMALLER = 1.5  # programs draw raised letters at two thirds


class Shapes:
    """Reads the shapes of a slide or of a sheet's drawing.

    Attributes:
        said: the text of each paragraph, and whether all of it is raised.
        root: offset of the first element.
        tree: start, end tag and end of the element that holds the shapes.
        tail: offset of an extension list that closes it, ``None`` if there is none.
        highest: the highest number of a shape.
        anchors: first and last cell, as row and column, under each thing on a sheet.
    """

    def __init__(self, tree: str) -> None:
        self.said: list[tuple[str, bool]] = []
        self.root: int | None = None
        self.tree: tuple[int, int, int] | None = None
        self.tail: int | None = None
        self.highest = 0
        self.anchors: list[tuple[tuple[int, int], tuple[int, int]]] = []
        self._tree = tree
        self._path: list[str] = []
        self._starts: list[int] = []
        self._unshown = 0
        self._text: list[str] = []
        self._raised = True
        self._corner: dict[str, int] = {}

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        """An element begins."""
        if self.root is None:
            self.root = at
        self._path.append(name)
        self._starts.append(at)
        self._unshown += name == "mc:Fallback"
        if name.endswith(":cNvPr"):
            number = attributes.get("id") or ""
            if number.isdecimal() and len(number) < 10:
                self.highest = max(self.highest, int(number))
        elif name == "xdr:ext":
            self._corner |= self._reach(attributes)
        elif name == "a:p":
            self._text, self._raised = [], True
        elif name == "a:rPr" and self._path[-2] == "a:r":
            self._raised = self._raised and (attributes.get("baseline") or "0") not in ("0", "0%")
        elif name == "a:br":
            self._text.append("\n")
        elif name.endswith(":extLst") and self._path[-2] == self._tree and self.tree is None:
            self.tail = at

    def _reach(self, attributes: Attributes) -> dict[str, int]:
        """The last cell of a thing of which the first and a size are told; sizes are usual."""
        reach = {}
        for side, cell, usual in (("cx", "col", COLUMN), ("cy", "row", ROW)):
            length = attributes.get(side) or ""
            if length.isdecimal() and len(length) < 10:
                cells = int(int(length) / EMU / usual)
                reach[f"xdr:to/xdr:{cell}"] = self._corner.get(f"xdr:from/xdr:{cell}", 0) + cells
        return reach

    def text(self, text: str) -> None:
        """Characters."""
        if self._path[-1] == "a:t" and not self._unshown:
            self._text.append(text)
        elif self._path[-1] in ("xdr:row", "xdr:col") and text.isdecimal() and len(text) < 8:
            self._corner["/".join(self._path[-2:])] = int(text)

    def end(self, name: str, close: int, behind: int) -> None:
        """An element ends."""
        at = self._starts.pop()
        self._path.pop()
        self._unshown -= name == "mc:Fallback"
        if name == "a:p":
            said = "".join(self._text)
            if said.strip():
                self.said.append((said.strip(), self._raised))
        elif name.endswith("CellAnchor"):
            keys = ("xdr:from/xdr:row", "xdr:from/xdr:col", "xdr:to/xdr:row", "xdr:to/xdr:col")
            top, left, bottom, right = (self._corner.get(key, 0) for key in keys)
            self.anchors.append(((top, left), (bottom, right)))
            self._corner = {}
        elif name == self._tree and self._tree not in self._path:
            self.tree = at, close, behind

    def corner(self) -> bool:
        """Whether a corner mark is among what they say."""
        return any(raised and wording.is_corner_mark(said) for said, raised in self.said)


class Look(NamedTuple):
    """How a box looks."""

    colours: Colours
    bold: bool = False
    raised: bool = False
    rim: str = ""


def shape(
    kind: str, names: dict[str, str], number: int, *, words: str, box: Box, look: Look
) -> str:
    """The text box.

    Args:
        kind: ``p`` on slides, ``xdr`` on sheets.
        names: prefixes and declarations, see :func:`document_xml.prefixes`.
        number: of its own among the shapes.
        words: what it says.
        box: where it is, in points; its left and top are not said on sheets.
        look: colours and weight.
    """
    k, a = names[kind], names["a"]
    declared = names[f"xmlns_{kind}"] + names["xmlns_a"]
    own = "" if kind == "p" else ' macro="" textlink=""'
    place = f"<{k}nvPr/>" if kind == "p" else ""
    off = (round(box.left * EMU), round(box.top * EMU))
    extent = (round(box.width * EMU), round(box.height * EMU))
    rim = f'<{a}solidFill><{a}srgbClr val="{look.rim}"/></{a}solidFill>' if look.rim else ""
    return (
        f"<{k}sp{declared}{own}><{k}nvSpPr>"
        f'<{k}cNvPr id="{number}" name="{NAME}"/><{k}cNvSpPr txBox="1"/>{place}</{k}nvSpPr>'
        f'<{k}spPr><{a}xfrm><{a}off x="{off[0]}" y="{off[1]}"/>'
        f'<{a}ext cx="{extent[0]}" cy="{extent[1]}"/></{a}xfrm>'
        f'<{a}prstGeom prst="roundRect"><{a}avLst><{a}gd name="adj" fmla="val {_round(box)}"/>'
        f"</{a}avLst></{a}prstGeom>{_fill(a, look.colours)}"
        f'<{a}ln w="{9525 if rim else 0}">{rim or f"<{a}noFill/>"}</{a}ln></{k}spPr>'
        f"<{k}txBody>{_body(a, words, box, look)}</{k}txBody></{k}sp>"
    )


def _round(box: Box) -> int:
    """The corners' radius, a quarter of the em, over the shorter side in 100,000."""
    return min(round(box.size / 4 / min(box.width, box.height) * 100_000), 50_000)


def _fill(a: str, colours: Colours) -> str:
    alpha = ""
    if colours.opacity < 1:
        alpha = f'<{a}alpha val="{round(colours.opacity * 100_000)}"/>'
    return f'<{a}solidFill><{a}srgbClr val="{colours.ground}">{alpha}</{a}srgbClr></{a}solidFill>'


def _body(a: str, words: str, box: Box, look: Look) -> str:
    side, above = (round(length * EMU) for length in document_looks.padding(box.size))
    one = box.height < 2 * box.size
    inset = f'lIns="{side}" tIns="{above}" rIns="{side}" bIns="{above}"'
    size = round(box.size * (100 * _SMALLER if look.raised else 100))
    raised = f' baseline="{RAISED}"' if look.raised else ""
    spacing = f'<{a}spcPts val="0"/>'
    return (
        f'<{a}bodyPr vert="horz" wrap="{"none" if one else "square"}" {inset} rtlCol="0" '
        f'anchor="ctr"><{a}noAutofit/></{a}bodyPr><{a}lstStyle/>'
        f'<{a}p><{a}pPr marL="0" indent="0" algn="ctr">'
        f'<{a}lnSpc><{a}spcPct val="100000"/></{a}lnSpc>'
        f"<{a}spcBef>{spacing}</{a}spcBef><{a}spcAft>{spacing}</{a}spcAft><{a}buNone/></{a}pPr>"
        f'<{a}r><{a}rPr lang="zh-CN" altLang="en-US" sz="{size}" b="{int(look.bold)}" i="0"'
        f"{raised}>"
        f'<{a}solidFill><{a}srgbClr val="{look.colours.ink}"/></{a}solidFill>'
        f'<{a}ea typeface="{document_looks.FONT}"/></{a}rPr>'
        f"<{a}t>{escaped(words)}</{a}t></{a}r></{a}p>"
    )
