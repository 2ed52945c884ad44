"""PNG and APNG. Home: XMP in ``iTXt`` in front of the pixels, or a ``tEXt`` chunk ``AIGC``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aigc_label import essences
from aigc_label.carriers import exif, keyword, png_text, record, traces, xmp
from aigc_label.containers import png
from aigc_label.contract import Format
from aigc_label.edits import EditPlan, Span, Splice
from aigc_label.errors import CannotCarry
from aigc_label.model import FoundLabel, Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_label.asset import Asset
    from aigc_label.model import ImplicitLabel, Observation

_GLANCE = 64 << 10  # bytes of a text chunk that is no label's home: descriptions, settings


def _sniff(asset: Asset) -> bool:
    return asset.head.startswith(png.SIGNATURE)


def _read(asset: Asset) -> Iterator[Observation]:
    budget = png.Budget()
    for chunk in png.chunks(asset):
        for seen in _observe(asset, chunk, budget):
            if isinstance(seen, FoundLabel) and not png.has_right_crc(asset, chunk):
                yield replace(seen, quirks=(*seen.quirks, "bad-crc"))
            else:
                yield seen


def _observe(asset: Asset, chunk: png.Chunk, budget: png.Budget) -> Iterator[Observation]:
    kind = chunk.kind
    if kind in png.TEXT_KINDS:
        yield from _observe_text(asset, chunk, budget)
    elif kind == b"eXIf":
        block = png.data(asset, chunk, exif.LARGEST)
        yield from exif.observe(block, carrier="png.exif", home=False, offset=chunk.start)
    elif kind == b"caBX":
        store = png.data(asset, chunk, traces.STORE_READ)
        if (signal := traces.c2pa(store, carrier="png.c2pa")) is not None:
            yield signal
    elif keyword.is_named(kind):  # a chunk type of its own: an earlier guide's idea
        parsed = record.parse(png.data(asset, chunk, record.LONGEST), named=True)
        if parsed is not None:
            found, quirks = parsed.fields, parsed.quirks
            yield FoundLabel(carrier="png.aigc", fields=found, quirks=quirks, offset=chunk.start)


def _observe_text(asset: Asset, chunk: png.Chunk, budget: png.Budget) -> Iterator[Observation]:
    name = png.keyword(asset, chunk)
    text = png.text(asset, chunk, None if png_text.is_worth_all(name) else _GLANCE, budget)
    if text is not None:
        is_itxt = chunk.kind == b"iTXt"
        yield from png_text.observe(name, text.value, is_itxt=is_itxt, offset=chunk.start)


def _plan(asset: Asset, label: ImplicitLabel) -> EditPlan:
    chunks = list(png.chunks(asset))
    start = png.after_header(chunks)
    pixels = next((c.start for c in chunks if c.kind == b"IDAT"), asset.size)
    packets = (c for c in chunks if png.is_xmp(asset, c))
    home = min(packets, key=lambda c: (c.kind != b"iTXt", c.start > pixels), default=None)
    packet = _packet(asset, home).value if home else None
    place = home.span if home and home.start < pixels else Span(start, start)
    splices = [Splice(place, png.xmp_chunk(xmp.updated(packet, label)))]
    if home and home.start > pixels:
        splices.append(Splice(home.span, b""))
    budget = png.Budget()
    copies = (_without_label(asset, chunk, budget) for chunk in chunks if chunk is not home)
    return EditPlan([*splices, *(copy for copy in copies if copy is not None)])


def _packet(asset: Asset, chunk: png.Chunk) -> png.Text:
    text = png.text(asset, chunk)
    if text is None:
        raise CannotCarry(
            f"the XMP chunk at byte {chunk.start} is damaged, and replacing it could lose "
            "metadata; repair or delete it, then label again"
        )
    return text


def _without_label(asset: Asset, chunk: png.Chunk, budget: png.Budget) -> Splice | None:
    """What a copy of the label must become, ``None`` for any other chunk."""
    if not any(isinstance(seen, FoundLabel) for seen in _observe(asset, chunk, budget)):
        return None
    new = b""
    if chunk.kind == b"eXIf":
        new = png.chunk(b"eXIf", exif.blanked(png.data(asset, chunk)) or b"")
    elif chunk.kind in png.TEXT_KINDS:
        left = png_text.without_label(png.keyword(asset, chunk), _packet(asset, chunk).value)
        new = b"" if left is None else _packet(asset, chunk).chunk(left)
    return Splice(chunk.span, new)


FORMAT = Format(
    id="png",
    medium=Medium.IMAGE,
    extensions=(".png", ".apng"),
    media_types=("image/png", "image/apng"),
    homes=("png.xmp", "png.text"),
    source="TC260-PG-20259A (XMP; text chunk AIGC: its Annex B)",
    sniff=_sniff,
    read=_read,
    plan=_plan,
    graft=png.grafted,
    essence=essences.later("pictures", "png"),
)
