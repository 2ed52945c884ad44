"""An origin in the XMP packet of a RIFF file: chunk ``_PMX`` (XMP specification, part 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.carriers import packet_room, xmp
from aigc_label.containers import riff

if TYPE_CHECKING:
    from aigc_label.asset import Asset
    from aigc_label.containers.riff import Chunk, Form
    from aigc_label.edits import Splice
    from aigc_label.origin import Origin

CHUNK = b"_PMX"


def with_origin(
    asset: Asset, form: Form, origin: Origin, splices: list[Splice]
) -> tuple[list[Splice], bytes]:
    """The splices with an origin stated in the packet, or a new chunk with one, to be added.

    What is stated takes the place of a splice that takes a label out of the packet.

    Raises:
        CannotCarry: the packet is not XMP that can be edited without loss.
    """
    home = form.find(CHUNK)
    if home is None:
        return splices, chunk_of(origin)
    old = asset.read(home.body, home.size)
    others = [splice for splice in splices if splice.span.start != home.start]
    new = xmp.with_origin(xmp.without_label(old) or old, origin)
    return [*others, riff.replaced(home, new)], b""


def chunk_of(origin: Origin) -> bytes:
    """A new chunk with nothing but an origin in its packet."""
    return riff.encoded(CHUNK, xmp.with_origin(None, origin))


def fitted(asset: Asset, chunk: Chunk, origin: Origin | None) -> tuple[list[Splice], bytes]:
    """The packet without a label and with an origin, where nothing may move.

    Returns:
        The splice that puts it into its chunk, if anything changes; or, where it no longer fits
        in, no splice and a chunk to be put elsewhere.

    Raises:
        CannotCarry: the packet is not XMP that can be edited without loss.
    """
    old = asset.read(chunk.body, chunk.size)
    bare = xmp.without_label(old)
    new = old if bare is None else bare
    if origin is not None:
        new = xmp.with_origin(new, origin)
    same = packet_room.fitted(new, chunk.size)
    if same is None:
        return [], riff.encoded(CHUNK, packet_room.with_room(new))
    return ([] if same == old else [riff.replaced(chunk, same)]), b""
