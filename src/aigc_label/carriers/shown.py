"""A paragraph of a document as people see it, and a cheap look at whether any could be a prompt."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from aigc_label.carriers.prompt_line import RAISED

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["RAISED", "Kind", "Paragraph", "as_row", "fills", "may_say"]

Kind: TypeAlias = Literal["plain", "heading", "table"]

# Words may be parted by tags, also within one. What matches none of these bears no prompt.
_MAY_SAY = re.compile(
    "(?:\u751f|\u5408)(?:\u6210|<)|>\\s*A\\s*(?:I\\s*)?<|\u1d2c|\u1d43|&#".encode(), re.IGNORECASE
)


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
    return _MAY_SAY.search(part) is not None
