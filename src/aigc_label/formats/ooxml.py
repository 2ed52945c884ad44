"""DOCX, XLSX and PPTX, with templates and macros: the label as a custom property (20258A 6.1).

What reads and writes documents is loaded when one is met.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aigc_label.contract import Format
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.edits import EditPlan
    from aigc_label.model import ImplicitLabel, Observation

_HOMES = ("ooxml.custom",)
_SOURCE = "TC260-PG-20258A 6.1: docProps/custom.xml, property AIGC"
_TYPE = "application/vnd.openxmlformats-officedocument."


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


DOCX = Format(
    id="docx",
    medium=Medium.TEXT,
    extensions=(".docx", ".dotx", ".docm", ".dotm"),
    media_types=(f"{_TYPE}wordprocessingml.document", f"{_TYPE}wordprocessingml.template"),
    homes=_HOMES,
    source=_SOURCE,
    sniff=partial(sniff, kind="docx"),
    read=partial(read, kind="docx"),
    plan=plan,
)
XLSX = Format(
    id="xlsx",
    medium=Medium.TEXT,
    extensions=(".xlsx", ".xltx", ".xlsm", ".xltm"),
    media_types=(f"{_TYPE}spreadsheetml.sheet", f"{_TYPE}spreadsheetml.template"),
    homes=_HOMES,
    source=_SOURCE,
    sniff=partial(sniff, kind="xlsx"),
    read=partial(read, kind="xlsx"),
    plan=plan,
)
PPTX = Format(
    id="pptx",
    medium=Medium.TEXT,
    extensions=(".pptx", ".potx", ".ppsx", ".pptm", ".potm", ".ppsm"),
    media_types=(f"{_TYPE}presentationml.presentation", f"{_TYPE}presentationml.template"),
    homes=_HOMES,
    source=_SOURCE,
    sniff=partial(sniff, kind="pptx"),
    read=partial(read, kind="pptx"),
    plan=plan,
)
