"""An XMP packet in a TIFF tag: it keeps its place while it fits, so that nothing else moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.carriers import packet_room, traces
from aigc_label.containers import tiff
from aigc_label.edits import Span, Splice
from aigc_label.errors import LimitExceeded

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.containers.tiff import Entry, Flavour
    from aigc_label.model import Signal

LARGEST = 8 << 20
"""Bytes of a packet that is read."""

_BYTES = (1, 2, 6, 7)  # types of which a value is a byte


def whole(asset: Asset, entry: Entry) -> bytes:
    """The packet.

    Raises:
        LimitExceeded: if it is longer than :data:`LARGEST`.
    """
    if entry.size > LARGEST:
        raise LimitExceeded(
            f"an XMP packet of {entry.size} bytes is over the {LARGEST >> 20} MiB limit",
            offset=entry.start,
        )
    return tiff.value(asset, entry, entry.size)


def credentials(asset: Asset, entry: Entry) -> Signal | None:
    """What the beginning of a C2PA manifest store in a tag says."""
    return traces.c2pa(tiff.value(asset, entry, traces.STORE_READ), carrier="tiff.c2pa")


def in_place(kind: Flavour, entry: Entry, packet: bytes) -> list[Splice] | None:
    """Put a packet where the old one is, of the same size; ``None`` if it does not fit."""
    data = packet_room.fitted(packet, entry.size)
    if data is None or entry.kind not in _BYTES:
        return None
    splices = [Splice(entry.span, data)]
    if entry.kind != tiff.UNDEFINED:  # the type that the guide names; libtiff writes BYTE
        short = tiff.UNDEFINED.to_bytes(2, "little" if kind.order == "<" else "big")
        splices.append(Splice(Span(entry.at + 2, entry.at + 4), short))
    return splices
