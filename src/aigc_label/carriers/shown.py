"""A paragraph of a document as people see it, and a cheap look at whether any could be a prompt."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from aigc_label.carriers.prompt_line import RAISED

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["RAISED", "Kind", "Paragraph", "as_row", "fills", "may_say"]

Kind: TypeAlias = Literal["plain", "heading", "table"]

# Words may be parted by tags, also within one. What has none of these bears no prompt; plain
# searches for bytes are ten times faster than one expression for all.
_BEGIN = ("\u751f".encode(), "\u5408".encode())
_GOES_ON = ("\u6210".encode(), b"<")
_SIGNS = (b">AI<", b">A<", b">ai<", b">Ai<", b">a<", "\u1d2c".encode(), "\u1d43".encode(), b"&#")


class Paragraph(NamedTuple):
    """A paragraph as it is shown.

    Attributes:
        text: what people read; :data:`RAISED` stands for a raised AI.
        kind: ``"heading"`` where words could name a topic: titles and items of lists;
            ``"table"`` where they may head a column.
        row: of a sheet, from 0, where it stands on one.
        boxed: whether it stands in a box over what is around it, and in no cell.
    """

    text: str
    kind: Kind = "plain"
    row: int = 0
    boxed: bool = False


def as_row(row: Sequence[Paragraph], cells: int) -> list[Paragraph]:
    """The paragraphs of a row of a table, of whose cells so many hold text."""
    return [one if one.boxed or cells < 2 else one._replace(kind="table") for one in row]


def fills(cell: Sequence[Paragraph]) -> bool:
    """Whether a cell holds text."""
    return any(not one.boxed for one in cell)


def may_say(part: bytes) -> bool:
    """Whether any words in a part in UTF-8 could be a prompt."""
    for begin in _BEGIN:
        if begin in part and re.search(b"%b(?:%b|%b)" % (begin, *_GOES_ON), part):
            return True
    return any(sign in part for sign in _SIGNS)
