"""JPEG XL. No guide names a place; ours is XMP in an ``xml `` box (ISO/IEC 18181-2).

A bare codestream has no room for metadata. It is put into a file of boxes, as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.carriers import exif, packet_room, traces, xmp
from aigc_label.containers.bmff import build, jxl
from aigc_label.contract import Format
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import AssetError
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.containers.bmff import Box
    from aigc_label.model import ImplicitLabel, Observation

_HOME = "jxl.xmp"


def _read(asset: Asset) -> Iterator[Observation]:
    problem: AssetError | None = None
    budget = jxl.Budget()
    for box in jxl.boxes(asset):
        try:
            yield from _observe(asset, box, budget)
        except AssetError as error:  # one box could not be looked into; the others can
            problem = problem or error
    if problem is not None:
        raise problem


def _observe(asset: Asset, box: Box, budget: jxl.Budget) -> Iterator[Observation]:
    kind, at = jxl.kind(asset, box), box.start
    if kind == b"xml ":
        packet = jxl.content(asset, box, budget)
        yield from xmp.observe(packet, carrier=_HOME, home=False, offset=at)
    elif kind == b"Exif":
        _, block = _exif(jxl.content(asset, box, budget))
        yield from exif.observe(block, carrier="jxl.exif", home=False, offset=at)
    elif kind == b"jumb":
        store = build(b"jumb", jxl.content(asset, box, budget, traces.STORE_READ))
        yield from filter(None, [traces.c2pa(store, carrier="jxl.c2pa")])


def _exif(data: bytes) -> tuple[bytes, bytes]:
    """What stands in front of the TIFF structure, and the structure."""
    at = 4 + int.from_bytes(data[:4])
    return data[:at], data[at:]


def _plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    if jxl.is_bare(asset):
        return EditPlan(jxl.wrapped(asset, _fresh(label)))
    found = list(jxl.boxes(asset))
    packets = [box for box in found if jxl.kind(asset, box) == b"xml "]
    jpegs = packets[0] if packets and any(box.type == b"jbrd" for box in found) else None
    splices: list[Splice] = []
    written, budget = False, jxl.Budget()
    for box in found:
        kind, new = jxl.kind(asset, box), None
        if kind == b"xml ":
            packet = jxl.content(asset, box, budget)
            new = None if written else _updated(packet, label, jpegs=jpegs is box)
            written = written or new is not None
            new = new or _without_label(packet)
        elif kind == b"Exif":
            head, block = _exif(jxl.content(asset, box, budget))
            blanked = exif.blanked(block)
            new = None if blanked is None else head + blanked
        if new is not None:
            splices.append(Splice(Span(box.start, box.end), build(kind, new)))
    if not written:
        splices += jxl.appended(found, _fresh(label))
    return EditPlan(splices)


def _updated(packet: bytes, label: ImplicitLabel, *, jpegs: bool) -> bytes | None:
    """The packet with the label; ``None`` where it does not belong.

    These boxes may hold any XML. A packet that came in with a JPEG is taken into the very same
    JPEG again, whose length is written down elsewhere: only a label that it has is updated.
    """
    if b"RDF" not in packet.replace(b"\x00", b"") or (jpegs and not xmp.holds_label(packet)):
        return None
    new = xmp.updated(packet, label)
    if jpegs:
        return new if len(new) == len(packet) else None
    return new if len(new) <= len(packet) else packet_room.with_room(new)


def _without_label(packet: bytes) -> bytes | None:
    """The packet without its copy of the label, in as many bytes."""
    new = xmp.without_label(packet)
    return new and new.ljust(len(packet), b"\x00" if b"\x00" in packet[:4] else b" ")


def _fresh(label: ImplicitLabel) -> bytes:
    return build(b"xml ", xmp.updated(None, label))


FORMAT = Format(
    id="jxl",
    medium=Medium.IMAGE,
    extensions=(".jxl",),
    media_types=("image/jxl",),
    homes=(),
    places=(_HOME,),
    source="ours; no guide names a place for JPEG XL",
    sniff=jxl.sniff,
    read=_read,
    plan=_plan,
    essence=essences.later("pictures", "jxl"),
)
