"""ODT, ODS and ODP, with templates: the label as a user-defined metadata field, a place of ours.

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


def _format(kind: str, document: str, *extensions: str) -> Format:
    main = f"application/vnd.oasis.opendocument.{document}"
    return Format(
        id=kind,
        medium=Medium.TEXT,
        extensions=extensions,
        media_types=(main, f"{main}-template"),
        homes=(),
        places=("odf.meta",),
        source="ours; no guide names a place for ODF: meta.xml, user-defined field AIGC",
        sniff=partial(sniff, kind=document),
        read=partial(read, kind=kind),
        plan=plan,
        essence=essences.later("texts", "archive"),
    )


ODT = _format("odt", "text", ".odt", ".ott")
ODS = _format("ods", "spreadsheet", ".ods", ".ots")
ODP = _format("odp", "presentation", ".odp", ".otp")
