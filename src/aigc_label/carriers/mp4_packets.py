"""XMP packets of MP4, QuickTime and M4A files, while the label is written at its home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.carriers import xmp
from aigc_label.carriers.mp4_tags import LARGEST_PACKET, XMP
from aigc_label.containers.bmff import Edit, build
from aigc_label.edits import Span
from aigc_label.errors import LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_label.carriers.mp4_tags import Place
    from aigc_label.origin import Origin


def edits(found: Iterable[Place], origin: Origin | None = None) -> tuple[list[Edit], list[Edit]]:
    """Take the label out of every packet, and state an origin in the first or in a new one.

    Args:
        found: the boxes at the top of the file, in order, and those of metadata.
        origin: what to state; ``None`` for nothing.

    Returns:
        The changes, and those that must come behind all others: a packet at the file's end.

    Raises:
        CannotCarry: a packet is not XMP that can be edited without loss.
        LimitExceeded: it is larger than any.
    """
    changes: list[Edit] = []
    last: Place | None = None
    for place in found:
        last = last if place.inside else place
        if place.is_packet:
            old, new = _contents(place)
            if origin is not None:
                new, origin = xmp.with_origin(new, origin), None
            if new != old:
                box = place.box
                changes.append(Edit(Span(box.body, box.end), new, (*place.inside, box)))
    if origin is None or last is None or last.box.open_ended:
        return changes, []
    end = last.box.end
    return changes, [Edit(Span(end, end), build(b"uuid", XMP, xmp.with_origin(None, origin)), ())]


def _contents(place: Place) -> tuple[bytes, bytes]:
    """A packet as it stands, and without a label but as long."""
    box = place.box
    length = box.end - box.body
    if length > LARGEST_PACKET:
        raise LimitExceeded(f"an XMP packet of {length} bytes", offset=box.start)
    old = place.asset.read(box.body, length)
    new = xmp.without_label(old)
    if new is None:
        return old, old
    trailer = new.rfind(b"<?xpacket end")
    at = trailer if trailer >= 0 else len(new)
    return old, new[:at] + b" " * (length - len(new)) + new[at:]
