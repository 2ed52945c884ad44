"""What the metadata of MP4, QuickTime and M4A files states: labels, and traces of generation.

The guides' home (TC260-PG-20257A 6.1.1, TC260-PG-202510A Annex E) is ``moov/udta/meta`` with
handler ``mdta``: the key ``AIGC`` in ``keys``, its value, the bare JSON as UTF-8, in ``ilst``.
Elsewhere a label is a copy in a wrong place: read, and removed when the label is written, by
:mod:`aigc_label.carriers.mp4_writing`.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from aigc_label.carriers import traces, xmp
from aigc_label.carriers.mp4_tags import HOME, LARGEST_PACKET, XMP, Slot, places, slots
from aigc_label.containers.bmff import MOST_BOXES, Box, boxes, sole_moov
from aigc_label.model import FoundLabel, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_label.asset import Asset
    from aigc_label.containers.bmff import Edit
    from aigc_label.edits import EditPlan
    from aigc_label.model import ImplicitLabel, Observation

C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""User type of the ``uuid`` box that holds a C2PA manifest store."""

_KLING = bytes.fromhex("91ca60614aee385486142d5f73f4ae2e")  # SEI message of the Kling service
_TOOL_NAMES = ("\xa9too", "\xa9swr", "encoder", "software", "com.apple.quicktime.software")
_COMMENTS = ("comment", "\xa9cmt")
_PLATFORM_NOTES = ("AigcInfo", "aigc_info")
_VIDEO_ID = r"vid:v[0-9a-z]{8,40}$"


def read(asset: Asset, *, prefix: str) -> Iterator[Observation]:
    """Yield what the metadata states; the media's first bytes for one vendor's trace.

    Args:
        asset: the file.
        prefix: the format, before the names of the places.

    Raises:
        Malformed: no ``moov`` or two, or a box that is cut short.
        LimitExceeded: too many boxes or tags, or too large a compressed header.
    """
    media = False
    headers = []
    for box in boxes(asset, 0, asset.size, most=MOST_BOXES):
        if box.type == b"moov":
            yield from observe(asset, box, prefix=prefix)
            headers.append(box)
        elif box.type == b"uuid":
            yield from observe_uuid(asset, box, prefix=prefix)
        elif box.type == b"mdat" and not media:
            media = True
            yield from _observe_media(asset, box, prefix)
    sole_moov(headers)


def observe(asset: Asset, moov: Box, *, prefix: str = "mp4") -> Iterator[Observation]:
    """Yield labels and other statements of origin among the metadata of ``moov``.

    Raises:
        Malformed: where the boxes break; facts yielded before stand.
        LimitExceeded: too many tags.
    """
    counter = itertools.count()
    for place in places(asset, moov):
        if place.is_packet:
            yield from _observe_packet(place.asset, place.box, prefix)
        for slot in slots(place, counter):
            carrier = f"{prefix}.{slot.place}"
            if (parsed := slot.parsed()) is not None:
                odd = slot.named and not slot.name.endswith("AIGC")
                quirks = (*parsed.quirks, "lower-case-key") if odd else parsed.quirks
                misnamed = slot.place == HOME and not slot.named
                yield FoundLabel(
                    carrier=f"{carrier}.{_brief(slot.name)}" if misnamed else carrier,
                    fields=parsed.fields,
                    quirks=tuple(dict.fromkeys(quirks)),
                    home=slot.place == HOME and not misnamed,
                    offset=slot.box.start if place.packed_at is None else place.packed_at,
                )
            elif (signal := _signal(slot, carrier)) is not None:
                yield signal


def observe_uuid(asset: Asset, box: Box, *, prefix: str = "mp4") -> Iterator[Observation]:
    """Yield what a ``uuid`` box at the top of the file states: XMP, or a C2PA manifest."""
    if box.user_type == XMP:
        yield from _observe_packet(asset, box, prefix)
    elif box.user_type == C2PA:
        store = asset.peek(box.body, min(box.end - box.body, traces.STORE_READ))
        if (signal := traces.c2pa(store, carrier=f"{prefix}.c2pa")) is not None:
            yield signal


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The edits that make ``label`` the file's only one; offsets into the media follow.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    from aigc_label.carriers import mp4_writing  # noqa: PLC0415 - reading moves nothing

    return mp4_writing.plan(asset, label)


def graft(source: Asset, encoded: Asset) -> EditPlan:
    """The edits that bring ``source``'s metadata into a re-encoding of it.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    from aigc_label.carriers import mp4_writing  # noqa: PLC0415 - as above

    return mp4_writing.graft(source, encoded)


def without_labels(asset: Asset, top: Sequence[Box], moov: Box | None) -> list[Edit]:
    """The changes that clear all labels, in a file that has its home for them elsewhere.

    Raises:
        CannotCarry, LimitExceeded, Malformed: as the reason says.
    """
    from aigc_label.carriers import mp4_writing  # noqa: PLC0415 - as above

    return mp4_writing.without_labels(asset, top, moov)


def _observe_media(asset: Asset, mdat: Box, prefix: str) -> Iterator[Observation]:
    """What Kling puts into the first video frame (an H.264 SEI message)."""
    near = max(2048, len(asset.head) - mdat.body)  # what is at hand costs nothing
    if _KLING in asset.peek(mdat.body, min(mdat.end - mdat.body, near)):
        yield Signal(
            scheme="vendor", ai=True, detail="kling-ai", generator="Kling", carrier=f"{prefix}.sei"
        )


def _observe_packet(asset: Asset, box: Box, prefix: str) -> Iterator[Observation]:
    packet = asset.peek(box.body, min(box.end - box.body, LARGEST_PACKET))
    yield from xmp.observe(packet, carrier=f"{prefix}.xmp", home=False, offset=box.start)


def _brief(name: str) -> str:
    """The last part of a key's name, as places are named after it."""
    return re.sub(r"[^a-z0-9_-]", "", name.lower().rpartition(".")[2])[:32] or "other"


def _signal(slot: Slot, carrier: str) -> Signal | None:
    if slot.name in _PLATFORM_NOTES:  # its code is not the Label of Annex E, 0 says nothing
        made = re.search(r'"aigc_label_type":\s*[1-9]', slot.text)
        return _trace(
            carrier, f"{slot.name} {slot.text[:100]}", "TikTok", ai=True if made else None
        )
    if slot.name == "\xa9too" and slot.text == "Google":
        # Veo writes it, and so does YouTube for everybody's films: no statement about AI.
        return _trace(carrier, "\xa9too: Google", None)
    if slot.name == "LvMetaInfo":  # of films that were cut by hand, too
        return _trace(carrier, "LvMetaInfo", "Jianying (CapCut, Jimeng)")
    if slot.name in _COMMENTS and re.match(_VIDEO_ID, slot.text):
        return _trace(carrier, slot.text, "ByteDance")  # every upload gets one
    if slot.name.lower() in _TOOL_NAMES:
        return traces.tool(slot.text, carrier=carrier)
    name = slot.name.rpartition(".")[2]  # of com.apple.quicktime.description
    return traces.keyword(name if slot.meta and slot.meta.keys else "", slot.text, carrier=carrier)


def _trace(carrier: str, detail: str, generator: str | None, *, ai: bool | None = None) -> Signal:
    return Signal(scheme="vendor", ai=ai, detail=detail, generator=generator, carrier=carrier)
