"""HTML: ``<meta name="AIGC">`` in the head, as vendors do; no guide names a place.

Told by its name; bytes without a name are told by the document type or the ``html`` tag.
What reads pages is loaded when a page is met: its grammar is large.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.contract import Format
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.edits import EditPlan
    from aigc_label.model import ImplicitLabel, Observation

_OPENINGS = (b"<!doctype html", b"<html>", b"<html ", b"<html\n", b"<html\r", b"<html\t")


def _sniff(asset: Asset) -> bool:
    if asset.extension in FORMAT.extensions:
        from aigc_label.containers import text_bytes  # noqa: PLC0415 - see above

        return text_bytes.looks_textual(asset.head)
    if asset.extension:
        return False
    start = asset.head[:64].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return start.startswith(_OPENINGS)


def _read(asset: Asset) -> Iterator[Observation]:
    from aigc_label.carriers import html_label  # noqa: PLC0415 - see above

    return html_label.observe(asset)


def _plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    from aigc_label.carriers import html_label  # noqa: PLC0415 - see above

    return html_label.plan(asset, label)


FORMAT = Format(
    id="html",
    medium=Medium.TEXT,
    extensions=(".html", ".htm", ".xhtml", ".xht"),
    media_types=("text/html", "application/xhtml+xml"),
    homes=(),
    places=("html.meta",),
    source="ours; no guide names a place for HTML",
    by_name=True,
    sniff=_sniff,
    read=_read,
    plan=_plan,
)
