"""DOCX, XLSX and PPTX, with templates and macros: the label as a custom property (20258A 6.1).

What reads and writes documents is loaded when one is met.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.contract import Format
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.edits import EditPlan
    from aigc_label.model import ImplicitLabel, Observation


def sniff(asset: Asset, *, kind: str) -> bool:
    """Whether the file is a package whose main part is of that kind."""
    if asset.head[:4] != b"PK\x03\x04":
        return False
    from aigc_label.carriers import ooxml_package  # noqa: PLC0415 - see above

    return ooxml_package.is_kind(asset, kind)


def read(asset: Asset, *, kind: str) -> Iterator[Observation]:
    """Yield what the document's properties state.

    Raises:
        Malformed, LimitExceeded, CannotCarry: as the reason says.
    """
    from aigc_label.carriers import ooxml_properties  # noqa: PLC0415 - see above

    return ooxml_properties.observe(asset, kind=kind)


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The edits that make ``label`` the only one; all other parts stay as they stand.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    from aigc_label.carriers import ooxml_properties  # noqa: PLC0415 - see above

    return ooxml_properties.plan(asset, label)


def _format(kind: str, document: str, *extensions: str) -> Format:
    main, _, _ = document.partition(".")
    ends = (document, f"{main}.template")
    return Format(
        id=kind,
        medium=Medium.TEXT,
        extensions=extensions,
        media_types=tuple(f"application/vnd.openxmlformats-officedocument.{end}" for end in ends),
        homes=("ooxml.custom",),
        source="TC260-PG-20258A 6.1: docProps/custom.xml, property AIGC",
        sniff=partial(sniff, kind=kind),
        read=partial(read, kind=kind),
        plan=plan,
        essence=essences.later("texts", "archive"),
    )


DOCX = _format("docx", "wordprocessingml.document", ".docx", ".dotx", ".docm", ".dotm")
XLSX = _format("xlsx", "spreadsheetml.sheet", ".xlsx", ".xltx", ".xlsm", ".xltm")
_SLIDES = (".pptx", ".potx", ".ppsx", ".pptm", ".potm", ".ppsm")
PPTX = _format("pptx", "presentationml.presentation", *_SLIDES)
