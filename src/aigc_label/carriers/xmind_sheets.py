"""The sheets of a mind map and their central topics, which everybody sees first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from aigc_label.containers import json_members
from aigc_label.errors import CannotCarry

if TYPE_CHECKING:
    from aigc_label.carriers.document_xml import Attributes

JSON, XML = "content.json", "content.xml"
"""The member that holds the sheets, and the one of XMind 8."""

_MOST = 4096  # sheets, and labels of one topic


class Topic(NamedTuple):
    """A central topic in JSON: where it stands, its title and its labels."""

    at: int
    title: str
    labels: list[str]


def text(data: bytes) -> str:
    """The sheets as text.

    Raises:
        CannotCarry: they are none, as those of a map with a password.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise _unreadable() from None


def _unreadable() -> CannotCarry:
    return CannotCarry(
        f"{JSON} is no list of sheets, or is encrypted; save the map again without a password"
    )


def require_list(text: str) -> int:
    """Where the list of sheets begins.

    Raises:
        CannotCarry: there is none.
    """
    at = json_members.beginning(text)
    if not text.startswith("[", at):
        raise _unreadable()
    return at


def topics(text: str) -> list[Topic]:
    """The central topics of all sheets.

    Raises:
        CannotCarry: there is none.
    """
    at = require_list(text)
    topics: list[Topic] = []
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


def _topic(text: str, at: int) -> Topic:
    values = {m.key: text[m.value : m.end] for m in json_members.read(text, at).members}
    try:
        title = json.loads(values.get("title", '""'))
        labels = json.loads(values.get("labels", "[]")) if values.get("labels") != "null" else []
    except (ValueError, RecursionError):
        raise _unreadable() from None
    plain = isinstance(labels, list) and all(isinstance(label, str) for label in labels)
    if not plain or len(labels) > _MOST:
        raise _unreadable()
    return Topic(at, title if isinstance(title, str) else "", labels)


class Sheets:
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
