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
    from aigc_label.carriers.shown import Paragraph
    from aigc_label.model import FoundMark

_REFERENCE = rb"""<(?:[\w.-]+:)?(header|footer)Reference\b([^<>]{1,400})>"""
_FIRST = rb"""\btype\s*=\s*["']first["']"""
_EVEN = rb"""\btype\s*=\s*["']even["']"""
_ID = rb"""\bid\s*=\s*["']([^"']{1,80})["']"""
_MOST_REFERENCES = 64
_STYLE_START = rb"""<(?:[\w.-]+:)?style\b[^<>]*?\bstyleId\s*=\s*["']([^"']{1,250})["'][^<>]*>"""
_STYLE = re.compile(rb"(?=%b)(<[^<>]+>.*?</(?:[\w.-]+:)?style>)" % _STYLE_START, re.DOTALL)
_BASE = rb"""<(?:[\w.-]+:)?basedOn\b[^<>]*?=\s*["']([^"']{1,250})["']"""


def marks(asset: Asset) -> Iterator[FoundMark]:
    """The marks in a document.

    Raises:
        CannotCarry, LimitExceeded, Malformed: it cannot be read.
    """
    package = ooxml_relations.opened(asset)
    body = package.load(package.main)
    if shown.may_say(body.data):
        words = Words()
        document_xml.walk(body.data, words, body.name, offsets=False)
        if any(paragraphs.flowing(words.shown)):  # styles are larger than most texts
            styles = _styles(package, set(words.styles) - {""})
            paper = b"<w:background" not in body.data
            shown_ = (
                _styled(styles, said, style)
                for said, style, own in zip(words.shown, words.styles, words.dressed, strict=True)
                if own or not (paper and styles.hides(style))
            )
            yield from paragraphs.flowing(shown_)
    yield from _on_pages(package, body)


def _styled(styles: Styles, paragraph: Paragraph, style: str) -> Paragraph:
    """A paragraph that is a title or an item of a list where its style says so."""
    if paragraph.kind == "plain" and (styles.is_title(style) or styles.is_listed(style)):
        return paragraph._replace(kind="heading")
    return paragraph


def _styles(package: Package, wanted: set[str]) -> Styles:
    """These styles, and those they are based on; a document has hundreds of others."""
    styles = Styles()
    name = package.related(package.main, "styles") if wanted else None
    if name is None:
        return styles
    part = package.load(name)
    root = re.search(rb"<([\w.-]+:)?styles\b[^<>]*>", part.data)
    found = dict(re.findall(_STYLE, part.data)) if root else {}
    todo, elements = {style.encode() for style in wanted}, []
    while todo and root is not None:
        style = todo.pop()
        inside = found.pop(style, b"")
        elements.append(inside)
        todo.update(re.findall(_BASE, inside))
    if root is not None:
        end = b"</%bstyles>" % (root[1] or b"")
        whole = root[0] + b"".join(elements) + end
        document_xml.walk(whole, styles, part.name, offsets=False)
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
        document_xml.walk(part.data, words, part.name, offsets=False)
        if (prompt := paragraphs.said(words.shown)) is not None:
            yield paragraphs.mark(prompt, found[1].decode())
