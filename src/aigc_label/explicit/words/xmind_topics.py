"""Words in a mind map: a label of the central topic, which XMind shows beneath its title (5.1).

A map has no running text; its central topic is what everybody sees first. Its places are sheets:
the first, the one halfway, the last. A topic more would be content, a note is hidden until clicked.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aigc_label.carriers import document_xml, xmind_metadata, xmind_sheets
from aigc_label.containers import archive
from aigc_label.containers.xmlspans import Tag, escaped
from aigc_label.errors import CannotCarry
from aigc_label.explicit.words import document_flow, document_pages
from aigc_label.explicit.words.document_flow import CORNER, Standing

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.carriers.document_xml import Edit, Part
    from aigc_label.explicit.words.document_flow import Change
    from aigc_label.explicit_label import ExplicitLabel


def change(asset: Asset, explicit: ExplicitLabel) -> Change:
    """The part that changes so that the words stand where they are asked for.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    directory = archive.directory(asset)
    words = CORNER if explicit.corner_mark else document_flow.words_of(explicit)
    if (member := directory.find(xmind_sheets.JSON)) is None:
        part = document_xml.load(asset, directory, xmind_sheets.XML)
        return _in_xml(part, explicit, words)
    text = xmind_sheets.text(archive.content(asset, member, document_xml.LARGEST))
    topics = xmind_sheets.topics(text)
    said, edits = "", []
    for index in document_pages.chosen(explicit, len(topics)):
        topic = topics[index]
        standing = _standing(topic.title, topic.labels, words)
        said = said or standing or words
        if standing is None:
            edits.append((topic, [*topic.labels, words]))
    for topic, labels in sorted(edits, reverse=True):
        value = json.dumps(labels, ensure_ascii=False)
        text = xmind_metadata.with_member(text, "labels", value, at=topic.at)
    contents = {xmind_sheets.JSON: text.encode()} if edits else {}
    return contents, Standing(said, explicit.places[0])


def _standing(title: str, labels: list[str], words: str) -> str | None:
    """The words that a central topic says already."""
    if words == CORNER:
        return CORNER if CORNER in labels else None
    if document_flow.is_mark(title, words, title=True):
        return title.strip()
    return next((label for label in labels if document_flow.is_mark(label, words)), None)


def _in_xml(part: Part, explicit: ExplicitLabel, words: str) -> Change:
    """The same in a map of XMind 8."""
    sheets = xmind_sheets.Sheets()
    document_xml.walk(part.data, sheets, part.name)
    if not sheets.topics:
        raise CannotCarry(f"{part.name} has no topics; save the map again, then mark it")
    said = ""
    edits: list[Edit] = []
    for index in document_pages.chosen(explicit, len(sheets.topics)):
        title, labels = sheets.titles.get(index, ""), sheets.labels.get(index, [])
        standing = _standing(title, labels, words)
        said = said or standing or words
        if standing is None:
            edits.append(_labelled(part, sheets, index, words))
    return part.edited(edits), Standing(said, explicit.places[0])


def _labelled(part: Part, sheets: xmind_sheets.Sheets, index: int, words: str) -> Edit:
    """The edit that adds a label to a central topic, in its prefix."""
    topic = sheets.topics[index]
    prefix, colon, _ = Tag(part.data, topic[0]).name.decode().rpartition(":")
    own = prefix + colon
    label = f"<{own}label>{escaped(words)}</{own}label>"
    if index in sheets.lists:
        return document_xml.within(part.data, *sheets.lists[index], label.encode())
    labels = f"<{own}labels>{label}</{own}labels>"
    return document_xml.within(part.data, *topic, labels.encode())
