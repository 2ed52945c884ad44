"""The label in ASF: the XMP object behind the data, which XMP specification part 3 describes.

The guides ask for XMP in the formats that they do not name (202510A, 20257A). Read also in the
attributes of the header, where other tools put it; a copy there gives way to padding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.carriers import keyword, packet_room, record, xmp
from aigc_label.containers import asf
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry, LimitExceeded
from aigc_label.model import FoundLabel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.containers.asf import Attribute, Object
    from aigc_label.model import ImplicitLabel, Observation

LARGEST = 4 << 20
"""Bytes of an XMP packet that are read."""

_LONGEST_TEXT = 64 << 10  # a text that is not called AIGC is not read further than this


def observe(asset: Asset, *, prefix: str) -> Iterator[Observation]:
    """Yield the labels and other statements of origin in the attributes and in XMP.

    Args:
        asset: the file.
        prefix: the format's id, which carriers begin with.

    Raises:
        Malformed: where the structure breaks; what was read before is kept.
        LimitExceeded: too many objects or attributes, or a packet larger than any.
    """
    for part in asf.parts(asset):
        if part.id in asf.LISTS:
            for attribute in asf.attributes(asset, part):
                yield from _seen(asset, part, attribute, prefix)
    _, further = asf.behind_data(asset)
    for one in further:
        if one.id == asf.XMP:
            packet = _packet(asset, one)
            yield from xmp.observe(packet, carrier=f"{prefix}.xmp", home=True, offset=one.start)


def _seen(asset: Asset, holder: Object, attribute: Attribute, prefix: str) -> Iterator[Observation]:
    name = attribute.name.encode("utf-8", "replace")
    named = keyword.is_named(name) and holder.id != asf.DESCRIPTION
    if attribute.kind == asf.TEXT or (attribute.kind == asf.BYTES and named):
        most = 4 * record.LONGEST if named else _LONGEST_TEXT
        value = asset.read(attribute.value, min(attribute.length, most))
        if attribute.kind == asf.TEXT:
            value = value.decode("utf-16-le", "replace").rstrip("\x00").encode("utf-8", "replace")
        yield from keyword.observe(
            name,
            value,
            carrier=f"{prefix}.{'attribute' if named else 'comment'}",
            home=False,
            offset=attribute.span.start,
        )


def _packet(asset: Asset, one: Object) -> bytes:
    length = one.end - one.body
    if length > LARGEST:
        raise LimitExceeded(
            f"an XMP packet of {length} bytes is over the {LARGEST >> 20} MiB limit",
            offset=one.start,
        )
    return asset.read(one.body, length)


def plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    """The edits that make ``label`` the only one; neither the header nor the data moves.

    Raises:
        CannotCarry: if the header is signed, or XMP cannot be edited without loss.
        LimitExceeded, Malformed: as the reason says.
    """
    place, further = asf.behind_data(asset)
    packets = [one for one in further if one.id == asf.XMP]
    splices = _at_home(asset, packets, place, label)
    for other in packets[1:]:
        packet = _packet(asset, other)
        if (rest := xmp.without_label(packet)) is not None:
            splices.append(Splice(Span(other.body, other.end), rest.ljust(len(packet))))
    splices += asf.sized(asset, EditPlan(splices).growth())
    splices += _without_attributes(asset)
    if any(part.id == asf.SIGNATURE for part in asf.parts(asset)):
        raise CannotCarry(
            "the ASF header is signed, and a label breaks that; label it first, then sign it"
        )
    return EditPlan(splices)


def _at_home(asset: Asset, packets: list[Object], place: int, label: ImplicitLabel) -> list[Splice]:
    if not packets:
        packet = packet_room.with_room(xmp.updated(None, label))
        return [Splice(Span(place, place), asf.xmp_object(packet))]
    home = packets[0]
    new = xmp.updated(_packet(asset, home), label)
    same = packet_room.fitted(new, home.end - home.body)
    if same is not None:
        return [Splice(Span(home.body, home.end), same)]
    return [Splice(home.span, asf.xmp_object(packet_room.with_room(new)))]


def _without_attributes(asset: Asset) -> list[Splice]:
    splices: list[Splice] = []
    more = 0
    extension = Span(0, 0)
    for part in asf.parts(asset):
        if part.id == asf.EXTENSION:
            extension = part.span
        elif part.id in asf.LISTS:
            gone = [
                attribute
                for attribute in asf.attributes(asset, part)
                if any(isinstance(s, FoundLabel) for s in _seen(asset, part, attribute, ""))
            ]
            if gone:
                splices += asf.without(asset, part, gone)
                more += not extension.start < part.start < extension.end
    return splices + asf.counted(asset, more)
