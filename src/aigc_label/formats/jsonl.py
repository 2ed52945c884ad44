"""JSON Lines: a member ``AIGC`` of the first record speaks for the file; no guide names a place.

Told by its name. What reads JSON is loaded when some is met.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.contract import Format
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.edits import EditPlan
    from aigc_label.model import FoundLabel, ImplicitLabel


def _sniff(asset: Asset) -> bool:
    if asset.extension not in FORMAT.extensions:
        return False
    from aigc_label.containers import text_bytes  # noqa: PLC0415 - see above

    return text_bytes.looks_textual(asset.head)


def _read(asset: Asset) -> Iterator[FoundLabel]:
    from aigc_label.carriers import jsonl_label  # noqa: PLC0415 - see above

    return jsonl_label.observe(asset)


def _plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    from aigc_label.carriers import jsonl_label  # noqa: PLC0415 - see above

    return jsonl_label.plan(asset, label)


FORMAT = Format(
    id="jsonl",
    medium=Medium.TEXT,
    extensions=(".jsonl", ".ndjson"),
    media_types=("application/jsonl", "application/x-ndjson"),
    homes=(),
    places=("jsonl.first",),
    source="ours; no guide names a place for JSON Lines",
    is_data=True,
    by_name=True,
    sniff=_sniff,
    read=_read,
    plan=_plan,
)
