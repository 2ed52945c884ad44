"""Prompts in a DOCX: in its text, its boxes, and the headers and footers of its pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_label.carriers import document_xml, ooxml_relations, shown
from aigc_label.carriers.ooxml_styles import Styles
from aigc_label.carriers.ooxml_words import Words
from aigc_label.detect.reading import paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.carriers.document_xml import Part
    from aigc_label.carriers.ooxml_relations import Package
    from aigc_label.model import FoundMark

_REFERENCE = rb"""<(?:[\w.-]+:)?(header|footer)Reference\b([^<>]{1,400})>"""
_FIRST = rb"""\btype\s*=\s*["']first["']"""
_EVEN = rb"""\btype\s*=\s*["']even["']"""
_ID = rb"""\bid\s*=\s*["']([^"']{1,80})["']"""
_MOST_REFERENCES = 64


def marks(asset: Asset) -> Iterator[FoundMark]:
    """The marks in a document.

    Raises:
        CannotCarry, LimitExceeded, Malformed: it cannot be read.
    """
    package = ooxml_relations.opened(asset)
    body = package.load(package.main)
    if shown.may_say(body.data):
        words = Words(_styles(package))
        document_xml.walk(body.data, words, body.name)
        yield from paragraphs.flowing(words.shown)
    yield from _on_pages(package, body)


def _styles(package: Package) -> Styles:
    styles = Styles()
    if (name := package.related(package.main, "styles")) is not None:
        part = package.load(name)
        document_xml.walk(part.data, styles, part.name)
    return styles


def _on_pages(package: Package, body: Part) -> Iterator[FoundMark]:
    """What the headers and the footers say that the document's sections name."""
    relations = package.relations(package.main)
    titled = re.search(rb"<(?:[\w.-]+:)?titlePg\b", body.data) is not None
    seen: set[str] = set()
    for number, found in enumerate(re.finditer(_REFERENCE, body.data)):
        told = re.search(_ID, found[2])
        relation = relations.get(told[1].decode("utf-8", "replace")) if told else None
        unused = (re.search(_FIRST, found[2]) and not titled) or re.search(_EVEN, found[2])
        if relation is None or relation.part in seen or unused or number >= _MOST_REFERENCES:
            continue
        seen.add(relation.part)
        part = package.load(relation.part)
        if not shown.may_say(part.data):
            continue
        words = Words()
        document_xml.walk(part.data, words, part.name)
        if (prompt := paragraphs.said(words.shown)) is not None:
            yield paragraphs.mark(prompt, found[1].decode())
