"""ODT, ODS and ODP, with templates: the label as a user-defined metadata field, a place of ours.

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

_PLACES = ("odf.meta",)
_SOURCE = "ours; no guide names a place for ODF: meta.xml, user-defined field AIGC"
_TYPE = "application/vnd.oasis.opendocument."


def sniff(asset: Asset, *, kind: str) -> bool:
    """Whether the file is a package of that kind of document, or a template of it."""
    if asset.head[:4] != b"PK\x03\x04":
        return False
    from aigc_label.carriers import odf_meta  # noqa: PLC0415 - see above

    return odf_meta.is_kind(asset, kind)


def read(asset: Asset, *, kind: str) -> Iterator[Observation]:
    """Yield what the document's metadata states.

    Raises:
        Malformed, LimitExceeded, CannotCarry: as the reason says.
    """
    from aigc_label.carriers import odf_meta  # noqa: PLC0415 - see above

    return odf_meta.observe(asset, kind=kind)


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The edits that make ``label`` the only one; all other members stay as they stand.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    from aigc_label.carriers import odf_meta  # noqa: PLC0415 - see above

    return odf_meta.plan(asset, label)


ODT = Format(
    id="odt",
    medium=Medium.TEXT,
    extensions=(".odt", ".ott"),
    media_types=(f"{_TYPE}text", f"{_TYPE}text-template"),
    homes=(),
    places=_PLACES,
    source=_SOURCE,
    sniff=partial(sniff, kind="text"),
    read=partial(read, kind="odt"),
    plan=plan,
)
ODS = Format(
    id="ods",
    medium=Medium.TEXT,
    extensions=(".ods", ".ots"),
    media_types=(f"{_TYPE}spreadsheet", f"{_TYPE}spreadsheet-template"),
    homes=(),
    places=_PLACES,
    source=_SOURCE,
    sniff=partial(sniff, kind="spreadsheet"),
    read=partial(read, kind="ods"),
    plan=plan,
)
ODP = Format(
    id="odp",
    medium=Medium.TEXT,
    extensions=(".odp", ".otp"),
    media_types=(f"{_TYPE}presentation", f"{_TYPE}presentation-template"),
    homes=(),
    places=_PLACES,
    source=_SOURCE,
    sniff=partial(sniff, kind="presentation"),
    read=partial(read, kind="odp"),
    plan=plan,
)
