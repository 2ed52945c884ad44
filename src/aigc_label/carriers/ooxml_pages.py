"""The slides of a presentation and the sheets of a workbook, as far as they are shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_label.carriers import ooxml_package
from aigc_label.containers import archive

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigc_label.carriers.document_xml import Attributes
    from aigc_label.carriers.ooxml_relations import Package

_USUAL = (9_144_000, 6_858_000)
_HIDDEN = re.compile(rb"""<(?:[\w.-]+:)?sld\s[^>]*?\bshow\s*=\s*["'](?:0|false)["']""")
_GLANCE = 8192  # bytes of a slide in which its first tag ends


class Presentation:
    """Reads ``presentation.xml``: the slides' relationships in order, and their size."""

    def __init__(self) -> None:
        self.slides: list[str] = []
        self.size = _USUAL
        self._depth = 0

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        """An element begins."""
        del at
        self._depth += 1
        if name == "p:sldId" and self._depth == 3:
            self.slides.append(attributes.get("r:id") or "")
        elif name == "p:sldSz":
            sides = (attributes.get("cx") or "", attributes.get("cy") or "")
            if all(side.isdecimal() and 0 < int(side) < 10**9 for side in sides):
                self.size = int(sides[0]), int(sides[1])

    def end(self, name: str, close: int, behind: int) -> None:
        """An element ends."""
        del name, close, behind
        self._depth -= 1

    def text(self, text: str) -> None:
        """Nothing is said in text."""


def slides(package: Package, told: Presentation) -> list[str]:
    """The parts of the slides that a show shows; of all if it shows none."""
    relations = package.relations(package.main)
    found: dict[str, bool] = {}  # each part once, and whether it is shown
    for number in told.slides:
        relation = relations.get(number)
        member = relation and ooxml_package.find(package.directory, relation.part)
        if relation is None or member is None or relation.part in found:
            continue
        begun = archive.beginning(package.asset, member, _GLANCE)
        found[relation.part] = _HIDDEN.search(begun) is None
    return [part for part, shown in found.items() if shown] or list(found)


class Workbook:
    """Reads ``workbook.xml``: the sheets' relationships, and which one opens."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, bool]] = []
        self.opens = 0
        self._views = 0

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        """An element begins."""
        del at
        if name == "s:sheet":
            shown = (attributes.get("state") or "visible") == "visible"
            self.sheets.append((attributes.get("r:id") or "", shown))
        elif name == "s:workbookView" and not self._views:
            self._views += 1
            number = attributes.get("activeTab") or "0"
            self.opens = int(number) if number.isdecimal() and len(number) < 6 else 0

    def end(self, name: str, close: int, behind: int) -> None:
        """Nothing ends that matters."""

    def text(self, text: str) -> None:
        """Nothing is said in text."""


def sheets(package: Package, told: Workbook) -> tuple[list[str], int]:
    """The parts of the worksheets that are not hidden, and the index of the one that opens."""
    relations = package.relations(package.main)
    parts: list[str] = []
    opens = 0
    for index, (number, shown) in enumerate(told.sheets):
        relation = relations.get(number)
        if not shown or relation is None or relation.kind != "worksheet" or relation.part in parts:
            continue
        if ooxml_package.find(package.directory, relation.part) is not None:
            opens = len(parts) if index == told.opens else opens
            parts.append(relation.part)
    return parts, opens


class Strings:
    """Reads ``sharedStrings.xml``: the texts that are prompts, by number."""

    def __init__(self, is_prompt: Callable[[str], bool]) -> None:
        self.prompts: dict[int, str] = {}
        self._is_prompt = is_prompt
        self._count = 0
        self._path: list[str] = []
        self._said: list[str] = []

    def start(self, name: str, attributes: Attributes, at: int) -> None:
        """An element begins."""
        del attributes, at
        self._path.append(name)

    def text(self, text: str) -> None:
        """Characters."""
        if self._path[-1] == "s:t" and "s:rPh" not in self._path:
            self._said.append(text)

    def end(self, name: str, close: int, behind: int) -> None:
        """An element ends."""
        del close, behind
        self._path.pop()
        if name == "s:si":
            said = "".join(self._said).strip()
            if self._is_prompt(said):
                self.prompts[self._count] = said
            self._count += 1
            self._said = []
