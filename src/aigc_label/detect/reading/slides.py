"""Prompts on the slides of a PPTX, their layouts' and their masters' included."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_label.carriers import document_xml, ooxml_pages, ooxml_relations, ooxml_sight, shown
from aigc_label.carriers.ooxml_words import Words
from aigc_label.detect.reading import paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.carriers.ooxml_relations import Package
    from aigc_label.model import FoundMark

_OWN_ONLY = b'showMasterSp="0"'
_TEXT = rb"<a:t(?:\s[^<>]*)?>([^<]*)<"
_GLANCE = 4096  # bytes of a slide in which its first tag ends


def marks(asset: Asset) -> Iterator[FoundMark]:
    """The marks on slides that are not hidden.

    Raises:
        CannotCarry, LimitExceeded, Malformed: it cannot be read.
    """
    package = ooxml_relations.opened(asset)
    main = package.load(package.main)
    told = ooxml_pages.Presentation()
    document_xml.walk(main.data, told, main.name, offsets=False)
    known: dict[str, str | None] = {}
    slides = ooxml_pages.slides(package, told)
    found = [_on_slide(package, name, known, told.size) for name in slides]
    yield from paragraphs.on_pages(found, _length(package, slides) if any(found) else None)


def _length(package: Package, slides: list[str]) -> int:
    """The characters on all slides."""
    texts = (b"".join(re.findall(_TEXT, package.load(name).data)) for name in slides)
    return sum(len(text.decode("utf-8", "replace")) for text in texts)


def _on_slide(
    package: Package, name: str, known: dict[str, str | None], size: tuple[int, int]
) -> str | None:
    """What a slide says, or what stands behind it; ``known`` are the parts behind."""
    begun, said = _said(package, name, holders=True)
    if said is not None and (unseen := _unseen(package, name, size)):
        begun, said = _said(package, name, holders=True, unseen=unseen)
    kinds = ("slideLayout", "slideMaster")
    part = name
    for kind in kinds:
        if said is not None or _OWN_ONLY in begun:
            return said
        behind = package.related(part, kind)
        if behind is None:
            return None
        if behind not in known:
            begun, known[behind] = _said(package, behind, holders=False)
        said, part = known[behind], behind
    return said


def _unseen(package: Package, name: str, size: tuple[int, int]) -> frozenset[str]:
    """The shapes of a slide that nobody sees."""
    sight = ooxml_sight.Sight()
    part = package.load(name)
    document_xml.walk(part.data, sight, part.name, offsets=False)
    parts = [part.data]
    for kind in ("slideLayout", "slideMaster", "theme"):
        name = package.related(name, kind) or ""
        parts.append(package.load(name).data if name else b"")
        if not name:
            break
    ground = ooxml_sight.ground(tuple(parts[:3]), parts[-1])
    return sight.unseen(size, ground if len(parts) > 3 else None)


def _said(
    package: Package, name: str, *, holders: bool, unseen: frozenset[str] = frozenset()
) -> tuple[bytes, str | None]:
    """How a part begins, and the prompt in it, its unseen shapes left out."""
    part = package.load(name)
    begun = part.data[:_GLANCE]
    if not shown.may_say(part.data):
        return begun, None
    words = Words(holders=holders, unseen=unseen)
    document_xml.walk(part.data, words, part.name, offsets=False)
    return begun, paragraphs.said(words.shown)
