"""The label in a Markdown text: in its front matter, and the copies that tools paste elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.carriers import text_block, yaml_record
from aigc_label.containers import frontmatter, markdown_lines, text_bytes
from aigc_label.edits import EditPlan
from aigc_label.errors import AigcLabelError
from aigc_label.model import FoundLabel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.carriers.text_block import Pasted
    from aigc_label.containers.frontmatter import FrontMatter
    from aigc_label.containers.text_bytes import TextPart
    from aigc_label.model import ImplicitLabel

_HOME = "markdown.frontmatter"
_KEY = yaml_record.KEY.lower()


def is_up_front(asset: Asset) -> bool:
    """Whether a label stands in front matter. Never raises."""
    try:
        block = _block(text_bytes.head_of(asset))
    except AigcLabelError:
        return False
    return block is not None and any(yaml_record.labels_in(block.entries))


def observe(asset: Asset) -> Iterator[FoundLabel]:
    """Yield the labels in the front matter, then those pasted elsewhere.

    Raises:
        Malformed: the bytes are no text that is read here.
        LimitExceeded: a block or the number of places is over a limit.
    """
    head = text_bytes.head_of(asset)
    block = _block(head)
    if block is not None:
        for start, _, parsed in yaml_record.labels_in(block.entries):
            yield FoundLabel(
                carrier=_HOME,
                fields=parsed.fields,
                quirks=tuple(dict.fromkeys((*parsed.quirks, *_fault(block)))),
                home=block.start == 0,
                offset=head.offset(start),
            )
    for part in (head, text_bytes.tail_of(asset, head)):
        for copy in _copies(part, block):
            yield FoundLabel(
                carrier="markdown.comment" if copy.comment else "markdown.block",
                fields=copy.parsed.fields,
                quirks=copy.parsed.quirks,
                offset=part.offset(copy.start) if part else None,
            )


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The edits that put the label into the front matter, or a new one, and nowhere else.

    Raises:
        CannotCarry: the front matter cannot take a key, or the encoding lacks a character.
        LimitExceeded, Malformed: as :func:`observe`.
    """
    head = text_bytes.head_of(asset)
    block = frontmatter.find(head.text, _KEY, whole=head.at_end)
    edits = yaml_record.home_edits(head.text, block, label, head.newline)
    edits += text_block.removals(head.text, _copies(head, block), head.newline)
    splices = [head.splice(*edit) for edit in edits if head.text[edit[0] : edit[1]] != edit[2]]
    if (tail := text_bytes.tail_of(asset, head)) is not None:
        gone = text_block.removals(tail.text, _copies(tail, block), tail.newline)
        splices += [tail.splice(*edit) for edit in gone]
    return EditPlan(splices)


def _block(head: TextPart) -> FrontMatter | None:
    if not yaml_record.has_key(head.text):
        return None
    return frontmatter.find(head.text, _KEY, whole=head.at_end)


def _fault(block: FrontMatter) -> tuple[str, ...]:
    return ("not-yaml",) if block.fault else ()


def _copies(part: TextPart | None, block: FrontMatter | None) -> list[Pasted]:
    start = block.end if part and part.at_start and block else 0
    if part is None or not yaml_record.has_key(part.text, start):
        return []
    lines = markdown_lines.markdown(part.text, start)
    return text_block.pasted(
        part.text, lines.all, at_start=part.at_start, at_end=part.at_end, anywhere=True
    )
