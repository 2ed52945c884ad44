"""FLAC: the label as a Vorbis comment ``AIGC`` (TC260-PG-202510A, Annex D)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.carriers import id3 as tags
from aigc_label.carriers import vorbis
from aigc_label.containers import flac, id3
from aigc_label.contract import Format
from aigc_label.edits import EditPlan
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.model import ImplicitLabel, Observation

_HOME = "flac.vorbis"


def sniff(asset: Asset) -> bool:
    """Whether the signature begins the file, or follows ID3v2 tags, which do not belong there."""
    if asset.head[:3] == b"ID3":
        return asset.peek(id3.behind(asset), 4) == flac.SIGNATURE
    return asset.head.startswith(flac.SIGNATURE)


def read(asset: Asset) -> Iterator[Observation]:
    """Yield what stands in the Vorbis comments, and in ID3v2 tags around the stream."""
    for tag in id3.stacked(asset):
        yield from tags.observe(asset, tag, carrier="flac.id3", home=False)
    for block in flac.blocks(asset, id3.behind(asset)):
        if block.kind == flac.VORBIS_COMMENT:
            comments = vorbis.walk(asset, block.body, block.end)
            yield from vorbis.observe(asset, comments, carrier=_HOME)


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """Put the label into the Vorbis comments, and take it out of every other place.

    Padding pays for it where it suffices: the file then keeps its length.
    """
    found = list(flac.blocks(asset, id3.behind(asset)))
    lists = [
        (block, vorbis.walk(asset, block.body, block.end))
        for block in found
        if block.kind == flac.VORBIS_COMMENT
    ]
    if lists:
        (first, comments), *others = lists
        changes = [(first, vorbis.labelled(asset, comments, label))]
        changes += [(block, vorbis.without_label(asset, rest)) for block, rest in others]
        splices = flac.edited(found, changes)
    else:
        splices = flac.inserted(found, flac.VORBIS_COMMENT, vorbis.new(label))
    for tag in id3.stacked(asset):
        splices += tags.without_label(asset, tag)
    return EditPlan(splices)


FORMAT = Format(
    id="flac",
    medium=Medium.AUDIO,
    extensions=(".flac", ".fla"),
    media_types=("audio/flac", "audio/x-flac"),
    homes=(_HOME,),
    source="TC260-PG-202510A Annex D: Vorbis comment AIGC",
    sniff=sniff,
    read=read,
    plan=plan,
    essence=essences.later("sounds", "flac"),
)
