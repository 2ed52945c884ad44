"""Words on the pages of a PDF document (GB 45438-2025 clause 5.1; pictures 5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.contract import Marker

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.contract import Format, Marked
    from aigc_label.explicit_label import ExplicitLabel
    from aigc_label.output import Scratch


def _mark(asset: Asset, fmt: Format, explicit: ExplicitLabel, scratch: Scratch) -> Marked:
    from aigc_label.explicit.words import pdf_marking  # noqa: PLC0415 - only where one is marked

    return pdf_marking.mark(asset, fmt, explicit, scratch)


MARKER = Marker(id="page", formats=("pdf",), mark=_mark)
