"""Prompts that a person sees on an HTML page (GB 45438-2025 clause 5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.contract import Detector
from aigc_label.model import FoundMark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset


def _look(asset: Asset) -> Iterator[FoundMark]:
    from aigc_label.carriers import html_content, html_label, prompt_line  # noqa: PLC0415 - large

    part = html_label.part_of(asset, asset.size)
    page = html_content.content(part, xml=html_label.is_xml(asset))
    extent = sum(len(block.text) for block in page.blocks)
    for found in page.prompts():
        words = found.words[: prompt_line.LONGEST]
        yield FoundMark(kind="text", text=words, place=found.place, extent=extent)


DETECTOR = Detector(id="web", formats=("html",), look=_look)
