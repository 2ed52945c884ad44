"""Ogg Speex: the label in the comment header (TC260-PG-202510A, Annex C)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.carriers import ogg_comments
from aigc_label.containers import ogg
from aigc_label.contract import Format
from aigc_label.model import Medium

if TYPE_CHECKING:
    from aigc_label.asset import Asset


def sniff(asset: Asset) -> bool:
    """Whether an Ogg file begins with a stream of Speex."""
    return ogg.codec(asset) == "speex"


FORMAT = Format(
    id="speex",
    medium=Medium.AUDIO,
    extensions=(".spx",),
    media_types=("audio/ogg", "audio/x-speex", "audio/speex"),
    homes=("speex.comment",),
    source="TC260-PG-202510A Annex C: comment header AIGC",
    sniff=sniff,
    read=ogg_comments.observe,
    plan=ogg_comments.plan,
    essence=essences.later("sounds", "ogg"),
)
