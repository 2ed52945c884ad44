"""SVG. No guide names a place; ours is XMP in a metadata element of the whole drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_label.containers import svg
from aigc_label.contract import Format
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry
from aigc_label.model import Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.model import ImplicitLabel, Observation

_PLACE = "svg.xmp"
_WORDS = (b"metadata", b"AIGC", b"aigc")  # without any of these, tags need not be told apart
_ADVICE = {
    "gzip": "unpack it (gunzip), label the .svg, and compress that again",
    "UTF-16": "save it in UTF-8, then label again",
}


def _read(asset: Asset) -> Iterator[Observation]:
    text = svg.read(asset)
    if not any(word in data for word in _WORDS for data in (text.head, text.tail)):
        return
    from aigc_label.carriers import svg_metadata  # noqa: PLC0415 - few drawings say anything

    for part in svg_metadata.parts(text):
        yield from svg_metadata.observe(part, text.codec, None if text.made else part.start)


def _plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    from aigc_label.carriers import svg_metadata  # noqa: PLC0415 - as above

    text = svg.read(asset)
    if text.made:
        raise CannotCarry(f"a drawing in {text.made}, which bears no edits; {_ADVICE[text.made]}")
    if not svg_metadata.can_write(text.codec):
        raise CannotCarry(f"a drawing in {text.codec!r}; {_ADVICE['UTF-16']}")
    splices = []
    written = False
    for part in svg_metadata.parts(text):
        new: bytes | None = None
        if not written and svg_metadata.is_packet(part):
            new = svg_metadata.updated(part, label, text.codec)
            written = new is not None
        if new is None:
            new = svg_metadata.without_label(part, text.codec)
        if new is not None:
            splices.append(Splice(Span(part.start, part.end), new))
    if not written:
        splices.append(_addition(svg.root(text), label, text.codec))
    return EditPlan(splices)


def _addition(root: svg.Root, label: ImplicitLabel, codec: str) -> Splice:
    from aigc_label.carriers import svg_metadata  # noqa: PLC0415 - as above

    new = b"\n" + svg_metadata.element(label, root.name[: -len(b"svg")], codec)
    if root.empty:
        return Splice(Span(root.end - 2, root.end), b">%b\n</%b>" % (new, root.name))
    return Splice(Span(root.place, root.place), new)


FORMAT = Format(
    id="svg",
    medium=Medium.IMAGE,
    extensions=(".svg", ".svgz"),
    media_types=("image/svg+xml",),
    homes=(),
    places=(_PLACE,),
    source="ours; no guide names a place for SVG",
    sniff=svg.sniff,
    read=_read,
    plan=_plan,
)
