"""Words in documents: which kind is marked how; the package round them is the same for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.containers import archive
from aigc_label.containers.archive import rewriting
from aigc_label.contract import Marked
from aigc_label.explicit.words import (
    epub_text,
    odf_sheets,
    odf_slides,
    odf_text,
    ooxml_sheets,
    ooxml_slides,
    ooxml_text,
    xmind_topics,
)
from aigc_label.model import FoundMark

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigc_label.asset import Asset
    from aigc_label.contract import Format
    from aigc_label.explicit.words.document_flow import Change
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.output import Scratch

_KINDS: dict[str, Callable[[Asset, ExplicitLabel], Change]] = {
    "epub": epub_text.change,
    "odt": odf_text.change,
    "odp": odf_slides.change,
    "ods": odf_sheets.change,
    "docx": ooxml_text.change,
    "pptx": ooxml_slides.change,
    "xlsx": ooxml_sheets.change,
    "xmind": xmind_topics.change,
}


def mark(asset: Asset, fmt: Format, explicit: ExplicitLabel, scratch: Scratch) -> Marked:
    """Put the words into the document; every member that holds none of them stays as it is.

    Raises:
        CannotCarry: it is signed or encrypted, or has no place for them.
        LimitExceeded: a part is too large.
        Malformed: the package is damaged.
    """
    del scratch  # only parts of a package are held, and in memory
    contents, standing = _KINDS[fmt.id](asset, explicit)
    found = FoundMark(kind="text", text=standing.text, place=standing.place)
    if not contents:
        return Marked(asset, found, standing.notes)
    plan = rewriting.plan(asset, archive.directory(asset), contents)
    return Marked(plan.view(asset), found, standing.notes)
