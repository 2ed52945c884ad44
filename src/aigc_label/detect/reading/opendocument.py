"""Prompts in ODT, ODP and ODS: in the text, on slides and sheets, in headers and footers."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from aigc_label.carriers import document_xml, odf_meta, prompt_line, shown
from aigc_label.carriers.document_xml import Budget
from aigc_label.carriers.odf_styles import Styles
from aigc_label.carriers.odf_words import Words
from aigc_label.containers import archive
from aigc_label.detect.reading import paragraphs
from aigc_label.detect.reading.sheets import place_on_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.carriers.document_xml import Part
    from aigc_label.carriers.odf_words import Page
    from aigc_label.containers.archive import Directory
    from aigc_label.model import FoundMark

_ACTIVE = rb"""\bname\s*=\s*["']ActiveTable["'][^<>]*>([^<]{1,250})<"""


def marks(asset: Asset) -> Iterator[FoundMark]:
    """The marks in a document.

    Raises:
        CannotCarry, LimitExceeded, Malformed: it cannot be read.
    """
    directory = archive.directory(asset)
    odf_meta.require_plain(asset, directory)
    budget = Budget()
    content = document_xml.load(asset, directory, "content.xml", budget)
    named = directory.find("styles.xml") is not None
    common = document_xml.load(asset, directory, "styles.xml", budget) if named else None
    saying = [shown.may_say(part.data) for part in (content, common) if part is not None]
    if not any(saying):
        return
    styles = Styles()
    for part in (common, content):
        if part is not None:
            document_xml.walk(part.data, styles, part.name, offsets=False)
    words = _words(content, styles)
    masters = _words(common, styles).pages if common is not None and saying[-1] else []
    if any(page.behind for page in words.pages):
        extent = sum(len(said.text) for page in words.pages for said in page.body)
        yield from paragraphs.on_pages(_on_slides(words, masters), extent)
        return
    if b"office:spreadsheet" in content.data:
        sheets = [page for page in words.pages if not page.hidden]
        yield from _on_sheets(sheets, _opens(asset, directory, sheets))
    else:
        for page in words.pages:
            yield from paragraphs.flowing(page.body)
    printed: dict[str, str] = {}
    for page in masters:
        for place, said in page.printed.items():
            if (prompt := paragraphs.said(said)) is not None:
                printed.setdefault(place, prompt)
    for place, prompt in printed.items():
        yield paragraphs.mark(prompt, place)


def _words(part: Part, styles: Styles) -> Words:
    words = Words(styles)
    document_xml.walk(part.data, words, part.name, offsets=False)
    return words


def _on_slides(words: Words, masters: list[Page]) -> list[str | None]:
    """What each slide says, what is declared for it, or what stands behind it."""
    behind = {master.name: paragraphs.said(master.body) for master in masters}
    declared = {name: prompt_line.prompt_in(said) for name, said in words.declared.items()}
    found = []
    for slide in words.pages:
        if not slide.hidden:
            footing = next(filter(None, (declared.get(name) for name in slide.uses)), None)
            found.append(paragraphs.said(slide.body) or footing or behind.get(slide.behind))
    return found


def _opens(asset: Asset, directory: Directory, sheets: list[Page]) -> int:
    """The index of the sheet that opens."""
    if directory.find("settings.xml") is None:
        return 0
    settings = document_xml.load(asset, directory, "settings.xml").data
    told = re.search(_ACTIVE, settings)
    name = unescape(told[1].decode("utf-8", "replace")) if told else ""
    return next((n for n, sheet in enumerate(sheets) if sheet.name == name), 0)


def _on_sheets(sheets: list[Page], opens: int) -> Iterator[FoundMark]:
    extent = sum(len(said.text) for sheet in sheets for said in sheet.body)
    for index, sheet in enumerate(sheets):
        last = max((paragraph.row for paragraph in sheet.body), default=0)
        for paragraph in sheet.body:
            if (prompt := paragraphs.said([paragraph])) is not None:
                place = place_on_sheet(index, opens, len(sheets), paragraph.row, last)
                yield paragraphs.mark(prompt, place, extent)
