"""Plain text: no guide names a place for metadata, so it bears the explicit label only.

What reads texts is loaded when a text is met: its grammar is large.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.contract import Format
from aigc_label.model import FoundLabel, Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset


def _sniff(asset: Asset) -> bool:
    if asset.extension not in FORMAT.extensions:
        return False
    from aigc_label.containers import text_bytes  # noqa: PLC0415 - see above

    return text_bytes.looks_textual(asset.head)


def _read(asset: Asset) -> Iterator[FoundLabel]:
    """Labels that a tool has pasted before or behind the content; those within are prose."""
    from aigc_label.carriers import text_block, yaml_record  # noqa: PLC0415 - see above
    from aigc_label.containers import markdown_lines, text_bytes  # noqa: PLC0415 - see above

    head = text_bytes.head_of(asset)
    for part in (head, text_bytes.tail_of(asset, head)):
        if part is None or not yaml_record.has_key(part.text):
            continue
        lines = markdown_lines.plain(part.text).all
        for copy in text_block.pasted(
            part.text, lines, at_start=part.at_start, at_end=part.at_end, anywhere=False
        ):
            yield FoundLabel(
                carrier="text.block",
                fields=copy.parsed.fields,
                quirks=copy.parsed.quirks,
                offset=part.offset(copy.start),
            )


FORMAT = Format(
    id="plaintext",
    medium=Medium.TEXT,
    extensions=(".txt", ".text"),
    media_types=("text/plain",),
    homes=(),
    source="no guide names a place; GB 45438-2025 5.1 asks for the explicit label",
    by_name=True,
    sniff=_sniff,
    read=_read,
    essence=essences.later("texts", "whole"),
)
