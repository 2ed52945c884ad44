"""Markdown: the label is the ``AIGC`` mapping in the YAML front matter (TC260-PG-20258A 6.5).

What reads and writes texts is loaded when a text is met: its grammar is large.
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
    from aigc_label.model import FoundLabel, ImplicitLabel


def _sniff(asset: Asset) -> bool:
    if asset.extension in FORMAT.extensions:
        from aigc_label.containers import text_bytes  # noqa: PLC0415 - see above

        return text_bytes.looks_textual(asset.head)
    if asset.extension or b"---" not in asset.head[:64] or b"AIGC" not in asset.head:
        return False
    from aigc_label.carriers import markdown_label  # noqa: PLC0415 - see above

    # bytes without a name: only a label in front matter tells Markdown from other text
    return markdown_label.is_up_front(asset)


def _read(asset: Asset) -> Iterator[FoundLabel]:
    from aigc_label.carriers import markdown_label  # noqa: PLC0415 - see above

    return markdown_label.observe(asset)


def _plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    from aigc_label.carriers import markdown_label  # noqa: PLC0415 - see above

    return markdown_label.plan(asset, label)


FORMAT = Format(
    id="markdown",
    medium=Medium.TEXT,
    extensions=(".md", ".markdown", ".mdown", ".mkd", ".mdx"),
    media_types=("text/markdown",),
    homes=("markdown.frontmatter",),
    source="TC260-PG-20258A 6.5; GB 45438-2025 Annex E",
    by_name=True,
    sniff=_sniff,
    read=_read,
    plan=_plan,
    essence=essences.later("texts", "markdown"),
)
