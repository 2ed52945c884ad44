"""Words in a mind map: a label of the central topic, which XMind shows beneath its title (5.1).

A map has no running text; its central topic is what everybody sees first. Its places are sheets:
the first, the one halfway, the last. A topic more would be content, a note is hidden until clicked.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.carriers import document_xml, xmind_metadata
from aigc_label.containers import archive, json_members
from aigc_label.containers.xmlspans import Tag, escaped
from aigc_label.errors import CannotCarry
from aigc_label.explicit.words import document_flow, document_pages
from aigc_label.explicit.words.document_flow import CORNER, Standing

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.carriers.document_xml import Attributes, Edit, Part
    from aigc_label.explicit.words.document_flow import Change
    from aigc_label.explicit_label import ExplicitLabel

_JSON, _XML = "content.json", "content.xml"
_MOST = 4096  # sheets, and labels of one topic


class _Topic(NamedTuple):
    """A central topic in JSON: where it stands, its title and its labels."""

    at: int
    title: str
    labels: list[str]


def change(asset: Asset, explicit: ExplicitLabel) -> Change:
    """The part that changes so that the words stand where they are asked for.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    directory = archive.directory(asset)
    words = CORNER if explicit.corner_mark else document_flow.words_of(explicit)
    if (member := directory.find(_JSON)) is None:
        part = document_xml.load(asset, directory, _XML)
        return _in_xml(part, explicit, words)
    try:
        text = archive.content(asset, member, document_xml.LARGEST).decode("utf-8")
    except UnicodeDecodeError:
        raise _unreadable() from None
    topics = _topics(text)
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
    contents = {_JSON: text.encode()} if edits else {}
    return contents, Standing(said, explicit.places[0])


def _unreadable() -> CannotCarry:
    return CannotCarry(
        f"{_JSON} is no list of sheets, or is encrypted; save the map again without a password, "
        "then mark it"
    )


def _standing(title: str, labels: list[str], words: str) -> str | None:
    """The words that a central topic says already."""
    if words == CORNER:
        return CORNER if CORNER in labels else None
    if document_flow.is_mark(title, words, title=True):
        return title.strip()
    return next((label for label in labels if document_flow.is_mark(label, words)), None)


def _topics(text: str) -> list[_Topic]:
    """The central topics of all sheets.

    Raises:
        CannotCarry: there is none.
    """
    at = json_members.beginning(text)
    if not text.startswith("[", at):
        raise _unreadable()
    topics: list[_Topic] = []
    at = json_members.beginning(text, at + 1)
    while text.startswith("{", at) and len(topics) < _MOST:
        sheet = json_members.read(text, at)
        if sheet.end is None:
            raise _unreadable()
        root = next((m.value for m in sheet.members if m.key == "rootTopic"), None)
        if root is not None and text.startswith("{", root):
            topics.append(_topic(text, root))
        at = json_members.beginning(text, sheet.end)
        at = json_members.beginning(text, at + 1) if text.startswith(",", at) else at
    if not topics or not text.startswith("]", at):
        raise _unreadable()
    return topics


def _topic(text: str, at: int) -> _Topic:
    values = {m.key: text[m.value : m.end] for m in json_members.read(text, at).members}
    try:
        title = json.loads(values.get("title", '""'))
        labels = json.loads(values.get("labels", "[]")) if values.get("labels") != "null" else []
    except (ValueError, RecursionError):
        raise _unreadable() from None
    plain = isinstance(labels, list) and all(isinstance(label, str) for label in labels)
    if not plain or len(labels) > _MOST:
        raise _unreadable()
    return _Topic(at, title if isinstance(title, str) else "", labels)


class _Sheets:
    """Reads ``content.xml`` of XMind 8: for each sheet the central topic and its labels."""

    def __init__(self) -> None:
        self.topics: list[tuple[int, int, int]] = []
        self.lists: dict[int, tuple[int, int, int]] = {}
        self.titles: dict[int, str] = {}
        self.labels: dict[int, list[str]] = {}
        self._path: list[str] = []
        self._starts: list[int] = []
        self._said: list[str] = []

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        """An element begins."""
        del attributes
        self._path.append(name.rpartition(":")[2])
        self._starts.append(at)
        self._said = []

    def text(self, text: str) -> None:
        """Characters."""
        self._said.append(text)

    def end(self, name: str, close: int, behind: int) -> None:
        """An element ends."""
        del name
        path, span = self._path[1:], (self._starts.pop(), close, behind)
        said = "".join(self._said)
        sheet = len(self.topics)
        if path == ["sheet", "topic"]:
            self.topics.append(span)
        elif path == ["sheet", "topic", "title"]:
            self.titles[sheet] = said
        elif path == ["sheet", "topic", "labels"]:
            self.lists[sheet] = span
        elif path == ["sheet", "topic", "labels", "label"]:
            self.labels.setdefault(sheet, []).append(said)
        self._path.pop()


def _in_xml(part: Part, explicit: ExplicitLabel, words: str) -> Change:
    """The same in a map of XMind 8."""
    sheets = _Sheets()
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


def _labelled(part: Part, sheets: _Sheets, index: int, words: str) -> Edit:
    """The edit that adds a label to a central topic, in its prefix."""
    topic = sheets.topics[index]
    prefix, colon, _ = Tag(part.data, topic[0]).name.decode().rpartition(":")
    own = prefix + colon
    label = f"<{own}label>{escaped(words)}</{own}label>"
    if index in sheets.lists:
        return document_xml.within(part.data, *sheets.lists[index], label.encode())
    labels = f"<{own}labels>{label}</{own}labels>"
    return document_xml.within(part.data, *topic, labels.encode())
