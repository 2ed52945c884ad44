"""GIF, animated or not. Home: XMP in an application extension (TC260-PG-20259A)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.carriers import keyword, traces, xmp
from aigc_label.containers import gif
from aigc_label.contract import Format
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry
from aigc_label.model import FoundLabel, Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.model import ImplicitLabel, Observation

_HOME = "gif.xmp"
_PICTURES = (gif.IMAGE, gif.PLAIN_TEXT, gif.CONTROL)  # a control extension belongs to a picture
_GLANCE = 64 << 10  # bytes of a comment, which is no label's home


def _sniff(asset: Asset) -> bool:
    return asset.head.startswith(gif.SIGNATURES)


def _read(asset: Asset) -> Iterator[Observation]:
    for block in gif.blocks(asset):
        if block.kind in (gif.APPLICATION, gif.COMMENT):
            yield from _observe(asset, block)


def _observe(asset: Asset, block: gif.Block) -> Iterator[Observation]:
    at = block.start
    if block.application == gif.XMP:
        packet = gif.packet(asset, block)
        yield from xmp.observe(packet, carrier=_HOME, home=True, offset=at)
    elif block.application == gif.C2PA:
        store = gif.data(asset, block, traces.STORE_READ)
        if (signal := traces.c2pa(store, carrier="gif.c2pa")) is not None:
            yield signal
    elif block.kind == gif.COMMENT:
        text = gif.data(asset, block, _GLANCE)
        yield from keyword.observe(b"", text, carrier="gif.comment", home=False, offset=at)


def _plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    place: int | None = None
    extensions = []
    for block in gif.blocks(asset):
        if place is None and block.kind in (*_PICTURES, gif.TRAILER):
            place = block.start
        if block.kind in (gif.APPLICATION, gif.COMMENT):
            extensions.append(block)
    first = place or asset.size
    home = next((b for b in extensions if b.application == gif.XMP), None)
    packet = gif.packet(asset, home) if home else None
    new = gif.xmp_extension(_storable(xmp.updated(packet, label)))
    if home and home.start < first:
        splices = [Splice(home.span, new)]
    else:
        splices = [Splice(Span(first, first), new)]
        if home:
            splices.append(Splice(home.span, b""))
    if asset.head.startswith(b"GIF87a"):  # which knows no extensions
        splices.append(Splice(Span(4, 5), b"9"))
    copies = (_without_label(asset, block) for block in extensions if block is not home)
    return EditPlan([*splices, *(copy for copy in copies if copy is not None)])


def _without_label(asset: Asset, block: gif.Block) -> Splice | None:
    """What a copy of the label must become, ``None`` for any other extension."""
    if not any(isinstance(seen, FoundLabel) for seen in _observe(asset, block)):
        return None
    if block.application == gif.XMP:
        packet = xmp.without_label(gif.packet(asset, block)) or b""
        return Splice(block.span, gif.xmp_extension(_storable(packet)))
    return Splice(block.span, b"")


def _storable(packet: bytes) -> bytes:
    if b"\x00" in packet:  # it would end the extension
        raise CannotCarry(
            "the XMP packet holds NUL bytes, as UTF-16 does, and a GIF cannot carry them; "
            "write the packet in UTF-8, then label again"
        )
    return packet


FORMAT = Format(
    id="gif",
    medium=Medium.IMAGE,
    extensions=(".gif",),
    media_types=("image/gif",),
    homes=(_HOME,),
    source="TC260-PG-20259A: application extension XMP DataXMP",
    sniff=_sniff,
    read=_read,
    plan=_plan,
    essence=essences.later("pictures", "gif"),
)
