"""EPUB 2 and 3: the label as a ``meta`` of the package document, a place of ours.

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
    """Whether the file is a ZIP archive that calls itself an EPUB."""
    if asset.head[:4] != b"PK\x03\x04":
        return False
    from aigc_label.carriers import epub_opf  # noqa: PLC0415 - see above

    return epub_opf.is_epub(asset)


def read(asset: Asset) -> Iterator[Observation]:
    """Yield what the package documents state.

    Raises:
        Malformed, LimitExceeded, CannotCarry: as the reason says.
    """
    from aigc_label.carriers import epub_opf  # noqa: PLC0415 - see above

    return epub_opf.observe(asset)


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The edits that make ``label`` the only one; all other members stay as they stand.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    from aigc_label.carriers import epub_opf  # noqa: PLC0415 - see above

    return epub_opf.plan(asset, label)


FORMAT = Format(
    id="epub",
    medium=Medium.TEXT,
    extensions=(".epub",),
    media_types=("application/epub+zip",),
    homes=(),
    places=("epub.opf",),
    source="ours; no guide names a place for EPUB: package document, meta AIGC",
    sniff=sniff,
    read=read,
    plan=plan,
    essence=essences.later("texts", "archive"),
)
