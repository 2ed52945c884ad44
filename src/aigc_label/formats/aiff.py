"""AIFF and AIFF-C: the label in an ID3v2 tag, chunk ``ID3 ``, a place that no guide names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.carriers import aiff_texts
from aigc_label.carriers import id3 as tags
from aigc_label.containers import aiff, id3
from aigc_label.contract import Format
from aigc_label.errors import Malformed
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.containers.aiff import Chunk
    from aigc_label.edits import EditPlan, Splice
    from aigc_label.model import ImplicitLabel, Observation

_PLACE = "aiff.id3"
_GLANCE = 64 << 10  # bytes that tell whether a chunk is empty


def _sniff(asset: Asset) -> bool:
    return asset.head[:4] == b"FORM" and asset.head[8:12] in aiff.KINDS


def _read(asset: Asset) -> Iterator[Observation]:
    """Yield what stands in the ID3 tags, and in the chunks where no label belongs."""
    form = aiff.walk(asset)
    ours = form.find(b"ID3 ")
    for chunk in form.chunks:
        if chunk.id.upper() != b"ID3 ":
            yield from aiff_texts.observe(asset, chunk)
        elif (tag := _tag(asset, chunk)) is not None:
            carrier = _PLACE if chunk == ours and tag.version > 2 else f"{_PLACE}.other"
            yield from tags.observe(asset, tag, carrier=carrier, home=False)
    aiff.require_whole(form)


def _tag(asset: Asset, chunk: Chunk) -> id3.Tag | None:
    return id3.walk(asset, chunk.body, chunk.body + chunk.size)


def _plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """Put the label into the first tag, or a new one in a last chunk, and take it out of all else.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    form = aiff.walk(asset)
    aiff.require_whole(form)
    ours = form.find(b"ID3 ")
    splices: list[Splice] = []
    written = False
    for chunk in form.chunks:
        if chunk.id.upper() != b"ID3 ":
            splices += aiff_texts.without_label(asset, chunk)
        elif (tag := _tag(asset, chunk)) is None:
            if any(asset.peek(chunk.body, min(chunk.size, _GLANCE))):
                raise Malformed(
                    "the 'ID3 ' chunk holds no tag; mend it with a tag editor first",
                    offset=chunk.start,
                )
            splices.append(aiff.removed(chunk))
        elif chunk == ours:
            splices += aiff.edited(chunk, tags.labelled(asset, tag, label))
            written = True
        else:
            splices += tags.without_label(asset, tag)
    if not written:
        chunk_of_ours = aiff.encoded(b"ID3 ", tags.new_tag(label))
        splices.append(aiff.appended(form, chunk_of_ours, splices))
    return aiff.plan(form, splices)


FORMAT = Format(
    id="aiff",
    medium=Medium.AUDIO,
    extensions=(".aiff", ".aif", ".aifc", ".afc"),
    media_types=("audio/aiff", "audio/x-aiff"),
    homes=(),
    places=(_PLACE,),
    source="ours; no guide names a place for AIFF: TXXX frame AIGC of an ID3v2 tag, as in MP3",
    sniff=_sniff,
    read=_read,
    plan=_plan,
    essence=essences.later("sounds", "aiff"),
)
