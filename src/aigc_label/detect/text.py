"""Prompts that a person sees in a text (GB 45438-2025 clause 5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.contract import Detector
from aigc_label.model import FoundMark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset


def _look_markdown(asset: Asset) -> Iterator[FoundMark]:
    yield from _look(asset, markdown=True)


def _look_plain(asset: Asset) -> Iterator[FoundMark]:
    yield from _look(asset, markdown=False)


def _look(asset: Asset, *, markdown: bool) -> Iterator[FoundMark]:
    from aigc_label.carriers import prompt_line  # noqa: PLC0415 - its grammar is large
    from aigc_label.containers import text_bytes  # noqa: PLC0415 - as above

    head = text_bytes.head_of(asset)
    for part in (head, text_bytes.tail_of(asset, head)):
        if part is None or not prompt_line.may_stand_in(part.text, markup=markdown):
            continue
        lines = prompt_line.lines_of(part, markdown=markdown)
        whole = part.at_start and part.at_end
        extent = sum(line.end - line.start for line in lines.all) if whole else None
        for found in prompt_line.prompts(part, lines.all):
            words = found.words[: prompt_line.LONGEST]
            yield FoundMark(kind="text", text=words, place=found.place, extent=extent)


MARKDOWN = Detector(id="markdown-text", formats=("markdown",), look=_look_markdown)
PLAINTEXT = Detector(id="text", formats=("plaintext",), look=_look_plain)
