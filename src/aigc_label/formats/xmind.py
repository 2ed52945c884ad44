"""XMind, 2020 and later or 8: the label among the metadata, ours until the guide's place is known.

What reads and writes publications is loaded when one is met.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.contract import Format
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.edits import EditPlan
    from aigc_label.model import ImplicitLabel, Observation


def sniff(asset: Asset) -> bool:
    """Whether the file is a ZIP archive that holds a mind map."""
    if asset.head[:4] != b"PK\x03\x04":
        return False
    from aigc_label.carriers import xmind_metadata  # noqa: PLC0415 - see above

    return xmind_metadata.is_xmind(asset)


def read(asset: Asset) -> Iterator[Observation]:
    """Yield what the metadata states.

    Raises:
        Malformed, LimitExceeded, CannotCarry: as the reason says.
    """
    from aigc_label.carriers import xmind_metadata  # noqa: PLC0415 - see above

    return xmind_metadata.observe(asset)


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The edits that make ``label`` the only one; all other members stay as they stand.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    from aigc_label.carriers import xmind_metadata  # noqa: PLC0415 - see above

    return xmind_metadata.plan(asset, label)


FORMAT = Format(
    id="xmind",
    medium=Medium.TEXT,
    extensions=(".xmind",),
    media_types=("application/vnd.xmind.workbook", "application/x-xmind"),
    homes=(),
    places=("xmind.metadata",),
    source="ours; TC260-PG-20258A may name a place for XMind, which is not known: metadata, AIGC",
    sniff=sniff,
    read=read,
    plan=plan,
    essence=essences.later("texts", "archive"),
)
