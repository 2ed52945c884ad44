"""Prompts in a mind map: on its central topics, which everybody sees, or on any other topic."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING

from aigc_label import wording
from aigc_label.carriers import document_xml, prompt_line, shown, xmind_sheets
from aigc_label.containers import archive
from aigc_label.detect.reading import paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aigc_label.asset import Asset
    from aigc_label.model import FoundMark

_ESCAPED = rb"(?i)\\u(?:751f|5408|4eba)"
_JSON_TITLE = r'"(?:title|labels)"\s*:\s*\[?\s*("(?:[^"\\]|\\.){1,800}")'
_XML_TITLE = r"<(?:title|label)(?:\s[^<>]*)?>([^<]{1,800})<"


def marks(asset: Asset) -> Iterator[FoundMark]:
    """The marks in a map.

    Raises:
        CannotCarry, LimitExceeded, Malformed: it cannot be read.
    """
    directory = archive.directory(asset)
    member = directory.find(xmind_sheets.JSON)
    if member is not None:
        data = archive.content(asset, member, document_xml.LARGEST)
        text = xmind_sheets.text(data)
        if not shown.may_say(data) and not re.search(_ESCAPED, data) and b'"AI"' not in data:
            xmind_sheets.require_list(text)
            return
        central = [_said(topic.title, topic.labels) for topic in xmind_sheets.topics(text)]
        titles: Iterable[str] = (_unquoted(one) for one in re.findall(_JSON_TITLE, text))
    else:
        part = document_xml.load(asset, directory, xmind_sheets.XML)
        if not shown.may_say(part.data):
            return
        sheets = xmind_sheets.Sheets()
        document_xml.walk(part.data, sheets, part.name, offsets=False)
        central = [
            _said(sheets.titles.get(n, ""), sheets.labels.get(n, []))
            for n in range(len(sheets.topics))
        ]
        titles = map(unescape, re.findall(_XML_TITLE, part.data.decode("utf-8", "replace")))
    if any(central):
        yield from paragraphs.on_pages(central)
        return
    all_titles = list(titles)
    others = (prompt_line.prompt_in(title, title=True) for title in all_titles)
    words = next(filter(None, others), None)
    if words is not None:
        yield paragraphs.mark(words, "middle", sum(map(len, all_titles)))


def _said(title: str, labels: list[str]) -> str | None:
    """The prompt that a central topic is, or bears as a label."""
    if (words := prompt_line.prompt_in(title, title=True)) is not None:
        return words
    for label in labels:
        if wording.is_corner_mark(label):
            return "AI"
        if (words := prompt_line.prompt_in(label)) is not None:
            return words
    return None


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError:
        return ""
